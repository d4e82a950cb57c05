/* Before the loop: a training put on the device, and the public functions that train. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/settings.h"
#include "run/doctor.h"
#include "run/resume.h"

#include <math.h>
#include <stdlib.h>

static isobit_status read_settings(iso_training *training, const isobit_settings *settings) {
    const size_t samples = isobit_data_samples(training->data, ISOBIT_TRAIN);
    const size_t batch = iso_settings_size(settings, "batch");
    if (!samples)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "the training part of the data is empty");
    training->samples = samples;
    training->batch = batch && batch < samples ? batch : samples;
    training->steps = (samples + training->batch - 1) / training->batch;
    training->epochs = iso_settings_size(settings, "epochs");
    training->seed = iso_settings_size(settings, "seed");
    training->shuffle = iso_settings_on(settings, "shuffle");
    training->early_stop = iso_settings_size(settings, "early-stop");
    training->keep_best = iso_settings_on(settings, "keep-best");
    if ((training->early_stop || training->keep_best) &&
        !isobit_data_samples(training->data, ISOBIT_VALIDATION))
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "early-stop and keep-best go by a validation part: split the data, as 70/15/15");
    ISO_TRY(iso_optimizer_parse(&training->optimizer, isobit_settings_get(settings, "optimizer")));
    return iso_schedule_parse(&training->schedule, isobit_settings_get(settings, "schedule"));
}

static isobit_status prepare_search(iso_training *training, const isobit_settings *settings) {
    if (*isobit_settings_get(settings, "digests") || iso_settings_double(settings, "clip") > 0)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "optimizer %s follows no gradients: it has neither digests nor clip",
                        iso_optimizer_name(&training->optimizer));
    return iso_search_new(
        &training->search, training->engine, training->model->loss, &training->feeds[ISOBIT_TRAIN],
        iso_optimizer_search(&training->optimizer), training->seed, training->model->parameters,
        training->optimizer.lr, training->batch, training->samples % training->batch);
}

/* The launches of a training step: one for many steps where that is faster (digests want each
 * launch by itself), or else those of a whole batch and of what is left over. */
static isobit_status prepare_steps(iso_training *training, const isobit_settings *settings) {
    const iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    const size_t batch = training->batch, rest = training->samples % batch;
    if (!training->epochs) /* nothing is trained: step neurons with given weights are fine */
        return ISOBIT_OK;
    if (iso_optimizer_search(&training->optimizer).population)
        return prepare_search(training, settings);
    if (!*isobit_settings_get(settings, "digests"))
        ISO_TRY(iso_resident_new(&training->resident, training->engine, feed, batch));
    if (training->resident.list.count)
        return ISOBIT_OK;
    ISO_TRY(iso_workspace_new(&training->workspace, training->engine, feed, batch, true));
    ISO_TRY(iso_step_training(&training->full, training->engine, &training->workspace, feed, batch,
                              batch));
    return rest ? iso_step_training(&training->rest, training->engine, &training->workspace, feed,
                                    rest, batch)
                : ISOBIT_OK;
}

/* Launch everything once with updates frozen: some devices finish compiling at the first launch,
 * which is not to count as training. */
static isobit_status warm_up(iso_training *training) {
    iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    ISO_TRY(iso_feed_freeze(feed));
    ISO_TRY(iso_list_enqueue(&training->full.list));
    ISO_TRY(iso_list_enqueue(&training->rest.list));
    ISO_TRY(iso_list_enqueue(&training->resident.list));
    for (int part = ISOBIT_VALIDATION; part < ISOBIT_PARTS; part++) {
        ISO_TRY(iso_list_enqueue(&training->evaluators[part].full.list));
        ISO_TRY(iso_list_enqueue(&training->evaluators[part].rest.list));
    }
    return iso_finish(training->model->context);
}

static isobit_status start_watching(iso_training *training) {
    ISO_TRY(iso_alloc(&training->watch, 1, sizeof *training->watch));
    const isobit_status status = iso_watch_new(training->watch, training->engine,
                                               &training->feeds[ISOBIT_TRAIN], training->data);
    if (status != ISOBIT_OK)
        return iso_fail_at(status, "watch");
    training->watch_width = training->watch->count;
    return ISOBIT_OK;
}

/* The engine, the data and the steps on the device. */
static isobit_status prepare(iso_training *training, const isobit_settings *settings) {
    isobit_model *model = training->model;
    const isobit_data *data = training->data;
    const bool searches = iso_optimizer_search(&training->optimizer).population;
    const iso_engine_options options = {.loss = model->loss,
                                        .optimizer = searches ? NULL : &training->optimizer,
                                        .clip = iso_settings_double(settings, "clip"),
                                        .steps_per_epoch = training->steps,
                                        .seed = &training->seed};
    iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    ISO_TRY(iso_engine_new(&training->engine, model->context, model->network, &options));
    ISO_TRY(iso_engine_write(training->engine, ISO_PARAMETERS, model->parameters));
    ISO_TRY(iso_feed_new(feed, model->context, data, &model->scaling, ISOBIT_TRAIN, true));
    ISO_TRY(prepare_steps(training, settings));
    for (int part = ISOBIT_VALIDATION; part < ISOBIT_PARTS; part++) {
        if (!isobit_data_samples(data, (isobit_part)part))
            continue;
        ISO_TRY(iso_feed_share(&training->feeds[part], feed, data, (isobit_part)part));
        ISO_TRY(iso_evaluator_new(&training->evaluators[part], training->engine,
                                  &training->feeds[part]));
    }
    if (iso_settings_on(settings, "watch"))
        ISO_TRY(start_watching(training));
    ISO_TRY(iso_alloc(&training->order, training->samples, sizeof *training->order));
    return iso_alloc(&training->scalars, training->steps * ISO_SCALARS, sizeof(float));
}

isobit_status iso_training_new(iso_training **out, isobit_model *model, const isobit_data *data,
                               const isobit_settings *settings) {
    iso_training *training;
    isobit_status status;
    ISO_TRY(iso_model_check_data(model, data));
    ISO_TRY(iso_alloc(&training, 1, sizeof *training));
    training->model = model;
    ISO_DO(iso_model_view(model, data, &training->view));
    training->data = &training->view;
    training->best = INFINITY;
    ISO_DO(read_settings(training, settings));
    ISO_DO(iso_device_admit(model, settings));
    ISO_DO(prepare(training, settings));
    ISO_DO(warm_up(training));
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
    iso_step_free(&training->full);
    iso_step_free(&training->rest);
    iso_resident_free(&training->resident);
    iso_search_free(training->search);
    iso_digests_close(training->digests);
    if (training->watch)
        iso_watch_free(training->watch);
    free(training->watch);
    if (training->workspace.layers)
        iso_workspace_free(training->engine, &training->workspace);
    for (int part = 0; part < ISOBIT_PARTS; part++) {
        iso_evaluator_free(&training->evaluators[part]);
        iso_feed_free(&training->feeds[part]);
    }
    iso_engine_free(training->engine);
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

/* Train in one go. `path` and `from` may be NULL. */
static isobit_status train(isobit_model *model, const isobit_data *data,
                           const isobit_settings *settings, const char *path,
                           const iso_checkpoint *from, isobit_callback callback, void *user) {
    iso_training *training;
    isobit_status status;
    ISO_TRY(iso_training_new(&training, model, data, settings));
    if (from)
        ISO_DO(iso_training_restore(training, from));
    if (path)
        ISO_DO(iso_training_checkpoint(training, settings, path, from));
    status = iso_training_run(training, callback, user);
done:
    iso_training_free(training);
    return status;
}

isobit_status isobit_train(isobit_model *model, const isobit_data *data,
                           const isobit_settings *settings, isobit_callback callback, void *user) {
    return train(model, data, settings, NULL, NULL, callback, user);
}

isobit_status isobit_train_with_checkpoint(isobit_model *model, const isobit_data *data,
                                           const isobit_settings *settings, const char *path,
                                           isobit_callback callback, void *user) {
    return train(model, data, settings, path, NULL, callback, user);
}

isobit_status isobit_resume(isobit_model *model, const isobit_data *data,
                            const isobit_settings *settings, const char *path,
                            isobit_callback callback, void *user) {
    iso_checkpoint *from;
    ISO_TRY(iso_checkpoint_read(&from, path));
    isobit_status status = iso_resume_check(from, model, data, settings);
    if (status == ISOBIT_OK)
        status = train(model, data, settings, path, from, callback, user);
    iso_checkpoint_free(from);
    return status;
}
