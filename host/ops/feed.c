#include "ops/feed.h"

#include "base/memory.h"
#include "base/numerics.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The words of kernels/store.h. */
static const uint32_t fresh_state[4] = {0, 0, UINT32_MAX, 0};

/* A buffer with a copy of `bytes`, and slack so that a vector may be read from the last element.
 * Slack is zeros, with which every buffer begins; what is small is written with its slack, since
 * Oclgrind takes a buffer's beginning for uninitialised. */
static isobit_status copy_in(cl_mem *out, isobit_context *context, const void *from, size_t bytes) {
    enum { SMALL = 1 << 16 };
    char *padded;
    ISO_TRY(iso_buffer_new(out, context, bytes + ISO_SLACK, ISO_FOR_DATA));
    if (!bytes || !*out)
        return ISOBIT_OK;
    if (bytes > SMALL)
        return iso_buffer_write(context, *out, 0, from, bytes);
    ISO_TRY(iso_alloc(&padded, bytes + ISO_SLACK, 1));
    memcpy(padded, from, bytes);
    const isobit_status status = iso_buffer_write(context, *out, 0, padded, bytes + ISO_SLACK);
    free(padded);
    return status;
}

static isobit_status take_samples(iso_feed *feed, const isobit_data *data) {
    const size_t size = iso_element_size(data->element);
    isobit_context *context = feed->context;
    const size_t labels = feed->answers && data->classes ? data->samples : 0;
    const size_t targets = feed->answers && data->targets ? data->samples * data->outputs : 0;
    const size_t bytes = data->samples * feed->features * size;
    if (data->held && iso_buffer_shares(context))
        ISO_TRY(iso_buffer_over(&feed->x, context, data->held, bytes + ISO_SLACK, ISO_FOR_DATA));
    else
        ISO_TRY(copy_in(&feed->x, context, data->x, bytes));
    ISO_TRY(copy_in(&feed->labels, context, data->labels, labels * sizeof(int32_t)));
    return copy_in(&feed->targets, context, data->targets, targets * sizeof(float));
}

static isobit_status make_stream(iso_feed *feed, const isobit_data *data, size_t chunk) {
    ISO_TRY(iso_stream_new(&feed->stream, feed->context, data, feed->answers, chunk));
    feed->x = feed->stream->x;
    feed->labels = feed->stream->labels;
    feed->targets = feed->stream->targets;
    return ISOBIT_OK;
}

static isobit_status copy_scaling(iso_feed *feed, const iso_scaling *scaling) {
    const size_t bytes = scaling->features * sizeof(float);
    ISO_TRY(copy_in(&feed->mean, feed->context, scaling->mean, bytes));
    ISO_TRY(copy_in(&feed->scaling, feed->context, scaling->scale, bytes));
    if (!scaling->matrix)
        return ISOBIT_OK;
    ISO_TRY(
        iso_tensor_new(&feed->whiten, feed->context, feed->features, feed->features, ISO_FOR_DATA));
    return feed->context->ledger ? ISOBIT_OK
                                 : iso_tensor_write(feed->context, &feed->whiten, scaling->matrix);
}

/* Where the kernels find the samples: as the part's order says, or in the halves of the stream,
 * chunk by chunk in the order in which they are gathered, whatever that is. */
static isobit_status make_order(iso_feed *feed, const uint32_t *places) {
    const size_t n = feed->samples;
    uint32_t *order;
    if (!feed->stream || feed->context->ledger)
        return copy_in(&feed->order, feed->context, places, n * sizeof *places);
    feed->places = places;
    feed->chunk_steps = feed->batch ? feed->stream->room / feed->batch : 0;
    ISO_TRY(iso_alloc(&order, n, sizeof *order));
    const size_t chunk = feed->chunk_steps * feed->batch; /* a step's samples at least */
    for (size_t i = 0; chunk && i < n; i++)
        order[i] = (uint32_t)(iso_stream_begin(feed->stream, i / chunk % 2) + i % chunk);
    isobit_status status = copy_in(&feed->order, feed->context, order, n * sizeof *order);
    free(order);
    return status;
}

/* The part's order and what is noted per sample. */
static isobit_status make_part(iso_feed *feed, const uint32_t *order, size_t n) {
    isobit_context *context = feed->context;
    const size_t chunks = (n + ISO_CHUNK - 1) / ISO_CHUNK;
    feed->samples = n;
    ISO_TRY(make_order(feed, order));
    ISO_TRY(copy_in(&feed->state, context, fresh_state, sizeof fresh_state));
    ISO_TRY(iso_buffer_new(&feed->losses, context, n * sizeof(float), ISO_FOR_DATA));
    ISO_TRY(iso_buffer_new(&feed->correct, context, n * sizeof(uint32_t), ISO_FOR_DATA));
    ISO_TRY(iso_buffer_new(&feed->loss_sums, context, chunks * sizeof(float), ISO_FOR_DATA));
    return iso_buffer_new(&feed->right, context, chunks * sizeof(uint32_t), ISO_FOR_DATA);
}

isobit_status iso_feed_new(iso_feed *out, isobit_context *context, const isobit_data *data,
                           const iso_scaling *scaling, const iso_feed_wish *wish) {
    iso_feed feed = {.context = context,
                     .element = data->element,
                     .scale = scaling->kind,
                     .features = iso_data_features(data),
                     .outputs = data->classes ? 0 : data->outputs,
                     .targets_input = data->targets_input,
                     .answers = wish->answers,
                     .batch = wish->batch};
    isobit_status status =
        wish->chunk ? make_stream(&feed, data, wish->chunk) : take_samples(&feed, data);
    if (status == ISOBIT_OK)
        status = copy_scaling(&feed, scaling);
    if (status == ISOBIT_OK)
        status = make_part(&feed, data->order + data->begin[wish->part],
                           isobit_data_samples(data, wish->part));
    if (status == ISOBIT_OK)
        *out = feed;
    else
        iso_feed_free(&feed);
    return status;
}

isobit_status iso_feed_over(iso_feed *out, const iso_feed *from, const uint32_t *order,
                            size_t samples, size_t batch) {
    iso_feed feed = *from;
    feed.shared = true;
    feed.batch = batch;
    feed.order = feed.state = feed.losses = feed.correct = feed.loss_sums = feed.right = NULL;
    isobit_status status = make_part(&feed, order, samples);
    if (status == ISOBIT_OK)
        *out = feed;
    else
        iso_feed_free(&feed);
    return status;
}

void iso_feed_free(iso_feed *feed) {
    cl_mem *const own[] = {&feed->order,   &feed->state,     &feed->losses,
                           &feed->correct, &feed->loss_sums, &feed->right};
    cl_mem *const data[] = {&feed->x, &feed->labels, &feed->targets, &feed->mean, &feed->scaling};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        iso_buffer_free(own[i]);
    if (feed->stream)
        feed->x = feed->labels = feed->targets = NULL; /* its own */
    if (!feed->shared)
        iso_stream_free(feed->stream);
    for (size_t i = 0; !feed->shared && i < sizeof data / sizeof *data; i++)
        iso_buffer_free(data[i]);
    if (!feed->shared)
        iso_tensor_free(&feed->whiten);
    *feed = (iso_feed){0};
}

isobit_status iso_feed_clear(iso_feed *feed) {
    const cl_mem buffers[] = {feed->losses, feed->correct};
    const uint32_t zero = 0;
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (feed->samples)
            ISO_CL(clEnqueueFillBuffer(feed->context->queue, buffers[i], &zero, sizeof zero, 0,
                                       feed->samples * sizeof zero, 0, NULL, NULL),
                   "writing to the device");
    return iso_feed_rewind(feed);
}

isobit_status iso_feed_rewind(iso_feed *feed) {
    return iso_buffer_send(feed->context, feed->state, fresh_state, sizeof fresh_state);
}

isobit_status iso_feed_freeze(iso_feed *feed) {
    static const uint32_t frozen_state[4] = {0};
    return iso_buffer_send(feed->context, feed->state, frozen_state, sizeof frozen_state);
}

isobit_status iso_feed_until(const iso_feed *feed, size_t step) {
    const uint32_t until = (uint32_t)step; /* the queue keeps its own copy of a pattern */
    ISO_CL(clEnqueueFillBuffer(feed->context->queue, feed->state, &until, sizeof until,
                               3 * sizeof until, sizeof until, 0, NULL, NULL),
           "writing to the device");
    return ISOBIT_OK;
}

isobit_status iso_feed_seek(iso_feed *feed, size_t step) {
    const uint32_t next = (uint32_t)step;
    return iso_buffer_write(feed->context, feed->state, 0, &next, sizeof next);
}

isobit_status iso_feed_order(iso_feed *feed, const uint32_t *order) {
    if (feed->stream) {
        feed->places = order;
        iso_stream_forget(feed->stream);
        return ISOBIT_OK;
    }
    return iso_buffer_send(feed->context, feed->order, order, feed->samples * sizeof *order);
}

/* A chunk of the order, into the half that is its place. */
static isobit_status bring(iso_feed *feed, size_t chunk) {
    const size_t most = feed->chunk_steps * feed->batch, begin = chunk * most;
    if (begin >= feed->samples)
        return ISOBIT_OK;
    const size_t count = feed->samples - begin < most ? feed->samples - begin : most;
    return iso_stream_fill(feed->stream, chunk % 2, feed->places + begin, count);
}

isobit_status iso_feed_reach(iso_feed *feed, size_t from, size_t to, size_t *end) {
    *end = to;
    if (!feed->stream)
        return ISOBIT_OK;
    const size_t chunk = from / feed->chunk_steps, behind = (chunk + 1) * feed->chunk_steps;
    *end = behind < to ? behind : to;
    ISO_TRY(bring(feed, chunk));
    return iso_stream_use(feed->stream, chunk % 2);
}

isobit_status iso_feed_bring(iso_feed *feed, const uint32_t *order, size_t samples,
                             uint32_t *places) {
    const size_t begin = feed->stream ? iso_stream_begin(feed->stream, 0) : 0;
    for (size_t i = 0; i < samples; i++)
        places[i] = feed->stream ? (uint32_t)(begin + i) : order[i];
    if (!feed->stream)
        return ISOBIT_OK;
    iso_stream_forget(feed->stream);
    ISO_TRY(iso_stream_fill(feed->stream, 0, order, samples));
    return iso_stream_use(feed->stream, 0);
}

isobit_status iso_feed_ahead(iso_feed *feed, size_t step) {
    return feed->stream ? bring(feed, (step - 1) / feed->chunk_steps + 1) : ISOBIT_OK;
}

isobit_status iso_epoch_sums(iso_list *list, const iso_feed *feed, size_t samples) {
    const size_t chunks = (samples + ISO_CHUNK - 1) / ISO_CHUNK;
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(samples));
    iso_arguments_add(&arguments, ISO_MEMORY(feed->losses));
    iso_arguments_add(&arguments, ISO_MEMORY(feed->correct));
    iso_arguments_add(&arguments, ISO_WRITTEN(feed->loss_sums));
    iso_arguments_add(&arguments, ISO_WRITTEN(feed->right));
    const iso_request request = {.op = "epoch_sums"};
    return iso_list_add(list, &request, &arguments,
                        (iso_work){.columns = chunks, .rows = 1, .bytes = 8 * (double)samples},
                        "epoch sums");
}

static isobit_status sum_chunks(iso_feed *feed, size_t samples) {
    iso_list list = {.context = feed->context};
    isobit_status status = iso_epoch_sums(&list, feed, samples);
    if (status == ISOBIT_OK)
        status = iso_list_enqueue(&list);
    iso_list_free(&list);
    return status;
}

isobit_status iso_feed_totals(iso_feed *feed, size_t samples, double *loss, double *accuracy,
                              size_t *bad_step) {
    const size_t chunks = (samples + ISO_CHUNK - 1) / ISO_CHUNK;
    float *sums = NULL, total = 0;
    uint32_t *right = NULL, state[3];
    size_t correct = 0;
    isobit_status status;
    ISO_DO(iso_alloc(&sums, chunks, sizeof *sums));
    ISO_DO(iso_alloc(&right, chunks, sizeof *right));
    if (samples) {
        ISO_DO(sum_chunks(feed, samples));
        ISO_DO(iso_buffer_read(feed->context, feed->loss_sums, 0, sums, chunks * sizeof *sums));
        ISO_DO(iso_buffer_read(feed->context, feed->right, 0, right, chunks * sizeof *right));
    }
    ISO_DO(iso_buffer_read(feed->context, feed->state, 0, state, sizeof state));
    for (size_t i = 0; i < chunks; i++) {
        total = i ? total + sums[i] : sums[i];
        correct += right[i];
    }
    *loss = samples ? (double)iso_divide(total, (float)samples) : 0;
    *accuracy = samples ? (double)correct / (double)samples : 0;
    *bad_step = state[2] == UINT32_MAX ? SIZE_MAX : state[2];
done:
    free(sums);
    free(right);
    return status;
}
