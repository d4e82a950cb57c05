/* isobit predict: a model's answers for new samples. */
#include "cli/options.h"
#include "cli/predictions.h"
#include "cli/report.h"

#include "base/file.h"
#include "base/memory.h"
#include "data/source.h"
#include "run/confusion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OUT, PROBABILITIES };

static const cli_flag flags[] = {
    {"out", "FILE", "write to FILE.csv or FILE.npy instead of standard output"},
    {"probabilities", NULL, "every class's probability too (in .npy: these alone)"},
    {0}};
static const char *const settings_offered[] = {"label",   "device",  "device-memory",
                                               "variant", "kernels", NULL};
static const cli_syntax syntax = {
    "predict",
    "MODEL DATA",
    "Apply a model to samples: the class of each, or the values of a regression, as CSV. DATA "
    "holds "
    "features only; - reads CSV from standard input.\v"
    "If a CSV file still has its label column, --label names it and it is left out. Of a built-in "
    "set or a folder with the MNIST names the test part is taken.\n"
    "\n"
    "  echo 5.1,3.5,1.4,0.2 | isobit predict model.safetensors -",
    settings_offered,
    flags,
    2,
    2};

typedef isobit_status (*writer)(const cli_predictions *, char **, size_t *);

/* By the file's suffix; NULL: there is none for it. */
static writer find_writer(const char *path) {
    const char *suffix = path ? strrchr(path, '.') : ".csv";
    if (suffix && !strcmp(suffix, ".csv"))
        return cli_predictions_csv;
    return suffix && !strcmp(suffix, ".npy") ? cli_predictions_npy : NULL;
}

/* Built-in sets and folders have parts and labels; they are read as in training. */
static bool has_parts(const char *source) {
    struct stat info;
    const size_t word = strcspn(source, " \t");
    for (size_t i = 0; iso_builtin_name(i); i++)
        if (strlen(iso_builtin_name(i)) == word && !strncmp(iso_builtin_name(i), source, word))
            return true;
    return !stat(source, &info) && S_ISDIR(info.st_mode);
}

static isobit_status read_samples(isobit_data **out, const char *source,
                                  const isobit_settings *settings) {
    iso_table table = {0};
    if (has_parts(source))
        return isobit_data_load(out, source, settings);
    isobit_status status = iso_read_table(&table, source, false, settings);
    if (status == ISOBIT_ERROR_FORMAT && !isobit_settings_is_set(settings, "label"))
        iso_fail(status, "%s (if a column is the label, name it with --label)", isobit_error());
    ISO_TRY(status);
    status = iso_data_from_table(out, &table, table.samples, "samples", source);
    iso_table_free(&table);
    return status;
}

static isobit_status check_features(const isobit_model *model, const isobit_data *data) {
    const size_t wanted = iso_network_inputs(model->network), found = iso_data_features(data);
    const char *hint = found == wanted + 1 && data->shape.channels == found
                           ? "; if a column is the label, name it with --label"
                           : "";
    if (found == wanted)
        return ISOBIT_OK;
    return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: a sample has %zu features, the model takes %zu%s",
                    data->source, found, wanted, hint);
}

static isobit_status write_out(const char *path, const char *bytes, size_t length, size_t samples) {
    if (!path) {
        fwrite(bytes, 1, length, stdout);
        return ISOBIT_OK;
    }
    ISO_TRY(iso_file_write(path, bytes, length));
    printf("%s predictions in %s\n", cli_count(samples), path);
    return ISOBIT_OK;
}

static isobit_status predict(isobit_model *model, const isobit_data *data, const char *path,
                             bool probabilities, writer write) {
    const isobit_part part = isobit_data_samples(data, ISOBIT_TEST) ? ISOBIT_TEST : ISOBIT_TRAIN;
    const size_t samples = isobit_data_samples(data, part);
    float *outputs = NULL;
    char *bytes = NULL;
    size_t length = 0;
    isobit_status status;
    ISO_TRY(check_features(model, data));
    ISO_DO(iso_alloc(&outputs, samples * iso_network_outputs(model->network), sizeof *outputs));
    ISO_DO(iso_part_outputs(model, data, part, outputs, NULL));
    const cli_predictions predictions = {model, samples, outputs, probabilities};
    ISO_DO(write(&predictions, &bytes, &length));
    status = write_out(path, bytes, length, samples);
done:
    free(outputs);
    free(bytes);
    return status;
}

int cmd_predict(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    const char *path = arguments.flags[OUT];
    const writer write = find_writer(path);
    isobit_context *context = NULL;
    isobit_model *model = NULL;
    isobit_data *data = NULL;
    isobit_status status;
    if (!write) {
        cli_arguments_free(&arguments);
        return cli_misuse("out: \"%s\" ends in neither .csv nor .npy", path);
    }
    ISO_DO(cli_open_device(&context, arguments.settings));
    ISO_DO(isobit_model_load(&model, context, arguments.words[0]));
    ISO_DO(read_samples(&data, arguments.words[1], arguments.settings));
    status = predict(model, data, path, arguments.flags[PROBABILITIES] != NULL, write);
done:
    result = status == ISOBIT_OK ? CLI_OK : cli_fail(status);
    isobit_data_free(data);
    isobit_model_free(model);
    isobit_context_free(context);
    cli_arguments_free(&arguments);
    return result;
}
