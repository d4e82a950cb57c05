/* Which of several devices that are the same processor trains a network fastest. */
#ifndef ISO_BENCH_RIVALS_H
#define ISO_BENCH_RIVALS_H

#include "device/context.h"

/* Called before kernels are built for another device, with what will be trained. */
typedef void (*iso_ahead)(isobit_context *context, const isobit_data *data,
                          const isobit_settings *settings, void *user);

/* Where the context is not settled (device/context.h): time steps of this training on its device
 * and on those that are the same processor, remember which is the fastest (unless the times show
 * that the machine was busy with something else), and put a context on that one in the place of
 * *context. The bits are the same on each, so nothing else changes. A device is not tried,
 * and nothing compiled for it, that would gain less than some per cent by what a launch costs, or
 * whose multipliers alone would take longer.
 * @param data  its first samples are used
 * @param ahead may be NULL
 * What goes wrong here is no error: the context stays, and what is wrong with the settings is met
 * again where the training begins. Where digests are wanted nothing is timed. */
void iso_race_training(isobit_context **context, const isobit_data *data,
                       const isobit_settings *settings, iso_ahead ahead, void *user);

#endif
