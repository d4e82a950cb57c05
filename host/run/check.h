/* Gradients on the device and in float64, side by side: isobit_check, in pieces for the tests. */
#ifndef ISO_RUN_CHECK_H
#define ISO_RUN_CHECK_H

#include "nn/reference.h"
#include "run/model.h"

/* A small data set with copies of some samples, all of them its training part.
 * @param which indices of samples; the caller frees *out with isobit_data_free */
isobit_status iso_check_take(isobit_data **out, const isobit_data *data, const uint32_t *which,
                             size_t count);

/* The float64 reference of a model on all samples of such a set, after a forward pass with
 * `parameters`, which are the model's. */
isobit_status iso_check_reference(iso_reference **out, const isobit_model *model,
                                  const isobit_data *batch, const double *parameters);

/* What the device computes for all samples of such a set as one batch: the gradients, dense in
 * network order, and the mean loss. */
isobit_status iso_check_device(const isobit_model *model, const isobit_data *batch,
                               float *gradients, double *loss);

#endif
