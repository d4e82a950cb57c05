/* Writing JSON text: the same bytes everywhere, whatever the locale or the JSON library. And what
 * to say where that fails to read. */
#ifndef ISO_RUN_JSON_H
#define ISO_RUN_JSON_H

#include "base/text.h"

#include <stdint.h>

/* Where commas are due. Start from {.text = &text}. */
typedef struct iso_json {
    iso_text *text;
    bool more; /* something stands before at this level */
} iso_json;

/* Everywhere: key NULL inside an array and at the top. `bracket` is '{' or '[', then its end. */
void iso_json_open(iso_json *json, const char *key, char bracket);
void iso_json_close(iso_json *json, char bracket);
/* Bytes that are no UTF-8 become '?'. NULL becomes null. */
void iso_json_string(iso_json *json, const char *key, const char *value);
void iso_json_integer(iso_json *json, const char *key, uint64_t value);
void iso_json_bool(iso_json *json, const char *key, bool value);
/* The shortest text that reads back as the same double, or float; null when it is not finite. */
void iso_json_double(iso_json *json, const char *key, double value);
void iso_json_float(iso_json *json, const char *key, float value);
void iso_json_null(iso_json *json, const char *key);

/* jansson has failed since errno was set to 0: ISOBIT_ERROR_MEMORY if that was for want of memory,
 * which jansson does not say but malloc() leaves in errno; else ISOBIT_ERROR_FORMAT, with this
 * message. */
isobit_status iso_json_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether a text is UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
bool iso_is_utf8(const char *text);

enum { ISO_NUMBER_SIZE = 40 };
/* The shortest decimal text that reads back as the same double (float), with a '.' in every
 * locale. */
void iso_shortest_double(double value, char out[ISO_NUMBER_SIZE]);
void iso_shortest_float(float value, char out[ISO_NUMBER_SIZE]);

#endif
