/* From a source or a binary to a built program. */
#ifndef ISO_DEVICE_BUILD_H
#define ISO_DEVICE_BUILD_H

#include "device/context.h"

/* A compiler's message with the places that the source's #line directives say: NVIDIA's compiler
 * does not follow them, and tells "<kernel>:1615:14" of the whole text. The caller frees *out. */
isobit_status iso_build_places(char **out, const char *message, const char *source);
/* The caller releases *out. @param file the kernel's, for messages, which hold the build's log */
isobit_status iso_build_source(cl_program *out, const isobit_context *context, const char *source,
                               const char *options, const char *file);
/* Returns CL_SUCCESS, or why the binary cannot be used. */
cl_int iso_build_binary(cl_program *out, const isobit_context *context, const unsigned char *binary,
                        size_t length, const char *options);
/* The program's binary (the caller frees it); NULL when the driver gives none. */
unsigned char *iso_build_take(cl_program program, size_t *length);

#endif
