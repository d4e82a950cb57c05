/* What bench runs and ranks: a kernel variant with its knobs, or somebody else's library. */
#ifndef ISO_BENCH_RUNNER_H
#define ISO_BENCH_RUNNER_H

#include "bench/subject.h"
#include "bench/yardstick.h"

typedef enum iso_verdict {
    ISO_UNKNOWN, /* not looked at yet */
    ISO_EXACT,   /* the contract's bits */
    ISO_INEXACT, /* declares itself so, or is a yardstick; within the tolerance */
    ISO_WRONG,   /* a result that is not what it must be: never timed */
    ISO_FAILED   /* does not build or run on this device */
} iso_verdict;
/* As files and tables have it: "exact". Static storage. */
const char *iso_verdict_name(iso_verdict verdict);

enum { ISO_RUNNER_NAME = 96, ISO_RUNNER_WHY = 384 };

typedef struct iso_runner {
    char name[ISO_RUNNER_NAME]; /* "panel,SPAN=64", "OpenBLAS" */
    const iso_variant *variant; /* or */
    const iso_yardstick *yardstick;
    char *knobs; /* of the variant, over its class's defaults */
    iso_verdict verdict;
    char why[ISO_RUNNER_WHY]; /* it is wrong or failed */

    iso_subject *subject; /* what it is bound to */
    iso_list list;
    size_t runs;     /* that make a sample long enough to be timed */
    double *seconds; /* of one run, per round */
    size_t rounds;   /* that it took part in */
} iso_runner;

typedef struct iso_runners {
    iso_runner *list;
    size_t count;
} iso_runners;

/* Every registered variant of the kind's op with its class's knobs, but for those that declare
 * themselves inexact, or those that `names` lists ("panel tiled,TS=32"), and the yardsticks that
 * can do it. */
isobit_status iso_runners_new(iso_runners *out, isobit_context *context,
                              const iso_subject_kind *kind, const char *names,
                              const iso_yardsticks *yardsticks);
/* One more variant; knobs as "SPAN=64 …", NULL: the defaults. */
isobit_status iso_runners_add(iso_runners *runners, const iso_variant *variant, const char *knobs);
/* Unbind and free all of them. */
void iso_runners_free(iso_runners *runners);

/* Prepare to run on a subject, which must outlive the binding. */
isobit_status iso_runner_bind(iso_runner *runner, iso_subject *subject);
/* Forget the subject; one that is bound to none is left alone. */
void iso_runner_unbind(iso_runner *runner);
/* Run `times` and wait. */
isobit_status iso_runner_run(const iso_runner *runner, size_t times);
/* The first output after a run, guard row and all: (rows + 1) * ld floats. */
isobit_status iso_runner_read(const iso_runner *runner, const iso_operand *operand, float *out);

/* Run where the thread pool differs (host library or device): another's spins on for a while. */
bool iso_runner_on_host(const iso_runner *runner);

#endif
