/* What a file claims is not believed before what it holds can justify it: each of these is refused
 * within 64 MiB of memory, whatever the size that it claims. */
#include "base/settings.h"
#include "run/model.h"
#include "test_data.h"

#include <sys/resource.h>
#include <zlib.h>

/* From here on this process gets no more than `more` bytes beside what it has. */
static void limit_memory(size_t more) {
#ifndef ISOBIT_SANITIZED /* whose shadow takes terabytes; it has limits of its own */
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert(file && fscanf(file, "%zu", &pages) == 1);
    fclose(file);
    const rlim_t most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
    cr_assert_eq(setrlimit(RLIMIT_AS, &(struct rlimit){most, RLIM_INFINITY}), 0);
#endif
    (void)more;
}

static void enter_with_little_memory(void) {
    enter_folder();
    limit_memory((size_t)64 << 20);
}

/* A process that has been refused memory may be unable to start another one. */
static void leave_with_all_memory(void) {
    setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    leave_folder();
}

TestSuite(data_limits, .init = enter_with_little_memory, .fini = leave_with_all_memory,
          .timeout = 60);

static void refused(const char *path, const char *message) {
    isobit_data *data;
    BAD_FORMAT(isobit_data_load(&data, path, NULL), message);
}

/* `zeros` zeros after some bytes, deflated as zlib's `window` says; returns the packed length. */
static size_t pack(char *out, size_t room, const void *head, size_t length, size_t zeros,
                   int window) {
    static char none[1 << 16];
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)head, .avail_in = (uInt)length};
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)room;
    cr_assert_eq(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    cr_assert_eq(deflate(&stream, Z_NO_FLUSH), Z_OK);
    for (; zeros; zeros -= sizeof none) {
        stream.next_in = (Bytef *)none;
        stream.avail_in = sizeof none;
        cr_assert_eq(deflate(&stream, Z_NO_FLUSH), Z_OK);
    }
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

Test(data_limits, an_idx_file_that_claims_petabytes) {
    put_file("a-images-idx3-ubyte", "\0\0\x08\3\xff\xff\xff\xff\0\0\4\0\0\0\4\0abc", 19);
    put_file("a-labels-idx1-ubyte", "\0\0\x08\1\xff\xff\xff\xff", 8);
    refused("./a-images-idx3-ubyte", "./a-images-idx3-ubyte: byte 4: the header claims "
                                     "4503599626321936 bytes in all, the file holds 19");
}

Test(data_limits, a_gzip_bomb_in_an_idx_file) {
    enum { ROOM = 1 << 20 };
    char *packed = malloc(ROOM);
    cr_assert(packed);
    size_t length = pack(packed, ROOM, "\0\0\x08\2\0\0\0\2\0\0\0\2", 12, (size_t)96 << 20, 31);
    put_file("a-images-idx3-ubyte.gz", packed, length);
    put_file("a-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\2\0\1", 10);
    refused("./a-images-idx3-ubyte.gz", "./a-images-idx3-ubyte.gz: byte 4: the header claims 16 "
                                        "bytes in all, the file holds more than 16");
    free(packed);
}

static void put_number(char *at, uint32_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        at[i] = (char)(value >> 8 * i);
}

/* An archive of one member, x.npy, deflated. */
static void put_npz(const char *path, const char *packed, size_t size, uint32_t claimed) {
    const size_t length = 30 + 5 + size + 46 + 5 + 22;
    char *zip = calloc(length, 1), *central = zip + 35 + size, *end = central + 51;
    cr_assert(zip);
    memcpy(zip, "PK\3\4\24\0\0\0\x08\0", 10);
    put_number(zip + 26, 5, 2);
    memcpy(zip + 30, "x.npy", 5);
    memcpy(zip + 35, packed, size);
    memcpy(central, "PK\1\2\24\0\24\0\0\0\x08\0", 12);
    put_number(central + 20, (uint32_t)size, 4);
    put_number(central + 24, claimed, 4);
    put_number(central + 28, 5, 2);
    memcpy(central + 46, "x.npy", 5);
    memcpy(end, "PK\5\6", 4);
    put_number(end + 10, 1, 2);
    put_number(end + 16, (uint32_t)(35 + size), 4);
    put_file(path, zip, length);
    free(zip);
}

#ifndef ISOBIT_SANITIZED /* ends the process rather than to refuse memory */
Test(data_limits, a_file_larger_than_memory) {
    isobit_data *data;
    put_file("x.csv", "1,2\n", 4);
    put_file("x.npz", "PK\3\4", 4);
    cr_assert(!truncate("x.csv", (off_t)1 << 40) && !truncate("x.npz", (off_t)1 << 40));
    REFUSED(isobit_data_load(&data, "x.csv", NULL), ISOBIT_ERROR_MEMORY,
            "x.csv: out of memory: 1099511627778 elements of 1 bytes asked for");
    REFUSED(isobit_data_load(&data, "x.npz", NULL), ISOBIT_ERROR_MEMORY,
            "x.npz: out of memory: 1099511627778 elements of 1 bytes asked for");
}
#endif

static size_t npy_header(char out[128], const char *shape) {
    memcpy(out, "\x93NUMPY\1\0\x76\0", 10);
    const int length = snprintf(out + 10, 118,
                                "{'descr': '<f4', 'fortran_order': False, 'shape': "
                                "%s, }",
                                shape);
    memset(out + 10 + length, ' ', 118 - (size_t)length);
    out[127] = '\n';
    return 128;
}

Test(data_limits, a_zip_bomb_in_an_npz_file) {
    enum { ROOM = 1 << 20, ZEROS = 96 << 20 };
    char *packed = malloc(ROOM), header[128];
    cr_assert(packed);
    size_t size = pack(packed, ROOM, header, npy_header(header, "(2, 2)"), ZEROS, -15);
    put_npz("bomb.npz", packed, size, 128 + ZEROS);
    refused("bomb.npz",
            "bomb.npz: x.npy: the header claims 16 bytes of elements, the archive holds "
            "100663296");
    put_npz("small.npz", packed, size, 128 + 16); /* the directory lies as well */
    refused("small.npz", "small.npz: x.npy: the zip directory claims 144 bytes, the packed data "
                         "holds more");
    size = pack(packed, ROOM, header, npy_header(header, "(100000000000, 1000)"), 0, -15);
    put_npz("liar.npz", packed, size, 4000000000u);
    char message[200];
    snprintf(message, sizeof message,
             "liar.npz: byte %zu: the zip member claims 4000000000 bytes, which %zu packed bytes "
             "cannot hold",
             35 + size + 24, size);
    refused("liar.npz", message);
    free(packed);
}

Test(data_limits, an_npy_file_that_claims_petabytes) {
    char header[128];
    iso_table table;
    put_file("x.npy", header, npy_header(header, "(100000000000, 10000)"));
    BAD_FORMAT(iso_read_table(&table, "x.npy", false, NULL),
               "x.npy: the header claims 4000000000000000 bytes of elements, the file holds 0 "
               "behind it");
    put_file("x.npy", header, npy_header(header, "(100000000000, 100000000000)"));
    BAD_FORMAT(iso_read_table(&table, "x.npy", false, NULL),
               "x.npy: x claims more bytes than there can be");
}

Test(data_limits, a_csv_row_of_very_many_columns_is_given_what_it_needs) {
    enum { COLUMNS = 1 << 20 };
    char *row = malloc(2 * COLUMNS);
    isobit_data *data;
    cr_assert(row);
    for (size_t i = 0; i < COLUMNS; i++)
        memcpy(row + 2 * i, "1,", 2);
    row[2 * COLUMNS - 1] = '\n';
    put_file("wide.csv", row, 2 * COLUMNS);
    free(row);
    WORKS(isobit_data_load(&data, "wide.csv", NULL));
    cr_assert_eq(isobit_data_features(data), COLUMNS - 1);
    isobit_data_free(data);
}

/* A model file with this header and no tensor's bytes. */
static void put_model(const char *header) {
    char bytes[1024] = {0};
    put_number(bytes, (uint32_t)strlen(header), 4);
    strcpy(bytes + 8, header);
    put_file("m.safetensors", bytes, 8 + strlen(header));
}

#define NOTES(units)                                                                               \
    "{\"__metadata__\": {\"isobit.contract\": \"1\", \"isobit.input\": \"1048576\", "              \
    "\"isobit.net\": \"dense " units "\", \"isobit.loss\": \"mse\", \"isobit.task\": "             \
    "\"regress\", \"isobit.scale\": \"none\"}"

Test(data_limits, a_model_file_that_claims_petabytes) {
    isobit_model *model;
    put_file("m.safetensors", "\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10);
    BAD_FORMAT(isobit_model_load(&model, NULL, "m.safetensors"),
               "m.safetensors: this is no safetensors file: it would have a header of "
               "9223372036854775807 bytes (at most 100000000)");
    put_file("m.safetensors", "\0\xe1\xf5\5\0\0\0\0{}", 10);
    BAD_FORMAT(isobit_model_load(&model, NULL, "m.safetensors"),
               "m.safetensors: claims a header of 100000000 bytes, but only 2 follow; the file is "
               "cut short or no safetensors file");
    put_model(NOTES("2147483647") "}");
    BAD_FORMAT(isobit_model_load(&model, NULL, "m.safetensors"),
               "m.safetensors: net: layer 1 (\"dense 2147483647\"): with it the network has more "
               "than the 2^32 - 1 weights that kernels can count");
    put_model(NOTES("4095") "}");
    BAD_FORMAT(isobit_model_load(&model, NULL, "m.safetensors"),
               "m.safetensors: 0 tensors of 0 bytes; its network \"dense 4095\" has 2 of "
               "17175691260");
    put_model(
        NOTES("4095") ", \"0.weight\": {\"dtype\": \"F32\", \"shape\": [2147483647, 1048576], "
                      "\"data_offsets\": [0, 9007199250546688]}}");
    BAD_FORMAT(isobit_model_load(&model, NULL, "m.safetensors"),
               "m.safetensors: tensor \"0.weight\": ends at byte 9007199250546688 of the data, but "
               "there are only 0; the file is cut short or damaged");
}

Test(data_limits, a_device_is_no_file) {
    isobit_settings *settings;
    isobit_data *data;
    WORKS(isobit_settings_new(&settings));
    REFUSED(isobit_data_load(&data, "/dev/zero", NULL), ISOBIT_ERROR_FILE,
            "/dev/zero: is a device, not a file");
    REFUSED(isobit_settings_load(settings, "/dev/zero"), ISOBIT_ERROR_FILE,
            "/dev/zero: is a device, not a file");
    cr_assert(freopen("/dev/zero", "r", stdin));
    refused("-", "standard input: byte 0: a zero byte; this is not CSV text (UTF-8 is expected)");
    isobit_settings_free(settings);
}
