#include "device/select.h"

#include "base/text.h"
#include "device/race.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whether `part` occurs in `text` in any case (ASCII: OpenCL's names are). */
static bool contains(const char *text, const char *part) {
    size_t length = strlen(part);
    for (; *text; text++)
        if (!strncasecmp(text, part, length))
            return true;
    return !length;
}

/* Mesa's llvmpipe and softpipe come through rusticl as devices of kind "cpu" with more compute
 * units than the machine has cores; Oclgrind calls itself every kind at once. They are for checks:
 * two to four orders of magnitude slower than PoCL on the same machine. */
bool iso_device_is_software(const isobit_device *device) {
    static const char *const names[] = {"llvmpipe", "softpipe", "swrast", "swiftshader",
                                        "oclgrind"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (contains(device->name, names[i]))
            return true;
    return false;
}

const char *iso_device_wanted(const char *selection) {
    if (selection && *selection)
        return selection;
    const char *environment = getenv("ISOBIT_DEVICE");
    return environment ? environment : "";
}

/* -------------------------------------------------------------------------------- the order -- */

static int kind_rank(const isobit_device *device) {
    static const char *const order[] = {"gpu", "cpu", "accelerator"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(device->kind, order[i]))
            return i;
    return 3;
}

/* Compute units times MHz: crude between vendors, but the same for everyone and read at once. */
static uint64_t compute(const isobit_device *device) {
    return (uint64_t)device->compute_units * (device->clock_mhz ? device->clock_mhz : 1);
}

/* Whether `a` is better than `b`; equal ones keep the list's order. */
static bool better(const isobit_device *a, const isobit_device *b) {
    if (!a->unusable != !b->unusable)
        return !a->unusable;
    if (iso_device_is_software(a) != iso_device_is_software(b))
        return !iso_device_is_software(a);
    if (kind_rank(a) != kind_rank(b))
        return kind_rank(a) < kind_rank(b);
    return compute(a) > compute(b);
}

/* What decided for `best`, looking only at the usable ones among `count` that match. */
static const char *reason(const isobit_device *list, const bool *matches, size_t count,
                          size_t best) {
    bool others = false, software = false, kinds = false, slower = false;
    for (size_t i = 0; i < count; i++) {
        if (i == best || !matches[i] || list[i].unusable)
            continue;
        others = true;
        if (iso_device_is_software(&list[i]) != iso_device_is_software(&list[best]))
            software = true;
        else if (kind_rank(&list[i]) != kind_rank(&list[best]))
            kinds = true;
        else
            slower = slower || compute(&list[i]) < compute(&list[best]);
    }
    if (!others)
        return "the only usable one";
    if (slower)
        return "most compute units times clock among the best kind";
    if (kinds)
        return "a GPU comes before a CPU, a CPU before the rest";
    return software ? "hardware comes before a software rasteriser or simulator"
                    : "first of several equal ones";
}

/* -------------------------------------------------------------------------------- the rules -- */

enum { MOST_DEVICES = 256 };

/* Add ": 0 NAME (PLATFORM), 1 …" to the message. */
static isobit_status fail_with_list(const isobit_device *list, size_t count, const char *what,
                                    const char *selection) {
    iso_text text = {0};
    char *names = NULL;
    for (size_t i = 0; i < count; i++) {
        iso_text_add(&text, "%s%zu: %s %s (%s)", i ? "; " : "", i, list[i].kind, list[i].name,
                     list[i].platform);
        if (list[i].unusable)
            iso_text_add(&text, ", not usable: %s", list[i].unusable);
    }
    ISO_TRY(iso_text_take(&text, &names));
    iso_fail(ISOBIT_ERROR_DEVICE, "device \"%s\": %s; there is %s", selection, what,
             count ? names : "none");
    free(names);
    return ISOBIT_ERROR_DEVICE;
}

/* The index that `text` is, or `count`. */
static size_t as_index(const char *text, size_t count) {
    size_t index = 0;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9')
            return count;
        index = index * 10 + (size_t)(*at - '0');
        if (index >= count)
            return count;
    }
    return *text ? index : count;
}

bool iso_device_matches(const isobit_device *device, const char *selection) {
    if (!*selection)
        return true;
    if (!strcasecmp(selection, "cpu") || !strcasecmp(selection, "gpu"))
        return !strcasecmp(device->kind, selection);
    return contains(device->name, selection) || contains(device->platform, selection);
}

/* Mark what a selection matches; *how says by what rule, in words. */
static void match(const isobit_device *list, size_t count, const char *selection, bool *matches,
                  const char **how) {
    size_t index = as_index(selection, count);
    for (size_t i = 0; i < count; i++)
        matches[i] = index < count ? i == index : iso_device_matches(&list[i], selection);
    *how = index < count ? "the index that was asked for" : NULL;
}

isobit_status iso_device_choose(const isobit_device *list, size_t count, const char *selection,
                                size_t *index, const char **why) {
    bool matches[MOST_DEVICES] = {false};
    const char *how;
    const char *wanted = selection ? selection : "";
    count = count < MOST_DEVICES ? count : MOST_DEVICES;
    match(list, count, wanted, matches, &how);
    size_t best = count, matched = 0;
    for (size_t i = 0; i < count; i++) {
        if (!matches[i])
            continue;
        matched++;
        if (best == count || better(&list[i], &list[best]))
            best = i;
    }
    if (best == count)
        return fail_with_list(list, count, "no device matches", wanted);
    if (list[best].unusable)
        return fail_with_list(list, count,
                              *wanted ? "what matches cannot be used" : "no device can be used",
                              *wanted ? wanted : "best");
    *index = best;
    if (how)
        *why = how;
    else if (*wanted && matched == 1)
        *why = "the only one that matches what was asked for";
    else
        *why = reason(list, matches, count, best);
    return ISOBIT_OK;
}

isobit_status iso_device_pick(const isobit_devices *devices, const char *selection,
                              const char *work, size_t *index, const char **why, bool *settled) {
    const char *wanted = selection ? selection : "";
    ISO_TRY(iso_device_choose(devices->list, devices->count, wanted, index, why));
    *settled = true;
    const size_t first = *index;
    if (as_index(wanted, devices->count) < devices->count ||
        iso_rival(devices, wanted, first, 0) == devices->count)
        return ISOBIT_OK;
    if (!iso_race_recall(devices, wanted, work ? work : "", index)) {
        if (work) {
            *settled = false;
            return ISOBIT_OK;
        }
        *index = iso_race(devices, wanted, first);
        iso_race_remember(&devices->list[first], "", &devices->list[*index]);
    }
    *why = "the fastest of those that are this processor, by a short measurement";
    return ISOBIT_OK;
}

isobit_status iso_device_select(const char *selection, const char *work, iso_device_ids *out,
                                bool *settled) {
    isobit_devices *devices;
    const char *why;
    size_t index = 0;
    ISO_TRY(iso_devices_list(&devices));
    isobit_status status =
        iso_device_pick(devices, iso_device_wanted(selection), work, &index, &why, settled);
    if (status == ISOBIT_OK)
        *out = devices->ids[index];
    isobit_devices_free(devices);
    return status;
}
