/* A training step's time: isobit bench step, and isobit train --profile. */
#ifndef ISO_CLI_STEP_REPORT_H
#define ISO_CLI_STEP_REPORT_H

#include "bench/profile.h"
#include "bench/results.h"

/* Time whole steps of the settings' network on their data (the built-in digits unless told). */
isobit_status cli_bench_step(iso_results *results, isobit_context *context,
                             const isobit_settings *settings, const iso_measure *measure);

/* Print where a training that has run spends its time, as a table or a line of JSON. Nothing may be
 * trained with it after. @param peak of the device; NULL: it is measured */
isobit_status cli_print_profile(iso_training *training, const iso_peak *peak, bool json);

#endif
