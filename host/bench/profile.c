#include "bench/profile.h"

#include "base/clock.h"
#include "base/memory.h"
#include "device/queue.h"

#include <math.h>
#include <stdlib.h>

/* ----------------------------------------------------------------------------- whole steps -- */

isobit_status iso_profile_open(iso_training *training) {
    if (training->full.list.count)
        return ISOBIT_OK;
    ISO_TRY(iso_workspace_new(&training->workspace, training->engine,
                              &training->feeds[ISOBIT_TRAIN], training->batch, true));
    return iso_step_training(&training->full, training->engine, &training->workspace,
                             &training->feeds[ISOBIT_TRAIN], training->batch, training->batch);
}

/* Run `steps` steps from the beginning of the epoch again. Scalars and order are the last epoch's.
 */
static isobit_status run_steps(iso_training *training, bool resident, size_t steps) {
    iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    const size_t whole = training->samples / training->batch;
    while (steps) {
        const size_t now = steps < whole ? steps : whole;
        ISO_TRY(iso_feed_rewind(feed));
        if (resident)
            ISO_TRY(iso_resident_enqueue(&training->resident, feed, now));
        for (size_t i = 0; !resident && i < now; i++)
            ISO_TRY(iso_list_enqueue(&training->full.list));
        steps -= now;
    }
    return iso_finish(training->model->context);
}

isobit_status iso_profile_steps(iso_training *training, bool resident, size_t rounds,
                                double *seconds) {
    const double least = 0.02; /* of a sample */
    size_t steps = 1;
    for (double took = 0; took < least && steps < 1 << 20;) {
        const double before = iso_now();
        ISO_TRY(run_steps(training, resident, steps));
        took = iso_now() - before;
        steps *= took < least ? 2 : 1;
    }
    for (size_t i = 0; i < rounds; i++) {
        const double before = iso_now();
        ISO_TRY(run_steps(training, resident, steps));
        seconds[i] = (iso_now() - before) / (double)steps;
    }
    return ISOBIT_OK;
}

/* Seconds of a step: the median. */
static isobit_status median_step(iso_training *training, bool resident, double *out) {
    enum { ROUNDS = 9 };
    double seconds[ROUNDS];
    iso_estimate estimate;
    ISO_TRY(iso_profile_steps(training, resident, ROUNDS, seconds));
    ISO_TRY(iso_estimate_of(&estimate, seconds, ROUNDS));
    *out = estimate.median;
    return ISOBIT_OK;
}

/* ----------------------------------------------------------------------------- its launches -- */

/* How long a launch that is done has run. */
static isobit_status take_time(cl_event event, double *seconds) {
    static const char what[] = "reading the device's clock";
    cl_ulong begin = 0, end = 0;
    ISO_CL(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof begin, &begin, NULL),
           what);
    ISO_CL(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL), what);
    *seconds = 1e-9 * (double)(end - begin);
    return ISOBIT_OK;
}

/* One step on the queue that keeps times: seconds[i * stride] is launch i's. */
static isobit_status time_launches(const iso_list *list, cl_command_queue queue, cl_event *events,
                                   size_t stride, double *seconds) {
    isobit_status status = ISOBIT_OK;
    size_t count = 0;
    for (; count < list->count && status == ISOBIT_OK; count++) {
        const iso_launch *launch = &list->launches[count];
        ISO_DO(iso_queue_ready(list->context));
        ISO_DO(iso_cl_check(clEnqueueNDRangeKernel(queue, launch->kernel, launch->dims, NULL,
                                                   launch->global, launch->local, 0, NULL,
                                                   &events[count]),
                            launch->label));
        clRetainEvent(events[count]); /* the one that is added goes when it is done */
        iso_queue_add(list->context, events[count],
                      &(iso_command){.label = launch->label, .file = launch->variant->file});
    }
    ISO_DO(iso_cl_check(clFlush(queue), "running the kernels"));
    status = iso_queue_wait(list->context);
done:
    for (size_t i = 0; i < count; i++) {
        if (status == ISOBIT_OK)
            status = take_time(events[i], &seconds[i * stride]);
        clReleaseEvent(events[i]);
    }
    return status;
}

/* The mean of every launch over as many steps as fit into a second, at least 5: means add up. */
static isobit_status profile_launches(iso_profile *profile, iso_training *training,
                                      cl_command_queue queue) {
    enum { MOST = 201, LEAST = 5 };
    const iso_list *list = &training->full.list;
    iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    const size_t whole = training->samples / training->batch;
    cl_event *events = NULL;
    double *seconds = NULL;
    size_t steps = 0;
    isobit_status status;
    ISO_DO(iso_alloc(&events, list->count, sizeof *events));
    ISO_DO(iso_alloc(&seconds, list->count * MOST, sizeof *seconds));
    for (const double end = iso_now() + 1; steps < MOST && (steps < LEAST || iso_now() < end);) {
        if (steps % whole == 0) { /* else the samples are others, as in training */
            ISO_DO(iso_feed_rewind(feed));
            ISO_DO(iso_finish(list->context)); /* the queues do not wait for each other */
        }
        ISO_DO(time_launches(list, queue, events, MOST, seconds + steps));
        steps++;
    }
    for (size_t i = 0; i < list->count; i++) {
        iso_profile_row *row = &profile->rows[i];
        row->launch = &list->launches[i];
        for (size_t step = 0; step < steps; step++)
            row->seconds += seconds[i * MOST + step] / (double)steps;
        profile->launches += row->seconds;
    }
done:
    free(events);
    free(seconds);
    return status;
}

/* Shares, and how far from what the device allows. */
static void judge(iso_profile *profile) {
    const double whole = fmax(profile->step, profile->launches);
    profile->between = whole - profile->launches;
    for (size_t i = 0; i < profile->count; i++) {
        iso_profile_row *row = &profile->rows[i];
        const double arithmetic = row->launch->flops / profile->peak.flops;
        const double memory = row->launch->bytes / profile->peak.copy;
        row->share = whole > 0 ? row->seconds / whole : 0;
        if (row->seconds > 0)
            row->of_roof = (arithmetic > memory ? arithmetic : memory) / row->seconds;
    }
}

isobit_status iso_profile_new(iso_profile *out, iso_training *training, const iso_peak *peak) {
    isobit_context *context = training->model->context;
    isobit_status status;
    cl_int code;
    ISO_TRY(iso_profile_open(training));
    iso_profile profile = {.count = training->full.list.count, .batch = training->batch};
    cl_command_queue queue =
        clCreateCommandQueue(context->context, context->device, CL_QUEUE_PROFILING_ENABLE, &code);
    if (code != CL_SUCCESS)
        return iso_cl_fail(code, "making a queue that keeps times");
    ISO_DO(iso_alloc(&profile.rows, profile.count, sizeof *profile.rows));
    if (peak)
        profile.peak = *peak;
    else
        ISO_DO(iso_peak_measure(&profile.peak, context));
    ISO_DO(median_step(training, false, &profile.step));
    if (training->resident.list.count)
        ISO_DO(median_step(training, true, &profile.resident));
    ISO_DO(profile_launches(&profile, training, queue));
    judge(&profile);
    *out = profile;
    clReleaseCommandQueue(queue);
    return ISOBIT_OK;
done:
    clReleaseCommandQueue(queue);
    iso_profile_free(&profile);
    return status;
}

void iso_profile_free(iso_profile *profile) {
    free(profile->rows);
    *profile = (iso_profile){0};
}
