#include "run/run_folder.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/settings.h"
#include "run/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct iso_run_folder {
    char *path, *model, *ini, *metrics, *checkpoint;
    int lines;    /* metrics.jsonl */
    int lock;     /* descriptor of the folder, locked; -1 */
    bool made;    /* the folder was not there before */
    bool resumed; /* an earlier process began the run */
    bool classify;
};

const char *iso_run_folder_path(const iso_run_folder *folder) { return folder->path; }
const char *iso_run_folder_model_path(const iso_run_folder *folder) { return folder->model; }
const char *iso_run_folder_checkpoint(const iso_run_folder *folder) { return folder->checkpoint; }

void iso_run_folder_close(iso_run_folder *folder) {
    if (!folder)
        return;
    if (folder->lines >= 0)
        close(folder->lines);
    if (folder->lock >= 0)
        close(folder->lock);
    free(folder->path);
    free(folder->model);
    free(folder->ini);
    free(folder->metrics);
    free(folder->checkpoint);
    free(folder);
}

/* What killed processes have left beside the files. */
static void sweep(const iso_run_folder *folder) {
    const char *const files[] = {folder->checkpoint, folder->model, folder->metrics, folder->ini};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        iso_file_sweep(files[i]);
}

static void remove_files(const iso_run_folder *folder) {
    sweep(folder);
    unlink(folder->checkpoint);
    unlink(folder->model);
    unlink(folder->metrics);
    unlink(folder->ini);
}

void iso_run_folder_discard(iso_run_folder *folder) {
    if (!folder)
        return;
    if (!folder->resumed)
        remove_files(folder);
    if (folder->made)
        rmdir(folder->path);
    iso_run_folder_close(folder);
}

/* ----------------------------------------------------------------------------- the folder -- */

/* One more than the largest N of runs/<name>-N. */
static size_t next_number(const char *name) {
    DIR *runs = opendir("runs");
    size_t most = 0, length = strlen(name), number;
    if (!runs)
        return 1;
    for (struct dirent *entry; (entry = readdir(runs));)
        if (!strncmp(entry->d_name, name, length) && entry->d_name[length] == '-' &&
            iso_parse_size(entry->d_name + length + 1, "", 1, SIZE_MAX - 1, &number) == ISOBIT_OK &&
            number > most)
            most = number;
    closedir(runs);
    return most + 1;
}

/* Two runs that start at once both try the same number; mkdir lets one of them have it. */
static isobit_status make_numbered(iso_run_folder *folder, const char *name) {
    ISO_TRY(iso_folder_make("runs"));
    for (size_t number = next_number(name);; number++) {
        ISO_TRY(iso_format(&folder->path, "runs/%s-%zu", name, number));
        ISO_TRY(iso_folder_make_new(folder->path, &folder->made));
        if (folder->made)
            return ISOBIT_OK;
        free(folder->path);
        folder->path = NULL;
    }
}

static isobit_status check_free(const char *path) {
    DIR *entries = opendir(path);
    bool empty = true;
    if (!entries)
        return iso_fail(ISOBIT_ERROR_EXISTS, "%s: is there and cannot be used as a run folder: %s",
                        path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(entries));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            empty = false;
    closedir(entries);
    if (empty)
        return ISOBIT_OK;
    return iso_fail(ISOBIT_ERROR_EXISTS,
                    "%s: is there and not empty; choose another --out, or --overwrite", path);
}

static isobit_status make_named(iso_run_folder *folder, const char *path, bool overwrite) {
    ISO_TRY(iso_copy(&folder->path, path));
    if (!iso_file_exists(path)) {
        ISO_TRY(iso_folder_make(path));
        folder->made = true;
        return ISOBIT_OK;
    }
    return overwrite ? iso_folder_make(path) : check_free(path);
}

/* ------------------------------------------------------------------------------- run.ini -- */

/* A file's absolute path, so that run.ini works from anywhere; other sources as they are. */
static isobit_status make_absolute(isobit_settings *settings, const char *name,
                                   const char *source) {
    const size_t word = strcspn(source, " \t");
    char *path = NULL;
    for (size_t i = 0; iso_builtin_name(i); i++)
        if (strlen(iso_builtin_name(i)) == word && !strncmp(source, iso_builtin_name(i), word))
            return isobit_settings_set(settings, name, source);
    if (*source)
        path = realpath(source, NULL);
    isobit_status status =
        *source ? isobit_settings_set(settings, name, path ? path : source) : ISOBIT_OK;
    free(path);
    return status;
}

isobit_status iso_run_settings(isobit_settings **out, const isobit_data *data,
                               const isobit_settings *settings) {
    isobit_settings *whole;
    const isobit_setting *setting;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_settings_copy(&whole, settings));
    for (size_t i = 0; (setting = isobit_setting_at(i)); i++)
        if (!isobit_settings_is_set(whole, setting->name) && *setting->default_value)
            ISO_DO(isobit_settings_set(whole, setting->name, setting->default_value));
    ISO_DO(make_absolute(whole, "data", data->source));
    ISO_DO(make_absolute(whole, "test", isobit_settings_get(settings, "test")));
    ISO_DO(make_absolute(whole, "init-from", isobit_settings_get(settings, "init-from")));
    *out = whole;
    return ISOBIT_OK;
done:
    isobit_settings_free(whole);
    return status;
}

static isobit_status write_ini(const iso_run_folder *folder, const isobit_data *data,
                               const isobit_settings *settings, const char *changed) {
    isobit_settings *whole;
    char *text = NULL, *all = NULL;
    isobit_status status;
    ISO_TRY(iso_run_settings(&whole, data, settings));
    ISO_DO(iso_settings_write(whole, &text));
    ISO_DO(iso_format(&all,
                      "; isobit %s, numerics contract %d. The same model again: isobit train "
                      "run.ini\n%s%s%s%s",
                      isobit_version(), ISOBIT_CONTRACT,
                      changed ? "; Not this time. Settings changed on the way: " : "",
                      changed ? changed : "", changed ? "\n" : "", text));
    status = iso_file_write(folder->ini, all, strlen(all));
done:
    isobit_settings_free(whole);
    free(text);
    free(all);
    return status;
}

/* ------------------------------------------------------------------------------- opening -- */

static isobit_status name_files(iso_run_folder *folder) {
    ISO_TRY(iso_format(&folder->model, "%s/model.safetensors", folder->path));
    ISO_TRY(iso_format(&folder->ini, "%s/run.ini", folder->path));
    ISO_TRY(iso_format(&folder->metrics, "%s/metrics.jsonl", folder->path));
    return iso_format(&folder->checkpoint, "%s/checkpoint.safetensors", folder->path);
}

/* Two processes that train into one folder would spoil both runs. A file system without locks has
 * to do without. */
static isobit_status lock(iso_run_folder *folder) {
    folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->lock < 0)
        return iso_fail(ISOBIT_ERROR_FILE, "%s: cannot open the run folder: %s", folder->path,
                        strerror(errno));
    if (flock(folder->lock, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        return iso_fail(ISOBIT_ERROR_EXISTS, "%s: another isobit is training in this folder",
                        folder->path);
    return ISOBIT_OK;
}

/* A folder that was not there before is nobody else's business. */
static isobit_status make_private(const iso_run_folder *folder) {
    return chmod(folder->path, 0700) ? iso_fail(ISOBIT_ERROR_FILE, "%s: cannot set its mode: %s",
                                                folder->path, strerror(errno))
                                     : ISOBIT_OK;
}

/* metrics.jsonl as it was when the checkpoint was written. */
static isobit_status write_metrics(const iso_run_folder *folder, const isobit_progress *past,
                                   size_t epochs) {
    iso_text text = {0};
    char *line, *all;
    for (size_t i = 0; i < epochs && text.status == ISOBIT_OK; i++) {
        text.status = iso_metrics_line(&line, &past[i], folder->classify);
        if (text.status != ISOBIT_OK)
            break;
        iso_text_add(&text, "%s\n", line);
        free(line);
    }
    const size_t length = text.length;
    ISO_TRY(iso_text_take(&text, &all));
    isobit_status status = iso_file_write(folder->metrics, all, length);
    free(all);
    return status;
}

isobit_status iso_run_folder_open(iso_run_folder **out, const isobit_data *data,
                                  const isobit_settings *settings) {
    iso_run_folder *folder;
    const char *path = isobit_settings_get(settings, "out");
    isobit_status status;
    bool ours = false;
    ISO_TRY(iso_alloc(&folder, 1, sizeof *folder));
    folder->lock = folder->lines = -1;
    folder->classify = data->classes > 0;
    ISO_DO(*path ? make_named(folder, path, iso_settings_on(settings, "overwrite"))
                 : make_numbered(folder, data->name));
    ISO_DO(name_files(folder));
    ISO_DO(lock(folder));
    if (folder->made)
        ISO_DO(make_private(folder));
    else if (!iso_settings_on(settings, "overwrite"))
        ISO_DO(check_free(folder->path)); /* again: it may have been another run's until now */
    ours = true;
    remove_files(folder); /* an old model beside a new run.ini would lie */
    ISO_DO(write_ini(folder, data, settings, NULL));
    ISO_DO(write_metrics(folder, NULL, 0));
    ISO_DO(iso_lines_open(&folder->lines, folder->metrics, 0));
    *out = folder;
    return ISOBIT_OK;
done:
    if (ours)
        iso_run_folder_discard(folder);
    else
        iso_run_folder_close(folder);
    return status;
}

isobit_status iso_run_folder_resume(iso_run_folder **out, const char *path, const isobit_data *data,
                                    const isobit_settings *settings, const char *changed,
                                    const isobit_progress *past, size_t epochs) {
    iso_run_folder *folder;
    isobit_status status;
    ISO_TRY(iso_alloc(&folder, 1, sizeof *folder));
    folder->lock = folder->lines = -1;
    folder->resumed = true;
    folder->classify = data->classes > 0;
    ISO_DO(iso_copy(&folder->path, path));
    ISO_DO(name_files(folder));
    ISO_DO(lock(folder));
    sweep(folder);
    ISO_DO(write_ini(folder, data, settings, changed));
    ISO_DO(write_metrics(folder, past, epochs));
    ISO_DO(iso_lines_open(&folder->lines, folder->metrics, 0));
    *out = folder;
    return ISOBIT_OK;
done:
    iso_run_folder_close(folder);
    return status;
}

/* ------------------------------------------------------------------------------- metrics -- */

static void add_part(iso_json *json, const char *part, const isobit_metrics *metrics,
                     bool classify) {
    char key[40];
    snprintf(key, sizeof key, "%s_loss", part);
    if (metrics->samples)
        iso_json_double(json, key, metrics->loss);
    else
        iso_json_null(json, key);
    snprintf(key, sizeof key, "%s_accuracy", part);
    if (classify && metrics->samples)
        iso_json_double(json, key, metrics->accuracy);
    else if (classify)
        iso_json_null(json, key);
}

static void add_layers(iso_json *json, const isobit_progress *progress) {
    iso_json_open(json, "layers", '[');
    for (size_t i = 0; i < progress->layer_count; i++) {
        const isobit_layer_state *state = &progress->layers[i];
        iso_json_open(json, NULL, '{');
        iso_json_integer(json, "layer", state->layer);
        iso_json_integer(json, "units", state->units);
        iso_json_double(json, "mean", state->mean);
        iso_json_double(json, "variance", state->variance);
        iso_json_double(json, "gradient_mean", state->gradient_mean);
        iso_json_double(json, "gradient_variance", state->gradient_variance);
        iso_json_double(json, "gradient_norm", state->gradient_norm);
        iso_json_integer(json, "dead", state->dead);
        iso_json_integer(json, "saturated", state->saturated);
        iso_json_close(json, '}');
    }
    iso_json_close(json, ']');
}

isobit_status iso_metrics_line(char **out, const isobit_progress *progress, bool classify) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    const isobit_metrics *metrics = progress->metrics;
    iso_json_open(&json, NULL, '{');
    iso_json_integer(&json, "epoch", progress->epoch);
    iso_json_integer(&json, "step", progress->step);
    iso_json_double(&json, "learning_rate", progress->learning_rate);
    add_part(&json, "train", &metrics[ISOBIT_TRAIN], classify);
    add_part(&json, "test", &metrics[ISOBIT_TEST], classify);
    if (metrics[ISOBIT_VALIDATION].samples)
        add_part(&json, "validation", &metrics[ISOBIT_VALIDATION], classify);
    if (progress->layers)
        add_layers(&json, progress);
    iso_json_double(&json, "samples_per_second", round(progress->samples_per_second * 10) / 10);
    iso_json_double(&json, "seconds", round(progress->seconds * 1e6) / 1e6);
    iso_json_close(&json, '}');
    return iso_text_take(&text, out);
}

isobit_status iso_run_folder_metrics(iso_run_folder *folder, const isobit_progress *progress) {
    char *line;
    ISO_TRY(iso_metrics_line(&line, progress, folder->classify));
    isobit_status status = iso_lines_add(folder->lines, folder->metrics, line);
    free(line);
    return status;
}

isobit_status iso_run_folder_model(iso_run_folder *folder, const isobit_model *model) {
    return isobit_model_save(model, folder->model);
}
