/* dense: z = W x + b, every unit reads every input. W is [out, in] as in PyTorch's Linear. */
#include "nn/layer.h"

#include "ops/gemm.h"

#include <stdint.h>
#include <stdio.h>

static isobit_status parse(iso_layer *layer, iso_spec *spec) {
    if (spec->word_count < 2)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "how many units? Written: %s", layer->kind->usage);
    ISO_TRY(iso_parse_size(spec->words[1], "units", 1, INT32_MAX, &layer->filters));
    return iso_layer_parse_common(layer, spec, 2);
}

static isobit_status shape(iso_network *network, iso_layer *layer) {
    const size_t in = iso_shape_size(layer->in), out = layer->filters;
    const size_t weight[] = {out, in};
    layer->out = (iso_shape){out, 1, 1};
    ISO_TRY(
        iso_network_add_parameter(network, layer, "weight", weight, 2, in, out, &layer->weight));
    if (!layer->has_bias)
        return ISOBIT_OK;
    return iso_network_add_parameter(network, layer, "bias", &out, 1, in, out, &layer->bias);
}

static void name_launch(char out[64], const iso_layer *layer, const char *what) {
    snprintf(out, 64, "layer %zu %s", layer->index + 1, what);
}

/* Z = X W^T + b, A = f(Z). */
static isobit_status forward(iso_step *step, const iso_layer *layer) {
    char label[64];
    name_launch(label, layer, "forward");
    const iso_tensor x = iso_step_input(step, layer), w = iso_step_parameter(step, layer->weight);
    const iso_store store = iso_step_forward_store(step, layer);
    return iso_gemm(&step->list, ISO_GEMM_NT, &x, &w, step->precision, &store, label);
}

/* The error that arrives below: delta W, and then through `store` the activation's derivative. */
static isobit_status backward(iso_step *step, const iso_layer *layer, const iso_store *store) {
    char label[64];
    name_launch(label, layer, "backward");
    const iso_tensor delta = iso_step_delta(step, layer);
    const iso_tensor w = iso_step_parameter(step, layer->weight);
    return iso_gemm(&step->list, ISO_GEMM_NN, &delta, &w, step->precision, store, label);
}

/* dW = delta^T X, db = the sum of delta's rows. */
static isobit_status gradient(iso_step *step, const iso_layer *layer) {
    char label[64];
    const iso_tensor x = iso_step_input(step, layer), delta = iso_step_delta(step, layer);
    iso_store store = iso_step_gradient_store(step, layer->weight);
    name_launch(label, layer, "gradient");
    ISO_TRY(iso_gemm(&step->list, ISO_GEMM_TN, &delta, &x, step->precision, &store, label));
    if (!layer->has_bias)
        return ISOBIT_OK;
    store = iso_step_gradient_store(step, layer->bias);
    name_launch(label, layer, "bias gradient");
    return iso_bias_gradient(&step->list, &delta, &store, label);
}

static void reference_forward(const iso_layer *layer, const double *weight, const double *bias,
                              const double *in, double *z) {
    const size_t inputs = iso_shape_size(layer->in);
    for (size_t j = 0; j < layer->filters; j++) {
        z[j] = bias ? bias[j] : 0;
        for (size_t i = 0; i < inputs; i++)
            z[j] += weight[j * inputs + i] * in[i];
    }
}

static void reference_backward(const iso_layer *layer, const double *weight, const double *in,
                               const double *delta, double *below, double *weight_gradient,
                               double *bias_gradient) {
    const size_t inputs = iso_shape_size(layer->in);
    for (size_t j = 0; j < layer->filters; j++) {
        for (size_t i = 0; i < inputs; i++) {
            below[i] += weight[j * inputs + i] * delta[j];
            weight_gradient[j * inputs + i] += delta[j] * in[i];
        }
        if (bias_gradient)
            bias_gradient[j] += delta[j];
    }
}

const iso_layer_kind iso_dense = {
    .name = "dense",
    .usage = "dense UNITS [ACTIVATION] [bias=off] [init=NAME]",
    .slots = 1,
    .reads_vector = true,
    .parse = parse,
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .reference_forward = reference_forward,
    .reference_backward = reference_backward,
};
