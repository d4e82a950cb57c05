#include "cli/job.h"

#include "base/memory.h"
#include "base/settings.h"
#include "cli/report.h"
#include "run/json.h"
#include "run/train_device.h"

#include <stdlib.h>
#include <string.h>

static const char *const part_names[ISOBIT_PARTS] = {"training", "validation", "test"};
static const char *const part_keys[ISOBIT_PARTS] = {"train", "validation", "test"};

/* -------------------------------------------------------------------------------- the start -- */

static const char *data_text(const isobit_data *data) {
    const iso_shape shape = data->shape;
    const char *parts = "", *size = cli_shape(shape.channels, shape.height, shape.width);
    for (int part = 0; part < ISOBIT_PARTS; part++) {
        const size_t samples = isobit_data_samples(data, (isobit_part)part);
        if (samples)
            parts = cli_format("%s%s%s %s", parts, *parts ? ", " : "", cli_count(samples),
                               part_names[part]);
    }
    return cli_format(
        "%s (%s samples of %s %s, %s)", data->name, parts, size,
        data->element == ISO_UINT8         ? "bytes"
        : iso_shape_size(data->shape) == 1 ? "number"
                                           : "numbers",
        data->targets_input ? "each its own target"
        : data->classes     ? cli_format("%zu classes", data->classes)
                        : cli_format("%zu target%s", data->outputs, data->outputs == 1 ? "" : "s"));
}

/* Where a resumed run stood. */
static const char *resumed_text(const cli_job *job) {
    const iso_checkpoint *from = job->resume.checkpoint;
    if (!from)
        return "from the beginning: there was no checkpoint yet";
    if (iso_checkpoint_done(from, job->settings))
        return cli_format("the run is done already, after %zu epoch%s%s", from->epochs,
                          from->epochs == 1 ? "" : "s",
                          from->epochs < iso_settings_size(job->settings, "epochs")
                              ? " (stopped early)"
                              : "; a larger --epochs trains it further");
    return cli_format("after step %s, in epoch %zu", cli_count(from->step), from->epochs + 1);
}

/* What of a training is not the contract's, or NULL. */
static const char *precision_text(const cli_job *job) {
    const char *precision = isobit_settings_get(job->settings, "precision");
    if (!strcmp(precision, "exact"))
        return NULL;
    return cli_format("%s products%s: not the same bits on every device", precision,
                      job->context->target.matrix_units ? "" : ", emulated here, which is slow");
}

void cli_job_announce(const cli_job *job) {
    cli_table table = {.align = "ll"};
    const isobit_settings *settings = job->settings;
    const size_t batch = iso_settings_size(settings, "batch");
    const size_t samples = isobit_data_samples(job->data, ISOBIT_TRAIN);
    cli_cell(&table, "data");
    cli_cell(&table, "%s", data_text(job->data));
    cli_cell(&table, "network");
    cli_cell(&table, "%s (%s parameters)", job->model->network->text,
             cli_count(job->model->network->floats));
    cli_cell(&table, "training");
    cli_cell(&table, "%s, %s, batches of %s, seed %s", job->model->loss->name,
             isobit_settings_get(settings, "optimizer"),
             cli_count(batch && batch < samples ? batch : samples),
             isobit_settings_get(settings, "seed"));
    cli_cell(&table, "device");
    cli_cell(&table, "%s", isobit_context_device(job->context));
    if (precision_text(job)) {
        cli_cell(&table, "precision");
        cli_cell(&table, "%s", precision_text(job));
    }
    if (job->resumed) {
        cli_cell(&table, "resumed");
        cli_cell(&table, "%s", resumed_text(job));
    }
    cli_table_print(&table, 0);
    putchar('\n');
    fflush(stdout);
}

/* ---------------------------------------------------------------------------------- the end -- */

/* The options that load the same data again. */
static const char *data_options(const isobit_settings *settings) {
    static const char *const names[] = {"label",    "task",  "split", "test",
                                        "stratify", "input", "seed"};
    const char *out = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = isobit_settings_get(settings, names[i]);
        if (!isobit_settings_is_set(settings, names[i]))
            continue;
        if (!strcmp(names[i], "seed") && !*isobit_settings_get(settings, "split"))
            continue; /* it decides nothing but the split here */
        if (!strcmp(value, "on"))
            out = cli_format("%s --%s", out, names[i]);
        else if (strcmp(value, "off") != 0)
            out = cli_format("%s --%s %s", out, names[i], cli_quote(value));
    }
    return out;
}

static bool ends_with(const char *text, const char *suffix) {
    const size_t length = strlen(text), tail = strlen(suffix);
    return length > tail && !strcmp(text + length - tail, suffix);
}

/* Where the label column is, so that predicting the same file leaves it out. */
static const char *label_option(const cli_job *job) {
    const char *label = isobit_settings_get(job->settings, "label");
    if (*label)
        return cli_format(" --label %s", cli_quote(label));
    if (ends_with(job->data->source, ".csv") || ends_with(job->data->source, ".tsv"))
        return cli_format(" --label %zu", iso_data_features(job->data) + 1);
    return "";
}

static void print_next(const cli_job *job) {
    const char *model = cli_quote(iso_run_folder_model_path(job->folder));
    const char *data = cli_quote(job->data->source);
    puts("\nNext:");
    printf("  isobit eval %s %s%s\n", model, data, data_options(job->settings));
    printf("  isobit predict %s %s%s --out predictions.csv\n", model, data, label_option(job));
    printf("  isobit show %s\n", model);
}

static void print_metrics(const cli_job *job, const isobit_metrics metrics[ISOBIT_PARTS]) {
    const bool classify = job->data->classes > 0;
    cli_table table = {.align = classify ? "lrrr" : "lrrrrr"};
    static const char *const heads[] = {"", "samples", "loss", "accuracy"};
    static const char *const regression[] = {"", "samples", "loss", "MSE", "MAE", "R2"};
    for (size_t i = 0; i < strlen(table.align); i++)
        cli_cell(&table, "%s", classify ? heads[i] : regression[i]);
    for (int part = 0; part < ISOBIT_PARTS; part++) {
        const isobit_metrics *of = &metrics[part];
        if (!of->samples)
            continue;
        cli_cell(&table, "%s", part_names[part]);
        cli_cell(&table, "%s", cli_count(of->samples));
        cli_cell(&table, "%s", cli_loss(of->loss));
        if (classify) {
            cli_cell(&table, "%s", cli_percent(of->accuracy));
            continue;
        }
        cli_cell(&table, "%s", cli_loss(of->mse));
        cli_cell(&table, "%s", cli_loss(of->mae));
        cli_cell(&table, "%.4f", of->r2);
    }
    putchar('\n');
    cli_table_print(&table, 0);
}

/* What the validation part decided. */
static void print_decisions(const cli_job *job) {
    const iso_training *training = job->training;
    const bool early =
        iso_stopped_early(training->past_count, training->best_epoch, training->early_stop);
    if (early || training->best_parameters)
        putchar('\n');
    if (early)
        printf("stopped after epoch %zu of %zu: no smaller validation loss since epoch %zu\n",
               training->past_count, training->epochs, training->best_epoch);
    if (training->best_parameters)
        printf("kept    the parameters of epoch %zu, whose validation loss is the smallest\n",
               training->best_epoch);
}

/* Files, digest, time and device. */
static void print_facts(const cli_job *job) {
    char digest[65];
    isobit_model_sha256(job->model, digest);
    printf("\nparameters sha256 %s\n", digest);
    printf("model   %s\n", iso_run_folder_model_path(job->folder));
    printf("time    %s for %s step%s, on %s\n", cli_seconds(job->last.seconds),
           cli_count(job->last.step), job->last.step == 1 ? "" : "s",
           isobit_context_device(job->context));
    if (precision_text(job))
        printf("trained with %s\n", precision_text(job));
    if (job->profile && job->startup >= 0)
        printf("start   %s until the first step\n", cli_seconds(job->startup));
}

static void print_end(const cli_job *job, const isobit_metrics metrics[ISOBIT_PARTS],
                      const char *remark) {
    print_metrics(job, metrics);
    print_decisions(job);
    if (remark) {
        putchar('\n');
        cli_print_wrapped(remark);
    }
    print_facts(job);
    print_next(job);
}

static void add_metrics(iso_json *json, const char *key, const isobit_metrics *metrics,
                        bool classify) {
    if (!metrics->samples) {
        iso_json_null(json, key);
        return;
    }
    iso_json_open(json, key, '{');
    iso_json_integer(json, "samples", metrics->samples);
    iso_json_double(json, "loss", metrics->loss);
    if (classify) {
        iso_json_double(json, "accuracy", metrics->accuracy);
    } else {
        iso_json_double(json, "mse", metrics->mse);
        iso_json_double(json, "mae", metrics->mae);
        iso_json_double(json, "r2", metrics->r2);
    }
    iso_json_close(json, '}');
}

/* One line; metrics NULL: interrupted, nothing was evaluated. */
static void print_json(const cli_job *job, const isobit_metrics *metrics, const char *remark) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    char digest[65], *line;
    isobit_model_sha256(job->model, digest);
    iso_json_open(&json, NULL, '{');
    iso_json_bool(&json, "done", metrics != NULL);
    iso_json_string(&json, "folder", iso_run_folder_path(job->folder));
    iso_json_string(&json, "model", iso_run_folder_model_path(job->folder));
    iso_json_string(&json, "parameters_sha256", digest);
    iso_json_string(&json, "device", isobit_context_device(job->context));
    iso_json_string(&json, "precision", isobit_settings_get(job->settings, "precision"));
    iso_json_integer(&json, "epochs", job->training->past_count);
    if (job->training->best_epoch)
        iso_json_integer(&json, "best_epoch", job->training->best_epoch);
    iso_json_integer(&json, "steps", job->last.step);
    iso_json_double(&json, "seconds", job->last.seconds);
    if (job->startup >= 0)
        iso_json_double(&json, "startup_seconds", job->startup);
    for (int part = 0; metrics && part < ISOBIT_PARTS; part++)
        add_metrics(&json, part_keys[part], &metrics[part], job->data->classes > 0);
    iso_json_string(&json, "remark", remark);
    iso_json_close(&json, '}');
    if (iso_text_take(&text, &line) != ISOBIT_OK)
        return;
    puts(line);
    free(line);
}

isobit_status cli_job_report(cli_job *job) {
    isobit_metrics metrics[ISOBIT_PARTS] = {0};
    char *remark;
    if (job->quiet && !job->json)
        return ISOBIT_OK;
    if (!job->profile) /* evaluation may need its memory */
        iso_training_unmake(job->training);
    for (int part = 0; part < ISOBIT_PARTS; part++)
        if (isobit_data_samples(job->data, (isobit_part)part))
            ISO_TRY(isobit_evaluate(job->model, job->data, (isobit_part)part, &metrics[part]));
    ISO_TRY(job->training->remark ? iso_copy(&remark, job->training->remark)
                                  : iso_remark(&remark, &job->history, metrics));
    if (job->json)
        print_json(job, metrics, remark);
    else
        print_end(job, metrics, remark);
    free(remark);
    return ISOBIT_OK;
}

/* The command that goes on from here. */
static void print_how_to_go_on(const cli_job *job) {
    const char *folder = cli_quote(iso_run_folder_path(job->folder));
    if (job->training->keeper.path) {
        printf("\nGo on from here:\n  isobit train --resume %s\n", folder);
        return;
    }
    printf("\nGo on from here (the optimizer starts afresh):\n  isobit train %s --init-from %s "
           "--epochs %zu\n",
           cli_quote(cli_format("%s/run.ini", iso_run_folder_path(job->folder))),
           cli_quote(iso_run_folder_model_path(job->folder)),
           job->last.epochs - job->last.epoch + 1);
}

void cli_job_report_interrupted(const cli_job *job) {
    if (job->json)
        print_json(job, NULL, NULL);
    if (job->json || job->quiet)
        return;
    printf("\nStopped after step %s, in epoch %zu of %zu.\n", cli_count(job->last.step),
           job->last.epoch, job->last.epochs);
    print_facts(job);
    print_how_to_go_on(job);
}
