/* One array out of an .npz file in memory. */
#ifndef ISO_DATA_NPZ_H
#define ISO_DATA_NPZ_H

#include "data/reader.h"
#include "data/zip.h"

typedef struct iso_npz_member {
    iso_array array;
    char *file;  /* its unpacked bytes; NULL: the archive has no such member */
    char *place; /* "data.npz: x.npy", for messages */
} iso_npz_member;

/* Unpack the array `name` (borrowed; without ".npy"), its header first, which must justify the
 * size that the archive claims. On failure `out` is empty. */
isobit_status iso_npz_open(iso_npz_member *out, const iso_zip *archive, const char *name);
void iso_npz_close(iso_npz_member *member);

#endif
