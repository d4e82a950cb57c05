/* Which knobs a variant gets on a device. */
#include "device/variant.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* --------------------------------------------------------------------------- expressions -- */

/* What an expression may ask for: knobs, and what else is known. */
typedef struct scope {
    const iso_variant *variant;
    const iso_choice *choice;
    struct {
        const char *name;
        long value;
    } known[8];
    size_t count;
} scope;

static void know(scope *of, const char *name, long value) {
    of->known[of->count].name = name;
    of->known[of->count++].value = value;
}

static void know_target(scope *of, const iso_target *target) {
    know(of, "UNITS", (long)target->compute_units);
    know(of, "LOCAL", (long)target->local_memory);
    know(of, "MATRIX_UNITS", target->matrix_units);
}

static bool value_of(void *user, const char *name, long *out) {
    const scope *of = user;
    for (size_t i = 0; i < of->variant->knob_count; i++)
        if (!strcmp(of->variant->knobs[i].name, name)) {
            *out = of->choice->knobs[i];
            return true;
        }
    for (size_t i = 0; i < of->count; i++)
        if (!strcmp(of->known[i].name, name)) {
            *out = of->known[i].value;
            return true;
        }
    return false;
}

static isobit_status evaluate(scope *of, const char *expression, long *out) {
    const isobit_status status = iso_expression(expression, value_of, of, out);
    return status == ISOBIT_OK ? status : iso_fail_at(status, "%s", of->variant->file);
}

isobit_status iso_variant_evaluate(const iso_variant *variant, const iso_choice *choice,
                                   const char *expression, long *out) {
    return evaluate(&(scope){.variant = variant, .choice = choice}, expression, out);
}

/* --------------------------------------------------------------------------------- knobs -- */

/* Set knobs from "NAME=VALUE …". */
static isobit_status set_knobs(const iso_variant *variant, const char *text, iso_choice *choice) {
    iso_spec spec = {0};
    isobit_status status;
    ISO_DO(iso_spec_parse(&spec, "knobs", text));
    for (size_t i = 0; i < variant->knob_count; i++) {
        size_t value = (size_t)choice->knobs[i];
        ISO_DO(iso_spec_size(&spec, variant->knobs[i].name, 0, 1 << 20, &value));
        choice->knobs[i] = (long)value;
    }
    status = iso_spec_done(&spec, "knobs", 0, "see the kernel file's //@ knob lines");
done:
    iso_spec_free(&spec);
    return status == ISOBIT_OK ? status : iso_fail_at(status, "%s", variant->file);
}

/* Whether the knobs fit together, and this device. */
static isobit_status check_required(const iso_variant *variant, const iso_target *target,
                                    const iso_choice *choice) {
    scope of = {.variant = variant, .choice = choice};
    char where[48] = "";
    long fits = 1;
    know_target(&of, target);
    if (variant->require)
        ISO_TRY(evaluate(&of, variant->require, &fits));
    if (fits)
        return ISOBIT_OK;
    if (strstr(variant->require, "LOCAL"))
        snprintf(where, sizeof where, ", where LOCAL is %llu",
                 (unsigned long long)target->local_memory);
    return iso_fail(ISOBIT_ERROR_KERNEL, "%s: the knobs do not meet //@ require %s%s",
                    variant->file, variant->require, where);
}

/* A default's knobs and then the user's. */
static isobit_status choose(const iso_variant *variant, const iso_target *target,
                            const char *defaults, const char *overrides, iso_choice *out) {
    iso_choice choice;
    for (size_t i = 0; i < variant->knob_count; i++)
        choice.knobs[i] = variant->knobs[i].values[0];
    if (defaults)
        ISO_TRY(set_knobs(variant, defaults, &choice));
    if (overrides)
        ISO_TRY(set_knobs(variant, overrides, &choice));
    ISO_TRY(check_required(variant, target, &choice));
    *out = choice;
    return ISOBIT_OK;
}

/* A header's sizes, which has those of rows first, along dimensions 0 and 1. */
static isobit_status sizes_of(const iso_variant *variant, const iso_choice *choice,
                              char *const written[2], size_t out[2]) {
    out[0] = out[1] = 1;
    for (unsigned i = 0; i < variant->dims; i++) {
        long size;
        ISO_TRY(iso_variant_evaluate(variant, choice, written[variant->dims - 1 - i], &size));
        if (size < 1)
            return iso_fail(ISOBIT_ERROR_KERNEL, "%s: a local or tile size below 1", variant->file);
        out[i] = (size_t)size;
    }
    return ISOBIT_OK;
}

isobit_status iso_variant_local(const iso_variant *variant, const iso_choice *choice,
                                size_t local[2]) {
    return sizes_of(variant, choice, variant->local, local);
}

isobit_status iso_variant_groups(const iso_variant *variant, const iso_choice *choice,
                                 const iso_extent *extent, size_t groups[2]) {
    const size_t outputs[2] = {extent->columns, variant->dims > 1 ? extent->rows : 1};
    size_t tile[2];
    ISO_TRY(sizes_of(variant, choice, variant->tile, tile));
    for (int i = 0; i < 2; i++)
        groups[i] = outputs[i] / tile[i] + (outputs[i] % tile[i] != 0);
    return ISOBIT_OK;
}

/* Whether a line is for launches of this size. */
static isobit_status is_for(const iso_variant *variant, const struct iso_class_default *line,
                            const iso_choice *choice, const iso_target *target,
                            const iso_extent *extent, bool *out) {
    scope of = {.variant = variant, .choice = choice};
    size_t groups[2];
    long holds = 1;
    ISO_TRY(iso_variant_groups(variant, choice, extent, groups));
    know_target(&of, target);
    know(&of, "M", (long)extent->rows);
    know(&of, "N", (long)extent->columns);
    know(&of, "K", (long)extent->terms);
    know(&of, "GROUPS", (long)(groups[0] * groups[1]));
    if (line->condition)
        ISO_TRY(evaluate(&of, line->condition, &holds));
    *out = holds;
    return ISOBIT_OK;
}

isobit_status iso_variant_check(const iso_variant *variant) {
    static const iso_target roomy = {
        .compute_units = 1, .local_memory = 1 << 30, .matrix_units = true};
    static const iso_extent any = {1, 1, 1};
    iso_choice choice;
    size_t local[2];
    bool holds;
    for (size_t i = 0; i < variant->default_count; i++) {
        ISO_TRY(choose(variant, &roomy, variant->defaults[i].knobs, NULL, &choice));
        ISO_TRY(iso_variant_local(variant, &choice, local));
        ISO_TRY(is_for(variant, &variant->defaults[i], &choice, &roomy, &any, &holds));
    }
    return ISOBIT_OK;
}

bool iso_variant_has_default(const iso_variant *variant, const char *device_class) {
    for (size_t i = 0; i < variant->default_count; i++)
        if (!strcmp(variant->defaults[i].device_class, device_class))
            return true;
    return false;
}

isobit_status iso_variant_choose(const iso_variant *variant, const iso_target *target,
                                 const char *overrides, const iso_extent *extent, iso_choice *out) {
    bool fits = false, found = false;
    for (size_t i = 0; i < variant->default_count && !found; i++) {
        const struct iso_class_default *line = &variant->defaults[i];
        iso_choice next;
        if (strcmp(line->device_class, target->device_class) != 0 ||
            choose(variant, target, line->knobs, overrides, &next) != ISOBIT_OK)
            continue;
        found = fits = true;
        if (extent)
            ISO_TRY(is_for(variant, line, &next, target, extent, &found));
        *out = next;
    }
    return fits ? ISOBIT_OK : choose(variant, target, NULL, overrides, out);
}
