/* From a kernel variant to a kernel: assemble the source, build it once, keep it. */
#ifndef ISO_DEVICE_PROGRAM_H
#define ISO_DEVICE_PROGRAM_H

#include "base/hash.h"
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
    size_t terms; /* of each output's sum, for the choice of knobs; 0 where it does not matter */
} iso_request;

/* A program before it is built. */
enum { ISO_BUILD_OPTIONS = 256, ISO_PROGRAM_HASH = ISO_HASH_SIZE };
typedef struct iso_recipe {
    const iso_variant *variant; /* borrowed from the context's registry */
    iso_choice choice;          /* its knobs */
    char *source, options[ISO_BUILD_OPTIONS];
    unsigned char hash[ISO_PROGRAM_HASH]; /* of source, options and the device's identity */
} iso_recipe;

/* What iso_kernel_new would build first. */
isobit_status iso_recipe_make(iso_recipe *out, isobit_context *context, const iso_request *request,
                              size_t columns, size_t rows);
/* Whether the context has built it, or the cache on disk has an entry for it. */
bool iso_recipe_is_built(const isobit_context *context, const iso_recipe *recipe);
void iso_recipe_free(iso_recipe *recipe);

/* Build a source, once; the context owns *out. @param file the kernel's, for messages */
isobit_status iso_program_build(cl_program *out, isobit_context *context, const char *source,
                                const char *options, const char *file);

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
