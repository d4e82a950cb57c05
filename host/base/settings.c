#include "base/settings.h"

#include "base/interval.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <ini.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The form of a value; whether it fits the data is for those who use it. */
typedef enum form { TEXT, SWITCH, COUNT, COUNT0, SEED, NUMBER, INTERVAL } form;

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
        "the optimizer and its options"),
    ROW("schedule", "constant", "NAME …", "training", TEXT, true,
        "how the learning rate changes, as \"cosine warmup=100\""),
    ROW("clip", "0", "NORM", "training", NUMBER, true,
        "scale gradients down to this global norm; 0: never"),
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
    ROW("device", "", "DEVICE", "output", TEXT, false, "cpu, gpu, an index or part of a name"),
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

typedef struct loading {
    FILE *file;
    int line;
    bool continues; /* the current line is indented: it goes on with the value before */
    isobit_settings *settings;
    const isobit_settings *before; /* what was set already stays */
    isobit_status status;
} loading;

/* inih reads into a buffer of fixed size and would take the rest of a longer line for a new one. */
static char *read_line(char *line, int room, void *user) {
    loading *load = user;
    if (load->status != ISOBIT_OK || !fgets(line, room, load->file))
        return NULL;
    load->line++;
    load->continues = *line == ' ' || *line == '\t';
    if (!strchr(line, '\n') && !feof(load->file)) {
        load->status = iso_fail(ISOBIT_ERROR_FORMAT,
                                "longer than %d characters; go on in an indented line", room - 2);
        return NULL;
    }
    return line;
}

static isobit_status continue_value(isobit_settings *settings, const char *name, const char *more) {
    char *whole;
    ISO_TRY(iso_format(&whole, "%s %s", isobit_settings_get(settings, name), more));
    isobit_status status = isobit_settings_set(settings, name, whole);
    free(whole);
    return status;
}

static int take_line(void *user, const char *section, const char *name, const char *value) {
    loading *load = user;
    if (load->status != ISOBIT_OK)
        return 0;
    if (*section && strcmp(section, "run"))
        load->status =
            iso_fail(ISOBIT_ERROR_FORMAT, "section [%s] is not known; use [run]", section);
    else if (isobit_settings_is_set(load->before, name))
        return 1;
    else if (!isobit_settings_is_set(load->settings, name))
        load->status = isobit_settings_set(load->settings, name, value);
    else if (load->continues)
        load->status = continue_value(load->settings, name, value);
    else
        load->status = iso_fail(ISOBIT_ERROR_FORMAT, "\"%s\" is set twice", name);
    return load->status == ISOBIT_OK;
}

isobit_status isobit_settings_load(isobit_settings *settings, const char *path) {
    loading load = {.file = fopen(path, "r"), .before = settings};
    if (!load.file)
        return iso_fail(ISOBIT_ERROR_FILE, "%s: cannot open: %s", path, strerror(errno));
    isobit_status status = iso_settings_copy(&load.settings, settings);
    if (status == ISOBIT_OK) {
        int wrong = ini_parse_stream(read_line, &load, take_line, &load);
        if (load.status != ISOBIT_OK)
            status = iso_fail_at(load.status, "%s: line %d", path, load.line);
        else if (wrong)
            status =
                iso_fail(ISOBIT_ERROR_FORMAT, "%s: line %d: expected name = value", path, wrong);
        else if (ferror(load.file))
            status = iso_fail(ISOBIT_ERROR_FILE, "%s: cannot read: %s", path, strerror(errno));
    }
    fclose(load.file);
    if (status == ISOBIT_OK) {
        isobit_settings kept = *settings;
        *settings = *load.settings;
        *load.settings = kept;
    }
    if (load.settings)
        isobit_settings_free(load.settings);
    return status;
}

/* A long value goes on in indented lines, broken at spaces. */
static void write_value(iso_text *text, const char *name, const char *value) {
    enum { WIDTH = 150 };
    iso_text_add(text, "%s =", name);
    while (*value) {
        size_t length = strlen(value);
        if (length > WIDTH)
            for (length = WIDTH; length > 1 && value[length] != ' ';)
                length--;
        iso_text_add(text, " %.*s\n", (int)length, value);
        for (value += length; *value == ' ';)
            value++;
        if (*value)
            iso_text_add(text, "   ");
    }
}

isobit_status iso_settings_write(const isobit_settings *settings, char **out) {
    iso_text text = {0};
    iso_text_add(&text, "[run]\n");
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].result && settings->values[i])
            write_value(&text, rows[i].public.name, settings->values[i]);
    return iso_text_take(&text, out);
}
