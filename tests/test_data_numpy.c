/* .npy and .npz. The files in tests/data come from NumPy itself: tests/data/make_arrays.py. */
#include "base/file.h"
#include "base/settings.h"
#include "data/npy.h"
#include "data/npz.h"
#include "data/zip.h"
#include "test_data.h"

#include <zlib.h>

static char *slurp(const char *path, size_t *length) {
    char *bytes;
    WORKS(iso_file_read(path, SIZE_MAX, &bytes, length));
    return bytes;
}

static isobit_status load(isobit_data **out, const char *path, const char *task) {
    isobit_settings *settings;
    WORKS(isobit_settings_new(&settings));
    WORKS(isobit_settings_set(settings, "task", task));
    isobit_status status = isobit_data_load(out, path, settings);
    isobit_settings_free(settings);
    return status;
}

Test(data_numpy, every_element_type_gives_the_same_values) {
    size_t length, features = 4;
    char *bytes = slurp(TEST_FILE("types.npz"), &length), name[20];
    iso_npz_member member;
    iso_zip archive;
    size_t types = 0;
    WORKS(iso_zip_open(&archive, (iso_bytes){bytes, length}, "types.npz"));
    for (;; types++) {
        iso_table table = {0};
        snprintf(name, sizeof name, "type%zu", types);
        WORKS(iso_npz_open(&member, &archive, name));
        if (!member.file)
            break;
        WORKS(iso_array_to_x(&table, &member.array, member.place));
        cr_assert_eq(table.samples, 3);
        cr_assert_eq(iso_shape_size(table.shape), features);
        bool is_signed = member.array.kind == 'i' || member.array.kind == 'f';
        for (size_t i = 0; i < 12; i++) {
            float got =
                table.element == ISO_UINT8 ? (float)((uint8_t *)table.x)[i] : ((float *)table.x)[i];
            float expected = (float)i - (is_signed ? 6.0f : 0.0f);
            if (member.array.kind == 'b')
                expected = (float)(i % 2);
            cr_assert_eq(got, expected, "%s[%zu] is %g", name, i, (double)got);
        }
        cr_assert_eq(table.element == ISO_UINT8, types == 1);
        iso_table_free(&table);
        iso_npz_close(&member);
    }
    cr_assert_eq(types, 14);
    iso_zip_close(&archive);
    free(bytes);
}

Test(data_numpy, fortran_order_and_header_versions_are_read) {
    iso_table table;
    WORKS(iso_read_table(&table, TEST_FILE("fortran.npy"), false, NULL));
    cr_assert(table.samples == 2 && table.shape.channels == 1 && table.shape.height == 3 &&
              table.shape.width == 4);
    for (size_t i = 0; i < 24; i++)
        cr_assert_eq(((float *)table.x)[i], (float)i);
    iso_table_free(&table);
    WORKS(iso_read_table(&table, TEST_FILE("fortran_bytes.npy"), false, NULL));
    for (size_t i = 0; i < 12; i++)
        cr_assert_eq(((uint8_t *)table.x)[i], i);
    iso_table_free(&table);
    static const char *const files[] = {TEST_FILE("version2.npy"), TEST_FILE("version3.npy")};
    for (size_t k = 0; k < 2; k++) {
        WORKS(iso_read_table(&table, files[k], false, NULL));
        for (size_t i = 0; i < 12; i++)
            cr_assert_eq(((float *)table.x)[i], (float)i);
        iso_table_free(&table);
    }
}

Test(data_numpy, npz_files_stored_deflated_and_streamed_are_read) {
    isobit_data *data;
    WORKS(isobit_data_load(&data, TEST_FILE("stored.npz"), NULL));
    cr_assert_str_eq(data->name, "stored");
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TRAIN), 3);
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TEST), 1);
    cr_assert(data->element == ISO_UINT8 && data->classes == 2);
    cr_assert_str_eq(data->class_names[0], "-3");
    cr_assert(data->labels[0] == 1 && data->labels[1] == 0 && data->labels[3] == 0);
    isobit_data_free(data);
    WORKS(isobit_data_load(&data, TEST_FILE("deflated.npz"), NULL));
    cr_assert(data->samples == 500 && data->shape.height == 8 && data->classes == 3);
    cr_assert_eq(((float *)data->x)[500 * 64 - 1], 0.5f);
    isobit_data_free(data);
    WORKS(isobit_data_load(&data, TEST_FILE("streamed.npz"), NULL));
    cr_assert(data->samples == 3 && data->labels[2] == 2);
    isobit_data_free(data);
}

Test(data_numpy, targets_have_columns_and_words_are_classes) {
    isobit_data *data;
    WORKS(isobit_data_load(&data, TEST_FILE("targets.npz"), NULL));
    cr_assert(data->outputs == 2 && data->classes == 0 && data->targets[5] == 1.25f);
    isobit_data_free(data);
    WORKS(isobit_data_load(&data, TEST_FILE("words.npz"), NULL));
    cr_assert(data->classes == 2 && data->labels[0] == 1 && data->labels[1] == 0);
    cr_assert_str_eq(data->class_names[0], "cät");
    isobit_data_free(data);
    WORKS(load(&data, TEST_FILE("one_hot.npz"), "regress"));
    cr_assert(data->outputs == 3 && data->targets[4] == 1);
    isobit_data_free(data);
    WORKS(load(&data, TEST_FILE("stored.npz"), "regress"));
    cr_assert(data->outputs == 1 && data->targets[3] == -3);
    isobit_data_free(data);
}

Test(data_numpy, y_that_is_no_label_is_refused_with_the_way_out) {
    isobit_data *data;
    BAD_FORMAT(isobit_data_load(&data, TEST_FILE("one_hot.npz"), NULL),
               TEST_FILE("one_hot.npz") ": y.npy: y has 3 columns; a class is one number or word "
                                        "per sample (one-hot rows: save their argmax; targets: "
                                        "task=regress)");
    BAD_FORMAT(load(&data, TEST_FILE("words.npz"), "regress"),
               TEST_FILE("words.npz") ": y.npy: sample 1: the label \"dog\" is a word; with "
                                      "task=regress labels are numbers");
    BAD_FORMAT(isobit_data_load(&data, TEST_FILE("records.npz"), NULL),
               TEST_FILE("records.npz") ": x.npy: byte 21: an array of records; save plain arrays "
                                        "of numbers");
    BAD_FORMAT(isobit_data_load(&data, TEST_FILE("version2.npy"), NULL),
               TEST_FILE("version2.npy") ": one array has no place for labels; save both with "
                                         "numpy.savez(\"data.npz\", x=…, y=…)");
}

/* A version 1 file with this header text and then `elements` zero bytes. */
static isobit_status parse_npy(iso_table *out, const char *header, size_t elements) {
    char file[512] = "\x93NUMPY\1\0";
    size_t length = strlen(header);
    iso_wish wish = {"x.npy", false, "", ISO_TASK_AUTO};
    file[8] = (char)(length & 255);
    file[9] = (char)(length >> 8);
    memcpy(file + 10, header, length);
    return iso_parse_npy(out, file, 10 + length + elements, &wish);
}

Test(data_numpy, damaged_and_lying_headers_are_refused_with_their_place) {
    iso_table table;
    iso_wish wish = {"x.npy", false, "", ISO_TASK_AUTO};
    BAD_FORMAT(iso_parse_npy(&table, "", 0, &wish), "x.npy: the file is empty");
    BAD_FORMAT(iso_parse_npy(&table, "not NumPy at all", 16, &wish),
               "x.npy: byte 0: not a NumPy array: it must begin with \\x93NUMPY");
    BAD_FORMAT(iso_parse_npy(&table, "\x93NUMPY\4\0\2\0{}", 12, &wish),
               "x.npy: byte 6: .npy version 4; versions 1 to 3 are known");
    BAD_FORMAT(
        iso_parse_npy(&table, "\x93NUMPY\1\0\3\0{}", 12, &wish),
        "x.npy: byte 8: the header is said to take 3 bytes; the file holds 12, and 65536 are "
        "the most");
    BAD_FORMAT(parse_npy(&table, "{'descr': '<f4'", 0),
               "x.npy: byte 25: the .npy header is damaged: expected a comma or }");
    BAD_FORMAT(
        parse_npy(&table, "{'descr': '<f4', 'shape': (2, 2), }", 16),
        "x.npy: byte 45: the .npy header is damaged: expected descr, fortran_order and shape "
        "before");
    BAD_FORMAT(parse_npy(&table, "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", 16),
               "x.npy: byte 21: elements of type \"|O\"; known are bool, int8 to int64, uint8 to "
               "uint64, float32, float64 and, for labels, text");
    BAD_FORMAT(parse_npy(&table, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 12),
               "x.npy: the header claims 16 bytes of elements, the file holds 12 behind it");
    BAD_FORMAT(parse_npy(&table, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 20),
               "x.npy: the header claims 16 bytes of elements, the file holds 20 behind it");
    BAD_FORMAT(parse_npy(&table,
                         "{'descr': '<f8', 'fortran_order': False, "
                         "'shape': (4294967296, 4294967296), }",
                         0),
               "x.npy: x claims more bytes than there can be");
    BAD_FORMAT(parse_npy(&table, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }", 0),
               "x.npy: there are no samples in it");
    BAD_FORMAT(parse_npy(&table, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4),
               "x.npy: x is a single number; it must have one row per sample");
    BAD_FORMAT(parse_npy(&table, "{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", 4),
               "x.npy: x holds text; features must be numbers");
    BAD_FORMAT(
        parse_npy(&table, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1), }", 4),
        "x.npy: byte 69: more than 4 dimensions; samples have at most three");
    BAD_FORMAT(parse_npy(&table, "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4),
               "x.npy: byte 61: the .npy header is damaged: expected a number");
}

Test(data_numpy, a_value_that_is_not_finite_is_refused_with_its_place) {
    char file[200] =
        "\x93NUMPY\1\0\x3b\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
    iso_wish wish = {"x.npy", false, "", ISO_TASK_AUTO};
    iso_table table;
    memcpy(file + 69 + 8, "\0\0\x80\xff", 4);
    BAD_FORMAT(iso_parse_npy(&table, file, 69 + 16, &wish),
               "x.npy: byte 77: x[1,0] is -inf; every value must be a finite float32 number");
    memcpy(file + 44, "True,  ", 7);
    BAD_FORMAT(iso_parse_npy(&table, file, 69 + 16, &wish),
               "x.npy: byte 77: x[0,1] is -inf; every value must be a finite float32 number");
}

static isobit_status parse_npz(const char *bytes, size_t length) {
    iso_tables tables = {0};
    iso_wish wish = {"data.npz", true, "", ISO_TASK_AUTO};
    isobit_status status = iso_parse_npz(&tables, bytes, length, &wish);
    iso_tables_free(&tables);
    return status;
}

/* Where `text` is in the file. */
static size_t find(const char *bytes, size_t length, const char *text, size_t size) {
    for (size_t i = 0; i + size <= length; i++)
        if (!memcmp(bytes + i, text, size))
            return i;
    cr_assert_fail("not there");
    return 0;
}

Test(data_numpy, what_is_no_archive_or_lies_is_refused) {
    size_t length;
    char *bytes = slurp(TEST_FILE("streamed.npz"), &length), message[200];
    size_t entry = find(bytes, length, "PK\1\2", 4);
    BAD_FORMAT(parse_npz("", 0), "data.npz: the file is empty");
    BAD_FORMAT(parse_npz("1,2,3\n", 6),
               "data.npz: not a zip archive, or cut short: the directory at its end is missing");
    BAD_FORMAT(parse_npz(bytes, length - 1),
               "data.npz: not a zip archive, or cut short: the directory at its end is missing");
    bytes[entry + 24]++; /* the unpacked size */
    BAD_FORMAT(parse_npz(bytes, length), "data.npz: x.npy: the zip directory claims 141 bytes, the "
                                         "packed data holds fewer");
    memcpy(bytes + entry + 24, "\0\0\0\x80", 4);
    snprintf(message, sizeof message,
             "data.npz: byte %zu: the zip member claims 2147483648 bytes, "
             "which 82 packed bytes cannot hold",
             entry + 24);
    BAD_FORMAT(parse_npz(bytes, length), message);
    memcpy(bytes + entry + 24, "\x8c\0\0\0", 4);
    bytes[entry + 16] ^= 1; /* the checksum */
    BAD_FORMAT(parse_npz(bytes, length), "data.npz: x.npy: the checksum is 5a5b7538, the zip "
                                         "directory says 5a5b7539: the data is damaged");
    bytes[entry + 16] ^= 1;
    bytes[entry + 10] = 12; /* the method */
    snprintf(message, sizeof message,
             "data.npz: byte %zu: packing method 12; stored (0) and "
             "deflated (8) are known",
             entry + 10);
    BAD_FORMAT(parse_npz(bytes, length), message);
    bytes[entry + 10] = 8;
    bytes[entry + 8] |= 1;
    snprintf(message, sizeof message, "data.npz: byte %zu: the zip member is encrypted", entry + 8);
    BAD_FORMAT(parse_npz(bytes, length), message);
    bytes[entry + 8] &= ~1;
    bytes[entry + 46] = 'z'; /* its name */
    BAD_FORMAT(parse_npz(bytes, length),
               "data.npz: there is no array \"x\" in it; save it with numpy.savez(FILE, x=…, y=…) "
               "and x_test=…, y_test=… for a test part");
    bytes[entry + 46] = 'x';
    memset(bytes + entry + 20, 0xFF, 4); /* the packed size: zip64's sign */
    snprintf(message, sizeof message,
             "data.npz: byte %zu: a zip64 member (4 GiB and more); save smaller arrays",
             entry + 20);
    BAD_FORMAT(parse_npz(bytes, length), message);
    free(bytes);
}

Test(data_numpy, labels_must_be_as_many_as_samples_in_both_parts) {
    size_t length;
    char *bytes = slurp(TEST_FILE("stored.npz"), &length);
    char *entry = bytes + find(bytes, length, "PK\1\2", 4);
    for (char *at = entry; at + 12 < bytes + length; at++)
        if (!memcmp(at, "y_test.npy", 10))
            *at = 'z';
    BAD_FORMAT(parse_npz(bytes, length),
               "data.npz: there is no array \"y_test\" in it; save it with numpy.savez(FILE, x=…, "
               "y=…) and x_test=…, y_test=… for a test part");
    iso_npz_member y;
    iso_zip archive;
    iso_table table = {.samples = 3};
    iso_wish wish = {"data.npz", true, "", ISO_TASK_AUTO};
    WORKS(iso_zip_open(&archive, (iso_bytes){bytes, length}, "data.npz"));
    WORKS(iso_npz_open(&y, &archive, "z_test"));
    BAD_FORMAT(iso_array_to_y(&table, &y.array, &wish),
               "data.npz: z_test holds 1 labels for 3 samples");
    iso_npz_close(&y);
    iso_zip_close(&archive);
    free(bytes);
}

Test(data_numpy, a_bomb_is_refused_before_it_is_unpacked) {
    /* an archive of one member, deflated: an .npy header for 4 bytes, then 64 MiB of zeros */
    enum { CLAIMED = 1 << 26 };
    char *zeros = calloc(CLAIMED, 1), *file = calloc(1 << 18, 1);
    static const char header[] =
        "\x93NUMPY\1\0\x3a\0{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } \n";
    cr_assert(zeros && file);
    memcpy(zeros, header, sizeof header - 1);
    z_stream stream = {.next_in = (Bytef *)zeros,
                       .avail_in = CLAIMED,
                       .next_out = (Bytef *)file + 35,
                       .avail_out = (1 << 18) - 200};
    deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    uint32_t packed = (uint32_t)stream.total_out, claimed = CLAIMED;
    memcpy(file, "PK\3\4", 4);
    memcpy(file + 26, "\5\0", 2);
    memcpy(file + 30, "x.npy", 5);
    char *entry = file + 35 + packed, *end = entry + 51;
    memcpy(entry, "PK\1\2", 4);
    entry[10] = 8;
    memcpy(entry + 20, &packed, 4);
    memcpy(entry + 24, &claimed, 4);
    entry[28] = 5;
    memcpy(entry + 46, "x.npy", 5);
    memcpy(end, "PK\5\6", 4);
    end[10] = 1;
    uint32_t begin = (uint32_t)(entry - file);
    memcpy(end + 16, &begin, 4);
    BAD_FORMAT(
        parse_npz(file, (size_t)(end - file) + 22),
        "data.npz: x.npy: the header claims 4 bytes of elements, the archive holds 67108796");
    free(zeros);
    free(file);
}
