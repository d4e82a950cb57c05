/* Which device to take. */
#ifndef ISO_DEVICE_SELECT_H
#define ISO_DEVICE_SELECT_H

#include "device/context.h"

/* The device that a selection (see isobit_context_new) means, or ISOBIT_ERROR_DEVICE with what
 * there is and what to do. */
isobit_status iso_device_select(const char *selection, cl_platform_id *platform,
                                cl_device_id *device);

#endif
