#include "nn/step.h"

#include "base/memory.h"
#include "nn/layer.h"
#include "ops/rows.h"
#include "ops/update.h"

#include <stdlib.h>

/* ------------------------------------------------------------------------------- workspace -- */

/* Something reads z of a layer apart from its activation. */
static bool needs_z(const iso_engine *engine, const iso_layer *layer) {
    const bool last = layer->index + 1 == engine->network->count;
    return layer->activation->derivative == ISO_INPUT ||
           (last && engine->loss && engine->loss->reads_logit) ||
           iso_activation_is(layer->activation, "softmax");
}

/* The layer hands on what it gets: it has no buffers and no launches of its own. */
static bool passes(const iso_engine *engine, const iso_layer *layer, bool training) {
    return layer->kind->passes == ISO_ALWAYS ||
           (layer->kind->passes == ISO_UNLESS_TRAINING && !(training && engine->seed));
}

/* One scratch serves all layers, as they run one after the other. */
static isobit_status make_scratch(iso_workspace *workspace, const iso_engine *engine) {
    const iso_network *network = engine->network;
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        const size_t floats =
            layer->kind->scratch ? layer->kind->scratch(layer, workspace->rows) : 0;
        if (floats > workspace->scratch_floats)
            workspace->scratch_floats = floats;
    }
    if (!workspace->scratch_floats)
        return ISOBIT_OK;
    return iso_buffer_new(&workspace->scratch, engine->context,
                          workspace->scratch_floats * sizeof(float), ISO_FOR_ACTIVATIONS);
}

isobit_status iso_workspace_new(iso_workspace *out, const iso_engine *engine, const iso_feed *feed,
                                size_t rows, bool training) {
    const iso_network *network = engine->network;
    iso_workspace workspace = {.rows = rows};
    isobit_status status;
    ISO_DO(iso_alloc(&workspace.layers, network->count, sizeof *workspace.layers));
    ISO_DO(iso_tensor_new(&workspace.x, engine->context, rows, iso_network_inputs(network),
                          ISO_FOR_ACTIVATIONS));
    if (feed->whiten.rows)
        ISO_DO(iso_tensor_new(&workspace.centred, engine->context, rows, workspace.x.columns,
                              ISO_FOR_ACTIVATIONS));
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        const size_t columns = iso_shape_size(layer->out);
        struct iso_layer_buffers *own = &workspace.layers[i];
        if (passes(engine, layer, training))
            continue;
        ISO_DO(iso_tensor_new(&own->a, engine->context, rows, columns, ISO_FOR_ACTIVATIONS));
        if (needs_z(engine, layer))
            ISO_DO(iso_tensor_new(&own->z, engine->context, rows, columns, ISO_FOR_ACTIVATIONS));
        if (training)
            ISO_DO(
                iso_tensor_new(&own->delta, engine->context, rows, columns, ISO_FOR_ACTIVATIONS));
    }
    if (training)
        ISO_DO(make_scratch(&workspace, engine));
    *out = workspace;
    return ISOBIT_OK;
done:
    iso_workspace_free(engine, &workspace);
    return status;
}

void iso_workspace_free(const iso_engine *engine, iso_workspace *workspace) {
    for (size_t i = 0; workspace->layers && i < engine->network->count; i++) {
        iso_tensor_free(&workspace->layers[i].z);
        iso_tensor_free(&workspace->layers[i].a);
        iso_tensor_free(&workspace->layers[i].delta);
    }
    iso_tensor_free(&workspace->x);
    iso_tensor_free(&workspace->centred);
    iso_buffer_free(&workspace->scratch);
    free(workspace->layers);
    *workspace = (iso_workspace){0};
}

/* --------------------------------------------------------------------- what a layer touches -- */

/* A workspace matrix with the rows of this step's batch. */
static iso_tensor of_batch(const iso_step *step, iso_tensor tensor) {
    tensor.rows = step->rows;
    return tensor;
}

/* The nearest layer below with an output of its own; NULL: the batch itself. */
static const iso_layer *source(const iso_step *step, const iso_layer *layer) {
    while (layer->index > 0)
        if (!passes(step->engine, --layer, step->training))
            return layer;
    return NULL;
}

iso_tensor iso_step_input(const iso_step *step, const iso_layer *layer) {
    const iso_workspace *workspace = step->workspace;
    const iso_layer *below = source(step, layer);
    return of_batch(step, below ? workspace->layers[below->index].a : workspace->x);
}

iso_tensor iso_step_delta(const iso_step *step, const iso_layer *layer) {
    return of_batch(step, step->workspace->layers[layer->index].delta);
}

iso_tensor iso_step_parameter(const iso_step *step, int parameter) {
    return step->engine->views[parameter].parameter;
}

iso_store iso_step_forward_store(const iso_step *step, const iso_layer *layer) {
    const struct iso_layer_buffers *own = &step->workspace->layers[layer->index];
    iso_store store = {.kind = ISO_STORE_FORWARD,
                       .activation = layer->activation->name,
                       .bias = layer->bias == ISO_NO_PARAMETER
                                   ? NULL
                                   : step->engine->views[layer->bias].parameter.memory,
                       .z = own->z.memory,
                       .out = of_batch(step, own->a)};
    if (store.bias)
        store.bias_span = store.out.columns / step->engine->views[layer->bias].parameter.columns;
    if (iso_activation_is(layer->activation, "softmax")) {
        store.activation = "identity"; /* rows are finished by a kernel of their own */
        store.out = of_batch(step, own->z);
        store.z = NULL;
    }
    return store;
}

iso_store iso_step_gradient_store(const iso_step *step, int parameter) {
    const iso_engine *engine = step->engine;
    const struct iso_views *views = &engine->views[parameter];
    if (!engine->fused)
        return (iso_store){.kind = ISO_STORE_PLAIN, .out = views->gradient};
    return (iso_store){.kind = ISO_STORE_UPDATE,
                       .out = views->parameter,
                       .optimizer = engine->optimizer->function,
                       .states = engine->optimizer->states,
                       .state = step->feed->state,
                       .scalars = engine->scalars,
                       .memory = {views->memory[0].memory, views->memory[1].memory}};
}

/* Where the error for a layer's output goes: times f' it is the layer's delta. */
static iso_store derivative_store(const iso_step *step, const iso_layer *layer) {
    const struct iso_layer_buffers *own = &step->workspace->layers[layer->index];
    const bool softmax = iso_activation_is(layer->activation, "softmax");
    const int derivative = softmax ? ISO_NOTHING : (int)layer->activation->derivative;
    return (iso_store){.kind = ISO_STORE_DERIVATIVE,
                       .activation = softmax ? "identity" : layer->activation->name,
                       .a = derivative == ISO_OUTPUT ? own->a.memory : NULL,
                       .z = derivative == ISO_INPUT ? own->z.memory : NULL,
                       .out = of_batch(step, own->delta)};
}

/* --------------------------------------------------------------------------- the batch's way -- */

static isobit_status gather(iso_step *step) {
    const iso_tensor x = of_batch(step, step->workspace->x);
    const iso_tensor centred = of_batch(step, step->workspace->centred);
    return iso_gather_scaled(&step->list, step->feed, step->stride, &x, &centred);
}

/* @param last_softmax whether the output layer's softmax is wanted: its loss does without */
static isobit_status forward(iso_step *step, bool last_softmax) {
    const iso_network *network = step->engine->network;
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        const struct iso_layer_buffers *own = &step->workspace->layers[i];
        if (passes(step->engine, layer, step->training))
            continue;
        ISO_TRY(layer->kind->forward(step, layer));
        if (iso_activation_is(layer->activation, "softmax") &&
            (i + 1 < network->count || last_softmax)) {
            const iso_tensor z = of_batch(step, own->z), a = of_batch(step, own->a);
            ISO_TRY(iso_softmax(&step->list, &z, &a));
        }
    }
    return ISOBIT_OK;
}

/* Losses of the batch; in training the output layer's error term, averaged over the batch. */
static isobit_status loss(iso_step *step, bool training) {
    const iso_engine *engine = step->engine;
    const iso_layer *layer = &engine->network->layers[engine->network->count - 1];
    const struct iso_layer_buffers *own = &step->workspace->layers[layer->index];
    const bool softmax = iso_activation_is(layer->activation, "softmax");
    const bool apart = softmax && engine->loss->formula; /* softmax's derivative comes afterwards */
    iso_loss_work work = {.formula = engine->loss->formula,
                          .reads_logit = engine->loss->reads_logit,
                          .activation = apart ? "identity" : layer->activation->name,
                          .stride = step->stride,
                          .scale = apart ? 1 : 1 / (double)step->rows,
                          .x = of_batch(step, step->workspace->x),
                          .z = of_batch(step, own->z.memory ? own->z : own->a),
                          .a = of_batch(step, own->a)};
    if (training)
        work.delta = of_batch(step, own->delta);
    ISO_TRY(iso_loss_rows(&step->list, step->feed, &work));
    if (training && apart)
        return iso_softmax_backward(&step->list, &work.a, &work.delta, 1 / (double)step->rows);
    return ISOBIT_OK;
}

/* The error term of the layer below, from this layer's. */
static isobit_status error_term_below(iso_step *step, const iso_layer *layer) {
    const iso_layer *below = source(step, layer);
    if (!below)
        return ISOBIT_OK;
    const iso_store store = derivative_store(step, below);
    ISO_TRY(layer->kind->backward(step, layer, &store));
    if (!iso_activation_is(below->activation, "softmax"))
        return ISOBIT_OK;
    const iso_tensor p = of_batch(step, step->workspace->layers[below->index].a);
    return iso_softmax_backward(&step->list, &p, &store.out, 1);
}

/* From the output layer down to the lowest with parameters: first the error term below, which needs
 * this layer's old weights, then the gradients, which may go straight into the optimizer. */
static isobit_status backward(iso_step *step) {
    const iso_network *network = step->engine->network;
    const size_t lowest = network->parameters[0].layer;
    for (size_t i = network->count; i-- > lowest;) {
        const iso_layer *layer = &network->layers[i];
        if (passes(step->engine, layer, step->training))
            continue;
        if (i > lowest)
            ISO_TRY(error_term_below(step, layer));
        if (step->learning && layer->kind->gradient)
            ISO_TRY(layer->kind->gradient(step, layer));
    }
    return ISOBIT_OK;
}

/* Without fusion: all gradients are there, now all parameters move. */
static isobit_status update(iso_step *step) {
    const iso_engine *engine = step->engine;
    if (engine->fused || !step->learning)
        return ISOBIT_OK;
    for (size_t i = 0; engine->clip > 0 && i < engine->network->parameter_count; i++)
        ISO_TRY(iso_square_sums(&step->list, &engine->views[i].gradient, engine->clip_first[i],
                                engine->clip_partial));
    if (engine->clip > 0)
        ISO_TRY(iso_clip(&step->list, engine->network->parameter_count, engine->clip,
                         engine->clip_bounds, engine->clip_partial, engine->clip_factor));
    const iso_update_work work = {.optimizer = engine->optimizer->function,
                                  .states = engine->optimizer->states,
                                  .floats = engine->floats,
                                  .state = step->feed->state,
                                  .scalars = engine->scalars,
                                  .clip = engine->clip > 0 ? engine->clip_factor : NULL,
                                  .gradients = engine->gradients,
                                  .memory = {engine->memory[0], engine->memory[1]},
                                  .parameters = engine->parameters};
    return iso_update(&step->list, &work);
}

static iso_step step_of(const iso_engine *engine, const iso_workspace *workspace,
                        const iso_feed *feed, size_t rows, size_t stride) {
    return (iso_step){.engine = engine,
                      .workspace = workspace,
                      .feed = feed,
                      .rows = rows,
                      .stride = stride,
                      .list = {.context = engine->context}};
}

/* Error terms do not get through a step or sign, except where the loss begins below it. */
static isobit_status refuse_flat(const iso_engine *engine) {
    const iso_network *network = engine->network;
    for (size_t i = 0; i < network->count; i++) {
        const bool last = i + 1 == network->count;
        if (network->layers[i].activation->derivative == ISO_NONE &&
            !(last && engine->loss->reads_logit))
            return iso_fail(
                ISOBIT_ERROR_ARGUMENT,
                "net: layer %zu: %s has derivative zero wherever it has one, so gradient "
                "training cannot move the weights below it; use sigmoid or tanh%s",
                i + 1, network->layers[i].activation->name,
                last ? ", or --optimizer perceptron" : "");
    }
    return ISOBIT_OK;
}

static isobit_status forward_and_back(iso_step *out, iso_step step) {
    isobit_status status;
    ISO_TRY(refuse_flat(step.engine));
    step.training = true;
    step.precision = step.engine->precision;
    ISO_DO(gather(&step));
    ISO_DO(forward(&step, step.engine->loss->formula != NULL || !step.learning));
    ISO_DO(loss(&step, true));
    ISO_DO(backward(&step));
    ISO_DO(update(&step));
    *out = step;
    return ISOBIT_OK;
done:
    iso_step_free(&step);
    return status;
}

isobit_status iso_step_training(iso_step *out, const iso_engine *engine,
                                const iso_workspace *workspace, const iso_feed *feed, size_t rows,
                                size_t stride) {
    iso_step step = step_of(engine, workspace, feed, rows, stride);
    if (!engine->optimizer)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "the optimizer follows no gradients, so there is no step of them");
    step.learning = true;
    return forward_and_back(out, step);
}

isobit_status iso_step_error_terms(iso_step *out, const iso_engine *engine,
                                   const iso_workspace *workspace, const iso_feed *feed,
                                   size_t rows, size_t stride) {
    return forward_and_back(out, step_of(engine, workspace, feed, rows, stride));
}

isobit_status iso_step_forward(iso_step *out, const iso_engine *engine,
                               const iso_workspace *workspace, const iso_feed *feed, size_t rows,
                               size_t stride) {
    iso_step step = step_of(engine, workspace, feed, rows, stride);
    isobit_status status;
    ISO_DO(gather(&step));
    ISO_DO(forward(&step, true));
    if (feed->answers)
        ISO_DO(loss(&step, false));
    *out = step;
    return ISOBIT_OK;
done:
    iso_step_free(&step);
    return status;
}

void iso_step_free(iso_step *step) { iso_list_free(&step->list); }
