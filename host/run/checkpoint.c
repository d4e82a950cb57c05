/* What is trained, on what and how; and reading a checkpoint. Its format: checkpoint_write.c. */
#include "run/checkpoint.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/settings.h"
#include "run/checkpoint_file.h"
#include "run/run_folder.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------ identity -- */

static void add_shape(iso_hash *hash, iso_shape shape) {
    iso_hash_add_size(hash, shape.channels);
    iso_hash_add_size(hash, shape.height);
    iso_hash_add_size(hash, shape.width);
}

static void end(iso_hash *hash, char out[ISO_HEX_SIZE]) {
    unsigned char digest[ISO_HASH_SIZE];
    iso_hash_end(hash, digest);
    iso_hash_hex(digest, out);
}

static void digest_network(const isobit_model *model, char out[ISO_HEX_SIZE]) {
    const iso_scaling *scaling = &model->scaling;
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, model->network->text, strlen(model->network->text) + 1);
    iso_hash_add(&hash, model->loss->name, strlen(model->loss->name) + 1);
    add_shape(&hash, model->network->input);
    iso_hash_add_size(&hash, scaling->kind);
    iso_hash_add_size(&hash, scaling->features);
    if (scaling->features) {
        iso_hash_add(&hash, scaling->mean, scaling->features * sizeof *scaling->mean);
        iso_hash_add(&hash, scaling->scale, scaling->features * sizeof *scaling->scale);
    }
    if (scaling->matrix)
        iso_hash_add(&hash, scaling->matrix,
                     scaling->features * scaling->features * sizeof *scaling->matrix);
    end(&hash, out);
}

isobit_status iso_identity_new(iso_identity *out, const isobit_model *model,
                               const isobit_data *data, const isobit_settings *settings) {
    iso_identity identity = {.contract = ISOBIT_CONTRACT};
    ISO_TRY(iso_run_settings(&identity.settings, data, settings));
    digest_network(model, identity.network);
    *out = identity;
    return ISOBIT_OK;
}

void iso_identity_free(iso_identity *identity) {
    isobit_settings_free(identity->settings);
    *identity = (iso_identity){0};
}

/* ------------------------------------------------------------------------------- reading -- */

void iso_checkpoint_free(iso_checkpoint *checkpoint) {
    if (!checkpoint)
        return;
    iso_identity_free(&checkpoint->identity);
    iso_st_free(&checkpoint->file);
    free(checkpoint->changed);
    free(checkpoint->device_check);
    free(checkpoint->past);
    free((void *)(uintptr_t)checkpoint->layers);
    free(checkpoint->path);
    free(checkpoint);
}

static isobit_status not_one(const char *path, const char *why) {
    return iso_fail(ISOBIT_ERROR_FORMAT, "%s: %s", path, why);
}

/* Before anything in the file is believed: its digest, with zeros where it stands itself. */
static isobit_status verify(const char *path, char *bytes, size_t length) {
    char *noted = bytes + ISO_CHECKPOINT_DIGEST_AT, digest[ISO_HEX_SIZE];
    const size_t before = strlen(ISO_CHECKPOINT_OPENING), size = ISO_HEX_SIZE - 1;
    iso_hash hash = iso_hash_new();
    if (length < ISO_CHECKPOINT_DIGEST_AT + size ||
        memcmp(noted - before, ISO_CHECKPOINT_OPENING, before) != 0)
        return not_one(path, "is no checkpoint, or its beginning is damaged");
    iso_hash_add(&hash, bytes, ISO_CHECKPOINT_DIGEST_AT);
    for (size_t i = 0; i < size; i++)
        iso_hash_add(&hash, "0", 1);
    iso_hash_add(&hash, noted + size, length - ISO_CHECKPOINT_DIGEST_AT - size);
    end(&hash, digest);
    if (memcmp(noted, digest, size) != 0)
        return not_one(path, "the checkpoint is damaged: its content does not have the SHA-256 "
                             "that it was written with");
    return ISOBIT_OK;
}

static isobit_status read_size(const iso_checkpoint *in, const char *name, size_t *out) {
    const char *value = iso_st_note(&in->file, name);
    if (!value || iso_parse_size(value, name, 0, SIZE_MAX, out) != ISOBIT_OK)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the checkpoint's note %s is missing or wrong",
                        in->path, name);
    return ISOBIT_OK;
}

static isobit_status read_double(const iso_checkpoint *in, const char *name, double *out) {
    const char *value = iso_st_note(&in->file, name);
    if (!value || iso_parse_double(value, name, -1e308, 1e308, out) != ISOBIT_OK)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the checkpoint's note %s is missing or wrong",
                        in->path, name);
    return ISOBIT_OK;
}

static isobit_status read_digest(const iso_checkpoint *in, const char *name,
                                 char out[ISO_HEX_SIZE]) {
    const char *value = iso_st_note(&in->file, name);
    if (!value || strlen(value) != ISO_HEX_SIZE - 1)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the checkpoint's note %s is missing or wrong",
                        in->path, name);
    memcpy(out, value, ISO_HEX_SIZE);
    return ISOBIT_OK;
}

static isobit_status read_settings(iso_checkpoint *in) {
    const size_t prefix = strlen(ISO_CHECKPOINT_SETTING);
    ISO_TRY(isobit_settings_new(&in->identity.settings));
    for (size_t i = 0; i < in->file.note_count; i++) {
        const struct iso_st_note *note = &in->file.notes[i];
        if (strncmp(note->name, ISO_CHECKPOINT_SETTING, prefix) != 0)
            continue;
        isobit_status status =
            isobit_settings_set(in->identity.settings, note->name + prefix, note->value);
        if (status != ISOBIT_OK)
            return iso_fail_at(status == ISOBIT_ERROR_MEMORY ? status : ISOBIT_ERROR_FORMAT,
                               "%s: a setting of the checkpoint", in->path);
    }
    return ISOBIT_OK;
}

/* A count that was written as a double. */
static bool is_count(double value) { return value >= 0 && value <= 0x1p53; }

/* A row of the tensor "past"; the columns stand in checkpoint_file.h. */
static bool read_past_row(isobit_progress *out, const char *row, size_t epoch) {
    double values[ISO_PAST_WIDTH];
    memcpy(values, row, sizeof values);
    bool sane = is_count(values[ISO_PAST_STEP]);
    for (int part = 0; part < ISOBIT_PARTS; part++)
        sane = sane && is_count(values[ISO_PAST_PARTS + part * ISO_PAST_PART_WIDTH]);
    if (!sane)
        return false;
    *out = (isobit_progress){.epoch = epoch,
                             .epoch_done = true,
                             .step = (uint64_t)values[ISO_PAST_STEP],
                             .learning_rate = values[ISO_PAST_RATE],
                             .samples_per_second = values[ISO_PAST_SPEED],
                             .seconds = values[ISO_PAST_SECONDS]};
    for (int part = 0; part < ISOBIT_PARTS; part++) {
        const double *of = values + ISO_PAST_PARTS + part * ISO_PAST_PART_WIDTH;
        out->metrics[part].samples = (size_t)of[0];
        out->metrics[part].loss = of[1];
        out->metrics[part].accuracy = of[2];
    }
    return true;
}

static isobit_status read_past(iso_checkpoint *in) {
    const iso_st_tensor *tensor = iso_st_find(&in->file, ISO_CHECKPOINT_PAST);
    const size_t row = ISO_PAST_WIDTH * sizeof(double);
    if (!tensor || strcmp(tensor->type, "F64") != 0 || tensor->rank != 2 ||
        tensor->shape[0] != in->epochs || tensor->shape[1] != ISO_PAST_WIDTH)
        return not_one(in->path, "the checkpoint's tensor \"past\" is missing or wrong");
    ISO_TRY(iso_alloc(&in->past, in->epochs, sizeof *in->past));
    for (size_t i = 0; i < in->epochs; i++)
        if (!read_past_row(&in->past[i], (const char *)tensor->data + i * row, i + 1))
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "%s: the checkpoint's tensor \"past\" holds a number of steps or "
                            "samples that is none, for epoch %zu",
                            in->path, i + 1);
    return ISOBIT_OK;
}

/* The tensor "past.layers", if there is one: also what each epoch of the past tells of it. */
static isobit_status read_layers(iso_checkpoint *in) {
    const iso_st_tensor *tensor = iso_st_find(&in->file, ISO_CHECKPOINT_LAYERS);
    const size_t row = ISO_LAYER_WIDTH * sizeof(double);
    isobit_layer_state *layers;
    if (!tensor)
        return ISOBIT_OK;
    if (strcmp(tensor->type, "F64") != 0 || tensor->rank != 3 || tensor->shape[0] != in->epochs ||
        !tensor->shape[1] || tensor->shape[2] != ISO_LAYER_WIDTH)
        return not_one(in->path, "the checkpoint's tensor \"past.layers\" is wrong");
    ISO_TRY(iso_alloc(&layers, tensor->bytes / row, sizeof *layers));
    in->layers = layers;
    in->layer_count = tensor->shape[1];
    for (size_t i = 0; i < in->epochs * in->layer_count; i++) {
        double of[ISO_LAYER_WIDTH];
        memcpy(of, (const char *)tensor->data + i * row, row);
        layers[i] = (isobit_layer_state){.layer = (size_t)of[ISO_LAYER_NUMBER],
                                         .units = (size_t)of[ISO_LAYER_UNITS],
                                         .mean = of[ISO_LAYER_MEAN],
                                         .variance = of[ISO_LAYER_VARIANCE],
                                         .gradient_mean = of[ISO_LAYER_GRADIENT_MEAN],
                                         .gradient_variance = of[ISO_LAYER_GRADIENT_VARIANCE],
                                         .gradient_norm = of[ISO_LAYER_GRADIENT_NORM],
                                         .dead = (size_t)of[ISO_LAYER_DEAD],
                                         .saturated = (size_t)of[ISO_LAYER_SATURATED]};
    }
    for (size_t i = 0; i < in->epochs; i++)
        if (layers[i * in->layer_count].units) {
            in->past[i].layers = layers + i * in->layer_count;
            in->past[i].layer_count = in->layer_count;
        }
    return ISOBIT_OK;
}

static isobit_status read_notes(iso_checkpoint *in) {
    size_t step, contract;
    const char *format = iso_st_note(&in->file, ISO_NOTE_FORMAT);
    const char *changed = iso_st_note(&in->file, ISO_NOTE_CHANGED);
    const char *device = iso_st_note(&in->file, ISO_NOTE_DEVICE);
    if (!format || strcmp(format, ISO_CHECKPOINT_FORMAT) != 0)
        return iso_fail(
            ISOBIT_ERROR_FORMAT,
            "%s: the checkpoint has format %s, this isobit reads " ISO_CHECKPOINT_FORMAT, in->path,
            format ? format : "none");
    ISO_TRY(read_size(in, ISO_NOTE_CONTRACT, &contract));
    in->identity.contract = contract < 1000000 ? (int)contract : 0;
    ISO_TRY(read_digest(in, ISO_NOTE_DATA, in->identity.data));
    ISO_TRY(read_digest(in, ISO_NOTE_NETWORK, in->identity.network));
    ISO_TRY(read_size(in, ISO_NOTE_STEP, &step));
    in->step = step;
    ISO_TRY(read_size(in, ISO_NOTE_EPOCHS, &in->epochs));
    ISO_TRY(read_size(in, ISO_NOTE_EPOCH_STEP, &in->epoch_step));
    ISO_TRY(read_double(in, ISO_NOTE_SECONDS, &in->seconds));
    in->best = INFINITY;
    if (iso_st_note(&in->file, ISO_NOTE_BEST_EPOCH)) {
        ISO_TRY(read_size(in, ISO_NOTE_BEST_EPOCH, &in->best_epoch));
        ISO_TRY(read_double(in, ISO_NOTE_BEST_LOSS, &in->best));
    }
    if (in->epoch_step > in->step || in->best_epoch > in->epochs)
        return not_one(in->path,
                       "the checkpoint's notes of steps and epochs contradict each other");
    if (changed)
        ISO_TRY(iso_copy(&in->changed, changed));
    if (device)
        ISO_TRY(iso_copy(&in->device_check, device));
    return read_settings(in);
}

isobit_status iso_checkpoint_parse(iso_checkpoint **out, const char *path, char *bytes,
                                   size_t length) {
    iso_checkpoint *in;
    isobit_status status = verify(path, bytes, length);
    if (status == ISOBIT_OK)
        status = iso_alloc(&in, 1, sizeof *in);
    if (status != ISOBIT_OK) {
        free(bytes);
        return status;
    }
    ISO_DO(iso_st_parse(&in->file, path, bytes, length));
    ISO_DO(iso_copy(&in->path, path));
    ISO_DO(read_notes(in));
    ISO_DO(read_past(in));
    ISO_DO(read_layers(in));
    *out = in;
    return ISOBIT_OK;
done:
    iso_checkpoint_free(in);
    return status;
}

isobit_status iso_checkpoint_read(iso_checkpoint **out, const char *path) {
    char *bytes;
    size_t length;
    ISO_TRY(iso_file_read(path, PTRDIFF_MAX, &bytes, &length));
    return iso_checkpoint_parse(out, path, bytes, length);
}

/* -------------------------------------------------------------------------------- arrays -- */

static const iso_st_tensor *find(const iso_checkpoint *checkpoint, const char *kind,
                                 const char *name) {
    char whole[64];
    snprintf(whole, sizeof whole, "%s%s", kind, name);
    return iso_st_find(&checkpoint->file, whole);
}

bool iso_checkpoint_has(const iso_checkpoint *checkpoint, const iso_network *network,
                        const char *kind) {
    return network->parameter_count && find(checkpoint, kind, network->parameters[0].name);
}

static bool fits(const iso_st_tensor *tensor, const iso_parameter *parameter) {
    return tensor && !strcmp(tensor->type, "F32") && tensor->rank == parameter->rank &&
           !memcmp(tensor->shape, parameter->shape, tensor->rank * sizeof *tensor->shape);
}

isobit_status iso_checkpoint_take(const iso_checkpoint *checkpoint, const iso_network *network,
                                  const char *kind, float *out) {
    for (size_t i = 0; i < network->parameter_count; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        const iso_st_tensor *tensor = find(checkpoint, kind, parameter->name);
        if (!fits(tensor, parameter))
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "%s: the checkpoint is of another network: tensor \"%s%s\" is missing "
                            "or has another shape",
                            checkpoint->path, kind, parameter->name);
        memcpy(out + parameter->offset, tensor->data, tensor->bytes);
    }
    return ISOBIT_OK;
}

isobit_status iso_checkpoint_take_population(const iso_checkpoint *checkpoint,
                                             const iso_network *network, size_t individuals,
                                             float *out, bool *found) {
    const iso_st_tensor *tensor = iso_st_find(&checkpoint->file, ISO_CHECKPOINT_POPULATION);
    *found = tensor && tensor->rank == 2 && tensor->shape[0] == individuals;
    if (!*found)
        return ISOBIT_OK;
    if (strcmp(tensor->type, "F32") != 0 || tensor->shape[1] != network->floats)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: the checkpoint's population is of another network", checkpoint->path);
    memcpy(out, tensor->data, tensor->bytes);
    return ISOBIT_OK;
}

isobit_status iso_checkpoint_take_epoch(const iso_checkpoint *checkpoint, size_t samples,
                                        float *losses, uint32_t *correct) {
    const iso_st_tensor *loss = iso_st_find(&checkpoint->file, ISO_CHECKPOINT_LOSSES);
    const iso_st_tensor *right = iso_st_find(&checkpoint->file, ISO_CHECKPOINT_CORRECT);
    if (!loss || strcmp(loss->type, "F32") != 0 || loss->bytes != samples * sizeof *losses ||
        !right || strcmp(right->type, "U32") != 0 || right->bytes != samples * sizeof *correct)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: the checkpoint's losses are not those of %zu samples",
                        checkpoint->path, samples);
    memcpy(losses, loss->data, loss->bytes);
    memcpy(correct, right->data, right->bytes);
    return ISOBIT_OK;
}
