/* What a tuner has found fastest, per operation and class of shape: kept beside the built programs
 * (device/cache.h), a file per device and driver. Only how a result is computed is chosen here,
 * never the result: a stored winner must be an exact variant whose file has not changed since, and
 * is verified again before its first use in a process; anything else falls back to the default. */
#ifndef ISO_DEVICE_TUNING_H
#define ISO_DEVICE_TUNING_H

#include "device/context.h"

enum { ISO_TUNED_NAME = 64, ISO_TUNED_KNOBS = 192, ISO_TUNED_SOURCE = 17 };

/* One winner. */
typedef struct iso_tuned {
    char op[ISO_TUNED_NAME];
    unsigned sizes[3]; /* the class of shape: each size's logarithm by 2, rounded up */
    char variant[ISO_TUNED_NAME];
    char knobs[ISO_TUNED_KNOBS];   /* "SPAN=64 …" */
    char source[ISO_TUNED_SOURCE]; /* of the kernel's text and what it includes: a short hash */
    enum { ISO_UNVERIFIED, ISO_VERIFIED, ISO_REJECTED } state;
} iso_tuned;

/* Whether a winner computes what it must, on this device, now. */
typedef bool (*iso_tuned_check)(isobit_context *context, const iso_tuned *tuned);

/* The winner for a shape, or NULL. Borrowed until the next put. No failure here is an error. */
const iso_tuned *iso_tuning_find(isobit_context *context, const char *op, const size_t shape[3],
                                 iso_tuned_check check);
/* Keep a winner for a shape's class in the place of the one before; variant NULL: forget that. The
 * file is written whole or not at all, and not where the winners that it has cannot be read for
 * want of memory. */
isobit_status iso_tuning_put(isobit_context *context, const char *op, const size_t shape[3],
                             const char *variant, const char *knobs);
/* Forget what was read of the file. */
void iso_tuning_free(isobit_context *context);

/* Read a file's text, for a key. For the above and for tests: entries of another key, with a wrong
 * checksum or a malformed line are none at all. Sets *out, freed by the caller, and how many. */
isobit_status iso_tuning_parse(const char *text, const char *key, iso_tuned **out, size_t *count);

#endif
