/* The optimizers for the bench, and what clips a gradient before them. */
#include "base/memory.h"
#include "bench/kinds.h"
#include "bench/reference.h"
#include "ops/update.h"

#include <math.h>
#include <string.h>

/* What each does, in float64: the formulas of kernels/optimizers.h, whose agreement with the
 * contract and with PyTorch is the tests' business; a kernel that applies them is the bench's. */
static double reference_sqrt(double x) { return sqrt(x); }
static double reference_divide(double x, double y) { return x / y; }
static double reference_flush(double x) { return x; }
#define F double
#define FN(name) reference_##name
#define C(x) ((double)(x))
#define FMA(a, b, c) ((a) * (b) + (c))
#define global
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "../../kernels/optimizers.h"
#pragma GCC diagnostic pop
#undef F
#undef FN
#undef C
#undef FMA
#undef global

#define ROW(name)                                                                                  \
    { #name, reference_##name }
static const struct {
    const char *function;
    void (*change)(double g, double *w, double *s0, double *s1, const float *h);
} references[] = {ROW(sgd),     ROW(sgd_plain), ROW(sgd_bare), ROW(nesterov),
                  ROW(adagrad), ROW(rmsprop),   ROW(adam)};

enum { WEIGHTS, GRADIENTS, MEMORY0, MEMORY1 };

static isobit_status expect(iso_subject *subject, const float *scalars) {
    iso_operand *o = subject->operands;
    const unsigned states = subject->optimizer.states;
    size_t row = 0;
    while (strcmp(references[row].function, subject->optimizer.function) != 0)
        if (++row == sizeof references / sizeof *references)
            return iso_fail(ISOBIT_ERROR_ARGUMENT, "bench has no reference for %s",
                            subject->optimizer.function);
    for (size_t j = 0; j < o[WEIGHTS].tensor.columns; j++) {
        double now[3] = {(double)iso_operand_at(&o[WEIGHTS], 0, j)}, before[3];
        for (unsigned s = 0; s < states; s++)
            now[1 + s] = (double)iso_operand_at(&o[MEMORY0 + s], 0, j);
        memcpy(before, now, sizeof before);
        const double g = (double)iso_operand_at(&o[GRADIENTS], 0, j);
        references[row].change(g, &now[0], &now[1], &now[2], scalars);
        for (unsigned s = 0; s <= states; s++)
            iso_operand_must(&o[s ? MEMORY0 + s - 1 : WEIGHTS], 0, j, now[s],
                             fabs(before[s]) + fabs(now[s]) + fabs(g));
    }
    return ISOBIT_OK;
}

/* Memories are means of squares, as a rule: not negative. */
static void make_positive(iso_operand *operand) {
    for (size_t j = 0; j < operand->tensor.columns; j++)
        operand->initial[j] = fabsf(operand->initial[j]);
}

static isobit_status prepare(iso_subject *subject) {
    static const uint32_t state[4] = {0, 0, UINT32_MAX, 0};
    static const char what[] = "the optimizer's state";
    const size_t floats = iso_padded(subject->shape[0]);
    isobit_context *context = subject->context;
    float scalars[ISO_SCALARS] = {0};
    ISO_TRY(iso_optimizer_parse(&subject->optimizer, subject->kind->form));
    iso_optimizer_clock clock = iso_optimizer_clock_at(&subject->optimizer, 3);
    iso_optimizer_scalars(&subject->optimizer, &clock, subject->optimizer.lr, scalars);
    for (unsigned i = 0; i < MEMORY0 + subject->optimizer.states; i++) {
        iso_operand *operand;
        const int role = i == GRADIENTS ? ISO_IN : ISO_INOUT;
        ISO_TRY(iso_operand_new(subject, role, 1, floats, &operand));
        if (role != ISO_IN)
            ISO_TRY(iso_operand_expect(subject, operand));
        if (i >= MEMORY0)
            make_positive(operand);
    }
    ISO_TRY(iso_buffer_new(&subject->state, context, sizeof state, what));
    ISO_TRY(iso_buffer_write(context, subject->state, 0, state, sizeof state));
    ISO_TRY(iso_buffer_new(&subject->scalars, context, sizeof scalars, what));
    ISO_TRY(iso_buffer_write(context, subject->scalars, 0, scalars, sizeof scalars));
    subject->roundings = 16;
    return subject->checked ? expect(subject, scalars) : ISOBIT_OK;
}

static isobit_status add(iso_subject *subject, iso_list *list) {
    const iso_operand *o = subject->operands;
    const unsigned states = subject->optimizer.states;
    const iso_update_work work = {.optimizer = subject->optimizer.function,
                                  .states = states,
                                  .floats = o[WEIGHTS].tensor.ld,
                                  .state = subject->state,
                                  .scalars = subject->scalars,
                                  .gradients = o[GRADIENTS].tensor.memory,
                                  .memory = {states > 0 ? o[MEMORY0].tensor.memory : NULL,
                                             states > 1 ? o[MEMORY1].tensor.memory : NULL},
                                  .parameters = o[WEIGHTS].tensor.memory};
    return iso_update(list, &work);
}

/* ---------------------------------------------------------------------- the gradient's norm -- */

static isobit_status prepare_squares(iso_subject *subject) {
    const size_t rows = subject->shape[0], columns = subject->shape[1], values = rows * columns;
    const size_t chunks = (values + ISO_CHUNK - 1) / ISO_CHUNK;
    iso_operand *x, *sums;
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, &x));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, 1, chunks, &sums));
    ISO_TRY(iso_operand_expect(subject, sums));
    subject->bytes = 4.0 * (double)values;
    subject->roundings = iso_reference_roundings(ISO_CHUNK);
    for (size_t chunk = 0; sums->expected && chunk < chunks; chunk++) {
        double sum = 0;
        for (size_t i = chunk * ISO_CHUNK; i < values && i < (chunk + 1) * ISO_CHUNK; i++) {
            const double value = (double)iso_operand_at(x, i / columns, i % columns);
            sum += value * value;
        }
        iso_operand_must(sums, 0, chunk, sum, sum);
    }
    return ISOBIT_OK;
}

static isobit_status add_squares(iso_subject *subject, iso_list *list) {
    const iso_operand *o = subject->operands;
    return iso_square_sums(list, &o[0].tensor, 0, o[1].tensor.memory);
}

/* Two tensors, the first of a third of the chunks and one more. */
static isobit_status prepare_clip(iso_subject *subject) {
    const size_t chunks = subject->shape[0];
    const uint32_t bounds[] = {0, (uint32_t)(chunks / 3 + 1), (uint32_t)chunks};
    iso_operand *partial, *factor;
    double sum = 0;
    ISO_TRY(iso_operand_new(subject, ISO_IN, 1, chunks, &partial));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, 1, 1, &factor));
    ISO_TRY(iso_operand_expect(subject, factor));
    make_positive(partial);
    ISO_TRY(iso_buffer_new(&subject->state, subject->context, sizeof bounds, "the tensors"));
    ISO_TRY(iso_buffer_write(subject->context, subject->state, 0, bounds, sizeof bounds));
    subject->bytes = 4.0 * (double)chunks;
    subject->roundings = (double)chunks + 12;
    for (size_t i = 0; i < chunks; i++)
        sum += (double)iso_operand_at(partial, 0, i);
    if (factor->expected)
        iso_operand_must(factor, 0, 0, fmin(1, 1 / (sqrt(sum) + 1e-6)), 1);
    return ISOBIT_OK;
}

static isobit_status add_clip(iso_subject *subject, iso_list *list) {
    const iso_operand *o = subject->operands;
    const size_t tensors = subject->shape[0] > 1 ? 2 : 1; /* of one chunk there is one alone */
    return iso_clip(list, tensors, 1, subject->state, o[0].tensor.memory, o[1].tensor.memory);
}

#define UPDATE(form)                                                                               \
    { "update", form, 1, ISO_MOVES, "101770 4194304", "1 257 10007", prepare, add }
const iso_subject_kind iso_update_kinds[ISO_UPDATE_KINDS] = {
    UPDATE("sgd"),
    UPDATE("sgd momentum=0.9"),
    UPDATE("sgd momentum=0.9 nesterov=on"),
    UPDATE("adagrad"),
    UPDATE("rmsprop"),
    UPDATE("adam"),
    {"square_sums", "", 2, ISO_MOVES, "128x784 2048x2048", "1x1 1x257 3x784 257x10 17x255 40x129",
     prepare_squares, add_squares},
    {"clip", "", 1, ISO_MOVES, "398 16392", "1 2 257 10007", prepare_clip, add_clip},
};
