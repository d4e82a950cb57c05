#include "run/digests.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/json.h"
#include "run/model.h"
#include "run/train.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A tensor with a name, or a plain buffer of 32-bit words: one row of them. */
typedef struct named {
    char name[48];
    iso_tensor tensor;
    const void *host; /* read here instead: the device has a part at a time. NULL: read there */
    size_t bytes;     /* of host; its last word may be a part of one */
    bool batch;       /* its rows are the batch's */
    bool integer;     /* not floats */
} named;

struct iso_digests {
    char *path;
    int lines; /* the file */
    iso_step_ranges steps;
    named *tensors;
    size_t count;
    uint32_t *words; /* room for the largest */
    bool begun;      /* the data's digests are written */
};

/* --------------------------------------------------------------------------------- writing -- */

static isobit_status write_line(iso_digests *digests, iso_text *text) {
    char *line;
    ISO_TRY(iso_text_take(text, &line));
    isobit_status status = iso_lines_add(digests->lines, digests->path, line);
    free(line);
    return status;
}

static isobit_status write_header(iso_digests *digests, const iso_training *training) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    const isobit_model *model = training->model;
    iso_json_open(&json, NULL, '{');
    iso_json_string(&json, "isobit", "digests");
    iso_json_integer(&json, "version", ISO_DIGESTS_VERSION);
    iso_json_integer(&json, "contract", ISOBIT_CONTRACT);
    iso_json_string(&json, "device", model->context->name);
    iso_json_string(&json, "driver", model->context->identity);
    iso_json_open(&json, "settings", '{');
    for (size_t i = 0; i < model->note_count; i++)
        iso_json_string(&json, model->notes[i].name, model->notes[i].value);
    iso_json_close(&json, '}');
    iso_json_close(&json, '}');
    return write_line(digests, &text);
}

/* Which launch a line is about; the launch itself NULL for what a step begins with. */
typedef struct place {
    uint64_t step;
    size_t number, rows;
    const iso_launch *launch;
} place;

static void digest_of(const named *entry, uint32_t *words, size_t count, char out[33]) {
    unsigned char hash[ISO_HASH_SIZE];
    char hex[ISO_HEX_SIZE];
    for (size_t i = 0; !entry->integer && i < count; i++)
        if ((words[i] & 0x7fffffffu) > 0x7f800000u)
            words[i] = 0x7fc00000u; /* which NaN it is, is not specified */
    iso_hash state = iso_hash_new();
    iso_hash_add(&state, words, count * sizeof *words);
    iso_hash_end(&state, hash);
    iso_hash_hex(hash, hex);
    snprintf(out, 33, "%.32s", hex);
}

static isobit_status write_tensor(iso_digests *digests, isobit_context *context, const named *entry,
                                  place at) {
    iso_tensor tensor = entry->tensor;
    iso_text text = {0};
    iso_json json = {.text = &text};
    char digest[33], shape[48];
    if (entry->batch)
        tensor.rows = at.rows;
    if (entry->host) {
        memset(digests->words, 0, tensor.columns * sizeof *digests->words);
        memcpy(digests->words, entry->host, entry->bytes);
    } else {
        ISO_TRY(iso_tensor_read(context, &tensor, (float *)digests->words));
    }
    digest_of(entry, digests->words, tensor.rows * tensor.columns, digest);
    snprintf(shape, sizeof shape, "%zux%zu", tensor.rows, tensor.columns);
    iso_json_open(&json, NULL, '{');
    iso_json_integer(&json, "step", at.step);
    iso_json_integer(&json, "launch", at.number);
    iso_json_string(&json, "label", at.launch ? at.launch->label : "begin");
    iso_json_string(&json, "op", at.launch ? at.launch->variant->op : "");
    iso_json_string(&json, "variant", at.launch ? at.launch->variant->name : "");
    iso_json_string(&json, "file", at.launch ? at.launch->variant->file : "");
    iso_json_string(&json, "tensor", entry->name);
    iso_json_string(&json, "shape", shape);
    iso_json_string(&json, "digest", digest);
    iso_json_close(&json, '}');
    return write_line(digests, &text);
}

/* ---------------------------------------------------------------------------- the tensors -- */

static isobit_status add(iso_digests *digests, const char *format, size_t number, const char *what,
                         iso_tensor tensor, bool batch) {
    if (!tensor.memory)
        return ISOBIT_OK;
    ISO_TRY(iso_resize(&digests->tensors, digests->count + 1, sizeof *digests->tensors));
    named *entry = &digests->tensors[digests->count++];
    *entry = (named){.tensor = tensor, .batch = batch};
    snprintf(entry->name, sizeof entry->name, format, number, what);
    return ISOBIT_OK;
}

static isobit_status add_words(iso_digests *digests, const char *name, cl_mem memory, size_t words,
                               bool integer) {
    const iso_tensor tensor = {.memory = memory, .rows = 1, .columns = words, .ld = words};
    ISO_TRY(add(digests, "%.0zu%s", 0, name, tensor, false));
    if (memory)
        digests->tensors[digests->count - 1].integer = integer;
    return ISOBIT_OK;
}

static isobit_status add_parameters(iso_digests *digests, const iso_engine *engine) {
    static const char *const suffix[] = {"", " gradient", " memory 1", " memory 2"};
    for (size_t i = 0; i < engine->network->parameter_count; i++) {
        const struct iso_views *views = &engine->views[i];
        const iso_tensor own[] = {views->parameter, views->gradient, views->memory[0],
                                  views->memory[1]};
        for (size_t k = 0; k < 4; k++) {
            char name[48];
            snprintf(name, sizeof name, "%s%s", engine->network->parameters[i].name, suffix[k]);
            ISO_TRY(add(digests, "%.0zu%s", 0, name, own[k], false));
        }
    }
    return ISOBIT_OK;
}

/* What passes through the device is whole on the host alone. */
static isobit_status add_data(iso_digests *digests, const iso_feed *feed, const char *name,
                              cl_mem memory, const void *host, size_t bytes, bool integer) {
    ISO_TRY(add_words(digests, name, memory, (bytes + 3) / 4, integer));
    if (memory && feed->stream) {
        digests->tensors[digests->count - 1].host = host;
        digests->tensors[digests->count - 1].bytes = bytes;
    }
    return ISOBIT_OK;
}

static isobit_status add_feed(iso_digests *digests, const iso_training *training) {
    const iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    const isobit_data *data = training->data;
    const size_t x = data->samples * feed->features * iso_element_size(data->element);
    const size_t labels = data->samples * sizeof *data->labels;
    const size_t targets = data->samples * data->outputs * sizeof *data->targets;
    ISO_TRY(add_data(digests, feed, "data", feed->x, data->x, x, data->element == ISO_UINT8));
    ISO_TRY(add_data(digests, feed, "labels", data->classes ? feed->labels : NULL, data->labels,
                     labels, true));
    ISO_TRY(add_data(digests, feed, "targets", data->targets ? feed->targets : NULL, data->targets,
                     targets, false));
    const bool scaled = feed->scale != ISO_SCALE_NONE && feed->scale != ISO_SCALE_255;
    ISO_TRY(add_words(digests, "scaling mean", scaled ? feed->mean : NULL, feed->features, false));
    ISO_TRY(
        add_words(digests, "scaling factor", scaled ? feed->scaling : NULL, feed->features, false));
    return add_words(digests, "whitening matrix", feed->whiten.memory,
                     feed->whiten.rows * feed->whiten.ld, false);
}

static isobit_status add_all(iso_digests *digests, const iso_training *training) {
    const iso_engine *engine = training->engine;
    const iso_feed *feed = &training->feeds[ISOBIT_TRAIN];
    const iso_network *network = engine->network;
    ISO_TRY(add_feed(digests, training));
    ISO_TRY(add_data(digests, feed, "order of samples", feed->order, training->order,
                     feed->samples * sizeof *training->order, true));
    ISO_TRY(add_words(digests, "optimizer scalars", engine->scalars, training->steps * ISO_SCALARS,
                      false));
    ISO_TRY(add_parameters(digests, engine));
    ISO_TRY(add_words(digests, "step counters", feed->state, 3, true));
    ISO_TRY(add_words(digests, "losses", feed->losses, feed->samples, false));
    ISO_TRY(add_words(digests, "correct", feed->correct, feed->samples, true));
    ISO_TRY(
        add(digests, "%.0zu%s", 0, "batch before whitening", training->workspace.centred, true));
    ISO_TRY(add(digests, "%.0zu%s", 0, "batch", training->workspace.x, true));
    for (size_t i = 0; i < network->count; i++) {
        const struct iso_layer_buffers *own = &training->workspace.layers[i];
        ISO_TRY(add(digests, "layer %zu %s", i + 1, "z", own->z, true));
        ISO_TRY(add(digests, "layer %zu %s", i + 1, "a", own->a, true));
        ISO_TRY(add(digests, "layer %zu %s", i + 1, "delta", own->delta, true));
    }
    ISO_TRY(add_words(digests, "sums of gradients", training->workspace.scratch,
                      training->workspace.scratch_floats, false));
    if (engine->clip > 0) {
        const size_t chunks = engine->clip_first[network->parameter_count];
        ISO_TRY(add_words(digests, "clip sums", engine->clip_partial, chunks, false));
        ISO_TRY(add_words(digests, "clip factor", engine->clip_factor, 1, false));
    }
    size_t most = 0;
    for (size_t i = 0; i < digests->count; i++) {
        const iso_tensor *tensor = &digests->tensors[i].tensor;
        const size_t words = tensor->rows * tensor->columns;
        most = words > most ? words : most;
    }
    return iso_alloc(&digests->words, most, sizeof *digests->words);
}

/* ------------------------------------------------------------------------------ a launch -- */

/* Whether a launch that writes `memory` writes this tensor: itself, or the buffer of all. */
static bool is_in(const named *entry, cl_mem memory, const iso_engine *engine) {
    if (entry->tensor.memory == memory)
        return true;
    const cl_mem whole[] = {engine->parameters, engine->gradients, engine->memory[0],
                            engine->memory[1]};
    for (size_t i = 0; i < engine->network->parameter_count; i++) {
        const struct iso_views *views = &engine->views[i];
        const cl_mem own[] = {views->parameter.memory, views->gradient.memory,
                              views->memory[0].memory, views->memory[1].memory};
        for (size_t k = 0; k < 4; k++)
            if (own[k] && own[k] == entry->tensor.memory)
                return memory == whole[k];
    }
    return false;
}

/* What kernels hand on to each other inside one operation: its layout is theirs. */
static bool is_internal(const iso_training *training, cl_mem memory) {
    return memory == training->workspace.scratch;
}

static isobit_status write_launch(iso_digests *digests, const iso_training *training, place at) {
    isobit_context *context = training->model->context;
    for (size_t w = 0; w < at.launch->written_count; w++) {
        bool found = is_internal(training, at.launch->written[w]);
        for (size_t i = 0; i < digests->count; i++) {
            if (!is_in(&digests->tensors[i], at.launch->written[w], training->engine))
                continue;
            found = true;
            ISO_TRY(write_tensor(digests, context, &digests->tensors[i], at));
        }
        if (!found)
            return iso_fail(ISOBIT_ERROR_ARGUMENT,
                            "digests: %s writes a buffer without a name (host/run/digests.c)",
                            at.launch->label);
    }
    return at.launch->written_count
               ? ISOBIT_OK
               : iso_fail(ISOBIT_ERROR_ARGUMENT, "digests: %s does not say what it writes",
                          at.launch->label);
}

/* What the step finds: parameters, memories, order, scalars; and the data once. */
static isobit_status write_begin(iso_digests *digests, const iso_training *training, place at) {
    isobit_context *context = training->model->context;
    const cl_mem first = training->feeds[ISOBIT_TRAIN].order;
    bool data = true;
    for (size_t i = 0; i < digests->count; i++) {
        const named *entry = &digests->tensors[i];
        data = data && entry->tensor.memory != first;
        if (entry->tensor.memory == training->feeds[ISOBIT_TRAIN].state)
            break; /* the rest is written by launches */
        if ((!data || !digests->begun) && !strstr(entry->name, " gradient"))
            ISO_TRY(write_tensor(digests, context, entry, at));
    }
    digests->begun = true;
    return ISOBIT_OK;
}

isobit_status iso_digests_step(iso_digests *digests, const iso_training *training, size_t index) {
    const isobit_progress *progress = &training->progress;
    const bool rest = index + 1 == training->steps && training->rest.list.count;
    const iso_step *step = rest ? &training->rest : &training->full;
    place at = {.step = progress->step - progress->epoch_step + index + 1, .rows = step->rows};
    if (!iso_step_ranges_have(&digests->steps, at.step))
        return iso_list_enqueue(&step->list);
    ISO_TRY(iso_finish(training->model->context));
    ISO_TRY(write_begin(digests, training, at));
    for (size_t i = 0; i < step->list.count; i++) {
        const iso_list one = {
            .context = step->list.context, .launches = &step->list.launches[i], .count = 1};
        at.launch = &step->list.launches[i];
        at.number = i + 1;
        ISO_TRY(iso_list_run(&one));
        ISO_TRY(write_launch(digests, training, at));
    }
    return ISOBIT_OK;
}

/* -------------------------------------------------------------------------- the beginning -- */

isobit_status iso_digests_open(iso_digests **out, const iso_training *training,
                               const isobit_settings *settings) {
    const char *path = isobit_settings_get(settings, "digests");
    iso_digests *digests;
    isobit_status status;
    *out = NULL;
    if (!*path && isobit_settings_is_set(settings, "digest-steps"))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "digest-steps: digests names no file to write to");
    if (!*path)
        return ISOBIT_OK;
    ISO_TRY(iso_alloc(&digests, 1, sizeof *digests));
    digests->lines = -1;
    ISO_DO(iso_copy(&digests->path, path));
    ISO_DO(iso_step_ranges_parse(&digests->steps, isobit_settings_get(settings, "digest-steps")));
    ISO_DO(add_all(digests, training));
    ISO_DO(iso_lines_open(&digests->lines, path, O_TRUNC));
    status = write_header(digests, training);
done:
    if (status == ISOBIT_OK)
        *out = digests;
    else
        iso_digests_close(digests);
    return status;
}

void iso_digests_close(iso_digests *digests) {
    if (!digests)
        return;
    if (digests->lines >= 0)
        close(digests->lines);
    free(digests->tensors);
    free(digests->words);
    free(digests->path);
    free(digests);
}
