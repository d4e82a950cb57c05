#include "bench/subject.h"

#include "base/memory.h"
#include "base/random.h"
#include "bench/kinds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------------------- kinds -- */

const iso_subject_kind *iso_subject_kind_at(size_t index) {
    static const struct {
        const iso_subject_kind *kinds;
        size_t count;
    } groups[] = {{iso_product_kinds, ISO_PRODUCT_KINDS}, {iso_sample_kinds, ISO_SAMPLE_KINDS},
                  {iso_update_kinds, ISO_UPDATE_KINDS},   {iso_row_kinds, ISO_ROW_KINDS},
                  {iso_unit_kinds, ISO_UNIT_KINDS},       {iso_window_kinds, ISO_WINDOW_KINDS}};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (index < groups[i].count)
            return &groups[i].kinds[index];
        index -= groups[i].count;
    }
    return NULL;
}

isobit_status iso_sizes_parse(size_t out[ISO_SHAPE], const char *text,
                              const iso_subject_kind *kind) {
    static const char *const examples[ISO_SHAPE + 1] = {
        [1] = "1000000",       [2] = "64x784",         [3] = "64x1024x784",
        [4] = "64x256x10x784", [6] = "64x8x24x24x2x2", [7] = "64x1x28x28x8x5x5"};
    size_t shape[ISO_SHAPE] = {0};
    const char *at = text;
    for (unsigned i = 0; i < kind->dims; i++) {
        char *end;
        if (*at < '1' || *at > '9')
            goto wrong;
        const unsigned long size = strtoul(at, &end, 10);
        if (end - at > 9)
            goto wrong;
        shape[i] = size;
        if (*end != (i + 1 < kind->dims ? 'x' : '\0'))
            goto wrong;
        at = end + 1;
    }
    memcpy(out, shape, sizeof shape);
    return ISOBIT_OK;
wrong:
    return iso_fail(ISOBIT_ERROR_ARGUMENT,
                    "shape: \"%s\" is no shape of %s; write %u size%s, as %s", text, kind->op,
                    kind->dims, kind->dims == 1 ? "" : "s", examples[kind->dims]);
}

void iso_sizes_text(const size_t shape[ISO_SHAPE], char out[ISO_SHAPE_TEXT]) {
    int used = snprintf(out, ISO_SHAPE_TEXT, "%zu", shape[0]);
    for (int i = 1; i < ISO_SHAPE && shape[i]; i++)
        used += snprintf(out + used, ISO_SHAPE_TEXT - (size_t)used, "x%zu", shape[i]);
}

/* -------------------------------------------------------------------------------- operands -- */

/* Columns beyond the last are zeros in everything that a kernel may read, as in training. */
static void fill(const iso_subject *subject, iso_operand *operand) {
    const iso_tensor *tensor = &operand->tensor;
    iso_random random =
        iso_random_new(subject->operand_count, ISO_RANDOM_DATA, (uint32_t)tensor->columns);
    for (size_t row = 0; row <= tensor->rows; row++)
        for (size_t column = 0; column < tensor->ld; column++) {
            float value = NAN;
            if (operand->role != ISO_OUT && row < tensor->rows)
                value = column < tensor->columns ? 2 * iso_random_uniform(&random) - 1 : 0;
            operand->initial[row * tensor->ld + column] = value;
        }
}

static isobit_status add(iso_subject *subject, int role, size_t rows, size_t columns, size_t ld,
                         iso_operand **out) {
    if (subject->operand_count == ISO_OPERANDS)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "too many operands"); /* a kind's own mistake */
    iso_operand *operand = &subject->operands[subject->operand_count];
    *operand = (iso_operand){.tensor = {.rows = rows, .columns = columns, .ld = ld}};
    operand->role = role == ISO_IN ? ISO_IN : role == ISO_OUT ? ISO_OUT : ISO_INOUT;
    ISO_TRY(iso_alloc_aligned(&operand->initial, (rows + 1) * ld, sizeof(float)));
    subject->operand_count++;
    fill(subject, operand);
    *out = operand;
    return ISOBIT_OK;
}

isobit_status iso_operand_new(iso_subject *subject, int role, size_t rows, size_t columns,
                              iso_operand **out) {
    const size_t ld = iso_pitch(columns);
    ISO_TRY(add(subject, role, rows, columns, ld, out));
    return iso_buffer_new(&(*out)->tensor.memory, subject->context, (rows + 1) * ld * sizeof(float),
                          "an operand");
}

isobit_status iso_operand_borrow(iso_subject *subject, cl_mem memory, size_t columns,
                                 iso_operand **out) {
    ISO_TRY(add(subject, ISO_OUT, 1, columns, columns, out));
    (*out)->tensor.memory = memory;
    (*out)->borrowed = true;
    return ISOBIT_OK;
}

isobit_status iso_operand_expect(const iso_subject *subject, iso_operand *operand) {
    const size_t values = operand->tensor.rows * operand->tensor.columns;
    if (!subject->checked)
        return ISOBIT_OK;
    ISO_TRY(iso_alloc(&operand->expected, values, sizeof(double)));
    return iso_alloc(&operand->magnitude, values, sizeof(double));
}

iso_operand *iso_subject_output(iso_subject *subject) {
    for (size_t i = 0; i < subject->operand_count; i++)
        if (subject->operands[i].role != ISO_IN)
            return &subject->operands[i];
    return NULL;
}

/* ------------------------------------------------------------------------------ the subject -- */

isobit_status iso_subject_reset(iso_subject *subject) {
    for (size_t i = 0; i < subject->operand_count; i++) {
        const iso_operand *operand = &subject->operands[i];
        const size_t rows = operand->tensor.rows + !operand->borrowed;
        ISO_TRY(iso_buffer_write(subject->context, operand->tensor.memory, 0, operand->initial,
                                 rows * operand->tensor.ld * sizeof(float)));
    }
    return subject->feed.state ? iso_feed_rewind(&subject->feed) : ISOBIT_OK;
}

isobit_status iso_subject_new(iso_subject **out, isobit_context *context,
                              const iso_subject_kind *kind, const size_t shape[ISO_SHAPE],
                              bool expected) {
    iso_subject *subject;
    isobit_status status;
    ISO_TRY(iso_alloc(&subject, 1, sizeof *subject));
    subject->kind = kind;
    subject->context = context;
    subject->checked = expected;
    subject->roundings = 4;
    memcpy(subject->shape, shape, sizeof subject->shape);
    ISO_DO(kind->prepare(subject));
    const iso_tensor *tensor = &iso_subject_output(subject)->tensor;
    ISO_DO(iso_alloc_aligned(&subject->host_out, (tensor->rows + 1) * tensor->ld, sizeof(float)));
    ISO_DO(iso_subject_reset(subject));
    *out = subject;
    return ISOBIT_OK;
done:
    iso_subject_free(subject);
    return status;
}

void iso_subject_free(iso_subject *subject) {
    if (!subject)
        return;
    iso_finish(subject->context);
    for (size_t i = 0; i < subject->operand_count; i++) {
        iso_operand *operand = &subject->operands[i];
        if (!operand->borrowed)
            iso_tensor_free(&operand->tensor);
        free(operand->initial);
        free(operand->expected);
        free(operand->magnitude);
    }
    iso_feed_free(&subject->feed);
    isobit_data_free(subject->data);
    iso_buffer_free(&subject->state);
    iso_buffer_free(&subject->scalars);
    iso_buffer_free(&subject->spare[0]);
    iso_buffer_free(&subject->spare[1]);
    free(subject->host_out);
    free(subject);
}
