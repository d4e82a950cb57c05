/* What `isobit train --dry-run` prints. */
#ifndef ISO_CLI_MEMORY_REPORT_H
#define ISO_CLI_MEMORY_REPORT_H

#include "run/train_device.h"

/* The memory that training takes beside what the device and the host have. Fails, having printed
 * it, for what does not fit. */
isobit_status cli_print_estimate(const isobit_context *context, const iso_estimate *estimate,
                                 bool json);

#endif
