/* Whitening of features (ZCA). Private to host/data. */
#ifndef ISO_DATA_WHITEN_H
#define ISO_DATA_WHITEN_H

#include "data/data.h"

/* The symmetric matrix that turns x - mean into features without correlation and of variance 1 over
 * the training part, as near to what they were as can be.
 * @param matrix features by features; @param mean of every feature */
isobit_status iso_whiten(float *matrix, const isobit_data *data, const float *mean);

#endif
