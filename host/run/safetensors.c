/* safetensors, as https://github.com/huggingface/safetensors describes it: header length (8 bytes,
 * little-endian), JSON header padded with blanks to a multiple of 8, tensors without gaps. */
#include "run/safetensors.h"

#include "base/memory.h"
#include "run/json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_SIZE = 8, MOST_HEADER = 100000000, MOST_RANK = 8 };

static const struct {
    const char *name;
    size_t size;
} types[] = {{"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4}, {"I16", 2},
             {"I8", 1},  {"U64", 8}, {"U32", 4}, {"U16", 2},  {"U8", 1},  {"BOOL", 1}};

static size_t type_size(const char *name) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, name))
            return types[i].size;
    return 0;
}

void iso_st_free(iso_st_file *file) {
    for (size_t i = 0; i < file->tensor_count; i++)
        free(file->tensors[i].name);
    for (size_t i = 0; i < file->note_count; i++) {
        free(file->notes[i].name);
        free(file->notes[i].value);
    }
    free(file->tensors);
    free(file->by_name);
    free(file->notes);
    free(file->bytes);
    *file = (iso_st_file){0};
}

static int by_name(const void *a, const void *b) {
    const iso_st_tensor *x = *(const iso_st_tensor *const *)a,
                        *y = *(const iso_st_tensor *const *)b;
    return strcmp(x->name, y->name);
}

static int name_against(const void *name, const void *tensor) {
    return strcmp(name, (*(const iso_st_tensor *const *)tensor)->name);
}

/* The pointers to tensors, in some order; the caller frees them. */
static isobit_status sort(const iso_st_tensor ***out, const iso_st_file *file,
                          int (*order)(const void *, const void *)) {
    const iso_st_tensor **sorted;
    ISO_TRY(iso_alloc(&sorted, file->tensor_count, sizeof *sorted));
    for (size_t i = 0; i < file->tensor_count; i++)
        sorted[i] = &file->tensors[i];
    qsort(sorted, file->tensor_count, sizeof *sorted, order);
    *out = sorted;
    return ISOBIT_OK;
}

const iso_st_tensor *iso_st_find(const iso_st_file *file, const char *name) {
    const iso_st_tensor *const *found =
        bsearch(name, file->by_name, file->tensor_count, sizeof *file->by_name, name_against);
    return found ? *found : NULL;
}

const char *iso_st_note(const iso_st_file *file, const char *name) {
    for (size_t i = 0; i < file->note_count; i++)
        if (!strcmp(file->notes[i].name, name))
            return file->notes[i].value;
    return NULL;
}

/* -------------------------------------------------------------------------------- writing -- */

static void add_tensor(iso_json *json, const iso_st_tensor *tensor, size_t begin) {
    iso_json_open(json, tensor->name, '{');
    iso_json_string(json, "dtype", tensor->type);
    iso_json_open(json, "shape", '[');
    for (unsigned i = 0; i < tensor->rank; i++)
        iso_json_integer(json, NULL, tensor->shape[i]);
    iso_json_close(json, ']');
    iso_json_open(json, "data_offsets", '[');
    iso_json_integer(json, NULL, begin);
    iso_json_integer(json, NULL, begin + tensor->bytes);
    iso_json_close(json, ']');
    iso_json_close(json, '}');
}

static void add_header(iso_text *text, const iso_st_file *file) {
    iso_json json = {.text = text};
    size_t at = 0;
    iso_json_open(&json, NULL, '{');
    if (file->note_count) {
        iso_json_open(&json, "__metadata__", '{');
        for (size_t i = 0; i < file->note_count; i++)
            iso_json_string(&json, file->notes[i].name, file->notes[i].value);
        iso_json_close(&json, '}');
    }
    for (size_t i = 0; i < file->tensor_count; at += file->tensors[i++].bytes)
        add_tensor(&json, &file->tensors[i], at);
    iso_json_close(&json, '}');
    while (text->length % LENGTH_SIZE && text->status == ISOBIT_OK)
        iso_text_append(text, " ", 1);
}

isobit_status iso_st_format(const iso_st_file *file, char **bytes, size_t *length) {
    static const char room[LENGTH_SIZE] = "\0";
    iso_text text = {0};
    char *done;
    iso_text_append(&text, room, LENGTH_SIZE);
    add_header(&text, file);
    const size_t header = text.length - LENGTH_SIZE;
    for (size_t i = 0; i < file->tensor_count; i++)
        iso_text_append(&text, file->tensors[i].data, file->tensors[i].bytes);
    const size_t all = text.length;
    ISO_TRY(iso_text_take(&text, &done));
    if (header > MOST_HEADER) {
        free(done);
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "the model file's header would be %zu bytes; safetensors allows %d", header,
                        MOST_HEADER);
    }
    for (size_t i = 0; i < LENGTH_SIZE; i++)
        done[i] = (char)(unsigned char)(header >> 8 * i & 0xFF);
    *bytes = done;
    *length = all;
    return ISOBIT_OK;
}

/* -------------------------------------------------------------------------------- reading -- */

/* What is being read. */
typedef struct reading {
    iso_st_file *file;
    const char *name; /* for messages */
    const char *data; /* the tensors' bytes */
    size_t length;    /* of these */
} reading;

static isobit_status wrong(const reading *in, const char *tensor, const char *what) {
    return iso_fail(ISOBIT_ERROR_FORMAT, "%s: tensor \"%.100s\": %s", in->name, tensor, what);
}

static isobit_status read_notes(const reading *in, json_t *object) {
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: __metadata__ is no JSON object", in->name);
    ISO_TRY(iso_alloc(&in->file->notes, json_object_size(object), sizeof *in->file->notes));
    json_object_foreach(object, key, value) {
        struct iso_st_note *note = &in->file->notes[in->file->note_count];
        if (!json_is_string(value))
            return iso_fail(ISOBIT_ERROR_FORMAT, "%s: __metadata__: \"%.100s\" is no string",
                            in->name, key);
        in->file->note_count++;
        ISO_TRY(iso_copy(&note->name, key));
        ISO_TRY(iso_copy(&note->value, json_string_value(value)));
    }
    return ISOBIT_OK;
}

/* A whole number that is not negative. */
static bool read_size(const json_t *value, size_t *out) {
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

static isobit_status read_shape(const reading *in, iso_st_tensor *tensor, const json_t *shape,
                                size_t *bytes) {
    size_t count = type_size(tensor->type);
    if (!json_is_array(shape))
        return wrong(in, tensor->name, "its shape is missing or no list");
    if (json_array_size(shape) > MOST_RANK)
        return wrong(in, tensor->name, "its shape has more than 8 sizes");
    for (size_t i = 0; i < json_array_size(shape); i++) {
        size_t *size = &tensor->shape[tensor->rank++];
        if (!read_size(json_array_get(shape, i), size))
            return wrong(in, tensor->name, "its shape holds something else than sizes");
        if (__builtin_mul_overflow(count, *size, &count))
            return wrong(in, tensor->name, "its shape is larger than any file");
    }
    *bytes = count;
    return ISOBIT_OK;
}

/* Where the tensor lies; the size must be what shape and type make it. */
static isobit_status read_place(const reading *in, iso_st_tensor *tensor, const json_t *offsets,
                                size_t bytes) {
    size_t begin, end;
    if (!json_is_array(offsets) || json_array_size(offsets) != 2 ||
        !read_size(json_array_get(offsets, 0), &begin) ||
        !read_size(json_array_get(offsets, 1), &end) || begin > end)
        return wrong(in, tensor->name, "its data_offsets are missing or no [begin, end]");
    if (end > in->length)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: tensor \"%.100s\": ends at byte %zu of the data, but there are only "
                        "%zu; the file is cut short or damaged",
                        in->name, tensor->name, end, in->length);
    if (end - begin != bytes)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: tensor \"%.100s\": its data_offsets span %zu bytes, its shape and "
                        "type take %zu",
                        in->name, tensor->name, end - begin, bytes);
    tensor->data = in->data + begin;
    tensor->bytes = bytes;
    return ISOBIT_OK;
}

static isobit_status read_tensor(const reading *in, const char *name, const json_t *object) {
    iso_st_tensor *tensor = &in->file->tensors[in->file->tensor_count];
    const char *type = json_string_value(json_object_get(object, "dtype"));
    size_t bytes = 0;
    ISO_TRY(iso_copy(&tensor->name, name));
    in->file->tensor_count++;
    if (!type)
        return wrong(in, name, "its dtype is missing");
    if (!type_size(type))
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: tensor \"%.100s\": unknown dtype \"%.20s\"",
                        in->name, name, type);
    memcpy(tensor->type, type, strlen(type) + 1); /* known, so short enough */
    ISO_TRY(read_shape(in, tensor, json_object_get(object, "shape"), &bytes));
    return read_place(in, tensor, json_object_get(object, "data_offsets"), bytes);
}

static int by_place(const void *a, const void *b) {
    const iso_st_tensor *x = *(const iso_st_tensor *const *)a,
                        *y = *(const iso_st_tensor *const *)b;
    const char *p = x->data, *q = y->data;
    if (p != q)
        return p < q ? -1 : 1;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes); /* empty ones first */
}

/* Tensors side by side from the first byte to the last. */
static isobit_status check_coverage(const reading *in) {
    const iso_st_tensor **sorted;
    const char *at = in->data;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(sort(&sorted, in->file, by_place));
    for (size_t i = 0; i < in->file->tensor_count && status == ISOBIT_OK; i++) {
        const char *begin = sorted[i]->data;
        if (begin != at)
            status = wrong(in, sorted[i]->name,
                           begin < at ? "it overlaps another one" : "there is a gap before it");
        at = begin + sorted[i]->bytes;
    }
    if (status == ISOBIT_OK && at != in->data + in->length)
        status = iso_fail(ISOBIT_ERROR_FORMAT, "%s: %zu bytes after the last tensor", in->name,
                          (size_t)(in->data + in->length - at));
    free(sorted);
    return status;
}

static isobit_status read_header(const reading *in, json_t *header) {
    const char *key;
    json_t *value;
    if (!json_is_object(header))
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the header is no JSON object", in->name);
    ISO_TRY(iso_alloc(&in->file->tensors, json_object_size(header), sizeof *in->file->tensors));
    json_object_foreach(header, key, value) {
        if (!strcmp(key, "__metadata__"))
            ISO_TRY(read_notes(in, value));
        else
            ISO_TRY(read_tensor(in, key, value));
    }
    ISO_TRY(sort(&in->file->by_name, in->file, by_name));
    return check_coverage(in);
}

/* Cut the bytes into header and data. */
static isobit_status parse(const reading *whole, const char *bytes, size_t length) {
    uint64_t header = 0;
    if (length < LENGTH_SIZE)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: %zu bytes; a safetensors file begins with 8 of header length",
                        whole->name, length);
    for (size_t i = 0; i < LENGTH_SIZE; i++)
        header |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
    if (header > MOST_HEADER)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: this is no safetensors file: it would have a header of %" PRIu64
                        " bytes (at most %d)",
                        whole->name, header, MOST_HEADER);
    if (header > length - LENGTH_SIZE)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: claims a header of %" PRIu64 " bytes, but only %zu follow; the file "
                        "is cut short or no safetensors file",
                        whole->name, header, length - LENGTH_SIZE);
    reading in = *whole;
    json_error_t why;
    errno = 0;
    json_t *json = json_loadb(bytes + LENGTH_SIZE, (size_t)header, JSON_REJECT_DUPLICATES, &why);
    if (!json)
        return iso_json_fail("%s: byte %d: the header is no JSON: %s", in.name,
                             why.position + LENGTH_SIZE, why.text);
    in.data = bytes + LENGTH_SIZE + header;
    in.length = length - LENGTH_SIZE - (size_t)header;
    isobit_status status = read_header(&in, json);
    json_decref(json);
    return status;
}

isobit_status iso_st_parse(iso_st_file *out, const char *name, char *bytes, size_t length) {
    *out = (iso_st_file){.bytes = bytes};
    reading in = {.file = out, .name = name};
    isobit_status status = parse(&in, bytes, length);
    if (status != ISOBIT_OK)
        iso_st_free(out);
    return status;
}
