/* What a device can do at best, measured: what everything else is held against. */
#ifndef ISO_BENCH_PEAK_H
#define ISO_BENCH_PEAK_H

#include "device/context.h"

typedef struct iso_peak {
    double flops;  /* per second: fma chains in registers, two operations each */
    double copy;   /* bytes per second read and written, between buffers larger than caches */
    double launch; /* seconds of one launch among many */
    double sync;   /* seconds of one launch that is waited for */
} iso_peak;

/* Measure all of it. */
isobit_status iso_peak_measure(iso_peak *out, isobit_context *context);

#endif
