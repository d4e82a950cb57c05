/* Trains a demo's runs, with the files that they need written aside. */
#include "cli/demo_train.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/settings.h"
#include "base/text.h"
#include "cli/report.h"
#include "run/safetensors.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------- its files -- */

static isobit_status write_data(const demo_data *data, const char *path) {
    iso_text text = {0};
    char *whole;
    for (size_t i = 0; i < data->rows.count; i++)
        iso_text_add(&text, "%s\n", data->rows.items[i]);
    ISO_TRY(iso_text_take(&text, &whole));
    isobit_status status = iso_file_write(path, whole, strlen(whole));
    free(whole);
    return status;
}

/* Where a setting names one of the demo's own files, write that into the folder and point there. */
static isobit_status place_data(const cli_demo *demo, const char *folder, isobit_settings *settings,
                                const char *name) {
    const demo_data *data = demo_find_data(demo, isobit_settings_get(settings, name));
    char *path;
    if (!data)
        return ISOBIT_OK;
    ISO_TRY(iso_format(&path, "%s/%s", folder, data->name));
    isobit_status status = write_data(data, path);
    if (status == ISOBIT_OK)
        status = isobit_settings_set(settings, name, path);
    free(path);
    return status;
}

/* The numbers of a tensor, of which the network needs so many. */
static isobit_status read_numbers(const demo_tensor *tensor, size_t count, float *out) {
    const char *at = tensor->values;
    char *end;
    size_t found = 0;
    for (;; at = end) {
        const float number = strtof(at, &end);
        if (end == at)
            break;
        if (found < count)
            out[found] = number;
        found++;
    }
    if (at[strspn(at, " ")])
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: \"%s\" is not a number", tensor->name, at);
    if (found != count)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s has %zu numbers; the network needs %zu",
                        tensor->name, found, count);
    return ISOBIT_OK;
}

static const demo_tensor *find_tensor(const demo_run *run, const char *name) {
    for (size_t i = 0; i < run->tensor_count; i++)
        if (!strcmp(run->tensors[i].name, name))
            return &run->tensors[i];
    return NULL;
}

/* One tensor of the network, its numbers at `floats`. */
static isobit_status fill_tensor(const demo_run *run, const iso_parameter *parameter, float *floats,
                                 iso_st_tensor *out) {
    const size_t count = parameter->rows * parameter->columns;
    const demo_tensor *tensor = find_tensor(run, parameter->name);
    if (!tensor)
        return iso_fail(ISOBIT_ERROR_FORMAT, "run %s gives parameters, but no \"%s\"", run->name,
                        parameter->name);
    ISO_TRY(read_numbers(tensor, count, floats));
    *out = (iso_st_tensor){
        .type = "F32", .rank = parameter->rank, .data = floats, .bytes = count * sizeof *floats};
    memcpy(out->shape, parameter->shape, sizeof parameter->shape);
    return iso_copy(&out->name, parameter->name);
}

static isobit_status write_tensors(const demo_run *run, const iso_network *network,
                                   const char *path) {
    iso_st_file file = {0};
    float *floats = NULL;
    char *bytes = NULL;
    size_t length;
    isobit_status status;
    ISO_DO(iso_alloc(&floats, network->floats, sizeof *floats));
    ISO_DO(iso_alloc(&file.tensors, network->parameter_count, sizeof *file.tensors));
    file.tensor_count = network->parameter_count;
    for (size_t i = 0; i < network->parameter_count; i++)
        ISO_DO(fill_tensor(run, &network->parameters[i], floats + network->parameters[i].offset,
                           &file.tensors[i]));
    ISO_DO(iso_st_format(&file, &bytes, &length));
    status = iso_file_write(path, bytes, length);
done:
    free(bytes);
    free(floats);
    iso_st_free(&file);
    return status;
}

/* Write what the run needs into a folder. @param settings become those that use it */
static isobit_status place_run(const cli_demo *demo, const demo_run *run, const char *folder,
                               isobit_settings *settings, isobit_data **data) {
    iso_network *network = NULL;
    char *path = NULL;
    isobit_status status;
    *data = NULL;
    ISO_DO(place_data(demo, folder, settings, "data"));
    ISO_DO(place_data(demo, folder, settings, "test"));
    ISO_DO(isobit_data_load(data, isobit_settings_get(settings, "data"), settings));
    if (!run->tensor_count)
        return ISOBIT_OK;
    ISO_DO(iso_network_new(&network, isobit_settings_get(settings, "net"), (*data)->shape));
    ISO_DO(iso_format(&path, "%s/%s.safetensors", folder, run->name));
    ISO_DO(write_tensors(run, network, path));
    status = isobit_settings_set(settings, "init-from", path);
done:
    free(path);
    iso_network_free(network);
    if (status != ISOBIT_OK) {
        isobit_data_free(*data);
        *data = NULL;
    }
    return status;
}

/* A folder of our own beside other temporary files; the caller frees the name. */
static isobit_status make_folder(char **out) {
    const char *above = getenv("TMPDIR");
    ISO_TRY(iso_format(out, "%s/isobit-demo-XXXXXX", above && *above ? above : "/tmp"));
    if (mkdtemp(*out))
        return ISOBIT_OK;
    isobit_status status = iso_fail(ISOBIT_ERROR_FILE, "%s: cannot make a temporary folder", *out);
    free(*out);
    *out = NULL;
    return status;
}

/* Remove the folder and the files in it. */
static void remove_folder(const char *folder) {
    DIR *stream = opendir(folder);
    struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        unlinkat(dirfd(stream), entry->d_name, 0);
    if (stream)
        closedir(stream);
    rmdir(folder);
}

/* ------------------------------------------------------------------------------- training -- */

void demo_result_free(demo_result *result) {
    iso_history_free(&result->history);
    isobit_model_free(result->model);
    isobit_data_free(result->data);
    free(result->remark);
    free(result->ended);
    free(result->warnings);
    free(result->layers);
    *result = (demo_result){0};
}

typedef struct listener {
    demo_result *result;
    isobit_status status;
    char why[512]; /* the message, if it is none of success */
} listener;

static isobit_status take_layers(demo_result *result, const isobit_progress *progress) {
    if (!progress->layers)
        return ISOBIT_OK;
    ISO_TRY(iso_resize(&result->layers, progress->layer_count, sizeof *result->layers));
    result->layer_count = progress->layer_count;
    memcpy(result->layers, progress->layers, result->layer_count * sizeof *result->layers);
    return ISOBIT_OK;
}

static isobit_status hear(demo_result *result, const isobit_progress *progress) {
    if (progress->warning) {
        char *all;
        ISO_TRY(iso_format(&all, "%s%s%s", result->warnings ? result->warnings : "",
                           result->warnings ? " " : "", progress->warning));
        free(result->warnings);
        result->warnings = all;
    } else if (progress->epoch_done) {
        result->steps = progress->step;
        ISO_TRY(take_layers(result, progress));
        return iso_history_add(&result->history, progress->metrics);
    }
    return ISOBIT_OK;
}

static bool listen(const isobit_progress *progress, void *user) {
    listener *to = user;
    to->status = hear(to->result, progress);
    if (to->status != ISOBIT_OK)
        snprintf(to->why, sizeof to->why, "%s", isobit_error());
    return to->status == ISOBIT_OK;
}

/* Begin with what the run's files hold, which are not needed any more then. */
static isobit_status begin(demo_result *out, isobit_context *context, const cli_demo *demo,
                           isobit_settings *settings) {
    char *folder;
    ISO_TRY(make_folder(&folder));
    isobit_status status = place_run(demo, out->run, folder, settings, &out->data);
    if (status == ISOBIT_OK)
        status = isobit_model_new(&out->model, context, out->data, settings);
    remove_folder(folder);
    free(folder);
    return status;
}

static isobit_status finish(demo_result *out) {
    for (int part = 0; part < ISOBIT_PARTS; part++)
        if (isobit_data_samples(out->data, (isobit_part)part))
            ISO_TRY(isobit_evaluate(out->model, out->data, (isobit_part)part, &out->metrics[part]));
    return iso_remark(&out->remark, &out->history, out->metrics);
}

isobit_status demo_train(demo_result *out, isobit_context *context, const cli_demo *demo,
                         const demo_run *run) {
    demo_result result = {.run = run};
    listener to = {.result = &result};
    isobit_settings *settings = NULL;
    isobit_status status;
    ISO_DO(iso_settings_copy(&settings, run->settings));
    ISO_DO(begin(&result, context, demo, settings));
    ISO_DO(iso_history_begin(&result.history, result.data));
    status = isobit_train(result.model, result.data, settings, listen, &to);
    if (status == ISOBIT_ERROR_INTERRUPTED)
        status = iso_fail(to.status, "%s", to.why);
    else if (status == ISOBIT_ERROR_DIVERGED)
        status = iso_copy(&result.ended, isobit_error());
    if (status == ISOBIT_OK)
        ISO_DO(finish(&result));
done:
    isobit_settings_free(settings);
    if (status != ISOBIT_OK) {
        demo_result_free(&result);
        return iso_fail_at(status, "run %s", run->name);
    }
    *out = result;
    return ISOBIT_OK;
}

/* ---------------------------------------------------------------------- for isobit train -- */

isobit_status demo_command(char **out, const demo_run *run) {
    const isobit_setting *setting;
    iso_text text = {0};
    iso_text_add(&text, "isobit train %s", cli_quote(isobit_settings_get(run->settings, "data")));
    for (size_t i = 0; (setting = isobit_setting_at(i)); i++) {
        const char *value = isobit_settings_get(run->settings, setting->name);
        if (!strcmp(setting->name, "data") || !isobit_settings_is_set(run->settings, setting->name))
            continue;
        if (setting->argument)
            iso_text_add(&text, " --%s %s", setting->name, cli_quote(value));
        else
            iso_text_add(&text, " --%s%s", strcmp(value, "on") ? "no-" : "", setting->name);
    }
    return iso_text_take(&text, out);
}

static isobit_status save_run(const cli_demo *demo, const demo_run *run, const char *folder) {
    isobit_settings *settings = NULL;
    isobit_data *data = NULL;
    char *path = NULL, *text = NULL;
    isobit_status status;
    ISO_DO(iso_settings_copy(&settings, run->settings));
    ISO_DO(place_run(demo, run, folder, settings, &data));
    ISO_DO(iso_format(&path, "%s/%s.ini", folder, run->name));
    ISO_DO(iso_settings_write(settings, &text));
    status = iso_file_write(path, text, strlen(text));
done:
    free(path);
    free(text);
    isobit_data_free(data);
    isobit_settings_free(settings);
    return status;
}

static bool holds_something(const char *folder) {
    DIR *stream = opendir(folder);
    struct dirent *entry;
    bool found = false;
    while (stream && !found && (entry = readdir(stream)))
        found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (stream)
        closedir(stream);
    return found;
}

isobit_status demo_save(const cli_demo *demo, const char *folder) {
    if (holds_something(folder))
        return iso_fail(ISOBIT_ERROR_EXISTS, "%s: is there and not empty; name another folder",
                        folder);
    ISO_TRY(iso_folder_make(folder));
    isobit_status status = ISOBIT_OK;
    for (size_t i = 0; i < demo->run_count && status == ISOBIT_OK; i++)
        status = save_run(demo, &demo->runs[i], folder);
    if (status != ISOBIT_OK)
        remove_folder(folder);
    return status;
}
