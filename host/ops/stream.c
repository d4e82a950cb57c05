#include "ops/stream.h"

#include "base/memory.h"
#include "device/queue.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Vectors of 16 elements are read from the last sample on: so many samples more are enough. */
enum { SLACK = 16 };

/* Streams of devices that were given up: they may still read what is to be copied. */
static iso_stream *_Atomic abandoned;

/* Bytes of one sample's features, and of its label or targets. */
static size_t row_bytes(const isobit_data *data) {
    return iso_data_features(data) * iso_element_size(data->element);
}

static size_t answer_bytes(const isobit_data *data, bool answers) {
    return !answers        ? 0
           : data->classes ? sizeof *data->labels
           : data->targets ? data->outputs * sizeof *data->targets
                           : 0;
}

size_t iso_stream_bytes(const isobit_data *data, bool answers, size_t room) {
    return 2 * (room + SLACK) * (row_bytes(data) + answer_bytes(data, answers));
}

size_t iso_stream_begin(const iso_stream *stream, size_t half) {
    return half * (stream->room + SLACK);
}

static isobit_status make_halves(iso_stream *stream) {
    const isobit_data *data = stream->data;
    isobit_context *context = stream->context;
    const size_t samples = 2 * (stream->room + SLACK), row = row_bytes(data);
    const size_t answer = answer_bytes(data, stream->answers);
    cl_int code;
    ISO_TRY(iso_buffer_new(&stream->x, context, samples * row, ISO_FOR_DATA));
    ISO_TRY(iso_buffer_new(&stream->labels, context, data->classes ? samples * answer : 0,
                           ISO_FOR_DATA));
    ISO_TRY(iso_buffer_new(&stream->targets, context, data->classes ? 0 : samples * answer,
                           ISO_FOR_DATA));
    if (context->ledger)
        return ISOBIT_OK;
    for (size_t i = 0; i < 2; i++) {
        ISO_TRY(iso_alloc(&stream->halves[i].x, stream->room, row));
        ISO_TRY(iso_alloc(&stream->halves[i].answers, stream->room, answer));
    }
    stream->queue = clCreateCommandQueue(context->context, context->device, 0, &code);
    ISO_CL(code, "making a command queue");
    return iso_finish(context); /* the buffers are zero before another queue writes to them */
}

isobit_status iso_stream_new(iso_stream **out, isobit_context *context, const isobit_data *data,
                             bool answers, size_t room) {
    iso_stream *stream;
    ISO_TRY(iso_alloc(&stream, 1, sizeof *stream));
    *stream = (iso_stream){
        .context = context, .data = data, .answers = answers, .room = room, .current = -1};
    isobit_status status = make_halves(stream);
    if (status == ISOBIT_OK)
        *out = stream;
    else
        iso_stream_free(stream);
    return status;
}

static void drop(cl_event *event) {
    if (*event)
        clReleaseEvent(*event);
    *event = NULL;
}

/* Whether nothing reads the halves any more. */
static bool has_ended(const iso_stream *stream) {
    for (size_t i = 0; i < 2; i++)
        if (stream->halves[i].filled && iso_queue_await(stream->context, stream->halves[i].filled,
                                                        "writing to the device") != ISOBIT_OK)
            return false;
    return clFinish(stream->queue) == CL_SUCCESS;
}

void iso_stream_free(iso_stream *stream) {
    if (!stream)
        return;
    if (stream->queue && !has_ended(stream)) {
        stream->next = atomic_load(&abandoned);
        while (!atomic_compare_exchange_weak(&abandoned, &stream->next, stream))
            ;
        return;
    }
    if (stream->queue)
        clReleaseCommandQueue(stream->queue);
    for (size_t i = 0; i < 2; i++) {
        drop(&stream->halves[i].filled);
        drop(&stream->halves[i].passed);
        free(stream->halves[i].x);
        free(stream->halves[i].answers);
    }
    iso_buffer_free(&stream->x);
    iso_buffer_free(&stream->labels);
    iso_buffer_free(&stream->targets);
    free(stream);
}

/* ---------------------------------------------------------------------------------- passing -- */

static void gather(const unsigned char *rows, size_t row, const uint32_t *from, size_t count,
                   unsigned char *to) {
    for (size_t i = 0; i < count; i++)
        memcpy(to + i * row, rows + from[i] * row, row);
}

/* No kernel enqueued from now on reads the current half. */
static isobit_status leave(iso_stream *stream) {
    if (stream->current < 0)
        return ISOBIT_OK;
    struct iso_half *half = &stream->halves[stream->current];
    drop(&half->passed);
    ISO_CL(clEnqueueMarkerWithWaitList(stream->context->queue, 0, NULL, &half->passed),
           "passing data through the device");
    ISO_CL(clFlush(stream->context->queue), "passing data through the device");
    stream->current = -1;
    return ISOBIT_OK;
}

/* Copy to a half, behind the kernels that read it; the last copy's event is wanted. */
static isobit_status copy(iso_stream *stream, struct iso_half *half, cl_mem to, size_t at,
                          const unsigned char *from, size_t bytes) {
    if (!bytes)
        return ISOBIT_OK;
    drop(&half->filled);
    ISO_CL(clEnqueueWriteBuffer(stream->queue, to, CL_FALSE, at, bytes, from, half->passed ? 1 : 0,
                                half->passed ? &half->passed : NULL, &half->filled),
           "writing to the device");
    return ISOBIT_OK;
}

isobit_status iso_stream_fill(iso_stream *stream, size_t half, const uint32_t *from, size_t count) {
    const isobit_data *data = stream->data;
    const size_t row = row_bytes(data), answer = answer_bytes(data, stream->answers);
    const size_t begin = iso_stream_begin(stream, half);
    const void *answers = data->classes ? (const void *)data->labels : data->targets;
    struct iso_half *own = &stream->halves[half];
    if (own->from == from)
        return ISOBIT_OK;
    own->from = NULL;
    if (stream->current == (int)half)
        ISO_TRY(leave(stream));
    if (own->filled)
        ISO_TRY(iso_queue_await(stream->context, own->filled, "writing to the device"));
    gather(data->x, row, from, count, own->x);
    if (answer)
        gather(answers, answer, from, count, own->answers);
    ISO_TRY(copy(stream, own, stream->x, begin * row, own->x, count * row));
    ISO_TRY(copy(stream, own, data->classes ? stream->labels : stream->targets, begin * answer,
                 own->answers, count * answer));
    ISO_CL(clFlush(stream->queue), "writing to the device");
    own->from = from;
    return ISOBIT_OK;
}

isobit_status iso_stream_use(iso_stream *stream, size_t half) {
    if (stream->current == (int)half)
        return ISOBIT_OK;
    ISO_TRY(leave(stream));
    ISO_CL(
        clEnqueueBarrierWithWaitList(stream->context->queue, 1, &stream->halves[half].filled, NULL),
        "passing data through the device");
    stream->current = (int)half;
    return ISOBIT_OK;
}

void iso_stream_forget(iso_stream *stream) {
    stream->halves[0].from = stream->halves[1].from = NULL;
}
