/* Which of two devices that are the same processor is the faster one: PoCL may offer a device with
 * threads and one without, whose launches cost less. */
#include "base/clock.h"
#include "base/memory.h"
#include "device/buffer.h"
#include "device/devices.h"
#include "device/launch.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

/* As a step is: some launches in a row, each of which has work for all threads, for some 500 us of
 * one. */
enum { LAUNCHES = 8, ITEMS = 1024, STEPS = 256, ROUNDS = 5 };

static isobit_status add_launch(iso_list *list, cl_mem out) {
    const iso_request request = {.op = "probe_peak", .variant = "chains"};
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(ITEMS));
    iso_arguments_add(&arguments, ISO_UINT(STEPS));
    iso_arguments_add(&arguments, ISO_FLOAT(0.999));
    iso_arguments_add(&arguments, ISO_WRITTEN(out));
    return iso_list_add(list, &request, &arguments, (iso_work){.columns = ITEMS, .rows = 1},
                        "race");
}

/* The least of some rounds, after one that does not count. */
static isobit_status time_context(isobit_context *context, double *seconds) {
    iso_list list = {.context = context};
    cl_mem out = NULL;
    isobit_status status;
    *seconds = DBL_MAX;
    ISO_DO(iso_buffer_new(&out, context, ITEMS * sizeof(float), "a race"));
    for (int i = 0; i < LAUNCHES; i++)
        ISO_DO(add_launch(&list, out));
    for (int round = 0; round <= ROUNDS; round++) {
        const double before = iso_now();
        ISO_DO(iso_list_run(&list));
        const double took = iso_now() - before;
        if (round && took < *seconds)
            *seconds = took;
    }
done:
    iso_list_free(&list);
    iso_buffer_free(&out);
    return status;
}

/* A device that fails is the slowest. */
static double time_device(size_t index) {
    char selection[24];
    isobit_context *context;
    double seconds;
    snprintf(selection, sizeof selection, "%zu", index);
    if (iso_context_open(&context, selection, NULL, NULL) != ISOBIT_OK)
        return DBL_MAX;
    if (time_context(context, &seconds) != ISOBIT_OK)
        seconds = DBL_MAX;
    isobit_context_free(context);
    return seconds;
}

/* The same processor again: another usable CPU device of the platform. */
static bool rivals(const isobit_devices *devices, size_t a, size_t b) {
    return a != b && devices->ids[a].platform == devices->ids[b].platform &&
           !strcmp(devices->list[a].kind, "cpu") && !strcmp(devices->list[b].kind, "cpu") &&
           !devices->list[a].unusable && !devices->list[b].unusable;
}

bool iso_device_race(const isobit_devices *devices, const char *selection, size_t *index) {
    const size_t first = *index;
    double best = -1;
    for (size_t i = 0; i < devices->count; i++) {
        if (!rivals(devices, first, i) || !iso_device_matches(&devices->list[i], selection))
            continue;
        if (best < 0)
            best = time_device(first);
        const double seconds = time_device(i);
        if (seconds < best) {
            best = seconds;
            *index = i;
        }
    }
    return best >= 0;
}
