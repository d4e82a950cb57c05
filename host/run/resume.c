#include "run/resume.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/settings.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------------- the folder -- */

/* What of the run is there. */
typedef struct files {
    char *checkpoint, *ini, *model;
} files;

static void free_files(files *in) {
    free(in->checkpoint);
    free(in->ini);
    free(in->model);
}

static isobit_status name_files(files *out, const char *folder) {
    ISO_TRY(iso_format(&out->checkpoint, "%s/checkpoint.safetensors", folder));
    ISO_TRY(iso_format(&out->ini, "%s/run.ini", folder));
    return iso_format(&out->model, "%s/model.safetensors", folder);
}

/* Without a checkpoint a run can begin again, but not when it has a model already. */
static isobit_status check_without_checkpoint(const files *in, const char *folder) {
    if (!iso_file_exists(folder))
        return iso_fail(ISOBIT_ERROR_FILE, "%s: there is no such run folder to resume", folder);
    if (!iso_file_exists(in->ini))
        return iso_fail(
            ISOBIT_ERROR_FILE,
            "%s: there is no run to resume here, neither a checkpoint.safetensors nor a "
            "run.ini",
            folder);
    if (iso_file_exists(in->model))
        return iso_fail(ISOBIT_ERROR_FILE,
                        "%s: cannot be resumed: there is a model but no checkpoint.safetensors (it "
                        "was trained with --checkpoint off)",
                        folder);
    return ISOBIT_OK;
}

static isobit_status fill_in(isobit_settings *settings, const isobit_settings *from) {
    const isobit_setting *setting;
    for (size_t i = 0; (setting = isobit_setting_at(i)); i++)
        if (!isobit_settings_is_set(settings, setting->name) &&
            isobit_settings_is_set(from, setting->name))
            ISO_TRY(isobit_settings_set(settings, setting->name,
                                        isobit_settings_get(from, setting->name)));
    return ISOBIT_OK;
}

isobit_status iso_resume_read(iso_resume *out, const char *folder, const isobit_settings *asked) {
    iso_resume resume = {0};
    files in = {0};
    isobit_status status;
    if (isobit_settings_is_set(asked, "out") || isobit_settings_is_set(asked, "overwrite"))
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "a resumed run goes on in its own folder: leave --out and --overwrite away");
    ISO_DO(name_files(&in, folder));
    if (iso_file_exists(in.checkpoint))
        ISO_DO(iso_checkpoint_read(&resume.checkpoint, in.checkpoint));
    else
        ISO_DO(check_without_checkpoint(&in, folder));
    ISO_DO(iso_settings_copy(&resume.settings, asked));
    if (iso_file_exists(in.ini))
        ISO_DO(isobit_settings_load(resume.settings, in.ini));
    if (resume.checkpoint)
        ISO_DO(fill_in(resume.settings, resume.checkpoint->identity.settings));
    *out = resume;
done:
    free_files(&in);
    if (status != ISOBIT_OK)
        iso_resume_free(&resume);
    return status;
}

void iso_resume_free(iso_resume *resume) {
    isobit_settings_free(resume->settings);
    iso_checkpoint_free(resume->checkpoint);
    *resume = (iso_resume){0};
}

/* ------------------------------------------------------------------------------- restore -- */

bool iso_checkpoint_done(const iso_checkpoint *checkpoint, const isobit_settings *settings) {
    const size_t patience = iso_settings_size(settings, "early-stop");
    return checkpoint->epochs >= iso_settings_size(settings, "epochs") ||
           iso_stopped_early(checkpoint->epochs, checkpoint->best_epoch, patience);
}

/* The optimizer's memories; another optimizer begins with none. */
static isobit_status restore_memories(iso_training *training, const iso_checkpoint *checkpoint,
                                      float *room) {
    static const char *const kinds[ISO_MEMORIES] = {ISO_CHECKPOINT_MEMORY0, ISO_CHECKPOINT_MEMORY1};
    const iso_network *network = training->model->network;
    iso_optimizer before;
    ISO_TRY(iso_optimizer_parse(&before,
                                isobit_settings_get(checkpoint->identity.settings, "optimizer")));
    const bool same = !strcmp(before.function, training->optimizer.function);
    for (unsigned m = 0; same && m < training->optimizer.states && m < ISO_MEMORIES; m++) {
        ISO_TRY(iso_checkpoint_take(checkpoint, network, kinds[m], room));
        ISO_TRY(iso_engine_write(training->engine, (iso_kept)(ISO_MEMORY0 + m), room));
    }
    return ISOBIT_OK;
}

/* A search's population; another one's, or none, begins with mutants of the parameters. */
static isobit_status restore_population(iso_training *training, const iso_checkpoint *checkpoint,
                                        const float *parameters) {
    iso_search *search = training->search;
    bool found;
    if (!search)
        return ISOBIT_OK;
    ISO_TRY(iso_checkpoint_take_population(checkpoint, training->model->network,
                                           search->plan.population, search->individuals, &found));
    if (!found)
        iso_search_begin(search, parameters, training->optimizer.lr);
    return ISOBIT_OK;
}

static isobit_status restore_best(iso_training *training, const iso_checkpoint *checkpoint) {
    const iso_network *network = training->model->network;
    training->best = checkpoint->best;
    training->best_epoch = checkpoint->best_epoch;
    if (!training->keep_best || !iso_checkpoint_has(checkpoint, network, ISO_CHECKPOINT_BEST))
        return ISOBIT_OK;
    ISO_TRY(iso_alloc(&training->best_parameters, network->floats, sizeof(float)));
    return iso_checkpoint_take(checkpoint, network, ISO_CHECKPOINT_BEST, training->best_parameters);
}

/* Losses and scores of the part of the epoch that is done. */
static isobit_status restore_epoch(iso_training *training, const iso_checkpoint *checkpoint) {
    const iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    float *losses = NULL;
    uint32_t *correct = NULL;
    isobit_status status = ISOBIT_OK;
    training->first = checkpoint->epoch_step;
    if (!checkpoint->epoch_step)
        return ISOBIT_OK;
    if (checkpoint->epoch_step >= training->steps)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: the checkpoint is after step %zu of an epoch of %zu", checkpoint->path,
                        checkpoint->epoch_step, training->steps);
    const size_t samples = checkpoint->epoch_step * training->batch;
    ISO_DO(iso_alloc(&losses, samples, sizeof *losses));
    ISO_DO(iso_alloc(&correct, samples, sizeof *correct));
    ISO_DO(iso_checkpoint_take_epoch(checkpoint, samples, losses, correct));
    ISO_DO(iso_buffer_write(feed->context, feed->losses, 0, losses, samples * sizeof *losses));
    ISO_DO(iso_buffer_write(feed->context, feed->correct, 0, correct, samples * sizeof *correct));
done:
    free(losses);
    free(correct);
    return status;
}

/* What was watched, with empty rows where nothing was. */
static isobit_status restore_layers(iso_training *training, const iso_checkpoint *checkpoint) {
    const size_t row = training->watch ? training->watch_width : checkpoint->layer_count;
    const size_t count = checkpoint->epochs * row;
    if (checkpoint->layer_count && checkpoint->layer_count != row)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the checkpoint is of another network: %zu layers",
                        checkpoint->path, checkpoint->layer_count);
    training->watch_width = row;
    ISO_TRY(iso_resize(&training->watched, count + 1, sizeof *training->watched));
    if (checkpoint->layer_count)
        memcpy(training->watched, checkpoint->layers, count * sizeof *training->watched);
    else
        memset(training->watched, 0, count * sizeof *training->watched);
    return ISOBIT_OK;
}

static isobit_status restore_past(iso_training *training, const iso_checkpoint *checkpoint) {
    ISO_TRY(iso_resize(&training->past, checkpoint->epochs + 1, sizeof *training->past));
    if (checkpoint->epochs)
        memcpy(training->past, checkpoint->past, checkpoint->epochs * sizeof *training->past);
    for (size_t i = 0; i < checkpoint->epochs; i++)
        training->past[i].layers = NULL;
    ISO_TRY(restore_layers(training, checkpoint));
    training->past_count = checkpoint->epochs;
    training->clock =
        iso_optimizer_clock_at(&training->optimizer, checkpoint->step - checkpoint->epoch_step);
    training->progress.step = checkpoint->step;
    training->progress.epoch = checkpoint->epochs;
    training->progress.seconds = checkpoint->seconds;
    training->began -= checkpoint->seconds;
    return ISOBIT_OK;
}

isobit_status iso_training_restore(iso_training *training, const iso_checkpoint *checkpoint) {
    const iso_network *network = training->model->network;
    float *parameters = NULL, *room = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&parameters, network->floats, sizeof *parameters));
    ISO_DO(iso_alloc(&room, network->floats, sizeof *room));
    ISO_DO(iso_checkpoint_take(checkpoint, network, ISO_CHECKPOINT_PARAMETERS, parameters));
    ISO_DO(restore_memories(training, checkpoint, room));
    ISO_DO(restore_population(training, checkpoint, parameters));
    ISO_DO(restore_best(training, checkpoint));
    ISO_DO(restore_epoch(training, checkpoint));
    ISO_DO(restore_past(training, checkpoint));
    if (checkpoint->device_check && !iso_model_note(training->model, "device_check"))
        ISO_DO(iso_model_set_note(training->model, "device_check", checkpoint->device_check));
    ISO_DO(iso_engine_write(training->engine, ISO_PARAMETERS, parameters));
    memcpy(training->model->parameters, parameters, network->floats * sizeof *parameters);
done:
    free(parameters);
    free(room);
    return status;
}
