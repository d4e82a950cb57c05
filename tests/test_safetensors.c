/* safetensors: what is written, what is read back, and what is refused. */
#include "run/json.h"
#include "run/safetensors.h"
#include "test_data.h"

#include <time.h>

/* Made by safetensors 0.8.0: save({"w": [[1,2],[3,-4.5]] float32, "n": [7] int64},
 * metadata={"format": "pt"}). */
static const char reference[] =
    "\x90\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":\"pt\"},\"n\":{\"dtype\":\"I64\",\"shape\":[1]"
    ","
    "\"data_offsets\":[0,8]},\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]}}   "
    "\x07\0\0\0\0\0\0\0\0\0\x80?\0\0\0@\0\0@@\0\0\x90\xc0";
enum { REFERENCE = sizeof reference - 1 };

/* A copy that iso_st_parse may own. */
static char *copy_of(const void *bytes, size_t length) {
    char *copy = malloc(length ? length : 1);
    cr_assert(copy);
    memcpy(copy, bytes, length);
    return copy;
}

static isobit_status parse(iso_st_file *out, const void *bytes, size_t length) {
    return iso_st_parse(out, "m.safetensors", copy_of(bytes, length), length);
}

/* Header text and `data` bytes of zeros as a file. */
static isobit_status parse_header(const char *header, size_t data) {
    const size_t length = strlen(header);
    char *bytes = calloc(8 + length + data, 1);
    iso_st_file file;
    cr_assert(bytes);
    bytes[0] = (char)(length & 0xFF);
    bytes[1] = (char)(length >> 8);
    memcpy(bytes + 8, header, length);
    isobit_status status = iso_st_parse(&file, "m.safetensors", bytes, 8 + length + data);
    iso_st_free(&file);
    return status;
}

Test(safetensors, reads_a_file_of_the_reference_implementation) {
    iso_st_file file;
    WORKS(parse(&file, reference, REFERENCE));
    cr_assert_eq(file.tensor_count, 2);
    cr_assert_str_eq(iso_st_note(&file, "format"), "pt");
    cr_assert_null(iso_st_note(&file, "other"));
    cr_assert_null(iso_st_find(&file, "x"));
    const iso_st_tensor *w = iso_st_find(&file, "w");
    cr_assert_eq(w->rank, 2);
    cr_assert_eq(w->shape[0], 2);
    cr_assert_eq(w->shape[1], 2);
    cr_assert_str_eq(w->type, "F32");
    const float expected[] = {1, 2, 3, -4.5f};
    cr_assert_arr_eq(w->data, expected, sizeof expected);
    iso_st_free(&file);
}

/* Looked up one by one without an index, so many names would take minutes. */
Test(safetensors, the_names_of_very_many_tensors_are_looked_up_at_once) {
    enum { MANY = 200000, ROOM = 80 };
    char *bytes = calloc(8 + (size_t)MANY * ROOM, 1), name[24];
    size_t length = 8;
    iso_st_file file;
    cr_assert(bytes);
    for (size_t i = 0; i < MANY; i++)
        length += (size_t)sprintf(bytes + length,
                                  "%c\"%zu.weight\":{\"dtype\":\"F32\",\"shape\":[0],"
                                  "\"data_offsets\":[0,0]}",
                                  i ? ',' : '{', i * 7919 % MANY);
    bytes[length++] = '}';
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (char)((length - 8) >> 8 * i & 0xFF);
    WORKS(iso_st_parse(&file, "m.safetensors", bytes, length));
    cr_assert_eq(file.tensor_count, MANY);
    const clock_t begin = clock();
    for (size_t i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%zu.weight", i);
        const iso_st_tensor *tensor = iso_st_find(&file, name);
        cr_assert(tensor && !strcmp(tensor->name, name));
    }
    cr_assert_lt((double)(clock() - begin) / CLOCKS_PER_SEC, 5);
    cr_assert_null(iso_st_find(&file, "0.weigh"));
    iso_st_free(&file);
}

Test(safetensors, what_is_written_is_read_back_in_order_and_padded) {
    const float values[] = {1.5f, -2, 3};
    iso_st_tensor tensors[] = {
        {.name = "z", .type = "F32", .shape = {3}, .rank = 1, .data = values, .bytes = 12},
        {.name = "a\"\\\n\xC3\xA9", .type = "F32", .rank = 0, .data = values, .bytes = 4}};
    struct iso_st_note notes[] = {{"z", "1"}, {"a", "quote \" and \x01"}};
    const iso_st_file made = {
        .tensors = tensors, .tensor_count = 2, .notes = notes, .note_count = 2};
    iso_st_file file;
    char *bytes, *again;
    size_t length, length_again;
    WORKS(iso_st_format(&made, &bytes, &length));
    WORKS(iso_st_format(&made, &again, &length_again));
    cr_assert_eq(length, length_again);
    cr_assert_arr_eq(bytes, again, length);
    cr_assert_eq((unsigned char)bytes[0] % 8, 0);
    WORKS(iso_st_parse(&file, "m.safetensors", bytes, length));
    cr_assert_str_eq(file.notes[0].name, "z");
    cr_assert_str_eq(file.notes[1].value, "quote \" and \x01");
    cr_assert_str_eq(file.tensors[0].name, "z");
    cr_assert_str_eq(file.tensors[1].name, tensors[1].name);
    cr_assert_arr_eq(file.tensors[0].data, values, sizeof values);
    cr_assert_eq(file.tensors[1].rank, 0);
    iso_st_free(&file);
    free(again);
}

Test(safetensors, a_file_cut_anywhere_is_refused) {
    for (size_t length = 0; length < REFERENCE; length++) {
        iso_st_file file;
        cr_assert_eq(parse(&file, reference, length), ISOBIT_ERROR_FORMAT, "%zu bytes", length);
        cr_assert_null(file.bytes);
        cr_assert(strstr(isobit_error(), "m.safetensors: "), "%s", isobit_error());
    }
}

Test(safetensors, any_byte_changed_is_refused_or_read_without_harm) {
    for (size_t at = 0; at < REFERENCE; at++)
        for (unsigned value = 0; value < 256; value += 5) {
            char changed[REFERENCE];
            iso_st_file file;
            memcpy(changed, reference, REFERENCE);
            changed[at] = (char)value;
            if (parse(&file, changed, REFERENCE) != ISOBIT_OK)
                continue;
            for (size_t i = 0; i < file.tensor_count; i++)
                free(copy_of(file.tensors[i].data, file.tensors[i].bytes));
            iso_st_free(&file);
        }
}

#define TENSOR(offsets, shape)                                                                     \
    "{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

Test(safetensors, lying_headers_are_refused_with_the_reason) {
    static const struct {
        const char *header;
        size_t data;
        const char *reason;
    } cases[] = {
        {"[]", 0, "the header is no JSON object"},
        {"{", 0, "the header is no JSON"},
        {"{} x", 0, "the header is no JSON"},
        {"{}", 4, "4 bytes after the last tensor"},
        {"{\"a\":1}", 0, "tensor \"a\": its dtype is missing"},
        {"{\"a\":{\"dtype\":\"F31\"}}", 0, "unknown dtype \"F31\""},
        {"{\"a\":{\"dtype\":\"F32\"}}", 0, "its shape is missing"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "its data_offsets are missing"},
        {"{\"a\":" TENSOR("[0,4]", "[-1]") "}", 4, "something else than sizes"},
        {"{\"a\":" TENSOR("[0,4]", "[1.0]") "}", 4, "something else than sizes"},
        {"{\"a\":" TENSOR("[-4,4]", "[2]") "}", 4, "no [begin, end]"},
        {"{\"a\":" TENSOR("[4,0]", "[1]") "}", 4, "no [begin, end]"},
        {"{\"a\":" TENSOR("[0,8]", "[2]") "}", 4,
         "ends at byte 8 of the data, but there are only 4"},
        {"{\"a\":" TENSOR("[0,4]", "[2]") "}", 4, "span 4 bytes, its shape and type take 8"},
        {"{\"a\":" TENSOR("[0,0]", "[4611686018427387904,4]") "}", 0, "larger than any file"},
        {"{\"a\":" TENSOR("[0,0]", "[99999999999999999999]") "}", 0, "the header is no JSON"},
        {"{\"a\":" TENSOR("[0,4]", "[1]") ",\"a\":" TENSOR("[0,4]", "[1]") "}", 4, "no JSON"},
        {"{\"a\":" TENSOR("[0,8]", "[2]") ",\"b\":" TENSOR("[4,12]", "[2]") "}", 12,
         "tensor \"b\": it overlaps another one"},
        {"{\"a\":" TENSOR("[0,4]", "[1]") ",\"b\":" TENSOR("[8,12]", "[1]") "}", 12,
         "tensor \"b\": there is a gap before it"},
        {"{\"a\":" TENSOR("[0,4]", "[1,1,1,1,1,1,1,1,1]") "}", 4, "more than 8 sizes"},
        {"{\"__metadata__\":[]}", 0, "__metadata__ is no JSON object"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "\"a\" is no string"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(parse_header(cases[i].header, cases[i].data), ISOBIT_ERROR_FORMAT, "%s",
                     cases[i].header);
        cr_assert(strstr(isobit_error(), cases[i].reason), "%s: %s", cases[i].header,
                  isobit_error());
    }
}

Test(safetensors, a_huge_header_is_refused_before_it_is_read) {
    iso_st_file file;
    BAD_FORMAT(parse(&file, "\0\0\0\0\0\0\0\x80{}", 10),
               "m.safetensors: this is no safetensors file: it would have a header of "
               "9223372036854775808 bytes (at most 100000000)");
    BAD_FORMAT(
        parse(&file, "\x09\0\0\0\0\0\0\0{}", 10),
        "m.safetensors: claims a header of 9 bytes, but only 2 follow; the file is cut short "
        "or no safetensors file");
}

Test(json, numbers_are_the_shortest_that_read_back) {
    char text[ISO_NUMBER_SIZE];
    static const struct {
        double value;
        const char *text;
    } doubles[] = {{0.1, "0.1"}, {1.0 / 3, "0.3333333333333333"}, {1e-300, "1e-300"}, {0, "0"}};
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        iso_shortest_double(doubles[i].value, text);
        cr_assert_str_eq(text, doubles[i].text);
    }
    iso_shortest_float(0.1f, text);
    cr_assert_str_eq(text, "0.1");
    for (uint32_t bits = 1; bits < 0x7F800000; bits += 999983) {
        float value;
        memcpy(&value, &bits, sizeof value);
        iso_shortest_float(value, text);
        cr_assert_eq((float)strtod(text, NULL), value, "%s", text);
    }
}

Test(json, text_that_is_no_utf8_is_made_so) {
    static const char *const bad[] = {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80",
                                      "\xC3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        iso_text text = {0};
        iso_json json = {.text = &text};
        char *done;
        cr_assert_not(iso_is_utf8(bad[i]));
        iso_json_string(&json, NULL, bad[i]);
        WORKS(iso_text_take(&text, &done));
        cr_assert(iso_is_utf8(done));
        free(done);
    }
    cr_assert(iso_is_utf8("h\xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80"));
}
