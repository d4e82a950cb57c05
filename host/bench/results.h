/* What bench found out: rows, and files of them. */
#ifndef ISO_BENCH_RESULTS_H
#define ISO_BENCH_RESULTS_H

#include "bench/peak.h"
#include "bench/runner.h"
#include "bench/statistics.h"

/* One runner at one shape. */
typedef struct iso_result {
    char *op; /* "update adam" */
    char shape[ISO_SHAPE_TEXT];
    char *name; /* "panel,SPAN=64" */
    bool yardstick;
    iso_verdict verdict;
    char *why;                    /* "" unless it is wrong or failed */
    double flops, bytes, samples; /* of one run; 0: unknown */
    const char *unit;             /* of the rate: "GFLOP/s", "GB/s", "samples/s", "launches/s" */
    size_t rounds;                /* 0: not timed, and nothing below means anything */
    iso_estimate seconds;         /* of one run */
    iso_estimate rate;
    double share;         /* of the device's peak in that unit; 0: it has none */
    iso_estimate of_best; /* how fast beside the best at this shape: 1 is the best */
    bool best;
    bool tied; /* nothing tells it from the best */
} iso_result;

typedef struct iso_results {
    char *device, *identity;
    unsigned compute_units;
    size_t rounds;
    iso_peak peak;
    iso_result *rows;
    size_t count;
} iso_results;

/* No rows yet: the device and what it can do at best. @param rounds that were wanted of each */
isobit_status iso_results_new(iso_results *out, const isobit_context *context, const iso_peak *peak,
                              size_t rounds);
/* Free the rows and what they hold. */
void iso_results_free(iso_results *results);

/* Rows for every runner at a subject, timed or not. */
isobit_status iso_results_add(iso_results *results, const iso_runners *runners,
                              const iso_subject *subject);
/* An empty row to fill; op and name are copied. */
isobit_status iso_results_row(iso_results *results, const char *op, const char *name,
                              iso_result **out);
/* Fill in the estimates of a row from its rounds, and its rate per run of `amount`. */
isobit_status iso_result_time(iso_result *row, const double *seconds, size_t rounds, double amount);
/* Compare the rows from `first` on, which were timed together, with the fastest of them.
 * @param seconds their rounds, in the order of the rows; NULL where there are none */
isobit_status iso_results_rank(iso_results *results, size_t first, double *const *seconds);

/* Write all rows, and the device, as a file that iso_saved_read takes; or the rows as a table. A
 * file is written whole or not at all. */
isobit_status iso_results_save_json(const iso_results *results, const char *path);
isobit_status iso_results_save_csv(const iso_results *results, const char *path);
/* Points under the device's roof: GFLOP/s over operations per byte. */
isobit_status iso_results_save_plot(const iso_results *results, const char *path);

/* A saved row, and what has become of it. */
typedef struct iso_change {
    const iso_result *now;
    double before; /* the rate then */
    double ratio;  /* now's over it */
    int direction; /* 1 faster, -1 slower, 0: the intervals overlap */
} iso_change;

/* What iso_results_save_json wrote. */
typedef struct iso_saved iso_saved;
/* Read it back from its file. Something else is ISOBIT_ERROR_FORMAT. */
isobit_status iso_saved_read(iso_saved **out, const char *path);
/* The same from the bytes of that file; `path` is for messages. */
isobit_status iso_saved_parse(iso_saved **out, const char *path, const char *bytes, size_t length);
/* Free it; NULL too. */
void iso_saved_free(iso_saved *saved);

/* Compare with saved ones. Rows are the same when op, shape and name are.
 * @param changes the caller frees it @param warning or "": they are of another device */
isobit_status iso_results_compare(const iso_results *results, const iso_saved *saved,
                                  iso_change **changes, size_t *count, const char **warning);

#endif
