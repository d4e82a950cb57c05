/* The step: one batch's way through the network and back, compiled once into a list of launches. */
#ifndef ISO_NN_STEP_H
#define ISO_NN_STEP_H

#include "nn/engine.h"
#include "ops/store.h"

/* What one batch needs on the device besides the parameters. */
typedef struct iso_workspace {
    size_t rows; /* the largest batch */
    iso_tensor x;
    iso_tensor centred; /* before whitening; no memory: there is none */
    struct iso_layer_buffers {
        iso_tensor z;     /* before the activation; no memory where nothing reads it */
        iso_tensor a;     /* after it */
        iso_tensor delta; /* the error term, the loss's derivative by z; training only */
    } * layers;
    cl_mem scratch; /* for one layer after the other; training only, or NULL */
    size_t scratch_floats;
} iso_workspace;

isobit_status iso_workspace_new(iso_workspace *out, const iso_engine *engine, const iso_feed *feed,
                                size_t rows, bool training);
void iso_workspace_free(const iso_engine *engine, iso_workspace *workspace);

/* The launches for batches of one size. */
typedef struct iso_step {
    const iso_engine *engine;
    const iso_workspace *workspace;
    const iso_feed *feed;
    size_t rows;   /* samples in this batch */
    size_t stride; /* samples in a full batch: step s begins at sample s * stride of the order */
    bool training;
    bool learning;           /* gradients and updates are wanted, not error terms alone */
    iso_precision precision; /* of dense layers' products */
    iso_list list;
} iso_step;

/* gather, forward, loss, error terms, gradients, update. */
isobit_status iso_step_training(iso_step *out, const iso_engine *engine,
                                const iso_workspace *workspace, const iso_feed *feed, size_t rows,
                                size_t stride);
/* gather, forward, loss and the error terms of every layer, as in training. */
isobit_status iso_step_error_terms(iso_step *out, const iso_engine *engine,
                                   const iso_workspace *workspace, const iso_feed *feed,
                                   size_t rows, size_t stride);
/* gather, forward, and the loss where the feed has answers. */
isobit_status iso_step_forward(iso_step *out, const iso_engine *engine,
                               const iso_workspace *workspace, const iso_feed *feed, size_t rows,
                               size_t stride);
void iso_step_free(iso_step *step);

/* For layer kinds: what a layer reads and writes in this step, with the step's number of rows. */
iso_tensor iso_step_input(const iso_step *step, const iso_layer *layer);
iso_tensor iso_step_delta(const iso_step *step, const iso_layer *layer);
/* Where the layer's forward pass stores: bias, activation and, if somebody reads it, z. */
iso_store iso_step_forward_store(const iso_step *step, const iso_layer *layer);
/* Where the gradient of one of its parameters goes: the optimizer, or the gradient buffer. */
iso_store iso_step_gradient_store(const iso_step *step, int parameter);
/* A parameter's matrix. */
iso_tensor iso_step_parameter(const iso_step *step, int parameter);

#endif
