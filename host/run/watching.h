/* What a training tells of its layers (--watch): after every epoch, and when something is wrong. */
#ifndef ISO_RUN_WATCHING_H
#define ISO_RUN_WATCHING_H

#include "nn/watch.h"

/* Which warnings have been given. Start from {0}. */
typedef struct iso_watch_told {
    bool gradient;
    bool *layers; /* per layer that is watched */
} iso_watch_told;

void iso_watch_told_free(iso_watch_told *told);

/* The next warning that was not given before (the caller frees it), or NULL. The rules stand in
 * watching.c. */
isobit_status iso_watch_warning(iso_watch_told *told, const iso_network *network,
                                const isobit_layer_state *layers, size_t count, char **out);

struct iso_training;

/* Put the layers of an epoch that is done into the training's progress and history. */
isobit_status iso_training_note_layers(struct iso_training *training);

#endif
