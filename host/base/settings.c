#include "base/settings.h"

#include "base/interval.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The form of a value; whether it fits the data is for those who use it. */
typedef enum form { TEXT, SWITCH, COUNT, COUNT0, SEED, NUMBER, INTERVAL, BYTES } form;

typedef struct setting_row {
    isobit_setting public;
    form form;
    bool result; /* decides what comes out */
} setting_row;

#define ROW(name, value, argument, group, form, result, help)                                      \
    { {name, value, argument, help, group}, form, result }

static const setting_row rows[] = {
    ROW("data", "", "DATA", "data", TEXT, true, "file, folder or built-in set to train on"),
    ROW("label", "", "COLUMN", "data", TEXT, true,
        "label column of a CSV file, by name or number from 1; else the last"),
    ROW("task", "", "TASK", "data", TEXT, true,
        "classify or regress; else integers and words are classes, floats are targets"),
    ROW("split", "", "PARTS", "data", TEXT, true,
        "train/test as 80/20, or train/validation/test as 70/15/15"),
    ROW("test", "", "DATA", "data", TEXT, true, "a separate test file"),
    ROW("stratify", "off", NULL, "data", SWITCH, true, "split each class in the same proportion"),
    ROW("scale", "", "KIND", "data", TEXT, true,
        "none, 255, minmax, standard or whiten (ZCA: no correlation); else 255 for bytes and none "
        "for the rest"),
    ROW("input", "", "SHAPE", "data", TEXT, true, "shape of a sample, as 3x32x32"),
    ROW("net", "", "LAYERS", "network", TEXT, true,
        "the layers, as \"dense 128 relu, dense 10 softmax\""),
    ROW("target", "", "WHAT", "network", TEXT, true,
        "input: an autoencoder, which learns to give back its scaled input, without labels"),
    ROW("loss", "", "NAME", "network", TEXT, true,
        "the loss; else the one that fits the output layer"),
    ROW("init-from", "", "FILE", "network", TEXT, true,
        "initial parameters from a .safetensors or .npz file"),
    ROW("optimizer", "sgd lr=0.1 momentum=0.9", "NAME …", "training", TEXT, true,
        "sgd, adagrad, rmsprop, adam or adamw with options; perceptron, the rule for a step or "
        "sign; "
        "or genetic, a search"),
    ROW("schedule", "constant", "NAME …", "training", TEXT, true,
        "how the learning rate changes, as \"cosine warmup=100\""),
    ROW("clip", "0", "NORM", "training", NUMBER, true,
        "scale gradients down to this global norm; 0: never"),
    ROW("precision", "exact", "NAME", "training", TEXT, true,
        "of dense layers' products in training: exact; or, for matrix units, tf32 or bf16, which "
        "round their factors and do not give the same bits everywhere"),
    ROW("batch", "64", "SAMPLES", "training", COUNT0, true,
        "samples per step; 0: the whole training part"),
    ROW("epochs", "10", "COUNT", "training", COUNT0, true,
        "passes over the training part; 0: only initialise"),
    ROW("seed", "1", "NUMBER", "training", SEED, true, "decides every random choice"),
    ROW("shuffle", "on", NULL, "training", SWITCH, true, "new order of samples in every epoch"),
    ROW("early-stop", "0", "EPOCHS", "training", COUNT0, true,
        "stop after so many epochs without a better validation loss; 0: never"),
    ROW("keep-best", "off", NULL, "training", SWITCH, true,
        "keep the parameters of the best validation loss"),
    ROW("watch", "off", NULL, "output", SWITCH, false,
        "show mean and variance of every layer's activations and error terms after each epoch, and "
        "units that are dead or saturated; warn when more than half of a hidden layer's are, or "
        "when "
        "the norm of the first layer's error terms is beyond 1000 times, or below 1/1000 of, the "
        "last layer's"),
    ROW("device", "", "DEVICE", "output", TEXT, false, "cpu, gpu, an index or part of a name"),
    ROW("device-memory", "", "SIZE", "output", BYTES, false,
        "use no more of the device's memory, as \"512MiB\"; larger data passes through in chunks"),
    ROW("variant", "", "OP=NAME …", "output", TEXT, false,
        "kernel variants to use, as \"gemm_nt=tiled\""),
    ROW("kernels", "", "FOLDER", "output", TEXT, false, "a folder with kernel variants of yours"),
    ROW("checkpoint", "auto", "WHEN", "output", INTERVAL, false,
        "when to write one: \"100 steps\", \"2 epochs\", \"5 minutes\", off; auto: once a minute "
        "and "
        "after each epoch"),
    ROW("resume-anyway", "off", NULL, "output", SWITCH, false,
        "resume although settings or data differ"),
    ROW("inexact", "off", NULL, "output", SWITCH, false,
        "train also on a device that is not exact, noted in the model (see isobit doctor)"),
    ROW("digests", "", "FILE", "output", TEXT, false,
        "write a digest of every tensor after every launch of some steps, for isobit diverge"),
    ROW("digest-steps", "1", "STEPS", "output", TEXT, false,
        "steps to write digests of, as \"1-3,10\""),
    ROW("out", "", "FOLDER", "output", TEXT, false, "the run folder; else runs/NAME-NUMBER"),
    ROW("overwrite", "off", NULL, "output", SWITCH, false, "write into an existing run folder"),
};
enum { ROWS = sizeof rows / sizeof *rows };

struct isobit_settings {
    char *values[ROWS]; /* NULL: the default */
};

const isobit_setting *isobit_setting_at(size_t index) {
    return index < ROWS ? &rows[index].public : NULL;
}

static const char *name_at(size_t index) { return index < ROWS ? rows[index].public.name : NULL; }

static const setting_row *find(const char *name) {
    for (size_t i = 0; i < ROWS; i++)
        if (!strcmp(rows[i].public.name, name))
            return &rows[i];
    return NULL;
}

const isobit_setting *iso_setting_find(const char *name) {
    const setting_row *found = find(name);
    return found ? &found->public : NULL;
}

bool iso_setting_is_result(const isobit_setting *setting) {
    const setting_row *found = find(setting->name);
    return found && found->result;
}

isobit_status isobit_settings_new(isobit_settings **out) { return iso_alloc(out, 1, sizeof **out); }

void isobit_settings_free(isobit_settings *settings) {
    if (!settings)
        return;
    for (size_t i = 0; i < ROWS; i++)
        free(settings->values[i]);
    free(settings);
}

static isobit_status check_form(const setting_row *row, const char *value) {
    size_t count;
    double number;
    bool on;
    iso_interval interval;
    const char *name = row->public.name;
    switch (row->form) {
    case SWITCH:
        return iso_parse_switch(value, name, &on);
    case COUNT:
        return iso_parse_size(value, name, 1, UINT32_MAX - 1, &count);
    case COUNT0:
        return iso_parse_size(value, name, 0, UINT32_MAX - 1, &count);
    case SEED:
        return iso_parse_size(value, name, 0, SIZE_MAX, &count);
    case NUMBER:
        return iso_parse_double(value, name, 0, 1e300, &number);
    case INTERVAL:
        return iso_interval_parse(&interval, name, value);
    case BYTES:
        return iso_parse_bytes(value, name, &count);
    case TEXT:
        break;
    }
    for (const char *at = value; *at; at++)
        if ((unsigned char)*at < 0x20)
            return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: the value holds a control character", name);
    return ISOBIT_OK;
}

isobit_status isobit_settings_set(isobit_settings *settings, const char *name, const char *value) {
    const setting_row *row = find(name);
    char *copy = NULL;
    if (!row)
        return iso_unknown_name("setting", name, name_at);
    if (value) {
        ISO_TRY(check_form(row, value));
        ISO_TRY(iso_copy(&copy, value));
    }
    free(settings->values[row - rows]);
    settings->values[row - rows] = copy;
    return ISOBIT_OK;
}

const char *isobit_settings_get(const isobit_settings *settings, const char *name) {
    const setting_row *row = find(name);
    if (!row)
        return NULL;
    const char *value = settings ? settings->values[row - rows] : NULL;
    return value ? value : row->public.default_value;
}

bool isobit_settings_is_set(const isobit_settings *settings, const char *name) {
    const setting_row *row = find(name);
    return row && settings && settings->values[row - rows];
}

size_t iso_settings_size(const isobit_settings *settings, const char *name) {
    return (size_t)strtoull(isobit_settings_get(settings, name), NULL, 10);
}

double iso_settings_double(const isobit_settings *settings, const char *name) {
    double value = 0;
    iso_parse_double(isobit_settings_get(settings, name), name, 0, 1e300, &value);
    return value;
}

bool iso_settings_on(const isobit_settings *settings, const char *name) {
    return !strcmp(isobit_settings_get(settings, name), "on");
}

isobit_status iso_settings_copy(isobit_settings **out, const isobit_settings *settings) {
    isobit_settings *copy;
    ISO_TRY(isobit_settings_new(&copy));
    for (size_t i = 0; settings && i < ROWS; i++) {
        isobit_status status =
            settings->values[i] ? iso_copy(&copy->values[i], settings->values[i]) : ISOBIT_OK;
        if (status != ISOBIT_OK) {
            isobit_settings_free(copy);
            return status;
        }
    }
    *out = copy;
    return ISOBIT_OK;
}

void iso_settings_swap(isobit_settings *a, isobit_settings *b) {
    isobit_settings kept = *a;
    *a = *b;
    *b = kept;
}
