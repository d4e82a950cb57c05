/* Losses, and which of them makes sense for a network and its data. */
#ifndef ISO_NN_LOSS_H
#define ISO_NN_LOSS_H

#include "nn/network.h"

/* The loss through which a step or sign learns, as the only one. */
#define ISO_PERCEPTRON "perceptron"

typedef struct iso_loss {
    const char *name;
    const char *formula; /* a line of kernels/losses.h; NULL: softmax and cross-entropy together */
    bool reads_logit;    /* the error term comes from z and output together */
    bool labels_only;    /* class numbers, not rows of targets */
    bool probabilities;  /* targets are probabilities */
    /* float64, for tests and check: the loss of one sample from its outputs y and the z before
     * them, and its derivative by y, or by z where it reads the logit */
    double (*value)(const double *z, const double *y, const double *t, size_t outputs);
    void (*slope)(const double *y, const double *t, size_t outputs, double *out);
} iso_loss;

/* The loss by name, or for "" the one that fits the output layer. Refuses what makes no sense for
 * the output layer or the data, with the reason, and outputs that do not fit the data. */
isobit_status iso_loss_choose(const iso_loss **out, const char *name, const iso_network *network,
                              const isobit_data *data);
/* By name alone. */
isobit_status iso_loss_find(const iso_loss **out, const char *name);

#endif
