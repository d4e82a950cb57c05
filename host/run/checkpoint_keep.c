#include "run/checkpoint_keep.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/settings.h"
#include "run/train.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

isobit_status iso_training_checkpoint(iso_training *training, const isobit_settings *settings,
                                      const char *path, const iso_checkpoint *from,
                                      iso_data_hash *hash) {
    iso_keeper keeper = {.hash = hash, .began = iso_now(), .last = iso_now()};
    isobit_status status;
    const char *every = isobit_settings_get(settings, "checkpoint");
    ISO_TRY(iso_interval_parse(&keeper.every, "checkpoint", every));
    if (keeper.every.unit == ISO_OFF)
        return ISOBIT_OK;
    iso_file_sweep(path);
    ISO_DO(iso_copy(&keeper.path, path));
    ISO_DO(iso_identity_new(&keeper.identity, training->model, training->data, settings));
    if (from && from->changed)
        ISO_DO(iso_copy(&keeper.changed, from->changed));
    keeper.resumed = from != NULL;
    if (from && !from->differs) { /* the file is what would be written */
        keeper.written = true;
        keeper.step = from->step;
    }
    training->keeper = keeper;
    return ISOBIT_OK;
done:
    iso_keeper_free(&keeper);
    return status;
}

void iso_keeper_free(iso_keeper *keeper) {
    iso_identity_free(&keeper->identity);
    free(keeper->path);
    free(keeper->changed);
    free(keeper->warning);
    *keeper = (iso_keeper){0};
}

/* ---------------------------------------------------------------------------------- when -- */

size_t iso_keeper_room(const iso_keeper *keeper, uint64_t step) {
    if (!keeper->path || keeper->every.unit != ISO_EVERY_STEPS)
        return SIZE_MAX;
    const size_t every = (size_t)keeper->every.count;
    return every - (size_t)(step % every);
}

static bool minutes_passed(const iso_keeper *keeper, double minutes) {
    return iso_now() - keeper->last >= 60 * minutes;
}

bool iso_keeper_due_at_step(const iso_keeper *keeper, uint64_t step) {
    if (!keeper->path || (keeper->written && keeper->step == step))
        return false;
    if (keeper->every.unit == ISO_EVERY_STEPS)
        return step % (uint64_t)keeper->every.count == 0;
    if (keeper->every.unit == ISO_EVERY_MINUTES)
        return minutes_passed(keeper, keeper->every.count);
    return keeper->every.unit == ISO_AUTO && minutes_passed(keeper, 1);
}

/* With "auto" after each epoch, unless epochs are so short that writing would cost more than a
 * twentieth of the time. */
static bool is_cheap(const iso_keeper *keeper) {
    return keeper->spent <= 0.05 * (iso_now() - keeper->began);
}

bool iso_keeper_due_at_epoch(const iso_keeper *keeper, size_t epochs) {
    if (!keeper->path)
        return false;
    if (keeper->every.unit == ISO_EVERY_EPOCHS)
        return epochs % (size_t)keeper->every.count == 0;
    return keeper->every.unit == ISO_AUTO && is_cheap(keeper);
}

/* --------------------------------------------------------------------------------- write -- */

/* The optimizer's memories and what was noted per sample, off the device. */
static isobit_status read_device(const iso_training *training, iso_checkpoint_arrays *arrays,
                                 float *block, uint32_t *correct) {
    const size_t floats = training->model->network->floats, samples = arrays->samples;
    const iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    for (unsigned m = 0; m < training->optimizer.states; m++, block += floats) {
        ISO_TRY(iso_engine_read(training->engine, (iso_kept)(ISO_MEMORY0 + m), block));
        arrays->memories[m] = block;
    }
    arrays->losses = block;
    arrays->correct = correct;
    if (!samples)
        return ISOBIT_OK;
    ISO_TRY(iso_buffer_read(feed->context, feed->losses, 0, block, samples * sizeof *block));
    return iso_buffer_read(feed->context, feed->correct, 0, correct, samples * sizeof *correct);
}

static isobit_status write_now(iso_training *training) {
    iso_keeper *keeper = &training->keeper;
    const iso_search *search = training->search;
    const size_t floats = training->model->network->floats;
    const size_t epoch_step = iso_training_epoch_step(training);
    char *device_check = (char *)(uintptr_t)iso_model_note(training->model, "device_check");
    memcpy(keeper->identity.data, iso_data_hash_take(keeper->hash), ISO_HEX_SIZE);
    const iso_checkpoint checkpoint = {.identity = keeper->identity,
                                       .changed = keeper->changed,
                                       .device_check = device_check,
                                       .step = training->progress.step,
                                       .epoch_step = epoch_step,
                                       .past = training->past,
                                       .epochs = training->past_count,
                                       .layers = training->watched,
                                       .layer_count = training->watch_width,
                                       .seconds = iso_now() - training->began,
                                       .best = training->best,
                                       .best_epoch = training->best_epoch};
    iso_checkpoint_arrays arrays = {.network = training->model->network,
                                    .parameters = training->model->parameters,
                                    .best = training->best_parameters,
                                    .population = search ? search->individuals : NULL,
                                    .individuals = search ? search->plan.population : 0,
                                    .samples = epoch_step * training->batch};
    float *block = NULL;
    uint32_t *correct = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&block, training->optimizer.states * floats + arrays.samples, sizeof *block));
    ISO_DO(iso_alloc(&correct, arrays.samples, sizeof *correct));
    ISO_DO(read_device(training, &arrays, block, correct));
    status = iso_checkpoint_write(&checkpoint, &arrays, keeper->path);
done:
    free(block);
    free(correct);
    return status;
}

isobit_status iso_training_keep(iso_training *training) {
    iso_keeper *keeper = &training->keeper;
    const double begin = iso_now();
    if (!keeper->path || (keeper->written && keeper->step == training->progress.step))
        return ISOBIT_OK;
    isobit_status status = write_now(training);
    keeper->last = iso_now();
    keeper->spent += keeper->last - begin;
    if (status != ISOBIT_OK)
        return status;
    keeper->written = true;
    keeper->step = training->progress.step;
    return ISOBIT_OK;
}
