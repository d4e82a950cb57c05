/* maxpool, avgpool: the largest or the mean of each window, channel by channel. */
#include "nn/image.h"

#include "ops/pool.h"

#include <math.h>
#include <stdio.h>

enum { MOST_SIDE = 1 << 12, MOST_WINDOWS = 256 /* one chunk of a sum */ };

static isobit_status parse(iso_layer *layer, iso_spec *spec) {
    const char *stride = iso_spec_option(spec, "stride");
    if (spec->word_count < 2)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "how large a window? Written: %s",
                        layer->kind->usage);
    ISO_TRY(iso_image_pair(spec->words[1], "window", 1, MOST_SIDE, layer->kernel));
    ISO_TRY(
        iso_image_pair(stride ? stride : spec->words[1], "stride", 1, MOST_SIDE, layer->stride));
    ISO_TRY(iso_activation_find("identity", &layer->activation));
    layer->has_bias = false;
    return iso_spec_done(spec, "layer", 2, layer->kind->usage);
}

/* In how many windows an input may be, along one side. */
static size_t overlap(const iso_layer *layer, int side, size_t windows) {
    const size_t most = (layer->kernel[side] + layer->stride[side] - 1) / layer->stride[side];
    return most < windows ? most : windows;
}

static isobit_status shape(iso_network *network, iso_layer *layer) {
    layer->out = layer->in;
    ISO_TRY(iso_image_fit(network, layer));
    if (overlap(layer, 0, layer->out.height) * overlap(layer, 1, layer->out.width) > MOST_WINDOWS)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "an input would be in more than %d windows: give a larger stride",
                        MOST_WINDOWS);
    return ISOBIT_OK;
}

static iso_pool pool_of(const iso_layer *layer) {
    return layer->kind == &iso_maxpool ? ISO_POOL_MAX : ISO_POOL_MEAN;
}

static isobit_status forward(iso_step *step, const iso_layer *layer) {
    char label[64];
    snprintf(label, sizeof label, "layer %zu forward", layer->index + 1);
    const iso_window window = iso_image_window(layer);
    const iso_tensor x = iso_step_input(step, layer);
    const iso_store store = iso_step_forward_store(step, layer);
    return iso_pool_forward(&step->list, pool_of(layer), &window, &x, &store, label);
}

static isobit_status backward(iso_step *step, const iso_layer *layer, const iso_store *store) {
    char label[64];
    snprintf(label, sizeof label, "layer %zu backward", layer->index + 1);
    const iso_window window = iso_image_window(layer);
    const iso_tensor x = iso_step_input(step, layer), delta = iso_step_delta(step, layer);
    return iso_pool_backward(&step->list, pool_of(layer), &window, &x, &delta, store, label);
}

/* ------------------------------------------------------------------------------- reference -- */

/* The place in `in` of the first largest element of a window. */
static size_t largest(const iso_layer *layer, const double *in, size_t channel, size_t unit) {
    size_t chosen = iso_image_place(layer, channel, unit, 0);
    for (size_t tap = 1; tap < layer->kernel[0] * layer->kernel[1]; tap++) {
        const size_t at = iso_image_place(layer, channel, unit, tap);
        chosen = in[at] > in[chosen] ? at : chosen;
    }
    return chosen;
}

static void max_forward(const iso_layer *layer, const double *weight, const double *bias,
                        const double *in, double *z) {
    const size_t area = layer->out.height * layer->out.width;
    (void)weight, (void)bias;
    for (size_t unit = 0; unit < layer->out.channels * area; unit++)
        z[unit] = in[largest(layer, in, unit / area, unit % area)];
}

static void max_backward(const iso_layer *layer, const double *weight, const double *in,
                         const double *delta, double *below, double *weight_gradient,
                         double *bias_gradient) {
    const size_t area = layer->out.height * layer->out.width;
    (void)weight, (void)weight_gradient, (void)bias_gradient;
    for (size_t unit = 0; unit < layer->out.channels * area; unit++)
        below[largest(layer, in, unit / area, unit % area)] += delta[unit];
}

/* Another element that is not equal, but so close to the largest that float32 may choose it. */
static bool max_near_kink(const iso_layer *layer, const double *in) {
    const size_t area = layer->out.height * layer->out.width;
    for (size_t unit = 0; unit < layer->out.channels * area; unit++) {
        const double most = in[largest(layer, in, unit / area, unit % area)];
        for (size_t tap = 0; tap < layer->kernel[0] * layer->kernel[1]; tap++) {
            const double value = in[iso_image_place(layer, unit / area, unit % area, tap)];
            if (value < most && most - value < 0x1p-19 * (1 + fabs(most)))
                return true;
        }
    }
    return false;
}

static void mean_forward(const iso_layer *layer, const double *weight, const double *bias,
                         const double *in, double *z) {
    const size_t area = layer->out.height * layer->out.width;
    const size_t taps = layer->kernel[0] * layer->kernel[1];
    (void)weight, (void)bias;
    for (size_t unit = 0; unit < layer->out.channels * area; unit++) {
        z[unit] = 0;
        for (size_t tap = 0; tap < taps; tap++)
            z[unit] += in[iso_image_place(layer, unit / area, unit % area, tap)] / (double)taps;
    }
}

static void mean_backward(const iso_layer *layer, const double *weight, const double *in,
                          const double *delta, double *below, double *weight_gradient,
                          double *bias_gradient) {
    const size_t area = layer->out.height * layer->out.width;
    const size_t taps = layer->kernel[0] * layer->kernel[1];
    (void)weight, (void)in, (void)weight_gradient, (void)bias_gradient;
    for (size_t unit = 0; unit < layer->out.channels * area; unit++)
        for (size_t tap = 0; tap < taps; tap++)
            below[iso_image_place(layer, unit / area, unit % area, tap)] +=
                delta[unit] / (double)taps;
}

const iso_layer_kind iso_maxpool = {
    .name = "maxpool",
    .usage = "maxpool SIZE [stride=N]",
    .slots = 1,
    .parse = parse,
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .reference_forward = max_forward,
    .reference_backward = max_backward,
    .reference_near_kink = max_near_kink,
};

const iso_layer_kind iso_avgpool = {
    .name = "avgpool",
    .usage = "avgpool SIZE [stride=N]",
    .slots = 1,
    .parse = parse,
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .reference_forward = mean_forward,
    .reference_backward = mean_backward,
};
