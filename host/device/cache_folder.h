/* Where cached programs lie: a folder of the user's own, with a bounded size. */
#ifndef ISO_DEVICE_CACHE_FOLDER_H
#define ISO_DEVICE_CACHE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISO_CACHE_SUFFIX ".program"
#define ISO_CACHE_ASIDE ".aside"
#define ISO_CACHE_MOST ((uint64_t)256 << 20)

/* The folder, open, or -1: the cache is turned off, there is no home, the folder belongs to or can
 * be written by somebody else, or errno is ENOMEM. @param make make it (mode 0700) if it is not
 * there. */
int iso_cache_folder(bool make);

/* Remove the entries used longest ago until the rest have at most `most` bytes, and what a killed
 * process left half-written. Other files in the folder are not ours to touch. */
void iso_cache_shrink(int folder, uint64_t most);

/* Whether a file's bytes are a whole entry of that key. For the cache and for fuzzing. */
bool iso_cache_entry_valid(const unsigned char *entry, size_t size, const unsigned char *key,
                           const unsigned char **payload, size_t *length);

#endif
