/* Running a network forward over a part of the data. */
#ifndef ISO_RUN_EVALUATE_H
#define ISO_RUN_EVALUATE_H

#include "nn/step.h"
#include "run/model.h"

enum {
    ISO_EVALUATION_BATCH = 256
}; /* samples a step, where they fit; results do not depend on it */

/* The forward steps over one feed. Engine and feed are borrowed. */
typedef struct iso_evaluator {
    const iso_engine *engine;
    iso_feed *feed;
    iso_workspace workspace;
    iso_step full, rest; /* whole batches, and what is left over */
} iso_evaluator;

/* On failure *out is empty. The evaluator must not be moved. */
isobit_status iso_evaluator_new(iso_evaluator *out, const iso_engine *engine, iso_feed *feed);
void iso_evaluator_free(iso_evaluator *evaluator);
/* Run over the whole feed, then fill samples, loss and accuracy. Waits. */
isobit_status iso_evaluator_run(iso_evaluator *evaluator, isobit_metrics *out);
/* Run over the whole feed and copy the outputs, [samples][outputs], or the inputs as the network
 * sees them. Waits. */
isobit_status iso_evaluator_outputs(iso_evaluator *evaluator, float *out);
isobit_status iso_evaluator_inputs(iso_evaluator *evaluator, float *out);

#endif
