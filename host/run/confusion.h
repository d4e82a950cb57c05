/* A model's outputs for a part of a data set, and how its classes are taken for each other. */
#ifndef ISO_RUN_CONFUSION_H
#define ISO_RUN_CONFUSION_H

#include "run/model.h"

/* Outputs for every sample of a part in the part's order, samples by outputs. Labels and targets
 * do not matter. @param inputs the samples as the network sees them, scaled; NULL: not wanted */
isobit_status iso_part_outputs(isobit_model *model, const isobit_data *data, isobit_part part,
                               float *out, float *inputs);

#endif
