/* What works at memory speed, for the bench: rows of a batch, sums of columns, a plain copy. */
#include "ops/rows.h"
#include "base/memory.h"
#include "base/numerics.h"
#include "base/random.h"
#include "bench/kinds.h"
#include "ops/gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Roundings of a sum of so many terms in chunks, and a few of what is done to it. */
static double sum_roundings(size_t terms) {
    return (double)(terms < ISO_CHUNK ? terms : ISO_CHUNK) + (double)terms / ISO_CHUNK + 12;
}

/* -------------------------------------------------------------------------------- softmax -- */

/* p = softmax of a row, in float64; returns log of the sum, *most the largest z. */
static double soft_row(const iso_operand *z, size_t row, double *p, double *most) {
    const size_t columns = z->tensor.columns;
    double sum = 0;
    *most = -INFINITY;
    for (size_t j = 0; j < columns; j++)
        *most = fmax(*most, (double)iso_operand_at(z, row, j));
    for (size_t j = 0; j < columns; j++)
        sum += p[j] = exp((double)iso_operand_at(z, row, j) - *most);
    for (size_t j = 0; j < columns; j++)
        p[j] /= sum;
    return log(sum);
}

static isobit_status prepare_softmax(iso_subject *subject) {
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    iso_operand *z, *p;
    double *row, most;
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, &z));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, rows, columns, &p));
    ISO_TRY(iso_operand_expect(subject, p));
    subject->bytes = 8.0 * (double)rows * (double)columns;
    subject->roundings = sum_roundings(columns);
    ISO_TRY(iso_alloc(&row, columns, sizeof *row));
    for (size_t i = 0; p->expected && i < rows; i++) {
        soft_row(z, i, row, &most);
        for (size_t j = 0; j < columns; j++)
            iso_operand_must(p, i, j, row[j], row[j]);
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
    subject->roundings = sum_roundings(columns);
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
    subject->roundings = sum_roundings(rows);
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

/* ----------------------------------------------------------------------- gather and the loss -- */

/* A data set of bytes in random order, of so many samples and features, with ten classes. */
static isobit_status make_feed(iso_subject *subject, size_t samples, size_t features,
                               size_t classes) {
    const iso_scaling scaling = {.kind = ISO_SCALE_255};
    const iso_feed_wish wish = {.answers = true, .batch = samples};
    float *x = NULL;
    int32_t *labels = NULL;
    uint8_t *bytes = NULL;
    iso_random random = iso_random_new(1, ISO_RANDOM_DATA, 0);
    isobit_status status;
    ISO_DO(iso_alloc(&x, samples * features, sizeof *x));
    ISO_DO(iso_alloc(&labels, samples, sizeof *labels));
    ISO_DO(iso_alloc(&bytes, samples * features, 1));
    for (size_t i = 0; i < samples; i++)
        labels[i] = (int32_t)iso_random_below(&random, classes);
    for (size_t i = 0; i < samples * features; i++)
        bytes[i] = (uint8_t)iso_random_draw(&random);
    ISO_DO(isobit_data_from_classes(&subject->data, x, samples, features, labels, classes));
    free(subject->data->x);
    subject->data->x = bytes;
    subject->data->element = ISO_UINT8;
    bytes = NULL;
    iso_random_shuffle(&random, subject->data->order, samples);
    status = iso_feed_new(&subject->feed, subject->context, subject->data, &scaling, &wish);
done:
    free(x);
    free(labels);
    free(bytes);
    return status;
}

static isobit_status prepare_gather(iso_subject *subject) {
    enum { SAMPLES = 4096 };
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    iso_operand *out;
    ISO_TRY(make_feed(subject, rows < SAMPLES ? SAMPLES : rows, columns, 10));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, rows, columns, &out));
    ISO_TRY(iso_operand_expect(subject, out));
    subject->roundings = 1;
    const uint8_t *bytes = subject->data->x;
    for (size_t i = 0; out->expected && i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            const double value = bytes[subject->data->order[i] * columns + j] / 255.0;
            iso_operand_must(out, i, j, value, value);
        }
    return ISOBIT_OK;
}

static isobit_status add_gather(iso_subject *subject, iso_list *list) {
    return iso_gather(list, &subject->feed, subject->shape[0], &subject->operands[0].tensor);
}

/* Softmax and cross-entropy: loss, score and error term of every row. */
static isobit_status expect_loss(const iso_subject *subject, const iso_operand *z,
                                 iso_operand *delta, iso_operand *losses, iso_operand *right) {
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    const double scale = 1.0 / (double)rows;
    double *p, most;
    ISO_TRY(iso_alloc(&p, columns, sizeof *p));
    for (size_t i = 0; i < rows; i++) {
        const size_t label = (size_t)subject->data->labels[subject->data->order[i]];
        const double log_sum = soft_row(z, i, p, &most);
        const double gap = (double)iso_operand_at(z, i, label) - most;
        size_t winner = 0;
        for (size_t j = 0; j < columns; j++) {
            const double t = j == label;
            iso_operand_must(delta, i, j, (p[j] - t) * scale, (p[j] + t) * scale);
            winner = iso_operand_at(z, i, j) > iso_operand_at(z, i, winner) ? j : winner;
        }
        iso_operand_must(losses, 0, i, log_sum - gap, 1 + log_sum + fabs(gap));
        /* The score is an integer: its bits taken as a float must be equal. */
        iso_operand_must(right, 0, i, (double)iso_as_float(winner == label), 0);
    }
    free(p);
    return ISOBIT_OK;
}

static isobit_status prepare_loss(iso_subject *subject) {
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    iso_operand *z, *delta, *losses, *right;
    ISO_TRY(make_feed(subject, rows, 1, columns));
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, &z));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, rows, columns, &delta));
    ISO_TRY(iso_operand_borrow(subject, subject->feed.losses, rows, &losses));
    ISO_TRY(iso_operand_borrow(subject, subject->feed.correct, rows, &right));
    iso_operand *const outputs[] = {delta, losses, right};
    for (size_t i = 0; i < 3; i++)
        ISO_TRY(iso_operand_expect(subject, outputs[i]));
    subject->bytes = 8.0 * (double)rows * (double)(columns + 1);
    subject->roundings = sum_roundings(columns);
    return delta->expected ? expect_loss(subject, z, delta, losses, right) : ISOBIT_OK;
}

static isobit_status add_loss(iso_subject *subject, iso_list *list) {
    const iso_operand *o = subject->operands;
    const iso_loss_work work = {.activation = "identity",
                                .stride = subject->shape[0],
                                .scale = 1.0 / (double)subject->shape[0],
                                .z = o[0].tensor,
                                .a = o[0].tensor,
                                .delta = o[1].tensor};
    return iso_loss_rows(list, &subject->feed, &work);
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
    const size_t vectors = subject->operands[0].tensor.ld / ISO_PAD;
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(vectors));
    iso_arguments_add(&arguments, ISO_MEMORY(subject->operands[0].tensor.memory));
    iso_arguments_add(&arguments, ISO_WRITTEN(subject->operands[1].tensor.memory));
    return iso_list_add(list, &request, &arguments, (iso_work){.columns = vectors, .rows = 1},
                        "copy");
}

#define AWKWARD "1x1 1x257 3x784 257x10 17x255 5x513"

const iso_subject_kind iso_row_kinds[ISO_ROW_KINDS] = {
    {"gather", "", 2, ISO_MOVES, "64x784 512x784", AWKWARD, prepare_gather, add_gather},
    {"softmax", "", 2, ISO_MOVES, "512x10 512x1000", AWKWARD, prepare_softmax, add_softmax},
    {"softmax_backward", "", 2, ISO_MOVES, "512x10 512x1000", AWKWARD, prepare_softmax_backward,
     add_softmax_backward},
    {"loss", "", 2, ISO_MOVES, "512x10 512x1000", "1x2 7x10 257x10 17x257 5x513", prepare_loss,
     add_loss},
    {"bias_gradient", "", 2, ISO_MOVES, "64x128 512x2048", AWKWARD, prepare_bias, add_bias},
    {"probe_copy", "", 1, ISO_MOVES, "16384 262144 4194304 16777216", "1 257 10007", prepare_copy,
     add_copy},
};
