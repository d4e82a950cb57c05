#include "bench/measure.h"

#include "base/clock.h"
#include "base/memory.h"
#include "bench/verify.h"

#include <stdio.h>
#include <stdlib.h>

/* One sample: seconds per run. */
static isobit_status sample(isobit_status (*run)(void *user, size_t times), void *user,
                            size_t times, double *seconds) {
    const double before = iso_now();
    ISO_TRY(run(user, times));
    *seconds = (iso_now() - before) / (double)times;
    return ISOBIT_OK;
}

/* How many runs make a sample of `least` seconds. Growing batches warm up at the same time: caches,
 * clocks, and PoCL's threads, which may share a core for a while after an idle time. */
static isobit_status calibrate(isobit_status (*run)(void *user, size_t times), void *user,
                               double least, size_t *times) {
    enum { MOST = 1 << 20 };
    double seconds = 0;
    ISO_TRY(run(user, 1)); /* a first launch may still compile */
    for (*times = 1; *times < MOST; *times *= 2) {
        ISO_TRY(sample(run, user, *times, &seconds));
        if (seconds * (double)*times >= least)
            break;
    }
    return ISOBIT_OK;
}

isobit_status iso_measure_one(isobit_status (*run)(void *user, size_t times), void *user,
                              const iso_measure *measure, double *seconds) {
    size_t times;
    ISO_TRY(calibrate(run, user, measure->sample, &times));
    for (size_t i = 0; i < measure->rounds; i++)
        ISO_TRY(sample(run, user, times, &seconds[i]));
    return ISOBIT_OK;
}

static isobit_status run_runner(void *user, size_t times) {
    return iso_runner_run((const iso_runner *)user, times);
}

/* OpenBLAS's threads spin for some 20 ms after their work is done, in the way of the device's: so
 * whoever comes after another pool first runs for its own account. */
static isobit_status settle(iso_runner *runner, double seconds) {
    const double end = iso_now() + seconds;
    do
        ISO_TRY(iso_runner_run(runner, 1));
    while (iso_now() < end);
    return ISOBIT_OK;
}

static void fail(iso_runner *runner) {
    runner->verdict = ISO_FAILED;
    snprintf(runner->why, sizeof runner->why, "%s", isobit_error());
}

/* Everybody's samples become as long as `measure` wants. */
static isobit_status prepare(iso_runner *runner, iso_subject *subject, const iso_measure *measure) {
    free(runner->seconds);
    runner->seconds = NULL;
    runner->rounds = 0;
    ISO_TRY(iso_alloc(&runner->seconds, measure->rounds, sizeof *runner->seconds));
    isobit_status status = iso_runner_bind(runner, subject);
    if (status == ISOBIT_OK)
        status = calibrate(run_runner, runner, measure->sample, &runner->runs);
    if (status != ISOBIT_OK && status != ISOBIT_ERROR_MEMORY) {
        fail(runner);
        return ISOBIT_OK;
    }
    return status;
}

/* Whether this runner's share of the time is used up; everybody takes part in three rounds. */
static bool used_up(const iso_runner *runner, double most) {
    double sum = 0;
    for (size_t i = 0; i < runner->rounds; i++)
        sum += runner->seconds[i] * (double)runner->runs;
    return runner->rounds >= 3 && sum > most;
}

/* `*last` is who ran before; NULL: nobody. */
static isobit_status one_round(iso_runners *runners, size_t round, const iso_measure *measure,
                               const iso_runner **last) {
    for (size_t i = 0; i < runners->count; i++) {
        /* Another one begins each round. */
        iso_runner *runner = &runners->list[(i + round) % runners->count];
        if (!iso_runner_good(runner) || used_up(runner, measure->most) || runner->rounds < round)
            continue;
        const bool other = *last && iso_runner_on_host(*last) != iso_runner_on_host(runner);
        isobit_status status = settle(runner, other ? measure->settle : 0);
        if (status == ISOBIT_OK)
            status = sample(run_runner, runner, runner->runs, &runner->seconds[runner->rounds]);
        if (status == ISOBIT_OK)
            runner->rounds++;
        else
            fail(runner);
        *last = runner;
    }
    return ISOBIT_OK;
}

isobit_status iso_measure_run(iso_runners *runners, iso_subject *subject,
                              const iso_measure *measure) {
    const iso_runner *last = NULL;
    for (size_t i = 0; i < runners->count; i++)
        if (iso_runner_good(&runners->list[i]))
            ISO_TRY(prepare(&runners->list[i], subject, measure));
    for (size_t round = 0; round < measure->rounds; round++) {
        if (measure->stop && measure->stop(measure->user))
            break;
        ISO_TRY(one_round(runners, round, measure, &last));
    }
    return ISOBIT_OK;
}
