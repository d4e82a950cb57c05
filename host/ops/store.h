/* What a kernel that ends in STORE does with each value: fused epilogues. */
#ifndef ISO_OPS_STORE_H
#define ISO_OPS_STORE_H

#include "base/text.h"
#include "device/buffer.h"
#include "device/launch.h"

/* One of the kernels/store_*.h files with what it needs. `out` is what STORE's rows and columns
 * mean; every other matrix has its shape. */
typedef struct iso_store {
    enum {
        ISO_STORE_PLAIN,      /* out = value */
        ISO_STORE_FORWARD,    /* z = value + bias; out = f(z) */
        ISO_STORE_DERIVATIVE, /* out = value * f'(z or a) */
        ISO_STORE_UPDATE      /* out = the parameter, changed by the optimizer */
    } kind;
    iso_tensor out;
    const char *activation; /* forward, derivative: f by name */
    cl_mem bias;            /* forward: or NULL */
    size_t bias_span;       /* forward: so many outputs in a row share a bias; 0: 1 */
    cl_mem z;               /* forward: where z goes, or NULL; derivative: f' reads z, or NULL */
    cl_mem a;               /* derivative: f' reads a, or NULL */
    const char *optimizer;  /* update: the kernel function's name */
    unsigned states;        /* update: how many memories it has */
    cl_mem state, scalars, memory[2]; /* update */
} iso_store;

/* Append a launch of a kernel that ends in STORE: the store's macros and arguments follow those
 * given. */
isobit_status iso_store_launch(iso_list *list, const iso_request *request, iso_arguments *arguments,
                               const iso_store *store, iso_work work, const char *label);

/* The file's name, its macros appended to `defines`, its arguments appended. */
const char *iso_store_file(const iso_store *store);
void iso_store_defines(const iso_store *store, iso_text *defines);
void iso_store_arguments(const iso_store *store, iso_arguments *arguments);

#endif
