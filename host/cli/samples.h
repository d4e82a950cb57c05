/* Samples drawn as text. */
#ifndef ISO_CLI_SAMPLES_H
#define ISO_CLI_SAMPLES_H

#include "data/data.h"

/* One feature of one sample as it is in the file. */
double cli_value(const isobit_data *data, size_t sample, size_t feature);

/* Samples of a part to show: round after round, the next one of every class.
 * @param count in: how many at most, as chosen has room for; out: how many there are */
isobit_status cli_samples_choose(const isobit_data *data, isobit_part part, size_t *chosen,
                                 size_t *count);
/* A few samples of the training part, of different classes first: images with shading characters,
 * others as their numbers. */
isobit_status cli_samples_print(const isobit_data *data, size_t count);

/* What an autoencoder makes of some samples: images below each other, others as their numbers.
 * @param inputs, outputs count by the shape's values, as the network sees and gives them */
isobit_status cli_reconstructions_print(iso_shape shape, const float *inputs, const float *outputs,
                                        size_t count);

#endif
