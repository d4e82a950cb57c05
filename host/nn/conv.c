/* conv: filters that look at a small window of an image, the same weights wherever it is.
 * W is [filters, channels, height, width] as in PyTorch's Conv2d. */
#include "nn/image.h"

#include "ops/conv.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MOST_FILTERS = 1 << 16, MOST_SIDE = 1 << 12 };

static isobit_status parse_padding(iso_layer *layer, const char *text) {
    if (!text || !strcmp(text, "valid"))
        return ISOBIT_OK;
    if (strcmp(text, "same") != 0)
        return iso_image_pair(text, "padding (valid, same or a number)", 0, MOST_SIDE,
                              layer->padding);
    layer->same = true;
    if (layer->stride[0] * layer->stride[1] != 1)
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "padding=same goes with stride=1 only: the output cannot be as large as the "
            "input; give a number");
    return ISOBIT_OK;
}

static isobit_status parse(iso_layer *layer, iso_spec *spec) {
    const char *stride = iso_spec_option(spec, "stride");
    if (spec->word_count < 3)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "how many filters, how large? Written: %s",
                        layer->kind->usage);
    ISO_TRY(iso_parse_size(spec->words[1], "filters", 1, MOST_FILTERS, &layer->filters));
    ISO_TRY(iso_image_pair(spec->words[2], "kernel", 1, MOST_SIDE, layer->kernel));
    ISO_TRY(iso_image_pair(stride ? stride : "1", "stride", 1, MOST_SIDE, layer->stride));
    ISO_TRY(parse_padding(layer, iso_spec_option(spec, "padding")));
    return iso_layer_parse_common(layer, spec, 3);
}

static isobit_status shape(iso_network *network, iso_layer *layer) {
    ISO_TRY(iso_image_fit(network, layer));
    layer->out.channels = layer->filters;
    const size_t weight[] = {layer->filters, layer->in.channels, layer->kernel[0],
                             layer->kernel[1]};
    const size_t taps = weight[2] * weight[3];
    const size_t in = layer->in.channels * taps, out = layer->filters * taps;
    ISO_TRY(
        iso_network_add_parameter(network, layer, "weight", weight, 4, in, out, &layer->weight));
    if (!layer->has_bias)
        return ISOBIT_OK;
    return iso_network_add_parameter(network, layer, "bias", &layer->filters, 1, in, out,
                                     &layer->bias);
}

static void name_launch(char out[64], const iso_layer *layer, const char *what) {
    snprintf(out, 64, "layer %zu%s", layer->index + 1, what);
}

static isobit_status forward(iso_step *step, const iso_layer *layer) {
    char label[64];
    name_launch(label, layer, " forward");
    const iso_window window = iso_image_window(layer);
    const iso_tensor x = iso_step_input(step, layer), w = iso_step_parameter(step, layer->weight);
    const iso_store store = iso_step_forward_store(step, layer);
    return iso_conv_forward(&step->list, &window, &x, &w, &store, label);
}

static isobit_status backward(iso_step *step, const iso_layer *layer, const iso_store *store) {
    char label[64];
    name_launch(label, layer, " backward");
    const iso_window window = iso_image_window(layer);
    const iso_tensor delta = iso_step_delta(step, layer);
    const iso_tensor w = iso_step_parameter(step, layer->weight);
    return iso_conv_backward(&step->list, &window, &delta, &w, store, label);
}

static isobit_status gradient(iso_step *step, const iso_layer *layer) {
    char label[64];
    name_launch(label, layer, "");
    const iso_store weight = iso_step_gradient_store(step, layer->weight);
    const iso_store bias =
        layer->has_bias ? iso_step_gradient_store(step, layer->bias) : (iso_store){0};
    const iso_conv_gradient work = {.window = iso_image_window(layer),
                                    .x = iso_step_input(step, layer),
                                    .delta = iso_step_delta(step, layer),
                                    .scratch = step->workspace->scratch,
                                    .scratch_floats = step->workspace->scratch_floats,
                                    .weight = &weight,
                                    .bias = layer->has_bias ? &bias : NULL};
    return iso_conv_gradients(&step->list, &work, label);
}

static size_t scratch(const iso_layer *layer, size_t rows) {
    const iso_window window = iso_image_window(layer);
    return iso_conv_scratch(&window, rows);
}

/* ------------------------------------------------------------------------------- reference -- */

static void reference_forward(const iso_layer *layer, const double *weight, const double *bias,
                              const double *in, double *z) {
    const size_t area = layer->out.height * layer->out.width;
    const size_t taps = layer->kernel[0] * layer->kernel[1], terms = layer->in.channels * taps;
    for (size_t unit = 0; unit < layer->filters * area; unit++) {
        z[unit] = bias ? bias[unit / area] : 0;
        for (size_t k = 0; k < terms; k++) {
            const size_t at = iso_image_place(layer, k / taps, unit % area, k % taps);
            z[unit] += at == SIZE_MAX ? 0 : weight[unit / area * terms + k] * in[at];
        }
    }
}

static void reference_backward(const iso_layer *layer, const double *weight, const double *in,
                               const double *delta, double *below, double *weight_gradient,
                               double *bias_gradient) {
    const size_t area = layer->out.height * layer->out.width;
    const size_t taps = layer->kernel[0] * layer->kernel[1], terms = layer->in.channels * taps;
    for (size_t unit = 0; unit < layer->filters * area; unit++) {
        if (bias_gradient)
            bias_gradient[unit / area] += delta[unit];
        for (size_t k = 0; k < terms; k++) {
            const size_t at = iso_image_place(layer, k / taps, unit % area, k % taps);
            if (at == SIZE_MAX)
                continue;
            below[at] += weight[unit / area * terms + k] * delta[unit];
            weight_gradient[unit / area * terms + k] += in[at] * delta[unit];
        }
    }
}

const iso_layer_kind iso_conv = {
    .name = "conv",
    .usage = "conv FILTERS HEIGHTxWIDTH [ACTIVATION] [stride=N] [padding=valid|same|N] [bias=off] "
             "[init=NAME]",
    .slots = 1,
    .parse = parse,
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .scratch = scratch,
    .reference_forward = reference_forward,
    .reference_backward = reference_backward,
};
