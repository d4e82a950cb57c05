/* Whether a runner computes what it must. */
#ifndef ISO_BENCH_VERIFY_H
#define ISO_BENCH_VERIFY_H

#include "bench/runner.h"

/* What an inexact variant or a yardstick may be off by: this times the size of what was added up
 * (two factors rounded to bfloat16 are within it). */
#define ISO_INEXACT_TOLERANCE 0x1.02p-7

/* Run every runner at the kind's awkward shapes ("1x1x1 31x257x257 …", or those of `shapes`), judge
 * it against the float64 reference, and exact ones bit for bit against the first of them that is
 * right. Runners that fail get their verdict and why; only what ails the whole is an error. */
isobit_status iso_verify(iso_runners *runners, isobit_context *context,
                         const iso_subject_kind *kind, const char *shapes);

/* The bits alone, at a subject that is about to be timed. */
isobit_status iso_verify_alike(iso_runners *runners, iso_subject *subject);

/* A runner that has not failed yet. */
static inline bool iso_runner_good(const iso_runner *runner) {
    return runner->verdict != ISO_WRONG && runner->verdict != ISO_FAILED;
}

#endif
