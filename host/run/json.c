#include "run/json.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the UTF-8 character at `at`, 0 when there is none (RFC 3629, section 4). */
static size_t utf8_length(const unsigned char *at) {
    size_t length = *at < 0x80                   ? 1
                    : *at >= 0xC2 && *at <= 0xDF ? 2
                    : *at >= 0xE0 && *at <= 0xEF ? 3
                    : *at >= 0xF0 && *at <= 0xF4 ? 4
                                                 : 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    if ((*at == 0xE0 && at[1] < 0xA0) || (*at == 0xED && at[1] > 0x9F) ||
        (*at == 0xF0 && at[1] < 0x90) || (*at == 0xF4 && at[1] > 0x8F))
        return 0;
    return length;
}

bool iso_is_utf8(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    for (size_t length; *at; at += length)
        if (!(length = utf8_length(at)))
            return false;
    return true;
}

static void add_quoted(iso_text *text, const char *value) {
    const unsigned char *at = (const unsigned char *)value;
    iso_text_append(text, "\"", 1);
    for (size_t length; *at; at += length) {
        size_t valid = utf8_length(at);
        length = valid ? valid : 1;
        if (!valid)
            iso_text_append(text, "?", 1);
        else if (*at == '"' || *at == '\\')
            iso_text_add(text, "\\%c", *at);
        else if (*at == '\n')
            iso_text_append(text, "\\n", 2);
        else if (*at < 0x20 || *at == 0x7F)
            iso_text_add(text, "\\u%04x", *at);
        else
            iso_text_append(text, (const char *)at, length);
    }
    iso_text_append(text, "\"", 1);
}

/* The comma and the key in front of a value. */
static void begin(iso_json *json, const char *key) {
    if (json->more)
        iso_text_append(json->text, ", ", 2);
    json->more = true;
    if (key) {
        add_quoted(json->text, key);
        iso_text_append(json->text, ": ", 2);
    }
}

void iso_json_open(iso_json *json, const char *key, char bracket) {
    begin(json, key);
    iso_text_append(json->text, &bracket, 1);
    json->more = false;
}

void iso_json_close(iso_json *json, char bracket) {
    iso_text_append(json->text, &bracket, 1);
    json->more = true;
}

void iso_json_string(iso_json *json, const char *key, const char *value) {
    begin(json, key);
    if (value)
        add_quoted(json->text, value);
    else
        iso_text_append(json->text, "null", 4);
}

void iso_json_integer(iso_json *json, const char *key, uint64_t value) {
    begin(json, key);
    iso_text_add(json->text, "%" PRIu64, value);
}

void iso_json_bool(iso_json *json, const char *key, bool value) {
    begin(json, key);
    iso_text_add(json->text, "%s", value ? "true" : "false");
}

void iso_json_null(iso_json *json, const char *key) { iso_json_string(json, key, NULL); }

void iso_json_double(iso_json *json, const char *key, double value) {
    char number[ISO_NUMBER_SIZE];
    begin(json, key);
    iso_shortest_double(value, number);
    iso_text_add(json->text, "%s", isfinite(value) ? number : "null");
}

void iso_json_float(iso_json *json, const char *key, float value) {
    char number[ISO_NUMBER_SIZE];
    begin(json, key);
    iso_shortest_float(value, number);
    iso_text_add(json->text, "%s", isfinite(value) ? number : "null");
}

/* Switch this thread to the C locale; give what is returned to leave_c_locale. */
static locale_t enter_c_locale(void) {
    static _Thread_local locale_t c_locale;
    if (!c_locale)
        c_locale = newlocale(LC_ALL_MASK, "C", NULL);
    return c_locale ? uselocale(c_locale) : (locale_t)0;
}

static void leave_c_locale(locale_t before) {
    if (before)
        uselocale(before);
}

void iso_shortest_double(double value, char out[ISO_NUMBER_SIZE]) {
    locale_t before = enter_c_locale();
    for (int digits = DBL_DIG; digits <= 17; digits++) { /* %g leaves trailing zeros out */
        snprintf(out, ISO_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    leave_c_locale(before);
}

void iso_shortest_float(float value, char out[ISO_NUMBER_SIZE]) {
    locale_t before = enter_c_locale();
    for (int digits = FLT_DIG; digits <= 9; digits++) {
        snprintf(out, ISO_NUMBER_SIZE, "%.*g", digits, (double)value);
        /* as a reader does that has doubles only */
        if ((float)strtod(out, NULL) == value)
            break;
    }
    leave_c_locale(before);
}

isobit_status iso_json_fail(const char *format, ...) {
    char text[512];
    va_list arguments;
    if (errno == ENOMEM)
        return iso_fail(ISOBIT_ERROR_MEMORY, "out of memory: JSON is being read");
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return iso_fail(ISOBIT_ERROR_FORMAT, "%s", text);
}
