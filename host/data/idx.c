/* IDX, the format of the MNIST family: 0, 0, a type, the number of dimensions, each dimension as
 * a big-endian 32-bit number, then the elements, big-endian. Plain or gzip-compressed. */
#include "base/file.h"
#include "base/memory.h"
#include "data/inflate.h"
#include "data/reader.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_HEADER = 4 + 4 * ISO_MOST_DIMS };

static bool is_gzip(iso_bytes file) {
    return file.length >= 2 && (unsigned char)file.bytes[0] == 0x1f &&
           (unsigned char)file.bytes[1] == 0x8b;
}

static bool element_type(unsigned char code, iso_array *array) {
    static const struct {
        unsigned char code;
        char kind;
        size_t size;
    } types[] = {{0x08, 'u', 1}, {0x09, 'i', 1}, {0x0B, 'i', 2},
                 {0x0C, 'i', 4}, {0x0D, 'f', 4}, {0x0E, 'f', 8}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code) {
            array->kind = types[i].kind;
            array->size = types[i].size;
            return true;
        }
    return false;
}

/* Fill the array's type and shape from the first bytes; *total is what the elements take. */
static isobit_status parse_header(iso_array *array, size_t *total, iso_bytes head,
                                  const char *path) {
    const unsigned char *byte = (const unsigned char *)head.bytes;
    if (!head.length)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the file is empty", path);
    if (head.length < 4 || byte[0] || byte[1])
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte 0: not an IDX file: it must begin with two zero bytes, a type "
                        "and a number of dimensions",
                        path);
    if (!element_type(byte[2], array))
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte 2: type 0x%02x; known are 0x08 (ubyte), 0x09 (byte), 0x0b "
                        "(short), 0x0c (int), 0x0d (float) and 0x0e (double)",
                        path, byte[2]);
    if (byte[3] < 1 || byte[3] > ISO_MOST_DIMS)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: byte 3: %d dimensions; from 1 to %d are possible",
                        path, byte[3], ISO_MOST_DIMS);
    array->dims = byte[3];
    array->offset = 4 + 4 * array->dims;
    array->big_endian = true;
    if (head.length < array->offset)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte %zu: the header is cut short; %zu dimensions take %zu bytes",
                        path, head.length, array->dims, array->offset);
    for (size_t i = 0; i < array->dims; i++) {
        const unsigned char *at = byte + 4 + 4 * i;
        array->shape[i] = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    }
    return iso_array_measure(array, total, path);
}

static isobit_status wrong_length(size_t claimed, size_t holds, bool at_least, const char *path) {
    return iso_fail(ISOBIT_ERROR_FORMAT,
                    "%s: byte 4: the header claims %zu bytes in all, the file %s %zu", path,
                    claimed, at_least ? "holds more than" : "holds", holds);
}

/* Unpack exactly what the header of a gzip file claims. */
static isobit_status unpack(char **unpacked, iso_bytes *file, const char *path) {
    char head[MOST_HEADER], *whole = NULL;
    size_t got, total;
    bool ended;
    iso_array array = {.name = "the header"};
    ISO_TRY(iso_inflate(ISO_PACKED_GZIP, file->bytes, file->length, head, sizeof head, &got, &ended,
                        path));
    ISO_TRY(parse_header(&array, &total, (iso_bytes){head, got}, path));
    total += array.offset;
    if (!iso_inflate_may_hold(file->length, total))
        return iso_fail(
            ISOBIT_ERROR_FORMAT,
            "%s: byte 4: the header claims %zu bytes in all, more than %zu packed bytes "
            "can hold",
            path, total, file->length);
    ISO_TRY(iso_alloc(&whole, total, 1));
    isobit_status status =
        iso_inflate(ISO_PACKED_GZIP, file->bytes, file->length, whole, total, &got, &ended, path);
    if (status == ISOBIT_OK && (!ended || got != total))
        status = wrong_length(total, got, !ended, path);
    if (status != ISOBIT_OK) {
        free(whole);
        return status;
    }
    *unpacked = whole;
    *file = (iso_bytes){whole, total};
    return ISOBIT_OK;
}

/* The array of a plain file, which must be exactly as long as its header says. */
static isobit_status open_array(iso_array *array, iso_bytes file, const char *path) {
    size_t total;
    ISO_TRY(parse_header(array, &total, file, path));
    if (file.length - array->offset != total)
        return wrong_length(total + array->offset, file.length, false, path);
    array->bytes = file.bytes + array->offset;
    return ISOBIT_OK;
}

static isobit_status parse_images(iso_table *out, iso_bytes file, const char *path) {
    iso_array array = {.name = "x"};
    char *unpacked = NULL;
    isobit_status status = ISOBIT_OK;
    if (is_gzip(file))
        ISO_DO(unpack(&unpacked, &file, path));
    ISO_DO(open_array(&array, file, path));
    if (array.dims == 1)
        status = iso_fail(ISOBIT_ERROR_FORMAT,
                          "%s: byte 3: one dimension, so these are labels; give the file with the "
                          "images",
                          path);
    else
        status = iso_array_to_x(out, &array, path);
done:
    free(unpacked);
    return status;
}

static isobit_status parse_labels(iso_table *out, iso_bytes file, const char *path,
                                  const iso_wish *wish) {
    iso_array array = {.name = "y"};
    iso_wish here = *wish;
    char *unpacked = NULL;
    isobit_status status = ISOBIT_OK;
    here.path = path;
    if (is_gzip(file))
        ISO_DO(unpack(&unpacked, &file, path));
    ISO_DO(open_array(&array, file, path));
    if (array.shape[0] != out->samples)
        status = iso_fail(ISOBIT_ERROR_FORMAT, "%s: byte 4: %zu labels for %zu images", path,
                          array.shape[0], out->samples);
    else
        status = iso_array_to_y(out, &array, &here);
done:
    free(unpacked);
    return status;
}

isobit_status iso_parse_idx(iso_table *out, iso_bytes images, const iso_bytes *labels,
                            const char *labels_path, const iso_wish *wish) {
    iso_table table = {0};
    isobit_status status;
    ISO_DO(parse_images(&table, images, wish->path));
    if (labels)
        ISO_DO(parse_labels(&table, *labels, labels_path, wish));
    *out = table;
    return ISOBIT_OK;
done:
    iso_table_free(&table);
    return status;
}
