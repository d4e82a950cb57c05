#include "run/forward.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

isobit_status iso_evaluator_new(iso_evaluator *out, const iso_engine *engine, iso_feed *feed) {
    const size_t batch = feed->batch;
    isobit_status status = ISOBIT_OK;
    *out = (iso_evaluator){.engine = engine, .feed = feed};
    if (batch) {
        ISO_DO(iso_workspace_new(&out->workspace, engine, feed, batch, false));
        ISO_DO(iso_step_forward(&out->full, engine, &out->workspace, feed, batch, batch));
    }
    if (batch && feed->samples % batch)
        status = iso_step_forward(&out->rest, engine, &out->workspace, feed, feed->samples % batch,
                                  batch);
done:
    if (status != ISOBIT_OK)
        iso_evaluator_free(out);
    return status;
}

void iso_evaluator_free(iso_evaluator *evaluator) {
    iso_step_free(&evaluator->full);
    iso_step_free(&evaluator->rest);
    if (evaluator->workspace.layers)
        iso_workspace_free(evaluator->engine, &evaluator->workspace);
    *evaluator = (iso_evaluator){0};
}

/* Steps that go over the whole feed; the last one may be a smaller one. */
static size_t steps_of(const iso_evaluator *evaluator) {
    const size_t samples = evaluator->feed->samples, batch = evaluator->feed->batch;
    return samples ? (samples + batch - 1) / batch : 0;
}

static const iso_step *step_at(const iso_evaluator *evaluator, size_t step) {
    const bool whole = (step + 1) * evaluator->feed->batch <= evaluator->feed->samples;
    return whole ? &evaluator->full : &evaluator->rest;
}

isobit_status iso_evaluator_run(iso_evaluator *evaluator, isobit_metrics *out) {
    iso_feed *feed = evaluator->feed;
    isobit_metrics metrics = {.samples = feed->samples};
    const size_t steps = steps_of(evaluator);
    size_t bad_step, end;
    if (steps) {
        ISO_TRY(iso_feed_rewind(feed));
        for (size_t step = 0; step < steps;) {
            ISO_TRY(iso_feed_reach(feed, step, steps, &end));
            for (; step < end; step++)
                ISO_TRY(iso_list_enqueue(&step_at(evaluator, step)->list));
            ISO_TRY(iso_feed_ahead(feed, end));
        }
        ISO_TRY(iso_feed_totals(feed, feed->samples, &metrics.loss, &metrics.accuracy, &bad_step));
    }
    *out = metrics;
    return ISOBIT_OK;
}

/* Run over the whole feed and copy one of the workspace's matrices after each batch. */
static isobit_status read_batches(iso_evaluator *evaluator, iso_tensor last, float *out) {
    const iso_engine *engine = evaluator->engine;
    iso_feed *feed = evaluator->feed;
    const size_t steps = steps_of(evaluator);
    size_t end;
    ISO_TRY(iso_feed_rewind(feed));
    for (size_t step = 0; step < steps; step++) {
        ISO_TRY(iso_feed_reach(feed, step, step + 1, &end));
        ISO_TRY(iso_list_enqueue(&step_at(evaluator, step)->list));
        if (!feed->answers) /* nobody moved on to the next step */
            ISO_TRY(iso_feed_seek(feed, step + 1));
        ISO_TRY(iso_feed_ahead(feed, step + 1));
        last.rows = step_at(evaluator, step)->rows;
        ISO_TRY(iso_tensor_read(engine->context, &last, out + step * feed->batch * last.columns));
    }
    return ISOBIT_OK;
}

isobit_status iso_evaluator_outputs(iso_evaluator *evaluator, float *out) {
    const size_t last = evaluator->engine->network->count - 1;
    return evaluator->feed->samples
               ? read_batches(evaluator, evaluator->workspace.layers[last].a, out)
               : ISOBIT_OK;
}

isobit_status iso_evaluator_inputs(iso_evaluator *evaluator, float *out) {
    return evaluator->feed->samples ? read_batches(evaluator, evaluator->workspace.x, out)
                                    : ISOBIT_OK;
}

/* The squared and absolute errors and R2 of a regression, in float64 in the order of the part.
 * @param targets, outputs samples by width */
static void score_regression(const float *targets, const float *outputs, size_t width,
                             isobit_metrics *metrics) {
    const size_t samples = metrics->samples;
    double squares = 0, magnitudes = 0, spread = 0;
    for (size_t j = 0; j < width; j++) {
        double mean = 0;
        for (size_t i = 0; i < samples; i++)
            mean += (double)targets[i * width + j];
        mean /= (double)samples;
        for (size_t i = 0; i < samples; i++) {
            const double target = (double)targets[i * width + j];
            const double error = (double)outputs[i * width + j] - target;
            squares += error * error;
            magnitudes += error < 0 ? -error : error;
            spread += (target - mean) * (target - mean);
        }
    }
    metrics->mse = squares / (double)(samples * width);
    metrics->mae = magnitudes / (double)(samples * width);
    metrics->r2 = spread > 0 ? 1 - squares / spread : 0;
}

/* The part's targets, in its order. */
static isobit_status part_targets(iso_evaluator *evaluator, const isobit_data *data,
                                  isobit_part part, float *out) {
    const size_t row = data->outputs * sizeof *out;
    if (data->targets_input)
        return iso_evaluator_inputs(evaluator, out);
    for (size_t i = data->begin[part]; i < data->begin[part + 1]; i++, out += data->outputs)
        memcpy(out, data->targets + data->order[i] * data->outputs, row);
    return ISOBIT_OK;
}

static isobit_status score(iso_evaluator *evaluator, const isobit_data *data, isobit_part part,
                           isobit_metrics *metrics) {
    const size_t values = metrics->samples * data->outputs;
    float *outputs = NULL, *targets = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&outputs, values, sizeof *outputs));
    ISO_DO(iso_alloc(&targets, values, sizeof *targets));
    ISO_DO(iso_evaluator_outputs(evaluator, outputs));
    ISO_DO(part_targets(evaluator, data, part, targets));
    score_regression(targets, outputs, data->outputs, metrics);
done:
    free(outputs);
    free(targets);
    return status;
}

static isobit_status need_context(const isobit_model *model) {
    return model->context
               ? ISOBIT_OK
               : iso_fail(ISOBIT_ERROR_ARGUMENT,
                          "the model was loaded without a context, only to be looked at");
}

isobit_status isobit_evaluate(isobit_model *model, const isobit_data *data, isobit_part part,
                              isobit_metrics *out) {
    isobit_data view = {0}; /* the data with the model's numbers of its classes */
    iso_forward forward = {0};
    isobit_metrics metrics = {0};
    isobit_status status;
    ISO_DO(need_context(model));
    ISO_DO(iso_model_check_data(model, data));
    ISO_DO(iso_model_view(model, data, &view));
    ISO_DO(iso_forward_new(&forward, model, &view, part, true));
    ISO_DO(iso_evaluator_run(&forward.evaluator, &metrics));
    if (view.outputs && metrics.samples)
        ISO_DO(score(&forward.evaluator, &view, part, &metrics));
    *out = metrics;
done:
    iso_forward_free(&forward);
    iso_model_view_free(&view);
    return status;
}

/* A data set that borrows `x`, with all samples in the training part and no answers. */
static isobit_status wrap(isobit_data *out, const isobit_model *model, const float *x,
                          size_t samples) {
    *out = (isobit_data){.samples = samples,
                         .shape = model->network->input,
                         .element = ISO_FLOAT32,
                         .x = (void *)(uintptr_t)x,
                         .outputs = 1};
    for (int part = ISOBIT_TRAIN; part < ISOBIT_PARTS; part++)
        out->begin[part + 1] = samples;
    ISO_TRY(iso_alloc(&out->order, samples, sizeof *out->order));
    for (size_t i = 0; i < samples; i++)
        out->order[i] = (uint32_t)i;
    return ISOBIT_OK;
}

isobit_status isobit_predict(isobit_model *model, const float *x, size_t samples, float *y) {
    isobit_data data = {0};
    iso_forward forward = {0};
    isobit_status status;
    if (samples >= UINT32_MAX)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "%zu samples are more than the 2^32 - 2 there may be", samples);
    ISO_DO(need_context(model));
    ISO_DO(wrap(&data, model, x, samples));
    ISO_DO(iso_forward_new(&forward, model, &data, ISOBIT_TRAIN, false));
    status = iso_evaluator_outputs(&forward.evaluator, y);
done:
    iso_forward_free(&forward);
    free(data.order);
    return status;
}
