/* What the units of a layer do over a batch: kernels/unit_statistics_columns.cl. */
#ifndef ISO_OPS_STATISTICS_H
#define ISO_OPS_STATISTICS_H

#include "device/buffer.h"
#include "device/launch.h"

/* Rows of the result, a float for each column of the layer. */
enum {
    ISO_UNIT_MEAN,          /* of the outputs */
    ISO_UNIT_SQUARES,       /* sum of the squares of their distances to it */
    ISO_UNIT_GRADIENT_MEAN, /* the same of the error terms */
    ISO_UNIT_GRADIENT_SQUARES,
    ISO_UNIT_GRADIENT_NORM, /* sum of the error terms' squares */
    ISO_UNIT_FLAT,          /* in how many rows next to nothing of the error gets through */
    ISO_UNIT_STATISTICS
};

/* Append the launch. z, a and delta have one shape, of at most ISO_CHUNK rows.
 * @param slope the activation whose slope tells where a unit is flat; NULL: it never is
 * @param out ISO_UNIT_STATISTICS times a->columns floats */
isobit_status iso_unit_statistics(iso_list *list, const iso_tensor *z, const iso_tensor *a,
                                  const iso_tensor *delta, const char *slope, cl_mem out,
                                  const char *label);

#endif
