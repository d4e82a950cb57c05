/* IDX: single files, pairs and folders, plain and packed. */
#include "base/settings.h"
#include "test_data.h"

#include <sys/stat.h>
#include <zlib.h>

/* Three images of 1x2 bytes, and their labels. */
static const char images[] = "\0\0\x08\3\0\0\0\3\0\0\0\1\0\0\0\2\1\2\3\4\5\xFF";
static const char labels[] = "\0\0\x08\1\0\0\0\3\7\0\7";
enum { IMAGES = sizeof images - 1, LABELS = sizeof labels - 1 };

static isobit_status parse(iso_table *out, const void *x, size_t x_length, const void *y,
                           size_t y_length) {
    iso_wish wish = {"images", true, "", ISO_TASK_AUTO};
    iso_bytes y_bytes = {y, y_length};
    return iso_parse_idx(out, (iso_bytes){x, x_length}, &y_bytes, "labels", &wish);
}

/* gzip in memory. */
static size_t pack(char *out, size_t room, const void *bytes, size_t length) {
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)length,
                       .next_out = (Bytef *)out,
                       .avail_out = (uInt)room};
    deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

static void expect_images(iso_table *table) {
    cr_assert_eq(table->samples, 3);
    cr_assert_eq(table->element, ISO_UINT8);
    cr_assert(table->shape.channels == 1 && table->shape.height == 1 && table->shape.width == 2);
    cr_assert_eq(memcmp(table->x, "\1\2\3\4\5\xFF", 6), 0);
    cr_assert_eq(table->label_name_count, 2);
    cr_assert_str_eq(table->label_names[1], "7");
    cr_assert(table->labels[0] == 1 && table->labels[1] == 0 && table->labels[2] == 1);
    iso_table_free(table);
}

Test(data_idx, bytes_stay_bytes_and_class_numbers_may_have_gaps) {
    iso_table table;
    WORKS(parse(&table, images, IMAGES, labels, LABELS));
    expect_images(&table);
}

Test(data_idx, gzip_files_are_unpacked_also_when_made_of_several_members) {
    char x[200], y[200];
    iso_table table;
    size_t first = pack(x, sizeof x, images, 17);
    size_t second = pack(x + first, sizeof x - first, images + 17, IMAGES - 17);
    WORKS(parse(&table, x, first + second, y, pack(y, sizeof y, labels, LABELS)));
    expect_images(&table);
}

/* The elements were written with Python's struct.pack(">…"). */
Test(data_idx, every_element_type_is_read_big_endian) {
    static const struct {
        const char *bytes;
        size_t length;
        float x[2];
    } files[] = {
        {"\0\0\x09\2\0\0\0\1\0\0\0\2\x80\x7f", 14, {-128, 127}},
        {"\0\0\x0B\2\0\0\0\1\0\0\0\2\x80\0\1\2", 16, {-32768, 258}},
        {"\0\0\x0C\2\0\0\0\1\0\0\0\2\xff\xff\xff\xfe\0\1\0\0", 20, {-2, 65536}},
        {"\0\0\x0D\2\0\0\0\1\0\0\0\2\x3f\xc0\0\0\xc0\x20\0\0", 20, {1.5f, -2.5f}},
        {"\0\0\x0E\2\0\0\0\1\0\0\0\2\x3f\xf8\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", 28, {1.5f, -2.5f}},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        iso_table table;
        WORKS(parse(&table, files[i].bytes, files[i].length, "\0\0\x08\1\0\0\0\1\0", 9));
        cr_assert_eq(table.element, ISO_FLOAT32);
        cr_assert(table.shape.channels == 2 && table.shape.height == 1 && table.shape.width == 1);
        cr_assert_eq(memcmp(table.x, files[i].x, sizeof files[i].x), 0, "file %zu", i);
        iso_table_free(&table);
    }
}

Test(data_idx, four_dimensions_are_channels_height_width_and_float_labels_are_targets) {
    iso_table table;
    WORKS(parse(&table, "\0\0\x08\4\0\0\0\1\0\0\0\3\0\0\0\1\0\0\0\2ABCDEF", 26,
                "\0\0\x0D\1\0\0\0\1\x3f\xc0\0\0", 12));
    cr_assert(table.shape.channels == 3 && table.shape.height == 1 && table.shape.width == 2);
    cr_assert(table.outputs == 1 && table.targets[0] == 1.5f && !table.labels);
    iso_table_free(&table);
}

Test(data_idx, lying_and_truncated_headers_are_refused_with_their_place) {
    iso_table table;
    BAD_FORMAT(parse(&table, "", 0, labels, LABELS), "images: the file is empty");
    BAD_FORMAT(parse(&table, images, 3, labels, LABELS),
               "images: byte 0: not an IDX file: it must begin with two zero bytes, a type and a "
               "number of dimensions");
    BAD_FORMAT(parse(&table, "\0\0\x0A\3", 4, labels, LABELS),
               "images: byte 2: type 0x0a; known are 0x08 (ubyte), 0x09 (byte), 0x0b (short), 0x0c "
               "(int), 0x0d (float) and 0x0e (double)");
    BAD_FORMAT(parse(&table, "\0\0\x08\5", 4, labels, LABELS),
               "images: byte 3: 5 dimensions; from 1 to 4 are possible");
    BAD_FORMAT(parse(&table, images, 15, labels, LABELS),
               "images: byte 15: the header is cut short; 3 dimensions take 16 bytes");
    BAD_FORMAT(parse(&table, images, IMAGES - 1, labels, LABELS),
               "images: byte 4: the header claims 22 bytes in all, the file holds 21");
    BAD_FORMAT(parse(&table, images, IMAGES + 1, labels, LABELS),
               "images: byte 4: the header claims 22 bytes in all, the file holds 23");
    BAD_FORMAT(parse(&table, "\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16,
                     labels, LABELS),
               "images: x claims more bytes than there can be");
    BAD_FORMAT(parse(&table, "\0\0\x08\2\0\0\0\0\0\0\0\2", 12, labels, LABELS),
               "images: there are no samples in it");
    BAD_FORMAT(parse(&table, "\0\0\x08\2\0\0\0\2\0\0\0\0", 12, labels, LABELS),
               "images: x has samples without any feature");
    BAD_FORMAT(parse(&table, labels, LABELS, labels, LABELS),
               "images: byte 3: one dimension, so these are labels; give the file with the images");
}

Test(data_idx, labels_must_be_as_many_as_images) {
    iso_table table;
    BAD_FORMAT(parse(&table, images, IMAGES, "\0\0\x08\1\0\0\0\2\7\0", 10),
               "labels: byte 4: 2 labels for 3 images");
    BAD_FORMAT(parse(&table, images, IMAGES, images, IMAGES),
               "labels: y has 3 dimensions; labels have one, targets one or two");
}

Test(data_idx, a_value_that_is_not_finite_is_refused_with_its_place) {
    iso_table table;
    BAD_FORMAT(
        parse(&table, "\0\0\x0D\3\0\0\0\1\0\0\0\1\0\0\0\2\0\0\0\0\x7f\xc0\0\0", 24, labels, LABELS),
        "images: byte 20: x[0,0,1] is nan; every value must be a finite float32 number");
    BAD_FORMAT(parse(&table, "\0\0\x0E\2\0\0\0\1\0\0\0\1\x54\xb2\x49\xad\x25\x94\xc3\x7d", 20,
                     labels, LABELS),
               "images: byte 12: x[0,0] is 1e+100; every value must be a finite float32 number");
}

Test(data_idx, a_packed_file_cannot_claim_or_hold_more_than_its_header_justifies) {
    char x[2000], *zeros = calloc(1 << 20, 1);
    iso_table table;
    cr_assert(zeros);
    size_t length = pack(x, sizeof x, images, IMAGES);
    BAD_FORMAT(parse(&table, x, 12, labels, LABELS),
               "images: the packed data is cut short at unpacked byte 1");
    BAD_FORMAT(parse(&table, x, length - 1, labels, LABELS),
               "images: the packed data is cut short at unpacked byte 22");
    x[length - 8] ^= 1; /* its checksum */
    BAD_FORMAT(parse(&table, x, length, labels, LABELS),
               "images: the packed data is damaged at unpacked byte 22");
    length = pack(x, sizeof x, images, IMAGES - 1);
    BAD_FORMAT(parse(&table, x, length, labels, LABELS),
               "images: byte 4: the header claims 22 bytes in all, the file holds 21");
    memcpy(zeros, images, IMAGES);
    length = pack(x, sizeof x, zeros, 1 << 20); /* the bomb: 22 bytes are claimed */
    BAD_FORMAT(parse(&table, x, length, labels, LABELS),
               "images: byte 4: the header claims 22 bytes in all, the file holds more than 22");
    length = pack(x, sizeof x, "\0\0\x08\2\xff\xff\xff\xff\0\0\1\0", 12);
    char message[200];
    snprintf(message, sizeof message,
             "images: byte 4: the header claims 1099511627532 bytes in all, more than %zu packed "
             "bytes can hold",
             length);
    BAD_FORMAT(parse(&table, x, length, labels, LABELS), message);
    free(zeros);
}

Test(data_idx, labels_are_found_beside_their_images, .init = enter_folder, .fini = leave_folder) {
    char packed[200];
    isobit_data *data;
    put_file("some-images-idx3-ubyte", images, IMAGES);
    REFUSED(isobit_data_load(&data, "./some-images-idx3-ubyte", NULL), ISOBIT_ERROR_FILE,
            "./some-images-idx3-ubyte: there are no labels beside it; a file named "
            "…images-idx3-ubyte needs one named …labels-idx1-ubyte (either may end in .gz)");
    put_file("some-labels-idx1-ubyte.gz", packed, pack(packed, sizeof packed, labels, LABELS));
    WORKS(isobit_data_load(&data, "./some-images-idx3-ubyte", NULL));
    cr_assert_str_eq(data->name, "some-images-idx3-ubyte");
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TRAIN), 3);
    isobit_data_free(data);
    put_file("named.idx", images, IMAGES);
    REFUSED(isobit_data_load(&data, "named.idx", NULL), ISOBIT_ERROR_FILE,
            "named.idx: there are no labels beside it; a file named …images-idx3-ubyte needs one "
            "named …labels-idx1-ubyte (either may end in .gz)");
}

Test(data_idx, a_folder_with_the_mnist_names_has_a_training_and_a_test_part, .init = enter_folder,
     .fini = leave_folder) {
    isobit_data *data;
    cr_assert_eq(mkdir("set", 0777), 0);
    REFUSED(isobit_data_load(&data, "set/", NULL), ISOBIT_ERROR_FILE,
            "set/: the folder has no train-images-idx3-ubyte[.gz]; give a file, or a folder with "
            "the four MNIST names");
    put_file("set/t10k-images-idx3-ubyte", images, IMAGES);
    REFUSED(
        isobit_data_load(&data, "set", NULL), ISOBIT_ERROR_FILE,
        "set: there is no train-images-idx3-ubyte[.gz] to train on; to use the test part alone, "
        "give the file set/t10k-images-idx3-ubyte");
    put_file("set/train-images-idx3-ubyte", images, IMAGES);
    put_file("set/train-labels-idx1-ubyte", labels, LABELS);
    REFUSED(isobit_data_load(&data, "set", NULL), ISOBIT_ERROR_FILE,
            "set/t10k-images-idx3-ubyte: there are no labels beside it; a file named "
            "…images-idx3-ubyte needs one named …labels-idx1-ubyte (either may end in .gz)");
    put_file("set/t10k-labels-idx1-ubyte", labels, LABELS);
    WORKS(isobit_data_load(&data, "set/", NULL));
    cr_assert_str_eq(data->name, "set");
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TRAIN), 3);
    cr_assert_eq(isobit_data_samples(data, ISOBIT_VALIDATION), 0);
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TEST), 3);
    cr_assert_eq(data->order[data->begin[ISOBIT_TEST]], 3);
    isobit_data_free(data);
    put_file("set/t10k-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\3\7\x09\7", LABELS);
    BAD_FORMAT(isobit_data_load(&data, "set", NULL),
               "set: test sample 2 has the class \"9\", which the training data has not: 0, 7");
}
