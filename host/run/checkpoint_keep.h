/* When a training writes its checkpoint, and doing it. */
#ifndef ISO_RUN_CHECKPOINT_KEEP_H
#define ISO_RUN_CHECKPOINT_KEEP_H

#include "base/clock.h"
#include "base/interval.h"
#include "run/checkpoint.h"
#include "run/data_hash.h"

struct iso_training;

/* The checkpoint of one training; made by iso_training_checkpoint. */
typedef struct iso_keeper {
    char *path; /* NULL: none is kept */
    iso_interval every;
    iso_identity identity;
    iso_data_hash *hash; /* borrowed: what the identity says of the data, at the first one */
    char *changed;       /* how settings were changed on the way, or NULL */
    bool resumed;        /* there was one before this training */
    bool written;        /* there is one, of */
    uint64_t step;       /* this step */
    double began, last;  /* when training began, and when one was last written or tried */
    double spent;        /* seconds that went into them */
    char *warning;       /* why the last one could not be written, or NULL */
} iso_keeper;

void iso_keeper_free(iso_keeper *keeper);

/* How many steps may be done before the next one is due by steps; SIZE_MAX: no limit. */
size_t iso_keeper_room(const iso_keeper *keeper, uint64_t step);
/* Whether one is due between two steps of an epoch, or after so many whole epochs. */
bool iso_keeper_due_at_step(const iso_keeper *keeper, uint64_t step);
bool iso_keeper_due_at_epoch(const iso_keeper *keeper, size_t epochs);

/* Write one now, unless it is there already. The model's host parameters must be the device's. */
isobit_status iso_training_keep(struct iso_training *training);

#endif
