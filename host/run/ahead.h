/* Which kernels a training is going to need, before it is made: for those who compile them ahead.
 */
#ifndef ISO_RUN_AHEAD_H
#define ISO_RUN_AHEAD_H

#include "device/wanted.h"
#include "run/model.h"

/* Add those that are not kept yet, on a context of PoCL's; on others there is nothing to gain.
 * For the known answers that a device is asked (run/doctor.h): */
isobit_status iso_ahead_of_check(iso_wanted *out, isobit_context *context);
/* and for all of a training, and, where the context is not settled, for a race (device/race.h). */
isobit_status iso_ahead_of_training(iso_wanted *out, isobit_context *context,
                                    const isobit_data *data, const isobit_settings *settings);

#endif
