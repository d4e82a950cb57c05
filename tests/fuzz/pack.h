/* Containers around an input, as they should be: what fuzzing alone would hardly get right. */
#ifndef ISO_FUZZ_PACK_H
#define ISO_FUZZ_PACK_H

#include "fuzz.h"

typedef struct fuzz_bytes {
    char *bytes; /* the caller frees them */
    size_t length;
} fuzz_bytes;

/* A gzip file. */
fuzz_bytes fuzz_gzip(const void *bytes, size_t length);

/* A zip archive, member by member; then its directory. */
typedef struct fuzz_zip {
    fuzz_bytes file, directory;
    size_t members;
} fuzz_zip;
void fuzz_zip_add(fuzz_zip *zip, const char *name, const void *bytes, size_t length, bool deflate);
fuzz_bytes fuzz_zip_end(fuzz_zip *zip);

/* A safetensors file: the input up to its first NUL is the header, the rest the data. */
fuzz_bytes fuzz_safetensors(const fuzz_rest *input);

#endif
