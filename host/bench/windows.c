/* Convolutions and poolings for the bench. What is expected comes from the layers' own float64
 * references. */
#include "base/memory.h"
#include "bench/kinds.h"
#include "bench/reference.h"
#include "nn/image.h"
#include "ops/conv.h"
#include "ops/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A shape is samples x channels x height x width, then filters for a convolution, then the kernel's
 * or window's height and width. */
enum { SAMPLES, CHANNELS, HEIGHT, WIDTH, REST };

/* The layer that the kind's form and the subject's shape describe, in a network of the caller's. */
static isobit_status make_layer(const iso_subject *subject, iso_network **network) {
    const size_t *shape = subject->shape;
    const bool conv = subject->kind->dims == 7;
    char *text = NULL;
    const iso_shape in = {shape[CHANNELS], shape[HEIGHT], shape[WIDTH]};
    if (conv)
        ISO_TRY(iso_format(&text, "conv %zu %zux%zu %s, dense 1", shape[REST], shape[REST + 1],
                           shape[REST + 2], subject->kind->form));
    else
        ISO_TRY(iso_format(&text, "%.3spool %zux%zu%s, dense 1", subject->kind->form, shape[REST],
                           shape[REST + 1], subject->kind->form + 3));
    isobit_status status = iso_network_new(network, text, in);
    free(text);
    return status;
}

static size_t weights_of(const iso_layer *layer, bool conv) {
    const iso_window window = iso_image_window(layer);
    return conv ? layer->filters * iso_window_terms(&window) : 0;
}

/* An input operand; @param keep what a value becomes, to have ties or zeros among them */
static isobit_status input(iso_subject *subject, size_t rows, size_t columns, float (*keep)(float),
                           iso_operand **out) {
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, out));
    for (size_t i = 0; keep && i < rows * (*out)->tensor.ld; i++)
        (*out)->initial[i] = keep((*out)->initial[i]);
    return ISOBIT_OK;
}

static float rectified(float value) { return value > 0 ? value : 0; }
static float one_of_few(float value) {
    return value > 0 ? value > 0.5f ? 1 : 0.5f : value < 0 ? -1 : 0;
}

/* ------------------------------------------------------------------------------- reference -- */

/* What the layer's reference reads and writes for one sample, and sums of it over all. */
typedef struct reference {
    const iso_layer *layer;
    double *w, *in, *z, *delta, *below, *weight, *bias;
} reference;

static isobit_status reference_new(reference *out, const iso_layer *layer, bool conv) {
    const size_t inputs = iso_shape_size(layer->in), units = iso_shape_size(layer->out);
    const size_t weights = weights_of(layer, conv) + 1;
    *out = (reference){.layer = layer};
    ISO_TRY(iso_alloc(&out->w, weights, sizeof(double)));
    ISO_TRY(iso_alloc(&out->in, inputs, sizeof(double)));
    ISO_TRY(iso_alloc(&out->z, units, sizeof(double)));
    ISO_TRY(iso_alloc(&out->delta, units, sizeof(double)));
    ISO_TRY(iso_alloc(&out->below, inputs, sizeof(double)));
    ISO_TRY(iso_alloc(&out->weight, weights, sizeof(double)));
    return iso_alloc(&out->bias, layer->out.channels, sizeof(double));
}

static void reference_free(reference *of) {
    double *const all[] = {of->w, of->in, of->z, of->delta, of->below, of->weight, of->bias};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

/* Values or magnitudes of an operand's row; of rows 0 … `rows` - 1 one behind the other. */
static void take(const iso_operand *operand, size_t row, size_t rows, bool magnitude, double *to) {
    for (size_t i = row; operand && i < row + rows; i++)
        for (size_t j = 0; j < operand->tensor.columns; j++) {
            const double value = (double)iso_operand_at(operand, i, j);
            *to++ = magnitude ? fabs(value) : value;
        }
}

static void must_be(iso_operand *out, size_t row, size_t rows, const double *values,
                    bool magnitude) {
    double *to = (magnitude ? out->magnitude : out->expected) + row * out->tensor.columns;
    for (size_t i = 0; i < rows * out->tensor.columns; i++)
        to[i] = magnitude ? fabs(values[i]) : values[i];
}

/* The operands by what they are; NULL where the operation has none. */
typedef struct operands {
    iso_operand *x, *w, *delta; /* inputs */
    iso_operand *z, *below, *weight, *bias;
} operands;

/* Once with the values, and once with magnitudes: the size of what is added up. A choice of the
 * largest goes by the values in both. */
static void run_reference(reference *of, const operands *parts, size_t samples, bool magnitude) {
    const iso_layer *layer = of->layer;
    if (parts->w)
        take(parts->w, 0, parts->w->tensor.rows, magnitude, of->w);
    for (size_t i = 0; i < samples; i++) {
        take(parts->x, i, 1, magnitude && layer->kind != &iso_maxpool, of->in);
        take(parts->delta, i, 1, magnitude, of->delta);
        if (parts->z) {
            layer->kind->reference_forward(layer, of->w, NULL, of->in, of->z);
            must_be(parts->z, i, 1, of->z, magnitude);
            continue;
        }
        memset(of->below, 0, iso_shape_size(layer->in) * sizeof *of->below);
        layer->kind->reference_backward(layer, of->w, of->in, of->delta, of->below, of->weight,
                                        of->bias);
        if (parts->below)
            must_be(parts->below, i, 1, of->below, magnitude);
    }
    if (parts->weight) {
        must_be(parts->weight, 0, parts->weight->tensor.rows, of->weight, magnitude);
        must_be(parts->bias, 0, 1, of->bias, magnitude);
    }
}

static isobit_status expect(iso_subject *subject, const operands *parts, const iso_layer *layer) {
    isobit_status status = ISOBIT_OK;
    iso_operand *const outputs[] = {parts->z, parts->below, parts->weight, parts->bias};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        if (outputs[i])
            ISO_TRY(iso_operand_expect(subject, outputs[i]));
    for (int magnitude = 0; magnitude < 2 && subject->checked && status == ISOBIT_OK; magnitude++) {
        reference of;
        status = reference_new(&of, layer, parts->w || parts->weight);
        if (status == ISOBIT_OK)
            run_reference(&of, parts, subject->shape[SAMPLES], magnitude);
        reference_free(&of);
    }
    return status;
}

/* -------------------------------------------------------------------------------- operands -- */

/* The sums of chunks, as conv_gradient leaves them, added up: of each weight, or of each bias. */
static isobit_status expect_joined(iso_subject *subject, const iso_operand *sums, iso_operand *out,
                                   size_t terms) {
    const bool bias = out->tensor.rows == 1 && !strcmp(subject->kind->op, "conv_bias");
    const size_t filters = bias ? out->tensor.columns : out->tensor.rows;
    const size_t chunk = iso_padded(filters) * (terms + 1);
    const size_t chunks =
        sums->tensor.columns / chunk - 1; /* the last place is for several rounds */
    subject->bytes = 4 * (double)((chunks + 1) * filters) * (double)(bias ? 1 : terms);
    subject->roundings = (double)chunks;
    ISO_TRY(iso_operand_expect(subject, out));
    for (size_t filter = 0; out->expected && filter < filters; filter++)
        for (size_t k = bias ? terms : 0; k < terms + bias; k++) {
            const size_t at = (filter / 16 * (terms + 1) + k) * 16 + filter % 16;
            double sum = 0, size = 0;
            for (size_t c = 0; c < chunks; c++) {
                sum += (double)iso_operand_at(sums, 0, c * chunk + at);
                size += fabs((double)iso_operand_at(sums, 0, c * chunk + at));
            }
            iso_operand_must(out, bias ? 0 : filter, bias ? filter : k, sum, size);
        }
    return ISOBIT_OK;
}

static isobit_status prepare_conv(iso_subject *subject, const iso_layer *layer) {
    const char *op = subject->kind->op;
    const iso_window window = iso_image_window(layer);
    const size_t samples = subject->shape[SAMPLES], terms = iso_window_terms(&window);
    const size_t units = iso_shape_size(layer->out), inputs = iso_shape_size(layer->in);
    const size_t filters = layer->filters;
    operands parts = {0};
    if (!strcmp(op, "conv_forward")) {
        ISO_TRY(input(subject, samples, inputs, NULL, &parts.x));
        ISO_TRY(input(subject, filters, terms, NULL, &parts.w));
        ISO_TRY(iso_operand_new(subject, ISO_OUT, samples, units, &parts.z));
        subject->roundings = iso_reference_roundings(terms);
    } else if (!strcmp(op, "conv_backward")) {
        ISO_TRY(input(subject, samples, units, rectified, &parts.delta));
        ISO_TRY(input(subject, filters, terms, NULL, &parts.w));
        ISO_TRY(iso_operand_new(subject, ISO_OUT, samples, inputs, &parts.below));
        subject->roundings = iso_reference_roundings(filters * window.kernel[0] * window.kernel[1]);
    } else {
        iso_operand *sums;
        const bool weight = strcmp(op, "conv_bias") != 0, bias = strcmp(op, "conv_join") != 0;
        ISO_TRY(input(subject, samples, inputs, NULL, &parts.x));
        ISO_TRY(input(subject, samples, units, rectified, &parts.delta));
        ISO_TRY(input(subject, 1, iso_conv_scratch(&window, samples), NULL, &sums));
        ISO_TRY(iso_operand_new(subject, weight ? ISO_OUT : ISO_IN, filters, terms, &parts.weight));
        ISO_TRY(iso_operand_new(subject, bias ? ISO_OUT : ISO_IN, 1, filters, &parts.bias));
        subject->roundings = iso_reference_roundings(samples * units / filters);
        if (!weight || !bias)
            return expect_joined(subject, sums, weight ? parts.weight : parts.bias, terms);
    }
    return expect(subject, &parts, layer);
}

static isobit_status prepare_pool(iso_subject *subject, const iso_layer *layer) {
    const size_t samples = subject->shape[SAMPLES], taps = layer->kernel[0] * layer->kernel[1];
    const size_t units = iso_shape_size(layer->out), inputs = iso_shape_size(layer->in);
    operands parts = {0};
    ISO_TRY(input(subject, samples, inputs, one_of_few, &parts.x));
    if (!strcmp(subject->kind->op, "pool_forward"))
        ISO_TRY(iso_operand_new(subject, ISO_OUT, samples, units, &parts.z));
    else {
        ISO_TRY(input(subject, samples, units, NULL, &parts.delta));
        ISO_TRY(iso_operand_new(subject, ISO_OUT, samples, inputs, &parts.below));
    }
    subject->roundings = iso_reference_roundings(taps);
    subject->bytes = 4 * (double)samples * (double)(inputs + units);
    return expect(subject, &parts, layer);
}

static isobit_status prepare(iso_subject *subject) {
    iso_network *network;
    ISO_TRY(make_layer(subject, &network));
    const iso_layer *layer = &network->layers[0];
    isobit_status status =
        subject->kind->dims == 7 ? prepare_conv(subject, layer) : prepare_pool(subject, layer);
    iso_network_free(network);
    return status;
}

/* -------------------------------------------------------------------------------- launches -- */

static isobit_status add_gradients(iso_subject *subject, iso_list *list, const iso_window *window) {
    const iso_operand *o = subject->operands;
    const iso_store weight = {.kind = ISO_STORE_PLAIN, .out = o[3].tensor};
    const iso_store bias = {.kind = ISO_STORE_PLAIN, .out = o[4].tensor};
    const iso_conv_gradient work = {.window = *window,
                                    .x = o[0].tensor,
                                    .delta = o[1].tensor,
                                    .scratch = o[2].tensor.memory,
                                    .scratch_floats = o[2].tensor.columns,
                                    .weight = &weight,
                                    .bias = &bias};
    ISO_TRY(iso_conv_gradients(list, &work, subject->kind->op));
    if (strcmp(subject->kind->op, "conv_gradient") != 0) /* which is timed with its joins */
        iso_list_keep(list, subject->kind->op);
    return ISOBIT_OK;
}

static isobit_status add_launches(iso_subject *subject, iso_list *list, const iso_layer *layer) {
    const iso_window window = iso_image_window(layer);
    const iso_operand *o = subject->operands;
    const char *op = subject->kind->op;
    const iso_pool pool = layer->kind == &iso_maxpool ? ISO_POOL_MAX : ISO_POOL_MEAN;
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = iso_subject_output(subject)->tensor};
    if (!strcmp(op, "conv_forward"))
        return iso_conv_forward(list, &window, &o[0].tensor, &o[1].tensor, &store, op);
    if (!strcmp(op, "conv_backward"))
        return iso_conv_backward(list, &window, &o[0].tensor, &o[1].tensor, &store, op);
    if (strncmp(op, "pool", 4) != 0)
        return add_gradients(subject, list, &window);
    if (!strcmp(op, "pool_forward"))
        return iso_pool_forward(list, pool, &window, &o[0].tensor, &store, op);
    return iso_pool_backward(list, pool, &window, &o[0].tensor, &o[1].tensor, &store, op);
}

static isobit_status add(iso_subject *subject, iso_list *list) {
    iso_network *network;
    ISO_TRY(make_layer(subject, &network));
    isobit_status status = add_launches(subject, list, &network->layers[0]);
    iso_network_free(network);
    return status;
}

/* More filters and channels than a vector has lanes, sums of several chunks, few pixels; and
 * strides, padding, a kernel that is not square, more pixels than are done at once. Every shape is
 * a build. */
#define SHAPES "64x1x28x28x8x5x5 64x8x12x12x16x5x5"
#define CONV(op)                                                                                   \
    {op, "", 7, ISO_COMPUTES, SHAPES, "9x33x8x7x30x3x3", prepare, add}, {                          \
        op, "stride=2 padding=1", 7, ISO_COMPUTES, "64x16x16x16x32x3x3", "2x8x40x41x3x5x3",        \
            prepare, add                                                                           \
    }
#define JOIN(op)                                                                                   \
    { op, "", 7, ISO_MOVES, SHAPES, "9x33x8x7x30x3x3", prepare, add }
#define POOL(op)                                                                                   \
    {op, "max", 6, ISO_MOVES, "64x8x24x24x2x2", "5x3x11x23x3x2", prepare, add},                    \
        {op, "max stride=1", 6, ISO_MOVES, "64x8x12x12x2x2", "2x17x4x5x2x3", prepare, add}, {      \
        op, "avg stride=2", 6, ISO_MOVES, "64x8x12x12x2x2", "3x2x19x40x17x17", prepare, add        \
    }

const iso_subject_kind iso_window_kinds[ISO_WINDOW_KINDS] = {
    CONV("conv_forward"), CONV("conv_backward"), CONV("conv_gradient"), JOIN("conv_join"),
    JOIN("conv_bias"),    POOL("pool_forward"),  POOL("pool_backward"),
};
