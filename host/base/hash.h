/* SHA-256, from nettle. */
#ifndef ISO_BASE_HASH_H
#define ISO_BASE_HASH_H

#include <nettle/sha2.h>
#include <stddef.h>

enum { ISO_HASH_SIZE = SHA256_DIGEST_SIZE, ISO_HEX_SIZE = 2 * ISO_HASH_SIZE + 1 };

typedef struct sha256_ctx iso_hash;

iso_hash iso_hash_new(void);
void iso_hash_add(iso_hash *hash, const void *bytes, size_t length);
/* A number, as 8 bytes. */
void iso_hash_add_size(iso_hash *hash, size_t size);
void iso_hash_end(iso_hash *hash, unsigned char out[ISO_HASH_SIZE]);
/* Lower-case hexadecimal with a NUL. */
void iso_hash_hex(const unsigned char hash[ISO_HASH_SIZE], char out[ISO_HEX_SIZE]);

#endif
