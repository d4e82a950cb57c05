/* Files: whole reads, and writes that are there entirely or not at all. */
#ifndef ISO_BASE_FILE_H
#define ISO_BASE_FILE_H

#include "base/status.h"

/* A file's bytes, NUL-terminated behind the last.
 * @param most refuse more bytes than this, before allocating
 * @param bytes the caller frees it */
isobit_status iso_file_read(const char *path, size_t most, char **bytes, size_t *length);

/* Write beside `path`, fsync, rename over it, fsync the folder. The mode is the umask's, but 0600
 * in a folder that only the user may enter. On failure nothing is left beside it and what was at
 * `path` is still there, unless only the folder's fsync failed: then the new content is, whole. */
isobit_status iso_file_write(const char *path, const void *bytes, size_t length);
/* Remove what an iso_file_write of `path` that was killed has left beside it. Nobody may be writing
 * there now. */
void iso_file_sweep(const char *path);

/* A file that grows by whole lines: a line that does not fit on the disk is taken back. `flags` are
 * more of open()'s: O_EXCL, O_TRUNC. The caller closes it. */
isobit_status iso_lines_open(int *out, const char *path, int flags);
isobit_status iso_lines_add(int lines, const char *path, const char *line);

/* Whether something is there. */
bool iso_file_exists(const char *path);
/* Make a folder whose parent is there; *made is false if something of that name was. */
isobit_status iso_folder_make_new(const char *path, bool *made);
/* Make a folder (mode 0777 less the umask) and those above it. Existing ones are fine. */
isobit_status iso_folder_make(const char *path);

#endif
