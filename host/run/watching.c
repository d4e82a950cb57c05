/* The rules, over the layers with weights and a batch of up to 256 samples of the training part:
 *
 *   vanishing   the norm of the first layer's error terms is below 1/1000 of the last layer's
 *   exploding   it is above 1000 times that
 *   dead        more than half of a hidden layer's units of relu and its kin have a slope below
 *               0.01 for every sample
 *   saturated   more than half of a hidden layer's sigmoid or tanh units have one for 9 of 10
 *
 * Each is told once, the last two once a layer. (An output may well be saturated: it is sure.) */
#include "run/watching.h"

#include "base/memory.h"
#include "run/train.h"

#include <stdlib.h>
#include <string.h>

static const double far = 1e3;

void iso_watch_told_free(iso_watch_told *told) {
    free(told->layers);
    *told = (iso_watch_told){0};
}

static isobit_status judge_gradient(const isobit_layer_state *first, const isobit_layer_state *last,
                                    char **out) {
    static const char advice[] = "Other initial weights (he_normal before relu, xavier_uniform "
                                 "before tanh and sigmoid), relu, or fewer layers may help";
    const double below = first->gradient_norm, above = last->gradient_norm;
    if (below < above / far)
        return iso_format(out,
                          "Vanishing: the error terms of layer %zu have norm %.3g, those of the "
                          "last layer %.3g, so the first layers hardly learn. %s.",
                          first->layer, below, above, advice);
    if (below > above * far)
        return iso_format(out,
                          "Exploding: the error terms of layer %zu have norm %.3g, those of the "
                          "last layer %.3g, so the first layers learn in leaps. %s, and --clip 1.",
                          first->layer, below, above, advice);
    return ISOBIT_OK;
}

static isobit_status judge_units(const iso_network *network, const isobit_layer_state *layer,
                                 char **out) {
    const char *activation = network->layers[layer->layer - 1].activation->name;
    if (layer->dead > layer->units / 2)
        return iso_format(out,
                          "Dead units: %zu of the %zu %s units of layer %zu pass on no error for "
                          "any sample, so they no longer learn. A lower learning rate, leaky_relu "
                          "or --scale standard may help.",
                          layer->dead, layer->units, activation, layer->layer);
    if (layer->saturated > layer->units / 2)
        return iso_format(out,
                          "Saturated: %zu of the %zu %s units of layer %zu are at the ends of "
                          "their range for nearly all samples, so they hardly learn. Smaller "
                          "initial weights, a lower learning rate or --scale standard may help.",
                          layer->saturated, layer->units, activation, layer->layer);
    return ISOBIT_OK;
}

isobit_status iso_watch_warning(iso_watch_told *told, const iso_network *network,
                                const isobit_layer_state *layers, size_t count, char **out) {
    *out = NULL;
    if (!told->layers)
        ISO_TRY(iso_alloc(&told->layers, count, sizeof *told->layers));
    if (!told->gradient && count > 1)
        ISO_TRY(judge_gradient(&layers[0], &layers[count - 1], out));
    if (*out) {
        told->gradient = true;
        return ISOBIT_OK;
    }
    for (size_t i = 0; i < count && !*out; i++) {
        if (told->layers[i] || layers[i].layer == network->count)
            continue;
        ISO_TRY(judge_units(network, &layers[i], out));
        told->layers[i] = *out != NULL;
    }
    return ISOBIT_OK;
}

isobit_status iso_training_note_layers(iso_training *training) {
    const iso_watch *watch = training->watch;
    const size_t row = training->watch_width;
    if (!row)
        return ISOBIT_OK;
    ISO_TRY(iso_resize(&training->watched, (training->past_count + 1) * row,
                       sizeof *training->watched));
    isobit_layer_state *to = training->watched + training->past_count * row;
    memset(to, 0, row * sizeof *to);
    if (watch)
        memcpy(to, watch->layers, row * sizeof *to);
    training->progress.layers = watch ? watch->layers : NULL;
    training->progress.layer_count = watch ? watch->count : 0;
    return ISOBIT_OK;
}
