/* Proof that the perceptron rule will never end: it has come back to where it was. */
#ifndef ISO_RUN_CYCLE_H
#define ISO_RUN_CYCLE_H

#include "nn/optimizer.h"
#include "run/model.h"

/* Where the rule was after an earlier epoch. Start from {0}. */
typedef struct iso_cycle {
    float *parameters; /* then; NULL: not looked for */
    size_t epoch;
    bool erred; /* an answer since then was wrong */
    bool found;
} iso_cycle;

/* Begin to look, where the argument holds: with the perceptron rule on a single layer. */
isobit_status iso_cycle_begin(iso_cycle *cycle, const isobit_model *model,
                              const iso_optimizer *optimizer, size_t epoch);
void iso_cycle_free(iso_cycle *cycle);

/* After an epoch: the remark if that is proof, once (the caller frees it); else NULL. */
isobit_status iso_cycle_look(iso_cycle *cycle, const isobit_model *model,
                             const isobit_metrics *train, size_t epoch, char **out);

#endif
