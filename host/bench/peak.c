#include "bench/peak.h"

#include "bench/measure.h"
#include "bench/statistics.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 9 };

static isobit_status run_list(void *user, size_t times) {
    const iso_list *list = user;
    for (size_t i = 0; i < times; i++)
        ISO_TRY(iso_list_enqueue(list));
    return iso_finish(list->context);
}

static isobit_status run_waiting(void *user, size_t times) {
    for (size_t i = 0; i < times; i++)
        ISO_TRY(iso_list_run((const iso_list *)user));
    return ISOBIT_OK;
}

/* Seconds of a run: the least of some samples, since a peak is what is possible; or the median. */
static isobit_status seconds_of(isobit_status (*run)(void *user, size_t times), iso_list *list,
                                bool least, double *out) {
    iso_measure measure = ISO_MEASURE_DEFAULT;
    double seconds[ROUNDS];
    iso_estimate estimate;
    measure.rounds = ROUNDS;
    ISO_TRY(iso_measure_one(run, list, &measure, seconds));
    ISO_TRY(iso_estimate_of(&estimate, seconds, ROUNDS));
    *out = estimate.median;
    for (size_t i = 0; least && i < ROUNDS; i++)
        *out = seconds[i] < *out ? seconds[i] : *out;
    return ISOBIT_OK;
}

/* The rate of one way to fill the fma pipes. */
static isobit_status chains_rate(isobit_context *context, cl_mem out, size_t items, long chains,
                                 double *rate) {
    enum { STEPS = 8192 };
    char knobs[32];
    long wide = 1;
    double seconds;
    iso_list list = {.context = context};
    iso_arguments arguments = {0};
    const iso_variant *variant;
    iso_choice choice;
    snprintf(knobs, sizeof knobs, "CHAINS=%ld", chains);
    const iso_request request = {.op = "probe_peak", .variant = "chains", .knobs = knobs};
    ISO_TRY(iso_registry_find(&context->registry, request.op, request.variant,
                              context->target.device_class, &variant));
    ISO_TRY(iso_variant_choose(variant, &context->target, knobs, NULL, &choice));
    ISO_TRY(iso_variant_evaluate(variant, &choice, "WIDE * 15 + 1", &wide));
    iso_arguments_add(&arguments, ISO_UINT(items));
    iso_arguments_add(&arguments, ISO_UINT(STEPS));
    iso_arguments_add(&arguments, ISO_FLOAT(0.999));
    iso_arguments_add(&arguments, ISO_WRITTEN(out));
    isobit_status status =
        iso_list_add(&list, &request, &arguments, (iso_work){.columns = items, .rows = 1}, "peak");
    if (status == ISOBIT_OK)
        status = seconds_of(run_list, &list, true, &seconds);
    iso_list_free(&list);
    if (status == ISOBIT_OK)
        *rate = 2.0 * (double)wide * (double)chains * STEPS * (double)items / seconds;
    return status;
}

/* The best over numbers of chains: too few leave pipes empty, too many do not fit the registers. */
static isobit_status find_flops(isobit_context *context, double *best) {
    const bool cpu = !strcmp(context->target.device_class, "cpu");
    const size_t items = context->target.compute_units * (size_t)(cpu ? 16 : 4096);
    const iso_variant *variant;
    cl_mem out;
    *best = 0;
    ISO_TRY(iso_registry_find(&context->registry, "probe_peak", "chains", NULL, &variant));
    ISO_TRY(iso_buffer_new(&out, context, items * sizeof(float), "the peak"));
    isobit_status status = ISOBIT_OK;
    for (size_t i = 0; i < variant->knobs[0].count && status == ISOBIT_OK; i++) {
        double rate = 0;
        status = chains_rate(context, out, items, variant->knobs[0].values[i], &rate);
        *best = rate > *best ? rate : *best;
    }
    iso_buffer_free(&out);
    return status;
}

/* Copying so many floats, a multiple of 16. */
static isobit_status make_copy(iso_list *list, cl_mem buffers[2], size_t floats) {
    const iso_request request = {.op = "probe_copy"};
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(floats));
    for (int i = 0; i < 2; i++) {
        ISO_TRY(iso_buffer_new(&buffers[i], list->context, floats * sizeof(float), "the copy"));
        iso_arguments_add(&arguments, i ? ISO_WRITTEN(buffers[i]) : ISO_MEMORY(buffers[i]));
    }
    return iso_list_add(list, &request, &arguments, (iso_work){.columns = floats, .rows = 1},
                        "copy");
}

static isobit_status find_copy(isobit_context *context, iso_peak *peak) {
    const cl_ulong most = (cl_ulong)(strcmp(context->target.device_class, "cpu") ? 512 : 64) << 20;
    const cl_ulong part = context->largest_buffer / 2;
    const size_t floats =
        (size_t)((most < part ? most : part) / (ISO_PAD * sizeof(float))) * ISO_PAD;
    iso_list large = {.context = context}, small = {.context = context};
    cl_mem buffers[4] = {0};
    double seconds;
    isobit_status status;
    ISO_DO(make_copy(&large, buffers, floats));
    ISO_DO(seconds_of(run_list, &large, true, &seconds));
    peak->copy = 2.0 * (double)floats * sizeof(float) / seconds;
    ISO_DO(make_copy(&small, buffers + 2, ISO_PAD));
    ISO_DO(seconds_of(run_list, &small, false, &peak->launch));
    ISO_DO(seconds_of(run_waiting, &small, false, &peak->sync));
done:
    iso_list_free(&large);
    iso_list_free(&small);
    for (int i = 0; i < 4; i++)
        iso_buffer_free(&buffers[i]);
    return status;
}

isobit_status iso_peak_measure(iso_peak *out, isobit_context *context) {
    iso_peak peak = {0};
    ISO_TRY(find_flops(context, &peak.flops));
    ISO_TRY(find_copy(context, &peak));
    *out = peak;
    return ISOBIT_OK;
}
