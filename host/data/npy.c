/* .npy: "\x93NUMPY", version, the header's length, the header (a Python dict), then the elements.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "data/npy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct cursor {
    const char *begin, *at, *end; /* begin: of the file, for places */
    const char *path;
} cursor;

static isobit_status expected(const cursor *c, const char *what) {
    return iso_fail(ISOBIT_ERROR_FORMAT, "%s: byte %zu: the .npy header is damaged: expected %s",
                    c->path, (size_t)(c->at - c->begin), what);
}

static void skip_blanks(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n'))
        c->at++;
}

static bool accept(cursor *c, char wanted) {
    skip_blanks(c);
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

/* A quoted text; the result goes into the header's bytes. */
static isobit_status read_quoted(cursor *c, iso_bytes *out) {
    char quote = accept(c, '\'') ? '\'' : '"';
    if (quote == '"' && !accept(c, '"'))
        return expected(c, "a quoted text");
    const char *close = memchr(c->at, quote, (size_t)(c->end - c->at));
    if (!close)
        return expected(c, "a closing quote");
    *out = (iso_bytes){c->at, (size_t)(close - c->at)};
    c->at = close + 1;
    return ISOBIT_OK;
}

static bool is_text(iso_bytes text, const char *wanted) {
    return text.length == strlen(wanted) && !memcmp(text.bytes, wanted, text.length);
}

static bool accept_word(cursor *c, const char *word) {
    size_t length = strlen(word);
    skip_blanks(c);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

static bool known_type(char kind, size_t size) {
    switch (kind) {
    case 'b':
        return size == 1;
    case 'f':
        return size == 4 || size == 8;
    case 'u':
    case 'i':
        return size == 1 || size == 2 || size == 4 || size == 8;
    case 'S':
        return size >= 1;
    case 'U':
        return size >= 4;
    default:
        return false;
    }
}

/* "<f4": byte order, kind, bytes (characters for 'U'). */
static isobit_status read_type(cursor *c, iso_array *array) {
    iso_bytes type;
    size_t size = 0;
    if (accept(c, '['))
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte %zu: an array of records; save plain arrays of numbers", c->path,
                        (size_t)(c->at - c->begin));
    ISO_TRY(read_quoted(c, &type));
    const char *at = type.bytes;
    size_t digits = type.length > 2 && type.length <= 8 ? type.length - 2 : 0, i = 0;
    for (; i < digits && isdigit((unsigned char)at[2 + i]); i++)
        size = size * 10 + (size_t)(at[2 + i] - '0');
    if (digits && at[1] == 'U')
        size *= 4;
    if (!digits || i < digits || !memchr("<>|=", at[0], 4) || !known_type(at[1], size))
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte %zu: elements of type \"%.*s\"; known are bool, int8 to int64, "
                        "uint8 to uint64, float32, float64 and, for labels, text",
                        c->path, (size_t)(at - c->begin),
                        (int)(type.length < 40 ? type.length : 40), at);
    array->big_endian = at[0] == '>';
    array->kind = at[1];
    array->size = size;
    return ISOBIT_OK;
}

static isobit_status read_shape(cursor *c, iso_array *array) {
    array->dims = 0;
    if (!accept(c, '('))
        return expected(c, "a shape in parentheses");
    while (!accept(c, ')')) {
        const char *from = c->at;
        size_t extent = 0;
        for (; c->at < c->end && isdigit((unsigned char)*c->at); c->at++) {
            size_t digit = (size_t)(*c->at - '0');
            if (extent > (SIZE_MAX - digit) / 10)
                return expected(c, "an extent that fits 64 bits");
            extent = extent * 10 + digit;
        }
        if (c->at == from)
            return expected(c, "a number");
        if (array->dims == ISO_MOST_DIMS)
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "%s: byte %zu: more than %d dimensions; samples have at most three",
                            c->path, (size_t)(from - c->begin), ISO_MOST_DIMS);
        array->shape[array->dims++] = extent;
        if (!accept(c, ',')) {
            if (!accept(c, ')'))
                return expected(c, "a comma or a closing parenthesis");
            break;
        }
    }
    return ISOBIT_OK;
}

static isobit_status read_dict(cursor *c, iso_array *array) {
    bool typed = false, ordered = false, shaped = false;
    if (!accept(c, '{'))
        return expected(c, "{");
    while (!accept(c, '}')) {
        iso_bytes key;
        ISO_TRY(read_quoted(c, &key));
        if (!accept(c, ':'))
            return expected(c, "a colon");
        if (is_text(key, "descr") && !typed) {
            typed = true;
            ISO_TRY(read_type(c, array));
        } else if (is_text(key, "fortran_order") && !ordered) {
            ordered = true;
            array->fortran = accept_word(c, "True");
            if (!array->fortran && !accept_word(c, "False"))
                return expected(c, "True or False");
        } else if (is_text(key, "shape") && !shaped) {
            shaped = true;
            ISO_TRY(read_shape(c, array));
        } else {
            return expected(c, "descr, fortran_order and shape, once each");
        }
        if (!accept(c, ',')) {
            if (!accept(c, '}'))
                return expected(c, "a comma or }");
            break;
        }
    }
    return typed && ordered && shaped ? ISOBIT_OK
                                      : expected(c, "descr, fortran_order and shape before");
}

isobit_status iso_npy_header(iso_array *array, size_t *total, iso_bytes head, const char *path) {
    const unsigned char *byte = (const unsigned char *)head.bytes;
    if (!head.length)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the file is empty", path);
    if (head.length < 10 || memcmp(head.bytes, "\x93NUMPY", 6) != 0)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte 0: not a NumPy array: it must begin with \\x93NUMPY", path);
    if (byte[6] < 1 || byte[6] > 3)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte 6: .npy version %d; versions 1 to 3 are known", path, byte[6]);
    size_t begin = byte[6] == 1 ? 10 : 12, length = byte[8] | (size_t)byte[9] << 8;
    if (byte[6] > 1 && head.length >= 12)
        length |= (size_t)byte[10] << 16 | (size_t)byte[11] << 24;
    if (head.length < begin || length > head.length - begin || length > ISO_NPY_MOST_HEADER)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte 8: the header is said to take %zu bytes; the file holds %zu, and "
                        "%d are the most",
                        path, length, head.length, ISO_NPY_MOST_HEADER);
    cursor c = {head.bytes, head.bytes + begin, head.bytes + begin + length, path};
    ISO_TRY(read_dict(&c, array));
    array->offset = begin + length;
    return iso_array_measure(array, total, path);
}

isobit_status iso_npy_open(iso_array *array, iso_bytes file, const char *path) {
    size_t total;
    ISO_TRY(iso_npy_header(array, &total, file, path));
    if (file.length - array->offset != total)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: the header claims %zu bytes of elements, the file holds %zu behind it",
                        path, total, file.length - array->offset);
    array->bytes = file.bytes + array->offset;
    return ISOBIT_OK;
}

isobit_status iso_parse_npy(iso_table *out, const char *bytes, size_t length,
                            const iso_wish *wish) {
    iso_array array = {.name = "x"};
    iso_table table = {0};
    if (wish->with_label)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: one array has no place for labels; save both with "
                        "numpy.savez(\"data.npz\", x=…, y=…)",
                        wish->path);
    ISO_TRY(iso_npy_open(&array, (iso_bytes){bytes, length}, wish->path));
    isobit_status status = iso_array_to_x(&table, &array, wish->path);
    if (status == ISOBIT_OK)
        *out = table;
    else
        iso_table_free(&table);
    return status;
}
