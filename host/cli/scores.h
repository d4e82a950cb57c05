/* A model's scores on one part of the data, printed. */
#ifndef ISO_CLI_SCORES_H
#define ISO_CLI_SCORES_H

#include "run/model.h"

typedef struct cli_scores {
    const isobit_model *model;
    isobit_metrics metrics;
    size_t *counts; /* [truth * classes + prediction]; NULL: a regression */
} cli_scores;

/* As tables for people. */
isobit_status cli_scores_print(const cli_scores *scores);
/* As one JSON object. */
isobit_status cli_scores_json(const cli_scores *scores);

#endif
