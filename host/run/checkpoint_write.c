/* The checkpoint file as it is written: safetensors, with these notes
 *
 *   sha256              over the whole file, with zeros in place of these 64 digits; always the
 * first isobit.checkpoint   version of this format isobit.contract     version of the numerics
 * contract isobit.data, isobit.network                    digests: what must be the same to go on
 *   isobit.step, isobit.epochs, isobit.epoch_step  done: steps, whole epochs, steps of the next one
 *   isobit.seconds                                 of training so far
 *   isobit.best_loss, isobit.best_epoch            if there is a best epoch yet
 *   isobit.changed                                 if settings were changed on the way
 *   isobit.device_check                            if a device that is not exact had a part in it
 *   isobit.setting.NAME                            the settings
 *
 * and these tensors
 *
 *   past                a row for each whole epoch, what was told at its end: checkpoint_file.h
 *   past.layers         a row for each of its layers, if any epoch was watched; zeros: it was not
 *   0.weight, …         the parameters, named as in a model file
 *   optimizer.0.NAME    what the optimizer remembers; optimizer.1.NAME likewise
 *   search.population   of a search: the individuals of the next generation, a row each
 *   best.NAME           the parameters after the best epoch, with keep-best
 *   epoch.losses, epoch.correct   per sample of the epoch under way, in its order
 *
 * No more is needed: the order of an epoch and the scalars of a step are functions of the settings.
 */
#include "base/file.h"
#include "base/memory.h"
#include "base/settings.h"
#include "run/checkpoint.h"
#include "run/checkpoint_file.h"
#include "run/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------------------- notes -- */

static isobit_status add_note(iso_st_file *file, const char *prefix, const char *name,
                              const char *value) {
    ISO_TRY(iso_resize(&file->notes, file->note_count + 1, sizeof *file->notes));
    struct iso_st_note *note = &file->notes[file->note_count++];
    *note = (struct iso_st_note){0};
    ISO_TRY(iso_format(&note->name, "%s%s", prefix, name));
    return iso_copy(&note->value, value);
}

static isobit_status add_size(iso_st_file *file, const char *name, uint64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return add_note(file, "", name, text);
}

static isobit_status add_double(iso_st_file *file, const char *name, double value) {
    char text[ISO_NUMBER_SIZE];
    iso_shortest_double(value, text);
    return add_note(file, "", name, text);
}

/* What decides the result, and how often to write checkpoints; not where and on which device. */
static isobit_status add_settings(iso_st_file *file, const isobit_settings *settings) {
    const isobit_setting *setting;
    for (size_t i = 0; (setting = isobit_setting_at(i)); i++)
        if (isobit_settings_is_set(settings, setting->name) &&
            (iso_setting_is_result(setting) || !strcmp(setting->name, "checkpoint")))
            ISO_TRY(add_note(file, ISO_CHECKPOINT_SETTING, setting->name,
                             isobit_settings_get(settings, setting->name)));
    return ISOBIT_OK;
}

static isobit_status add_notes(iso_st_file *file, const iso_checkpoint *checkpoint) {
    char zeros[ISO_HEX_SIZE] = {0};
    memset(zeros, '0', sizeof zeros - 1);
    ISO_TRY(add_note(file, "", "sha256", zeros));
    ISO_TRY(add_note(file, "", ISO_NOTE_FORMAT, ISO_CHECKPOINT_FORMAT));
    ISO_TRY(add_size(file, ISO_NOTE_CONTRACT, (uint64_t)checkpoint->identity.contract));
    ISO_TRY(add_note(file, "", ISO_NOTE_DATA, checkpoint->identity.data));
    ISO_TRY(add_note(file, "", ISO_NOTE_NETWORK, checkpoint->identity.network));
    ISO_TRY(add_size(file, ISO_NOTE_STEP, checkpoint->step));
    ISO_TRY(add_size(file, ISO_NOTE_EPOCHS, checkpoint->epochs));
    ISO_TRY(add_size(file, ISO_NOTE_EPOCH_STEP, checkpoint->epoch_step));
    ISO_TRY(add_double(file, ISO_NOTE_SECONDS, checkpoint->seconds));
    if (checkpoint->best_epoch) {
        ISO_TRY(add_double(file, ISO_NOTE_BEST_LOSS, checkpoint->best));
        ISO_TRY(add_size(file, ISO_NOTE_BEST_EPOCH, checkpoint->best_epoch));
    }
    if (checkpoint->changed)
        ISO_TRY(add_note(file, "", ISO_NOTE_CHANGED, checkpoint->changed));
    if (checkpoint->device_check)
        ISO_TRY(add_note(file, "", ISO_NOTE_DEVICE, checkpoint->device_check));
    return add_settings(file, checkpoint->identity.settings);
}

/* ------------------------------------------------------------------------------- tensors -- */

/* Room for one more tensor, named `kind` and `name`; its data is borrowed. */
static isobit_status add_tensor(iso_st_file *file, const char *kind, const char *name,
                                const iso_st_tensor *tensor) {
    ISO_TRY(iso_resize(&file->tensors, file->tensor_count + 1, sizeof *tensor));
    iso_st_tensor *added = &file->tensors[file->tensor_count++];
    *added = *tensor;
    added->name = NULL;
    return iso_format(&added->name, "%s%s", kind, name);
}

static isobit_status add_parameters(iso_st_file *file, const iso_network *network, const char *kind,
                                    const float *values) {
    for (size_t i = 0; values && i < network->parameter_count; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        iso_st_tensor tensor = {.type = "F32",
                                .rank = parameter->rank,
                                .data = values + parameter->offset,
                                .bytes = parameter->rows * parameter->columns * sizeof *values};
        memcpy(tensor.shape, parameter->shape, parameter->rank * sizeof *tensor.shape);
        ISO_TRY(add_tensor(file, kind, parameter->name, &tensor));
    }
    return ISOBIT_OK;
}

static isobit_status add_past(iso_st_file *file, const iso_checkpoint *checkpoint, double *past) {
    for (size_t i = 0; i < checkpoint->epochs; i++) {
        const isobit_progress *told = &checkpoint->past[i];
        double *row = past + i * ISO_PAST_WIDTH;
        row[ISO_PAST_STEP] = (double)told->step;
        row[ISO_PAST_RATE] = told->learning_rate;
        row[ISO_PAST_SPEED] = told->samples_per_second;
        row[ISO_PAST_SECONDS] = told->seconds;
        for (int part = 0; part < ISOBIT_PARTS; part++) {
            double *of = row + ISO_PAST_PARTS + part * ISO_PAST_PART_WIDTH;
            of[0] = (double)told->metrics[part].samples;
            of[1] = told->metrics[part].loss;
            of[2] = told->metrics[part].accuracy;
        }
    }
    const iso_st_tensor tensor = {.type = "F64",
                                  .rank = 2,
                                  .shape = {checkpoint->epochs, ISO_PAST_WIDTH},
                                  .data = past,
                                  .bytes = checkpoint->epochs * ISO_PAST_WIDTH * sizeof *past};
    return add_tensor(file, "", ISO_CHECKPOINT_PAST, &tensor);
}

/* @param rows epochs times layers of ISO_LAYER_WIDTH */
static isobit_status add_layers(iso_st_file *file, const iso_checkpoint *checkpoint, double *rows) {
    const size_t count = checkpoint->epochs * checkpoint->layer_count;
    for (size_t i = 0; i < count; i++) {
        const isobit_layer_state *state = &checkpoint->layers[i];
        double *row = rows + i * ISO_LAYER_WIDTH;
        row[ISO_LAYER_NUMBER] = (double)state->layer;
        row[ISO_LAYER_UNITS] = (double)state->units;
        row[ISO_LAYER_MEAN] = state->mean;
        row[ISO_LAYER_VARIANCE] = state->variance;
        row[ISO_LAYER_GRADIENT_MEAN] = state->gradient_mean;
        row[ISO_LAYER_GRADIENT_VARIANCE] = state->gradient_variance;
        row[ISO_LAYER_GRADIENT_NORM] = state->gradient_norm;
        row[ISO_LAYER_DEAD] = (double)state->dead;
        row[ISO_LAYER_SATURATED] = (double)state->saturated;
    }
    const iso_st_tensor tensor = {
        .type = "F64",
        .rank = 3,
        .shape = {checkpoint->epochs, checkpoint->layer_count, ISO_LAYER_WIDTH},
        .data = rows,
        .bytes = count * ISO_LAYER_WIDTH * sizeof *rows};
    return count ? add_tensor(file, "", ISO_CHECKPOINT_LAYERS, &tensor) : ISOBIT_OK;
}

static isobit_status add_population(iso_st_file *file, const iso_checkpoint_arrays *arrays) {
    const size_t floats = arrays->network->floats;
    const iso_st_tensor tensor = {.type = "F32",
                                  .rank = 2,
                                  .shape = {arrays->individuals, floats},
                                  .data = arrays->population,
                                  .bytes = arrays->individuals * floats * sizeof(float)};
    return add_tensor(file, "", ISO_CHECKPOINT_POPULATION, &tensor);
}

static isobit_status add_arrays(iso_st_file *file, const iso_checkpoint_arrays *arrays) {
    static const char *const memories[ISO_MEMORIES] = {ISO_CHECKPOINT_MEMORY0,
                                                       ISO_CHECKPOINT_MEMORY1};
    const size_t n = arrays->samples;
    const iso_st_tensor losses = {
        .type = "F32", .rank = 1, .shape = {n}, .data = arrays->losses, .bytes = n * sizeof(float)};
    const iso_st_tensor correct = {.type = "U32",
                                   .rank = 1,
                                   .shape = {n},
                                   .data = arrays->correct,
                                   .bytes = n * sizeof(uint32_t)};
    ISO_TRY(add_parameters(file, arrays->network, ISO_CHECKPOINT_PARAMETERS, arrays->parameters));
    for (int m = 0; m < ISO_MEMORIES; m++)
        ISO_TRY(add_parameters(file, arrays->network, memories[m], arrays->memories[m]));
    ISO_TRY(add_parameters(file, arrays->network, ISO_CHECKPOINT_BEST, arrays->best));
    if (arrays->population)
        ISO_TRY(add_population(file, arrays));
    if (!n)
        return ISOBIT_OK;
    ISO_TRY(add_tensor(file, "", ISO_CHECKPOINT_LOSSES, &losses));
    return add_tensor(file, "", ISO_CHECKPOINT_CORRECT, &correct);
}

/* ------------------------------------------------------------------------------ the file -- */

/* Put the digest of the bytes in place of its zeros. */
static void seal(char *bytes, size_t length) {
    unsigned char digest[ISO_HASH_SIZE];
    char hex[ISO_HEX_SIZE];
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, bytes, length);
    iso_hash_end(&hash, digest);
    iso_hash_hex(digest, hex);
    memcpy(bytes + ISO_CHECKPOINT_DIGEST_AT, hex, sizeof hex - 1);
}

isobit_status iso_checkpoint_format(const iso_checkpoint *checkpoint,
                                    const iso_checkpoint_arrays *arrays, char **bytes,
                                    size_t *length) {
    iso_st_file file = {0};
    double *past = NULL, *layers = NULL;
    isobit_status status;
    ISO_DO(add_notes(&file, checkpoint));
    ISO_DO(iso_alloc(&past, checkpoint->epochs * ISO_PAST_WIDTH, sizeof *past));
    ISO_DO(add_past(&file, checkpoint, past));
    ISO_DO(iso_alloc(&layers, checkpoint->epochs * checkpoint->layer_count,
                     ISO_LAYER_WIDTH * sizeof *layers));
    ISO_DO(add_layers(&file, checkpoint, layers));
    ISO_DO(add_arrays(&file, arrays));
    ISO_DO(iso_st_format(&file, bytes, length));
    seal(*bytes, *length);
done:
    free(past);
    free(layers);
    iso_st_free(&file);
    return status;
}

isobit_status iso_checkpoint_write(const iso_checkpoint *checkpoint,
                                   const iso_checkpoint_arrays *arrays, const char *path) {
    char *bytes;
    size_t length;
    ISO_TRY(iso_checkpoint_format(checkpoint, arrays, &bytes, &length));
    isobit_status status = iso_file_write(path, bytes, length);
    free(bytes);
    return status;
}
