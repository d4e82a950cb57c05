#include "nn/engine.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* A view of one parameter's matrix in a padded buffer. */
static isobit_status view(iso_tensor *out, cl_mem buffer, size_t offset,
                          const iso_parameter *parameter) {
    iso_tensor tensor = {.rows = parameter->rows,
                         .columns = parameter->columns,
                         .ld = iso_pitch(parameter->columns)};
    ISO_TRY(iso_buffer_part(&tensor.memory, buffer, offset * sizeof(float),
                            tensor.rows * tensor.ld * sizeof(float)));
    *out = tensor;
    return ISOBIT_OK;
}

/* Where each parameter begins in the padded buffers, in floats. */
static isobit_status lay_out(iso_engine *engine) {
    const iso_network *network = engine->network;
    const size_t unit = engine->context->align / sizeof(float);
    size_t at = 0;
    ISO_TRY(iso_alloc(&engine->offsets, network->parameter_count, sizeof(size_t)));
    for (size_t i = 0; i < network->parameter_count; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        size_t size;
        engine->offsets[i] = at;
        if (__builtin_mul_overflow(parameter->rows, iso_pitch(parameter->columns), &size) ||
            size > UINT32_MAX - unit - at)
            return iso_fail(ISOBIT_ERROR_ARGUMENT,
                            "net: the weights up to layer %zu, with padding, are more than the "
                            "2^32 that a kernel can count",
                            parameter->layer + 1);
        at += (size + unit - 1) / unit * unit;
    }
    engine->floats = at;
    return ISOBIT_OK;
}

static isobit_status make_views(iso_engine *engine) {
    const unsigned states = engine->optimizer ? engine->optimizer->states : 0;
    for (size_t i = 0; i < engine->network->parameter_count; i++) {
        const iso_parameter *parameter = &engine->network->parameters[i];
        const size_t *offsets = engine->offsets;
        struct iso_views *views = &engine->views[i];
        ISO_TRY(view(&views->parameter, engine->parameters, offsets[i], parameter));
        if (engine->optimizer && !engine->fused)
            ISO_TRY(view(&views->gradient, engine->gradients, offsets[i], parameter));
        for (unsigned m = 0; m < states; m++)
            ISO_TRY(view(&views->memory[m], engine->memory[m], offsets[i], parameter));
    }
    return ISOBIT_OK;
}

/* What clipping needs: the chunks of every gradient, and which of them are whose. */
static isobit_status make_clip(iso_engine *engine) {
    const iso_network *network = engine->network;
    size_t chunks = 0;
    ISO_TRY(iso_alloc(&engine->clip_first, network->parameter_count + 1, sizeof(uint32_t)));
    uint32_t *bounds = engine->clip_first;
    for (size_t i = 0; i < network->parameter_count; i++) {
        const size_t size = network->parameters[i].rows * network->parameters[i].columns;
        bounds[i] = (uint32_t)chunks;
        chunks += (size + ISO_CHUNK - 1) / ISO_CHUNK;
    }
    bounds[network->parameter_count] = (uint32_t)chunks;
    const size_t bytes = (network->parameter_count + 1) * sizeof *bounds;
    isobit_context *context = engine->context;
    static const char what[] = ISO_FOR_GRADIENTS;
    ISO_TRY(iso_buffer_new(&engine->clip_bounds, context, bytes, what));
    ISO_TRY(iso_buffer_new(&engine->clip_partial, context, chunks * sizeof(float), what));
    ISO_TRY(iso_buffer_new(&engine->clip_factor, context, sizeof(float), what));
    return context->ledger ? ISOBIT_OK
                           : iso_buffer_write(context, engine->clip_bounds, 0, bounds, bytes);
}

static isobit_status make_buffers(iso_engine *engine, const iso_engine_options *options) {
    isobit_context *context = engine->context;
    const size_t bytes = engine->floats * sizeof(float);
    ISO_TRY(iso_buffer_new(&engine->parameters, context, bytes, ISO_FOR_PARAMETERS));
    if (!engine->optimizer)
        return ISOBIT_OK;
    engine->fused = !options->keep_gradients && engine->clip == 0;
    if (!engine->fused)
        ISO_TRY(iso_buffer_new(&engine->gradients, context, bytes, ISO_FOR_GRADIENTS));
    for (unsigned i = 0; i < engine->optimizer->states; i++)
        ISO_TRY(iso_buffer_new(&engine->memory[i], context, bytes, ISO_FOR_OPTIMIZER));
    ISO_TRY(iso_buffer_new(&engine->scalars, context,
                           options->steps_per_epoch * ISO_SCALARS * sizeof(float),
                           ISO_FOR_OPTIMIZER));
    return engine->clip > 0 ? make_clip(engine) : ISOBIT_OK;
}

isobit_status iso_engine_new(iso_engine **out, isobit_context *context, const iso_network *network,
                             const iso_engine_options *options) {
    iso_engine *engine;
    isobit_status status;
    ISO_TRY(iso_alloc(&engine, 1, sizeof *engine));
    engine->context = context;
    engine->network = network;
    engine->loss = options->loss;
    engine->optimizer = options->optimizer;
    engine->clip = options->clip;
    engine->seed = options->seed;
    engine->precision = options->precision;
    ISO_DO(iso_alloc(&engine->views, network->parameter_count, sizeof *engine->views));
    ISO_DO(lay_out(engine));
    ISO_DO(make_buffers(engine, options));
    ISO_DO(make_views(engine));
    *out = engine;
    return ISOBIT_OK;
done:
    iso_engine_free(engine);
    return status;
}

void iso_engine_free(iso_engine *engine) {
    if (!engine)
        return;
    for (size_t i = 0; engine->views && i < engine->network->parameter_count; i++) {
        iso_tensor_free(&engine->views[i].parameter);
        iso_tensor_free(&engine->views[i].gradient);
        for (int m = 0; m < ISO_MEMORIES; m++)
            iso_tensor_free(&engine->views[i].memory[m]);
    }
    cl_mem *const buffers[] = {&engine->parameters,   &engine->gradients,  &engine->memory[0],
                               &engine->memory[1],    &engine->scalars,    &engine->clip_bounds,
                               &engine->clip_partial, &engine->clip_factor};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        iso_buffer_free(buffers[i]);
    free(engine->clip_first);
    free(engine->offsets);
    free(engine->views);
    free(engine);
}

static const iso_tensor *kept(const iso_engine *engine, iso_kept what, size_t parameter) {
    const struct iso_views *views = &engine->views[parameter];
    return what == ISO_PARAMETERS  ? &views->parameter
           : what == ISO_GRADIENTS ? &views->gradient
                                   : &views->memory[what - ISO_MEMORY0];
}

isobit_status iso_engine_write(iso_engine *engine, iso_kept what, const float *from) {
    for (size_t i = 0; i < engine->network->parameter_count; i++)
        ISO_TRY(iso_tensor_write(engine->context, kept(engine, what, i),
                                 from + engine->network->parameters[i].offset));
    return ISOBIT_OK;
}

isobit_status iso_engine_read(iso_engine *engine, iso_kept what, float *to) {
    for (size_t i = 0; i < engine->network->parameter_count; i++)
        ISO_TRY(iso_tensor_read(engine->context, kept(engine, what, i),
                                to + engine->network->parameters[i].offset));
    return ISOBIT_OK;
}
