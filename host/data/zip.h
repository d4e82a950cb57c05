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

/* An archive and its directory. */
typedef struct iso_zip {
    iso_bytes archive; /* borrowed */
    const char *path;  /* borrowed; what messages begin with */
    struct iso_zip_entry {
        const char *name; /* inside the archive, not terminated */
        size_t length;    /* of the name */
        size_t at;        /* byte of the entry */
    } * entries;          /* sorted by name */
    size_t count;
} iso_zip;

isobit_status iso_zip_open(iso_zip *out, iso_bytes archive, const char *path);
void iso_zip_close(iso_zip *zip);

/* Find a member, the first where there are several; *found false when the archive has none of that
 * name. What is claimed has been checked: the packed bytes are there, and can hold the unpacked
 * ones. */
isobit_status iso_zip_find(iso_zip_member *out, bool *found, const iso_zip *zip, const char *name);

/* The first `room` bytes (all when room is the member's length, checked by its CRC-32).
 * @param got how many there were. */
isobit_status iso_zip_unpack(const iso_zip_member *member, char *out, size_t room, size_t *got,
                             const char *path);

#endif
