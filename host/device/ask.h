/* What OpenCL says of a device: questions one after another, and whether all were answered. */
#ifndef ISO_DEVICE_ASK_H
#define ISO_DEVICE_ASK_H

#include "base/status.h"
#include "device/opencl.h"

typedef struct iso_asked {
    cl_platform_id platform;
    cl_device_id device;
    cl_int code; /* of the last question that failed; CL_SUCCESS: none has */
} iso_asked;

/* A number of a size that OpenCL names, or 0 with a code. */
cl_uint iso_ask_uint(iso_asked *of, cl_device_info what);
cl_ulong iso_ask_ulong(iso_asked *of, cl_device_info what);
size_t iso_ask_size(iso_asked *of, cl_device_info what);

/* A text without the blanks around it that some drivers leave, freed by the caller; "?" for one
 * that is empty, or, with a code, cannot be read. Fails for want of memory alone. */
isobit_status iso_ask_text(iso_asked *of, cl_device_info what, char **out);
/* The same of the platform. */
isobit_status iso_ask_platform(iso_asked *of, cl_platform_info what, char **out);

#endif
