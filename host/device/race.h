/* Which to take of several devices that are the same processor. PoCL may offer one with threads and
 * one without, whose launches cost less: with small layers that is the faster one. What a race has
 * shown is remembered in the cache's folder, by the devices and by what was computed. */
#ifndef ISO_DEVICE_RACE_H
#define ISO_DEVICE_RACE_H

#include "device/context.h"
#include "device/devices.h"

/* The device from `from` on that is the same processor as `index` and that the selection may mean;
 * their count: there is none. */
size_t iso_rival(const isobit_devices *devices, const char *selection, size_t index, size_t from);

/* Let the device race its rivals, at launches as a small network makes them.
 * @return the index of the fastest */
size_t iso_race(const isobit_devices *devices, const char *selection, size_t index);

/* Seconds that a launch costs which has a little to do for every thread, one in a row of them. */
isobit_status iso_race_launch_cost(isobit_context *context, double *seconds);

/* What was the fastest for some work among a device and its rivals: returns whether that is
 * remembered, and sets *index. */
bool iso_race_recall(const isobit_devices *devices, const char *selection, const char *work,
                     size_t *index);
/* Remember it; nothing happens where there is no cache. @param first the device that the selection
 * means without a race */
void iso_race_remember(const isobit_device *first, const char *work, const isobit_device *fastest);

#endif
