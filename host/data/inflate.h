/* Unpacking with zlib into a buffer of known size, so that a bomb cannot grow. */
#ifndef ISO_DATA_INFLATE_H
#define ISO_DATA_INFLATE_H

#include "base/status.h"

/* Deflate packs at most 1032 bytes into one: what claims more is refused before allocating. */
static inline bool iso_inflate_may_hold(size_t packed, size_t unpacked) {
    return unpacked / 1032 <= packed;
}

typedef enum iso_packing { ISO_PACKED_RAW, ISO_PACKED_GZIP } iso_packing;

/* Unpack up to `room` bytes. Checksums of gzip are verified when its end is reached.
 * @param got   how many bytes were unpacked.
 * @param ended whether the packed data was used up by then.
 * @param path  what messages begin with. */
isobit_status iso_inflate(iso_packing packing, const char *packed, size_t length, char *out,
                          size_t room, size_t *got, bool *ended, const char *path);

#endif
