/* Programs: built once, kept in the context and in the cache on disk; and kernels of them. */
#ifndef ISO_DEVICE_PROGRAM_H
#define ISO_DEVICE_PROGRAM_H

#include "device/recipe.h"

/* Whether the context has built a program, or the cache on disk has an entry for it. */
bool iso_program_is_kept(const isobit_context *context, const unsigned char *hash);
/* Find a program in the context or in the cache; the context owns *out. */
bool iso_program_find(cl_program *out, isobit_context *context, const unsigned char *hash,
                      const char *options);
/* Build one that was not found, and keep it; the context owns *out.
 * @param file the kernel's, for messages */
isobit_status iso_program_build(cl_program *out, isobit_context *context, const unsigned char *hash,
                                const char *source, const char *options, const char *file);

/* A new kernel object (the caller releases it).
 * @param columns, rows the launch's outputs, for the choice of knobs
 * @param variant what was built (borrowed from the context's registry)
 * @param choice  its knobs */
isobit_status iso_kernel_new(cl_kernel *out, isobit_context *context, const iso_request *request,
                             size_t columns, size_t rows, const iso_variant **variant,
                             iso_choice *choice);

/* Free what a context has built. */
void iso_programs_free(isobit_context *context);

#endif
