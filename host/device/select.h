/* Which device to take. */
#ifndef ISO_DEVICE_SELECT_H
#define ISO_DEVICE_SELECT_H

#include "device/devices.h"

/* The device that a selection (see isobit_context_new) means, or ISOBIT_ERROR_DEVICE with what
 * there is and what to do. `work` and `settled` as in iso_device_pick. */
isobit_status iso_device_select(const char *selection, const char *work, iso_device_ids *out,
                                bool *settled);

#endif
