/* isobit train: data and settings in, a run folder out. */
#include "cli/job.h"

#include "base/clock.h"
#include "base/memory.h"
#include "bench/rivals.h"
#include "cli/ahead.h"
#include "cli/report.h"
#include "cli/step_report.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUIET, JSON, RESUME, PROFILE, DRY_RUN };

static const cli_flag flags[] = {
    {"quiet", NULL, "print nothing but errors"},
    {"json", NULL, "print JSON: a line per epoch, then a summary"},
    {"resume", "FOLDER", "go on with the run in this folder; --epochs may be more"},
    {"profile", NULL, "show afterwards where a step spends its time"},
    {"dry-run", NULL, "print the memory that it would take; train and write nothing"},
    {0}};

static const cli_syntax syntax = {
    "train",
    "DATA|RUN.INI",
    "Train a network. DATA is a CSV, IDX, .npy or .npz file, a folder with the MNIST names, or a "
    "built-in set (digits, xor, and, or, spirals, moons, circles, line, parabola, shapes). RUN.INI "
    "holds "
    "the same "
    "settings as the options; options win.\v"
    "  isobit train digits --net \"dense 128 relu, dense 10 softmax\"\n"
    "  isobit train iris.csv --split 80/20 --scale standard --epochs 50 \\\n"
    "         --net \"dense 8 tanh, dense 3 softmax\" --optimizer \"adam lr=0.01\"\n"
    "\n"
    "Ctrl-C ends training after the step under way, saves the model as it is and a checkpoint; "
    "isobit train --resume FOLDER goes on from there, as from any other interruption.",
    NULL,
    flags,
    0,
    1};

static volatile sig_atomic_t caught;

/* A second one ends the program at once (SA_RESETHAND). */
static void catch_signal(int signal) { caught = signal; }

static void watch_signals(bool on) {
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction action = {0};
    action.sa_handler = on ? catch_signal : SIG_DFL;
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

/* One epoch is done: remember, write and show it. */
static isobit_status take_epoch(cli_job *job, const isobit_progress *progress) {
    char *line;
    ISO_TRY(iso_history_add(&job->history, progress->metrics));
    ISO_TRY(iso_run_folder_metrics(job->folder, progress));
    if (!job->json)
        return ISOBIT_OK;
    ISO_TRY(iso_metrics_line(&line, progress, job->data->classes > 0));
    puts(line);
    fflush(stdout);
    free(line);
    return ISOBIT_OK;
}

static bool tick(const isobit_progress *progress, void *user) {
    cli_job *job = user;
    job->last = *progress;
    if (progress->warning) {
        cli_watch_end(&job->watch);
        fprintf(stderr, "isobit: warning: %s\n", progress->warning);
        return !caught;
    }
    if (progress->epoch_done && (job->metrics_status = take_epoch(job, progress)) != ISOBIT_OK)
        snprintf(job->metrics_error, sizeof job->metrics_error, "%s", isobit_error());
    if (!job->quiet && !job->json) {
        cli_watch_show(&job->watch, progress);
        cli_watch_layers(&job->watch, progress, job->model->network);
    }
    return job->metrics_status == ISOBIT_OK && !caught;
}

static void compile_ahead(isobit_context *context, const isobit_data *data,
                          const isobit_settings *settings, void *job_) {
    cli_job *job = job_;
    cli_ahead_of_training(context, data, settings, job->quiet || job->json ? NULL : &job->watch);
}

/* Everything that can be wrong is found before the run folder is made. It is isobit_train in two
 * halves, for the user should see that too before anything is said about training. */
static isobit_status prepare(cli_job *job) {
    const isobit_settings *settings = job->settings;
    cli_opening opening;
    cli_open_begin(&opening, settings, !job->dry);
    isobit_status status =
        isobit_data_load(&job->data, isobit_settings_get(settings, "data"), settings);
    if (status != ISOBIT_OK) { /* which comes first */
        const char *why = cli_format("%s", isobit_error());
        cli_open_end(&opening, &job->context);
        return iso_fail(status, "%s", why);
    }
    iso_data_hash_begin(&job->hash, job->data, settings);
    job->watch = cli_watch_new(job->data->classes > 0);
    if (!job->quiet && !job->json)
        cli_watch_wait(&job->watch, "preparing the device and its kernels ...");
    ISO_TRY(cli_open_end(&opening, &job->context));
    if (!job->dry) {
        compile_ahead(job->context, job->data, settings, job);
        iso_race_training(&job->context, job->data, settings, compile_ahead, job);
    }
    ISO_TRY(iso_history_begin(&job->history, job->data));
    if (job->dry)
        cli_watch_end(&job->watch);
    ISO_TRY(cli_job_begin(job));
    if (job->profile && job->training && job->training->search)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "profile: optimizer genetic follows no gradients, so there is no step to "
                        "look into");
    return job->dry ? ISOBIT_OK : cli_job_open_folder(job);
}

/* Seconds from the program's start to the first step; < 0: unknown. */
static double startup_of(const iso_training *training) {
    const double age = iso_process_age();
    return age < 0 || training->stepped == 0 ? -1 : age - (iso_now() - training->stepped);
}

static void train(cli_job *job) {
    cli_watch_end(&job->watch);
    if (!job->quiet && !job->json)
        cli_job_announce(job);
    watch_signals(true);
    job->status = iso_training_run(job->training, tick, job);
    job->startup = startup_of(job->training);
    watch_signals(false);
    cli_watch_end(&job->watch);
    if (job->status == ISOBIT_ERROR_INTERRUPTED && job->metrics_status != ISOBIT_OK)
        job->status = iso_fail(job->metrics_status, "%s", job->metrics_error);
    else if (job->status == ISOBIT_ERROR_INTERRUPTED)
        job->signal = caught;
}

/* Training failed: keep what the last whole epoch gave, if there was one. */
static int finish_failed(cli_job *job) {
    iso_run_folder *folder = job->folder;
    isobit_status status = job->status;
    if (!job->history.count && !job->training->keeper.step) {
        iso_run_folder_discard(folder);
        job->folder = NULL;
        return cli_fail(status);
    }
    char *why;
    if (iso_copy(&why, isobit_error()) != ISOBIT_OK)
        return cli_fail(status);
    if (iso_run_folder_model(folder, job->model) == ISOBIT_OK)
        iso_fail(status, "%s; the last parameters before are in %s", why,
                 iso_run_folder_model_path(folder));
    else
        iso_fail(status, "%s", why);
    free(why);
    return cli_fail(status);
}

static int finish(cli_job *job) {
    if (job->status != ISOBIT_OK && !job->signal)
        return finish_failed(job);
    isobit_status status = iso_run_folder_model(job->folder, job->model);
    if (status != ISOBIT_OK)
        return cli_fail(status);
    if (job->signal) {
        cli_job_report_interrupted(job);
        return 128 + job->signal;
    }
    status = cli_job_report(job);
    if (status == ISOBIT_OK && job->profile)
        status = cli_print_profile(job->training, NULL, job->json);
    return status == ISOBIT_OK ? CLI_OK : cli_fail(status);
}

static void free_job(cli_job *job) {
    iso_history_free(&job->history);
    iso_run_folder_close(job->folder);
    iso_training_free(job->training);
    isobit_model_free(job->model);
    iso_data_hash_end(&job->hash);
    isobit_data_free(job->data);
    isobit_context_free(job->context);
    iso_resume_free(&job->resume);
}

/* The word is a run file or data. */
static isobit_status read_word(isobit_settings *settings, const char *word) {
    const size_t length = strlen(word);
    if (length > 4 && !strcmp(word + length - 4, ".ini")) {
        ISO_TRY(isobit_settings_load(settings, word));
        return *isobit_settings_get(settings, "data")
                   ? ISOBIT_OK
                   : iso_fail(ISOBIT_ERROR_FORMAT,
                              "%s: sets no data: a file, a folder or a built-in set such as digits",
                              word);
    }
    if (isobit_settings_is_set(settings, "data"))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "data is given twice: \"%s\" and --data %s", word,
                        isobit_settings_get(settings, "data"));
    return isobit_settings_set(settings, "data", word);
}

int cmd_train(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    cli_job job = {.settings = arguments.settings,
                   .quiet = arguments.flags[QUIET],
                   .json = arguments.flags[JSON],
                   .profile = arguments.flags[PROFILE],
                   .dry = arguments.flags[DRY_RUN]};
    isobit_status status = ISOBIT_OK;
    if (arguments.word_count)
        status = read_word(arguments.settings, arguments.words[0]);
    if (status == ISOBIT_OK && arguments.flags[RESUME])
        status = cli_job_resume(&job, arguments.flags[RESUME]);
    else if (status == ISOBIT_OK && !*isobit_settings_get(arguments.settings, "data"))
        status = iso_fail(ISOBIT_ERROR_ARGUMENT,
                          "train needs data: a file, a folder or a built-in set such as digits");
    if (status == ISOBIT_OK)
        status = prepare(&job);
    if (status != ISOBIT_OK) {
        cli_watch_end(&job.watch);
        result = cli_fail(status);
    } else if (job.dry) {
        result = CLI_OK;
    } else {
        train(&job);
        result = finish(&job);
    }
    free_job(&job);
    cli_arguments_free(&arguments);
    return result;
}
