/* isobit eval: how good a model is on a data set. */
#include "cli/options.h"
#include "cli/report.h"

#include "base/memory.h"
#include "base/settings.h"
#include "base/text.h"
#include "cli/samples.h"
#include "cli/scores.h"
#include "run/confusion.h"
#include "run/json.h"
#include "run/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART, JSON, SAMPLES };

static const cli_flag flags[] = {
    {"part", "PART", "train, validation or test [test if there is one, else train]"},
    {"json", NULL, "print JSON"},
    {"samples", "COUNT", "how many samples of an autoencoder to show [4]"},
    {0}};
static const char *const settings_offered[] = {"label",         "task",    "split",   "test",
                                               "stratify",      "input",   "seed",    "device",
                                               "device-memory", "variant", "kernels", NULL};
static const cli_syntax syntax = {
    "eval",
    "MODEL DATA",
    "Score a model on data: loss and accuracy, precision, recall and F1 of every class and the "
    "confusion matrix; for a regression MSE, MAE and R2; for an autoencoder these, and a few "
    "samples "
    "with what it makes of them.\v"
    "Without --part the test part is taken if DATA has one (by itself, or by --split or --test as "
    "in training), else all of it.",
    settings_offered,
    flags,
    2,
    2};

static const char *const part_words[] = {"train", "validation", "test", NULL};
static const char *const part_names[] = {"training", "validation", "test"};

static isobit_status choose_part(const isobit_data *data, const char *word, isobit_part *out) {
    size_t part = 0;
    if (!word) {
        *out = isobit_data_samples(data, ISOBIT_TEST) ? ISOBIT_TEST : ISOBIT_TRAIN;
        return ISOBIT_OK;
    }
    while (part_words[part] && strcmp(part_words[part], word) != 0)
        part++;
    if (!part_words[part])
        return iso_unknown_in("part", word, part_words);
    if (!isobit_data_samples(data, (isobit_part)part))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s has no %s part; --split makes one", data->source,
                        part_names[part]);
    *out = (isobit_part)part;
    return ISOBIT_OK;
}

/* The data is read as in training: labels from the same column, of the same kind. */
static isobit_status default_settings(isobit_settings *settings, const isobit_model *model) {
    const char *label = iso_model_note(model, "label");
    if (!isobit_settings_is_set(settings, "task"))
        ISO_TRY(isobit_settings_set(settings, "task", model->classes ? "classify" : "regress"));
    if (model->targets_input)
        ISO_TRY(isobit_settings_set(settings, "target", "input"));
    if (!isobit_settings_is_set(settings, "label") && label)
        ISO_TRY(isobit_settings_set(settings, "label", label));
    return ISOBIT_OK;
}

static void print_heading(const char *model, const isobit_data *data, isobit_part part) {
    const bool parted = isobit_data_samples(data, part) < data->samples;
    printf("%s on %s%s%s%s: %s samples\n\n", model, parted ? "the " : "",
           parted ? part_names[part] : "", parted ? " part of " : "", data->source,
           cli_count(isobit_data_samples(data, part)));
}

/* The first samples of the part and what an autoencoder makes of them. */
static isobit_status show_reconstructions(isobit_model *model, const isobit_data *data,
                                          isobit_part part, size_t count) {
    const size_t samples = isobit_data_samples(data, part), features = iso_data_features(data);
    float *inputs = NULL, *outputs = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&inputs, samples * features, sizeof *inputs));
    ISO_DO(iso_alloc(&outputs, samples * features, sizeof *outputs));
    ISO_DO(iso_part_outputs(model, data, part, outputs, inputs));
    status =
        cli_reconstructions_print(data->shape, inputs, outputs, count < samples ? count : samples);
done:
    free(inputs);
    free(outputs);
    return status;
}

static isobit_status evaluate(const char *path, isobit_model *model, const isobit_data *data,
                              isobit_part part, bool json) {
    cli_scores scores = {.model = model};
    isobit_data view = {0};
    isobit_status status;
    ISO_TRY(iso_model_check_data(model, data));
    ISO_TRY(iso_model_view(model, data, &view));
    ISO_DO(isobit_evaluate(model, &view, part, &scores.metrics));
    if (model->classes) {
        ISO_DO(iso_alloc(&scores.counts, model->classes * model->classes, sizeof *scores.counts));
        ISO_DO(isobit_confusion(model, &view, part, scores.counts));
    }
    if (!json)
        print_heading(path, data, part);
    status = json ? cli_scores_json(&scores) : cli_scores_print(&scores);
done:
    free(scores.counts);
    iso_model_view_free(&view);
    return status;
}

int cmd_eval(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    isobit_settings *settings = arguments.settings;
    const char *path = arguments.words[0], *source = arguments.words[1];
    const bool json = arguments.flags[JSON];
    isobit_context *context = NULL;
    isobit_model *model = NULL;
    isobit_data *data = NULL;
    isobit_part part = ISOBIT_TRAIN;
    size_t shown = 4;
    isobit_status status = ISOBIT_OK;
    if (arguments.flags[SAMPLES])
        ISO_DO(iso_parse_size(arguments.flags[SAMPLES], "samples", 0, 1000, &shown));
    ISO_DO(cli_open_device(&context, settings));
    ISO_DO(isobit_model_load(&model, context, path));
    ISO_DO(default_settings(settings, model));
    ISO_DO(isobit_data_load(&data, source, settings));
    ISO_DO(choose_part(data, arguments.flags[PART], &part));
    ISO_DO(evaluate(path, model, data, part, json));
    if (model->targets_input && !json && shown)
        status = show_reconstructions(model, data, part, shown);
done:
    result = status == ISOBIT_OK ? CLI_OK : cli_fail(status);
    isobit_data_free(data);
    isobit_model_free(model);
    isobit_context_free(context);
    cli_arguments_free(&arguments);
    return result;
}
