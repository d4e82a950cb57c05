/* isobit bench: kernel variants verified, timed and ranked. */
#include "cli/options.h"
#include "cli/report.h"
#include "cli/step_report.h"

#include "base/text.h"
#include "bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VARIANT, SHAPE, ROUNDS, JSON, CSV, COMPARE, PLOT };

static const cli_flag flags[] = {
    {"variant", "NAME ...", "these alone, as \"panel tiled,TS=32 OpenBLAS\" [all]"},
    {"shape", "MxNxK ...", "shapes to time, as \"64x1024x784 128x10x128\""},
    {"rounds", "COUNT", "samples of each variant [21]"},
    {"json", "FILE", "write the results as JSON"},
    {"csv", "FILE", "write the results as CSV"},
    {"compare", "FILE", "tell what got faster or slower since this --json FILE"},
    {"plot", "FILE.svg", "draw the results under the device's roofline"},
    {0}};

static const char *const settings[] = {"device", "kernels", "net",  "loss", "optimizer",
                                       "batch",  "data",    "clip", NULL};

static const cli_syntax syntax = {
    "bench",
    "[OP|step|copy|launch]",
    "Verify every variant of an operation, then time those that are right against each other. OP: "
    "gemm_nt, gemm_nn, gemm_tn (these three when left out), gather, loss, epoch_sums, update, "
    "square_sums, clip, softmax, softmax_backward, bias_gradient, dropout, unit_statistics, "
    "population, conv_forward, conv_backward, conv_gradient, conv_join, conv_bias, pool_forward, "
    "pool_backward. step: a whole training step. copy, launch: what the device's memory and queue "
    "can do.\v"
    "A variant is verified against float64 at awkward shapes, and bit for bit against the others. "
    "A wrong one is reported and not timed; one that declares itself inexact is there if it is "
    "named, held to a tolerance and marked. A convolution's shape is samples x channels x height x "
    "width x filters "
    "x kernel; a pooling's is without filters; a population's is networks x samples x units x "
    "inputs. conv_gradient is timed with conv_join and conv_bias. Rounds are interleaved; \"95 %\" "
    "is the interval of the median.\n"
    "\n"
    "  isobit bench gemm_nt --shape 64x1024x784\n"
    "  isobit bench gemm_nt --kernels my-kernels\n"
    "  isobit bench conv_forward --shape 64x3x32x32x16x3x3\n"
    "  isobit bench update --json before.json\n"
    "  isobit bench update --compare before.json",
    settings,
    flags,
    0,
    1};

/* ---------------------------------------------------------------------------------- tables -- */

static const char *rate_text(const char *unit, double rate) {
    if (!strcmp(unit, "launches/s"))
        return cli_format("%.2f us", 1e6 / rate);
    return cli_format(rate >= 1000 ? "%.0f" : rate >= 100 ? "%.1f" : "%.2f", rate);
}

static const char *standing_text(const iso_result *row) {
    if (row->best)
        return "best";
    return cli_format("%.3f%s", row->of_best.median,
                      row->tied ? ", no significant difference" : "");
}

static void add_row(cli_table *table, const iso_result *row) {
    const char *mark = row->yardstick                ? " (yardstick)"
                       : row->verdict == ISO_INEXACT ? " (inexact)"
                                                     : "";
    cli_cell(table, "%s%s", row->name, mark);
    if (!row->rounds) {
        for (int i = 0; i < 3; i++)
            cli_cell(table, "%s", "");
        cli_cell(table, "%s, not timed", iso_verdict_name(row->verdict));
        return;
    }
    cli_cell(table, "%s", rate_text(row->unit, row->rate.median));
    cli_cell(table, "%s",
             row->rounds < 2 ? ""
                             : cli_format("%s .. %s", rate_text(row->unit, row->rate.low),
                                          rate_text(row->unit, row->rate.high)));
    cli_cell(table, "%s", row->share > 0 ? cli_format("%.0f %%", 100 * row->share) : "");
    cli_cell(table, "%s", row->rounds < 2 ? "" : standing_text(row));
}

/* The rows from `first` on that have the same operation and shape. */
static size_t print_group(const iso_results *results, size_t first) {
    const iso_result *head = &results->rows[first];
    cli_table table = {.align = "lrrrl"};
    size_t end = first;
    const char *unit = !strcmp(head->unit, "launches/s") ? "time" : head->unit;
    const char *const heads[] = {"variant", *unit ? unit : "rate", "95 %", "of peak",
                                 "of the best"};
    printf("\n%s %s\n", head->op, head->shape);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        cli_cell(&table, "%s", heads[i]);
    for (; end < results->count; end++) {
        const iso_result *row = &results->rows[end];
        if (strcmp(row->op, head->op) != 0 || strcmp(row->shape, head->shape) != 0)
            break;
        add_row(&table, row);
    }
    cli_table_print(&table, 2);
    bool cached = false;
    for (size_t i = first; i < end; i++)
        cached = cached || (!strcmp(results->rows[i].unit, "GB/s") && results->rows[i].share > 1);
    if (cached)
        puts("  above 100 %: this fits the caches, where the peak (a large copy) does not");
    for (size_t i = first; i < end; i++)
        if (*results->rows[i].why)
            printf("  %s is %s %s\n", results->rows[i].name,
                   results->rows[i].verdict == ISO_FAILED ? "not usable" : "WRONG",
                   results->rows[i].why);
    return end;
}

static void print_results(const iso_results *results) {
    const iso_peak *peak = &results->peak;
    printf("%s, %u compute unit%s\n", results->device, results->compute_units,
           results->compute_units == 1 ? "" : "s");
    printf("peak %.0f GFLOP/s (fma), copy %.1f GB/s, launch %.2f us, launch and wait %.1f us\n",
           1e-9 * peak->flops, 1e-9 * peak->copy, 1e6 * peak->launch, 1e6 * peak->sync);
    for (size_t i = 0; i < results->count;)
        i = print_group(results, i);
}

/* --------------------------------------------------------------------------------- comparing -- */

static isobit_status print_changes(const iso_results *results, const iso_saved *saved,
                                   const char *path) {
    iso_change *changes;
    size_t count, apart = 0;
    const char *warning;
    ISO_TRY(iso_results_compare(results, saved, &changes, &count, &warning));
    cli_table table = {.align = "lllrrrl"};
    static const char *const heads[] = {"operation", "shape", "variant", "before",
                                        "now",       "ratio", ""};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        cli_cell(&table, "%s", heads[i]);
    for (size_t i = 0; i < count; i++) {
        const iso_change *change = &changes[i];
        cli_cell(&table, "%s", change->now->op);
        cli_cell(&table, "%s", change->now->shape);
        cli_cell(&table, "%s", change->now->name);
        cli_cell(&table, "%s", rate_text(change->now->unit, change->before));
        cli_cell(&table, "%s", rate_text(change->now->unit, change->now->rate.median));
        cli_cell(&table, "%.3f", change->ratio);
        cli_cell(&table, "%s",
                 change->direction > 0   ? "faster"
                 : change->direction < 0 ? "slower"
                                         : "no significant difference");
        apart += change->direction != 0;
    }
    printf("\nSince %s%s%s:\n", path, *warning ? ", " : "", warning);
    cli_table_print(&table, 2);
    printf("%zu of %zu changed\n", apart, count);
    free(changes);
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------- the command -- */

static void tell(void *user, const char *what) {
    (void)user;
    fprintf(stderr, "\r\033[K%s ...", what);
}

static isobit_status finish(const iso_results *results, const iso_saved *saved,
                            const cli_arguments *arguments) {
    const char *const *flag = arguments->flags;
    print_results(results);
    if (saved)
        ISO_TRY(print_changes(results, saved, flag[COMPARE]));
    if (flag[JSON])
        ISO_TRY(iso_results_save_json(results, flag[JSON]));
    if (flag[CSV])
        ISO_TRY(iso_results_save_csv(results, flag[CSV]));
    return flag[PLOT] ? iso_results_save_plot(results, flag[PLOT]) : ISOBIT_OK;
}

static isobit_status bench(const cli_arguments *arguments, bool *wrong) {
    const char *const *flag = arguments->flags;
    const bool live = isatty(STDERR_FILENO);
    iso_bench_options options = {.op = arguments->word_count ? arguments->words[0] : NULL,
                                 .variants = flag[VARIANT],
                                 .shapes = flag[SHAPE],
                                 .measure = ISO_MEASURE_DEFAULT,
                                 .tell = live ? tell : NULL};
    isobit_context *context = NULL;
    iso_results results = {0};
    iso_saved *saved = NULL;
    iso_peak peak;
    isobit_status status;
    if (flag[ROUNDS])
        ISO_TRY(iso_parse_size(flag[ROUNDS], "rounds", 1, 100000, &options.measure.rounds));
    if (flag[COMPARE]) /* before minutes are spent */
        ISO_TRY(iso_saved_read(&saved, flag[COMPARE]));
    ISO_DO(cli_open_device(&context, arguments->settings));
    ISO_DO(iso_peak_measure(&peak, context));
    ISO_DO(iso_results_new(&results, context, &peak, options.measure.rounds));
    if (options.op && !strcmp(options.op, "step"))
        ISO_DO(cli_bench_step(&results, context, arguments->settings, &options.measure));
    else
        ISO_DO(iso_bench_run(&results, context, &options));
    if (live)
        fputs("\r\033[K", stderr);
    ISO_DO(finish(&results, saved, arguments));
    for (size_t i = 0; i < results.count; i++)
        *wrong = *wrong || (results.rows[i].verdict == ISO_WRONG && !results.rows[i].yardstick);
done:
    iso_saved_free(saved);
    iso_results_free(&results);
    isobit_context_free(context);
    return status;
}

int cmd_bench(int argc, char **argv) {
    cli_arguments arguments;
    bool wrong = false;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    isobit_status status = bench(&arguments, &wrong);
    result = status != ISOBIT_OK ? cli_fail(status) : wrong ? CLI_FAILED : CLI_OK;
    cli_arguments_free(&arguments);
    return result;
}
