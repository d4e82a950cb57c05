/* .npz: arrays in a zip archive. */
#include "pack.h"
#include "table.h"

static const char *const names[] = {"x.npy", "y.npy", "x_test.npy", "y_test.npy"};
enum { NAMES = sizeof names / sizeof *names };

/* An archive whose members are the input's parts, each a .npy file; their first byte says whether
 * it is deflated and, with 2, that the header's length is put right. */
static fuzz_bytes build(fuzz_rest rest) {
    fuzz_zip zip = {0};
    for (int i = 0; i < NAMES && rest.left; i++) {
        fuzz_rest part = fuzz_part(&rest);
        const uint8_t how = fuzz_byte(&part);
        char *file = fuzz_copy(part.at, part.left);
        const char *end = part.left > 10 ? memchr(file + 10, '\n', part.left - 10) : NULL;
        if (how & 2 && end) {
            memcpy(file, "\x93NUMPY\1", 8);
            file[8] = (char)(end + 1 - file - 10);
            file[9] = (char)((end + 1 - file - 10) >> 8);
        }
        fuzz_zip_add(&zip, names[i], file, part.left, how & 1);
        free(file);
    }
    return fuzz_zip_end(&zip);
}

/* A choice (the wish; 128: the rest is parts to build an archive of), the archive. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const uint8_t choice = fuzz_byte(&rest);
    const iso_wish wish = fuzz_wish(choice);
    fuzz_bytes file = {NULL, rest.left};
    iso_tables tables;
    if (choice & 128)
        file = build(rest);
    else
        file.bytes = fuzz_copy(rest.at, rest.left);
    fuzz_begin();
    const bool taken = fuzz_took(iso_parse_npz(&tables, file.bytes, file.length, &wish), "in: ");
    if (taken) {
        fuzz_check_table(&tables.train, wish.with_label);
        if (tables.test.samples)
            fuzz_check_table(&tables.test, true);
        iso_tables_free(&tables);
    }
    free(file.bytes);
    return taken;
}

static void put_npy(uint8_t **at, uint8_t how, const char *header, const void *elements,
                    size_t length) {
    uint8_t file[256] = {how};
    const size_t size = strlen(header) + 1;
    memcpy(file + 1, "\x93NUMPY\1\0", 8);
    file[9] = (uint8_t)size;
    memcpy(file + 11, header, size - 1);
    file[10 + size] = '\n';
    memcpy(file + 11 + size, elements, length);
    fuzz_put_part(at, file, 11 + size + length);
}

static void seed(uint8_t choice, const char *x, size_t x_bytes, const char *y, size_t y_bytes,
                 bool test) {
    static const char elements[] = "\1\0\0\0\2\0\0\0\3\0\0\0";
    uint8_t all[1024] = {choice | 128}, *at = all + 1;
    for (int part = 0; part <= test; part++) {
        put_npy(&at, 2 + (uint8_t)part, x, elements, x_bytes);
        put_npy(&at, 3, y, elements, y_bytes);
    }
    fuzz_seed(all, (size_t)(at - all));
    const fuzz_bytes file = build((fuzz_rest){all + 1, (size_t)(at - all) - 1});
    char *plain = malloc(file.length + 1);
    HOLDS(plain);
    *plain = (char)choice;
    memcpy(plain + 1, file.bytes, file.length);
    fuzz_seed(plain, file.length + 1);
    free(plain);
    free(file.bytes);
}

#define SHAPED(type, shape) "{'descr': '" type "', 'fortran_order': False, 'shape': " shape ", }"

void fuzz_seeds(void) {
    seed(1, SHAPED("|u1", "(3, 2)"), 6, SHAPED("<i4", "(3,)"), 12, false);
    seed(1, SHAPED("<f4", "(1, 2)"), 8, SHAPED("<U1", "(1,)"), 4, true);
    seed(1 | 2 << 3, SHAPED("<f4", "(1, 2)"), 8, SHAPED("<f4", "(1, 2)"), 8, true);
    seed(0, SHAPED("<f4", "(1, 1, 2)"), 8, SHAPED("|S2", "(2,)"), 4, false);
}

const char *const fuzz_words[] = {"PK\3\4",     "PK\1\2",     "PK\5\6", "x.npy",      "y.npy",
                                  "y_test.npy", "x_test.npy", "'<U2'",  "'|S3'",      "'<f8'",
                                  "(2, 3)",     "(1,)",       "True",   "4294967295", NULL};
