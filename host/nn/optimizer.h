/* Optimizers and learning-rate schedules: their options, and a step's scalars in float64. */
#ifndef ISO_NN_OPTIMIZER_H
#define ISO_NN_OPTIMIZER_H

#include "base/text.h"

#include <stdint.h>

enum { ISO_OPTIONS = 8 };

typedef struct iso_optimizer_kind iso_optimizer_kind;

/* An optimizer with its options. Plain values: copy it freely. */
typedef struct iso_optimizer {
    const iso_optimizer_kind *kind;
    const char *function; /* in kernels/optimizers.h, or of a search its own name */
    unsigned states;      /* numbers remembered per parameter */
    double lr;            /* before the schedule */
    double options[ISO_OPTIONS];
} iso_optimizer;

/* "sgd lr=0.1 momentum=0.9". */
isobit_status iso_optimizer_parse(iso_optimizer *out, const char *text);
const char *iso_optimizer_name(const iso_optimizer *optimizer);
/* The one loss that it is a rule for, as the perceptron's is; NULL: any. */
const char *iso_optimizer_loss(const iso_optimizer *optimizer);

/* How weights are evolved by one that is a search; its rate is that of mutations. */
typedef struct iso_search_plan {
    size_t population; /* individuals; 0: it is none, but follows gradients */
    size_t elite;      /* the best, which live on */
} iso_search_plan;
iso_search_plan iso_optimizer_search(const iso_optimizer *optimizer);

/* Whether a gradient of zero leaves parameter and memory as they are. */
bool iso_optimizer_skips_zeros(const iso_optimizer *optimizer);

/* What changes from step to step: powers of the betas, by repeated product. */
typedef struct iso_optimizer_clock {
    uint64_t step; /* how many have been prepared */
    double power[2];
} iso_optimizer_clock;
/* The clock before step `step` (0: the first). */
iso_optimizer_clock iso_optimizer_clock_at(const iso_optimizer *optimizer, uint64_t step);
/* The scalars of the clock's next step at this learning rate, ISO_SCALARS floats, the last the bits
 * of the step's number as a uint32_t; moves the clock. */
void iso_optimizer_scalars(const iso_optimizer *optimizer, iso_optimizer_clock *clock, double lr,
                           float *out);

/* How the learning rate changes. */
typedef struct iso_schedule {
    enum { ISO_CONSTANT, ISO_STEPWISE, ISO_EXPONENTIAL, ISO_COSINE } kind;
    size_t every;  /* epochs between two changes of "step" */
    double gamma;  /* factor of "step" and "exponential" */
    double final;  /* fraction of the rate at which "cosine" ends */
    size_t warmup; /* steps of linear growth before anything else */
} iso_schedule;

/* "cosine warmup=100". */
isobit_status iso_schedule_parse(iso_schedule *out, const char *text);
/* The factor of the learning rate at a step.
 * @param step from 0 over the whole training; @param epoch from 0; @param steps in the training */
double iso_schedule_factor(const iso_schedule *schedule, uint64_t step, size_t epoch,
                           uint64_t steps);

#endif
