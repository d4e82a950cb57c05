/* Failures: a status and one line that says what, with which values, and what to do. */
#ifndef ISO_BASE_STATUS_H
#define ISO_BASE_STATUS_H

#include <isobit/isobit.h>

/* Record the message for isobit_error() on this thread and return `status`. Longer messages are
 * cut at 2 KiB; control characters (file content may be quoted) become '?'. */
isobit_status iso_fail(isobit_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Put a place in front of the recorded message: "data.csv: line 3" makes "data.csv: line 3: …".
 * Returns `status`. */
isobit_status iso_fail_at(isobit_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Return from the calling function when `call` fails. */
#define ISO_TRY(call)                                                                              \
    do {                                                                                           \
        isobit_status iso_try_ = (call);                                                           \
        if (iso_try_ != ISOBIT_OK)                                                                 \
            return iso_try_;                                                                       \
    } while (0)

/* Jump to the label `done` with the variable `status` set when `call` fails. */
#define ISO_DO(call)                                                                               \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != ISOBIT_OK)                                                                   \
            goto done;                                                                             \
    } while (0)

#endif
