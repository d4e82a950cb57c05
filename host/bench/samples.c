/* What goes by the samples of a data set, for the bench: gathering a batch, losses, sums of an
 * epoch. */
#include "base/memory.h"
#include "base/numerics.h"
#include "base/random.h"
#include "bench/kinds.h"
#include "bench/reference.h"
#include "ops/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------------------- the data -- */

/* What a kind's feed is made of. */
typedef struct source {
    size_t samples, features;
    size_t answers; /* classes, or targets of each sample */
    bool targets;   /* a row of targets that add up to 1, rather than a class */
    bool floats;    /* samples are floats to be standardised, rather than bytes */
} source;

static void fill(const source *of, iso_random *random, float *x, float *targets, int32_t *labels) {
    for (size_t i = 0; i < of->samples * of->features; i++)
        x[i] = of->floats ? 2 * iso_random_uniform(random) - 1
                          : (float)(iso_random_draw(random) & 255);
    for (size_t i = 0; i < of->samples; i++)
        labels[i] = (int32_t)iso_random_below(random, of->answers);
    for (size_t i = 0; of->targets && i < of->samples * of->answers; i++)
        targets[i] = iso_random_uniform(random) / (float)of->answers;
}

/* Samples in random order. Floats of whole numbers become the bytes that a file would have had. */
static isobit_status make_data(iso_subject *subject, const source *of, iso_random *random) {
    float *x = NULL, *targets = NULL;
    int32_t *labels = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&x, of->samples * of->features, sizeof *x));
    ISO_DO(iso_alloc(&labels, of->samples, sizeof *labels));
    ISO_DO(iso_alloc(&targets, of->targets ? of->samples * of->answers : 1, sizeof *targets));
    fill(of, random, x, targets, labels);
    if (of->targets)
        ISO_DO(isobit_data_from_targets(&subject->data, x, of->samples, of->features, targets,
                                        of->answers));
    else
        ISO_DO(isobit_data_from_classes(&subject->data, x, of->samples, of->features, labels,
                                        of->answers));
    if (!of->floats) {
        uint8_t *bytes = subject->data->x;
        memset(bytes, 0, of->samples * of->features * sizeof *x);
        for (size_t i = 0; i < of->samples * of->features; i++)
            bytes[i] = (uint8_t)x[i];
        subject->data->element = ISO_UINT8;
    }
    iso_random_shuffle(random, subject->data->order, of->samples);
done:
    free(x);
    free(targets);
    free(labels);
    return status;
}

static float mean_of(size_t feature) { return (float)(feature % 7) * 0.125f - 0.5f; }
static float scale_of(size_t feature) { return 1 + (float)(feature % 5); }

static isobit_status make_feed(iso_subject *subject, const source *of) {
    const iso_feed_wish wish = {.answers = true, .batch = of->samples};
    iso_scaling scaling = {.kind = of->floats ? ISO_SCALE_STANDARD : ISO_SCALE_255,
                           .features = of->floats ? of->features : 0};
    iso_random random = iso_random_new(1, ISO_RANDOM_DATA, 0);
    isobit_status status;
    ISO_DO(iso_alloc(&scaling.mean, of->features, sizeof *scaling.mean));
    ISO_DO(iso_alloc(&scaling.scale, of->features, sizeof *scaling.scale));
    for (size_t i = 0; i < of->features; i++) {
        scaling.mean[i] = mean_of(i);
        scaling.scale[i] = scale_of(i);
    }
    ISO_DO(make_data(subject, of, &random));
    ISO_DO(iso_feed_new(&subject->feed, subject->context, subject->data, &scaling, &wish));
done:
    free(scaling.mean);
    free(scaling.scale);
    return status;
}

/* ----------------------------------------------------------------------------------- gather -- */

static isobit_status prepare_gather(iso_subject *subject) {
    enum { SAMPLES = 4096 };
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    const bool floats = *subject->kind->form;
    const source of = {.samples = rows < SAMPLES ? SAMPLES : rows,
                       .features = columns,
                       .answers = 10,
                       .floats = floats};
    iso_operand *out;
    ISO_TRY(make_feed(subject, &of));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, rows, columns, &out));
    ISO_TRY(iso_operand_expect(subject, out));
    subject->bytes = (floats ? 8.0 : 5.0) * (double)rows * (double)columns;
    subject->roundings = 2;
    for (size_t i = 0; out->expected && i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            const size_t at = subject->data->order[i] * columns + j;
            double value, size;
            if (floats) {
                const double x = (double)((const float *)subject->data->x)[at];
                value = (x - (double)mean_of(j)) * (double)scale_of(j);
                size = (fabs(x) + fabs((double)mean_of(j))) * (double)scale_of(j);
            } else
                size = value = ((const uint8_t *)subject->data->x)[at] / 255.0;
            iso_operand_must(out, i, j, value, size);
        }
    return ISOBIT_OK;
}

static isobit_status add_gather(iso_subject *subject, iso_list *list) {
    return iso_gather(list, &subject->feed, subject->shape[0], &subject->operands[0].tensor);
}

/* ------------------------------------------------------------------------------------- loss -- */

static bool is_form(const iso_subject *subject, const char *form) {
    return !strcmp(subject->kind->form, form);
}

typedef struct loss_operands {
    iso_operand *z, *delta, *losses, *right;
} loss_operands;

static double target_of(const iso_subject *subject, size_t row, size_t column) {
    const size_t sample = subject->data->order[row];
    if (subject->data->targets)
        return (double)subject->data->targets[sample * subject->shape[1] + column];
    return subject->data->labels[sample] == (int32_t)column;
}

static size_t winner_of(const double *row, size_t columns) {
    size_t winner = 0;
    for (size_t j = 1; j < columns; j++)
        winner = row[j] > row[winner] ? j : winner;
    return winner;
}

/* Softmax and cross-entropy: loss and error term of a row. */
static double expect_entropy(const loss_operands *o, size_t row, const double *t, double *p,
                             double scale, double *size) {
    const size_t columns = o->z->tensor.columns;
    double most, loss = 0;
    const double log_sum = iso_reference_softmax(o->z, row, p, &most);
    *size = 1;
    for (size_t j = 0; j < columns; j++) {
        const double gap = (double)iso_operand_at(o->z, row, j) - most;
        iso_operand_must(o->delta, row, j, (p[j] - t[j]) * scale,
                         (p[j] * (1 + fabs(gap)) + t[j]) * scale);
        loss += t[j] * (log_sum - gap);
        *size += t[j] * (fabs(log_sum) + fabs(gap));
    }
    return loss;
}

static double expect_mse(const loss_operands *o, size_t row, const double *t, double scale,
                         double *size) {
    double loss = 0;
    *size = 0;
    for (size_t j = 0; j < o->z->tensor.columns; j++) {
        const double y = (double)iso_operand_at(o->z, row, j), d = y - t[j];
        iso_operand_must(o->delta, row, j, d * scale, (fabs(y) + fabs(t[j])) * scale);
        loss += 0.5 * d * d;
        *size += (fabs(y) + fabs(t[j])) * (fabs(y) + fabs(t[j]));
    }
    return loss;
}

/* Loss, score and error term of every row. A regression has no score. */
static isobit_status expect_loss(const iso_subject *subject, const loss_operands *o) {
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    const double scale = 1.0 / (double)rows;
    double *row;
    ISO_TRY(iso_alloc(&row, 3 * columns, sizeof *row));
    double *const p = row, *const t = row + columns, *const z = t + columns;
    for (size_t i = 0; i < rows; i++) {
        double size;
        for (size_t j = 0; j < columns; j++) {
            t[j] = target_of(subject, i, j);
            z[j] = (double)iso_operand_at(o->z, i, j);
        }
        const double loss = is_form(subject, "mse") ? expect_mse(o, i, t, scale, &size)
                                                    : expect_entropy(o, i, t, p, scale, &size);
        iso_operand_must(o->losses, 0, i, loss, size);
        /* The score is an integer: its bits taken as a float must be equal. */
        const bool right = winner_of(z, columns) == winner_of(t, columns);
        iso_operand_must(o->right, 0, i, (double)iso_as_float(right), 0);
    }
    free(row);
    return ISOBIT_OK;
}

static isobit_status prepare_loss(iso_subject *subject) {
    const size_t rows = subject->shape[0], columns = subject->shape[1];
    const source of = {
        .samples = rows, .features = 1, .answers = columns, .targets = is_form(subject, "targets")};
    loss_operands o;
    ISO_TRY(make_feed(subject, &of));
    ISO_TRY(iso_operand_new(subject, ISO_IN, rows, columns, &o.z));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, rows, columns, &o.delta));
    ISO_TRY(iso_operand_borrow(subject, subject->feed.losses, rows, &o.losses));
    ISO_TRY(iso_operand_borrow(subject, subject->feed.correct, rows, &o.right));
    iso_operand *const outputs[] = {o.delta, o.losses, o.right};
    for (size_t i = 0; i < 3; i++)
        ISO_TRY(iso_operand_expect(subject, outputs[i]));
    if (!is_form(subject, "mse"))
        iso_reference_spread(o.z);
    subject->bytes = (of.targets ? 12.0 : 8.0) * (double)rows * (double)columns;
    subject->roundings = iso_reference_roundings(columns);
    return o.delta->expected ? expect_loss(subject, &o) : ISOBIT_OK;
}

static isobit_status add_loss(iso_subject *subject, iso_list *list) {
    const iso_operand *o = subject->operands;
    const iso_loss_work work = {.formula = is_form(subject, "mse") ? "mse" : NULL,
                                .activation = "identity",
                                .stride = subject->shape[0],
                                .scale = 1.0 / (double)subject->shape[0],
                                .z = o[0].tensor,
                                .a = o[0].tensor,
                                .delta = o[1].tensor};
    return iso_loss_rows(list, &subject->feed, &work);
}

/* ------------------------------------------------------------------------------- epoch sums -- */

static isobit_status prepare_epoch(iso_subject *subject) {
    const size_t samples = subject->shape[0], chunks = (samples + ISO_CHUNK - 1) / ISO_CHUNK;
    iso_operand *losses, *correct, *sums, *right;
    ISO_TRY(iso_operand_new(subject, ISO_IN, 1, samples, &losses));
    ISO_TRY(iso_operand_new(subject, ISO_IN, 1, samples, &correct));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, 1, chunks, &sums));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, 1, chunks, &right));
    ISO_TRY(iso_operand_expect(subject, sums));
    ISO_TRY(iso_operand_expect(subject, right));
    subject->roundings = iso_reference_roundings(ISO_CHUNK);
    for (size_t i = 0; i < samples; i++)
        correct->initial[i] = iso_as_float(correct->initial[i] > 0);
    for (size_t chunk = 0; sums->expected && chunk < chunks; chunk++) {
        double sum = 0, size = 0;
        uint32_t count = 0;
        for (size_t i = chunk * ISO_CHUNK; i < samples && i < (chunk + 1) * ISO_CHUNK; i++) {
            sum += (double)iso_operand_at(losses, 0, i);
            size += fabs((double)iso_operand_at(losses, 0, i));
            count += iso_as_bits(iso_operand_at(correct, 0, i));
        }
        iso_operand_must(sums, 0, chunk, sum, size);
        iso_operand_must(right, 0, chunk, (double)iso_as_float(count), 0);
    }
    return ISOBIT_OK;
}

static isobit_status add_epoch(iso_subject *subject, iso_list *list) {
    const iso_operand *o = subject->operands;
    const iso_feed feed = {.context = subject->context,
                           .losses = o[0].tensor.memory,
                           .correct = o[1].tensor.memory,
                           .loss_sums = o[2].tensor.memory,
                           .right = o[3].tensor.memory};
    return iso_epoch_sums(list, &feed, subject->shape[0]);
}

#define ROWS "1x1 1x257 3x784 257x10 17x255 5x513"
#define LOSS(form, shapes)                                                                         \
    { "loss", form, 2, ISO_MOVES, shapes, "1x2 7x10 257x10 17x257 5x513", prepare_loss, add_loss }

const iso_subject_kind iso_sample_kinds[ISO_SAMPLE_KINDS] = {
    {"gather", "", 2, ISO_MOVES, "64x784 512x784", ROWS, prepare_gather, add_gather},
    {"gather", "standard", 2, ISO_MOVES, "64x784 512x784", ROWS, prepare_gather, add_gather},
    LOSS("", "512x10 512x1000"),
    LOSS("targets", "512x1000"),
    LOSS("mse", "512x10 64x784"),
    {"epoch_sums", "", 1, ISO_MOVES, "60000", "1 257 10007", prepare_epoch, add_epoch},
};
