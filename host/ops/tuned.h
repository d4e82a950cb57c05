/* Stored winners of the tuner, verified before they are used. */
#ifndef ISO_OPS_TUNED_H
#define ISO_OPS_TUNED_H

#include "device/tuning.h"

/* Whether a variant of a matrix product gives, bit for bit, what the first of the op's other exact
 * variants gives (naive, where it is there), at a shape with edges in every dimension. */
bool iso_tuned_product_is_right(isobit_context *context, const iso_tuned *tuned);

#endif
