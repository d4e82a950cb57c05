#include "bench/statistics.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The j-th smallest of n values (from 0) lies above the median with the probability that a binomial
 * of n fair coins gives at most j heads. Both tails together may hold 5 %. */
size_t iso_estimate_outside(size_t count) {
    double probability = pow(0.5, (double)count), below = 0;
    size_t outside = 0;
    for (size_t i = 0; i < count / 2; i++) {
        below += probability;
        if (2 * below > 0.05)
            break;
        outside = i;
        probability *= (double)(count - i) / (double)(i + 1);
    }
    return outside;
}

isobit_status iso_estimate_of(iso_estimate *out, const double *values, size_t count) {
    double *sorted;
    ISO_TRY(iso_alloc(&sorted, count, sizeof *sorted));
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_value);
    const size_t outside = iso_estimate_outside(count);
    out->low = sorted[outside];
    out->high = sorted[count - 1 - outside];
    out->median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    free(sorted);
    return ISOBIT_OK;
}

isobit_status iso_estimate_ratio(iso_estimate *out, const double *a, const double *b,
                                 size_t count) {
    double *ratios;
    ISO_TRY(iso_alloc(&ratios, count, sizeof *ratios));
    for (size_t i = 0; i < count; i++)
        ratios[i] = a[i] / b[i];
    isobit_status status = iso_estimate_of(out, ratios, count);
    free(ratios);
    return status;
}

bool iso_estimate_holds_one(const iso_estimate *ratio) {
    return ratio->low <= 1 && ratio->high >= 1;
}

iso_estimate iso_estimate_rate(const iso_estimate *seconds, double scale) {
    return (iso_estimate){scale / seconds->high, scale / seconds->median, scale / seconds->low};
}

double iso_geometric_mean(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += log(values[i]);
    return count ? exp(sum / (double)count) : 0;
}
