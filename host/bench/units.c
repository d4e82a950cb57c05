/* What layers do beside products and windows, for the bench: dropout, statistics of units, the
 * layers of a population. */
#include "base/memory.h"
#include "base/numerics.h"
#include "base/random.h"
#include "bench/kinds.h"
#include "bench/reference.h"
#include "ops/dropout.h"
#include "ops/population.h"
#include "ops/statistics.h"

#include <math.h>

/* ---------------------------------------------------------------------------------- dropout -- */

enum { DROPOUT_STEP = 3, DROPOUT_LAYER = 1, DROPOUT_SEED = 7 };
#define DROPOUT_RATE 0.25

static float kept(const iso_operand *x, size_t row, size_t column) {
    const size_t element = row * x->tensor.columns + column;
    uint32_t word[4];
    iso_philox(DROPOUT_SEED, ISO_RANDOM_DROPOUT, DROPOUT_LAYER,
               (uint64_t)DROPOUT_STEP << 32 | element / 4, word);
    const float uniform = (float)(word[element % 4] >> 8) * 0x1p-24f;
    return uniform < (float)DROPOUT_RATE ? 0 : (float)(1 / (1 - DROPOUT_RATE));
}

static isobit_status prepare_dropout(iso_subject *subject) {
    static const char what[] = "the step";
    static const uint32_t state[4] = {0, 0, UINT32_MAX, 0};
    const float scalars[ISO_SCALARS] = {[ISO_SCALARS - 1] = iso_as_float(DROPOUT_STEP)};
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    isobit_context *context = subject->context;
    iso_operand *x, *out;
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, &x));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, rows, columns, &out));
    ISO_TRY(iso_operand_expect(subject, out));
    ISO_TRY(iso_buffer_new(&subject->state, context, sizeof state, what));
    ISO_TRY(iso_buffer_write(context, subject->state, 0, state, sizeof state));
    ISO_TRY(iso_buffer_new(&subject->scalars, context, sizeof scalars, what));
    ISO_TRY(iso_buffer_write(context, subject->scalars, 0, scalars, sizeof scalars));
    for (size_t i = 0; out->expected && i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            const double value = (double)iso_operand_at(x, i, j) * (double)kept(x, i, j);
            iso_operand_must(out, i, j, value, fabs(value));
        }
    return ISOBIT_OK;
}

static isobit_status add_dropout(iso_subject *subject, iso_list *list) {
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = subject->operands[1].tensor};
    const iso_dropout_work work = {.rate = DROPOUT_RATE,
                                   .layer = DROPOUT_LAYER,
                                   .seed = DROPOUT_SEED,
                                   .state = subject->state,
                                   .scalars = subject->scalars};
    return iso_dropout_rows(list, &work, &subject->operands[0].tensor, &store, subject->kind->op);
}

/* ------------------------------------------------------------------------ statistics of units --
 */

/* The operands; the result is a row of all statistics. */
enum { Z, A, DELTA, STATISTICS };

static void expect_unit(iso_operand *o, size_t unit) {
    const size_t rows = o[A].tensor.rows, columns = o[A].tensor.columns;
    double flat = 0;
    for (size_t part = A; part <= DELTA; part++) {
        double sum = 0, size = 0, squares = 0, norm = 0;
        for (size_t i = 0; i < rows; i++) {
            const double x = (double)iso_operand_at(&o[part], i, unit);
            sum += x;
            size += fabs(x);
            norm += x * x;
        }
        for (size_t i = 0; i < rows; i++) {
            const double distance = (double)iso_operand_at(&o[part], i, unit) - sum / (double)rows;
            squares += distance * distance;
        }
        const size_t first = part == A ? ISO_UNIT_MEAN : ISO_UNIT_GRADIENT_MEAN;
        iso_operand_must(&o[STATISTICS], 0, first * columns + unit, sum / (double)rows,
                         size / (double)rows);
        iso_operand_must(&o[STATISTICS], 0, (first + 1) * columns + unit, squares,
                         squares + norm + size);
        if (part == DELTA)
            iso_operand_must(&o[STATISTICS], 0, ISO_UNIT_GRADIENT_NORM * columns + unit, norm,
                             norm);
    }
    for (size_t i = 0; i < rows; i++)
        flat += !(iso_operand_at(&o[A], i, unit) > 0);
    iso_operand_must(&o[STATISTICS], 0, ISO_UNIT_FLAT * columns + unit, flat, 0);
}

static isobit_status prepare_statistics(iso_subject *subject) {
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    iso_operand *operand;
    if (rows > ISO_CHUNK)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "shape: %s takes at most %d rows, not %zu",
                        subject->kind->op, ISO_CHUNK, rows);
    for (int i = Z; i <= DELTA; i++)
        ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, &operand));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, 1, ISO_UNIT_STATISTICS * columns, &operand));
    ISO_TRY(iso_operand_expect(subject, operand));
    subject->bytes = 12.0 * (double)rows * (double)columns;
    subject->roundings = iso_reference_roundings(rows);
    for (size_t j = 0; operand->expected && j < columns; j++)
        expect_unit(subject->operands, j);
    return ISOBIT_OK;
}

static isobit_status add_statistics(iso_subject *subject, iso_list *list) {
    const iso_operand *o = subject->operands;
    return iso_unit_statistics(list, &o[Z].tensor, &o[A].tensor, &o[DELTA].tensor, "relu",
                               o[STATISTICS].tensor.memory, subject->kind->op);
}

/* ------------------------------------------------------------------------------- populations -- */

/* A shape is networks x samples x units x inputs. */
enum { NETWORKS, SPAN, UNITS, INPUTS };

static void expect_network(iso_subject *subject, size_t network) {
    const size_t *shape = subject->shape;
    iso_operand *a = &subject->operands[0], *w = a + 1, *bias = a + 2, *out = a + 3;
    for (size_t i = network * shape[SPAN]; i < (network + 1) * shape[SPAN]; i++)
        for (size_t j = 0; j < shape[UNITS]; j++) {
            double sum = (double)iso_operand_at(bias, network, j), size = fabs(sum);
            for (size_t k = 0; k < shape[INPUTS]; k++) {
                const double term = (double)iso_operand_at(a, i, k) *
                                    (double)iso_operand_at(w, network * shape[UNITS] + j, k);
                sum += term;
                size += fabs(term);
            }
            iso_operand_must(out, i, j, sum, size);
        }
}

static isobit_status prepare_population(iso_subject *subject) {
    const size_t *shape = subject->shape, rows = shape[NETWORKS] * shape[SPAN];
    iso_operand *operand;
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, shape[INPUTS], &operand));
    ISO_TRY(
        iso_operand_new(subject, ISO_IN, shape[NETWORKS] * shape[UNITS], shape[INPUTS], &operand));
    ISO_TRY(iso_operand_new(subject, ISO_IN, shape[NETWORKS], shape[UNITS], &operand));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, rows, shape[UNITS], &operand));
    ISO_TRY(iso_operand_expect(subject, operand));
    subject->roundings = iso_reference_roundings(shape[INPUTS]);
    for (size_t i = 0; operand->expected && i < shape[NETWORKS]; i++)
        expect_network(subject, i);
    return ISOBIT_OK;
}

static isobit_status add_population(iso_subject *subject, iso_list *list) {
    const iso_operand *o = subject->operands;
    const iso_store store = {
        .kind = ISO_STORE_FORWARD, .out = o[3].tensor, .activation = "identity"};
    return iso_population_layer(list, &o[0].tensor, &o[1].tensor, &o[2].tensor,
                                subject->shape[SPAN], &store, subject->kind->op);
}

const iso_subject_kind iso_unit_kinds[ISO_UNIT_KINDS] = {
    {"dropout", "", 2, ISO_MOVES, "64x784 512x2048", "1x1 1x257 3x784 257x10 5x513",
     prepare_dropout, add_dropout},
    {"unit_statistics", "", 2, ISO_MOVES, "64x128 256x2048", "1x1 1x257 3x784 256x10 255x17",
     prepare_statistics, add_statistics},
    {"population", "", 4, ISO_COMPUTES, "64x64x16x16 64x256x10x784", "1x1x1x1 3x5x17x257 5x2x10x33",
     prepare_population, add_population},
};
