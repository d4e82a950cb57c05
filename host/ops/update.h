/* The optimizer over all parameters at once, and clipping before it. */
#ifndef ISO_OPS_UPDATE_H
#define ISO_OPS_UPDATE_H

#include "device/buffer.h"
#include "device/launch.h"

typedef struct iso_update_work {
    const char *optimizer; /* a function of kernels/optimizers.h */
    unsigned states;
    size_t floats; /* of each buffer below, a multiple of ISO_PAD */
    cl_mem state, scalars;
    cl_mem clip; /* the factor of the gradients, or NULL */
    cl_mem gradients, memory[2], parameters;
} iso_update_work;

isobit_status iso_update(iso_list *list, const iso_update_work *work);

/* Sums of squares of one gradient's chunks, to partial[first] and on. */
isobit_status iso_square_sums(iso_list *list, const iso_tensor *gradient, size_t first,
                              cl_mem partial);
/* factor = min(1, most / (norm + 1e-6)) over all tensors' chunks. */
isobit_status iso_clip(iso_list *list, size_t tensors, double most, cl_mem bounds, cl_mem partial,
                       cl_mem factor);

#endif
