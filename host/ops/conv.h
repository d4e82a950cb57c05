/* Convolutions. Weights are a matrix of a row per filter: channel after channel, row after row. */
#ifndef ISO_OPS_CONV_H
#define ISO_OPS_CONV_H

#include "ops/store.h"
#include "ops/window.h"

/* Each filter's sum over each window of x: samples by filters * out.height * out.width. */
isobit_status iso_conv_forward(iso_list *list, const iso_window *window, const iso_tensor *x,
                               const iso_tensor *w, const iso_store *store, const char *label);

/* The error that arrives at x, from that of the filters. */
isobit_status iso_conv_backward(iso_list *list, const iso_window *window, const iso_tensor *delta,
                                const iso_tensor *w, const iso_store *store, const char *label);

/* Gradients are made from the sums of chunks, which need room. */
typedef struct iso_conv_gradient {
    iso_window window;
    iso_tensor x, delta;
    cl_mem scratch;
    size_t scratch_floats; /* at least iso_conv_scratch of 1 row; less than all takes longer */
    const iso_store *weight, *bias; /* where the gradients go; bias may be NULL */
} iso_conv_gradient;

/* Floats of scratch that suit batches of `rows`. */
size_t iso_conv_scratch(const iso_window *window, size_t rows);
/* @param layer for labels: "layer 1" */
isobit_status iso_conv_gradients(iso_list *list, const iso_conv_gradient *work, const char *layer);

#endif
