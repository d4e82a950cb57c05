/* dropout: in training every value is dropped with probability `rate`, and the others are divided
 * by 1 - rate, so that nothing has to change for predictions. */
#include "nn/layer.h"

#include "ops/dropout.h"

#include <stdio.h>
#include <string.h>

static isobit_status parse(iso_layer *layer, iso_spec *spec) {
    if (spec->word_count < 2)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "how much is dropped? Written: %s",
                        layer->kind->usage);
    ISO_TRY(iso_parse_double(spec->words[1], "dropout", 0, 0.99, &layer->rate));
    ISO_TRY(iso_activation_find("identity", &layer->activation));
    layer->has_bias = false;
    return iso_spec_done(spec, "layer", 2, layer->kind->usage);
}

static isobit_status shape(iso_network *network, iso_layer *layer) {
    layer->out = layer->in;
    layer->image = layer->index > 0 && network->layers[layer->index - 1].image;
    return ISOBIT_OK;
}

static iso_dropout_work work_of(const iso_step *step, const iso_layer *layer) {
    return (iso_dropout_work){.rate = layer->rate,
                              .layer = layer->index,
                              .seed = *step->engine->seed,
                              .state = step->feed->state,
                              .scalars = step->engine->scalars};
}

static isobit_status forward(iso_step *step, const iso_layer *layer) {
    char label[64];
    snprintf(label, sizeof label, "layer %zu forward", layer->index + 1);
    const iso_dropout_work work = work_of(step, layer);
    const iso_tensor x = iso_step_input(step, layer);
    const iso_store store = iso_step_forward_store(step, layer);
    return iso_dropout_rows(&step->list, &work, &x, &store, label);
}

static isobit_status backward(iso_step *step, const iso_layer *layer, const iso_store *store) {
    char label[64];
    snprintf(label, sizeof label, "layer %zu backward", layer->index + 1);
    const iso_dropout_work work = work_of(step, layer);
    const iso_tensor delta = iso_step_delta(step, layer);
    return iso_dropout_rows(&step->list, &work, &delta, store, label);
}

/* Comparisons are made without dropout. */
static void reference_forward(const iso_layer *layer, const double *weight, const double *bias,
                              const double *in, double *z) {
    (void)weight, (void)bias;
    memcpy(z, in, iso_shape_size(layer->in) * sizeof *z);
}

static void reference_backward(const iso_layer *layer, const double *weight, const double *in,
                               const double *delta, double *below, double *weight_gradient,
                               double *bias_gradient) {
    (void)weight, (void)in, (void)weight_gradient, (void)bias_gradient;
    memcpy(below, delta, iso_shape_size(layer->in) * sizeof *below);
}

const iso_layer_kind iso_dropout = {
    .name = "dropout",
    .usage = "dropout RATE",
    .slots = 1,
    .passes = ISO_UNLESS_TRAINING,
    .parse = parse,
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .reference_forward = reference_forward,
    .reference_backward = reference_backward,
};
