/* .npy: one array. */
#include "data/npy.h"
#include "table.h"

/* A choice (the wish; 128: the header's length is put right), the file. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const uint8_t choice = fuzz_byte(&rest);
    const iso_wish wish = fuzz_wish(choice);
    char *file = fuzz_copy(rest.at, rest.left);
    const char *end = rest.left > 10 ? memchr(file + 10, '\n', rest.left - 10) : NULL;
    iso_table table;
    if (choice & 128 && end && end - file <= 0xFFFF) {
        memcpy(file, "\x93NUMPY\1", 8);
        file[8] = (char)(end + 1 - file - 10);
        file[9] = (char)((end + 1 - file - 10) >> 8);
    }
    fuzz_begin();
    const bool taken = fuzz_took(iso_parse_npy(&table, file, rest.left, &wish), "in: ");
    if (taken) {
        fuzz_check_table(&table, false);
        iso_table_free(&table);
    }
    free(file);
    return taken;
}

static void seed(uint8_t choice, const char *header, const void *elements, size_t length) {
    uint8_t all[512] = {choice};
    const size_t size = strlen(header) + 1;
    memcpy(all + 1, "\x93NUMPY\1\0", 8);
    all[9] = (uint8_t)size;
    memcpy(all + 11, header, size - 1);
    all[10 + size] = '\n';
    memcpy(all + 11 + size, elements, length);
    fuzz_seed(all, 11 + size + length);
}

void fuzz_seeds(void) {
    static const float floats[] = {1, -2, 0.5f, 3e8f};
    static const uint16_t shorts[] = {1, 2, 3, 65535, 5, 6};
    seed(0, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", floats, 16);
    seed(128, "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2, 2), }", floats, 16);
    seed(128, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", shorts, 6);
    seed(128, "{'descr': '>i8', 'fortran_order': False, 'shape': (1,1,1,1)}", shorts, 8);
    seed(128, "{\"shape\": (6,), \"descr\": \"<u2\", \"fortran_order\": False}", shorts, 12);
    seed(128, "{'descr': '|b1', 'fortran_order': False, 'shape': (12,), }", shorts, 12);
    seed(128, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", "\0\0\0\0\0\0\xf0?",
         8);
}

const char *const fuzz_words[] = {"'descr': ",   "'fortran_order': ",
                                  "'shape': ",   "True",
                                  "False",       "(1,)",
                                  "(2, 3)",      "'<f8'",
                                  "'>f4'",       "'|S3'",
                                  "'<U2'",       "'|u1'",
                                  "'<i8'",       "18446744073709551615",
                                  "4294967296",  "9223372036854775807",
                                  "\x93NUMPY\2", NULL};
