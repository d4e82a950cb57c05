/* Timing: interleaved rounds, so that whatever else the machine does hits everybody alike. */
#ifndef ISO_BENCH_MEASURE_H
#define ISO_BENCH_MEASURE_H

#include "bench/runner.h"

typedef struct iso_measure {
    size_t rounds;
    double sample; /* seconds that one sample lasts at least: launches are batched for it */
    double most;   /* seconds that one runner gets in all: slow ones do fewer rounds */
    double settle; /* seconds of lead-in after another thread pool has run, whose threads spin */
    bool (*stop)(void *user); /* asked between samples; may be NULL */
    void *user;
} iso_measure;

#define ISO_MEASURE_DEFAULT ((iso_measure){.rounds = 21, .sample = 2e-3, .most = 2, .settle = 0.03})

/* Time every good runner on a subject: bind, warm up, then rounds in which each gives one sample.
 * Results are in runner->seconds and ->rounds; one that fails gets its verdict. Stopped early: the
 * rounds that were complete stand. */
isobit_status iso_measure_run(iso_runners *runners, iso_subject *subject,
                              const iso_measure *measure);

/* The same for one function alone, e.g. a launch: an estimate of the seconds of one call.
 * @param run calls it `times` times and waits */
isobit_status iso_measure_one(isobit_status (*run)(void *user, size_t times), void *user,
                              const iso_measure *measure, double *seconds);

#endif
