/* The NumPy array format, versions 1 to 3. */
#ifndef ISO_DATA_NPY_H
#define ISO_DATA_NPY_H

#include "data/reader.h"

/* No header of ours to read is longer: names of fields, which would be, are refused. */
enum { ISO_NPY_MOST_HEADER = 1 << 16 };

/* Read the header at the beginning of `head`, which may be all that is there of the file. Sets
 * everything of *array but name and bytes; *total is what the elements take. */
isobit_status iso_npy_header(iso_array *array, size_t *total, iso_bytes head, const char *path);

/* The array of a whole file, which must be exactly as long as its header says. */
isobit_status iso_npy_open(iso_array *array, iso_bytes file, const char *path);

#endif
