/* The checkpoint file: all that a training needs to go on as if nothing had happened. */
#ifndef ISO_RUN_CHECKPOINT_H
#define ISO_RUN_CHECKPOINT_H

#include "base/hash.h"
#include "nn/engine.h"
#include "run/model.h"
#include "run/safetensors.h"

/* What is trained, on what, and how: what must be the same when it goes on. */
typedef struct iso_identity {
    isobit_settings *settings;  /* complete (iso_run_settings), and "checkpoint" */
    int contract;               /* of numerics */
    char data[ISO_HEX_SIZE];    /* of iso_data_hash */
    char network[ISO_HEX_SIZE]; /* SHA-256 over network, loss, input shape and scaling */
} iso_identity;

/* All but `data`, which stays empty. */
isobit_status iso_identity_new(iso_identity *out, const isobit_model *model,
                               const isobit_data *data, const isobit_settings *settings);
void iso_identity_free(iso_identity *identity);

/* Arrays of a checkpoint. For writing they are borrowed. */
typedef struct iso_checkpoint_arrays {
    const iso_network *network;          /* gives the next three their names */
    const float *parameters;             /* dense, in network order */
    const float *memories[ISO_MEMORIES]; /* the optimizer's, alike; NULL: none */
    const float *best;                   /* parameters of the best epoch, alike; NULL: none */
    const float *population;             /* of a search: the next generation, one individual's */
    size_t individuals;                  /* parameters after the other's; NULL: none */
    size_t samples;                      /* trained on in the epoch under way */
    const float *losses;                 /* theirs, in the epoch's order */
    const uint32_t *correct;             /* whether each was right */
} iso_checkpoint_arrays;

/* Everything but the arrays. */
typedef struct iso_checkpoint {
    iso_identity identity;
    char *changed;      /* how settings were changed on the way, or NULL */
    char *device_check; /* the model's note of that name: of a device that was not exact; or NULL */
    uint64_t step;      /* steps done */
    size_t epoch_step;  /* steps done in the epoch under way; 0: between epochs */
    isobit_progress *past;            /* what was told at the end of each whole epoch */
    size_t epochs;                    /* how many there are */
    const isobit_layer_state *layers; /* what was watched at the end of each: `epochs` rows of */
    size_t layer_count;               /* so many; 0: nothing ever was */
    double seconds;                   /* of training so far */
    double best;       /* the smallest validation loss, and the epoch (from 1) it came after; */
    size_t best_epoch; /* 0: none yet */
    bool differs;      /* iso_resume_check: settings have changed since it was written */
    char *path;        /* after reading, with the arrays in: */
    iso_st_file file;
} iso_checkpoint;

/* Write the file, aside and renamed into place: the one before stays until the new one is whole. */
isobit_status iso_checkpoint_write(const iso_checkpoint *checkpoint,
                                   const iso_checkpoint_arrays *arrays, const char *path);
/* The same as bytes, which the caller frees. */
isobit_status iso_checkpoint_format(const iso_checkpoint *checkpoint,
                                    const iso_checkpoint_arrays *arrays, char **bytes,
                                    size_t *length);

/* Read a file, verifying its checksum before anything else in it is believed. */
isobit_status iso_checkpoint_read(iso_checkpoint **out, const char *path);
/* The same from bytes, which are the checkpoint's from then on, also on failure. */
isobit_status iso_checkpoint_parse(iso_checkpoint **out, const char *path, char *bytes,
                                   size_t length);
void iso_checkpoint_free(iso_checkpoint *checkpoint);

/* Kinds of tensors per parameter: what stands before "0.weight". */
#define ISO_CHECKPOINT_PARAMETERS ""
#define ISO_CHECKPOINT_MEMORY0 "optimizer.0."
#define ISO_CHECKPOINT_MEMORY1 "optimizer.1."
#define ISO_CHECKPOINT_BEST "best."
/* Whether a checkpoint that was read has tensors of a kind. */
bool iso_checkpoint_has(const iso_checkpoint *checkpoint, const iso_network *network,
                        const char *kind);
/* Copy them out, dense in network order; names and shapes must be the network's. */
isobit_status iso_checkpoint_take(const iso_checkpoint *checkpoint, const iso_network *network,
                                  const char *kind, float *out);
/* Copy a search's population out, if there is one of so many individuals; else *found is false. */
isobit_status iso_checkpoint_take_population(const iso_checkpoint *checkpoint,
                                             const iso_network *network, size_t individuals,
                                             float *out, bool *found);
/* Copy losses and scores of the epoch under way out; there must be exactly `samples` of each. */
isobit_status iso_checkpoint_take_epoch(const iso_checkpoint *checkpoint, size_t samples,
                                        float *losses, uint32_t *correct);

#endif
