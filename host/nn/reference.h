/* The oracle: a whole network forward and backward in float64, as simple as can be. It shares no
 * formula with the kernels: activations and their derivatives are libm's, sums are plain loops, one
 * sample after the other. For tests and `isobit check`; nothing that trains calls it. */
#ifndef ISO_NN_REFERENCE_H
#define ISO_NN_REFERENCE_H

#include "nn/loss.h"

typedef struct iso_reference iso_reference;

/* A network with a batch. Network and loss are borrowed, the arrays copied.
 * @param x       samples by inputs, scaled as the network sees them
 * @param targets samples by outputs; classes as one-hot rows */
isobit_status iso_reference_new(iso_reference **out, const iso_network *network,
                                const iso_loss *loss, size_t samples, const double *x,
                                const double *targets);
void iso_reference_free(iso_reference *reference);

/* Forward through layers from, from + 1, …: the mean loss of the batch. What the layers below put
 * out stays from the call before, so a change of one layer's parameters costs no more than it must.
 * @param parameters dense, in network order */
double iso_reference_loss(iso_reference *reference, const double *parameters, size_t from);
/* The gradients of that loss, of the same layout, after a forward pass with the same parameters.
 * @param terms becomes, for each, the sum of the magnitudes of what the samples contribute; or NULL
 */
isobit_status iso_reference_gradients(iso_reference *reference, const double *parameters,
                                      double *gradients, double *terms);
/* The network's outputs for one sample of the last forward pass (borrowed). */
const double *iso_reference_outputs(const iso_reference *reference, size_t sample);

/* For every sample whether float32 may see it on the other side of a kink (relu at 0, mae at the
 * target) than float64 does, so that their gradients may rightly differ. After a forward pass. */
isobit_status iso_reference_near_kinks(const iso_reference *reference, const double *parameters,
                                       bool *near);

/* a = f(z) for a row of n, and delta = f'(z) applied to the error g that arrives at a. */
void iso_reference_activate(const iso_activation *activation, size_t n, const double *z, double *a);
void iso_reference_derive(const iso_activation *activation, size_t n, const double *z,
                          const double *a, const double *g, double *delta);

#endif
