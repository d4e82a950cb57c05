/* isobit tune: find and keep the fastest kernels for this device and these shapes. */
#include "cli/options.h"
#include "cli/report.h"

#include "base/memory.h"
#include "base/settings.h"
#include "bench/tune.h"
#include "run/train.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHAPE, THOROUGH, SECONDS };

static const cli_flag flags[] = {
    {"shape", "MxNxK ...", "shapes of the product, as \"64x1024x784\""},
    {"thorough", NULL, "try every combination of knobs, for ten minutes"},
    {"seconds", "COUNT", "time to spend [60]"},
    {0}};

static const char *const settings[] = {"device", "kernels", "net",  "loss", "optimizer",
                                       "batch",  "input",   "clip", NULL};

static const cli_syntax syntax = {
    "tune",
    "[DATA|OP]",
    "Find the fastest variant and knobs of the matrix products on this device: those of a training "
    "step (--net, --batch and DATA; the built-in digits unless told), or OP (gemm_nt, gemm_nn, "
    "gemm_tn; all three when left out) at --shape.\v"
    "Winners are kept in the user's cache folder for this device and driver, and used from then on "
    "wherever --variant does not say otherwise. They are exact variants, verified before they are "
    "timed and again when they are loaded: tuning never changes a result. Ctrl-C ends the search "
    "and keeps what was found.\n"
    "\n"
    "  isobit tune mnist --net \"dense 1024 relu, dense 10 softmax\" --batch 128\n"
    "  isobit tune gemm_nt --shape 64x1024x784",
    settings,
    flags,
    0,
    1};

typedef struct tuning {
    iso_tuning_problem *problems;
    size_t count;
    bool live;
} tuning;

static volatile sig_atomic_t caught;
static void catch_signal(int signal) { caught = signal; }
static bool stop(void *user) {
    (void)user;
    return caught;
}

static void tell(void *user, size_t number, const iso_tuning_problem *now, double left) {
    const tuning *t = user;
    char shape[ISO_SHAPE_TEXT];
    if (!t->live)
        return;
    iso_sizes_text(now->shape, shape);
    fprintf(stderr, "\r\033[K%s %s (%zu of %zu): %zu of %zu candidates, %s left", now->kind->op,
            shape, number + 1, t->count, now->tried, now->candidates,
            cli_clock(left > 0 ? left : 0));
}

/* The products of a training step of the settings' network. */
static isobit_status step_problems(tuning *t, isobit_context *context, isobit_settings *given,
                                   const char *source) {
    isobit_data *data = NULL;
    isobit_model *model = NULL;
    iso_training *training = NULL;
    isobit_status status;
    if (!*isobit_settings_get(given, "net"))
        ISO_TRY(isobit_settings_set(given, "net", "dense 128 relu, dense 10 softmax"));
    ISO_DO(isobit_data_load(&data, source ? source : "digits", given));
    ISO_DO(isobit_model_new(&model, context, data, given));
    ISO_DO(iso_training_new(&training, model, data, given));
    if (training->resident.list.count)
        ISO_DO(iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "this network trains in one launch on %s: it has no products to tune",
                        isobit_context_device(context)));
    ISO_DO(iso_tune_problems(&t->problems, &t->count, &training->full.list));
    ISO_DO(iso_tune_problems(&t->problems, &t->count, &training->rest.list));
done:
    iso_training_free(training);
    isobit_model_free(model);
    isobit_data_free(data);
    return status;
}

static isobit_status shape_problems(tuning *t, const char *op, const char *shapes) {
    static const char *const ops[] = {"gemm_nt", "gemm_nn", "gemm_tn"};
    char *copy, *rest;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_copy(&copy, shapes));
    for (char *word = strtok_r(copy, " ,", &rest); word; word = strtok_r(NULL, " ,", &rest))
        for (int i = 0; i < (op ? 1 : 3); i++) {
            iso_tuning_problem problem;
            ISO_DO(iso_tune_problem(&problem, op ? op : ops[i], word));
            ISO_DO(iso_resize(&t->problems, t->count + 1, sizeof problem));
            t->problems[t->count++] = problem;
        }
done:
    free(copy);
    return status;
}

static void print_outcomes(const tuning *t) {
    static const char *const heads[] = {"product", "shape", "default", "fastest",
                                        "GFLOP/s", "gain",  "95 %",    "tried"};
    cli_table table = {.align = "llllrrrr"};
    size_t kept = 0, done = 0;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        cli_cell(&table, "%s", heads[i]);
    for (size_t i = 0; i < t->count; i++) {
        const iso_tuning_problem *problem = &t->problems[i];
        char shape[ISO_SHAPE_TEXT];
        if (!problem->done)
            continue;
        done++;
        kept += problem->kept;
        iso_sizes_text(problem->shape, shape);
        cli_cell(&table, "%s", problem->kind->op);
        cli_cell(&table, "%s", shape);
        cli_cell(&table, "%s", problem->usual);
        cli_cell(&table, "%s", problem->kept ? problem->winner : "the default");
        cli_cell(&table, "%.1f", 1e-9 * problem->rate);
        cli_cell(&table, "%.3f", problem->kept ? problem->gain.median : 1);
        cli_cell(&table, "%s",
                 problem->kept ? cli_format("%.3f .. %.3f", problem->gain.low, problem->gain.high)
                               : "");
        cli_cell(&table, "%zu of %zu", problem->tried, problem->candidates);
    }
    cli_table_print(&table, 0);
    for (size_t i = 0; i < t->count; i++)
        if (t->problems[i].wrong)
            printf("%zu candidate%s of %s gave wrong results here and %s left out\n",
                   t->problems[i].wrong, t->problems[i].wrong == 1 ? "" : "s",
                   t->problems[i].kind->op, t->problems[i].wrong == 1 ? "was" : "were");
    if (done < t->count)
        printf("%s: %zu of %zu products were not reached%s\n",
               caught ? "interrupted" : "out of time", t->count - done, t->count,
               caught ? "" : "; --seconds gives more");
    printf("%zu winner%s kept; results are the same bits as before\n", kept, kept == 1 ? "" : "s");
}

static isobit_status tune(const cli_arguments *arguments) {
    const char *word = arguments->word_count ? arguments->words[0] : NULL;
    const char *const *flag = arguments->flags;
    tuning t = {.live = isatty(STDERR_FILENO)};
    size_t seconds = flag[THOROUGH] ? 600 : 60;
    iso_tune_options options = {.thorough = flag[THOROUGH], .stop = stop, .tell = tell, .user = &t};
    isobit_context *context = NULL;
    isobit_status status;
    if (flag[SECONDS])
        ISO_TRY(iso_parse_size(flag[SECONDS], "seconds", 1, 1000000, &seconds));
    options.seconds = (double)seconds;
    ISO_DO(cli_open_device(&context, arguments->settings));
    if (flag[SHAPE])
        ISO_DO(shape_problems(&t, word, flag[SHAPE]));
    else
        ISO_DO(step_problems(&t, context, arguments->settings, word));
    signal(SIGINT, catch_signal);
    signal(SIGTERM, catch_signal);
    status = iso_tune_run(context, t.problems, t.count, &options);
    if (t.live)
        fputs("\r\033[K", stderr);
    if (status == ISOBIT_OK)
        print_outcomes(&t);
done:
    free(t.problems);
    isobit_context_free(context);
    return status;
}

int cmd_tune(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    isobit_status status = tune(&arguments);
    result = status != ISOBIT_OK ? cli_fail(status) : caught ? 128 + caught : CLI_OK;
    cli_arguments_free(&arguments);
    return result;
}
