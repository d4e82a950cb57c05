/* A training under way: what isobit_train does, in pieces that checkpoints can come between. */
#ifndef ISO_RUN_TRAIN_H
#define ISO_RUN_TRAIN_H

#include "nn/resident.h"
#include "run/checkpoint_keep.h"
#include "run/cycle.h"
#include "run/digests.h"
#include "run/evaluate.h"
#include "run/search.h"
#include "run/watching.h"

typedef struct iso_training {
    isobit_model *model;
    const isobit_data *data; /* the view */
    isobit_data view;        /* the data with the model's numbers of its classes */
    isobit_callback callback;
    void *user;

    size_t samples, batch, steps; /* of an epoch: samples, samples per step, steps */
    size_t evaluation;            /* the most samples per step of the other parts */
    size_t chunk;                 /* samples that pass through the device at a time; 0: all stay */
    size_t epochs, early_stop;
    uint64_t seed;
    bool shuffle, keep_best;
    bool digesting; /* digests of every launch are wanted */
    bool watching;  /* layers are watched */
    double clip;    /* gradients' global norm; 0: never */
    iso_precision precision;
    iso_optimizer optimizer;
    iso_schedule schedule;
    iso_optimizer_clock clock; /* before the next epoch */

    iso_engine *engine;
    iso_feed feeds[ISOBIT_PARTS];
    iso_workspace workspace;
    iso_step full, rest;   /* whole batches, and the last, smaller one */
    iso_resident resident; /* or all of them in one launch */
    iso_search *search;    /* or none of these, but a search; NULL: there is none */
    iso_evaluator evaluators[ISOBIT_PARTS]; /* none for the training part */
    iso_watch *watch;                       /* NULL: layers are not watched */
    iso_watch_told told;
    isobit_layer_state
        *watched;         /* past_count rows of watch_width layers; zeros: not watched then */
    size_t watch_width;   /* 0: never watched */
    iso_digests *digests; /* NULL: none are wanted */
    uint32_t *order;      /* of the epoch */
    float *scalars;       /* of the epoch's steps */

    isobit_progress progress;
    isobit_progress *past; /* what was told at the end of each whole epoch */
    size_t past_count;
    size_t first; /* the first step of the next epoch: above 0 when a resumed run is within it */
    size_t burst; /* steps enqueued at once */
    iso_keeper keeper;
    iso_cycle cycle;
    char *remark;          /* what training found out about itself, or NULL */
    double began, stepped; /* iso_now() before, and at the first step; 0: there was none */
    double best;           /* the smallest validation loss, and where it was */
    size_t best_epoch;
    float *best_parameters;
} iso_training;

/* Put model and data on the device. Model and data are borrowed. No checkpoints are kept. */
isobit_status iso_training_new(iso_training **out, isobit_model *model, const isobit_data *data,
                               const isobit_settings *settings);
/* Put a fresh training where its checkpoint was taken, after iso_resume_check. */
isobit_status iso_training_restore(iso_training *training, const iso_checkpoint *from);
/* Keep checkpoints at `path`, by the setting "checkpoint".
 * @param from what the training was restored from, and is at `path`; NULL: it begins
 * @param hash of the training's data (borrowed) */
isobit_status iso_training_checkpoint(iso_training *training, const isobit_settings *settings,
                                      const char *path, const iso_checkpoint *from,
                                      iso_data_hash *hash);
/* Train to the end; see isobit_train. */
isobit_status iso_training_run(iso_training *training, isobit_callback callback, void *user);
void iso_training_free(iso_training *training);

/* Steps done of the epoch under way; 0: between two epochs. */
size_t iso_training_epoch_step(const iso_training *training);
/* Whether so many epochs are `patience` or more after the best one; 0: never. */
bool iso_stopped_early(size_t epochs, size_t best_epoch, size_t patience);

#endif
