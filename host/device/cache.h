/* Built programs on disk, so that the next start need not build: under XDG_CACHE_HOME/isobit (or
 * ~/.cache/isobit), by a hash of source, options and device. ISOBIT_CACHE=off turns it off,
 * ISOBIT_CACHE=FOLDER moves it. An entry is trusted only whole: a wrong checksum, size or a binary
 * that the driver refuses is as good as none. No failure here is an error. */
#ifndef ISO_DEVICE_CACHE_H
#define ISO_DEVICE_CACHE_H

#include "device/context.h"

/* A built program, or false. */
bool iso_cache_load(isobit_context *context, const unsigned char *hash, const char *options,
                    cl_program *out);
/* Whether there is an entry, good or bad. */
bool iso_cache_has(const unsigned char *hash);
/* Keep a program's binary unless there is one already. */
void iso_cache_save(const unsigned char *hash, const unsigned char *binary, size_t length);

/* A file of the cache's folder: read whole if it is a regular one of ours that nobody else may
 * write (the caller frees it; NULL otherwise, with a *size that is not 0 if there is no memory for
 * it), and written aside, then renamed (false: errno says why not). */
unsigned char *iso_cache_read_file(int folder, const char *name, size_t *size);
bool iso_cache_write_file(int folder, const char *name, const unsigned char *bytes, size_t size);

#endif
