/* Search: weights evolved instead of following gradients (optimizer genetic). */
#ifndef ISO_RUN_SEARCH_H
#define ISO_RUN_SEARCH_H

#include "nn/engine.h"
#include "nn/population.h"

/* A population on its way. A step is a generation, judged on one batch. */
typedef struct iso_search {
    iso_engine *engine;
    iso_feed *feed; /* of the training: gets the best individual's losses */
    iso_search_plan plan;
    uint64_t seed;
    size_t floats; /* of an individual */
    iso_population population;
    float *individuals, *next; /* plan.population by floats */
    float *losses, *fitness;   /* per individual and sample, per individual */
    uint32_t *correct;
    uint32_t *rank; /* individuals, the best first */
} iso_search;

/* Engine and feed are borrowed. @param first the individual that the others are mutants of
 * @param batch, rest samples in a step, and in the last one of an epoch (0: none is smaller)
 * @param rate of mutation, before the schedule */
isobit_status iso_search_new(iso_search **out, iso_engine *engine, const iso_loss *loss,
                             iso_feed *feed, iso_search_plan plan, uint64_t seed,
                             const float *first, double rate, size_t batch, size_t rest);
void iso_search_free(iso_search *search);
/* Begin again with the mutants of `first`. */
void iso_search_begin(iso_search *search, const float *first, double rate);

/* One generation: judge it on `samples` of the order from `at` on, put the best individual into
 * the engine, and breed the next. Waits.
 * @param generation how many there were before; @param rate of mutation, as rounded to float32 */
isobit_status iso_search_step(iso_search *search, const uint32_t *order, size_t at, size_t samples,
                              uint64_t generation, float rate);

#endif
