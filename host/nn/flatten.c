/* flatten: an image is a vector from here on. Nothing moves: channels, rows and columns are in the
 * order that torch.nn.Flatten has. */
#include "nn/layer.h"

#include <string.h>

static isobit_status parse(iso_layer *layer, iso_spec *spec) {
    ISO_TRY(iso_activation_find("identity", &layer->activation));
    layer->has_bias = false;
    return iso_spec_done(spec, "layer", 1, layer->kind->usage);
}

static isobit_status shape(iso_network *network, iso_layer *layer) {
    (void)network;
    layer->out = (iso_shape){iso_shape_size(layer->in), 1, 1};
    return ISOBIT_OK;
}

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

const iso_layer_kind iso_flatten = {
    .name = "flatten",
    .usage = "flatten",
    .slots = 1,
    .passes = ISO_ALWAYS,
    .parse = parse,
    .shape = shape,
    .reference_forward = reference_forward,
    .reference_backward = reference_backward,
};
