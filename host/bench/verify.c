#include "bench/verify.h"

#include "base/memory.h"
#include "base/numerics.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void judge(iso_runner *runner, iso_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void judge(iso_runner *runner, iso_verdict verdict, const char *format, ...) {
    char shape[ISO_SHAPE_TEXT], what[ISO_RUNNER_WHY / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    iso_sizes_text(runner->subject->shape, shape);
    runner->verdict = verdict;
    snprintf(runner->why, sizeof runner->why, "at %s: %s", shape, what);
}

static bool declared_exact(const iso_runner *runner) {
    return runner->variant && !runner->variant->inexact;
}

/* One output after a run: the guard untouched, padding untouched or zero, values as expected. */
static void check_values(iso_runner *runner, const iso_operand *operand, const float *got) {
    const iso_tensor *tensor = &operand->tensor;
    const double unit =
        declared_exact(runner) ? 0x1p-24 * runner->subject->roundings : ISO_INEXACT_TOLERANCE;
    for (size_t at = 0; at < (tensor->rows + !operand->borrowed) * tensor->ld; at++) {
        const size_t row = at / tensor->ld, column = at % tensor->ld;
        if (row == tensor->rows || column >= tensor->columns) {
            const bool zero = row < tensor->rows && iso_as_bits(got[at]) == 0;
            if (zero || iso_as_bits(got[at]) == iso_as_bits(operand->initial[at]))
                continue;
            judge(runner, ISO_WRONG, "writes beyond its output, at row %zu, column %zu", row,
                  column);
            return;
        }
        const size_t place = row * tensor->columns + column;
        const double expected = operand->expected[place];
        const double size = operand->magnitude[place]; /* 0: bits that say something else, or 0 */
        const double most = unit * size + (unit * size > 0 ? 0x1p-126 : 0);
        if (fabs((double)got[at] - expected) <= most)
            continue;
        judge(runner, ISO_WRONG, "element (%zu, %zu) is %.9g, not %.9g (it may be off by %.2g)",
              row, column, (double)got[at], expected, most);
        return;
    }
}

/* Every output of an exact variant has the bits of the first such variant. */
static void check_bits(iso_runner *runner, const iso_runner *first, const iso_operand *operand,
                       const float *got, const float *bits) {
    const iso_tensor *tensor = &operand->tensor;
    for (size_t row = 0; row < tensor->rows; row++)
        for (size_t column = 0; column < tensor->columns; column++) {
            const size_t at = row * tensor->ld + column;
            if (iso_as_bits(got[at]) == iso_as_bits(bits[at]))
                continue;
            judge(runner, ISO_WRONG,
                  "element (%zu, %zu) is %.9g (%08x); %s has other bits, %.9g (%08x)", row, column,
                  (double)got[at], (unsigned)iso_as_bits(got[at]), first->name, (double)bits[at],
                  (unsigned)iso_as_bits(bits[at]));
            return;
        }
}

/* What is known of the bits at a subject: from the first exact variant that was right. */
typedef struct known_bits {
    const iso_runner *first;
    float *outputs[ISO_OPERANDS];
} known_bits;

static size_t floats_of(const iso_operand *operand) {
    return (operand->tensor.rows + 1) * operand->tensor.ld;
}

/* Compare, or be what the others are compared with. */
static isobit_status check_outputs(iso_runner *runner, known_bits *known) {
    iso_subject *subject = runner->subject;
    float *outputs[ISO_OPERANDS] = {0};
    isobit_status status = ISOBIT_OK;
    for (size_t i = 0; i < subject->operand_count && iso_runner_good(runner); i++) {
        const iso_operand *operand = &subject->operands[i];
        if (operand->role == ISO_IN || (runner->yardstick && i != 2))
            continue;
        ISO_DO(iso_alloc(&outputs[i], floats_of(operand), sizeof(float)));
        ISO_DO(iso_runner_read(runner, operand, outputs[i]));
        if (subject->checked)
            check_values(runner, operand, outputs[i]);
        if (iso_runner_good(runner) && declared_exact(runner) && known->first)
            check_bits(runner, known->first, operand, outputs[i], known->outputs[i]);
    }
    if (iso_runner_good(runner) && declared_exact(runner) && !known->first) {
        known->first = runner;
        memcpy(known->outputs, outputs, sizeof outputs);
        memset(outputs, 0, sizeof outputs);
    }
done:
    for (size_t i = 0; i < ISO_OPERANDS; i++)
        free(outputs[i]);
    return status;
}

/* Run one; a failure of OpenCL is the runner's, unless the host is out of memory. */
static isobit_status try_one(iso_runner *runner, iso_subject *subject, known_bits *known) {
    const iso_operand *output = iso_subject_output(subject);
    ISO_TRY(iso_subject_reset(subject));
    memcpy(subject->host_out, output->initial, floats_of(output) * sizeof(float));
    isobit_status status = iso_runner_bind(runner, subject);
    if (status == ISOBIT_OK)
        status = iso_runner_run(runner, 1);
    if (status == ISOBIT_OK)
        return check_outputs(runner, known);
    if (status == ISOBIT_ERROR_MEMORY)
        return status;
    judge(runner, ISO_FAILED, "%s", isobit_error());
    return ISOBIT_OK;
}

static isobit_status check_subject(iso_runners *runners, iso_subject *subject) {
    known_bits known = {0};
    isobit_status status = ISOBIT_OK;
    for (size_t i = 0; i < runners->count && status == ISOBIT_OK; i++) {
        iso_runner *runner = &runners->list[i];
        const bool copies = runner->yardstick && !iso_yardstick_computes(runner->yardstick);
        if (iso_runner_good(runner) && !copies)
            status = try_one(runner, subject, &known);
    }
    for (size_t i = 0; i < ISO_OPERANDS; i++)
        free(known.outputs[i]);
    return status;
}

isobit_status iso_verify_alike(iso_runners *runners, iso_subject *subject) {
    return check_subject(runners, subject);
}

isobit_status iso_verify(iso_runners *runners, isobit_context *context,
                         const iso_subject_kind *kind, const char *shapes) {
    char *copy = NULL, *rest;
    isobit_status status;
    ISO_DO(iso_copy(&copy, shapes ? shapes : kind->awkward));
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        size_t shape[ISO_SHAPE];
        iso_subject *subject;
        ISO_DO(iso_sizes_parse(shape, word, kind));
        ISO_DO(iso_subject_new(&subject, context, kind, shape, true));
        status = check_subject(runners, subject);
        for (size_t i = 0; i < runners->count; i++)
            iso_runner_unbind(&runners->list[i]);
        iso_subject_free(subject);
        if (status != ISOBIT_OK)
            break;
    }
    for (size_t i = 0; i < runners->count && status == ISOBIT_OK; i++)
        if (iso_runner_good(&runners->list[i]))
            runners->list[i].verdict = declared_exact(&runners->list[i]) ? ISO_EXACT : ISO_INEXACT;
done:
    free(copy);
    return status;
}
