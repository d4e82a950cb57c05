#include "bench/runner.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *iso_verdict_name(iso_verdict verdict) {
    static const char *const names[] = {"unknown", "exact", "inexact", "wrong", "failed"};
    return names[verdict];
}

bool iso_runner_on_host(const iso_runner *runner) {
    return runner->yardstick && iso_yardstick_on_host(runner->yardstick);
}

/* ---------------------------------------------------------------------------- the field -- */

static isobit_status grow(iso_runners *runners, iso_runner **out) {
    ISO_TRY(iso_resize(&runners->list, runners->count + 1, sizeof *runners->list));
    *out = &runners->list[runners->count++];
    **out = (iso_runner){0};
    return ISOBIT_OK;
}

isobit_status iso_runners_add(iso_runners *runners, const iso_variant *variant, const char *knobs) {
    iso_runner *runner;
    const char *more = knobs ? knobs : "";
    ISO_TRY(grow(runners, &runner));
    ISO_TRY(iso_copy(&runner->knobs, more));
    runner->variant = variant;
    snprintf(runner->name, sizeof runner->name, "%s%s%s", variant->name, *more ? "," : "", more);
    iso_replace(runner->name, ' ', ',');
    return ISOBIT_OK;
}

static isobit_status add_yardstick(iso_runners *runners, const iso_yardstick *yardstick) {
    iso_runner *runner;
    ISO_TRY(grow(runners, &runner));
    runner->yardstick = yardstick;
    snprintf(runner->name, sizeof runner->name, "%s", iso_yardstick_name(yardstick));
    return ISOBIT_OK;
}

/* "panel,SPAN=64": a variant and its knobs, or a yardstick. */
static isobit_status add_named(iso_runners *runners, isobit_context *context,
                               const iso_subject_kind *kind, char *word,
                               const iso_yardsticks *yardsticks) {
    const iso_variant *variant;
    iso_choice choice;
    for (size_t i = 0; i < yardsticks->count; i++)
        if (!strcmp(word, iso_yardstick_name(yardsticks->list[i])) &&
            iso_yardstick_can(yardsticks->list[i], kind))
            return add_yardstick(runners, yardsticks->list[i]);
    char *knobs = word + strcspn(word, ",");
    if (*knobs)
        *knobs++ = '\0';
    iso_replace(knobs, ',', ' ');
    ISO_TRY(iso_registry_find(&context->registry, kind->op, word, context->target.device_class,
                              &variant));
    ISO_TRY(iso_variant_choose(variant, &context->target, knobs, NULL, &choice));
    return iso_runners_add(runners, variant, knobs);
}

static isobit_status add_all(iso_runners *runners, isobit_context *context,
                             const iso_subject_kind *kind, const iso_yardsticks *yardsticks) {
    for (size_t i = 0; i < context->registry.count; i++) {
        const iso_variant *variant = &context->registry.variants[i];
        if (!strcmp(variant->op, kind->op) && !variant->inexact)
            ISO_TRY(iso_runners_add(runners, variant, NULL));
    }
    for (size_t i = 0; i < yardsticks->count; i++)
        if (iso_yardstick_can(yardsticks->list[i], kind))
            ISO_TRY(add_yardstick(runners, yardsticks->list[i]));
    return ISOBIT_OK;
}

isobit_status iso_runners_new(iso_runners *out, isobit_context *context,
                              const iso_subject_kind *kind, const char *names,
                              const iso_yardsticks *yardsticks) {
    iso_runners runners = {0};
    char *copy = NULL, *rest;
    isobit_status status;
    ISO_DO(iso_copy(&copy, names ? names : ""));
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        ISO_DO(add_named(&runners, context, kind, word, yardsticks));
    if (!runners.count)
        ISO_DO(add_all(&runners, context, kind, yardsticks));
    *out = runners;
    free(copy);
    return ISOBIT_OK;
done:
    free(copy);
    iso_runners_free(&runners);
    return status;
}

void iso_runners_free(iso_runners *runners) {
    for (size_t i = 0; i < runners->count; i++) {
        iso_runner_unbind(&runners->list[i]);
        free(runners->list[i].knobs);
        free(runners->list[i].seconds);
    }
    free(runners->list);
    *runners = (iso_runners){0};
}

/* --------------------------------------------------------------------------------- running -- */

/* Add the kind's launch with this variant: a choice for the while in which it is built, as if the
 * user had made it. So operations are used through the functions that training uses. */
static isobit_status add_launch(iso_runner *runner, iso_subject *subject) {
    isobit_context *context = subject->context;
    struct iso_pick pick = {
        .op = runner->variant->op, .variant = runner->variant->name, .knobs = runner->knobs};
    struct iso_pick *const before = context->picks;
    const size_t count = context->pick_count;
    context->picks = &pick;
    context->pick_count = 1;
    isobit_status status = subject->kind->add(subject, &runner->list);
    context->picks = before;
    context->pick_count = count;
    return status;
}

isobit_status iso_runner_bind(iso_runner *runner, iso_subject *subject) {
    iso_runner_unbind(runner);
    runner->subject = subject;
    runner->list = (iso_list){.context = subject->context};
    if (runner->yardstick)
        return iso_yardstick_bind(runner->yardstick, subject, &runner->list);
    ISO_TRY(add_launch(runner, subject));
    if (subject->flops == 0)
        subject->flops = runner->list.launches[0].flops;
    if (subject->bytes == 0)
        subject->bytes = runner->list.launches[0].bytes;
    return ISOBIT_OK;
}

void iso_runner_unbind(iso_runner *runner) {
    if (runner->subject)
        iso_list_free(&runner->list);
    runner->subject = NULL;
}

isobit_status iso_runner_run(const iso_runner *runner, size_t times) {
    iso_subject *subject = runner->subject;
    for (size_t i = 0; i < times; i++)
        ISO_TRY(runner->yardstick ? iso_yardstick_run(runner->yardstick, subject, &runner->list)
                                  : iso_list_enqueue(&runner->list));
    return iso_runner_on_host(runner) ? ISOBIT_OK : iso_finish(subject->context);
}

isobit_status iso_runner_read(const iso_runner *runner, const iso_operand *operand, float *out) {
    const iso_subject *subject = runner->subject;
    const size_t rows = operand->tensor.rows + !operand->borrowed;
    const size_t bytes = rows * operand->tensor.ld * sizeof(float);
    if (!iso_runner_on_host(runner))
        return iso_buffer_read(subject->context, operand->tensor.memory, 0, out, bytes);
    memcpy(out, subject->host_out, bytes);
    return ISOBIT_OK;
}
