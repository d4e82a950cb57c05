/* isobit bench: verify, then time. */
#ifndef ISO_BENCH_BENCH_H
#define ISO_BENCH_BENCH_H

#include "bench/measure.h"
#include "bench/results.h"

typedef struct iso_bench_options {
    const char *op;       /* a registered operation, "copy" or "launch"; NULL: the products */
    const char *variants; /* "panel tiled,TS=32": these alone; NULL: all, and the yardsticks */
    const char *shapes;   /* "64x1024x784 …"; NULL: the kind's own */
    iso_measure measure;
    void (*tell)(void *user, const char *what); /* what is being done; may be NULL */
    void *user;
} iso_bench_options;

/* Fill results (made by iso_results_new) with every runner at every shape. */
isobit_status iso_bench_run(iso_results *results, isobit_context *context,
                            const iso_bench_options *options);

#endif
