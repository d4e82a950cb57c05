/* Training a small network in one launch for many steps: kernels/resident.cl. */
#ifndef ISO_NN_RESIDENT_H
#define ISO_NN_RESIDENT_H

#include "nn/step.h"

typedef struct iso_resident {
    cl_mem scratch;
    iso_list list; /* the one launch, or none */
} iso_resident;

/* Prepare it where it can be used and is likely to be faster than a launch per operation: dense
 * layers with pointwise activations, gradients straight into the optimizer, steps so small that
 * launches would cost more than arithmetic, and a variant made for this class of device. Elsewhere
 * *out stays without launches. */
isobit_status iso_resident_new(iso_resident *out, const iso_engine *engine, const iso_feed *feed,
                               size_t batch);
void iso_resident_free(iso_resident *resident);
/* Enqueue steps from where the feed is up to step `until`. */
isobit_status iso_resident_enqueue(iso_resident *resident, const iso_feed *feed, size_t until);

#endif
