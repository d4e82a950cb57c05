/* Whether a variant could not run because it is for other devices. */
#ifndef ISO_BITS_TOO_LARGE_H
#define ISO_BITS_TOO_LARGE_H

#include "device/registry.h"

#include <string.h>

/* A kernel for processors may ask for more than a GPU has, such as of a work-item's stack: the
 * driver then refuses to run it, with one of these codes; one for GPUs for more local memory than
 * another device has. A default of the device's class must run. */
static inline bool too_large(const iso_variant *variant, const char *device_class,
                             const char *message) {
    static const char *const codes[] = {"CL_OUT_OF_RESOURCES", "CL_OUT_OF_HOST_MEMORY",
                                        "CL_MEM_OBJECT_ALLOCATION_FAILURE", ", where LOCAL is "};
    if (iso_variant_has_default(variant, device_class))
        return false;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strstr(message, codes[i]))
            return true;
    return false;
}

#endif
