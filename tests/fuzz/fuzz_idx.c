/* IDX: images and labels, plain and packed. */
#include "pack.h"
#include "table.h"

/* A choice (the wish; 64 and 128: pack the images, the labels), the images as a part, the labels.
 */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const uint8_t choice = fuzz_byte(&rest);
    const fuzz_rest parts[2] = {fuzz_part(&rest), rest};
    const iso_wish wish = fuzz_wish(choice);
    fuzz_bytes file[2];
    iso_table table;
    for (int i = 0; i < 2; i++)
        file[i] = choice >> (6 + i) & 1
                      ? fuzz_gzip(parts[i].at, parts[i].left)
                      : (fuzz_bytes){fuzz_copy(parts[i].at, parts[i].left), parts[i].left};
    const iso_bytes images = {file[0].bytes, file[0].length},
                    labels = {file[1].bytes, file[1].length};
    fuzz_begin();
    const bool taken = fuzz_took(
        iso_parse_idx(&table, images, wish.with_label ? &labels : NULL, "in", &wish), "in: ");
    if (taken) {
        fuzz_check_table(&table, wish.with_label);
        iso_table_free(&table);
    }
    free(file[0].bytes);
    free(file[1].bytes);
    return taken;
}

static void seed(uint8_t choice, const void *images, size_t image_bytes, const void *labels,
                 size_t label_bytes) {
    uint8_t all[512], *at = all;
    *at++ = choice;
    fuzz_put_part(&at, images, image_bytes);
    memcpy(at, labels, label_bytes);
    fuzz_seed(all, (size_t)(at - all) + label_bytes);
}

#define BYTES(text) text, sizeof text - 1

void fuzz_seeds(void) {
    static const char images[] = "\0\0\x08\3\0\0\0\3\0\0\0\1\0\0\0\2\1\2\3\4\5\xFF";
    static const char labels[] = "\0\0\x08\1\0\0\0\3\7\0\7";
    seed(0, BYTES(images), BYTES(labels));
    seed(1, BYTES(images), BYTES(labels));
    seed(1 | 64 | 128, BYTES(images), BYTES(labels));
    seed(1 | 1 << 3, BYTES("\0\0\x09\2\0\0\0\2\0\0\0\1\x80\x7f"),
         BYTES("\0\0\x0B\1\0\0\0\2\0\1\0\2"));
    seed(1 | 64, BYTES("\0\0\x0D\2\0\0\0\1\0\0\0\2\x3f\xc0\0\0\xc0\x20\0\0"),
         BYTES("\0\0\x0D\1\0\0\0\1\x3f\xc0\0\0"));
    seed(1 | 2 << 3, BYTES("\0\0\x0E\2\0\0\0\1\0\0\0\1\x3f\xf8\0\0\0\0\0\0"),
         BYTES("\0\0\x0C\1\0\0\0\1\0\0\0\7"));
    fuzz_bytes packed[2] = {fuzz_gzip(BYTES(images)), fuzz_gzip(BYTES(labels))};
    seed(1, packed[0].bytes, packed[0].length, packed[1].bytes, packed[1].length);
    free(packed[0].bytes);
    free(packed[1].bytes);
}

const char *const fuzz_words[] = {"\x1f\x8b\x08", "\x08\x01", "\x08\x02", "\x08\x03", "\x08\x04",
                                  "\x0d\x02",     "\x0e\x02", "\xff\xff", "\x7f\x80", NULL};
