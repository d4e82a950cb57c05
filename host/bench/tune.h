/* isobit tune: the fastest variant and knobs for a device and a shape. Results cannot change by it:
 * candidates are exact variants, each verified before it is timed. */
#ifndef ISO_BENCH_TUNE_H
#define ISO_BENCH_TUNE_H

#include "bench/measure.h"
#include "bench/statistics.h"
#include "nn/step.h"

/* A matrix product to tune for, and what came of it. */
typedef struct iso_tuning_problem {
    const iso_subject_kind *kind;
    size_t shape[ISO_SHAPE];
    /* Afterwards: */
    bool done;                    /* false: there was no time for it */
    char usual[ISO_RUNNER_NAME];  /* the default */
    char winner[ISO_RUNNER_NAME]; /* what is used from now on */
    iso_estimate gain;            /* how much faster than the default the fastest candidate is */
    double rate;                  /* the winner's, in operations per second */
    size_t candidates, tried, wrong;
    bool kept; /* the winner is not the default, and was stored */
} iso_tuning_problem;

typedef struct iso_tune_options {
    double seconds;           /* for everything */
    bool thorough;            /* every combination of knobs, rather than a sample of them */
    bool (*stop)(void *user); /* asked all the time; what was found so far is kept */
    /* Told after each candidate: the number of the problem under way, from 0, how far it is (its
     * candidates and tried), and what is left of the time for everything. May be NULL. */
    void (*tell)(void *user, size_t number, const iso_tuning_problem *now, double seconds_left);
    void *user;
} iso_tune_options;

/* Search for every problem in turn, and store each winner as soon as it is found. */
isobit_status iso_tune_run(isobit_context *context, iso_tuning_problem *problems, size_t count,
                           const iso_tune_options *options);

/* The different matrix products of a training step, appended to *problems. */
isobit_status iso_tune_problems(iso_tuning_problem **problems, size_t *count, const iso_list *list);
/* One by kind ("gemm_nt") and shape ("64x1024x784"). */
isobit_status iso_tune_problem(iso_tuning_problem *out, const char *op, const char *shape);

#endif
