#include "base/text.h"

#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* strtod in the C locale, wherever the program runs. */
static double c_strtod(const char *text, char **end) {
    static _Thread_local locale_t c_locale;
    if (!c_locale)
        c_locale = newlocale(LC_ALL_MASK, "C", NULL);
    if (!c_locale)
        return strtod(text, end);
    locale_t before = uselocale(c_locale);
    double value = strtod(text, end);
    uselocale(before);
    return value;
}

isobit_status iso_parse_double(const char *text, const char *what, double least, double most,
                               double *out) {
    char *end;
    double value = c_strtod(text, &end);
    if (end == text || *end || isspace((unsigned char)*text) || !isfinite(value))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: \"%s\" is not a number", what, text);
    if (value < least || value > most) {
        if (most >= 1e300)
            return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: %s is out of range; at least %g", what,
                            text, least);
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: %s is out of range %g to %g", what, text, least,
                        most);
    }
    *out = value;
    return ISOBIT_OK;
}

isobit_status iso_parse_size(const char *text, const char *what, size_t least, size_t most,
                             size_t *out) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: \"%s\" is not a whole number", what, text);
    if (errno || value < least || value > most) {
        if (most == SIZE_MAX)
            return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: %s is out of range; at least %zu", what,
                            text, least);
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: %s is out of range %zu to %zu", what, text,
                        least, most);
    }
    *out = (size_t)value;
    return ISOBIT_OK;
}

static const char *const byte_units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
enum { BYTE_UNITS = sizeof byte_units / sizeof *byte_units };

isobit_status iso_parse_bytes(const char *text, const char *what, size_t *out) {
    const size_t length = strspn(text, "0123456789.");
    const char *suffix = text + length + strspn(text + length, " ");
    char number[32] = "";
    double value = 0;
    size_t unit = 0;
    while (unit < BYTE_UNITS && *suffix && strcmp(suffix, byte_units[unit]) != 0)
        unit++;
    if (length < sizeof number && unit < BYTE_UNITS) {
        memcpy(number, text, length);
        if (iso_parse_double(number, what, 0, 0x1p60, &value) != ISOBIT_OK)
            value = 0;
    }
    for (; unit > 0; unit--)
        value *= 1024;
    if (value < 1 || value > 0x1p60)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "%s: \"%s\" is no size of memory; write \"64MiB\" or \"1.5GiB\"", what,
                        text);
    *out = (size_t)value;
    return ISOBIT_OK;
}

void iso_bytes_text(size_t bytes, char out[ISO_BYTES_TEXT]) {
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < BYTE_UNITS; unit++)
        value /= 1024;
    snprintf(out, ISO_BYTES_TEXT, unit ? "%.1f %s" : "%.0f %s", value, byte_units[unit]);
}

isobit_status iso_parse_switch(const char *text, const char *what, bool *out) {
    if (strcmp(text, "on") && strcmp(text, "off"))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: \"%s\" is neither \"on\" nor \"off\"", what,
                        text);
    *out = !strcmp(text, "on");
    return ISOBIT_OK;
}

/* Cut the copy in spec->text into words and options. */
static isobit_status cut(iso_spec *spec, const char *what) {
    char *save = NULL;
    for (char *word = strtok_r(spec->text, " \t\r\n", &save); word;
         word = strtok_r(NULL, " \t\r\n", &save)) {
        char *equals = strchr(word, '=');
        if (!equals) {
            if (spec->option_count)
                return iso_fail(ISOBIT_ERROR_ARGUMENT,
                                "%s: \"%s\" comes after an option; words come first", what, word);
            spec->words[spec->word_count++] = word;
            continue;
        }
        *equals = '\0';
        if (equals == word || !equals[1])
            return iso_fail(ISOBIT_ERROR_ARGUMENT,
                            "%s: an option is written name=value, not \"%s=%s\"", what, word,
                            equals + 1);
        for (size_t i = 0; i < spec->option_count; i++)
            if (!strcmp(spec->options[i].key, word))
                return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: option \"%s\" is given twice", what,
                                word);
        spec->options[spec->option_count].key = word;
        spec->options[spec->option_count++].value = equals + 1;
    }
    return ISOBIT_OK;
}

isobit_status iso_spec_parse(iso_spec *out, const char *what, const char *text) {
    iso_spec spec = {0};
    isobit_status status;
    size_t most = strlen(text) / 2 + 1;
    ISO_DO(iso_copy(&spec.text, text));
    ISO_DO(iso_alloc(&spec.words, most, sizeof *spec.words));
    ISO_DO(iso_alloc(&spec.options, most, sizeof *spec.options));
    ISO_DO(cut(&spec, what));
    *out = spec;
    return ISOBIT_OK;
done:
    iso_spec_free(&spec);
    return status;
}

void iso_spec_free(iso_spec *spec) {
    free(spec->text);
    free(spec->words);
    free(spec->options);
    *spec = (iso_spec){0};
}

const char *iso_spec_option(iso_spec *spec, const char *key) {
    for (size_t i = 0; i < spec->option_count; i++)
        if (!strcmp(spec->options[i].key, key)) {
            spec->options[i].used = true;
            return spec->options[i].value;
        }
    return NULL;
}

isobit_status iso_spec_double(iso_spec *spec, const char *key, double least, double most,
                              double *out) {
    const char *value = iso_spec_option(spec, key);
    return value ? iso_parse_double(value, key, least, most, out) : ISOBIT_OK;
}

isobit_status iso_spec_size(iso_spec *spec, const char *key, size_t least, size_t most,
                            size_t *out) {
    const char *value = iso_spec_option(spec, key);
    return value ? iso_parse_size(value, key, least, most, out) : ISOBIT_OK;
}

isobit_status iso_spec_switch(iso_spec *spec, const char *key, bool *out) {
    const char *value = iso_spec_option(spec, key);
    return value ? iso_parse_switch(value, key, out) : ISOBIT_OK;
}

isobit_status iso_spec_done(const iso_spec *spec, const char *what, size_t words,
                            const char *known) {
    if (spec->word_count > words)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: \"%s\" is not understood; options: %s", what,
                        spec->words[words], known);
    for (size_t i = 0; i < spec->option_count; i++)
        if (!spec->options[i].used)
            return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: unknown option \"%s\"; known: %s", what,
                            spec->options[i].key, known);
    return ISOBIT_OK;
}

/* Levenshtein distance, cut at 31 characters; adjacent swaps cost one. */
static size_t distance(const char *a, const char *b) {
    enum { MOST = 32 };
    size_t rows[3][MOST + 1], n = strnlen(a, MOST - 1), m = strnlen(b, MOST - 1);
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            size_t best = up[j - 1] + !same;
            best = up[j] + 1 < best ? up[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = up2[j - 2] + 1 < best ? up2[j - 2] + 1 : best;
            row[j] = best;
        }
    }
    return rows[n % 3][m];
}

void iso_replace(char *text, char what, char by) {
    for (; (text = strchr(text, what)); text++)
        *text = by;
}

isobit_status iso_unknown_name(const char *what, const char *name,
                               const char *(*name_at)(size_t index)) {
    iso_text known = {0};
    const char *nearest = NULL, *entry;
    size_t least = strlen(name) / 3 + 2;
    for (size_t i = 0; (entry = name_at(i)); i++) {
        size_t far = distance(name, entry);
        if (far < least) {
            least = far;
            nearest = entry;
        }
        iso_text_add(&known, "%s%s", i ? ", " : "", entry);
    }
    char *list = NULL;
    isobit_status status = iso_text_take(&known, &list);
    if (status != ISOBIT_OK)
        return status;
    if (nearest)
        iso_fail(ISOBIT_ERROR_ARGUMENT, "unknown %s \"%s\": did you mean \"%s\"? Known: %s", what,
                 name, nearest, list);
    else
        iso_fail(ISOBIT_ERROR_ARGUMENT, "unknown %s \"%s\". Known: %s", what, name, list);
    free(list);
    return ISOBIT_ERROR_ARGUMENT;
}

static _Thread_local const char *const *names_in;
static const char *name_in(size_t index) { return names_in[index]; }

isobit_status iso_unknown_in(const char *what, const char *name, const char *const *names) {
    names_in = names;
    return iso_unknown_name(what, name, name_in);
}

void iso_text_append(iso_text *text, const char *bytes, size_t length) {
    if (text->status != ISOBIT_OK)
        return;
    if (text->length + length + 1 > text->capacity) {
        size_t capacity = 2 * (text->length + length) + 64;
        text->status = iso_resize(&text->text, capacity, 1);
        if (text->status != ISOBIT_OK)
            return;
        text->capacity = capacity;
    }
    memcpy(text->text + text->length, bytes, length);
    text->length += length;
    text->text[text->length] = '\0';
}

void iso_text_add(iso_text *text, const char *format, ...) {
    char small[512], *large = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if ((size_t)length < sizeof small) {
        iso_text_append(text, small, (size_t)length);
        return;
    }
    isobit_status status = iso_alloc(&large, (size_t)length + 1, 1);
    if (status != ISOBIT_OK) {
        text->status = text->status ? text->status : status;
        return;
    }
    va_start(arguments, format);
    vsnprintf(large, (size_t)length + 1, format, arguments);
    va_end(arguments);
    iso_text_append(text, large, (size_t)length);
    free(large);
}

isobit_status iso_text_take(iso_text *text, char **out) {
    iso_text_append(text, "", 0);
    iso_text done = *text;
    *text = (iso_text){0};
    if (done.status == ISOBIT_OK)
        *out = done.text;
    else
        free(done.text);
    return done.status;
}
