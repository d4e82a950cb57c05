/* PoCL keeps what it has compiled by itself: finished kernels, by a hash of the program. The
 * general ways of OpenCL make it do more than that. To hand over a program's binary it compiles
 * each kernel once more, for work-groups of any size, and to build from source it reads a header of
 * 0.9 MB before it looks into its own cache. */
#ifndef ISO_DEVICE_POCL_H
#define ISO_DEVICE_POCL_H

#include "device/context.h"

/* Whether a platform is PoCL. */
bool iso_pocl_is(cl_platform_id platform);

/* The option that leaves out PoCL's declarations of OpenCL's functions, for sources that begin with
 * kernels/builtins.h. */
#define ISO_POCL_FEW_BUILTINS "-D_OPENCL_H_"

/* Compile a source as far as LLVM's bitcode, not yet linked with PoCL's library: a binary that
 * clCreateProgramWithBinary takes, and all that is to be kept of a program. NULL if PoCL does not
 * give it in the form known here, or the source does not compile; the caller frees it. */
unsigned char *iso_pocl_compile(const isobit_context *context, const char *source,
                                const char *options, size_t *length);

#endif
