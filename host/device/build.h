/* From a source or a binary to a built program. */
#ifndef ISO_DEVICE_BUILD_H
#define ISO_DEVICE_BUILD_H

#include "device/context.h"

/* The caller releases *out. @param file the kernel's, for messages, which hold the build's log */
isobit_status iso_build_source(cl_program *out, const isobit_context *context, const char *source,
                               const char *options, const char *file);
/* Returns CL_SUCCESS, or why the binary cannot be used. */
cl_int iso_build_binary(cl_program *out, const isobit_context *context, const unsigned char *binary,
                        size_t length, const char *options);
/* The program's binary (the caller frees it); NULL when the driver gives none. */
unsigned char *iso_build_take(cl_program program, size_t *length);

#endif
