/* The training loop. */
#include "run/train.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------- one epoch -- */

size_t iso_training_epoch_step(const iso_training *training) {
    const isobit_progress *progress = &training->progress;
    return progress->epoch > training->past_count ? progress->epoch_step : training->first;
}

/* The learning rate of a step of the epoch, which began after `before` steps. A run that was
 * resumed with other batches has a step count of its own, so the total is counted from there. */
static double rate_of(const iso_training *training, uint64_t before, size_t step) {
    const size_t epoch = training->past_count;
    const uint64_t total = before + (uint64_t)(training->epochs - epoch) * training->steps;
    return training->optimizer.lr *
           iso_schedule_factor(&training->schedule, before + step, epoch, total);
}

/* The order of samples and every step's scalars, sent before the epoch begins. Both are functions
 * of the settings and the epoch alone: a resumed run makes the same ones. */
static isobit_status begin_epoch(iso_training *training) {
    const isobit_data *data = training->data;
    const size_t epoch = training->past_count;
    const uint64_t before = training->progress.step - training->progress.epoch_step;
    memcpy(training->order, data->order + data->begin[ISOBIT_TRAIN],
           training->samples * sizeof *training->order);
    if (training->shuffle) {
        iso_random random = iso_random_new(training->seed, ISO_RANDOM_SHUFFLE, (uint32_t)epoch + 1);
        iso_random_shuffle(&random, training->order, training->samples);
    }
    for (size_t i = 0; i < training->steps; i++)
        iso_optimizer_scalars(&training->optimizer, &training->clock, rate_of(training, before, i),
                              training->scalars + i * ISO_SCALARS);
    iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    ISO_TRY(iso_feed_order(feed, training->order));
    if (training->engine->scalars)
        ISO_TRY(iso_buffer_send(feed->context, training->engine->scalars, training->scalars,
                                training->steps * ISO_SCALARS * sizeof(float)));
    ISO_TRY(iso_feed_rewind(feed));
    return training->first ? iso_feed_seek(feed, training->first) : ISOBIT_OK;
}

static isobit_status interrupted(const iso_training *training) {
    const isobit_progress *progress = &training->progress;
    return iso_fail(ISOBIT_ERROR_INTERRUPTED, "stopped after step %llu, in epoch %zu of %zu",
                    (unsigned long long)progress->step, progress->epoch, progress->epochs);
}

/* Report; false from the caller's function is an interruption. */
static isobit_status tell(iso_training *training, bool epoch_done) {
    isobit_progress *progress = &training->progress;
    progress->seconds = iso_now() - training->began;
    progress->epoch_done = epoch_done;
    if (epoch_done) {
        ISO_TRY(iso_resize(&training->past, training->past_count + 1, sizeof *progress));
        ISO_TRY(iso_training_note_layers(training));
        training->past[training->past_count] = *progress;
        training->past[training->past_count++].layers = NULL;
        training->first = 0;
    }
    const bool go_on = !training->callback || training->callback(progress, training->user);
    progress->layers = NULL;
    return go_on ? ISOBIT_OK : interrupted(training);
}

/* Tell something that does not end training. */
static isobit_status warn(iso_training *training, const char *what) {
    training->progress.warning = what;
    const isobit_status status = tell(training, false);
    training->progress.warning = NULL;
    return status;
}

/* Write a checkpoint. Training does not end for one that cannot be written (the disk may be full):
 * the first failure in a row is told, and the checkpoint before stays. */
static isobit_status keep(iso_training *training) {
    iso_keeper *keeper = &training->keeper;
    isobit_status status = iso_training_keep(training);
    if (status == ISOBIT_OK) {
        free(keeper->warning);
        keeper->warning = NULL;
    }
    if (status != ISOBIT_ERROR_FILE || keeper->warning)
        return status == ISOBIT_ERROR_FILE ? ISOBIT_OK : status;
    ISO_TRY(iso_format(&keeper->warning, "no checkpoint at step %llu: %s; training goes on",
                       (unsigned long long)training->progress.step, isobit_error()));
    return warn(training, keeper->warning);
}

/* The training part's loss and accuracy so far in this epoch; a loss that is not finite ends it. */
static isobit_status take_totals(iso_training *training, size_t steps) {
    isobit_metrics *metrics = &training->progress.metrics[ISOBIT_TRAIN];
    const size_t samples = steps < training->steps ? steps * training->batch : training->samples;
    size_t bad_step;
    metrics->samples = samples;
    ISO_TRY(iso_feed_totals(&training->feeds[ISOBIT_TRAIN], samples, &metrics->loss,
                            &metrics->accuracy, &bad_step));
    if (bad_step == SIZE_MAX)
        return ISOBIT_OK;
    const uint64_t step = training->progress.step - steps + bad_step;
    return iso_fail(
        ISOBIT_ERROR_DIVERGED,
        "training diverged: the loss was not finite at step %llu (epoch %zu, batch %zu); "
        "try a lower learning rate, --clip 1, or --scale standard",
        (unsigned long long)step + 1, training->progress.epoch, bad_step + 1);
}

/* Parameters to the host, where they must be finite. */
static isobit_status take_parameters(iso_training *training) {
    const size_t floats = training->model->network->floats;
    float *parameters;
    ISO_TRY(iso_alloc(&parameters, floats, sizeof *parameters));
    isobit_status status = iso_engine_read(training->engine, ISO_PARAMETERS, parameters);
    for (size_t i = 0; i < floats && status == ISOBIT_OK; i++)
        if (!isfinite(parameters[i]))
            status =
                iso_fail(ISOBIT_ERROR_DIVERGED,
                         "training diverged: a parameter is not finite after step %llu (epoch "
                         "%zu); try a lower learning rate or --clip 1",
                         (unsigned long long)training->progress.step, training->progress.epoch);
    if (status != ISOBIT_OK) {
        free(parameters);
        return status;
    }
    free(training->model->parameters);
    training->model->parameters = parameters;
    return ISOBIT_OK;
}

/* One launch does many steps. */
static bool is_resident(const iso_training *training) { return training->resident.list.count; }

/* How many steps to enqueue before looking up: about a tenth of a second's worth, bounded so that
 * the queue's own memory stays small. */
static size_t next_burst(const iso_training *training, size_t burst, double seconds) {
    enum { LAUNCHES = 4096 };
    const size_t most =
        is_resident(training) ? training->steps : LAUNCHES / (training->full.list.count + 1) + 1;
    size_t next = seconds > 0.2 ? burst / 2 : seconds < 0.05 ? burst * 4 : burst;
    next = next < most ? next : most;
    return next ? next : 1;
}

/* The step before which to look up: when the burst, the epoch or the time to the next checkpoint
 * is over. */
static size_t burst_end(const iso_training *training, size_t done, size_t burst) {
    const size_t room = iso_keeper_room(&training->keeper, training->progress.step);
    const size_t most = burst < room ? burst : room;
    return training->steps - done < most ? training->steps : done + most;
}

/* So many steps of the epoch are done. */
static void count_steps(iso_training *training, size_t done, double seconds) {
    isobit_progress *progress = &training->progress;
    const size_t samples = done < training->steps ? done * training->batch : training->samples;
    progress->step += done - progress->epoch_step;
    progress->epoch_step = done;
    progress->learning_rate = rate_of(training, progress->step - done, done - 1);
    progress->samples_per_second = (double)(samples - training->first * training->batch) / seconds;
}

/* Between two bursts: a checkpoint and a report, where they are due. */
static isobit_status look_up(iso_training *training, double *last) {
    const double tick = 0.1;
    const bool due = iso_keeper_due_at_step(&training->keeper, training->progress.step);
    const bool telling = iso_now() - *last >= tick;
    if (due || telling)
        ISO_TRY(take_totals(training, training->progress.epoch_step));
    if (due) {
        ISO_TRY(take_parameters(training));
        ISO_TRY(keep(training));
    }
    if (telling) {
        ISO_TRY(tell(training, false));
        *last = iso_now();
    }
    return ISOBIT_OK;
}

/* A generation on each batch. */
static isobit_status search_steps(iso_training *training, size_t from, size_t to) {
    const uint64_t before = training->progress.step - training->progress.epoch_step;
    for (; from < to; from++) {
        const size_t at = from * training->batch, left = training->samples - at;
        ISO_TRY(iso_search_step(training->search, training->order, at,
                                left < training->batch ? left : training->batch, before + from,
                                training->scalars[from * ISO_SCALARS]));
    }
    return ISOBIT_OK;
}

/* Steps `from` to `to` (not itself) of the epoch, whose samples are there. */
static isobit_status enqueue_steps(iso_training *training, size_t from, size_t to) {
    if (is_resident(training))
        return iso_resident_enqueue(&training->resident, &training->feeds[ISOBIT_TRAIN], to);
    for (; from < to; from++) {
        const bool rest = from + 1 == training->steps && training->rest.list.count;
        ISO_TRY(training->digests
                    ? iso_digests_step(training->digests, training, from)
                    : iso_list_enqueue(rest ? &training->rest.list : &training->full.list));
    }
    return ISOBIT_OK;
}

/* The same where samples may have to be brought first. */
static isobit_status feed_steps(iso_training *training, size_t from, size_t to) {
    iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    if (training->search) /* which brings its batches itself */
        return search_steps(training, from, to);
    for (size_t end; from < to; from = end) {
        ISO_TRY(iso_feed_reach(feed, from, to, &end));
        ISO_TRY(enqueue_steps(training, from, end));
        ISO_TRY(iso_feed_ahead(feed, end));
    }
    return ISOBIT_OK;
}

static isobit_status run_steps(iso_training *training) {
    double begin = iso_now(), last = begin;
    size_t done = training->first, burst = training->burst;
    while (done < training->steps) {
        const double before = iso_now();
        const size_t end = burst_end(training, done, burst);
        training->stepped = training->stepped > 0 ? training->stepped : before;
        ISO_TRY(feed_steps(training, done, end));
        done = end;
        ISO_TRY(iso_finish(training->model->context));
        const double after = iso_now();
        count_steps(training, done, after - begin);
        burst = next_burst(training, burst, after - before);
        if (done < training->steps)
            ISO_TRY(look_up(training, &last));
        begin += iso_now() - after; /* looking is not training */
    }
    training->burst = burst;
    return ISOBIT_OK;
}

static isobit_status evaluate_parts(iso_training *training) {
    for (int part = ISOBIT_VALIDATION; part < ISOBIT_PARTS; part++)
        if (training->feeds[part].samples)
            ISO_TRY(
                iso_evaluator_run(&training->evaluators[part], &training->progress.metrics[part]));
    return ISOBIT_OK;
}

/* Remember the best epoch by validation loss. */
static isobit_status compare_with_best(iso_training *training) {
    const double loss = training->progress.metrics[ISOBIT_VALIDATION].loss;
    const size_t bytes = training->model->network->floats * sizeof(float);
    if ((!training->keep_best && !training->early_stop) || !(loss < training->best))
        return ISOBIT_OK;
    training->best = loss;
    training->best_epoch = training->progress.epoch;
    if (!training->keep_best)
        return ISOBIT_OK;
    if (!training->best_parameters)
        ISO_TRY(iso_alloc(&training->best_parameters, bytes, 1));
    memcpy(training->best_parameters, training->model->parameters, bytes);
    return ISOBIT_OK;
}

/* What the epoch has shown about the training itself. */
static isobit_status look_back(iso_training *training) {
    char *remark;
    ISO_TRY(iso_cycle_look(&training->cycle, training->model,
                           &training->progress.metrics[ISOBIT_TRAIN], training->past_count,
                           &remark));
    if (remark) {
        free(training->remark);
        training->remark = remark;
        ISO_TRY(warn(training, remark));
    }
    for (;;) {
        char *warning = NULL;
        if (training->watch)
            ISO_TRY(iso_watch_warning(&training->told, training->model->network,
                                      training->watch->layers, training->watch->count, &warning));
        if (!warning)
            return ISOBIT_OK;
        const isobit_status status = warn(training, warning);
        free(warning);
        ISO_TRY(status);
    }
}

static isobit_status run_epoch(iso_training *training) {
    training->progress.epoch = training->past_count + 1;
    training->progress.epoch_step = training->first;
    ISO_TRY(begin_epoch(training));
    ISO_TRY(run_steps(training));
    ISO_TRY(take_totals(training, training->steps));
    ISO_TRY(take_parameters(training));
    ISO_TRY(evaluate_parts(training));
    ISO_TRY(compare_with_best(training));
    if (training->watch)
        ISO_TRY(iso_watch_look(training->watch));
    ISO_TRY(tell(training, true));
    ISO_TRY(look_back(training));
    const bool due = iso_keeper_due_at_epoch(&training->keeper, training->past_count) ||
                     iso_keeper_due_at_step(&training->keeper, training->progress.step);
    return due ? keep(training) : ISOBIT_OK;
}

/* -------------------------------------------------------------------------------- the whole -- */

bool iso_stopped_early(size_t epochs, size_t best_epoch, size_t patience) {
    return patience && epochs - best_epoch >= patience;
}

/* Epoch after epoch from where training is. */
static isobit_status run_epochs(iso_training *training) {
    ISO_TRY(iso_cycle_begin(&training->cycle, training->model, &training->optimizer,
                            training->past_count));
    /* A new run that cannot write its first checkpoint could not be resumed: it fails now. */
    isobit_status status = training->keeper.resumed ? keep(training) : iso_training_keep(training);
    while (status == ISOBIT_OK && training->past_count < training->epochs &&
           !iso_stopped_early(training->past_count, training->best_epoch, training->early_stop))
        status = run_epoch(training);
    if (status == ISOBIT_ERROR_INTERRUPTED) {
        ISO_TRY(take_parameters(training));
        status = keep(training);
        return status == ISOBIT_OK ? interrupted(training) : status;
    }
    if (status == ISOBIT_OK)
        status = keep(training);
    return status == ISOBIT_ERROR_INTERRUPTED ? ISOBIT_OK
                                              : status; /* there is nothing left to stop */
}

isobit_status iso_training_run(iso_training *training, isobit_callback callback, void *user) {
    training->callback = callback;
    training->user = user;
    training->burst = 1;
    ISO_TRY(run_epochs(training));
    if (training->best_parameters)
        memcpy(training->model->parameters, training->best_parameters,
               training->model->network->floats * sizeof(float));
    return ISOBIT_OK;
}
