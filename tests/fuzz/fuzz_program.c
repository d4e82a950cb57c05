/* An entry of the cache of built programs. */
#include "base/hash.h"
#include "device/cache_folder.h"
#include "fuzz.h"

static const unsigned char key[ISO_HASH_SIZE] = "the hash of source and options";
enum { MAGIC = 16, HEADER = MAGIC + 8 + ISO_HASH_SIZE };

/* The header that makes an entry of the bytes behind it. */
static void seal(char *entry, size_t length) {
    iso_hash hash = iso_hash_new();
    memcpy(entry, "isobit program1", MAGIC);
    for (int i = 0; i < 8; i++)
        entry[MAGIC + i] = (char)((uint64_t)(length - HEADER) >> 8 * i);
    iso_hash_add(&hash, key, sizeof key);
    iso_hash_add(&hash, entry + HEADER, length - HEADER);
    iso_hash_end(&hash, (unsigned char *)entry + MAGIC + 8);
}

/* A choice (1: with its header), the entry. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const bool whole = fuzz_byte(&rest) & 1;
    char *entry = fuzz_copy(rest.at, rest.left);
    const unsigned char *payload = NULL;
    size_t size = 0;
    if (whole && rest.left > HEADER)
        seal(entry, rest.left);
    const bool taken =
        iso_cache_entry_valid((unsigned char *)entry, rest.left, key, &payload, &size);
    if (whole)
        HOLDS(taken == (rest.left > HEADER));
    if (taken)
        HOLDS(payload == (unsigned char *)entry + HEADER && size == rest.left - HEADER && size);
    free(entry);
    return taken;
}

void fuzz_seeds(void) {
    char entry[1 + HEADER + 8] = {1};
    memcpy(entry + 1 + HEADER, "a binary", 8);
    fuzz_seed(entry, sizeof entry);
    seal(entry + 1, sizeof entry - 1);
    *entry = 0;
    fuzz_seed(entry, sizeof entry);
}

const char *const fuzz_words[] = {"isobit program1", "a binary", "\x08", NULL};
