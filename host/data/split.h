/* Dividing samples into training, validation and test parts. Private to host/data. */
#ifndef ISO_DATA_SPLIT_H
#define ISO_DATA_SPLIT_H

#include "data/data.h"

/* Divide the training part of `data` by `text`; "" leaves it alone.
 *
 *   "80/20"     train/test; train/validation when the data has a test part of its own
 *   "70/15/15"  train/validation/test; refused when the data has a test part of its own
 *
 * Any positive numbers will do: part k ends at sample round(n * (sum up to k) / sum), halves up.
 * The samples are shuffled with the seed's stream (ISO_RANDOM_SPLIT, 0) and then cut. Stratified:
 * the samples of each class are, with the stream (ISO_RANDOM_SPLIT, class), and the parts are put
 * back into file order. A part without a sample is refused. On failure `data` is unchanged. */
isobit_status iso_split(isobit_data *data, const char *text, bool stratify, uint64_t seed);

#endif
