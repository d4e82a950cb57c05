#include "device/registry.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const iso_embedded *iso_embedded_file(const char *name) {
    for (const iso_embedded *file = iso_embedded_files; file->name; file++)
        if (!strcmp(file->name, name))
            return file;
    return NULL;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

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

/* How many work-groups a launch of this size has. */
static isobit_status count_groups(const iso_variant *variant, const iso_choice *choice,
                                  const iso_extent *extent, long *groups) {
    const size_t outputs[2] = {extent->columns, extent->rows};
    *groups = 1;
    for (unsigned i = 0; i < variant->dims; i++) {
        long tile;
        ISO_TRY(iso_variant_evaluate(variant, choice, variant->tile[variant->dims - 1 - i], &tile));
        if (tile < 1)
            continue;
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): dims is at most 2 */
        *groups *= (long)(outputs[i] / (size_t)tile + (outputs[i] % (size_t)tile != 0));
    }
    return ISOBIT_OK;
}

/* Whether a line is for launches of this size. */
static isobit_status is_for(const iso_variant *variant, const struct iso_class_default *line,
                            const iso_choice *choice, const iso_target *target,
                            const iso_extent *extent, bool *out) {
    scope of = {.variant = variant, .choice = choice};
    long groups, holds = 1;
    ISO_TRY(count_groups(variant, choice, extent, &groups));
    know_target(&of, target);
    know(&of, "M", (long)extent->rows);
    know(&of, "N", (long)extent->columns);
    know(&of, "K", (long)extent->terms);
    know(&of, "GROUPS", groups);
    if (line->condition)
        ISO_TRY(evaluate(&of, line->condition, &holds));
    *out = holds;
    return ISOBIT_OK;
}

/* Whether the knobs of every default fit together, and its expressions are understood: said now,
 * not when they are used. */
static isobit_status check_defaults(const iso_variant *variant) {
    static const iso_target roomy = {
        .compute_units = 1, .local_memory = 1 << 30, .matrix_units = true};
    static const iso_extent any = {1, 1, 1};
    iso_choice choice;
    long size;
    bool holds;
    for (size_t i = 0; i < variant->default_count; i++) {
        ISO_TRY(choose(variant, &roomy, variant->defaults[i].knobs, NULL, &choice));
        for (unsigned dim = 0; dim < variant->dims; dim++) {
            ISO_TRY(iso_variant_evaluate(variant, &choice, variant->local[dim], &size));
            ISO_TRY(iso_variant_evaluate(variant, &choice, variant->tile[dim], &size));
        }
        ISO_TRY(is_for(variant, &variant->defaults[i], &choice, &roomy, &any, &holds));
    }
    return ISOBIT_OK;
}

/* @param embedded the file, where it is one of ours */
static isobit_status add(iso_registry *registry, const char *file, const char *text,
                         const iso_embedded *embedded) {
    iso_variant variant;
    ISO_TRY(iso_variant_parse(&variant, file, text));
    variant.embedded = embedded;
    isobit_status status = check_defaults(&variant);
    for (size_t i = 0; i < registry->count && status == ISOBIT_OK; i++)
        if (!strcmp(registry->variants[i].op, variant.op) &&
            !strcmp(registry->variants[i].name, variant.name))
            status = iso_fail(ISOBIT_ERROR_KERNEL, "%s: %s already has a variant \"%s\", in %s",
                              file, variant.op, variant.name, registry->variants[i].file);
    if (status == ISOBIT_OK)
        status = iso_resize(&registry->variants, registry->count + 1, sizeof variant);
    if (status == ISOBIT_OK)
        registry->variants[registry->count++] = variant;
    else
        iso_variant_free(&variant);
    return status;
}

/* One file of the user's folder. */
static isobit_status add_file(iso_registry *registry, const char *folder, const char *name) {
    enum { MOST = 1 << 20 };
    char *path = NULL, *text = NULL;
    size_t length;
    isobit_status status;
    ISO_DO(iso_format(&path, "%s/%s", folder, name));
    ISO_DO(iso_file_read(path, MOST, &text, &length));
    if (strlen(text) != length)
        status = iso_fail(ISOBIT_ERROR_KERNEL, "%s: byte %zu: a NUL in a kernel file", path,
                          strlen(text));
    else
        status = add(registry, path, text, NULL);
done:
    free(text);
    free(path);
    return status;
}

static isobit_status add_folder(iso_registry *registry, const char *folder) {
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0)
        return iso_fail(ISOBIT_ERROR_FILE, "%s: cannot read the kernel folder: %s", folder,
                        strerror(errno));
    isobit_status status = ISOBIT_OK;
    size_t before = registry->count;
    for (int i = 0; i < count; i++) {
        if (status == ISOBIT_OK && ends_with(entries[i]->d_name, ".cl"))
            status = add_file(registry, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (status == ISOBIT_OK && registry->count == before)
        status = iso_fail(ISOBIT_ERROR_FILE, "%s: holds no .cl file", folder);
    return status;
}

isobit_status iso_registry_open(iso_registry *out, const char *folder) {
    iso_registry registry = {0};
    isobit_status status = ISOBIT_OK;
    for (const iso_embedded *file = iso_embedded_files; file->name && status == ISOBIT_OK; file++)
        if (ends_with(file->name, ".cl"))
            status = add(&registry, file->name, file->text, file);
    if (status == ISOBIT_OK && folder && *folder)
        status = add_folder(&registry, folder);
    if (status == ISOBIT_OK)
        *out = registry;
    else
        iso_registry_close(&registry);
    return status;
}

void iso_registry_close(iso_registry *registry) {
    for (size_t i = 0; i < registry->count; i++)
        iso_variant_free(&registry->variants[i]);
    free(registry->variants);
    *registry = (iso_registry){0};
}

static bool has_default(const iso_variant *variant, const char *device_class) {
    for (size_t i = 0; i < variant->default_count; i++)
        if (!strcmp(variant->defaults[i].device_class, device_class))
            return true;
    return false;
}

static isobit_status unknown_variant(const iso_registry *registry, const char *op,
                                     const char *name) {
    const char **names;
    size_t count = 0;
    ISO_TRY(iso_alloc(&names, registry->count + 1, sizeof *names));
    for (size_t i = 0; i < registry->count; i++)
        if (!strcmp(registry->variants[i].op, op))
            names[count++] = registry->variants[i].name;
    char what[128];
    strcpy(what, "variant of ");
    strncat(what, op, sizeof what - strlen(what) - 1);
    isobit_status status = iso_unknown_in(what, name, names);
    free(names);
    return status;
}

isobit_status iso_registry_find(const iso_registry *registry, const char *op, const char *name,
                                const char *device_class, const iso_variant **out) {
    const iso_variant *found = NULL;
    bool fits_class = false;
    for (size_t i = 0; i < registry->count; i++) {
        const iso_variant *variant = &registry->variants[i];
        if (strcmp(variant->op, op) || (!name && variant->inexact))
            continue;
        bool fits = !name && has_default(variant, device_class);
        if (name ? !strcmp(variant->name, name) : !found || (fits && !fits_class))
            found = variant;
        fits_class = fits_class || fits;
    }
    if (!found && name)
        return unknown_variant(registry, op, name);
    if (!found)
        return iso_fail(ISOBIT_ERROR_KERNEL,
                        "no kernel file registers the operation \"%s\" with exact results", op);
    *out = found;
    return ISOBIT_OK;
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
