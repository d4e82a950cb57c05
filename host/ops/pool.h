/* Pooling: the largest or the mean of each window. */
#ifndef ISO_OPS_POOL_H
#define ISO_OPS_POOL_H

#include "ops/store.h"
#include "ops/window.h"

typedef enum iso_pool { ISO_POOL_MAX, ISO_POOL_MEAN } iso_pool;

isobit_status iso_pool_forward(iso_list *list, iso_pool pool, const iso_window *window,
                               const iso_tensor *x, const iso_store *store, const char *label);

/* The error that arrives at x, from that of the windows. An input may be in 256 windows at most. */
isobit_status iso_pool_backward(iso_list *list, iso_pool pool, const iso_window *window,
                                const iso_tensor *x, const iso_tensor *delta,
                                const iso_store *store, const char *label);

#endif
