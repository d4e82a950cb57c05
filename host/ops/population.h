/* A dense layer of many networks of one shape at once: kernels/population_naive.cl. */
#ifndef ISO_OPS_POPULATION_H
#define ISO_OPS_POPULATION_H

#include "ops/store.h"

/* Append the launch. `a` has the rows of one network after the other, `span` each; `weights` their
 * weights and `biases` (no memory: none) a row for each, likewise; the result is store->out, a
 * forward STORE without a bias of its own. */
isobit_status iso_population_layer(iso_list *list, const iso_tensor *a, const iso_tensor *weights,
                                   const iso_tensor *biases, size_t span, const iso_store *store,
                                   const char *label);

#endif
