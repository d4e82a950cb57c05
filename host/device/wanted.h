/* Kernels that will be wanted: what a plan would build is noted down while it is only counted
 * (context->ledger), each as a message from which another process builds it. So it fills the caches
 * of ours and of PoCL, which compiles one kernel at a time in a process, while others compile
 * others. */
#ifndef ISO_DEVICE_WANTED_H
#define ISO_DEVICE_WANTED_H

#include "device/launch.h"

/* Start from {0}. */
typedef struct iso_wanted {
    struct iso_wanted_kernel {
        unsigned char *message;
        size_t size;
        unsigned char hash[ISO_PROGRAM_HASH];
    } * list;
    size_t count;
} iso_wanted;

/* Note a launch's kernel, unless it is noted or kept already, or a file of the user's: what that
 * does with other data than its own is not known. @param local work-items of a group */
isobit_status iso_wanted_add(iso_wanted *wanted, const isobit_context *context,
                             const iso_request *request, const iso_recipe *recipe,
                             const iso_arguments *arguments, const size_t local[2]);
/* The largest sources first, for they are compiled longest: as many processes end together. */
void iso_wanted_sort(iso_wanted *wanted);
void iso_wanted_free(iso_wanted *wanted);

/* Build the kernel of a message, on a context of the device that it was noted for, and launch one
 * work-group, with which PoCL compiles it to the end. It is given the numbers that the launch was
 * to have, and empty memory. Fails on a message that is none. */
isobit_status iso_wanted_build(isobit_context *context, const unsigned char *message, size_t size);

#endif
