/* isobit show: what a model file holds. Needs no device. */
#include "cli/options.h"
#include "cli/report.h"
#include "run/json.h"
#include "run/model.h"

#include <stdio.h>
#include <stdlib.h>

enum { JSON };

static const cli_flag flags[] = {{"json", NULL, "print JSON"}, {0}};
static const char *const no_settings[] = {NULL};
static const cli_syntax syntax = {"show",
                                  "MODEL",
                                  "Show the layers, settings and digest of a model.safetensors.",
                                  no_settings,
                                  flags,
                                  1,
                                  1};

/* "0.weight 128x784", or nothing. */
static const char *parameter_text(const iso_network *network, int index) {
    if (index == ISO_NO_PARAMETER)
        return "";
    const iso_parameter *parameter = &network->parameters[index];
    const char *shape = "";
    for (unsigned i = 0; i < parameter->rank; i++)
        shape = cli_format("%s%s%zu", shape, i ? "x" : "", parameter->shape[i]);
    return cli_format("%s %s", parameter->name, shape);
}

static size_t floats_of(const iso_network *network, const iso_layer *layer) {
    size_t floats = 0;
    for (size_t i = 0; i < network->parameter_count; i++)
        if (network->parameters[i].layer == layer->index)
            floats += network->parameters[i].rows * network->parameters[i].columns;
    return floats;
}

static void print_layers(const iso_network *network) {
    cli_table table = {.align = "rlrlllrr"};
    static const char *const heads[] = {"",       "layer", "in",         "out",
                                        "weight", "bias",  "parameters", "memory"};
    for (size_t i = 0; i < 8; i++)
        cli_cell(&table, "%s", heads[i]);
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        const size_t floats = floats_of(network, layer);
        cli_cell(&table, "%zu", i + 1);
        cli_cell(&table, "%s", layer->text);
        cli_cell(&table, "%s", cli_shape(layer->in.channels, layer->in.height, layer->in.width));
        cli_cell(&table, "%s", cli_shape(layer->out.channels, layer->out.height, layer->out.width));
        cli_cell(&table, "%s", parameter_text(network, layer->weight));
        cli_cell(&table, "%s", parameter_text(network, layer->bias));
        cli_cell(&table, "%s", cli_count(floats));
        cli_cell(&table, "%s", cli_bytes(floats * sizeof(float)));
    }
    for (size_t i = 0; i < 6; i++)
        cli_cell(&table, "%s", i == 1 ? "together" : "");
    cli_cell(&table, "%s", cli_count(network->floats));
    cli_cell(&table, "%s", cli_bytes(network->floats * sizeof(float)));
    cli_table_print(&table, 0);
}

static const char *class_names(const isobit_model *model) {
    enum { MOST = 20 };
    const char *out = "";
    for (size_t i = 0; i < model->classes && i < MOST; i++)
        out = cli_format("%s%s%.40s", out, i ? ", " : "", model->class_names[i]);
    return model->classes > MOST ? cli_format("%s and %zu more", out, model->classes - MOST) : out;
}

static const char *scaling_text(const isobit_model *model) {
    static const char *const texts[] = {
        "none", "255: x / 255", "minmax: (x - mean) * scale, stored",
        "standard: (x - mean) * scale, stored", "whiten (ZCA): matrix (x - mean), stored"};
    return texts[model->scaling.kind];
}

static void print_settings(const isobit_model *model) {
    const iso_shape in = model->network->input;
    cli_table table = {.align = "ll"};
    cli_cell(&table, "task");
    cli_cell(&table, "%s",
             model->targets_input ? "give back the input"
             : model->classes
                 ? cli_format("classify into %zu: %s", model->classes, class_names(model))
                 : cli_format("regress %zu target%s", iso_network_outputs(model->network),
                              iso_network_outputs(model->network) == 1 ? "" : "s"));
    cli_cell(&table, "input");
    cli_cell(&table, "%s", cli_shape(in.channels, in.height, in.width));
    cli_cell(&table, "scaling");
    cli_cell(&table, "%s", scaling_text(model));
    cli_cell(&table, "loss");
    cli_cell(&table, "%s", model->loss->name);
    cli_table_print(&table, 0);
    if (!model->note_count)
        return;
    puts("\ntrained with");
    table = (cli_table){.align = "ll"};
    for (size_t i = 0; i < model->note_count; i++) {
        cli_cell(&table, "%s", model->notes[i].name);
        cli_cell(&table, "%s", model->notes[i].value);
    }
    cli_table_print(&table, 2);
}

/* --------------------------------------------------------------------------------- as JSON -- */

static void add_shape(iso_json *json, const char *key, iso_shape shape) {
    iso_json_open(json, key, '[');
    iso_json_integer(json, NULL, shape.channels);
    iso_json_integer(json, NULL, shape.height);
    iso_json_integer(json, NULL, shape.width);
    iso_json_close(json, ']');
}

static void add_parameter(iso_json *json, const iso_network *network, int index) {
    if (index == ISO_NO_PARAMETER)
        return;
    const iso_parameter *parameter = &network->parameters[index];
    iso_json_open(json, NULL, '{');
    iso_json_string(json, "name", parameter->name);
    iso_json_open(json, "shape", '[');
    for (unsigned i = 0; i < parameter->rank; i++)
        iso_json_integer(json, NULL, parameter->shape[i]);
    iso_json_close(json, ']');
    iso_json_close(json, '}');
}

static void add_layers(iso_json *json, const iso_network *network) {
    iso_json_open(json, "layers", '[');
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        iso_json_open(json, NULL, '{');
        iso_json_string(json, "layer", layer->text);
        add_shape(json, "in", layer->in);
        add_shape(json, "out", layer->out);
        iso_json_open(json, "tensors", '[');
        add_parameter(json, network, layer->weight);
        add_parameter(json, network, layer->bias);
        iso_json_close(json, ']');
        iso_json_integer(json, "parameters", floats_of(network, layer));
        iso_json_close(json, '}');
    }
    iso_json_close(json, ']');
}

static isobit_status print_json(const isobit_model *model, const char *digest) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    char *line;
    iso_json_open(&json, NULL, '{');
    iso_json_string(&json, "net", model->network->text);
    iso_json_string(&json, "task", iso_model_task(model));
    add_shape(&json, "input", model->network->input);
    iso_json_string(&json, "scale", iso_scale_name(model->scaling.kind));
    iso_json_string(&json, "loss", model->loss->name);
    iso_json_open(&json, "classes", '[');
    for (size_t i = 0; i < model->classes; i++)
        iso_json_string(&json, NULL, model->class_names[i]);
    iso_json_close(&json, ']');
    add_layers(&json, model->network);
    iso_json_integer(&json, "parameters", model->network->floats);
    iso_json_integer(&json, "bytes", model->network->floats * sizeof(float));
    iso_json_open(&json, "settings", '{');
    for (size_t i = 0; i < model->note_count; i++)
        iso_json_string(&json, model->notes[i].name, model->notes[i].value);
    iso_json_close(&json, '}');
    iso_json_string(&json, "parameters_sha256", digest);
    iso_json_close(&json, '}');
    ISO_TRY(iso_text_take(&text, &line));
    puts(line);
    free(line);
    return ISOBIT_OK;
}

int cmd_show(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    isobit_model *model = NULL;
    char digest[65];
    isobit_status status = isobit_model_load(&model, NULL, arguments.words[0]);
    if (status == ISOBIT_OK) {
        isobit_model_sha256(model, digest);
        if (arguments.flags[JSON]) {
            status = print_json(model, digest);
        } else {
            print_layers(model->network);
            putchar('\n');
            print_settings(model);
            printf("\nparameters sha256 %s\n", digest);
        }
    }
    result = status == ISOBIT_OK ? CLI_OK : cli_fail(status);
    isobit_model_free(model);
    cli_arguments_free(&arguments);
    return result;
}
