/* Files: whole reads, and writes that are there entirely or not at all. */
#ifndef ISO_BASE_FILE_H
#define ISO_BASE_FILE_H

#include "base/status.h"

/* A file's bytes, NUL-terminated behind the last. A file that starts as gzip is unpacked when
 * `unpack` is set. @param most refuse more bytes (after unpacking) than this, before allocating.
 * @param bytes the caller frees it. */
isobit_status iso_file_read(const char *path, bool unpack, size_t most, char **bytes,
                            size_t *length);

/* Write beside `path`, fsync, rename over it, fsync the folder. On failure nothing is left beside
 * it and what was at `path` is still there, unless only the folder's fsync failed: then the new
 * content is, whole. */
isobit_status iso_file_write(const char *path, const void *bytes, size_t length);
/* Remove what an iso_file_write of `path` that was killed has left beside it. Nobody may be writing
 * there now. */
void iso_file_sweep(const char *path);

/* Tests: of the operations of iso_file_write from now on (create, set the mode, write, sync,
 * rename, open the folder, sync it, and again), the `nth` (1: the next) and the `times` - 1 after
 * it fail as on a full disk; 0: none. Returns how many there were since the last call. */
size_t iso_file_fail_nth(size_t nth, size_t times);

/* Whether something is there. */
bool iso_file_exists(const char *path);
/* Make a folder (mode 0777 less the umask) and those above it. Existing ones are fine. */
isobit_status iso_folder_make(const char *path);

#endif
