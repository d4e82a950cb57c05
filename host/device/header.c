/* The //@ lines at the top of a kernel file. */
#include "device/variant.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void iso_variant_free(iso_variant *variant) {
    free(variant->file);
    free(variant->text);
    free(variant->op);
    free(variant->name);
    free(variant->require);
    free(variant->width);
    free(variant->registers);
    for (size_t i = 0; i < variant->knob_count; i++)
        free(variant->knobs[i].name);
    for (size_t i = 0; i < 2; i++) {
        free(variant->local[i]);
        free(variant->tile[i]);
    }
    for (size_t i = 0; i < variant->default_count; i++) {
        free(variant->defaults[i].device_class);
        free(variant->defaults[i].knobs);
        free(variant->defaults[i].condition);
    }
    *variant = (iso_variant){0};
}

/* The next word of *line, cut off with a NUL; NULL at the end. */
static char *word(char **line) { return strtok_r(NULL, " \t\r", line); }

static bool is_identifier(const char *text) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return !(*text >= '0' && *text <= '9') && *text && strspn(text, letters) == strlen(text);
}

static isobit_status once(char **slot, const char *value, const char *what) {
    if (*slot)
        return iso_fail(ISOBIT_ERROR_KERNEL, "a second \"//@ %s\"", what);
    if (!value || !*value)
        return iso_fail(ISOBIT_ERROR_KERNEL, "\"//@ %s\" needs a value", what);
    return iso_copy(slot, value);
}

/* A line's only word, a name. */
static isobit_status only_name(char **slot, char *line, const char *what) {
    char *name = word(&line), *more = name ? word(&line) : NULL;
    if (more)
        return iso_fail(ISOBIT_ERROR_KERNEL, "unexpected \"%s\" after \"//@ %s %s\"", more, what,
                        name);
    if (name && !is_identifier(name))
        return iso_fail(ISOBIT_ERROR_KERNEL, "\"%s\" is not a name of letters, digits and _", name);
    return once(slot, name, what);
}

static isobit_status number(const char *text, long *out) {
    char *end;
    long value = strtol(text, &end, 10);
    if (!*text || *end || value < 0 || value > 1 << 20)
        return iso_fail(ISOBIT_ERROR_KERNEL, "\"%s\" is not a number from 0 to 1048576", text);
    *out = value;
    return ISOBIT_OK;
}

/* knob NAME VALUE …   then words that are no numbers are a remark. */
static isobit_status take_knob(iso_variant *variant, char *line) {
    char *name = word(&line), *value;
    if (!name || variant->knob_count == ISO_KNOBS)
        return iso_fail(ISOBIT_ERROR_KERNEL, name ? "more than %d knobs" : "a knob needs a name",
                        ISO_KNOBS);
    if (!is_identifier(name))
        return iso_fail(ISOBIT_ERROR_KERNEL, "\"%s\" is not a name of letters, digits and _", name);
    for (size_t i = 0; i < variant->knob_count; i++)
        if (!strcmp(variant->knobs[i].name, name))
            return iso_fail(ISOBIT_ERROR_KERNEL, "a second knob %s", name);
    iso_knob *knob = &variant->knobs[variant->knob_count];
    ISO_TRY(iso_copy(&knob->name, name));
    variant->knob_count++;
    while ((value = word(&line)) && strspn(value, "0123456789") == strlen(value)) {
        if (knob->count == ISO_KNOB_VALUES)
            return iso_fail(ISOBIT_ERROR_KERNEL, "knob %s has more than %d values", name,
                            ISO_KNOB_VALUES);
        ISO_TRY(number(value, &knob->values[knob->count]));
        knob->count++;
    }
    if (!knob->count)
        return iso_fail(ISOBIT_ERROR_KERNEL, "knob %s has no value", name);
    return ISOBIT_OK;
}

/* local A B  or  tile A B: one expression without blanks per dimension. */
static isobit_status take_sizes(iso_variant *variant, char *slots[2], char *line,
                                const char *what) {
    unsigned dims = 0;
    char *size;
    while (dims < 2 && (size = word(&line))) {
        ISO_TRY(once(&slots[dims], size, what));
        dims++;
    }
    if (!dims || word(&line) || (variant->dims && variant->dims != dims))
        return iso_fail(ISOBIT_ERROR_KERNEL,
                        "\"//@ %s\" needs one or two sizes, as many as the other", what);
    variant->dims = dims;
    return ISOBIT_OK;
}

/* default CLASS KNOB=VALUE … if EXPRESSION */
static isobit_status take_default(iso_variant *variant, char *line) {
    char *device_class = word(&line);
    if (!device_class || (strcmp(device_class, "cpu") && strcmp(device_class, "gpu")))
        return iso_fail(ISOBIT_ERROR_KERNEL, "\"//@ default\" is for \"cpu\" or \"gpu\"");
    if (variant->default_count == ISO_DEFAULTS)
        return iso_fail(ISOBIT_ERROR_KERNEL, "too many \"//@ default\" lines");
    struct iso_class_default *entry = &variant->defaults[variant->default_count++];
    ISO_TRY(iso_copy(&entry->device_class, device_class));
    char *condition = line ? strstr(line, "if ") : NULL;
    if (condition) {
        ISO_TRY(once(&entry->condition, condition + strlen("if "), "default … if"));
        *condition = '\0';
    }
    return iso_copy(&entry->knobs, line ? line : "");
}

static isobit_status check_width(long width) {
    return width == 1 || width == 4 || width == 16
               ? ISOBIT_OK
               : iso_fail(ISOBIT_ERROR_KERNEL, "a width is 1, 4 or 16, not %ld", width);
}

/* width NUMBER, or a knob of above whose values are widths. */
static isobit_status take_width(iso_variant *variant, char *line) {
    char *value = word(&line);
    long width = 0;
    ISO_TRY(once(&variant->width, value, "width"));
    for (size_t i = 0; i < variant->knob_count; i++) {
        const iso_knob *knob = &variant->knobs[i];
        if (strcmp(knob->name, value) != 0)
            continue;
        for (size_t j = 0; j < knob->count; j++)
            ISO_TRY(check_width(knob->values[j]));
        return ISOBIT_OK;
    }
    ISO_TRY(number(value, &width));
    return check_width(width);
}

static isobit_status take_op(iso_variant *variant, char *line) {
    return only_name(&variant->op, line, "op");
}
static isobit_status take_variant(iso_variant *variant, char *line) {
    return only_name(&variant->name, line, "variant");
}
static isobit_status take_registers(iso_variant *variant, char *line) {
    return once(&variant->registers, word(&line), "registers");
}
static isobit_status take_local(iso_variant *variant, char *line) {
    return take_sizes(variant, variant->local, line, "local");
}
static isobit_status take_tile(iso_variant *variant, char *line) {
    return take_sizes(variant, variant->tile, line, "tile");
}
static isobit_status take_require(iso_variant *variant, char *line) {
    return once(&variant->require, line, "require");
}
static isobit_status take_inexact(iso_variant *variant, char *line) {
    (void)line;
    variant->inexact = true;
    return ISOBIT_OK;
}

static const struct key {
    const char *name;
    isobit_status (*take)(iso_variant *variant, char *line);
} keys[] = {{"op", take_op},          {"variant", take_variant},     {"width", take_width},
            {"knob", take_knob},      {"registers", take_registers}, {"local", take_local},
            {"tile", take_tile},      {"default", take_default},     {"require", take_require},
            {"inexact", take_inexact}};

static const char *key_at(size_t index) {
    return index < sizeof keys / sizeof *keys ? keys[index].name : NULL;
}

static isobit_status take_line(iso_variant *variant, char *line) {
    char *rest;
    const char *name = strtok_r(line, " \t\r", &rest);
    if (!name)
        return iso_fail(ISOBIT_ERROR_KERNEL, "\"//@\" needs a word");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(keys[i].name, name))
            return keys[i].take(variant, rest);
    const isobit_status status = iso_unknown_name("word", name, key_at);
    return status == ISOBIT_ERROR_ARGUMENT ? ISOBIT_ERROR_KERNEL : status;
}

static isobit_status check_whole(const iso_variant *variant) {
    static const char needs[] = "the file needs \"//@ %s\"";
    if (!variant->op)
        return iso_fail(ISOBIT_ERROR_KERNEL, needs, "op NAME");
    if (!variant->name)
        return iso_fail(ISOBIT_ERROR_KERNEL, needs, "variant NAME");
    if (!variant->local[0])
        return iso_fail(ISOBIT_ERROR_KERNEL, needs, "local SIZE …");
    if (!variant->tile[0])
        return iso_fail(ISOBIT_ERROR_KERNEL, needs, "tile SIZE …");
    return ISOBIT_OK;
}

isobit_status iso_variant_parse(iso_variant *out, const char *file, const char *text) {
    iso_variant variant = {0};
    isobit_status status;
    ISO_DO(iso_copy(&variant.file, file));
    ISO_DO(iso_copy(&variant.text, text));
    int line_number = 0;
    for (const char *at = text; at && *at; line_number++) {
        const char *end = strchr(at, '\n');
        size_t length = end ? (size_t)(end - at) : strlen(at);
        if (length >= 3 && !strncmp(at, "//@", 3)) {
            char line[512];
            if (length - 3 >= sizeof line)
                status = iso_fail(ISOBIT_ERROR_KERNEL, "the line is too long");
            else {
                snprintf(line, sizeof line, "%.*s", (int)(length - 3), at + 3);
                status = take_line(&variant, line);
            }
            if (status != ISOBIT_OK) {
                iso_fail_at(status, "%s:%d", file, line_number + 1);
                goto done;
            }
        }
        at = end ? end + 1 : NULL;
    }
    status = check_whole(&variant);
    if (status != ISOBIT_OK) {
        iso_fail_at(status, "%s:1", file);
        goto done;
    }
    *out = variant;
    return ISOBIT_OK;
done:
    iso_variant_free(&variant);
    return status;
}
