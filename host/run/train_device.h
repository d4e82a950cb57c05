/* What a training has on the device, and whether it fits there. */
#ifndef ISO_RUN_TRAIN_DEVICE_H
#define ISO_RUN_TRAIN_DEVICE_H

#include "run/fit.h"
#include "run/train.h"

/* From settings and data: how many steps of which batch, the optimizer, the schedule. Borrows
 * model, data and settings; the model needs no parameters. */
isobit_status iso_training_plan(iso_training *training, isobit_model *model,
                                const isobit_data *data, const isobit_settings *settings);
/* Find out how it fits the device. What does not is refused with what is needed, what the device
 * has and the largest batch that would fit. */
isobit_status iso_training_fit(iso_training *training);
/* Then make engine, data, steps and evaluators, and launch everything once. A driver that refuses
 * memory which the device should have is asked for less, or if that does not fit, refused likewise.
 * Also after a failure it is to be unmade, which waits for nothing. */
isobit_status iso_training_make(iso_training *training);
void iso_training_unmake(iso_training *training);

/* What training takes, found out before it begins. */
typedef struct iso_estimate {
    iso_fit device;
    size_t batch;         /* that was asked for, at most the samples there are */
    size_t largest_batch; /* that fits; 0: no smaller one does */
    struct iso_host_need {
        size_t data; /* samples as they were read */
        size_t
            parameters; /* of the model, and copies while epochs end and checkpoints are written */
        size_t steps;   /* the epoch's order, scalars, and data on its way to the device */
    } host;
} iso_estimate;

/* Count everything that training this model (which needs no parameters yet) would take. Nothing
 * stays allocated. */
isobit_status iso_training_estimate(iso_estimate *out, isobit_model *model, const isobit_data *data,
                                    const isobit_settings *settings);
/* Refuse an estimate that does not fit, as iso_training_fit does. */
isobit_status iso_estimate_check(const iso_estimate *estimate, const isobit_context *context);

#endif
