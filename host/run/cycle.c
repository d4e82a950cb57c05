/* Why coming back proves it. If some line (a hyperplane) separates the classes, then with w* its
 * weights every update of the rule makes the product of w and w* larger, in whatever order and
 * batches samples come and at any rate (Novikoff, "On convergence proofs on perceptrons", 1962). So
 * weights that were wrong in between are never what they were before. Where no line separates
 * them, weights stay within bounds (the perceptron cycling theorem), and do come back when they
 * lie on a grid, as float32 numbers do.
 *
 * The epoch to come back to moves on to the next power of two: Brent's way to find cycles of any
 * length with a single copy. */
#include "run/cycle.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

isobit_status iso_cycle_begin(iso_cycle *cycle, const isobit_model *model,
                              const iso_optimizer *optimizer, size_t epoch) {
    const char *loss = iso_optimizer_loss(optimizer);
    if (!loss || strcmp(loss, ISO_PERCEPTRON) != 0 || model->network->count > 1)
        return ISOBIT_OK;
    const size_t bytes = model->network->floats * sizeof(float);
    ISO_TRY(iso_alloc(&cycle->parameters, bytes, 1));
    memcpy(cycle->parameters, model->parameters, bytes);
    cycle->epoch = epoch;
    return ISOBIT_OK;
}

void iso_cycle_free(iso_cycle *cycle) {
    free(cycle->parameters);
    *cycle = (iso_cycle){0};
}

isobit_status iso_cycle_look(iso_cycle *cycle, const isobit_model *model,
                             const isobit_metrics *train, size_t epoch, char **out) {
    const size_t bytes = model->network->floats * sizeof(float);
    *out = NULL;
    if (!cycle->parameters || cycle->found)
        return ISOBIT_OK;
    cycle->erred |= model->classes ? train->accuracy < 1 : train->loss > 0;
    if (cycle->erred && !memcmp(cycle->parameters, model->parameters, bytes)) {
        cycle->found = true;
        return iso_format(out,
                          "No progress: after epoch %zu the weights are exactly those after epoch "
                          "%zu, with wrong answers in between. So the classes are not linearly "
                          "separable, and the perceptron rule will go round for ever. A network "
                          "with a hidden layer, as \"dense 4 tanh, dense 1 sigmoid\", and another "
                          "optimizer can learn more.",
                          epoch, cycle->epoch);
    }
    if (epoch >= 2 * cycle->epoch) {
        memcpy(cycle->parameters, model->parameters, bytes);
        cycle->epoch = epoch;
        cycle->erred = false;
    }
    return ISOBIT_OK;
}
