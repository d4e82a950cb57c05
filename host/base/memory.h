/* Host memory: every allocation goes through here, is overflow-checked, and can be made to fail
 * (base/fault.h). */
#ifndef ISO_BASE_MEMORY_H
#define ISO_BASE_MEMORY_H

#include "base/status.h"

/* `count` zeroed elements of `size` bytes at *out (never NULL, also for no elements). The caller
 * frees it with free(). On failure *out is unchanged. */
isobit_status iso_alloc(void *out, size_t count, size_t size);

/* The same at a multiple of 64 bytes: for others' routines whose vector loads would cross cache
 * lines otherwise. */
isobit_status iso_alloc_aligned(void *out, size_t count, size_t size);
/* Grow (or shrink) *array to `count` elements; new ones are not initialised. */
isobit_status iso_resize(void *array, size_t count, size_t size);

/* A copy of a string, or of its first `length` characters. */
isobit_status iso_copy(char **out, const char *text);
isobit_status iso_copy_n(char **out, const char *text, size_t length);

/* A formatted string. */
isobit_status iso_format(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes that the system can give without swapping; SIZE_MAX where it does not tell. */
size_t iso_memory_free(void);

#endif
