/* Layer kinds: one file and one row of iso_layer_kinds each. */
#ifndef ISO_NN_LAYER_H
#define ISO_NN_LAYER_H

#include "nn/network.h"
#include "nn/step.h"

struct iso_layer_kind {
    const char *name;  /* the first word */
    const char *usage; /* "dense UNITS [ACTIVATION] [bias=off] [init=NAME]" */
    size_t slots;      /* places it takes in torch.nn.Sequential, without the activation's */
    bool reads_vector; /* an image from below is flattened first */
    /* Whether what it puts out is what it gets, the same memory: it has no launches then. */
    enum { ISO_NEVER, ISO_ALWAYS, ISO_UNLESS_TRAINING } passes;

    /* Read the layer's words and options; spec->words[0] is the kind's name. */
    isobit_status (*parse)(iso_layer *layer, iso_spec *spec);
    /* From layer->in: set layer->out and declare parameters. */
    isobit_status (*shape)(iso_network *network, iso_layer *layer);

    /* Append launches. `in` is what the layer below put out, the state is this layer's own. */
    isobit_status (*forward)(iso_step *step, const iso_layer *layer);
    /* From this layer's delta to that of the layer below, through `store`. */
    isobit_status (*backward)(iso_step *step, const iso_layer *layer, const iso_store *store);
    /* Gradients of the parameters from delta and input; NULL: it has none. */
    isobit_status (*gradient)(iso_step *step, const iso_layer *layer);

    /* Floats of the scratch that a training step on so many rows needs; NULL: none. */
    size_t (*scratch)(const iso_layer *layer, size_t rows);

    /* The same in float64 for one sample, as simple as can be: for tests and `isobit check`.
     * z[out] before the activation; below[in] += the error for the input; gradients are added. */
    void (*reference_forward)(const iso_layer *layer, const double *weight, const double *bias,
                              const double *in, double *z);
    void (*reference_backward)(const iso_layer *layer, const double *weight, const double *in,
                               const double *delta, double *below, double *weight_gradient,
                               double *bias_gradient);
    /* Whether rounding the input to float32 may change which way its error goes, as where a pooling
     * has to choose; NULL: it never may. */
    bool (*reference_near_kink)(const iso_layer *layer, const double *in);
};

extern const iso_layer_kind iso_dense;                /* dense.c */
extern const iso_layer_kind iso_conv;                 /* conv.c */
extern const iso_layer_kind iso_maxpool, iso_avgpool; /* pool.c */
extern const iso_layer_kind iso_flatten;              /* flatten.c */
extern const iso_layer_kind iso_dropout;              /* dropout.c */

/* The kinds, ending with NULL: add a layer here. */
extern const iso_layer_kind *const iso_layer_kinds[];

/* Read a trailing activation word and the options bias and init, which most kinds share.
 * @param at the word where the activation would stand */
isobit_status iso_layer_parse_common(iso_layer *layer, iso_spec *spec, size_t at);

#endif
