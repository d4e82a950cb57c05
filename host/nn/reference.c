#include "nn/reference.h"

#include "base/memory.h"
#include "nn/layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------------- activations -- */

static const double PI = 3.14159265358979323846;

static double identity(double z) { return z; }
static double one(double z) { return 1 + 0 * z; }
static double zero(double z) { return 0 * z; }
static double step(double z) { return z >= 0; }
static double sign(double z) { return z > 0 ? 1 : -1; }
static double sigmoid(double z) { return 1 / (1 + exp(-z)); }
static double sigmoid_slope(double z) { return 1 / (2 + exp(z) + exp(-z)); }
static double tanh_slope(double z) { return 1 / (cosh(z) * cosh(z)); }
static double relu(double z) { return z > 0 ? z : 0; }
static double relu_slope(double z) { return z > 0; }
static double leaky(double z) { return z > 0 ? z : 0.01 * z; }
static double leaky_slope(double z) { return z > 0 ? 1 : 0.01; }
static double elu(double z) { return z > 0 ? z : expm1(z); }
static double elu_slope(double z) { return z > 0 ? 1 : exp(z); }
static double gelu(double z) { return z * erfc(-z / sqrt(2)) / 2; }
static double gelu_slope(double z) {
    return erfc(-z / sqrt(2)) / 2 + z * exp(-z * z / 2) / sqrt(2 * PI);
}
static double softplus(double z) { return z > 0 ? z + log1p(exp(-z)) : log1p(exp(z)); }
static double swish(double z) { return z / (1 + exp(-z)); }
static double swish_slope(double z) { return sigmoid(z) + z * sigmoid_slope(z); }

static const struct pointwise {
    const char *name;
    double (*f)(double z), (*slope)(double z);
    bool kinked; /* it or its slope jumps at 0 */
} pointwise[] = {
    {"identity", identity, one, false},
    {"step", step, zero, true},
    {"sign", sign, zero, true},
    {"sigmoid", sigmoid, sigmoid_slope, false},
    {"tanh", tanh, tanh_slope, false},
    {"relu", relu, relu_slope, true},
    {"leaky_relu", leaky, leaky_slope, true},
    {"elu", elu, elu_slope, false},
    {"gelu", gelu, gelu_slope, false},
    {"softplus", softplus, sigmoid, false},
    {"swish", swish, swish_slope, false},
};

/* NULL: softmax, the only one that is not pointwise. */
static const struct pointwise *find(const iso_activation *activation) {
    for (size_t i = 0; i < sizeof pointwise / sizeof *pointwise; i++)
        if (iso_activation_is(activation, pointwise[i].name))
            return &pointwise[i];
    return NULL;
}

void iso_reference_activate(const iso_activation *activation, size_t n, const double *z,
                            double *a) {
    const struct pointwise *row = find(activation);
    double largest = z[0], sum = 0;
    for (size_t j = 0; j < n; j++)
        largest = fmax(largest, z[j]);
    for (size_t j = 0; j < n; j++)
        sum += a[j] = row ? row->f(z[j]) : exp(z[j] - largest);
    for (size_t j = 0; !row && j < n; j++)
        a[j] /= sum;
}

void iso_reference_derive(const iso_activation *activation, size_t n, const double *z,
                          const double *a, const double *g, double *delta) {
    const struct pointwise *row = find(activation);
    for (size_t j = 0; j < n; j++) {
        if (row) {
            delta[j] = row->slope(z[j]) * g[j];
            continue;
        }
        /* softmax: the whole Jacobian, da_i / dz_j = a_i ((i = j) - a_j). */
        delta[j] = 0;
        for (size_t i = 0; i < n; i++)
            delta[j] += a[i] * ((i == j) - a[j]) * g[i];
    }
}

/* --------------------------------------------------------------------------------- a batch -- */

struct iso_reference {
    const iso_network *network;
    const iso_loss *loss;
    size_t samples;
    double *x, *targets;
    double **z, **a; /* per layer: samples by units */
};

static isobit_status copy(double **out, const double *from, size_t count) {
    ISO_TRY(iso_alloc(out, count, sizeof **out));
    memcpy(*out, from, count * sizeof **out);
    return ISOBIT_OK;
}

isobit_status iso_reference_new(iso_reference **out, const iso_network *network,
                                const iso_loss *loss, size_t samples, const double *x,
                                const double *targets) {
    iso_reference *reference;
    isobit_status status;
    ISO_TRY(iso_alloc(&reference, 1, sizeof *reference));
    reference->network = network;
    reference->loss = loss;
    reference->samples = samples;
    ISO_DO(copy(&reference->x, x, samples * iso_network_inputs(network)));
    ISO_DO(copy(&reference->targets, targets, samples * iso_network_outputs(network)));
    ISO_DO(iso_alloc(&reference->z, network->count, sizeof *reference->z));
    ISO_DO(iso_alloc(&reference->a, network->count, sizeof *reference->a));
    for (size_t i = 0; i < network->count; i++) {
        const size_t values = samples * iso_shape_size(network->layers[i].out);
        ISO_DO(iso_alloc(&reference->z[i], values, sizeof(double)));
        ISO_DO(iso_alloc(&reference->a[i], values, sizeof(double)));
    }
    *out = reference;
    return ISOBIT_OK;
done:
    iso_reference_free(reference);
    return status;
}

void iso_reference_free(iso_reference *reference) {
    if (!reference)
        return;
    for (size_t i = 0; i < reference->network->count; i++) {
        free(reference->z ? reference->z[i] : NULL);
        free(reference->a ? reference->a[i] : NULL);
    }
    free(reference->z);
    free(reference->a);
    free(reference->x);
    free(reference->targets);
    free(reference);
}

/* What a layer reads for one sample, and where its z and output are. */
static const double *input(const iso_reference *reference, const iso_layer *layer, size_t sample) {
    const size_t width = iso_shape_size(layer->in);
    const double *from = layer->index ? reference->a[layer->index - 1] : reference->x;
    return from + sample * width;
}
static double *row(double *const *buffers, const iso_layer *layer, size_t sample) {
    return buffers[layer->index] + sample * iso_shape_size(layer->out);
}

/* A layer's weight or bias (or the like in a gradient); NULL: it has none. */
static double *part(const iso_reference *reference, const double *of, int parameter) {
    return parameter == ISO_NO_PARAMETER
               ? NULL
               : (double *)(uintptr_t)of + reference->network->parameters[parameter].offset;
}

static const iso_layer *last(const iso_reference *reference) {
    return &reference->network->layers[reference->network->count - 1];
}

const double *iso_reference_outputs(const iso_reference *reference, size_t sample) {
    return row(reference->a, last(reference), sample);
}

double iso_reference_loss(iso_reference *reference, const double *parameters, size_t from) {
    const size_t outputs = iso_network_outputs(reference->network);
    double sum = 0;
    for (size_t s = 0; s < reference->samples; s++) {
        for (size_t i = from; i < reference->network->count; i++) {
            const iso_layer *layer = &reference->network->layers[i];
            double *z = row(reference->z, layer, s);
            layer->kind->reference_forward(layer, part(reference, parameters, layer->weight),
                                           part(reference, parameters, layer->bias),
                                           input(reference, layer, s), z);
            iso_reference_activate(layer->activation, iso_shape_size(layer->out), z,
                                   row(reference->a, layer, s));
        }
        sum += reference->loss->value(row(reference->z, last(reference), s),
                                      iso_reference_outputs(reference, s),
                                      reference->targets + s * outputs, outputs);
    }
    return sum / (double)reference->samples;
}

/* --------------------------------------------------------------------------------- backward -- */

/* The widest row of any layer, or of the input. */
static size_t widest(const iso_network *network) {
    size_t most = iso_network_inputs(network);
    for (size_t i = 0; i < network->count; i++) {
        const size_t width = iso_shape_size(network->layers[i].out);
        most = width > most ? width : most;
    }
    return most;
}

/* The output layer's error term: the loss's derivative by z, over the size of the batch. */
static void output_delta(const iso_reference *reference, size_t sample, double *g, double *delta) {
    const iso_layer *layer = last(reference);
    const iso_loss *loss = reference->loss;
    const size_t outputs = iso_shape_size(layer->out);
    const double *z = row(reference->z, layer, sample), *y = row(reference->a, layer, sample);
    loss->slope(y, reference->targets + sample * outputs, outputs, loss->reads_logit ? delta : g);
    if (!loss->reads_logit)
        iso_reference_derive(layer->activation, outputs, z, y, g, delta);
    for (size_t j = 0; j < outputs; j++)
        delta[j] /= (double)reference->samples;
}

/* Add one sample's part to the gradients. @param delta,g space for the widest layer */
static void add_gradients(iso_reference *reference, const double *parameters, size_t sample,
                          double *delta, double *g, double *gradients) {
    const iso_network *network = reference->network;
    const size_t width = widest(network);
    output_delta(reference, sample, g, delta);
    for (size_t i = network->count; i-- > 0;) {
        const iso_layer *layer = &network->layers[i], *below = layer - 1;
        memset(g, 0, width * sizeof *g);
        layer->kind->reference_backward(layer, part(reference, parameters, layer->weight),
                                        input(reference, layer, sample), delta, g,
                                        part(reference, gradients, layer->weight),
                                        part(reference, gradients, layer->bias));
        if (i > 0)
            iso_reference_derive(below->activation, iso_shape_size(below->out),
                                 row(reference->z, below, sample), row(reference->a, below, sample),
                                 g, delta);
    }
}

isobit_status iso_reference_gradients(iso_reference *reference, const double *parameters,
                                      double *gradients, double *terms) {
    const size_t width = widest(reference->network), floats = reference->network->floats;
    double *delta = NULL, *g = NULL, *own = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&delta, width, sizeof *delta));
    ISO_DO(iso_alloc(&g, width, sizeof *g));
    ISO_DO(iso_alloc(&own, floats, sizeof *own));
    memset(gradients, 0, floats * sizeof *gradients);
    if (terms)
        memset(terms, 0, floats * sizeof *terms);
    for (size_t s = 0; s < reference->samples; s++) {
        memset(own, 0, floats * sizeof *own);
        add_gradients(reference, parameters, s, delta, g, own);
        for (size_t i = 0; i < floats; i++) {
            gradients[i] += own[i];
            if (terms)
                terms[i] += fabs(own[i]);
        }
    }
done:
    free(delta);
    free(g);
    free(own);
    return status;
}

/* ------------------------------------------------------------------------------------ kinks -- */

static void magnitudes(double *out, const double *from, size_t count) {
    for (size_t i = 0; i < count; i++)
        out[i] = fabs(from[i]);
}

/* Space for near_kink: the parameters' magnitudes, and those of a row of inputs and of sums. */
typedef struct space {
    double *parameters, *in, *sums;
} space;

/* Whether a unit of one layer has |z| within what rounding its terms to float32 may move. The size
 * of the terms is what the layer gives when every number in it is made positive. */
static bool layer_near_kink(const iso_reference *reference, const iso_layer *layer, size_t sample,
                            const space *room) {
    const double few_ulps = 0x1p-20;
    const double *z = row(reference->z, layer, sample);
    magnitudes(room->in, input(reference, layer, sample), iso_shape_size(layer->in));
    layer->kind->reference_forward(layer, part(reference, room->parameters, layer->weight),
                                   part(reference, room->parameters, layer->bias), room->in,
                                   room->sums);
    for (size_t j = 0; j < iso_shape_size(layer->out); j++)
        if (fabs(z[j]) < few_ulps * room->sums[j])
            return true;
    return false;
}

static bool near_kink(const iso_reference *reference, size_t sample, const space *room) {
    const size_t outputs = iso_network_outputs(reference->network);
    const double *y = iso_reference_outputs(reference, sample);
    const double *t = reference->targets + sample * outputs;
    for (size_t j = 0; j < outputs && !strcmp(reference->loss->name, "mae"); j++)
        if (fabs(y[j] - t[j]) < 0x1p-16 * (fabs(y[j]) + fabs(t[j])))
            return true;
    for (size_t i = 0; i < reference->network->count; i++) {
        const iso_layer *layer = &reference->network->layers[i];
        const struct pointwise *activation = find(layer->activation);
        if (activation && activation->kinked && layer_near_kink(reference, layer, sample, room))
            return true;
        if (layer->kind->reference_near_kink &&
            layer->kind->reference_near_kink(layer, input(reference, layer, sample)))
            return true;
    }
    return false;
}

isobit_status iso_reference_near_kinks(const iso_reference *reference, const double *parameters,
                                       bool *near) {
    const size_t width = widest(reference->network);
    space room = {0};
    isobit_status status;
    ISO_DO(iso_alloc(&room.parameters, reference->network->floats, sizeof(double)));
    ISO_DO(iso_alloc(&room.in, width, sizeof(double)));
    ISO_DO(iso_alloc(&room.sums, width, sizeof(double)));
    magnitudes(room.parameters, parameters, reference->network->floats);
    for (size_t s = 0; s < reference->samples; s++)
        near[s] = near_kink(reference, s, &room);
done:
    free(room.parameters);
    free(room.in);
    free(room.sums);
    return status;
}
