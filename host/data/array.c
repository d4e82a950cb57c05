/* Arrays in IDX and NumPy files: any element type and byte order to uint8 or float32. */
#include "base/memory.h"
#include "base/text.h"
#include "data/reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

isobit_status iso_array_measure(iso_array *array, size_t *total, const char *path) {
    size_t bytes = array->size;
    array->count = 1;
    for (size_t i = 0; i < array->dims; i++) {
        if (array->shape[i] && bytes > PTRDIFF_MAX / array->shape[i])
            return iso_fail(ISOBIT_ERROR_FORMAT, "%s: %s claims more bytes than there can be", path,
                            array->name);
        bytes *= array->shape[i];
        array->count *= array->shape[i];
    }
    *total = bytes;
    return ISOBIT_OK;
}

/* "x[17,3]" for the element at `index` in row-major order. */
static void element_name(char *text, size_t room, const iso_array *array, size_t index) {
    size_t at[ISO_MOST_DIMS] = {0}, used = 0;
    for (size_t i = array->dims; i-- > 0;) {
        at[i] = index % array->shape[i];
        index /= array->shape[i];
    }
    used += (size_t)snprintf(text, room, "%s[", array->name);
    for (size_t i = 0; i < array->dims && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, i ? ",%zu" : "%zu", at[i]);
    if (used < room)
        snprintf(text + used, room - used, "]");
}

/* Where in the file the element is that comes `index`-th in row-major order. */
static size_t element_offset(const iso_array *array, size_t index) {
    if (!array->fortran)
        return index * array->size;
    size_t offset = 0, below = array->count;
    for (size_t i = array->dims; i-- > 0;) {
        below /= array->shape[i]; /* elements between neighbours along axis i */
        offset += index % array->shape[i] * below;
        index /= array->shape[i];
    }
    return offset * array->size;
}

static uint64_t raw_bits(const iso_array *array, size_t index) {
    const unsigned char *at = (const unsigned char *)array->bytes + element_offset(array, index);
    uint64_t bits = 0;
    for (size_t i = 0; i < array->size; i++)
        bits |= (uint64_t)at[array->big_endian ? array->size - 1 - i : i] << (8 * i);
    return bits;
}

static int64_t signed_value(const iso_array *array, uint64_t bits) {
    unsigned shift = (unsigned)(64 - 8 * array->size);
    /* A size is 1 to 8: the shift is below 64. */
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    uint64_t top = bits << shift;
    int64_t value;
    memcpy(&value, &top, sizeof value);
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    return value / ((int64_t)1 << shift); /* exact: the low bits are zero */
}

static double float_value(const iso_array *array, uint64_t bits) {
    if (array->size == sizeof(double)) {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    uint32_t half = (uint32_t)bits;
    float value;
    memcpy(&value, &half, sizeof value);
    return (double)value;
}

/* Every element, rounded to float32 once. */
static isobit_status decode(float *out, const iso_array *array, const char *path) {
    for (size_t i = 0; i < array->count; i++) {
        uint64_t bits = raw_bits(array, i);
        if (array->kind == 'i') {
            out[i] = (float)signed_value(array, bits);
        } else if (array->kind != 'f') {
            out[i] = (float)bits;
        } else {
            double value = float_value(array, bits);
            out[i] = (float)value;
            if (!isfinite(out[i])) {
                char name[120];
                element_name(name, sizeof name, array, i);
                return iso_fail(ISOBIT_ERROR_FORMAT,
                                "%s: byte %zu: %s is %g; every value must be a finite float32 "
                                "number",
                                path, array->offset + element_offset(array, i), name, value);
            }
        }
    }
    return ISOBIT_OK;
}

/* Sample shape from the axes after the first. */
static iso_shape sample_shape(const iso_array *array) {
    const size_t *s = array->shape;
    switch (array->dims) {
    case 4:
        return (iso_shape){s[1], s[2], s[3]};
    case 3:
        return (iso_shape){1, s[1], s[2]};
    case 2:
        return (iso_shape){s[1], 1, 1};
    default:
        return (iso_shape){1, 1, 1};
    }
}

isobit_status iso_array_to_x(iso_table *table, const iso_array *array, const char *path) {
    if (!array->dims)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: %s is a single number; it must have one row per sample", path,
                        array->name);
    if (array->kind == 'S' || array->kind == 'U')
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: %s holds text; features must be numbers", path,
                        array->name);
    ISO_TRY(iso_check_samples(array->shape[0], path));
    if (!array->count)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: %s has samples without any feature", path,
                        array->name);
    table->samples = array->shape[0];
    table->shape = sample_shape(array);
    if (array->kind != 'u' || array->size != 1) {
        table->element = ISO_FLOAT32;
        ISO_TRY(iso_x_alloc(&table->x, array->count, sizeof(float)));
        return decode(table->x, array, path);
    }
    table->element = ISO_UINT8;
    ISO_TRY(iso_x_alloc(&table->x, array->count, 1));
    if (!array->fortran)
        memcpy(table->x, array->bytes, array->count);
    else
        for (size_t i = 0; i < array->count; i++)
            ((uint8_t *)table->x)[i] = (uint8_t)raw_bits(array, i);
    return ISOBIT_OK;
}

static isobit_status integers_to_y(iso_table *table, const iso_array *array, const iso_wish *wish) {
    int64_t *values;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_alloc(&values, array->count, sizeof *values));
    for (size_t i = 0; i < array->count && status == ISOBIT_OK; i++) {
        uint64_t bits = raw_bits(array, i);
        values[i] = array->kind == 'i' ? signed_value(array, bits) : (int64_t)(bits & INT64_MAX);
        if (array->kind != 'i' && bits > INT64_MAX)
            status = iso_fail(ISOBIT_ERROR_FORMAT,
                              "%s: byte %zu: %s[%zu] is %" PRIu64 ", out of range for a class",
                              wish->path, array->offset + element_offset(array, i), array->name, i,
                              bits);
    }
    if (status == ISOBIT_OK)
        status = iso_y_from_integers(table, values, wish);
    free(values);
    return status;
}

/* NumPy pads text with zeros; 'U' elements are code points of four bytes. */
static void append_text(iso_text *pool, const iso_array *array, size_t index) {
    iso_array one = *array;
    one.bytes += element_offset(array, index);
    one.fortran = false;
    one.size = array->kind == 'U' ? 4 : 1;
    for (size_t i = 0; i < array->size / one.size; i++) {
        uint32_t c = (uint32_t)raw_bits(&one, i);
        char utf8[4];
        size_t length = 1;
        if (!c)
            break;
        if (array->kind == 'S' || c < 0x80) {
            utf8[0] = (char)c;
        } else if (c < 0x800) {
            utf8[0] = (char)(0xC0 | c >> 6);
            length = 2;
        } else if (c < 0x10000) {
            utf8[0] = (char)(0xE0 | c >> 12);
            utf8[1] = (char)(0x80 | (c >> 6 & 0x3F));
            length = 3;
        } else {
            utf8[0] = (char)(0xF0 | (c >> 18 & 7));
            utf8[1] = (char)(0x80 | (c >> 12 & 0x3F));
            utf8[2] = (char)(0x80 | (c >> 6 & 0x3F));
            length = 4;
        }
        if (length > 1)
            utf8[length - 1] = (char)(0x80 | (c & 0x3F));
        iso_text_append(pool, utf8, length);
    }
    iso_text_append(pool, "", 1);
}

static isobit_status words_to_y(iso_table *table, const iso_array *array, const iso_wish *wish) {
    iso_text pool = {0};
    size_t *offsets = NULL;
    char *words = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&offsets, array->count, sizeof *offsets));
    for (size_t i = 0; i < array->count; i++) {
        offsets[i] = pool.length;
        append_text(&pool, array, i);
    }
    ISO_DO(iso_text_take(&pool, &words));
    status = iso_y_from_words(table, words, offsets, wish);
done:
    free(pool.text);
    free(words);
    free(offsets);
    return status;
}

static isobit_status floats_to_y(iso_table *table, const iso_array *array, size_t outputs,
                                 const iso_wish *wish) {
    float *values;
    ISO_TRY(iso_alloc(&values, array->count, sizeof *values));
    isobit_status status = decode(values, array, wish->path);
    if (status == ISOBIT_OK)
        status = iso_y_from_floats(table, &values, outputs, wish);
    free(values);
    return status;
}

isobit_status iso_array_to_y(iso_table *table, const iso_array *array, const iso_wish *wish) {
    bool text = array->kind == 'S' || array->kind == 'U';
    bool whole = array->kind != 'f' && !text;
    size_t outputs = array->dims == 2 ? array->shape[1] : 1;
    if (array->dims < 1 || array->dims > 2 || !outputs)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: %s has %zu dimensions; labels have one, targets one or two",
                        wish->path, array->name, array->dims);
    if (array->shape[0] != table->samples)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: %s holds %zu labels for %zu samples", wish->path,
                        array->name, array->shape[0], table->samples);
    if (outputs > 1 &&
        (text || wish->task == ISO_TASK_CLASSIFY || (whole && wish->task == ISO_TASK_AUTO)))
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: %s has %zu columns; a class is one number or word per sample "
                        "(one-hot rows: save their argmax; targets: task=regress)",
                        wish->path, array->name, outputs);
    if (text)
        return words_to_y(table, array, wish);
    if (whole && outputs == 1)
        return integers_to_y(table, array, wish);
    return floats_to_y(table, array, outputs, wish);
}
