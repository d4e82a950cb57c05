#include "run/check.h"

#include "base/memory.h"
#include "base/settings.h"
#include "nn/layer.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Relative to a tensor's scale. Float32 sums of a few thousand terms err by about 1e-6;
 * a difference with a wrong term in it errs by more than its own share. */
static const double limit = 1e-4, difference_limit = 1e-3;
/* The scale's share of what was added up, where it cancels out. */
static const double cancelled = 1e-2;
/* What the float64 passes may cost, in multiplications: a second or so each. */
static const double gradients_budget = 4e8, differences_budget = 1e9;

/* ------------------------------------------------------------------------------- the batch -- */

isobit_status iso_check_take(isobit_data **out, const isobit_data *data, const uint32_t *which,
                             size_t count) {
    const size_t row = iso_data_features(data) * iso_element_size(data->element);
    isobit_data *batch;
    isobit_status status;
    ISO_TRY(iso_alloc(&batch, 1, sizeof *batch));
    batch->samples = count;
    batch->shape = data->shape;
    batch->element = data->element;
    batch->outputs = data->outputs;
    batch->targets_input = data->targets_input;
    for (int part = ISOBIT_TRAIN; part < ISOBIT_PARTS; part++)
        batch->begin[part + 1] = count;
    ISO_DO(iso_copy(&batch->source, data->source));
    ISO_DO(iso_alloc(&batch->class_names, data->classes, sizeof(char *)));
    for (; batch->classes < data->classes; batch->classes++)
        ISO_DO(iso_copy(&batch->class_names[batch->classes], data->class_names[batch->classes]));
    ISO_DO(iso_alloc(&batch->order, count, sizeof *batch->order));
    ISO_DO(iso_alloc(&batch->x, count, row));
    ISO_DO(iso_alloc(&batch->labels, count, sizeof *batch->labels));
    if (data->targets)
        ISO_DO(iso_alloc(&batch->targets, count, data->outputs * sizeof *batch->targets));
    for (size_t i = 0; i < count; i++) {
        batch->order[i] = (uint32_t)i;
        memcpy((char *)batch->x + i * row, (const char *)data->x + which[i] * row, row);
        if (data->classes)
            batch->labels[i] = data->labels[which[i]];
        else if (data->targets)
            memcpy(batch->targets + i * data->outputs, data->targets + which[i] * data->outputs,
                   data->outputs * sizeof *batch->targets);
    }
    *out = batch;
    return ISOBIT_OK;
done:
    isobit_data_free(batch);
    return status;
}

/* An input as the network sees it: rounded to float32 like the device's, then float64. */
static double scaled(const iso_scaling *scaling, const isobit_data *data, size_t at,
                     size_t feature) {
    const float value = data->element == ISO_UINT8 ? (float)((const uint8_t *)data->x)[at]
                                                   : ((const float *)data->x)[at];
    if (scaling->kind == ISO_SCALE_255)
        return (double)(value / 255.0f);
    if (scaling->kind == ISO_SCALE_NONE)
        return (double)value;
    const float shifted = value - scaling->mean[feature];
    return (double)(shifted * scaling->scale[feature]);
}

/* One sample after the other times the whitening matrix, as float32 like the device's. */
static isobit_status whiten(const iso_scaling *scaling, double *x, size_t samples) {
    const size_t n = scaling->features;
    double *row;
    ISO_TRY(iso_alloc(&row, n, sizeof *row));
    for (size_t s = 0; s < samples; s++, x += n) {
        memcpy(row, x, n * sizeof *row);
        for (size_t j = 0; j < n; j++) {
            x[j] = 0;
            for (size_t i = 0; i < n; i++)
                x[j] += (double)scaling->matrix[j * n + i] * row[i];
            x[j] = (double)(float)x[j];
        }
    }
    free(row);
    return ISOBIT_OK;
}

isobit_status iso_check_reference(iso_reference **out, const isobit_model *model,
                                  const isobit_data *batch, const double *parameters) {
    const size_t features = iso_data_features(batch);
    const size_t outputs = iso_network_outputs(model->network);
    double *x = NULL, *targets = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&x, batch->samples * features, sizeof *x));
    ISO_DO(iso_alloc(&targets, batch->samples * outputs, sizeof *targets));
    for (size_t i = 0; i < batch->samples * features; i++)
        x[i] = scaled(&model->scaling, batch, i, i % features);
    if (model->scaling.matrix)
        ISO_DO(whiten(&model->scaling, x, batch->samples));
    for (size_t i = 0; i < batch->samples * outputs; i++) {
        const size_t sample = i / outputs, output = i % outputs;
        if (batch->targets_input)
            targets[i] = x[i];
        else if (!batch->classes)
            targets[i] = (double)batch->targets[i];
        else /* a single output stands for class 1 */
            targets[i] = (size_t)batch->labels[sample] == (outputs == 1 ? 1 : output);
    }
    ISO_DO(iso_reference_new(out, model->network, model->loss, batch->samples, x, targets));
    iso_reference_loss(*out, parameters, 0);
done:
    free(x);
    free(targets);
    return status;
}

isobit_status iso_check_device(const isobit_model *model, const isobit_data *batch,
                               float *gradients, double *loss) {
    iso_optimizer still;
    iso_engine *engine = NULL;
    iso_feed feed = {0};
    iso_workspace workspace = {0};
    iso_step step = {0};
    double accuracy;
    size_t bad;
    isobit_status status;
    ISO_DO(iso_optimizer_parse(&still, "sgd lr=0"));
    const iso_feed_wish wish = {.answers = true, .batch = batch->samples};
    const iso_engine_options options = {
        .loss = model->loss, .optimizer = &still, .keep_gradients = true, .steps_per_epoch = 1};
    ISO_DO(iso_engine_new(&engine, model->context, model->network, &options));
    ISO_DO(iso_engine_write(engine, ISO_PARAMETERS, model->parameters));
    ISO_DO(iso_feed_new(&feed, model->context, batch, &model->scaling, &wish));
    ISO_DO(iso_workspace_new(&workspace, engine, &feed, batch->samples, true));
    ISO_DO(iso_step_training(&step, engine, &workspace, &feed, batch->samples, batch->samples));
    ISO_DO(iso_list_run(&step.list));
    ISO_DO(iso_engine_read(engine, ISO_GRADIENTS, gradients));
    status = iso_feed_totals(&feed, batch->samples, loss, &accuracy, &bad);
done:
    iso_step_free(&step);
    if (workspace.layers)
        iso_workspace_free(engine, &workspace);
    iso_feed_free(&feed);
    iso_engine_free(engine);
    return status;
}

/* ----------------------------------------------------------------------------- the comparison --
 */

/* What is compared, all dense in network order. */
typedef struct comparison {
    const isobit_model *model;
    iso_reference *reference;
    double *parameters, *expected, *terms;
    float *got;
    double loss; /* in float64 */
} comparison;

/* |a - b| over the tensor's scale; whatever is not finite is infinitely wrong. */
static double relative(double a, double b, double scale) {
    const double error = fabs(a - b) / fmax(scale, 0x1p-100);
    return isfinite(error) ? error : INFINITY;
}

/* The derivative by one parameter of layer `layer` from the losses on either side, with the first
 * step that neither drowns in rounding nor sees two different slopes left and right. */
static bool difference(comparison *c, size_t at, size_t layer, double scale, double *out) {
    static const double steps[] = {1e-5, 1e-4, 1e-3, 1e-6, 1e-7};
    const double kept = c->parameters[at], enough = difference_limit * scale;
    bool found = false;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !found; i++) {
        const double step = steps[i] * fmax(1, fabs(kept));
        if (4e-15 * (1 + fabs(c->loss)) > enough * step)
            continue;
        c->parameters[at] = kept + step;
        const double above = iso_reference_loss(c->reference, c->parameters, layer);
        c->parameters[at] = kept - step;
        const double below = iso_reference_loss(c->reference, c->parameters, layer);
        *out = (above - below) / (2 * step);
        found = fabs((above - c->loss) - (c->loss - below)) <= enough * step;
    }
    c->parameters[at] = kept;
    return found;
}

/* The i-th of `count` elements to sample from a tensor: the worst, the largest, then evenly. */
static size_t pick(size_t i, size_t count, size_t elements, size_t worst, size_t largest) {
    if (i == 0)
        return worst;
    return i == 1 ? largest : (2 * i - 3) * elements / (2 * (count - 2));
}

/* How many elements of this tensor the budget has room for. */
static size_t affordable(const comparison *c, const iso_parameter *parameter, size_t samples) {
    const iso_network *network = c->model->network;
    double cost = 0;
    for (size_t i = 0; i < network->parameter_count; i++)
        if (network->parameters[i].layer >= parameter->layer)
            cost += (double)(network->parameters[i].rows * network->parameters[i].columns);
    const double count =
        differences_budget / (double)network->parameter_count / (2 * cost * (double)samples);
    return count < 4 ? 4 : count < 48 ? (size_t)count : 48;
}

static void unravel(size_t index, const iso_parameter *parameter, size_t out[4]) {
    for (unsigned i = parameter->rank; i-- > 0;) {
        out[i] = index % parameter->shape[i];
        index /= parameter->shape[i];
    }
}

static void compare_differences(comparison *c, const iso_parameter *parameter, size_t samples,
                                size_t largest, size_t *worst, isobit_check_tensor *out) {
    const size_t count = affordable(c, parameter, samples), first = *worst;
    for (size_t i = 0; i < count; i++) {
        const size_t index = pick(i, count, out->elements, first, largest);
        const size_t at = parameter->offset + index;
        double slope;
        out->sampled++;
        if (!difference(c, at, parameter->layer, out->scale, &slope)) {
            out->skipped++;
            continue;
        }
        const double error = relative((double)c->got[at], slope, out->scale);
        if (error > out->difference_error) {
            out->difference_error = error;
            if (error / difference_limit > out->error / limit)
                *worst = index;
        }
    }
    iso_reference_loss(c->reference, c->parameters, parameter->layer); /* as it was */
}

static void compare_tensor(comparison *c, const iso_parameter *parameter, size_t samples,
                           isobit_check_tensor *out) {
    const double *expected = c->expected + parameter->offset;
    const float *got = c->got + parameter->offset;
    size_t worst = 0, largest = 0;
    *out = (isobit_check_tensor){.rank = parameter->rank,
                                 .elements = parameter->rows * parameter->columns};
    memcpy(out->name, parameter->name, sizeof out->name);
    memcpy(out->shape, parameter->shape, sizeof out->shape);
    for (size_t i = 0; i < out->elements; i++) {
        if (fabs(expected[i]) > fabs(expected[largest]))
            largest = i;
        out->scale = fmax(out->scale, cancelled * c->terms[parameter->offset + i]);
    }
    out->largest = fabs(expected[largest]);
    out->scale = fmax(out->scale, out->largest);
    for (size_t i = 0; i < out->elements; i++) {
        const double error = relative((double)got[i], expected[i], out->scale);
        if (error > out->error) {
            out->error = error;
            worst = i;
        }
    }
    compare_differences(c, parameter, samples, largest, &worst, out);
    unravel(worst, parameter, out->worst);
    out->device = (double)got[worst];
    out->reference = expected[worst];
}

/* --------------------------------------------------------------------------------- the whole -- */

/* As many samples as "batch" says and float64 can afford, spread over the training part. */
static isobit_status choose(const isobit_model *model, const isobit_data *data,
                            const isobit_settings *settings, isobit_data **out) {
    const size_t all = isobit_data_samples(data, ISOBIT_TRAIN);
    const size_t batch = iso_settings_size(settings, "batch");
    const double room = gradients_budget / ((double)model->network->floats + 1);
    size_t count = batch && batch < all ? batch : all;
    uint32_t *which;
    if (!all)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "the training part of the data is empty");
    if ((double)count > room)
        count = room > 1 ? (size_t)room : 1;
    ISO_TRY(iso_alloc(&which, count, sizeof *which));
    for (size_t i = 0; i < count; i++)
        which[i] = data->order[data->begin[ISOBIT_TRAIN] + i * all / count];
    isobit_status status = iso_check_take(out, data, which, count);
    free(which);
    return status;
}

/* Put *batch's samples without those near a kink in its place. */
static isobit_status leave_out(const isobit_model *model, const double *parameters,
                               isobit_data **batch) {
    const size_t all = (*batch)->samples;
    iso_reference *reference = NULL;
    isobit_data *rest;
    bool *near = NULL;
    uint32_t *which = NULL;
    size_t count = 0;
    isobit_status status;
    ISO_DO(iso_alloc(&near, all, sizeof *near));
    ISO_DO(iso_alloc(&which, all, sizeof *which));
    ISO_DO(iso_check_reference(&reference, model, *batch, parameters));
    ISO_DO(iso_reference_near_kinks(reference, parameters, near));
    for (size_t i = 0; i < all; i++)
        if (!near[i])
            which[count++] = (uint32_t)i;
    if (!count)
        ISO_DO(iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "in all %zu samples some unit stands on a kink of its activation or loss, "
                        "where no gradient exists to compare with; try another seed or batch",
                        all));
    ISO_DO(iso_check_take(&rest, *batch, which, count));
    isobit_data_free(*batch);
    *batch = rest;
done:
    iso_reference_free(reference);
    free(near);
    free(which);
    return status;
}

static double toward_limit(const isobit_check_tensor *tensor) {
    return fmax(tensor->error / limit, tensor->difference_error / difference_limit);
}

static isobit_status compare(comparison *c, const isobit_data *batch, isobit_check_result *result) {
    const iso_network *network = c->model->network;
    isobit_check_tensor *tensors;
    ISO_TRY(iso_alloc(&tensors, network->parameter_count, sizeof *tensors));
    result->tensors = tensors;
    result->tensor_count = network->parameter_count;
    ISO_TRY(iso_check_reference(&c->reference, c->model, batch, c->parameters));
    c->loss = iso_reference_loss(c->reference, c->parameters, network->count);
    ISO_TRY(iso_reference_gradients(c->reference, c->parameters, c->expected, c->terms));
    ISO_TRY(iso_check_device(c->model, batch, c->got, &result->loss));
    result->reference_loss = c->loss;
    result->passed = relative(result->loss, c->loss, fmax(1, fabs(c->loss))) <= limit;
    for (size_t i = 0; i < network->parameter_count; i++) {
        compare_tensor(c, &network->parameters[i], batch->samples, &tensors[i]);
        result->passed = result->passed && toward_limit(&tensors[i]) <= 1;
        if (toward_limit(&tensors[i]) > toward_limit(&tensors[result->worst]))
            result->worst = i;
    }
    return ISOBIT_OK;
}

isobit_status isobit_check(isobit_check_result **out, isobit_model *model, const isobit_data *data,
                           const isobit_settings *settings) {
    const size_t floats = model->network->floats;
    comparison c = {.model = model};
    isobit_check_result *result = NULL;
    isobit_data *batch = NULL;
    isobit_status status;
    ISO_DO(iso_model_check_data(model, data));
    ISO_DO(iso_alloc(&result, 1, sizeof *result));
    ISO_DO(iso_alloc(&c.parameters, floats, sizeof *c.parameters));
    ISO_DO(iso_alloc(&c.expected, floats, sizeof *c.expected));
    ISO_DO(iso_alloc(&c.terms, floats, sizeof *c.terms));
    ISO_DO(iso_alloc(&c.got, floats, sizeof *c.got));
    for (size_t i = 0; i < floats; i++)
        c.parameters[i] = (double)model->parameters[i];
    ISO_DO(choose(model, data, settings, &batch));
    const size_t chosen = batch->samples;
    ISO_DO(leave_out(model, c.parameters, &batch));
    result->limit = limit;
    result->difference_limit = difference_limit;
    result->samples = batch->samples;
    result->left_out = chosen - batch->samples;
    ISO_DO(compare(&c, batch, result));
    *out = result;
done:
    if (status != ISOBIT_OK)
        isobit_check_free(result);
    isobit_data_free(batch);
    iso_reference_free(c.reference);
    free(c.parameters);
    free(c.expected);
    free(c.terms);
    free(c.got);
    return status;
}

void isobit_check_free(isobit_check_result *result) {
    if (!result)
        return;
    free((void *)(uintptr_t)result->tensors);
    free(result);
}
