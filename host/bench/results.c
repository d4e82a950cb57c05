#include "bench/results.h"

#include "base/memory.h"
#include "bench/verify.h"

#include <stdlib.h>
#include <string.h>

isobit_status iso_results_new(iso_results *out, const isobit_context *context, const iso_peak *peak,
                              size_t rounds) {
    iso_results results = {
        .compute_units = context->target.compute_units, .rounds = rounds, .peak = *peak};
    isobit_status status;
    ISO_DO(iso_copy(&results.device, context->name));
    ISO_DO(iso_copy(&results.identity, context->identity));
    *out = results;
    return ISOBIT_OK;
done:
    iso_results_free(&results);
    return status;
}

void iso_results_free(iso_results *results) {
    for (size_t i = 0; i < results->count; i++) {
        free(results->rows[i].op);
        free(results->rows[i].name);
        free(results->rows[i].why);
    }
    free(results->rows);
    free(results->device);
    free(results->identity);
    *results = (iso_results){0};
}

isobit_status iso_results_row(iso_results *results, const char *op, const char *name,
                              iso_result **out) {
    ISO_TRY(iso_resize(&results->rows, results->count + 1, sizeof *results->rows));
    iso_result *row = &results->rows[results->count++];
    *row = (iso_result){.unit = ""};
    ISO_TRY(iso_copy(&row->op, op));
    ISO_TRY(iso_copy(&row->name, name));
    ISO_TRY(iso_copy(&row->why, ""));
    *out = row;
    return ISOBIT_OK;
}

isobit_status iso_result_time(iso_result *row, const double *seconds, size_t rounds,
                              double amount) {
    ISO_TRY(iso_estimate_of(&row->seconds, seconds, rounds));
    row->rate = iso_estimate_rate(&row->seconds, amount);
    row->rounds = rounds;
    return ISOBIT_OK;
}

isobit_status iso_results_rank(iso_results *results, size_t first, double *const *seconds) {
    iso_result *rows = results->rows;
    size_t best = first;
    for (size_t i = first; i < results->count; i++)
        if (rows[i].rounds &&
            (!rows[best].rounds || rows[i].seconds.median < rows[best].seconds.median))
            best = i;
    for (size_t i = first; i < results->count; i++) {
        if (!rows[i].rounds)
            continue;
        const size_t rounds =
            rows[i].rounds < rows[best].rounds ? rows[i].rounds : rows[best].rounds;
        ISO_TRY(iso_estimate_ratio(&rows[i].of_best, seconds[best - first], seconds[i - first],
                                   rounds));
        rows[i].best = i == best;
        rows[i].tied = i != best && iso_estimate_holds_one(&rows[i].of_best);
    }
    return ISOBIT_OK;
}

/* One runner's row; times and rates when it was timed. */
static isobit_status add_runner(iso_results *results, const iso_runner *runner,
                                const iso_subject *subject) {
    const iso_subject_kind *kind = subject->kind;
    iso_result *row;
    char *op;
    ISO_TRY(iso_format(&op, "%s%s%s", kind->op, *kind->form ? " " : "", kind->form));
    isobit_status status = iso_results_row(results, op, runner->name, &row);
    free(op);
    ISO_TRY(status);
    iso_sizes_text(subject->shape, row->shape);
    row->yardstick = runner->yardstick;
    row->verdict = runner->verdict;
    row->flops = subject->flops;
    row->bytes = subject->bytes;
    row->unit = kind->work == ISO_MOVES ? "GB/s" : "GFLOP/s";
    if (!iso_runner_good(runner)) {
        free(row->why);
        row->why = NULL;
        return iso_copy(&row->why, runner->why);
    }
    if (!runner->rounds)
        return ISOBIT_OK;
    ISO_TRY(iso_result_time(row, runner->seconds, runner->rounds,
                            1e-9 * (kind->work == ISO_MOVES ? subject->bytes : subject->flops)));
    const double peak = kind->work == ISO_MOVES ? results->peak.copy : results->peak.flops;
    row->share = peak > 0 ? 1e9 * row->rate.median / peak : 0;
    return ISOBIT_OK;
}

isobit_status iso_results_add(iso_results *results, const iso_runners *runners,
                              const iso_subject *subject) {
    const size_t first = results->count;
    double **seconds;
    for (size_t i = 0; i < runners->count; i++)
        ISO_TRY(add_runner(results, &runners->list[i], subject));
    if (!runners->count)
        return ISOBIT_OK;
    ISO_TRY(iso_alloc(&seconds, runners->count, sizeof *seconds));
    for (size_t i = 0; i < runners->count; i++)
        seconds[i] = runners->list[i].seconds;
    isobit_status status = iso_results_rank(results, first, seconds);
    free(seconds);
    return status;
}
