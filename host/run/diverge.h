/* Comparing two files of digests. */
#ifndef ISO_RUN_DIVERGE_H
#define ISO_RUN_DIVERGE_H

#include "base/status.h"

#include <stdint.h>

/* One tensor after one launch, as a file of digests has it. Strings are borrowed. */
typedef struct iso_digest_entry {
    uint64_t step, launch; /* launch 0: what the step begins with */
    const char *label, *op, *variant, *file, *tensor, *shape, *digest;
} iso_digest_entry;

typedef struct iso_digest_file {
    const char *device, *driver; /* borrowed from `document` */
    iso_digest_entry *entries;
    size_t count;
    void *document; /* the parsed lines */
} iso_digest_file;

/* Read a file that `isobit train --digests` wrote. */
isobit_status iso_digest_file_read(iso_digest_file *out, const char *path);
/* The same from its bytes. @param path for messages */
isobit_status iso_digest_file_parse(iso_digest_file *out, const char *path, const char *text,
                                    size_t length);
void iso_digest_file_free(iso_digest_file *file);

/* Whether both are digests of the same training: contract and settings; else
 * ISOBIT_ERROR_ARGUMENT with what differs. */
isobit_status iso_digest_files_match(const iso_digest_file *a, const iso_digest_file *b);

/* The first tensor of `a` that `b` has differently, at *at_a and *at_b; NULL when there is none.
 * Tensors are matched by step and name and by how often the step wrote them before, so that runs
 * with unlike launches can be compared. @param compared how many were, before that */
void iso_digest_files_compare(const iso_digest_file *a, const iso_digest_file *b,
                              const iso_digest_entry **at_a, const iso_digest_entry **at_b,
                              size_t *compared);

#endif
