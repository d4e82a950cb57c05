#include "ops/feed.h"

#include "base/memory.h"
#include "base/numerics.h"

#include <stdint.h>
#include <stdlib.h>

/* The words of kernels/store.h. */
static const uint32_t fresh_state[4] = {0, 0, UINT32_MAX, 0};

/* A buffer with a copy of `bytes`, and slack so that a vector may be read from the last element. */
static isobit_status copy_in(cl_mem *out, isobit_context *context, const void *from, size_t bytes,
                             const char *what) {
    enum { SLACK = 64 };
    ISO_TRY(iso_buffer_new(out, context, bytes + SLACK, what));
    return bytes ? iso_buffer_write(context, *out, 0, from, bytes) : ISOBIT_OK;
}

static isobit_status copy_samples(iso_feed *feed, const isobit_data *data,
                                  const iso_scaling *scaling) {
    const size_t size = data->element == ISO_UINT8 ? 1 : sizeof(float);
    isobit_context *context = feed->context;
    ISO_TRY(
        copy_in(&feed->x, context, data->x, data->samples * feed->features * size, "the data set"));
    const size_t scaled = scaling->features * sizeof(float);
    ISO_TRY(copy_in(&feed->mean, context, scaling->mean, scaled, "the scaling"));
    ISO_TRY(copy_in(&feed->scaling, context, scaling->scale, scaled, "the scaling"));
    if (scaling->matrix) {
        ISO_TRY(
            iso_tensor_new(&feed->whiten, context, feed->features, feed->features, "the scaling"));
        ISO_TRY(iso_tensor_write(context, &feed->whiten, scaling->matrix));
    }
    const size_t labels = feed->answers && data->classes ? data->samples : 0;
    const size_t targets =
        feed->answers && !data->classes && data->targets ? data->samples * data->outputs : 0;
    ISO_TRY(copy_in(&feed->labels, context, data->labels, labels * sizeof(int32_t), "the labels"));
    return copy_in(&feed->targets, context, data->targets, targets * sizeof(float), "the targets");
}

/* The order and what is noted per sample. */
static isobit_status make_order(iso_feed *feed, const uint32_t *order, size_t n) {
    isobit_context *context = feed->context;
    const size_t chunks = (n + ISO_CHUNK - 1) / ISO_CHUNK;
    feed->samples = n;
    ISO_TRY(copy_in(&feed->order, context, order, n * sizeof(uint32_t), "the order of samples"));
    ISO_TRY(copy_in(&feed->state, context, fresh_state, sizeof fresh_state, "the state"));
    ISO_TRY(iso_buffer_new(&feed->losses, context, n * sizeof(float), "the losses"));
    ISO_TRY(iso_buffer_new(&feed->correct, context, n * sizeof(uint32_t), "the scores"));
    ISO_TRY(iso_buffer_new(&feed->loss_sums, context, chunks * sizeof(float), "the losses"));
    return iso_buffer_new(&feed->right, context, chunks * sizeof(uint32_t), "the scores");
}

isobit_status iso_feed_new(iso_feed *out, isobit_context *context, const isobit_data *data,
                           const iso_scaling *scaling, isobit_part part, bool answers) {
    iso_feed feed = {.context = context,
                     .element = data->element,
                     .scale = scaling->kind,
                     .features = iso_data_features(data),
                     .outputs = data->classes ? 0 : data->outputs,
                     .targets_input = data->targets_input,
                     .answers = answers};
    isobit_status status = copy_samples(&feed, data, scaling);
    if (status == ISOBIT_OK)
        status = make_order(&feed, data->order + data->begin[part],
                            data->begin[part + 1] - data->begin[part]);
    if (status == ISOBIT_OK)
        *out = feed;
    else
        iso_feed_free(&feed);
    return status;
}

isobit_status iso_feed_share(iso_feed *out, const iso_feed *from, const isobit_data *data,
                             isobit_part part) {
    return iso_feed_over(out, from, data->order + data->begin[part],
                         data->begin[part + 1] - data->begin[part]);
}

isobit_status iso_feed_over(iso_feed *out, const iso_feed *from, const uint32_t *order,
                            size_t samples) {
    iso_feed feed = *from;
    feed.shared = true;
    feed.order = feed.state = feed.losses = feed.correct = feed.loss_sums = feed.right = NULL;
    isobit_status status = make_order(&feed, order, samples);
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
    for (size_t i = 0; !feed->shared && i < sizeof data / sizeof *data; i++)
        iso_buffer_free(data[i]);
    if (!feed->shared)
        iso_tensor_free(&feed->whiten);
    *feed = (iso_feed){0};
}

isobit_status iso_feed_rewind(iso_feed *feed) {
    return iso_buffer_send(feed->context, feed->state, fresh_state, sizeof fresh_state);
}

isobit_status iso_feed_freeze(iso_feed *feed) {
    static const uint32_t frozen_state[4] = {0};
    return iso_buffer_send(feed->context, feed->state, frozen_state, sizeof frozen_state);
}

isobit_status iso_feed_until(const iso_feed *feed, const uint32_t *step) {
    ISO_CL(clEnqueueWriteBuffer(feed->context->queue, feed->state, CL_FALSE, 3 * sizeof *step,
                                sizeof *step, step, 0, NULL, NULL),
           "writing to the device");
    return ISOBIT_OK;
}

isobit_status iso_feed_seek(iso_feed *feed, size_t step) {
    const uint32_t next = (uint32_t)step;
    return iso_buffer_write(feed->context, feed->state, 0, &next, sizeof next);
}

isobit_status iso_feed_order(iso_feed *feed, const uint32_t *order) {
    return iso_buffer_send(feed->context, feed->order, order, feed->samples * sizeof *order);
}

/* Sums of the chunks, on the device. */
static isobit_status sum_chunks(iso_feed *feed, size_t samples, size_t chunks) {
    iso_list list = {.context = feed->context};
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(samples));
    iso_arguments_add(&arguments, ISO_MEMORY(feed->losses));
    iso_arguments_add(&arguments, ISO_MEMORY(feed->correct));
    iso_arguments_add(&arguments, ISO_WRITTEN(feed->loss_sums));
    iso_arguments_add(&arguments, ISO_WRITTEN(feed->right));
    const iso_request request = {.op = "epoch_sums"};
    isobit_status status = iso_list_add(&list, &request, &arguments,
                                        (iso_work){.columns = chunks, .rows = 1}, "epoch sums");
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
        ISO_DO(sum_chunks(feed, samples, chunks));
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
