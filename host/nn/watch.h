/* Looking into a network while it trains: what its layers put out and what error arrives there. */
#ifndef ISO_NN_WATCH_H
#define ISO_NN_WATCH_H

#include "nn/step.h"

/* A batch of the training part goes forward and back, without gradients, and each layer with
 * weights is measured. All but the engine, the data and the network is its own. */
typedef struct iso_watch {
    const iso_engine *engine;
    iso_feed feed; /* samples from all over the training part, the same ones every time */
    uint32_t chosen[ISO_CHUNK]; /* those */
    iso_workspace workspace;
    iso_step step;
    cl_mem *statistics; /* per layer of the network; NULL: not watched */
    isobit_layer_state *layers;
    size_t count; /* of layers that are watched */
} iso_watch;

/* How many of so many samples are looked at. */
static inline size_t iso_watch_batch(size_t samples) {
    return samples < ISO_CHUNK ? samples : ISO_CHUNK;
}

/* @param feed of the training part, which lends its data; @param data the same that it was made of
 */
isobit_status iso_watch_new(iso_watch *out, const iso_engine *engine, const iso_feed *feed,
                            const isobit_data *data);
void iso_watch_free(iso_watch *watch);
/* Measure the network as it is now: fills watch->layers. Waits. */
isobit_status iso_watch_look(iso_watch *watch);

#endif
