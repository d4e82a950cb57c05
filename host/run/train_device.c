#include "run/train_device.h"

#include "base/memory.h"
#include "base/settings.h"

#include <stdio.h>
#include <stdlib.h>

/* --------------------------------------------------------------------------------- the plan -- */

static void set_batch(iso_training *training, size_t batch, size_t evaluation) {
    training->batch = batch;
    training->steps = (training->samples + batch - 1) / batch;
    training->evaluation = evaluation < ISO_EVALUATION_BATCH ? evaluation : ISO_EVALUATION_BATCH;
}

isobit_status iso_training_plan(iso_training *training, isobit_model *model,
                                const isobit_data *data, const isobit_settings *settings) {
    const size_t batch = iso_settings_size(settings, "batch");
    training->model = model;
    training->data = data;
    model->context->ran_out = false;
    training->samples = isobit_data_samples(data, ISOBIT_TRAIN);
    if (!training->samples)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "the training part of the data is empty");
    set_batch(training, batch && batch < training->samples ? batch : training->samples,
              ISO_EVALUATION_BATCH);
    training->epochs = iso_settings_size(settings, "epochs");
    training->seed = iso_settings_size(settings, "seed");
    training->shuffle = iso_settings_on(settings, "shuffle");
    training->clip = iso_settings_double(settings, "clip");
    ISO_TRY(iso_precision_parse(&training->precision, isobit_settings_get(settings, "precision")));
    training->digesting = *isobit_settings_get(settings, "digests");
    training->watching = iso_settings_on(settings, "watch");
    training->early_stop = iso_settings_size(settings, "early-stop");
    training->keep_best = iso_settings_on(settings, "keep-best");
    if ((training->early_stop || training->keep_best) &&
        !isobit_data_samples(data, ISOBIT_VALIDATION))
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "early-stop and keep-best go by a validation part: split the data, as 70/15/15");
    ISO_TRY(iso_optimizer_parse(&training->optimizer, isobit_settings_get(settings, "optimizer")));
    return iso_schedule_parse(&training->schedule, isobit_settings_get(settings, "schedule"));
}

/* -------------------------------------------------------------------------------- the making -- */

static isobit_status make_search(iso_training *training) {
    if (training->digesting || training->clip > 0)
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
static isobit_status make_steps(iso_training *training) {
    const iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    const size_t batch = training->batch, rest = training->samples % batch;
    if (!training->epochs) /* nothing is trained: step neurons with given weights are fine */
        return ISOBIT_OK;
    if (iso_optimizer_search(&training->optimizer).population)
        return make_search(training);
    if (!training->digesting)
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

/* Samples per step of a part that is not trained on; 0: it is empty. */
static size_t evaluation_batch(const iso_training *training, int part) {
    const size_t samples = isobit_data_samples(training->data, (isobit_part)part);
    return samples < training->evaluation ? samples : training->evaluation;
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

/* Everything but values: engine, data and steps. */
static isobit_status make(void *it, size_t chunk) {
    iso_training *training = it;
    const isobit_model *model = training->model;
    const isobit_data *data = training->data;
    const bool searches = iso_optimizer_search(&training->optimizer).population;
    const iso_engine_options options = {.loss = model->loss,
                                        .optimizer = searches ? NULL : &training->optimizer,
                                        .clip = training->clip,
                                        .precision = training->precision,
                                        .steps_per_epoch = training->steps,
                                        .seed = &training->seed};
    const iso_feed_wish wish = {
        .part = ISOBIT_TRAIN, .answers = true, .batch = training->batch, .chunk = chunk};
    iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    ISO_TRY(iso_engine_new(&training->engine, model->context, model->network, &options));
    ISO_TRY(iso_feed_new(feed, model->context, data, &model->scaling, &wish));
    ISO_TRY(make_steps(training));
    for (int part = ISOBIT_VALIDATION; part < ISOBIT_PARTS; part++) {
        const size_t batch = evaluation_batch(training, part);
        if (!batch)
            continue;
        ISO_TRY(iso_feed_over(&training->feeds[part], feed, data->order + data->begin[part],
                              isobit_data_samples(data, (isobit_part)part), batch));
        ISO_TRY(iso_evaluator_new(&training->evaluators[part], training->engine,
                                  &training->feeds[part]));
    }
    return training->watching ? start_watching(training) : ISOBIT_OK;
}

static void unmake(void *it) { iso_training_unmake(it); }

void iso_training_unmake(iso_training *training) {
    if (training->watch)
        iso_watch_free(training->watch);
    free(training->watch);
    training->watch = NULL;
    iso_step_free(&training->full);
    iso_step_free(&training->rest);
    iso_resident_free(&training->resident);
    iso_search_free(training->search);
    training->search = NULL;
    if (training->workspace.layers)
        iso_workspace_free(training->engine, &training->workspace);
    for (int part = ISOBIT_PARTS; part-- > 0;) { /* the first has what the others share */
        iso_evaluator_free(&training->evaluators[part]);
        iso_feed_free(&training->feeds[part]);
    }
    iso_engine_free(training->engine);
    training->engine = NULL;
}

/* Launch all kernels once with updates frozen: some devices finish compiling at the first launch,
 * which is not to count as training. */
static isobit_status warm_up(iso_training *training) {
    const iso_list *lists[3 + 2 * ISOBIT_PARTS] = {&training->full.list, &training->rest.list,
                                                   &training->resident.list};
    size_t count = 3;
    for (int part = ISOBIT_VALIDATION; part < ISOBIT_PARTS; part++) {
        lists[count++] = &training->evaluators[part].full.list;
        lists[count++] = &training->evaluators[part].rest.list;
    }
    ISO_TRY(iso_feed_freeze(&training->feeds[ISOBIT_TRAIN]));
    ISO_TRY(iso_lists_warm(lists, count));
    ISO_TRY(iso_feed_clear(&training->feeds[ISOBIT_TRAIN]));
    return iso_finish(training->model->context);
}

/* ------------------------------------------------------------------------------ the estimate -- */

static isobit_status find_fit(iso_training *training, iso_fit *out) {
    size_t least = training->batch;
    for (int part = ISOBIT_VALIDATION; part < ISOBIT_PARTS; part++) {
        const size_t batch = evaluation_batch(training, part);
        least = batch > least ? batch : least;
    }
    const size_t watched = training->watching ? iso_watch_batch(training->samples) : 0;
    least = watched > least ? watched : least;
    const iso_fitting fitting = {.context = training->model->context,
                                 .data = training->data,
                                 .answers = true,
                                 .least = least,
                                 .it = training,
                                 .make = make,
                                 .unmake = unmake};
    return iso_fit_find(out, &fitting);
}

/* The same for a batch; where memory is scarce the other parts get no larger ones. */
static isobit_status find_batch_fit(iso_training *training, size_t batch, iso_fit *out) {
    set_batch(training, batch, ISO_EVALUATION_BATCH);
    ISO_TRY(find_fit(training, out));
    if (out->fits || batch >= ISO_EVALUATION_BATCH)
        return ISOBIT_OK;
    set_batch(training, batch, batch);
    return find_fit(training, out);
}

/* The largest batch below one that does not fit, by halves; 0: none fits. */
static size_t largest_batch(iso_training *training) {
    const size_t batch = training->batch;
    size_t fits = 0;
    for (size_t beyond = batch; beyond - fits > 1;) {
        const size_t middle = fits + (beyond - fits) / 2;
        iso_fit fit;
        if (find_batch_fit(training, middle, &fit) == ISOBIT_OK && fit.fits)
            fits = middle;
        else
            beyond = middle;
    }
    return fits;
}

/* What the host allocates, most of which does not depend on the device. */
static struct iso_host_need host_need(const iso_training *training, const iso_fit *fit) {
    const isobit_data *data = training->data;
    const size_t answer = data->classes   ? sizeof *data->labels
                          : data->targets ? data->outputs * sizeof(float)
                                          : 0;
    const size_t row = iso_data_features(data) * iso_element_size(data->element);
    const size_t parameters = training->model->network->floats * sizeof(float);
    /* The model's, those of the device at an epoch's end, the best; a checkpoint with the memories,
     * gathered and as the file's bytes; a search's two generations, and one in the checkpoint. */
    const size_t population = iso_optimizer_search(&training->optimizer).population;
    const size_t copies =
        2 + training->keep_best + 2 * (1 + training->optimizer.states) + 4 * population;
    return (struct iso_host_need){.data = data->samples * (row + answer + sizeof *data->order),
                                  .parameters = copies * parameters,
                                  .steps = training->samples * sizeof *training->order +
                                           training->steps * ISO_SCALARS * sizeof(float) +
                                           2 * fit->chunk * (row + answer)};
}

static isobit_status estimate(iso_training *training, iso_estimate *out) {
    *out = (iso_estimate){.batch = training->batch};
    ISO_TRY(find_batch_fit(training, training->batch, &out->device));
    out->largest_batch = out->device.fits ? training->batch : largest_batch(training);
    out->host = host_need(training, &out->device);
    return ISOBIT_OK;
}

isobit_status iso_training_estimate(iso_estimate *out, isobit_model *model, const isobit_data *data,
                                    const isobit_settings *settings) {
    iso_training training = {0};
    ISO_TRY(iso_training_plan(&training, model, data, settings));
    return estimate(&training, out);
}

isobit_status iso_estimate_check(const iso_estimate *estimate, const isobit_context *context) {
    char advice[120];
    if (estimate->device.fits)
        return ISOBIT_OK;
    if (estimate->largest_batch)
        snprintf(advice, sizeof advice, "the largest batch that fits is %zu, of %zu asked for",
                 estimate->largest_batch, estimate->batch);
    else
        snprintf(advice, sizeof advice,
                 "no smaller batch fits either: use a smaller network, or another device");
    return iso_fit_refuse(&estimate->device, context, "training", advice);
}

isobit_status iso_training_fit(iso_training *training) {
    iso_estimate need;
    ISO_TRY(estimate(training, &need));
    training->chunk = need.device.chunk;
    return iso_estimate_check(&need, training->model->context);
}

static isobit_status make_whole(iso_training *training) {
    ISO_TRY(make(training, training->chunk));
    ISO_TRY(iso_engine_write(training->engine, ISO_PARAMETERS, training->model->parameters));
    return warm_up(training);
}

/* The device has less than it says: make do with what it gave before it refused more, data passing
 * through in chunks, or say what would fit into that. */
static isobit_status make_smaller(iso_training *training) {
    char *refusal;
    ISO_TRY(iso_copy(&refusal, isobit_error()));
    iso_finish(training->model->context); /* the queue may still read what goes now */
    iso_training_unmake(training);
    isobit_status status = iso_training_fit(training);
    if (status == ISOBIT_OK)
        status = make_whole(training);
    else
        iso_fail_at(status, "%s", refusal);
    free(refusal);
    return status;
}

isobit_status iso_training_make(iso_training *training) {
    const isobit_status status = make_whole(training);
    return status == ISOBIT_ERROR_DEVICE && training->model->context->ran_out
               ? make_smaller(training)
               : status;
}
