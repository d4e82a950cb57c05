#include "bench/rivals.h"

#include "base/memory.h"
#include "base/settings.h"
#include "bench/profile.h"
#include "device/race.h"
#include "run/model.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An epoch of STEPS is repeated for a lap. Where laps differ by UNREST the machine is busy with
 * something else. */
enum { STEPS = 8, LAPS = 5, UNREST = 2 };

/* No compute unit of a CPU does more in a cycle: two float16 multiply-adds, and as much again for
 * clocks that rise above what the device says. */
enum { MOST_FLOPS = 128, MOST_MHZ = 6000 };

/* Per cent of a step: a rival that could save no more is not worth compiling everything once more,
 * which takes seconds. */
enum { WORTH = 15 };

/* One device at the start. */
typedef struct racer {
    isobit_context *context; /* NULL: there is none */
    isobit_model *model;
    iso_training *training;
    double seconds, slowest; /* of a step, in the fastest lap and in the slowest one */
    double launch;           /* what one of its launches costs, in seconds */
} racer;

/* What is run. */
typedef struct course {
    const isobit_devices *devices;
    isobit_data data;          /* the first samples, … */
    isobit_settings *settings; /* … and for how long */
    const isobit_data *whole;  /* what will be trained, for those who compile ahead */
    const isobit_settings *given;
    iso_ahead ahead;
    void *user;
} course;

/* The first samples, all to be trained on. */
static isobit_status first_samples(isobit_data *view, const isobit_data *data,
                                   const isobit_settings *settings) {
    const size_t batch = iso_settings_size(settings, "batch");
    const size_t wanted = batch ? STEPS * batch : data->samples;
    *view = *data;
    view->samples = wanted < data->samples ? wanted : data->samples;
    ISO_TRY(iso_alloc(&view->order, view->samples, sizeof *view->order));
    for (size_t i = 0; i < view->samples; i++)
        view->order[i] = (uint32_t)i;
    view->begin[0] = 0;
    for (int part = 1; part <= ISOBIT_PARTS; part++)
        view->begin[part] = view->samples;
    return ISOBIT_OK;
}

/* The same training for one epoch, without what a validation part or an observer is needed for, and
 * without eigenvectors of the samples, which take long to find and only change values. */
static isobit_status shorten(isobit_settings **out, const isobit_settings *given) {
    static const char *const plain[][2] = {
        {"epochs", "1"}, {"early-stop", "0"}, {"keep-best", "off"}, {"watch", "off"}};
    isobit_settings *settings;
    ISO_TRY(iso_settings_copy(&settings, given));
    isobit_status status = ISOBIT_OK;
    if (!strcmp(isobit_settings_get(given, "scale"), "whiten"))
        status = isobit_settings_set(settings, "scale", "standard");
    for (size_t i = 0; i < sizeof plain / sizeof *plain && status == ISOBIT_OK; i++)
        status = isobit_settings_set(settings, plain[i][0], plain[i][1]);
    if (status == ISOBIT_OK)
        *out = settings;
    else
        isobit_settings_free(settings);
    return status;
}

/* Everything but steps. A search has none that could be repeated. */
static isobit_status set_up(racer *one, const isobit_data *data, const isobit_settings *settings) {
    ISO_TRY(isobit_model_new(&one->model, one->context, data, settings));
    ISO_TRY(iso_training_new(&one->training, one->model, data, settings));
    return one->training->search ? ISOBIT_ERROR_ARGUMENT : ISOBIT_OK;
}

/* Up to the point where steps can be repeated. */
static isobit_status warm_up(racer *one) {
    one->seconds = DBL_MAX;
    return iso_training_run(one->training, NULL, NULL);
}

static isobit_status run_lap(racer *one) {
    double seconds;
    ISO_TRY(iso_profile_steps(one->training, false, 1, &seconds));
    one->seconds = seconds < one->seconds ? seconds : one->seconds;
    one->slowest = seconds > one->slowest ? seconds : one->slowest;
    return ISOBIT_OK;
}

static void leave(racer *one, bool with_context) {
    iso_training_free(one->training);
    isobit_model_free(one->model);
    if (with_context)
        isobit_context_free(one->context);
}

static bool was_disturbed(const racer *one) { return one->slowest > UNREST * one->seconds; }

static double flops_of_step(const racer *one) {
    const iso_list *list = &one->training->full.list;
    double flops = 0;
    for (size_t i = 0; i < list->count; i++)
        flops += list->launches[i].flops;
    return flops;
}

/* What a device's multipliers alone take for a step of the holder's, in seconds. */
static double least_seconds(const racer *holder, const isobit_device *device) {
    const double mhz = device->clock_mhz ? device->clock_mhz : MOST_MHZ;
    return flops_of_step(holder) / (MOST_FLOPS * 1e6 * mhz * device->compute_units);
}

/* Whether a device could save enough of the holder's step, if that takes `seconds`. One with no
 * more compute units runs the same kernels on the same processor: it saves at most what launches
 * cost. */
static bool may_save(const isobit_device *device, const racer *holder, double seconds) {
    const double launches = (double)holder->training->full.list.count;
    return device->compute_units > holder->context->target.compute_units ||
           100 * holder->launch * launches > WORTH * seconds;
}

/* One whose multipliers alone would take longer than the holder may take very much longer. */
static bool may_win(const isobit_device *device, const racer *holder) {
    return least_seconds(holder, device) < holder->seconds &&
           may_save(device, holder, holder->seconds);
}

static isobit_status open_rival(racer *out, size_t index, const isobit_settings *given) {
    char number[24];
    isobit_settings *settings;
    snprintf(number, sizeof number, "%zu", index);
    ISO_TRY(iso_settings_copy(&settings, given));
    isobit_status status = isobit_settings_set(settings, "device", number);
    if (status == ISOBIT_OK)
        status = isobit_context_open(&out->context, settings);
    isobit_settings_free(settings);
    return status;
}

/* Laps in turns. A rival that fails is out; returns whether it is the faster one. */
static bool beats(racer *rival, racer *holder, size_t index, const course *over) {
    isobit_status status = open_rival(rival, index, over->settings);
    if (status == ISOBIT_OK && over->ahead)
        over->ahead(rival->context, over->whole, over->given, over->user);
    if (status == ISOBIT_OK)
        status = set_up(rival, &over->data, over->settings);
    if (status == ISOBIT_OK)
        status = warm_up(rival);
    for (int lap = 0; lap < LAPS && status == ISOBIT_OK; lap++) {
        status = run_lap(rival);
        if (status == ISOBIT_OK)
            status = run_lap(holder);
    }
    return status == ISOBIT_OK && rival->seconds < holder->seconds;
}

/* How fast the one is that the selection means without a race. */
static isobit_status time_first(racer *first) {
    ISO_TRY(warm_up(first));
    for (int lap = 0; lap < LAPS; lap++)
        ISO_TRY(run_lap(first));
    return ISOBIT_OK;
}

/* Whether any rival could save enough even if the holder's step took no longer than its multipliers
 * must: for a large network that is no, and no step needs to be timed. */
static bool has_chances(const racer *holder, size_t first, const course *over) {
    const char *selection = iso_device_wanted(isobit_settings_get(over->settings, "device"));
    const isobit_devices *devices = over->devices;
    const double seconds = least_seconds(holder, &devices->list[first]);
    size_t i = iso_rival(devices, selection, first, 0);
    while (i < devices->count && !may_save(&devices->list[i], holder, seconds))
        i = iso_rival(devices, selection, first, i + 1);
    return i < devices->count;
}

/* The holder against each rival; *fastest is the index of who holds then. Many steps in one launch
 * of one work-item are no race: for that all are alike. */
static isobit_status race(racer *holder, size_t *fastest, bool *fair, const course *over) {
    const char *selection = iso_device_wanted(isobit_settings_get(over->settings, "device"));
    const isobit_devices *devices = over->devices;
    const size_t first = *fastest;
    ISO_TRY(set_up(holder, &over->data, over->settings));
    *fair = true;
    if (holder->training->resident.list.count)
        return ISOBIT_OK;
    ISO_TRY(iso_race_launch_cost(holder->context, &holder->launch));
    if (!has_chances(holder, first, over))
        return ISOBIT_OK;
    ISO_TRY(time_first(holder));
    *fair = !was_disturbed(holder);
    for (size_t i = iso_rival(devices, selection, first, 0); i < devices->count;
         i = iso_rival(devices, selection, first, i + 1)) {
        racer rival = {.launch = holder->launch};
        if (!may_win(&devices->list[i], holder))
            continue;
        if (beats(&rival, holder, i, over)) {
            const racer loser = *holder;
            *holder = rival;
            *fastest = i;
            rival = loser;
        }
        *fair = *fair && !was_disturbed(holder) && !was_disturbed(&rival);
        leave(&rival, true);
    }
    return ISOBIT_OK;
}

void iso_race_training(isobit_context **context, const isobit_data *data,
                       const isobit_settings *given, iso_ahead ahead, void *user) {
    course over = {.whole = data, .given = given, .ahead = ahead, .user = user};
    isobit_devices *devices = NULL;
    racer holder = {.context = *context};
    char *work = NULL;
    size_t first, fastest;
    bool fair;
    const char *why;
    isobit_status status;
    if ((*context)->settled || *isobit_settings_get(given, "digests") ||
        strcmp(isobit_settings_get(given, "precision"), "exact") != 0)
        return;
    ISO_DO(iso_context_work(&work, given));
    ISO_DO(shorten(&over.settings, given));
    ISO_DO(first_samples(&over.data, data, over.settings));
    ISO_DO(iso_devices_list(&devices));
    ISO_DO(iso_device_choose(devices->list, devices->count,
                             iso_device_wanted(isobit_settings_get(given, "device")), &first,
                             &why));
    fastest = first;
    over.devices = devices;
    ISO_DO(race(&holder, &fastest, &fair, &over));
    if (fair)
        iso_race_remember(&devices->list[first], work, &devices->list[fastest]);
done:
    leave(&holder, false);
    *context = holder.context;
    (*context)->settled = true;
    isobit_devices_free(devices);
    isobit_settings_free(over.settings);
    free(over.data.order);
    free(work);
}
