/* Before the loop: a training put on the device, and the public functions that train. */
#include "base/clock.h"
#include "base/memory.h"
#include "run/doctor.h"
#include "run/resume.h"
#include "run/train_device.h"

#include <math.h>
#include <stdlib.h>

isobit_status iso_training_new(iso_training **out, isobit_model *model, const isobit_data *data,
                               const isobit_settings *settings) {
    iso_training *training;
    isobit_status status;
    ISO_TRY(iso_model_check_data(model, data));
    ISO_TRY(iso_alloc(&training, 1, sizeof *training));
    training->model = model;
    ISO_DO(iso_model_view(model, data, &training->view));
    training->best = INFINITY;
    ISO_DO(iso_training_plan(training, model, &training->view, settings));
    ISO_DO(iso_training_fit(training));
    ISO_DO(iso_device_admit(model, settings));
    ISO_DO(iso_training_make(training));
    ISO_DO(iso_alloc(&training->order, training->samples, sizeof *training->order));
    ISO_DO(iso_alloc(&training->scalars, training->steps * ISO_SCALARS, sizeof(float)));
    ISO_DO(iso_digests_open(&training->digests, training, settings));
    training->clock = iso_optimizer_clock_at(&training->optimizer, 0);
    training->progress.epochs = training->epochs;
    training->progress.steps_per_epoch = training->steps;
    training->began = iso_now();
    *out = training;
    return ISOBIT_OK;
done:
    iso_training_free(training);
    return status;
}

void iso_training_free(iso_training *training) {
    if (!training)
        return;
    if (training->model)
        iso_finish(training->model->context); /* the queue may still read what goes now */
    iso_digests_close(training->digests);
    iso_training_unmake(training);
    iso_keeper_free(&training->keeper);
    iso_model_view_free(&training->view);
    iso_watch_told_free(&training->told);
    free(training->watched);
    iso_cycle_free(&training->cycle);
    free(training->remark);
    free(training->past);
    free(training->order);
    free(training->scalars);
    free(training->best_parameters);
    free(training);
}

/* ------------------------------------------------------------------------------- the API -- */

/* Train in one go. `path`, and `hash` with it, and `from` may be NULL. */
static isobit_status train(isobit_model *model, const isobit_data *data,
                           const isobit_settings *settings, const char *path,
                           const iso_checkpoint *from, iso_data_hash *hash,
                           isobit_callback callback, void *user) {
    iso_training *training;
    isobit_status status;
    ISO_TRY(iso_training_new(&training, model, data, settings));
    if (from)
        ISO_DO(iso_training_restore(training, from));
    if (path)
        ISO_DO(iso_training_checkpoint(training, settings, path, from, hash));
    status = iso_training_run(training, callback, user);
done:
    iso_training_free(training);
    return status;
}

isobit_status isobit_train(isobit_model *model, const isobit_data *data,
                           const isobit_settings *settings, isobit_callback callback, void *user) {
    return train(model, data, settings, NULL, NULL, NULL, callback, user);
}

isobit_status isobit_train_with_checkpoint(isobit_model *model, const isobit_data *data,
                                           const isobit_settings *settings, const char *path,
                                           isobit_callback callback, void *user) {
    iso_data_hash hash;
    iso_data_hash_begin(&hash, data, settings);
    const isobit_status status = train(model, data, settings, path, NULL, &hash, callback, user);
    iso_data_hash_end(&hash);
    return status;
}

isobit_status isobit_resume(isobit_model *model, const isobit_data *data,
                            const isobit_settings *settings, const char *path,
                            isobit_callback callback, void *user) {
    iso_checkpoint *from;
    iso_data_hash hash;
    ISO_TRY(iso_checkpoint_read(&from, path));
    iso_data_hash_begin(&hash, data, settings);
    isobit_status status = iso_resume_check(from, model, data, &hash, settings);
    if (status == ISOBIT_OK)
        status = train(model, data, settings, path, from, &hash, callback, user);
    iso_data_hash_end(&hash);
    iso_checkpoint_free(from);
    return status;
}
