/* The tuning file. */
#include "base/hash.h"
#include "device/tuning.h"
#include "fuzz.h"

#include <stdio.h>

static const char key[] = "a device | 4 compute units";

/* The text with the checksum that makes it one of this key. */
static char *sealed(const char *text) {
    const size_t length = strlen(text);
    unsigned char digest[ISO_HASH_SIZE];
    char hex[ISO_HEX_SIZE], *out = malloc(length + ISO_HEX_SIZE + 1);
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, key, sizeof key);
    iso_hash_add(&hash, text, length);
    iso_hash_end(&hash, digest);
    iso_hash_hex(digest, hex);
    HOLDS(out);
    snprintf(out, length + ISO_HEX_SIZE + 1, "%s%s\n", text, hex);
    return out;
}

static bool ends(const char *text, size_t room) { return memchr(text, 0, room) != NULL; }

/* A choice (1: with its checksum), the text. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const bool seal = fuzz_byte(&rest) & 1;
    char *text = fuzz_string(&rest);
    iso_tuned *list = NULL;
    if (seal) {
        char *whole = sealed(text);
        free(text);
        text = whole;
    }
    size_t count;
    HOLDS(iso_tuning_parse(text, key, &list, &count) == ISOBIT_OK);
    for (size_t i = 0; i < count; i++) {
        HOLDS(*list[i].op && ends(list[i].op, ISO_TUNED_NAME));
        HOLDS(*list[i].variant && ends(list[i].variant, ISO_TUNED_NAME));
        HOLDS(ends(list[i].knobs, ISO_TUNED_KNOBS) && ends(list[i].source, ISO_TUNED_SOURCE));
        HOLDS(list[i].state == ISO_UNVERIFIED);
    }
    free(list);
    free(text);
    return count > 0;
}

void fuzz_seeds(void) {
    static const char text[] =
        "isobit tuning 1\ngemm_nt 6 7 10 panel SPAN=64,ROWS=4 0123456789abcdef\n"
        "softmax 1 1 1 plain - fedcba9876543210\n";
    char *whole = sealed(text);
    fuzz_seed_text(1, text);
    fuzz_seed_text(0, whole);
    free(whole);
}

const char *const fuzz_words[] = {"isobit tuning 1\n",
                                  "gemm_nt ",
                                  " - ",
                                  "4294967296",
                                  " -1 ",
                                  "\n",
                                  "SPAN=64,",
                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                  NULL};
