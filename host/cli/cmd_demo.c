/* isobit demo: what networks can and cannot do, shown in seconds. */
#include "cli/demo.h"
#include "cli/demo_train.h"
#include "cli/demo_view.h"
#include "cli/options.h"
#include "cli/page.h"
#include "cli/progress.h"
#include "cli/report.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PLOT, SAVE, ALL };

static const cli_flag flags[] = {
    {"plot", "FILE", "draw a picture, as .svg or .png, or as NAME.svg in a folder"},
    {"save", "FOLDER", "write the runs as run files for isobit train, and do not train"},
    {"all", NULL, "every demo, one after the other"},
    {0}};
static const char *const settings_offered[] = {"device", "kernels", "variant", "inexact", NULL};
static const cli_syntax syntax = {
    "demo",
    "[NAME|FILE.ini ...]",
    "Show an idea at work: train one or a few small networks, print the figures, draw the curves, "
    "regions or weights, and check what is claimed. Without a name, the demos are listed.\v"
    "  isobit demo                          what there is\n"
    "  isobit demo collapse                 one, in seconds\n"
    "  isobit demo collapse --plot a.svg    with a picture\n"
    "  isobit demo collapse --save runs/c   its run files, to go on with:\n"
    "  isobit train runs/c/tanh.ini\n"
    "\n"
    "FILE.ini is a demo of your own. Pictures are drawn by gnuplot. The exit status is 1 when a "
    "claim does not hold.",
    settings_offered,
    flags,
    0,
    CLI_WORDS};

typedef struct demo_job {
    const isobit_settings *settings;
    const char *plot, *save;
    isobit_context *context;
    cli_watch watch;
    size_t broken; /* claims that do not hold */
} demo_job;

/* ---------------------------------------------------------------------------------- the list -- */

static isobit_status print_list(void) {
    cli_table table = {.align = "ll"};
    for (const iso_embedded *file = demo_files; file->name; file++) {
        cli_demo *demo;
        isobit_status status = demo_open(&demo, file->name);
        if (status != ISOBIT_OK) {
            cli_table_free(&table);
            return status;
        }
        cli_cell(&table, "%s", demo->name);
        cli_cell(&table, "%s", demo->title);
        demo_free(demo);
    }
    cli_table_print(&table, 0);
    puts("\nRun one with isobit demo NAME, and with --plot FILE.svg for a picture.");
    return ISOBIT_OK;
}

/* --------------------------------------------------------------------------------- one demo -- */

/* Whether a picture's path is meant as a folder: one that is there, or a name without an ending. */
static bool is_folder(const char *path) {
    struct stat info;
    const char *slash = strrchr(path, '/');
    return (!stat(path, &info) && S_ISDIR(info.st_mode)) || !strchr(slash ? slash : path, '.');
}

/* "xor.svg", or in a folder "FOLDER/xor.svg"; the caller frees it. */
static isobit_status plot_path(char **out, const char *plot, const char *name) {
    if (!is_folder(plot))
        return iso_copy(out, plot);
    ISO_TRY(iso_folder_make(plot));
    return iso_format(out, "%s/%s.svg", plot, name);
}

/* The command of each run; very long ones are cut. */
static isobit_status print_runs(const cli_demo *demo) {
    enum { MOST = 240 };
    bool whole = !demo->data_count;
    putchar('\n');
    for (size_t i = 0; i < demo->run_count; i++) {
        char *line;
        ISO_TRY(demo_command(&line, &demo->runs[i]));
        const bool cut = strlen(line) > MOST;
        printf("  %s: %.*s%s\n", demo->runs[i].name, MOST, line, cut ? " ..." : "");
        whole = whole && !cut && !demo->runs[i].tensor_count;
        free(line);
    }
    if (!whole)
        printf("  isobit demo %s --save FOLDER writes what these need.\n", demo->name);
    return ISOBIT_OK;
}

static isobit_status print_head(const cli_demo *demo) {
    printf("%s: %s\n", demo->name, demo->title);
    if (demo->look) {
        putchar('\n');
        cli_print_wrapped(demo->look);
    }
    return print_runs(demo);
}

static isobit_status train_all(demo_job *job, cli_demo *demo, demo_result *results) {
    const char *inexact = isobit_settings_get(job->settings, "inexact");
    for (size_t i = 0; i < demo->run_count; i++) {
        demo_run *run = &demo->runs[i];
        ISO_TRY(isobit_settings_set(run->settings, "inexact", inexact));
        cli_watch_wait(&job->watch, cli_format("training %s ...", run->name));
        isobit_status status = demo_train(&results[i], job->context, demo, run);
        cli_watch_end(&job->watch);
        ISO_TRY(status);
    }
    return ISOBIT_OK;
}

static isobit_status show(demo_job *job, const cli_demo *demo, const demo_result *results) {
    cli_page page = {0};
    char *path = NULL;
    size_t broken;
    const demo_scene scene = {.demo = demo,
                              .results = results,
                              .page = job->plot ? &page : NULL,
                              .colour = job->watch.colour};
    isobit_status status;
    ISO_DO(demo_show(&scene));
    if (demo->found) {
        putchar('\n');
        cli_print_wrapped(demo->found);
    }
    if (demo->expect.count)
        puts("\nclaims");
    ISO_DO(demo_check(demo, results, &broken));
    job->broken += broken;
    if (job->plot) {
        ISO_DO(plot_path(&path, job->plot, demo->name));
        ISO_DO(cli_page_save(&page, demo->title, path));
        printf("\npicture %s\n", path);
    }
done:
    free(path);
    cli_page_free(&page);
    return status;
}

static isobit_status run_demo(demo_job *job, cli_demo *demo) {
    demo_result *results;
    const double begin = iso_now();
    ISO_TRY(print_head(demo));
    fflush(stdout);
    ISO_TRY(iso_alloc(&results, demo->run_count, sizeof *results));
    isobit_status status = train_all(job, demo, results);
    if (status == ISOBIT_OK)
        status = show(job, demo, results);
    for (size_t i = 0; i < demo->run_count; i++)
        demo_result_free(&results[i]);
    free(results);
    if (status == ISOBIT_OK)
        printf("time    %s, on %s\n", cli_seconds(iso_now() - begin),
               isobit_context_device(job->context));
    return status;
}

/* ------------------------------------------------------------------------------ the command -- */

static isobit_status one(demo_job *job, const char *name) {
    cli_demo *demo;
    ISO_TRY(demo_open(&demo, name));
    isobit_status status = job->save ? demo_save(demo, job->save) : run_demo(job, demo);
    demo_free(demo);
    return status;
}

/* The demos named, or all. */
static isobit_status each(demo_job *job, const cli_arguments *arguments) {
    const bool all = arguments->flags[ALL];
    for (size_t i = 0; all ? demo_name_at(i) != NULL : i < arguments->word_count; i++) {
        if (i)
            putchar('\n');
        ISO_TRY(one(job, all ? demo_name_at(i) : arguments->words[i]));
    }
    return ISOBIT_OK;
}

/* What can be told before anything is trained. */
static isobit_status check(const demo_job *job, const cli_arguments *arguments) {
    char *path;
    const bool several = arguments->word_count > 1 || arguments->flags[ALL];
    if (arguments->word_count && arguments->flags[ALL])
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "--all runs every demo; leave the names away");
    if (job->save && (several || !arguments->word_count))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "--save needs the name of one demo");
    if (!job->plot)
        return ISOBIT_OK;
    if (several && !is_folder(job->plot))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: the pictures of several demos go into a folder",
                        job->plot);
    ISO_TRY(plot_path(&path, job->plot, "demo"));
    isobit_status status = cli_page_check(path);
    free(path);
    return status;
}

static isobit_status run(demo_job *job, const cli_arguments *arguments) {
    if (!arguments->word_count && !arguments->flags[ALL])
        return print_list();
    ISO_TRY(check(job, arguments));
    if (!job->save)
        ISO_TRY(cli_open_device(&job->context, job->settings));
    return each(job, arguments);
}

int cmd_demo(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    demo_job job = {.settings = arguments.settings,
                    .plot = arguments.flags[PLOT],
                    .save = arguments.flags[SAVE],
                    .watch = cli_watch_new(false)};
    isobit_status status = run(&job, &arguments);
    if (status == ISOBIT_OK && job.broken)
        status = iso_fail(ISOBIT_ERROR_FORMAT, "%zu claim%s not hold", job.broken,
                          job.broken == 1 ? " does" : "s do");
    result = status == ISOBIT_OK ? CLI_OK : cli_fail(status);
    isobit_context_free(job.context);
    cli_arguments_free(&arguments);
    return result;
}
