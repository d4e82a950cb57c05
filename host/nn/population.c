#include "nn/population.h"

#include "base/memory.h"
#include "nn/layer.h"
#include "ops/gemm.h"
#include "ops/population.h"
#include "ops/rows.h"

#include <stdlib.h>
#include <string.h>

static isobit_status refuse_others(const iso_network *network) {
    for (size_t i = 0; i < network->count; i++)
        if (network->layers[i].kind != &iso_dense)
            return iso_fail(ISOBIT_ERROR_ARGUMENT,
                            "net: layer %zu (\"%s\"): optimizer genetic evolves dense layers only",
                            i + 1, network->layers[i].text);
    return ISOBIT_OK;
}

static bool is_softmax(const iso_layer *layer) {
    return iso_activation_is(layer->activation, "softmax");
}

/* ---------------------------------------------------------------------------------- memory -- */

static isobit_status make_parameters(iso_population *population, isobit_context *context) {
    const iso_network *network = population->network;
    ISO_TRY(iso_alloc(&population->parameters, network->parameter_count, sizeof(iso_tensor)));
    for (size_t i = 0; i < network->parameter_count; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        ISO_TRY(iso_tensor_new(&population->parameters[i], context,
                               population->networks * parameter->rows, parameter->columns,
                               ISO_FOR_PARAMETERS));
    }
    return ISOBIT_OK;
}

static isobit_status make_layers(iso_population *population, const iso_loss *loss, size_t rows,
                                 isobit_context *context) {
    const iso_network *network = population->network;
    static const char what[] = ISO_FOR_ACTIVATIONS;
    ISO_TRY(iso_tensor_new(&population->x, context, rows, iso_network_inputs(network), what));
    if (population->feed.whiten.rows)
        ISO_TRY(iso_tensor_new(&population->centred, context, rows, population->x.columns, what));
    ISO_TRY(iso_alloc(&population->z, network->count, sizeof(iso_tensor)));
    ISO_TRY(iso_alloc(&population->a, network->count, sizeof(iso_tensor)));
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        const bool last = i + 1 == network->count;
        ISO_TRY(iso_tensor_new(&population->a[i], context, rows, layer->filters, what));
        if (is_softmax(layer) || (last && loss->reads_logit))
            ISO_TRY(iso_tensor_new(&population->z[i], context, rows, layer->filters, what));
    }
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------ the launches -- */

static iso_tensor with_rows(iso_tensor tensor, size_t rows) {
    tensor.rows = rows;
    return tensor;
}

static isobit_status gather(iso_population *population, iso_list *list, size_t rows) {
    const iso_feed *feed = &population->feed;
    const iso_tensor x = with_rows(population->x, rows);
    const iso_tensor centred = with_rows(population->centred, rows);
    return iso_gather_scaled(list, feed, rows, &x, &centred);
}

static isobit_status forward(iso_population *population, iso_list *list, const iso_layer *layer,
                             size_t span, bool whole) {
    static const iso_tensor none = {0};
    const size_t rows = population->networks * span, i = layer->index;
    const iso_tensor in = with_rows(i ? population->a[i - 1] : population->x, rows);
    const iso_tensor z = with_rows(population->z[i], rows), a = with_rows(population->a[i], rows);
    const iso_tensor *biases =
        layer->bias == ISO_NO_PARAMETER ? &none : &population->parameters[layer->bias];
    const bool softmax = is_softmax(layer);
    const iso_store store = {.kind = ISO_STORE_FORWARD,
                             .activation = softmax ? "identity" : layer->activation->name,
                             .z = softmax ? NULL : z.memory,
                             .out = softmax ? z : a};
    ISO_TRY(iso_population_layer(list, &in, &population->parameters[layer->weight], biases, span,
                                 &store, "population"));
    return softmax && whole ? iso_softmax(list, &z, &a) : ISOBIT_OK;
}

/* The way of a batch of `span` samples through every network. */
static isobit_status add_launches(iso_population *population, const iso_loss *loss, iso_list *list,
                                  size_t span) {
    const iso_network *network = population->network;
    const size_t rows = population->networks * span, last = network->count - 1;
    const iso_tensor a = with_rows(population->a[last], rows);
    const iso_tensor z = with_rows(population->z[last], rows);
    const iso_loss_work work = {.formula = loss->formula,
                                .reads_logit = loss->reads_logit,
                                .activation = is_softmax(&network->layers[last])
                                                  ? "identity"
                                                  : network->layers[last].activation->name,
                                .stride = rows,
                                .scale = 1,
                                .x = with_rows(population->x, rows),
                                .z = z.memory ? z : a,
                                .a = a};
    ISO_TRY(gather(population, list, rows));
    for (size_t i = 0; i <= last; i++)
        ISO_TRY(forward(population, list, &network->layers[i], span, i < last || loss->formula));
    return iso_loss_rows(list, &population->feed, &work);
}

isobit_status iso_population_new(iso_population *out, isobit_context *context,
                                 const iso_network *network, const iso_loss *loss,
                                 const iso_feed *feed, size_t networks, size_t batch, size_t rest) {
    iso_population *population = out;
    uint32_t *order = NULL;
    isobit_status status;
    ISO_TRY(refuse_others(network));
    if (batch > INT32_MAX / networks)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "a population of %zu on batches of %zu is beyond 2^31 rows", networks,
                        batch);
    *population = (iso_population){.network = network,
                                   .networks = networks,
                                   .batch = batch,
                                   .full = {.context = context},
                                   .rest = {.context = context}};
    ISO_DO(iso_alloc(&order, networks * batch, sizeof *order));
    ISO_DO(iso_feed_over(&population->feed, feed, order, networks * batch, batch));
    ISO_DO(make_parameters(population, context));
    ISO_DO(make_layers(population, loss, networks * batch, context));
    ISO_DO(add_launches(population, loss, &population->full, batch));
    if (rest)
        ISO_DO(add_launches(population, loss, &population->rest, rest));
done:
    free(order);
    if (status != ISOBIT_OK)
        iso_population_free(population);
    return status;
}

void iso_population_free(iso_population *population) {
    const iso_network *network = population->network;
    for (size_t i = 0; population->parameters && i < network->parameter_count; i++)
        iso_tensor_free(&population->parameters[i]);
    for (size_t i = 0; population->z && i < network->count; i++)
        iso_tensor_free(&population->z[i]);
    for (size_t i = 0; population->a && i < network->count; i++)
        iso_tensor_free(&population->a[i]);
    iso_tensor_free(&population->x);
    iso_tensor_free(&population->centred);
    free(population->parameters);
    free(population->z);
    free(population->a);
    iso_list_free(&population->full);
    iso_list_free(&population->rest);
    iso_feed_free(&population->feed);
    *population = (iso_population){0};
}

/* ----------------------------------------------------------------------------------- running -- */

/* Each parameter's matrices of all networks, one after the other. */
static isobit_status send_parameters(iso_population *population, const float *parameters) {
    const iso_network *network = population->network;
    float *room;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_alloc(&room, population->networks * network->floats, sizeof *room));
    for (size_t i = 0; i < network->parameter_count && status == ISOBIT_OK; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        const size_t size = parameter->rows * parameter->columns;
        for (size_t n = 0; n < population->networks; n++)
            memcpy(room + n * size, parameters + n * network->floats + parameter->offset,
                   size * sizeof *room);
        status = iso_tensor_write(population->feed.context, &population->parameters[i], room);
    }
    free(room);
    return status;
}

isobit_status iso_population_run(iso_population *population, const float *parameters,
                                 const uint32_t *order, size_t samples, float *losses,
                                 uint32_t *correct) {
    iso_feed *feed = &population->feed;
    isobit_context *context = feed->context;
    const size_t bytes = samples * sizeof *order, rows = population->networks * samples;
    uint32_t *places;
    ISO_TRY(send_parameters(population, parameters));
    ISO_TRY(iso_feed_rewind(feed));
    ISO_TRY(iso_alloc(&places, samples, sizeof *places));
    isobit_status status = iso_feed_bring(feed, order, samples, places);
    for (size_t n = 0; n < population->networks && status == ISOBIT_OK; n++)
        status = iso_buffer_write(context, feed->order, n * bytes, places, bytes);
    free(places);
    ISO_TRY(status);
    ISO_TRY(iso_list_enqueue(samples == population->batch ? &population->full : &population->rest));
    ISO_TRY(iso_buffer_read(context, feed->losses, 0, losses, rows * sizeof *losses));
    return iso_buffer_read(context, feed->correct, 0, correct, rows * sizeof *correct);
}
