#include "nn/resident.h"

#include "nn/layer.h"
#include "ops/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What it is worth for: beyond these a launch per operation, on all compute units, is faster. */
enum { MOST_FLOATS = 1 << 17, MOST_LAYERS = 8, MOST_WORK = 4000000 };

/* Where things lie in scratch, in floats. */
typedef struct layout {
    size_t x, ldx, total;
    struct place {
        size_t turned, z, a, delta;
    } layers[MOST_LAYERS];
    size_t weights; /* of all turned weights: the distance to their memories */
} layout;

static layout lay_out(const iso_engine *engine, size_t batch) {
    const iso_network *network = engine->network;
    layout plan = {.ldx = iso_pitch(iso_network_inputs(network))};
    size_t at = 0;
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        plan.layers[i].turned = at;
        at += iso_pitch(iso_shape_size(layer->in)) * iso_pitch(layer->filters);
    }
    plan.weights = at;
    at *= 1 + engine->optimizer->states;
    plan.x = at;
    at += batch * plan.ldx;
    for (size_t i = 0; i < network->count; i++) {
        const size_t block = batch * iso_pitch(network->layers[i].filters);
        plan.layers[i].z = at;
        plan.layers[i].a = at + block;
        plan.layers[i].delta = at + 2 * block;
        at += 3 * block;
    }
    plan.total = at;
    return plan;
}

static bool layers_fit(const iso_network *network) {
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        const bool last = i + 1 == network->count;
        if (layer->kind != &iso_dense || layer->activation->derivative == ISO_NONE ||
            (iso_activation_is(layer->activation, "softmax") && !last))
            return false;
    }
    return true;
}

/* Whether a variant is made for this class of device. */
static bool has_default(const isobit_context *context) {
    const iso_variant *variant;
    const char *class = context->target.device_class;
    return iso_registry_find(&context->registry, "resident", NULL, class, &variant) == ISOBIT_OK &&
           iso_variant_has_default(variant, class);
}

/* Here vectors lie along the units of a layer, launch by launch along the batch: a lane without a
 * unit is work that only this way has. IDLE: what it weighs, by measurement, beside one with a
 * unit. */
static bool is_small(const iso_network *network, const layout *plan, size_t batch) {
    enum { IDLE = 6 };
    const double floats = (double)network->floats, idle = (double)plan->weights - floats;
    return plan->total <= 4 * (size_t)MOST_FLOATS &&
           (double)batch * (floats + (idle > 0 ? IDLE * idle : 0)) <= MOST_WORK;
}

/* Whether this kernel can do it, and should. */
static bool worth_it(const iso_engine *engine, const iso_feed *feed, size_t batch) {
    const iso_network *network = engine->network;
    const iso_loss *loss = engine->loss;
    const struct iso_pick *pick = iso_context_pick(engine->context, "resident");
    if (pick && !strcmp(pick->variant, "off"))
        return false;
    if (!engine->fused || engine->precision != ISO_PRECISE || feed->whiten.rows ||
        network->count > MOST_LAYERS || !layers_fit(network) ||
        (loss->formula && iso_activation_is(iso_network_output_activation(network), "softmax")))
        return false;
    if (batch > MOST_FLOATS || network->floats > MOST_FLOATS)
        return false;
    const layout plan = lay_out(engine, batch);
    if (!is_small(network, &plan, batch))
        return false;
    return pick || has_default(engine->context);
}

/* A row of LAYERS; see the kernel. */
static void describe_layer(const iso_engine *engine, const layout *plan, size_t i, iso_text *text) {
    const iso_layer *layer = &engine->network->layers[i];
    const struct place *own = &plan->layers[i], *below = i ? own - 1 : own;
    const bool softmax = iso_activation_is(layer->activation, "softmax");
    iso_text_add(text, "X(%zu,%zu,%zu,%zu,", i, iso_shape_size(layer->in), layer->filters,
                 engine->offsets[layer->weight]);
    if (layer->bias == ISO_NO_PARAMETER)
        iso_text_add(text, "NO_BIAS");
    else
        iso_text_add(text, "%zu", engine->offsets[layer->bias]);
    iso_text_add(text, ",%zu,%zu,%zu,%zu,%zu,%zu,act_%s,%zu,%zu,slope_%s)", own->turned,
                 i ? below->a : plan->x, i ? iso_pitch(layer->in.channels) : plan->ldx, own->z,
                 own->a, own->delta, softmax ? "identity" : layer->activation->name, below->z,
                 below->delta, i ? layer[-1].activation->name : "identity");
}

static isobit_status describe(const iso_engine *engine, const iso_feed *feed, const layout *plan,
                              char **out) {
    const iso_network *network = engine->network;
    const size_t last = network->count - 1;
    const iso_activation *output = network->layers[last].activation;
    iso_text text = {0};
    iso_text_add(&text, "LAYERS(X)=");
    for (size_t i = 0; i < network->count; i++)
        describe_layer(engine, plan, i, &text);
    if (last > 0)
        iso_text_add(&text, " LAYERS_DOWN(X)=");
    for (size_t i = last; i > 0; i--)
        describe_layer(engine, plan, i, &text);
    iso_text_add(&text, " X_AT=%zu LDX=%zu TURNED=%zu OUTPUTS=%zu LAST_Z=%zu LAST_A=%zu LAST_D=%zu",
                 plan->x, plan->ldx, plan->weights, network->layers[last].filters,
                 plan->layers[last].z, plan->layers[last].a, plan->layers[last].delta);
    iso_text_add(&text, " OPTIMIZER=%s STATES=%u%s ", engine->optimizer->function,
                 engine->optimizer->states,
                 iso_optimizer_skips_zeros(engine->optimizer) ? " SKIP_ZEROS=1" : "");
    iso_gather_defines(feed, &text);
    iso_loss_defines(engine->loss->formula, engine->loss->reads_logit, output->name, feed,
                     plan->ldx, true, &text);
    if (feed->targets_input)
        iso_text_add(&text, " TARGETS=(scratch+%zu)", plan->x);
    return iso_text_take(&text, out);
}

static void bind(const iso_engine *engine, const iso_feed *feed, size_t batch, cl_mem scratch,
                 iso_arguments *arguments) {
    const size_t rest = feed->samples % batch;
    const size_t numbers[] = {batch, feed->samples, feed->features};
    const double scales[] = {1 / (double)batch, 1 / (double)(rest ? rest : batch)};
    /* What the optimizer does not remember is passed as a buffer that the kernel does not touch. */
    const cl_mem buffers[] = {feed->x,
                              feed->order,
                              feed->mean,
                              feed->scaling,
                              feed->labels,
                              feed->targets,
                              feed->state,
                              feed->losses,
                              feed->correct,
                              engine->scalars,
                              engine->memory[0] ? engine->memory[0] : engine->parameters,
                              engine->memory[1] ? engine->memory[1] : engine->parameters,
                              engine->parameters,
                              scratch};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(arguments, ISO_UINT(numbers[i]));
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        iso_arguments_add(arguments, ISO_FLOAT(scales[i]));
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        iso_arguments_add(arguments, ISO_MEMORY(buffers[i]));
}

isobit_status iso_resident_new(iso_resident *out, const iso_engine *engine, const iso_feed *feed,
                               size_t batch) {
    iso_resident resident = {.list = {.context = engine->context}};
    *out = resident;
    if (!worth_it(engine, feed, batch))
        return ISOBIT_OK;
    const layout plan = lay_out(engine, batch);
    char *defines = NULL;
    iso_arguments arguments = {0};
    isobit_status status;
    ISO_DO(describe(engine, feed, &plan, &defines));
    ISO_DO(iso_buffer_new(&resident.scratch, engine->context, plan.total * sizeof(float),
                          ISO_FOR_ACTIVATIONS));
    bind(engine, feed, batch, resident.scratch, &arguments);
    const iso_request request = {.op = "resident", .defines = defines};
    ISO_DO(iso_list_add(&resident.list, &request, &arguments, (iso_work){.columns = 1, .rows = 1},
                        "resident steps"));
    *out = resident;
    free(defines);
    return ISOBIT_OK;
done:
    free(defines);
    iso_resident_free(&resident);
    return status;
}

void iso_resident_free(iso_resident *resident) {
    iso_list_free(&resident->list);
    iso_buffer_free(&resident->scratch);
}

isobit_status iso_resident_enqueue(iso_resident *resident, const iso_feed *feed, size_t until) {
    ISO_TRY(iso_feed_until(feed, until));
    return iso_list_enqueue(&resident->list);
}
