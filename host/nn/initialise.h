/* Initial weights. */
#ifndef ISO_NN_INITIALISE_H
#define ISO_NN_INITIALISE_H

#include "nn/network.h"

/* Check an initialiser's text ("he_normal", "eye:0.5"), without using it. */
isobit_status iso_initialiser_check(const char *text);
/* Fill a weight; `out` has its rows * columns floats. */
isobit_status iso_initialise(const char *text, const iso_parameter *weight, uint64_t seed,
                             float *out);

#endif
