/* Many networks of one shape on a device: their losses on a batch, all at once. */
#ifndef ISO_NN_POPULATION_H
#define ISO_NN_POPULATION_H

#include "data/data.h"
#include "nn/loss.h"
#include "ops/feed.h"

/* The batch stands once for every network, one after the other, so that a batch of many rows goes
 * through all of them; each launch serves the whole population. */
typedef struct iso_population {
    const iso_network *network;
    size_t networks, batch;
    iso_feed feed;          /* its order is the batch's, once a network */
    iso_tensor x, centred;  /* as in a workspace */
    iso_tensor *parameters; /* per parameter: a network's matrix or bias row after the other's */
    iso_tensor *z, *a;      /* per layer */
    iso_list full, rest;    /* for whole batches, and for the last, smaller one */
} iso_population;

/* @param data, feed of the training part; @param batch, rest rows of these (0: none is smaller)
 * Refuses networks with other layers than dense ones. On failure *out is empty; it must not be
 * moved. */
isobit_status iso_population_new(iso_population *out, isobit_context *context,
                                 const iso_network *network, const iso_loss *loss,
                                 const iso_feed *feed, size_t networks, size_t batch, size_t rest);
void iso_population_free(iso_population *population);

/* Evaluate on one batch. Waits.
 * @param parameters networks by network->floats; @param order of the batch's samples
 * @param losses, correct what each sample comes to: networks by samples */
isobit_status iso_population_run(iso_population *population, const float *parameters,
                                 const uint32_t *order, size_t samples, float *losses,
                                 uint32_t *correct);

#endif
