/* Statistics of repeated timings: medians with intervals that assume nothing about the noise. */
#ifndef ISO_BENCH_STATISTICS_H
#define ISO_BENCH_STATISTICS_H

#include "base/status.h"

/* A median and the interval that holds the true one with at least 95 % confidence, from the order
 * statistics of the sample (the binomial's, so for any distribution). Below 6 values no such
 * interval exists: then it is the whole range. */
typedef struct iso_estimate {
    double low, median, high;
} iso_estimate;

/* `count` is at least 1; the values are left as they are. */
isobit_status iso_estimate_of(iso_estimate *out, const double *values, size_t count);
/* Of the pairs' quotients a[i] / b[i]: what both had to suffer in round i cancels out. */
isobit_status iso_estimate_ratio(iso_estimate *out, const double *a, const double *b, size_t count);
/* Whether it says nothing about which is larger. */
bool iso_estimate_holds_one(const iso_estimate *ratio);
/* The same of scale / x: from seconds to a rate. */
iso_estimate iso_estimate_rate(const iso_estimate *seconds, double scale);

/* How many of the smallest (and of the largest) of `count` sorted values lie outside the interval.
 */
size_t iso_estimate_outside(size_t count);

/* Of positive values; of none it is 0. */
double iso_geometric_mean(const double *values, size_t count);

#endif
