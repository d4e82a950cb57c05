/* From a kernel variant to its source: which variant, with which knobs, of which files. */
#ifndef ISO_DEVICE_RECIPE_H
#define ISO_DEVICE_RECIPE_H

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

/* A program before it is built: nothing to free. */
enum { ISO_BUILD_OPTIONS = 256, ISO_PROGRAM_HASH = ISO_HASH_SIZE };
typedef struct iso_recipe {
    const iso_variant *variant; /* borrowed from the context's registry */
    iso_choice choice;          /* its knobs */
    bool few;                   /* it brings the declarations of what it uses of OpenCL's functions,
                                   which PoCL can be told, instead of all there are */
    char options[ISO_BUILD_OPTIONS];
    unsigned char hash[ISO_PROGRAM_HASH]; /* of what the source is made of, the options and the
                                             device's identity */
} iso_recipe;

/* What a request comes to on a device.
 * @param columns, rows the launch's outputs, for the choice of knobs */
isobit_status iso_recipe_make(iso_recipe *out, isobit_context *context, const iso_request *request,
                              size_t columns, size_t rows);
/* The same with all of OpenCL's functions, for a PoCL that does not take few. */
isobit_status iso_recipe_with_all(iso_recipe *recipe, const isobit_context *context,
                                  const iso_request *request);
/* The source, which the caller frees: for each width that the variant uses, the type's macros,
 * numerics.h, activations.h, losses.h, optimizers.h and the STORE file, and then the variant's own
 * text. */
isobit_status iso_recipe_source(char **out, const iso_recipe *recipe, const isobit_context *context,
                                const iso_request *request);

#endif
