/* What works at memory speed, for the bench: rows of a batch, sums of columns, a plain copy. */
#include "ops/rows.h"
#include "base/memory.h"
#include "bench/kinds.h"
#include "bench/reference.h"
#include "ops/gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------------------- softmax -- */

static isobit_status prepare_softmax(iso_subject *subject) {
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    iso_operand *z, *p;
    double *row, most;
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, &z));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, rows, columns, &p));
    ISO_TRY(iso_operand_expect(subject, p));
    subject->bytes = 8.0 * (double)rows * (double)columns;
    subject->roundings = iso_reference_roundings(columns);
    ISO_TRY(iso_alloc(&row, columns, sizeof *row));
    iso_reference_spread(z);
    for (size_t i = 0; p->expected && i < rows; i++) {
        iso_reference_softmax(z, i, row, &most);
        for (size_t j = 0; j < columns; j++) {
            const double gap = (double)iso_operand_at(z, i, j) - most;
            iso_operand_must(p, i, j, row[j], row[j] * (1 + fabs(gap)));
        }
    }
    free(row);
    return ISOBIT_OK;
}

static isobit_status add_softmax(iso_subject *subject, iso_list *list) {
    return iso_softmax(list, &subject->operands[0].tensor, &subject->operands[1].tensor);
}

static isobit_status prepare_softmax_backward(iso_subject *subject) {
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    iso_operand *p, *delta;
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, &p));
    ISO_TRY(iso_operand_new(subject, ISO_INOUT, rows, columns, &delta));
    ISO_TRY(iso_operand_expect(subject, delta));
    subject->bytes = 12.0 * (double)rows * (double)columns;
    subject->roundings = iso_reference_roundings(columns);
    for (size_t i = 0; delta->expected && i < rows; i++) {
        double sum = 0, size = 0;
        for (size_t j = 0; j < columns; j++) {
            const double term =
                (double)iso_operand_at(p, i, j) * (double)iso_operand_at(delta, i, j);
            sum += term;
            size += fabs(term);
        }
        for (size_t j = 0; j < columns; j++) {
            const double q = (double)iso_operand_at(p, i, j);
            const double g = (double)iso_operand_at(delta, i, j);
            iso_operand_must(delta, i, j, 0.25 * q * (g - sum), 0.25 * fabs(q) * (fabs(g) + size));
        }
    }
    return ISOBIT_OK;
}

static isobit_status add_softmax_backward(iso_subject *subject, iso_list *list) {
    return iso_softmax_backward(list, &subject->operands[0].tensor, &subject->operands[1].tensor,
                                0.25);
}

/* ---------------------------------------------------------------------------- bias gradient -- */

static isobit_status prepare_bias(iso_subject *subject) {
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    iso_operand *delta, *sums;
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, &delta));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, 1, columns, &sums));
    ISO_TRY(iso_operand_expect(subject, sums));
    subject->roundings = iso_reference_roundings(rows);
    for (size_t j = 0; sums->expected && j < columns; j++) {
        double sum = 0, size = 0;
        for (size_t i = 0; i < rows; i++) {
            sum += (double)iso_operand_at(delta, i, j);
            size += fabs((double)iso_operand_at(delta, i, j));
        }
        iso_operand_must(sums, 0, j, sum, size);
    }
    return ISOBIT_OK;
}

static isobit_status add_bias(iso_subject *subject, iso_list *list) {
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = subject->operands[1].tensor};
    return iso_bias_gradient(list, &subject->operands[0].tensor, &store, "bias_gradient");
}

/* ------------------------------------------------------------------------------------ copy -- */

static isobit_status prepare_copy(iso_subject *subject) {
    const size_t floats = iso_padded(subject->shape[0]);
    iso_operand *from, *to;
    ISO_TRY(iso_operand_new(subject, ISO_IN, 1, floats, &from));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, 1, floats, &to));
    ISO_TRY(iso_operand_expect(subject, to));
    subject->bytes = 8.0 * (double)floats;
    subject->roundings = 0;
    for (size_t j = 0; to->expected && j < floats; j++)
        iso_operand_must(to, 0, j, (double)iso_operand_at(from, 0, j), 0);
    return ISOBIT_OK;
}

static isobit_status add_copy(iso_subject *subject, iso_list *list) {
    const iso_request request = {.op = "probe_copy"};
    const size_t floats = subject->operands[0].tensor.ld;
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(floats));
    iso_arguments_add(&arguments, ISO_MEMORY(subject->operands[0].tensor.memory));
    iso_arguments_add(&arguments, ISO_WRITTEN(subject->operands[1].tensor.memory));
    return iso_list_add(list, &request, &arguments, (iso_work){.columns = floats, .rows = 1},
                        "copy");
}

#define AWKWARD "1x1 1x257 3x784 257x10 17x255 5x513"

const iso_subject_kind iso_row_kinds[ISO_ROW_KINDS] = {
    {"softmax", "", 2, ISO_MOVES, "512x10 512x1000", AWKWARD, prepare_softmax, add_softmax},
    {"softmax_backward", "", 2, ISO_MOVES, "512x10 512x1000", AWKWARD, prepare_softmax_backward,
     add_softmax_backward},
    {"bias_gradient", "", 2, ISO_MOVES, "64x128 512x2048", AWKWARD, prepare_bias, add_bias},
    {"probe_copy", "", 1, ISO_MOVES, "16384 262144 4194304 16777216", "1 257 10007", prepare_copy,
     add_copy},
};
