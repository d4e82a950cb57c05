/* Models in memory: made for data, asked about, freed. Files: model_file.c, model_parameters.c. */
#include "run/model.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/settings.h"
#include "nn/optimizer.h"
#include "ops/gemm.h"
#include "run/json.h"

#include <stdlib.h>
#include <string.h>

static void free_notes(isobit_model *model) {
    for (size_t i = 0; i < model->note_count; i++) {
        free(model->notes[i].name);
        free(model->notes[i].value);
    }
    free(model->notes);
    model->notes = NULL;
    model->note_count = 0;
}

void isobit_model_free(isobit_model *model) {
    if (!model)
        return;
    for (size_t i = 0; model->class_names && i < model->classes; i++)
        free(model->class_names[i]);
    free(model->class_names);
    free_notes(model);
    iso_scaling_free(&model->scaling);
    iso_network_free(model->network);
    free(model->parameters);
    free(model);
}

/* ---------------------------------------------------------------------------------- notes -- */

const char *iso_model_note(const isobit_model *model, const char *name) {
    for (size_t i = 0; i < model->note_count; i++)
        if (!strcmp(model->notes[i].name, name))
            return model->notes[i].value;
    return NULL;
}

isobit_status iso_model_add_note(isobit_model *model, const char *name, const char *value) {
    iso_note note = {0};
    isobit_status status;
    ISO_DO(iso_copy(&note.name, name));
    ISO_DO(iso_copy(&note.value, value));
    ISO_DO(iso_resize(&model->notes, model->note_count + 1, sizeof note));
    model->notes[model->note_count++] = note;
    return ISOBIT_OK;
done:
    free(note.name);
    free(note.value);
    return status;
}

isobit_status iso_model_set_note(isobit_model *model, const char *name, const char *value) {
    char *copy;
    for (size_t i = 0; i < model->note_count; i++)
        if (!strcmp(model->notes[i].name, name)) {
            ISO_TRY(iso_copy(&copy, value));
            free(model->notes[i].value);
            model->notes[i].value = copy;
            return ISOBIT_OK;
        }
    return iso_model_add_note(model, name, value);
}

/* What a setting is noted as. A path is not a result: the file's name says enough, and the same
 * training from another folder must give the same bytes. Exact products are what "isobit.contract"
 * says. */
static const char *noted_value(const char *name, const char *value, const isobit_data *data) {
    if (!strcmp(name, "precision") && !strcmp(value, "exact"))
        return "";
    if (!strcmp(name, "data"))
        return data->name;
    if (strcmp(name, "test") != 0 && strcmp(name, "init-from") != 0)
        return value;
    const char *slash = strrchr(value, '/');
    return slash ? slash + 1 : value;
}

isobit_status iso_model_note_settings(isobit_model *model, const isobit_data *data,
                                      const isobit_settings *settings) {
    const isobit_setting *setting;
    free_notes(model);
    for (size_t i = 0; (setting = isobit_setting_at(i)); i++) {
        const char *value = isobit_settings_get(settings, setting->name);
        value = noted_value(setting->name, value, data);
        if (iso_setting_is_result(setting) && *value)
            ISO_TRY(iso_model_set_note(model, setting->name, value));
    }
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------- for data -- */

static isobit_status copy_classes(isobit_model *model, const isobit_data *data) {
    if (!data->classes)
        return ISOBIT_OK;
    ISO_TRY(iso_alloc(&model->class_names, data->classes, sizeof *model->class_names));
    for (; model->classes < data->classes; model->classes++) {
        const char *name = data->class_names[model->classes];
        if (!iso_is_utf8(name))
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "%s: the class \"%.60s\" is not UTF-8, so no model file can hold it; "
                            "convert the data (iconv -f latin1 -t utf8)",
                            data->source, name);
        ISO_TRY(iso_copy(&model->class_names[model->classes], name));
    }
    return ISOBIT_OK;
}

/* A search has no products for matrix units. */
static isobit_status check_precision(const iso_optimizer *optimizer, const char *name) {
    iso_precision precision;
    ISO_TRY(iso_precision_parse(&precision, name));
    if (precision == ISO_PRECISE || !iso_optimizer_search(optimizer).population)
        return ISOBIT_OK;
    return iso_fail(ISOBIT_ERROR_ARGUMENT, "precision %s: optimizer %s has exact products only",
                    name, iso_optimizer_name(optimizer));
}

/* @param loss the loss asked for, or the one that the optimizer is a rule for */
static isobit_status check_training_settings(const isobit_settings *settings, const char **loss) {
    iso_optimizer optimizer;
    iso_schedule schedule;
    ISO_TRY(iso_optimizer_parse(&optimizer, isobit_settings_get(settings, "optimizer")));
    ISO_TRY(iso_schedule_parse(&schedule, isobit_settings_get(settings, "schedule")));
    ISO_TRY(check_precision(&optimizer, isobit_settings_get(settings, "precision")));
    const char *own = iso_optimizer_loss(&optimizer);
    *loss = isobit_settings_get(settings, "loss");
    if (own && **loss && strcmp(*loss, own) != 0)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "optimizer %s is the rule for loss %s, not for %s; leave the loss away",
                        iso_optimizer_name(&optimizer), own, *loss);
    *loss = own ? own : *loss;
    return ISOBIT_OK;
}

/* A loss that takes its targets for probabilities needs inputs that can be some. */
static isobit_status check_input_target(const isobit_model *model) {
    const iso_scale scale = model->scaling.kind;
    if (!model->targets_input || !model->loss->probabilities ||
        (model->loss->formula && (scale == ISO_SCALE_255 || scale == ISO_SCALE_MINMAX)))
        return ISOBIT_OK;
    return iso_fail(ISOBIT_ERROR_ARGUMENT,
                    "target input: loss %s needs targets from 0 to 1%s; take mse%s",
                    model->loss->name, model->loss->formula ? "" : " that add up to 1",
                    model->loss->formula ? ", or --scale minmax" : "");
}

isobit_status iso_model_describe(isobit_model **out, isobit_context *context,
                                 const isobit_data *data, const isobit_settings *settings) {
    isobit_model *model = NULL;
    isobit_status status;
    const char *loss;
    isobit_data view = *data; /* what is to be learnt of the data */
    bool itself;
    ISO_TRY(check_training_settings(settings, &loss));
    ISO_TRY(iso_data_wants_input(settings, &itself));
    if (itself)
        iso_data_target_input(&view);
    ISO_TRY(iso_alloc(&model, 1, sizeof *model));
    model->context = context;
    model->targets_input = view.targets_input;
    ISO_DO(iso_network_new(&model->network, isobit_settings_get(settings, "net"), data->shape));
    ISO_DO(iso_loss_choose(&model->loss, loss, model->network, &view));
    ISO_DO(iso_scaling_fit(&model->scaling, isobit_settings_get(settings, "scale"), data));
    ISO_DO(check_input_target(model));
    ISO_DO(copy_classes(model, &view));
    ISO_DO(iso_model_note_settings(model, data, settings));
    *out = model;
    return ISOBIT_OK;
done:
    isobit_model_free(model);
    return status;
}

isobit_status iso_model_allocate(isobit_model *model) {
    const size_t floats = model->network->floats, room = iso_memory_free();
    char needed[ISO_BYTES_TEXT], has[ISO_BYTES_TEXT];
    if (floats <= room / sizeof(float))
        return iso_alloc(&model->parameters, floats, sizeof *model->parameters);
    iso_bytes_text(floats * sizeof(float), needed);
    iso_bytes_text(room, has);
    return iso_fail(ISOBIT_ERROR_MEMORY,
                    "net: %zu parameters take %s, this machine has %s free; use a smaller network",
                    floats, needed, has);
}

isobit_status iso_model_begin(isobit_model *model, const isobit_settings *settings) {
    const char *from = isobit_settings_get(settings, "init-from");
    ISO_TRY(iso_model_allocate(model));
    return *from ? iso_model_read_parameters(model, from)
                 : iso_network_initialise(model->network, iso_settings_size(settings, "seed"),
                                          model->parameters);
}

isobit_status isobit_model_new(isobit_model **out, isobit_context *context, const isobit_data *data,
                               const isobit_settings *settings) {
    isobit_model *model;
    ISO_TRY(iso_model_describe(&model, context, data, settings));
    isobit_status status = iso_model_begin(model, settings);
    if (status == ISOBIT_OK)
        *out = model;
    else
        isobit_model_free(model);
    return status;
}

/* ------------------------------------------------------------------------- fitting to data -- */

/* The model's number of a class, or `classes`. Usually it is the data's own number. */
static size_t find_class(const isobit_model *model, const char *name, size_t guess) {
    if (guess < model->classes && !strcmp(model->class_names[guess], name))
        return guess;
    size_t i = 0;
    while (i < model->classes && strcmp(model->class_names[i], name) != 0)
        i++;
    return i;
}

static isobit_status check_classes(const isobit_model *model, const isobit_data *data) {
    for (size_t i = 0; i < data->classes; i++) {
        const char *name = data->class_names[i];
        if (find_class(model, name, i) < model->classes)
            continue;
        iso_text known = {0};
        char *list;
        for (size_t k = 0; k < model->classes && k < 12; k++)
            iso_text_add(&known, "%s%.40s", k ? ", " : "", model->class_names[k]);
        ISO_TRY(iso_text_take(&known, &list));
        iso_fail(ISOBIT_ERROR_ARGUMENT,
                 "%s: the model does not know the class \"%.60s\"; it has %s%s", data->source, name,
                 list, model->classes > 12 ? ", …" : "");
        free(list);
        return ISOBIT_ERROR_ARGUMENT;
    }
    return ISOBIT_OK;
}

isobit_status iso_model_check_data(const isobit_model *model, const isobit_data *data) {
    const size_t inputs = iso_network_inputs(model->network);
    if (iso_data_features(data) != inputs)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: a sample has %zu features, the model takes %zu",
                        data->source, iso_data_features(data), inputs);
    if (model->targets_input)
        return ISOBIT_OK;
    if (!model->classes != !data->classes)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "%s: the data has %s, the model is for %s; the setting \"task\" decides "
                        "what labels are",
                        data->source, data->classes ? "classes" : "targets",
                        model->classes ? "classes" : "targets");
    if (!model->classes && data->outputs != iso_network_outputs(model->network))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: %zu targets a sample, the model gives %zu",
                        data->source, data->outputs, iso_network_outputs(model->network));
    return check_classes(model, data);
}

isobit_status iso_model_view(const isobit_model *model, const isobit_data *data,
                             isobit_data *view) {
    int32_t *labels = NULL, *map = NULL;
    isobit_status status = ISOBIT_OK;
    if (model->targets_input) {
        *view = *data;
        iso_data_target_input(view);
        return ISOBIT_OK;
    }
    if (data->classes) {
        ISO_DO(iso_alloc(&map, data->classes, sizeof *map));
        ISO_DO(iso_alloc(&labels, data->samples, sizeof *labels));
        for (size_t i = 0; i < data->classes; i++)
            map[i] = (int32_t)find_class(model, data->class_names[i], i);
        for (size_t i = 0; i < data->samples; i++)
            labels[i] = map[data->labels[i]];
    }
    *view = *data;
    view->labels = labels;
    view->classes = model->classes;
    view->class_names = model->class_names;
done:
    free(map);
    return status;
}

void iso_model_view_free(isobit_data *view) {
    free(view->labels);
    *view = (isobit_data){0};
}

const char *iso_model_task(const isobit_model *model) {
    return model->targets_input ? "reconstruct" : model->classes ? "classify" : "regress";
}

size_t iso_model_winner(const isobit_model *model, const float *outputs) {
    const size_t count = iso_network_outputs(model->network);
    size_t winner = 0;
    if (count == 1)
        return model->classes > 1 && outputs[0] >= 0.5f;
    for (size_t i = 1; i < count; i++)
        if (outputs[i] > outputs[winner])
            winner = i;
    return winner;
}

/* ----------------------------------------------------------------------------------- asked -- */

size_t isobit_model_features(const isobit_model *model) {
    return iso_network_inputs(model->network);
}

size_t isobit_model_outputs(const isobit_model *model) {
    return iso_network_outputs(model->network);
}

size_t isobit_model_classes(const isobit_model *model) { return model->classes; }

const char *isobit_model_class(const isobit_model *model, size_t index) {
    return index < model->classes ? model->class_names[index] : NULL;
}

void isobit_model_sha256(const isobit_model *model, char out[65]) {
    unsigned char digest[ISO_HASH_SIZE];
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, model->parameters, model->network->floats * sizeof *model->parameters);
    iso_hash_end(&hash, digest);
    iso_hash_hex(digest, out);
}
