/* The run folder's files, and the remark at the end of training. No device. */
#include "base/file.h"
#include "run/remark.h"
#include "run/run_folder.h"
#include "test_data.h"

#include <jansson.h>
#include <math.h>
#include <sys/stat.h>

static isobit_data *csv_data(void) {
    isobit_data *data;
    put_text("d.csv", "1,2,ant\n3,4,bee\n");
    WORKS(isobit_data_load(&data, "d.csv", NULL));
    return data;
}

static isobit_settings *settings_with(const char *name, const char *value) {
    isobit_settings *settings;
    WORKS(isobit_settings_new(&settings));
    WORKS(isobit_settings_set(settings, "net", "dense 2 softmax"));
    if (name)
        WORKS(isobit_settings_set(settings, name, value));
    return settings;
}

static bool there(const char *path) { return iso_file_exists(path); }

Test(run_folder, default_folders_are_numbered_on_from_the_largest) {
    enter_folder();
    isobit_data *data = csv_data();
    isobit_settings *settings = settings_with(NULL, NULL);
    iso_run_folder *first, *second;
    WORKS(iso_run_folder_open(&first, data, settings));
    cr_assert_str_eq(iso_run_folder_path(first), "runs/d-1");
    cr_assert_eq(mkdir("runs/d-7", 0777), 0);
    cr_assert_eq(mkdir("runs/d-x", 0777), 0);
    cr_assert_eq(mkdir("runs/dd-9", 0777), 0);
    WORKS(iso_run_folder_open(&second, data, settings));
    cr_assert_str_eq(iso_run_folder_path(second), "runs/d-8");
    iso_run_folder_close(first);
    iso_run_folder_close(second);
    isobit_settings_free(settings);
    isobit_data_free(data);
}

Test(run_folder, an_existing_one_is_overwritten_only_when_asked) {
    enter_folder();
    isobit_data *data = csv_data();
    isobit_settings *settings = settings_with("out", "o/p");
    iso_run_folder *folder;
    WORKS(iso_run_folder_open(&folder, data, settings));
    iso_run_folder_close(folder);
    put_text("o/p/model.safetensors", "precious");
    REFUSED(iso_run_folder_open(&folder, data, settings), ISOBIT_ERROR_EXISTS,
            "o/p: is there and not empty; choose another --out, or --overwrite");
    cr_assert(there("o/p/model.safetensors"));
    WORKS(isobit_settings_set(settings, "overwrite", "on"));
    WORKS(iso_run_folder_open(&folder, data, settings));
    cr_assert_not(there("o/p/model.safetensors"));
    iso_run_folder_close(folder);
    isobit_settings_free(settings);
    isobit_data_free(data);
}

Test(run_folder, an_empty_folder_may_be_used_and_a_file_may_not) {
    enter_folder();
    isobit_data *data = csv_data();
    isobit_settings *settings = settings_with("out", "empty");
    iso_run_folder *folder;
    cr_assert_eq(mkdir("empty", 0777), 0);
    WORKS(iso_run_folder_open(&folder, data, settings));
    iso_run_folder_discard(folder);
    cr_assert(there("empty"), "a discarded run leaves the folder it found");
    cr_assert_not(there("empty/run.ini"));
    put_text("file", "");
    WORKS(isobit_settings_set(settings, "out", "file"));
    cr_assert_eq(iso_run_folder_open(&folder, data, settings), ISOBIT_ERROR_EXISTS);
    WORKS(isobit_settings_set(settings, "out", "/proc/no"));
    cr_assert_eq(iso_run_folder_open(&folder, data, settings), ISOBIT_ERROR_FILE);
    isobit_settings_free(settings);
    isobit_data_free(data);
}

Test(run_folder, a_discarded_one_leaves_nothing) {
    enter_folder();
    isobit_data *data = csv_data();
    isobit_settings *settings = settings_with("out", "o");
    iso_run_folder *folder;
    WORKS(iso_run_folder_open(&folder, data, settings));
    cr_assert(there("o/run.ini"));
    iso_run_folder_discard(folder);
    cr_assert_not(there("o"));
    isobit_settings_free(settings);
    isobit_data_free(data);
}

Test(run_folder, run_ini_is_complete_and_finds_its_files_from_anywhere) {
    enter_folder();
    isobit_data *data = csv_data();
    isobit_settings *settings = settings_with("out", "o"), *read;
    iso_run_folder *folder;
    WORKS(iso_run_folder_open(&folder, data, settings));
    iso_run_folder_close(folder);
    WORKS(isobit_settings_new(&read));
    WORKS(isobit_settings_load(read, "o/run.ini"));
    const isobit_setting *setting;
    for (size_t i = 0; (setting = isobit_setting_at(i)); i++)
        if (strcmp(setting->name, "data") != 0 && strcmp(setting->name, "out") != 0)
            cr_assert_str_eq(isobit_settings_get(read, setting->name),
                             isobit_settings_get(settings, setting->name));
    cr_assert(isobit_settings_is_set(read, "optimizer"), "defaults are written too");
    cr_assert_not(isobit_settings_is_set(read, "out"));
    cr_assert_eq(*isobit_settings_get(read, "data"), '/');
    isobit_settings_free(read);
    isobit_settings_free(settings);
    isobit_data_free(data);
}

static json_t *metrics_of(const isobit_progress *progress, bool classify) {
    char *line;
    json_error_t why;
    WORKS(iso_metrics_line(&line, progress, classify));
    cr_assert_null(strchr(line, '\n'));
    json_t *object = json_loads(line, JSON_DECODE_ANY, &why);
    cr_assert(object, "%s: %s", line, why.text);
    free(line);
    return object;
}

Test(metrics, have_the_documented_keys_and_numbers_that_read_back) {
    isobit_progress progress = {.epoch = 3,
                                .step = 1234567890123,
                                .learning_rate = 0.1,
                                .samples_per_second = 61234.56,
                                .seconds = 1.25};
    progress.metrics[ISOBIT_TRAIN] = (isobit_metrics){8000, 1.0 / 3, 0.958, 0, 0, 0};
    progress.metrics[ISOBIT_TEST] = (isobit_metrics){2000, 0.5, 0.25, 0, 0, 0};
    json_t *object = metrics_of(&progress, true);
    static const char *const keys[] = {
        "epoch",     "step",          "learning_rate",      "train_loss", "train_accuracy",
        "test_loss", "test_accuracy", "samples_per_second", "seconds"};
    cr_assert_eq(json_object_size(object), sizeof keys / sizeof *keys);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        cr_assert(json_object_get(object, keys[i]), "%s", keys[i]);
    cr_assert_eq(json_integer_value(json_object_get(object, "step")), 1234567890123);
    cr_assert_eq(json_real_value(json_object_get(object, "train_loss")), 1.0 / 3);
    json_decref(object);
    progress.metrics[ISOBIT_VALIDATION] = progress.metrics[ISOBIT_TEST];
    progress.metrics[ISOBIT_TEST].samples = 0;
    progress.metrics[ISOBIT_TRAIN].loss = (double)INFINITY;
    object = metrics_of(&progress, false);
    cr_assert(json_object_get(object, "validation_loss"));
    cr_assert(json_is_null(json_object_get(object, "test_loss")));
    cr_assert(json_is_null(json_object_get(object, "train_loss")));
    cr_assert_null(json_object_get(object, "train_accuracy"));
    json_decref(object);
}

Test(metrics, are_appended_a_line_an_epoch) {
    enter_folder();
    isobit_data *data = csv_data();
    isobit_settings *settings = settings_with("out", "o");
    isobit_progress progress = {.epoch = 1};
    iso_run_folder *folder;
    char *bytes;
    size_t length;
    WORKS(iso_run_folder_open(&folder, data, settings));
    WORKS(iso_run_folder_metrics(folder, &progress));
    progress.epoch = 2;
    WORKS(iso_run_folder_metrics(folder, &progress));
    WORKS(iso_file_read("o/metrics.jsonl", 1 << 20, &bytes, &length));
    cr_assert(strstr(bytes, "{\"epoch\": 1, "));
    cr_assert(strstr(bytes, "}\n{\"epoch\": 2, "));
    cr_assert_eq(bytes[length - 1], '\n');
    free(bytes);
    iso_run_folder_close(folder);
    isobit_settings_free(settings);
    isobit_data_free(data);
}

/* --------------------------------------------------------------------------------- remarks -- */

/* The remark on given losses of training and test part and a final training accuracy. */
static char *remark_on(const double (*losses)[2], size_t epochs, double accuracy) {
    iso_history history = {.baseline = 0.1};
    isobit_metrics metrics[ISOBIT_PARTS] = {0};
    char *remark;
    for (size_t i = 0; i < epochs; i++) {
        metrics[ISOBIT_TRAIN] = (isobit_metrics){100, losses[i][0], accuracy, 0, 0, 0};
        metrics[ISOBIT_TEST] = (isobit_metrics){100, losses[i][1], accuracy, 0, 0, 0};
        WORKS(iso_history_add(&history, metrics));
    }
    WORKS(iso_remark(&remark, &history, metrics));
    iso_history_free(&history);
    return remark;
}

static void expect(const double (*losses)[2], size_t epochs, double accuracy, const char *begin) {
    char *remark = remark_on(losses, epochs, accuracy);
    if (begin)
        cr_assert(remark && !strncmp(remark, begin, strlen(begin)), "%s", remark);
    else
        cr_assert_null(remark, "%s", remark);
    free(remark);
}

Test(remark, tells_overfitting_from_a_test_loss_that_has_risen) {
    const double rising[][2] = {{1, 1}, {0.5, 0.6}, {0.2, 0.5}, {0.1, 0.7}};
    expect(rising, 4, 0.9, "Overfitting: the test loss was lowest after epoch 3 (0.5) and is 0.7");
    const double level[][2] = {{0.11, 0.6}, {0.1, 0.5}, {0.1, 0.51}, {0.1, 0.52}};
    expect(level, 4, 0.9, NULL);
    const double together[][2] = {{1, 1}, {0.5, 0.5}, {0.6, 0.6}, {0.6, 0.6}};
    expect(together, 4, 0.9, NULL);
}

Test(remark, tells_underfitting_from_errors_and_from_a_loss_still_falling) {
    const double falling[][2] = {{4, 4}, {3, 3}, {2, 2}, {1, 1}};
    const double done[][2] = {{4, 4}, {1.02, 1.02}, {1.01, 1.01}, {1, 1}};
    expect(done, 4, 0.5, "Underfitting: on the data it was trained on");
    expect(done, 4, 0.6, NULL);
    expect(falling, 4, 0.9, "Underfitting: the loss is still falling fast");
    expect(falling + 1, 3, 0.9, NULL);
}

Test(remark, nothing_is_said_without_an_epoch) { expect(NULL, 0, 0, NULL); }
