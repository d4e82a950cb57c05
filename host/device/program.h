/* From a kernel variant to a kernel: assemble the source, build it once, keep it. */
#ifndef ISO_DEVICE_PROGRAM_H
#define ISO_DEVICE_PROGRAM_H

#include "device/context.h"

enum {
    ISO_CHUNK = 256, /* terms of one chunk of a sum (numerics contract, rule 4) */
    ISO_SCALARS = 9  /* numbers that a step has: the optimizer's, and last its own as an integer */
};

/* What to build. */
typedef struct iso_request {
    const char *op;
    const char *variant; /* NULL: the user's choice, or else the class of device decides */
    const char *knobs;   /* "ROWS=4 …" over the defaults; NULL: none */
    const char *store;   /* the file that defines STORE for a matrix product, or NULL */
    const char *defines; /* "ACTIVATION=relu WITH_BIAS=1 …": macros; NULL: none */
} iso_request;

/* A new kernel object (the caller releases it). The source is, for each width that the variant
 * uses, the type's macros, numerics.h, activations.h, losses.h, optimizers.h and the STORE file,
 * and then the variant's own text.
 * @param columns, rows the launch's outputs, for the choice of knobs
 * @param variant what was built (borrowed from the context's registry)
 * @param choice  its knobs */
isobit_status iso_kernel_new(cl_kernel *out, isobit_context *context, const iso_request *request,
                             size_t columns, size_t rows, const iso_variant **variant,
                             iso_choice *choice);

/* Free what a context has built. */
void iso_programs_free(isobit_context *context);

#endif
