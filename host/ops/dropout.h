/* Dropout: some values become zero at random, the others grow to make up for it. */
#ifndef ISO_OPS_DROPOUT_H
#define ISO_OPS_DROPOUT_H

#include "ops/store.h"

typedef struct iso_dropout_work {
    double rate; /* of what is dropped, below 1 */
    size_t layer;
    uint64_t seed;
    cl_mem state, scalars; /* where the step's number is found */
} iso_dropout_work;

/* x with this step's choice applied, to the store; forward and backward alike. */
isobit_status iso_dropout_rows(iso_list *list, const iso_dropout_work *work, const iso_tensor *x,
                               const iso_store *store, const char *label);

#endif
