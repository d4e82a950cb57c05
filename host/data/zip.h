/* Zip archives in memory: members by name, stored or deflated.
 *
 * Sizes are those of the central directory (NumPy's local headers leave them out). Not read:
 * zip64 (4 GiB and more), encryption, other methods, several disks. */
#ifndef ISO_DATA_ZIP_H
#define ISO_DATA_ZIP_H

#include "data/reader.h"

typedef struct iso_zip_member {
    const char *bytes; /* as packed, inside the archive */
    size_t packed, length;
    uint32_t crc;
    bool deflated;
} iso_zip_member;

/* Find a member; *found false when the archive has none of that name. What is claimed has been
 * checked: the packed bytes are there, and can hold the unpacked ones. */
isobit_status iso_zip_find(iso_zip_member *out, bool *found, iso_bytes archive, const char *name,
                           const char *path);

/* The first `room` bytes (all when room is the member's length, checked by its CRC-32).
 * @param got how many there were. */
isobit_status iso_zip_unpack(const iso_zip_member *member, char *out, size_t room, size_t *got,
                             const char *path);

#endif
