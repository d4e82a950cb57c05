/* The model file: safetensors with the network's parameters, and metadata to use them.
 *
 *   format              "pt": tensors as PyTorch names and lays them out
 *   isobit.contract     version of the numerics contract
 *   isobit.net          "dense 128 relu, dense 10 softmax"
 *   isobit.input        shape of a sample: "1x28x28" (channels, height, width) or "784"
 *   isobit.loss         "categorical_cross_entropy"
 *   isobit.task         "classify", "regress" or "reconstruct" (an autoencoder)
 *   isobit.scale        "none", "255", "minmax", "standard" or "whiten"
 *   isobit.scale.mean   minmax and standard: a JSON array, one number a feature; the network sees
 *   isobit.scale.scale  (x - mean) * scale. Decimal, reads back as the same float32.
 *   isobit.scale.matrix whiten, with the mean: the network sees matrix (x - mean); the rows of its
 *                       lower triangle, the upper being the same
 *   isobit.classes      classify: a JSON array of names, in the order of the outputs
 *   isobit.setting.NAME how it was trained (iso_model_note_settings)
 *
 * All tensors are parameters, so load_state_dict(safetensors.torch.load_file(PATH)) just works.
 * No time, host, device or path is in it: the same training gives the same bytes. */
#include "run/model_file.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char setting_prefix[] = "isobit.setting.";

/* -------------------------------------------------------------------------------- writing -- */

/* Add a note whose value is taken over (NULL: out of memory before). */
static isobit_status take_note(iso_st_file *file, const char *name, char *value) {
    isobit_status status = ISOBIT_ERROR_MEMORY;
    if (value)
        status = iso_resize(&file->notes, file->note_count + 1, sizeof *file->notes);
    if (status == ISOBIT_OK) {
        file->notes[file->note_count] = (struct iso_st_note){NULL, value};
        status = iso_copy(&file->notes[file->note_count++].name, name);
    } else {
        free(value);
    }
    return status;
}

static isobit_status add_note(iso_st_file *file, const char *name, const char *value) {
    char *copy;
    ISO_TRY(iso_copy(&copy, value));
    return take_note(file, name, copy);
}

isobit_status iso_shape_text(char **out, iso_shape shape) {
    return shape.height == 1 && shape.width == 1
               ? iso_format(out, "%zu", shape.channels)
               : iso_format(out, "%zux%zux%zu", shape.channels, shape.height, shape.width);
}

static isobit_status add_numbers(iso_st_file *file, const char *name, const float *values,
                                 size_t count) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    char *value;
    iso_json_open(&json, NULL, '[');
    for (size_t i = 0; i < count; i++)
        iso_json_float(&json, NULL, values[i]);
    iso_json_close(&json, ']');
    ISO_TRY(iso_text_take(&text, &value));
    return take_note(file, name, value);
}

/* How many numbers a symmetric matrix has. */
static size_t triangle(size_t features) { return features * (features + 1) / 2; }

static isobit_status add_triangle(iso_st_file *file, const iso_scaling *scaling) {
    const size_t features = scaling->features;
    float *numbers, *to;
    ISO_TRY(iso_alloc(&numbers, triangle(features), sizeof *numbers));
    to = numbers;
    for (size_t i = 0; i < features; to += ++i)
        memcpy(to, scaling->matrix + i * features, (i + 1) * sizeof *to);
    isobit_status status = add_numbers(file, "isobit.scale.matrix", numbers, triangle(features));
    free(numbers);
    return status;
}

static isobit_status add_classes(iso_st_file *file, const isobit_model *model) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    char *value;
    iso_json_open(&json, NULL, '[');
    for (size_t i = 0; i < model->classes; i++)
        iso_json_string(&json, NULL, model->class_names[i]);
    iso_json_close(&json, ']');
    ISO_TRY(iso_text_take(&text, &value));
    return take_note(file, "isobit.classes", value);
}

static isobit_status add_notes(iso_st_file *file, const isobit_model *model) {
    char *text;
    ISO_TRY(add_note(file, "format", "pt"));
    ISO_TRY(iso_format(&text, "%d", ISOBIT_CONTRACT));
    ISO_TRY(take_note(file, "isobit.contract", text));
    ISO_TRY(add_note(file, "isobit.net", model->network->text));
    ISO_TRY(iso_shape_text(&text, model->network->input));
    ISO_TRY(take_note(file, "isobit.input", text));
    ISO_TRY(add_note(file, "isobit.loss", model->loss->name));
    ISO_TRY(add_note(file, "isobit.task", iso_model_task(model)));
    ISO_TRY(add_note(file, "isobit.scale", iso_scale_name(model->scaling.kind)));
    if (model->scaling.features) {
        const iso_scaling *scaling = &model->scaling;
        ISO_TRY(add_numbers(file, "isobit.scale.mean", scaling->mean, scaling->features));
        ISO_TRY(scaling->matrix
                    ? add_triangle(file, scaling)
                    : add_numbers(file, "isobit.scale.scale", scaling->scale, scaling->features));
    }
    if (model->classes)
        ISO_TRY(add_classes(file, model));
    for (size_t i = 0; i < model->note_count; i++) {
        char *name;
        ISO_TRY(iso_format(&name, "%s%s", setting_prefix, model->notes[i].name));
        isobit_status status = add_note(file, name, model->notes[i].value);
        free(name);
        ISO_TRY(status);
    }
    return ISOBIT_OK;
}

static isobit_status add_tensors(iso_st_file *file, const isobit_model *model) {
    const iso_network *network = model->network;
    ISO_TRY(iso_alloc(&file->tensors, network->parameter_count, sizeof *file->tensors));
    for (size_t i = 0; i < network->parameter_count; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        iso_st_tensor *tensor = &file->tensors[i];
        ISO_TRY(iso_copy(&tensor->name, parameter->name));
        file->tensor_count++;
        strcpy(tensor->type, "F32");
        tensor->rank = parameter->rank;
        memcpy(tensor->shape, parameter->shape, parameter->rank * sizeof *tensor->shape);
        tensor->data = model->parameters + parameter->offset;
        tensor->bytes = parameter->rows * parameter->columns * sizeof(float);
    }
    return ISOBIT_OK;
}

isobit_status iso_model_format(const isobit_model *model, char **bytes, size_t *length) {
    iso_st_file file = {0};
    isobit_status status;
    ISO_DO(add_notes(&file, model));
    ISO_DO(add_tensors(&file, model));
    status = iso_st_format(&file, bytes, length);
done:
    iso_st_free(&file);
    return status;
}

isobit_status isobit_model_save(const isobit_model *model, const char *path) {
    char *bytes;
    size_t length;
    ISO_TRY(iso_model_format(model, &bytes, &length));
    isobit_status status = iso_file_write(path, bytes, length);
    free(bytes);
    return status;
}

/* -------------------------------------------------------------------------------- reading -- */

static isobit_status need_note(const iso_st_file *file, const char *name, const char **out) {
    *out = iso_st_note(file, name);
    if (!*out)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "there is no \"%s\" in its metadata, so it is no isobit model (to train on "
                        "from its tensors use init-from)",
                        name);
    return ISOBIT_OK;
}

static isobit_status check_contract(const iso_st_file *file) {
    const char *text;
    size_t version;
    ISO_TRY(need_note(file, "isobit.contract", &text));
    ISO_TRY(iso_parse_size(text, "isobit.contract", 1, SIZE_MAX, &version));
    if (version > ISOBIT_CONTRACT)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "made by numerics contract %zu, this isobit keeps %d; use a newer isobit",
                        version, ISOBIT_CONTRACT);
    return ISOBIT_OK;
}

static isobit_status parse_shape(iso_shape *out, const char *text) {
    size_t sizes[3] = {1, 1, 1}, count = 0;
    char *copy, *rest;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_copy(&copy, text));
    rest = copy;
    for (char *word; status == ISOBIT_OK && count < 3 && (word = strsep(&rest, "x"));)
        status = iso_parse_size(word, "isobit.input", 1, 1 << 20, &sizes[count++]);
    if (status == ISOBIT_OK && (rest || count == 2))
        status = iso_fail(ISOBIT_ERROR_FORMAT, "isobit.input: \"%s\" is no shape", text);
    free(copy);
    *out = (iso_shape){sizes[0], sizes[1], sizes[2]};
    return status;
}

static isobit_status read_network(isobit_model *model, const iso_st_file *file) {
    const char *net, *input;
    iso_shape shape;
    ISO_TRY(need_note(file, "isobit.net", &net));
    ISO_TRY(need_note(file, "isobit.input", &input));
    ISO_TRY(parse_shape(&shape, input));
    return iso_network_new(&model->network, net, shape);
}

/* A note that is a JSON array; the caller decrefs it. */
static isobit_status read_array(const iso_st_file *file, const char *name, json_t **out) {
    const char *text;
    json_error_t why;
    ISO_TRY(need_note(file, name, &text));
    errno = 0;
    *out = json_loads(text, 0, &why);
    if (json_is_array(*out))
        return ISOBIT_OK;
    json_decref(*out);
    return iso_json_fail("%s is no JSON array", name);
}

static isobit_status read_numbers(const iso_st_file *file, const char *name, size_t count,
                                  float **out) {
    json_t *array;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(read_array(file, name, &array));
    if (json_array_size(array) != count) {
        status = iso_fail(ISOBIT_ERROR_FORMAT, "%s holds %zu numbers for %zu features", name,
                          json_array_size(array), count);
        goto done;
    }
    ISO_DO(iso_alloc(out, count, sizeof **out));
    for (size_t i = 0; i < count && status == ISOBIT_OK; i++) {
        const json_t *value = json_array_get(array, i);
        (*out)[i] = (float)json_number_value(value);
        if (!json_is_number(value) || (*out)[i] - (*out)[i] != 0) /* not finite */
            status = iso_fail(ISOBIT_ERROR_FORMAT, "%s: entry %zu is no float32", name, i);
    }
done:
    json_decref(array);
    return status;
}

static isobit_status read_matrix(iso_scaling *scaling, const iso_st_file *file) {
    const size_t features = scaling->features;
    float *numbers = NULL;
    isobit_status status;
    if (features > ISO_MOST_WHITENED)
        return iso_fail(ISOBIT_ERROR_FORMAT, "isobit.scale: %zu features are too many to whiten",
                        features);
    ISO_DO(read_numbers(file, "isobit.scale.matrix", triangle(features), &numbers));
    ISO_DO(iso_alloc(&scaling->matrix, features * features, sizeof(float)));
    ISO_DO(iso_alloc(&scaling->scale, features, sizeof(float)));
    for (size_t i = 0; i < features; i++) {
        scaling->scale[i] = 1;
        for (size_t j = 0; j <= i; j++)
            scaling->matrix[i * features + j] = scaling->matrix[j * features + i] =
                numbers[triangle(i) + j];
    }
done:
    free(numbers);
    return status;
}

static isobit_status read_scaling(isobit_model *model, const iso_st_file *file) {
    const char *kind;
    size_t found = 0;
    iso_scaling *scaling = &model->scaling;
    ISO_TRY(need_note(file, "isobit.scale", &kind));
    while (iso_scale_name(found) && strcmp(iso_scale_name(found), kind) != 0)
        found++;
    if (!iso_scale_name(found))
        return iso_unknown_name("isobit.scale", kind, iso_scale_name);
    scaling->kind = (iso_scale)found;
    if (scaling->kind == ISO_SCALE_NONE || scaling->kind == ISO_SCALE_255)
        return ISOBIT_OK;
    scaling->features = iso_network_inputs(model->network);
    ISO_TRY(read_numbers(file, "isobit.scale.mean", scaling->features, &scaling->mean));
    if (scaling->kind == ISO_SCALE_WHITEN)
        return read_matrix(scaling, file);
    return read_numbers(file, "isobit.scale.scale", scaling->features, &scaling->scale);
}

static isobit_status read_classes(isobit_model *model, const iso_st_file *file) {
    const char *task;
    json_t *array;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(need_note(file, "isobit.task", &task));
    model->targets_input = !strcmp(task, "reconstruct");
    if (!strcmp(task, "regress") || model->targets_input)
        return ISOBIT_OK;
    if (strcmp(task, "classify") != 0)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "isobit.task: \"%s\" is not classify, regress or reconstruct", task);
    ISO_TRY(read_array(file, "isobit.classes", &array));
    ISO_DO(iso_alloc(&model->class_names, json_array_size(array), sizeof *model->class_names));
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *name = json_string_value(json_array_get(array, i));
        if (!name) {
            status = iso_fail(ISOBIT_ERROR_FORMAT, "isobit.classes: entry %zu is no string", i);
            goto done;
        }
        ISO_DO(iso_copy(&model->class_names[model->classes], name));
        model->classes++;
    }
    if (!model->classes)
        status = iso_fail(ISOBIT_ERROR_FORMAT, "isobit.classes is empty");
done:
    json_decref(array);
    return status;
}

/* The loss must fit outputs and classes: kernels rely on it. */
static isobit_status read_loss(isobit_model *model, const iso_st_file *file) {
    const char *name;
    const isobit_data like = {.classes = model->classes,
                              .outputs = model->classes ? 0 : iso_network_outputs(model->network)};
    ISO_TRY(need_note(file, "isobit.loss", &name));
    return iso_loss_choose(&model->loss, name, model->network, &like);
}

static isobit_status read_settings(isobit_model *model, const iso_st_file *file) {
    const size_t prefix = sizeof setting_prefix - 1;
    for (size_t i = 0; i < file->note_count; i++)
        if (!strncmp(file->notes[i].name, setting_prefix, prefix))
            ISO_TRY(iso_model_add_note(model, file->notes[i].name + prefix, file->notes[i].value));
    return ISOBIT_OK;
}

/* The sizes that the metadata claims are backed by tensors before memory is taken for them. */
static isobit_status read_tensors(isobit_model *model, const iso_st_file *file, const char *name) {
    const iso_network *network = model->network;
    size_t bytes = 0;
    for (size_t i = 0; i < file->tensor_count; i++)
        bytes += file->tensors[i].bytes;
    if (file->tensor_count != network->parameter_count || bytes / sizeof(float) != network->floats)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: %zu tensors of %zu bytes; its network \"%s\" has %zu of %zu", name,
                        file->tensor_count, bytes, network->text, network->parameter_count,
                        network->floats * sizeof(float));
    ISO_TRY(iso_alloc(&model->parameters, network->floats, sizeof *model->parameters));
    return iso_model_take_tensors(model->parameters, network, file, name);
}

static isobit_status read_metadata(isobit_model *model, const iso_st_file *file) {
    ISO_TRY(check_contract(file));
    ISO_TRY(read_network(model, file));
    ISO_TRY(read_scaling(model, file));
    ISO_TRY(read_classes(model, file));
    ISO_TRY(read_loss(model, file));
    return read_settings(model, file);
}

isobit_status iso_model_parse(isobit_model **out, isobit_context *context, const char *name,
                              char *bytes, size_t length) {
    iso_st_file file = {0};
    isobit_model *model = NULL;
    isobit_status status;
    ISO_TRY(iso_st_parse(&file, name, bytes, length));
    ISO_DO(iso_alloc(&model, 1, sizeof *model));
    model->context = context;
    status = read_metadata(model, &file);
    if (status != ISOBIT_OK)
        status =
            iso_fail_at(status == ISOBIT_ERROR_MEMORY ? status : ISOBIT_ERROR_FORMAT, "%s", name);
    else
        status = read_tensors(model, &file, name);
done:
    iso_st_free(&file);
    if (status == ISOBIT_OK)
        *out = model;
    else
        isobit_model_free(model);
    return status;
}

isobit_status isobit_model_load(isobit_model **out, isobit_context *context, const char *path) {
    char *bytes;
    size_t length;
    ISO_TRY(iso_file_read(path, PTRDIFF_MAX, &bytes, &length));
    return iso_model_parse(out, context, path, bytes, length);
}
