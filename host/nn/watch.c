#include "nn/watch.h"

#include "base/memory.h"
#include "ops/statistics.h"

#include <math.h>
#include <stdlib.h>

/* Samples evenly from the training part, so that no order of the data makes them of one kind. */
static isobit_status make_feed(iso_watch *watch, const iso_feed *feed, const isobit_data *data) {
    const uint32_t *order = data->order + data->begin[ISOBIT_TRAIN];
    const size_t samples = isobit_data_samples(data, ISOBIT_TRAIN);
    const size_t batch = iso_watch_batch(samples);
    for (size_t i = 0; i < batch; i++)
        watch->chosen[i] = order[i * samples / batch];
    return iso_feed_over(&watch->feed, feed, watch->chosen, batch, batch);
}

static bool is_watched(const iso_layer *layer) { return layer->weight != ISO_NO_PARAMETER; }

/* A step has no slope anywhere, and softmax none of a unit alone. */
static const char *slope_of(const iso_layer *layer) {
    const bool none = layer->activation->derivative == ISO_NONE ||
                      iso_activation_is(layer->activation, "softmax");
    return none ? NULL : layer->activation->name;
}

static isobit_status add_statistics(iso_watch *watch) {
    const iso_network *network = watch->engine->network;
    ISO_TRY(iso_alloc(&watch->statistics, network->count, sizeof *watch->statistics));
    ISO_TRY(iso_alloc(&watch->layers, network->count, sizeof *watch->layers));
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        const struct iso_layer_buffers *own = &watch->workspace.layers[i];
        if (!is_watched(layer))
            continue;
        ISO_TRY(iso_buffer_new(&watch->statistics[i], watch->engine->context,
                               ISO_UNIT_STATISTICS * own->a.columns * sizeof(float),
                               ISO_FOR_ACTIVATIONS));
        ISO_TRY(iso_unit_statistics(&watch->step.list, &own->z, &own->a, &own->delta,
                                    slope_of(layer), watch->statistics[i], "watch"));
        watch->layers[watch->count++].layer = i + 1;
    }
    return ISOBIT_OK;
}

isobit_status iso_watch_new(iso_watch *out, const iso_engine *engine, const iso_feed *feed,
                            const isobit_data *data) {
    iso_watch *watch = out; /* the step points into it */
    isobit_status status;
    *watch = (iso_watch){.engine = engine};
    ISO_DO(make_feed(watch, feed, data));
    const size_t rows = watch->feed.samples;
    ISO_DO(iso_workspace_new(&watch->workspace, engine, &watch->feed, rows, true));
    ISO_DO(iso_step_error_terms(&watch->step, engine, &watch->workspace, &watch->feed, rows, rows));
    ISO_DO(add_statistics(watch));
    return ISOBIT_OK;
done:
    iso_watch_free(watch);
    return status;
}

void iso_watch_free(iso_watch *watch) {
    for (size_t i = 0; watch->statistics && i < watch->engine->network->count; i++)
        iso_buffer_free(&watch->statistics[i]);
    free(watch->statistics);
    free(watch->layers);
    iso_step_free(&watch->step);
    if (watch->workspace.layers)
        iso_workspace_free(watch->engine, &watch->workspace);
    iso_feed_free(&watch->feed);
    *watch = (iso_watch){0};
}

/* Mean and variance of all values of a layer from those of its columns. */
static void join(const float *means, const float *squares, size_t columns, size_t rows,
                 double *mean, double *variance) {
    double sum = 0, around = 0, between = 0;
    for (size_t i = 0; i < columns; i++)
        sum += (double)means[i];
    *mean = sum / (double)columns;
    for (size_t i = 0; i < columns; i++) {
        const double distance = (double)means[i] - *mean;
        around += (double)squares[i];
        between += distance * distance;
    }
    *variance = (around + (double)rows * between) / ((double)rows * (double)columns);
}

/* Units whose error gets lost: all columns of a unit (the pixels of a filter) count together. */
static void count_flat(const iso_layer *layer, const float *flat, size_t columns, size_t rows,
                       isobit_layer_state *out) {
    const size_t span = columns / layer->filters;
    const bool relu = layer->activation->initial == ISO_HE;
    for (size_t unit = 0; unit < layer->filters; unit++) {
        double sum = 0;
        for (size_t i = 0; i < span; i++)
            sum += (double)flat[unit * span + i];
        const double part = sum / ((double)rows * (double)span);
        out->dead += relu && part == 1;
        out->saturated += !relu && part >= 0.9;
    }
}

static isobit_status read_layer(const iso_watch *watch, isobit_layer_state *out) {
    const size_t index = out->layer - 1;
    const iso_layer *layer = &watch->engine->network->layers[index];
    const iso_tensor a = watch->workspace.layers[index].a;
    isobit_layer_state state = {.layer = out->layer, .units = layer->filters};
    double squares = 0;
    float *all;
    ISO_TRY(iso_alloc(&all, ISO_UNIT_STATISTICS * a.columns, sizeof *all));
    const isobit_status status =
        iso_buffer_read(watch->engine->context, watch->statistics[index], 0, all,
                        ISO_UNIT_STATISTICS * a.columns * sizeof *all);
#define ROW(which) (all + (which)*a.columns)
    join(ROW(ISO_UNIT_MEAN), ROW(ISO_UNIT_SQUARES), a.columns, a.rows, &state.mean,
         &state.variance);
    join(ROW(ISO_UNIT_GRADIENT_MEAN), ROW(ISO_UNIT_GRADIENT_SQUARES), a.columns, a.rows,
         &state.gradient_mean, &state.gradient_variance);
    for (size_t i = 0; i < a.columns; i++)
        squares += (double)ROW(ISO_UNIT_GRADIENT_NORM)[i];
    state.gradient_norm = sqrt(squares);
    count_flat(layer, ROW(ISO_UNIT_FLAT), a.columns, a.rows, &state);
#undef ROW
    free(all);
    if (status == ISOBIT_OK)
        *out = state;
    return status;
}

isobit_status iso_watch_look(iso_watch *watch) {
    size_t end;
    ISO_TRY(iso_feed_rewind(&watch->feed));
    ISO_TRY(iso_feed_reach(&watch->feed, 0, 1, &end));
    ISO_TRY(iso_list_enqueue(&watch->step.list));
    for (size_t i = 0; i < watch->count; i++)
        ISO_TRY(read_layer(watch, &watch->layers[i]));
    return ISOBIT_OK;
}
