#include "base/hash.h"

#include <stdint.h>

iso_hash iso_hash_new(void) {
    iso_hash hash;
    sha256_init(&hash);
    return hash;
}

void iso_hash_add(iso_hash *hash, const void *bytes, size_t length) {
    sha256_update(hash, length, (const uint8_t *)bytes);
}

void iso_hash_add_size(iso_hash *hash, size_t size) {
    const uint64_t value = size;
    iso_hash_add(hash, &value, sizeof value);
}

void iso_hash_end(iso_hash *hash, unsigned char out[ISO_HASH_SIZE]) {
    sha256_digest(hash, ISO_HASH_SIZE, out);
}

void iso_hash_hex(const unsigned char hash[ISO_HASH_SIZE], char out[ISO_HEX_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < ISO_HASH_SIZE; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[ISO_HEX_SIZE - 1] = '\0';
}
