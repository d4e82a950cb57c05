#include "device/race.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/memory.h"
#include "device/buffer.h"
#include "device/cache.h"
#include "device/cache_folder.h"
#include "device/launch.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --------------------------------------------------------------------------------- the race -- */

/* As a step is: some launches in a row, each of which has work for all threads. In a race it is
 * some 500 us of one; where only launches are timed it is next to none, so that there must be
 * rounds enough to outlast what else the machine does for a moment. */
typedef struct heat {
    size_t items, steps;
    int rounds;
} heat;
enum { LAUNCHES = 8 };

static isobit_status add_launch(iso_list *list, cl_mem out, const heat *of) {
    const iso_request request = {.op = "probe_peak", .variant = "chains"};
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(of->items));
    iso_arguments_add(&arguments, ISO_UINT(of->steps));
    iso_arguments_add(&arguments, ISO_FLOAT(0.999));
    iso_arguments_add(&arguments, ISO_WRITTEN(out));
    return iso_list_add(list, &request, &arguments, (iso_work){.columns = of->items, .rows = 1},
                        "race");
}

/* The least of some rounds, after one that does not count. */
static isobit_status time_context(isobit_context *context, heat of, double *seconds) {
    iso_list list = {.context = context};
    cl_mem out = NULL;
    isobit_status status;
    *seconds = DBL_MAX;
    ISO_DO(iso_buffer_new(&out, context, of.items * sizeof(float), "a race"));
    for (int i = 0; i < LAUNCHES; i++)
        ISO_DO(add_launch(&list, out, &of));
    for (int round = 0; round <= of.rounds; round++) {
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

isobit_status iso_race_launch_cost(isobit_context *context, double *seconds) {
    const heat launches = {4 * (size_t)context->target.compute_units, 1, 2048};
    ISO_TRY(time_context(context, launches, seconds));
    *seconds /= LAUNCHES;
    return ISOBIT_OK;
}

/* A device that fails is the slowest. */
static double time_device(size_t index) {
    char selection[24];
    isobit_context *context;
    double seconds;
    snprintf(selection, sizeof selection, "%zu", index);
    if (iso_context_open(&context, selection, NULL, NULL) != ISOBIT_OK)
        return DBL_MAX;
    if (time_context(context, (heat){1024, 256, 5}, &seconds) != ISOBIT_OK)
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

size_t iso_rival(const isobit_devices *devices, const char *selection, size_t index, size_t from) {
    while (from < devices->count &&
           !(rivals(devices, index, from) && iso_device_matches(&devices->list[from], selection)))
        from++;
    return from;
}

size_t iso_race(const isobit_devices *devices, const char *selection, size_t index) {
    size_t fastest = index;
    double best = time_device(index);
    for (size_t i = iso_rival(devices, selection, index, 0); i < devices->count;
         i = iso_rival(devices, selection, index, i + 1)) {
        const double seconds = time_device(i);
        if (seconds < best) {
            best = seconds;
            fastest = i;
        }
    }
    return fastest;
}

/* ------------------------------------------------------------------------------ remembering -- */

enum { FILE_NAME = 32 };

/* The file for some work on a device and its rivals: it holds the fastest one's name. */
static void name_of(const isobit_device *first, const char *work, char out[FILE_NAME]) {
    const char *const parts[] = {first->platform, first->name, first->driver, first->version, work};
    unsigned char digest[ISO_HASH_SIZE];
    char hex[ISO_HEX_SIZE];
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, &first->compute_units, sizeof first->compute_units);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        iso_hash_add(&hash, parts[i], strlen(parts[i]) + 1);
    iso_hash_end(&hash, digest);
    iso_hash_hex(digest, hex);
    snprintf(out, FILE_NAME, "%.16s.device", hex);
}

static bool is_named(const isobit_device *device, const unsigned char *name, size_t size) {
    return strlen(device->name) == size && !memcmp(device->name, name, size);
}

bool iso_race_recall(const isobit_devices *devices, const char *selection, const char *work,
                     size_t *index) {
    const size_t first = *index;
    char name[FILE_NAME];
    size_t size = 0;
    const int folder = iso_cache_folder(false);
    if (folder < 0)
        return false;
    name_of(&devices->list[first], work, name);
    unsigned char *fastest = iso_cache_read_file(folder, name, &size);
    close(folder);
    bool found = fastest && is_named(&devices->list[first], fastest, size);
    for (size_t i = iso_rival(devices, selection, first, 0); fastest && i < devices->count;
         i = iso_rival(devices, selection, first, i + 1))
        if (!found && is_named(&devices->list[i], fastest, size)) {
            found = true;
            *index = i;
        }
    free(fastest);
    return found;
}

void iso_race_remember(const isobit_device *first, const char *work, const isobit_device *fastest) {
    char name[FILE_NAME];
    const int folder = iso_cache_folder(true);
    if (folder < 0)
        return;
    name_of(first, work, name);
    (void)iso_cache_write_file(folder, name, (const unsigned char *)fastest->name,
                               strlen(fastest->name));
    close(folder);
}
