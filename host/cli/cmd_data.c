/* isobit data: a look at a data set before training on it. */
#include "cli/options.h"
#include "cli/report.h"
#include "cli/samples.h"

#include "base/memory.h"
#include "base/text.h"
#include "run/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES, JSON };

static const cli_flag flags[] = {
    {"samples", "COUNT", "how many samples to show [4]"}, {"json", NULL, "print JSON"}, {0}};
static const char *const settings_offered[] = {"label",    "task",  "split", "test",
                                               "stratify", "input", "seed",  NULL};
static const cli_syntax syntax = {
    "data",
    "DATA",
    "Look at a data set: shape, type, classes and their counts in each part, ranges of values and "
    "a "
    "few samples. Built in are digits, xor, and, or, spirals, moons, circles, line, parabola and "
    "shapes.",
    settings_offered,
    flags,
    1,
    1};

static const char *const part_names[ISOBIT_PARTS] = {"training", "validation", "test"};
static const char *const part_keys[ISOBIT_PARTS] = {"train", "validation", "test"};

/* ------------------------------------------------------------------------------ statistics -- */

typedef struct spread {
    double least, most, mean, deviation;
} spread;

/* Of features begin..end-1 together, over the training part. */
static spread measure(const isobit_data *data, size_t begin, size_t end) {
    const size_t samples = isobit_data_samples(data, ISOBIT_TRAIN);
    const double count = (double)samples * (double)(end - begin);
    spread out = {INFINITY, -INFINITY, 0, 0};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < samples; i++)
        for (size_t f = begin; f < end; f++) {
            const double value = cli_value(data, data->order[i], f);
            out.least = fmin(out.least, value);
            out.most = fmax(out.most, value);
            sum += value;
        }
    out.mean = sum / count;
    for (size_t i = 0; i < samples; i++)
        for (size_t f = begin; f < end; f++) {
            const double away = cli_value(data, data->order[i], f) - out.mean;
            squares += away * away;
        }
    out.deviation = sqrt(squares / count);
    return out;
}

static size_t constant_features(const isobit_data *data) {
    const size_t samples = isobit_data_samples(data, ISOBIT_TRAIN);
    size_t constant = 0;
    for (size_t f = 0; f < iso_data_features(data); f++) {
        size_t i = 1;
        while (i < samples &&
               cli_value(data, data->order[i], f) == cli_value(data, data->order[0], f))
            i++;
        constant += i >= samples;
    }
    return constant;
}

/* counts[part * classes + class]; the caller frees it. */
static isobit_status count_classes(const isobit_data *data, size_t **out) {
    ISO_TRY(iso_alloc(out, ISOBIT_PARTS * data->classes, sizeof **out));
    for (size_t part = 0; data->classes && part < ISOBIT_PARTS; part++)
        for (size_t i = data->begin[part]; i < data->begin[part + 1]; i++)
            (*out)[part * data->classes + (size_t)data->labels[data->order[i]]]++;
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------ for people -- */

static void print_head(const isobit_data *data) {
    const iso_shape shape = data->shape;
    printf("%s: %s samples of %s %s, ", data->source, cli_count(data->samples),
           cli_shape(shape.channels, shape.height, shape.width),
           data->element == ISO_UINT8         ? "bytes (uint8)"
           : iso_shape_size(data->shape) == 1 ? "number (float32)"
                                              : "numbers (float32)");
    if (data->classes)
        printf("%zu classes\n\n", data->classes);
    else
        printf("%zu target%s (regression)\n\n", data->outputs, data->outputs == 1 ? "" : "s");
}

static void print_parts(const isobit_data *data, const size_t *counts) {
    enum { MOST = 40 };
    cli_table table = {.align = "lrrr"};
    cli_cell(&table, "%s", data->classes ? "class" : "");
    for (size_t part = 0; part < ISOBIT_PARTS; part++)
        cli_cell(&table, "%s",
                 isobit_data_samples(data, (isobit_part)part) ? part_names[part] : "");
    for (size_t class = 0; class < data->classes && class < MOST; class ++) {
        cli_cell(&table, "%s", data->class_names[class]);
        for (size_t part = 0; part < ISOBIT_PARTS; part++)
            cli_cell(&table, "%s",
                     isobit_data_samples(data, (isobit_part)part)
                         ? cli_count(counts[part * data->classes + class])
                         : "");
    }
    if (data->classes > MOST) {
        cli_cell(&table, "%zu more", data->classes - MOST);
        for (size_t part = 0; part < ISOBIT_PARTS; part++)
            cli_cell(&table, "%s", "");
    }
    cli_cell(&table, "%s", data->classes ? "together" : "samples");
    for (size_t part = 0; part < ISOBIT_PARTS; part++) {
        const size_t samples = isobit_data_samples(data, (isobit_part)part);
        cli_cell(&table, "%s", samples ? cli_count(samples) : "");
    }
    cli_table_print(&table, 0);
}

static void add_spread(cli_table *table, const char *name, spread values) {
    cli_cell(table, "%s", name);
    cli_cell(table, "%.6g", values.least);
    cli_cell(table, "%.6g", values.mean);
    cli_cell(table, "%.6g", values.most);
    cli_cell(table, "%.6g", values.deviation);
}

static void print_ranges(const isobit_data *data) {
    enum { MOST = 24 };
    const size_t features = iso_data_features(data), constant = constant_features(data);
    static const char *const heads[] = {"", "minimum", "mean", "maximum", "deviation"};
    cli_table table = {.align = "lrrrr"};
    for (size_t i = 0; i < 5; i++)
        cli_cell(&table, "%s", heads[i]);
    for (size_t f = 0; features <= MOST && f < features; f++)
        add_spread(&table, cli_format("feature %zu", f + 1), measure(data, f, f + 1));
    if (features > MOST)
        add_spread(&table, "all features", measure(data, 0, features));
    printf("\nvalues of the training part\n");
    cli_table_print(&table, 0);
    if (constant)
        printf("%s of %s features never change\n", cli_count(constant), cli_count(features));
}

/* -------------------------------------------------------------------------------- as JSON -- */

static void add_parts(iso_json *json, const isobit_data *data, const size_t *counts) {
    iso_json_open(json, "samples", '{');
    for (size_t part = 0; part < ISOBIT_PARTS; part++)
        iso_json_integer(json, part_keys[part], isobit_data_samples(data, (isobit_part)part));
    iso_json_close(json, '}');
    iso_json_open(json, "classes", '[');
    for (size_t class = 0; class < data->classes; class ++) {
        iso_json_open(json, NULL, '{');
        iso_json_string(json, "name", data->class_names[class]);
        for (size_t part = 0; part < ISOBIT_PARTS; part++)
            iso_json_integer(json, part_keys[part], counts[part * data->classes + class]);
        iso_json_close(json, '}');
    }
    iso_json_close(json, ']');
}

static isobit_status print_json(const isobit_data *data, const size_t *counts) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    const spread all = measure(data, 0, iso_data_features(data));
    char *line;
    iso_json_open(&json, NULL, '{');
    iso_json_string(&json, "name", data->name);
    iso_json_open(&json, "shape", '[');
    iso_json_integer(&json, NULL, data->shape.channels);
    iso_json_integer(&json, NULL, data->shape.height);
    iso_json_integer(&json, NULL, data->shape.width);
    iso_json_close(&json, ']');
    iso_json_string(&json, "type", data->element == ISO_UINT8 ? "uint8" : "float32");
    iso_json_string(&json, "task", data->classes ? "classify" : "regress");
    iso_json_integer(&json, "targets", data->outputs);
    add_parts(&json, data, counts);
    iso_json_double(&json, "minimum", all.least);
    iso_json_double(&json, "maximum", all.most);
    iso_json_double(&json, "mean", all.mean);
    iso_json_double(&json, "deviation", all.deviation);
    iso_json_integer(&json, "constant_features", constant_features(data));
    iso_json_close(&json, '}');
    ISO_TRY(iso_text_take(&text, &line));
    puts(line);
    free(line);
    return ISOBIT_OK;
}

/* ---------------------------------------------------------------------------- the command -- */

static isobit_status look(const isobit_data *data, size_t samples, bool json) {
    size_t *counts;
    ISO_TRY(count_classes(data, &counts));
    isobit_status status = ISOBIT_OK;
    if (json) {
        status = print_json(data, counts);
    } else {
        print_head(data);
        print_parts(data, counts);
        print_ranges(data);
        if (samples)
            status = cli_samples_print(data, samples);
    }
    free(counts);
    return status;
}

int cmd_data(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    const char *asked = arguments.flags[SAMPLES];
    size_t samples = 4;
    isobit_data *data = NULL;
    isobit_status status = ISOBIT_OK;
    if (asked)
        ISO_DO(iso_parse_size(asked, "samples", 0, 1000, &samples));
    ISO_DO(isobit_data_load(&data, arguments.words[0], arguments.settings));
    status = look(data, samples, arguments.flags[JSON] != NULL);
done:
    result = status == ISOBIT_OK ? CLI_OK : cli_fail(status);
    isobit_data_free(data);
    cli_arguments_free(&arguments);
    return result;
}
