/* The devices of this machine, and the rules by which one is taken. */
#ifndef ISO_DEVICE_DEVICES_H
#define ISO_DEVICE_DEVICES_H

#include "base/status.h"
#include "device/opencl.h"

/* A device as OpenCL gives it, beside its public description (the same index). */
typedef struct iso_device_ids {
    cl_platform_id platform;
    cl_device_id device;
} iso_device_ids;

struct isobit_devices {
    isobit_device *list;
    iso_device_ids *ids;
    size_t count;
};

/* Which of `list` a selection means. The rules alone, without OpenCL:
 *  - NULL or "" means the best: usable ones only, hardware before a software rasteriser, a GPU
 *    before a CPU before the rest, then compute units times clock, then the order of the list;
 *  - "cpu" and "gpu" mean the best of that kind, a number the device of that index, anything else
 *    a part of the name or of the platform's name in any case, and the best if there are several.
 * @param index untouched on failure, which is ISOBIT_ERROR_DEVICE with the list of what there is
 * @param why   static text */
isobit_status iso_device_choose(const isobit_device *list, size_t count, const char *selection,
                                size_t *index, const char **why);

/* Whether a selection that is no index may mean the device. */
bool iso_device_matches(const isobit_device *device, const char *selection);

/* Describe every device there is; none is marked as chosen. */
isobit_status iso_devices_list(isobit_devices **out);

/* As iso_device_choose, with what only a measurement can tell: where the choice is a CPU that its
 * platform offers as several devices, the fastest of them (device/race.h).
 * @param work    what will be computed, in words, or NULL. With NULL the devices race, which takes
 *                some milliseconds, unless an earlier race is remembered. For some work the answer
 *                must be remembered: otherwise
 * @param settled becomes false */
isobit_status iso_device_pick(const isobit_devices *devices, const char *selection,
                              const char *work, size_t *index, const char **why, bool *settled);

/* The selection in force: `selection`, or when that is NULL or "" the environment's, or "". */
const char *iso_device_wanted(const char *selection);

/* Whether a device draws pictures, or simulates, on a CPU: never taken unasked before another. */
bool iso_device_is_software(const isobit_device *device);

#endif
