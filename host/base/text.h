/* Small texts: numbers, "word word key=value" descriptions, and the nearest right name. */
#ifndef ISO_BASE_TEXT_H
#define ISO_BASE_TEXT_H

#include "base/status.h"

/* A whole-string number, or ISOBIT_ERROR_ARGUMENT saying what `what` must be. Doubles are finite
 * and independent of the locale. */
isobit_status iso_parse_double(const char *text, const char *what, double least, double most,
                               double *out);
isobit_status iso_parse_size(const char *text, const char *what, size_t least, size_t most,
                             size_t *out);
/* A size of memory: "64MiB", "1.5 GiB", "100KiB", "4096" bytes; at least 1. */
isobit_status iso_parse_bytes(const char *text, const char *what, size_t *out);
/* The same the other way round, with one decimal place: "1.5 GiB". */
enum { ISO_BYTES_TEXT = 24 };
void iso_bytes_text(size_t bytes, char out[ISO_BYTES_TEXT]);
/* "on" or "off". */
isobit_status iso_parse_switch(const char *text, const char *what, bool *out);

/* One description such as "dense 128 relu bias=off": words, then key=value options. */
typedef struct iso_spec {
    char *text; /* its own copy, cut up; the pointers below go into it */
    char **words;
    size_t word_count;
    struct iso_option {
        const char *key, *value;
        bool used; /* somebody asked for it */
    } * options;
    size_t option_count;
} iso_spec;

/* @param what names the description in messages ("optimizer"). Repeated keys are refused. */
isobit_status iso_spec_parse(iso_spec *out, const char *what, const char *text);
/* The value of an option and mark it used; NULL when it is not there. */
const char *iso_spec_option(iso_spec *spec, const char *key);
/* Numbers from options: *out keeps its value (the default) when the option is not there. */
isobit_status iso_spec_double(iso_spec *spec, const char *key, double least, double most,
                              double *out);
isobit_status iso_spec_size(iso_spec *spec, const char *key, size_t least, size_t most,
                            size_t *out);
isobit_status iso_spec_switch(iso_spec *spec, const char *key, bool *out);
/* Refuse the first option that nobody asked for. @param known a list for the message, "lr,
 * momentum".
 * @param words how many words were understood; more are refused. */
isobit_status iso_spec_done(const iso_spec *spec, const char *what, size_t words,
                            const char *known);
void iso_spec_free(iso_spec *spec);

/* Put `by` in the place of every `what`. */
void iso_replace(char *text, char what, char by);

/* Fail with: unknown WHAT "NAME" (did you mean "NEAREST"?); known: A, B, C.
 * @param name_at the i-th known name, NULL at the end. */
isobit_status iso_unknown_name(const char *what, const char *name,
                               const char *(*name_at)(size_t index));
/* The same over an array that ends with NULL. */
isobit_status iso_unknown_in(const char *what, const char *name, const char *const *names);

/* Text that grows. Start from {0}; the owner frees .text. Appending to a failed one does nothing;
 * iso_text_take reports the failure. */
typedef struct iso_text {
    char *text;
    size_t length, capacity;
    isobit_status status;
} iso_text;
void iso_text_add(iso_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void iso_text_append(iso_text *text, const char *bytes, size_t length);
/* Hand out the finished string (the caller frees it), or the failure; empties `text` either way. */
isobit_status iso_text_take(iso_text *text, char **out);

#endif
