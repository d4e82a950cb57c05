/* Somebody else's library to measure against. Loaded when it is installed, never linked. */
#ifndef ISO_BENCH_YARDSTICK_H
#define ISO_BENCH_YARDSTICK_H

#include "bench/subject.h"

typedef struct iso_yardstick iso_yardstick;

enum { ISO_YARDSTICKS = 3 };
typedef struct iso_yardsticks {
    iso_yardstick *list[ISO_YARDSTICKS];
    size_t count;
} iso_yardsticks;

/* Load what is there. OpenBLAS gets as many threads as the device has compute units, and takes part
 * where the device is the host's processor; CLBlast runs on the device; a copy of as many bytes
 * (probe_copy.cl) is what memory-bound operations are held against. */
isobit_status iso_yardsticks_open(iso_yardsticks *out, isobit_context *context);
/* Forget them. The libraries stay loaded. */
void iso_yardsticks_close(iso_yardsticks *yardsticks);

/* "OpenBLAS". Lives as long as the yardstick. */
const char *iso_yardstick_name(const iso_yardstick *yardstick);
/* Whether it runs in threads of its own on the host, rather than on the device. */
bool iso_yardstick_on_host(const iso_yardstick *yardstick);
/* Whether it computes the kind's result (a copy does not: it only takes as long). */
bool iso_yardstick_computes(const iso_yardstick *yardstick);
/* Whether it has something for the kind. */
bool iso_yardstick_can(const iso_yardstick *yardstick, const iso_subject_kind *kind);
/* Prepare to run on a subject that it can do. @param list gets what it makes for that */
isobit_status iso_yardstick_bind(const iso_yardstick *yardstick, iso_subject *subject,
                                 iso_list *list);
/* Start a run; waiting is the caller's business. */
isobit_status iso_yardstick_run(const iso_yardstick *yardstick, iso_subject *subject,
                                const iso_list *list);

#endif
