/* A model's network on the device over one part of a data set, to evaluate it or for its outputs.
 */
#ifndef ISO_RUN_FORWARD_H
#define ISO_RUN_FORWARD_H

#include "run/evaluate.h"

typedef struct iso_forward {
    const isobit_model *model; /* borrowed, as the data */
    const isobit_data *data;
    isobit_part part;
    bool answers; /* the loss too */
    size_t batch;
    iso_engine *engine;
    iso_feed feed;
    iso_evaluator evaluator;
} iso_forward;

/* @param answers labels or targets are there, as the model numbers them, and losses wanted.
 * On failure *out is empty. It must not be moved. */
isobit_status iso_forward_new(iso_forward *out, const isobit_model *model, const isobit_data *data,
                              isobit_part part, bool answers);
void iso_forward_free(iso_forward *forward);

#endif
