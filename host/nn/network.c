#include "nn/network.h"

#include "base/memory.h"
#include "nn/initialise.h"
#include "nn/layer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const iso_layer_kind *const iso_layer_kinds[] = {
    &iso_dense, &iso_conv, &iso_maxpool, &iso_avgpool, &iso_flatten, &iso_dropout, NULL};

static const char *kind_at(size_t index) {
    return iso_layer_kinds[index] ? iso_layer_kinds[index]->name : NULL;
}

static isobit_status find_kind(const char *name, const iso_layer_kind **out) {
    for (size_t i = 0; iso_layer_kinds[i]; i++)
        if (!strcmp(iso_layer_kinds[i]->name, name)) {
            *out = iso_layer_kinds[i];
            return ISOBIT_OK;
        }
    return iso_unknown_name("layer", name, kind_at);
}

isobit_status iso_layer_parse_common(iso_layer *layer, iso_spec *spec, size_t at) {
    const char *init = iso_spec_option(spec, "init");
    ISO_TRY(iso_activation_find(spec->word_count > at ? spec->words[at] : "identity",
                                &layer->activation));
    ISO_TRY(iso_spec_switch(spec, "bias", &layer->has_bias));
    if (init) {
        ISO_TRY(iso_initialiser_check(init));
        ISO_TRY(iso_copy(&layer->init, init));
    }
    return iso_spec_done(spec, "layer", at + 1, layer->kind->usage);
}

/* Words and options with single blanks between them. */
static isobit_status tidy(const iso_spec *spec, char **out) {
    iso_text text = {0};
    for (size_t i = 0; i < spec->word_count; i++)
        iso_text_add(&text, "%s%s", i ? " " : "", spec->words[i]);
    for (size_t i = 0; i < spec->option_count; i++)
        iso_text_add(&text, " %s=%s", spec->options[i].key, spec->options[i].value);
    return iso_text_take(&text, out);
}

static isobit_status parse_layer(iso_layer *layer, const char *text) {
    iso_spec spec;
    isobit_status status;
    ISO_TRY(iso_spec_parse(&spec, "layer", text));
    if (!spec.word_count) {
        status =
            iso_fail(ISOBIT_ERROR_ARGUMENT, "it is empty; write for example \"dense 10 softmax\"");
        goto done;
    }
    ISO_DO(find_kind(spec.words[0], &layer->kind));
    ISO_DO(tidy(&spec, &layer->text));
    status = layer->kind->parse(layer, &spec);
done:
    iso_spec_free(&spec);
    return status;
}

/* An image from the layer below becomes a vector first, which torch.nn.Sequential needs a Flatten
 * for. (Images that are the network's input are vectors to begin with, if no layer wants them.) */
static bool flattens(const iso_layer *layer) {
    return layer->kind->reads_vector && layer->index > 0 && layer[-1].image;
}

/* The layer's place in torch.nn.Sequential. */
static size_t slot_of(const iso_layer *layer) {
    if (!layer->index)
        return flattens(layer);
    const iso_layer *below = layer - 1;
    return below->slot + below->kind->slots + !iso_activation_is(below->activation, "identity") +
           flattens(layer);
}

/* Room for one more element: at powers of two for twice as many. */
static isobit_status make_room(void *array, size_t count, size_t size) {
    return count & (count - 1) ? ISOBIT_OK : iso_resize(array, count ? 2 * count : 1, size);
}

static isobit_status too_many_weights(void) {
    return iso_fail(
        ISOBIT_ERROR_ARGUMENT,
        "with it the network has more than the 2^32 - 1 weights that kernels can count");
}

isobit_status iso_network_add_parameter(iso_network *network, iso_layer *layer, const char *name,
                                        const size_t *shape, unsigned rank, size_t fan_in,
                                        size_t fan_out, int *out) {
    iso_parameter parameter = {.rank = rank,
                               .fan_in = fan_in,
                               .fan_out = fan_out,
                               .layer = layer->index,
                               .offset = network->floats,
                               .rows = rank > 1 ? shape[0] : 1,
                               .columns = 1};
    snprintf(parameter.name, sizeof parameter.name, "%zu.%s", layer->slot, name);
    for (unsigned i = 0; i < rank; i++)
        parameter.shape[i] = shape[i];
    for (unsigned i = rank > 1; i < rank; i++)
        if (__builtin_mul_overflow(parameter.columns, shape[i], &parameter.columns))
            return too_many_weights();
    size_t size, floats;
    if (__builtin_mul_overflow(parameter.rows, parameter.columns, &size) ||
        __builtin_add_overflow(network->floats, size, &floats) || floats > UINT32_MAX)
        return too_many_weights();
    ISO_TRY(make_room(&network->parameters, network->parameter_count, sizeof parameter));
    network->parameters[network->parameter_count] = parameter;
    network->floats = floats;
    *out = (int)network->parameter_count++;
    return ISOBIT_OK;
}

/* Refuse an output whose size could not even be written down. */
static isobit_status check_size(iso_shape out) {
    size_t area, size;
    if (__builtin_mul_overflow(out.height, out.width, &area) ||
        __builtin_mul_overflow(out.channels, area, &size) || size > SIZE_MAX / 64)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "it puts out %zux%zux%zu values (channels, height, width), more than "
                        "memory can have",
                        out.channels, out.height, out.width);
    return ISOBIT_OK;
}

/* Append the layer that `text` describes behind those there are. */
static isobit_status add_layer(iso_network *network, const char *text) {
    if (network->count == ISO_MOST_LAYERS)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "net: more than %d layers", ISO_MOST_LAYERS);
    ISO_TRY(make_room(&network->layers, network->count, sizeof *network->layers));
    iso_layer *layer = &network->layers[network->count];
    *layer = (iso_layer){.index = network->count,
                         .in = network->count ? layer[-1].out : network->input,
                         .weight = ISO_NO_PARAMETER,
                         .bias = ISO_NO_PARAMETER,
                         .has_bias = true};
    network->count++;
    isobit_status status = parse_layer(layer, text);
    if (status == ISOBIT_OK) {
        layer->slot = slot_of(layer);
        status = layer->kind->shape(network, layer);
    }
    if (status == ISOBIT_OK)
        status = check_size(layer->out);
    return status == ISOBIT_OK
               ? status
               : iso_fail_at(status, "net: layer %zu (\"%s\")", network->count, text);
}

static isobit_status check_whole(const iso_network *network) {
    const iso_layer *last = &network->layers[network->count - 1];
    if (last->kind->passes != ISO_NEVER)
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "net: layer %zu (\"%s\") cannot be the last: it puts out nothing of its own",
            network->count, last->text);
    if (!network->parameter_count)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "net: no layer has weights to learn: add a dense or a conv layer");
    return ISOBIT_OK;
}

static isobit_status join_texts(iso_network *network) {
    iso_text text = {0};
    for (size_t i = 0; i < network->count; i++)
        iso_text_add(&text, "%s%s", i ? ", " : "", network->layers[i].text);
    return iso_text_take(&text, &network->text);
}

isobit_status iso_network_new(iso_network **out, const char *text, iso_shape input) {
    iso_network *network = NULL;
    char *copy = NULL;
    isobit_status status;
    if (!text[strspn(text, " \t")])
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "net: no network given; write for example \"dense 128 relu, dense 10 softmax\"");
    ISO_DO(iso_alloc(&network, 1, sizeof *network));
    ISO_DO(iso_copy(&copy, text));
    network->input = input;
    for (char *at = copy, *end; at; at = end) {
        end = strchr(at, ',');
        if (end)
            *end++ = '\0';
        at += strspn(at, " \t");
        for (size_t length = strlen(at);
             length && (at[length - 1] == ' ' || at[length - 1] == '\t');)
            at[--length] = '\0';
        ISO_DO(add_layer(network, at));
    }
    ISO_DO(check_whole(network));
    ISO_DO(join_texts(network));
    free(copy);
    *out = network;
    return ISOBIT_OK;
done:
    free(copy);
    iso_network_free(network);
    return status;
}

void iso_network_free(iso_network *network) {
    if (!network)
        return;
    for (size_t i = 0; i < network->count; i++) {
        free(network->layers[i].text);
        free(network->layers[i].init);
    }
    free(network->layers);
    free(network->parameters);
    free(network->text);
    free(network);
}

size_t iso_network_inputs(const iso_network *network) { return iso_shape_size(network->input); }

size_t iso_network_outputs(const iso_network *network) {
    return iso_shape_size(network->layers[network->count - 1].out);
}

const iso_activation *iso_network_output_activation(const iso_network *network) {
    return network->layers[network->count - 1].activation;
}

isobit_status iso_network_initialise(const iso_network *network, uint64_t seed, float *parameters) {
    memset(parameters, 0, network->floats * sizeof *parameters); /* biases stay */
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        if (layer->weight == ISO_NO_PARAMETER)
            continue;
        const iso_parameter *weight = &network->parameters[layer->weight];
        const char *init = layer->init                            ? layer->init
                           : layer->activation->initial == ISO_HE ? "he_normal"
                                                                  : "xavier_uniform";
        ISO_TRY(iso_initialise(init, weight, seed, parameters + weight->offset));
    }
    return ISOBIT_OK;
}
