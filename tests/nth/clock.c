/* In place of host/base/clock.c: a clock that goes on by a fixed time whenever somebody looks at
 * it. Loops that run for some milliseconds or seconds take as many turns in every run, and few of
 * them; what makes a run longer is another turn, which fails along the same paths. */
#include "base/clock.h"

#include <stdatomic.h>

/* Longer than any sample of a measurement, so that one turn is enough; tuning gets as many looks as
 * its case has quarters of a second. */
static const double look = 0.25;

double iso_now(void) {
    static atomic_ulong looks;
    return look * (double)(atomic_fetch_add(&looks, 1) + 1);
}

double iso_process_age(void) { return iso_now(); }
