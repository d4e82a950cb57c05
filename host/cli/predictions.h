/* Predictions as a file: CSV for everybody, .npy for NumPy. */
#ifndef ISO_CLI_PREDICTIONS_H
#define ISO_CLI_PREDICTIONS_H

#include "run/model.h"

typedef struct cli_predictions {
    const isobit_model *model;
    size_t samples;
    const float *outputs; /* [samples][outputs of the model] */
    bool probabilities;   /* each class's, not only the class */
} cli_predictions;

/* CSV with a header: "class", then "p_NAME" for every class where probabilities are asked for; a
 * regression has "y", or "y1", "y2", … The caller frees the text. */
isobit_status cli_predictions_csv(const cli_predictions *predictions, char **bytes, size_t *length);
/* One array: the classes as int64 where all names are whole numbers, else as text ('<U…'); with
 * probabilities these alone, float32 [samples, classes]; a regression's values, float32 [samples,
 * outputs]. */
isobit_status cli_predictions_npy(const cli_predictions *predictions, char **bytes, size_t *length);

#endif
