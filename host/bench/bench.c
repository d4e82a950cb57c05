#include "bench/bench.h"

#include "base/memory.h"
#include "base/text.h"
#include "bench/verify.h"

#include <stdlib.h>
#include <string.h>

static void tell(const iso_bench_options *options, const char *what) {
    if (options->tell)
        options->tell(options->user, what);
}

/* -------------------------------------------------------------------------------- launches -- */

/* What iso_peak_measure found about launches, as rows. */
static isobit_status add_launches(iso_results *results) {
    static const char *const names[] = {"launch", "launch and wait"};
    const double seconds[] = {results->peak.launch, results->peak.sync};
    for (int i = 0; i < 2; i++) {
        iso_result *row;
        ISO_TRY(iso_results_row(results, "launch", names[i], &row));
        row->unit = "launches/s";
        row->verdict = ISO_EXACT;
        ISO_TRY(iso_result_time(row, &seconds[i], 1, 1));
    }
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------ operations -- */

static isobit_status time_shape(iso_results *results, iso_runners *runners, isobit_context *context,
                                const iso_subject_kind *kind, const char *word,
                                const iso_bench_options *options) {
    size_t shape[ISO_SHAPE];
    iso_subject *subject = NULL;
    isobit_status status;
    ISO_TRY(iso_sizes_parse(shape, word, kind));
    ISO_DO(iso_subject_new(&subject, context, kind, shape, false));
    ISO_DO(iso_verify_alike(runners, subject));
    ISO_DO(iso_subject_reset(subject));
    ISO_DO(iso_measure_run(runners, subject, &options->measure));
    ISO_DO(iso_results_add(results, runners, subject));
done:
    for (size_t i = 0; i < runners->count; i++)
        iso_runner_unbind(&runners->list[i]);
    iso_subject_free(subject);
    return status;
}

static isobit_status bench_kind(iso_results *results, isobit_context *context,
                                const iso_subject_kind *kind, const iso_yardsticks *yardsticks,
                                const iso_bench_options *options) {
    iso_runners runners = {0};
    char *shapes = NULL, *rest;
    isobit_status status;
    ISO_DO(iso_runners_new(&runners, context, kind, options->variants, yardsticks));
    tell(options, kind->op);
    ISO_DO(iso_verify(&runners, context, kind, NULL));
    ISO_DO(iso_copy(&shapes, options->shapes ? options->shapes : kind->shapes));
    for (char *word = strtok_r(shapes, " ,", &rest); word; word = strtok_r(NULL, " ,", &rest)) {
        tell(options, word);
        ISO_DO(time_shape(results, &runners, context, kind, word, options));
    }
done:
    free(shapes);
    iso_runners_free(&runners);
    return status;
}

static const char *op_at(size_t index) {
    static const char *const own[] = {"step", "copy", "launch"};
    const char *before = "";
    for (size_t i = 0; iso_subject_kind_at(i); i++) {
        const char *op = iso_subject_kind_at(i)->op;
        if (strcmp(op, before) != 0 && !index--)
            return op;
        before = op; /* one op's forms stand together */
    }
    return index < sizeof own / sizeof *own ? own[index] : NULL;
}

isobit_status iso_bench_run(iso_results *results, isobit_context *context,
                            const iso_bench_options *options) {
    const char *op = options->op && !strcmp(options->op, "copy") ? "probe_copy" : options->op;
    const iso_subject_kind *kind;
    iso_yardsticks yardsticks = {0};
    size_t done = 0;
    if (op && !strcmp(op, "launch"))
        return add_launches(results);
    ISO_TRY(iso_yardsticks_open(&yardsticks, context));
    isobit_status status = ISOBIT_OK;
    for (size_t i = 0; status == ISOBIT_OK && (kind = iso_subject_kind_at(i)); i++) {
        if (op ? strcmp(op, kind->op) != 0 : kind->work != ISO_PRODUCT)
            continue;
        status = bench_kind(results, context, kind, &yardsticks, options);
        done++;
    }
    iso_yardsticks_close(&yardsticks);
    if (status == ISOBIT_OK && !done)
        return iso_unknown_name("operation", options->op, op_at);
    return status;
}
