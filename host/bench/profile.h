/* Where a training step spends its time. */
#ifndef ISO_BENCH_PROFILE_H
#define ISO_BENCH_PROFILE_H

#include "bench/measure.h"
#include "bench/peak.h"
#include "bench/statistics.h"
#include "run/train.h"

/* One launch of the step. */
typedef struct iso_profile_row {
    const iso_launch *launch; /* borrowed from the training */
    double seconds;           /* the mean of its times inside a step, by the device's clock */
    double share;             /* of the whole step */
    double of_roof; /* the least time that peak rate and copy bandwidth allow over its time; 0:
                       unknown */
} iso_profile_row;

typedef struct iso_profile {
    iso_profile_row *rows;
    size_t count;
    double launches; /* seconds of all launches of a step */
    double between;  /* seconds of a step in which none of them runs */
    double step;     /* seconds of a whole step as it is trained, by the host's clock */
    double resident; /* the same where many steps run in one launch; 0: they do not */
    size_t batch;
    iso_peak peak;
} iso_profile;

/* Run steps for about a second, after training: the device's parameters move on, so the model's
 * must have been read (iso_training_run has done that), and no training may follow.
 * @param peak of the device; NULL: it is measured */
isobit_status iso_profile_new(iso_profile *out, iso_training *training, const iso_peak *peak);
/* Free what iso_profile_new made; {0} too. */
void iso_profile_free(iso_profile *profile);

/* Make the launch-by-launch step of a training that goes without (it runs many steps in one
 * launch), so that it can be looked at. The training owns it. */
isobit_status iso_profile_open(iso_training *training);

/* Rounds of whole steps: seconds[i] of one step in round i. @param resident in one launch */
isobit_status iso_profile_steps(iso_training *training, bool resident, size_t rounds,
                                double *seconds);

#endif
