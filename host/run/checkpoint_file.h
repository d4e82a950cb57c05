/* Names and places in a checkpoint file; they are explained in checkpoint_write.c. Private. */
#ifndef ISO_RUN_CHECKPOINT_FILE_H
#define ISO_RUN_CHECKPOINT_FILE_H

#define ISO_CHECKPOINT_FORMAT "1"

/* How the header begins behind the 8 bytes of its length, and where the digest's digits are. */
#define ISO_CHECKPOINT_OPENING "{\"__metadata__\": {\"sha256\": \""
enum { ISO_CHECKPOINT_DIGEST_AT = 8 + sizeof ISO_CHECKPOINT_OPENING - 1 };

#define ISO_NOTE_FORMAT "isobit.checkpoint"
#define ISO_NOTE_CONTRACT "isobit.contract"
#define ISO_NOTE_DATA "isobit.data"
#define ISO_NOTE_NETWORK "isobit.network"
#define ISO_NOTE_STEP "isobit.step"
#define ISO_NOTE_EPOCHS "isobit.epochs"
#define ISO_NOTE_EPOCH_STEP "isobit.epoch_step"
#define ISO_NOTE_SECONDS "isobit.seconds"
#define ISO_NOTE_BEST_LOSS "isobit.best_loss"
#define ISO_NOTE_BEST_EPOCH "isobit.best_epoch"
#define ISO_NOTE_CHANGED "isobit.changed"
#define ISO_NOTE_DEVICE "isobit.device_check"
#define ISO_CHECKPOINT_SETTING "isobit.setting."

#define ISO_CHECKPOINT_PAST "past"
#define ISO_CHECKPOINT_POPULATION "search.population"
#define ISO_CHECKPOINT_LAYERS "past.layers"
#define ISO_CHECKPOINT_LOSSES "epoch.losses"
#define ISO_CHECKPOINT_CORRECT "epoch.correct"

/* Columns of "past": these, then samples, loss and accuracy of each part. */
enum {
    ISO_PAST_STEP,
    ISO_PAST_RATE,
    ISO_PAST_SPEED,
    ISO_PAST_SECONDS,
    ISO_PAST_PARTS,
    ISO_PAST_PART_WIDTH = 3,
    ISO_PAST_WIDTH = ISO_PAST_PARTS + 3 * ISO_PAST_PART_WIDTH
};

/* Columns of "past.layers": a layer's state. */
enum {
    ISO_LAYER_NUMBER,
    ISO_LAYER_UNITS,
    ISO_LAYER_MEAN,
    ISO_LAYER_VARIANCE,
    ISO_LAYER_GRADIENT_MEAN,
    ISO_LAYER_GRADIENT_VARIANCE,
    ISO_LAYER_GRADIENT_NORM,
    ISO_LAYER_DEAD,
    ISO_LAYER_SATURATED,
    ISO_LAYER_WIDTH
};

#endif
