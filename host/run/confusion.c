#include "run/confusion.h"

#include "base/memory.h"
#include "run/evaluate.h"

#include <stdlib.h>

isobit_status iso_part_outputs(isobit_model *model, const isobit_data *data, isobit_part part,
                               float *out, float *inputs) {
    iso_engine *engine = NULL;
    iso_feed feed = {0};
    iso_evaluator evaluator = {0};
    const iso_engine_options options = {0};
    isobit_status status;
    ISO_DO(iso_engine_new(&engine, model->context, model->network, &options));
    ISO_DO(iso_engine_write(engine, ISO_PARAMETERS, model->parameters));
    ISO_DO(iso_feed_new(&feed, model->context, data, &model->scaling, part, false));
    ISO_DO(iso_evaluator_new(&evaluator, engine, &feed));
    ISO_DO(iso_evaluator_outputs(&evaluator, out));
    if (inputs)
        status = iso_evaluator_inputs(&evaluator, inputs);
done:
    iso_evaluator_free(&evaluator);
    iso_feed_free(&feed);
    iso_engine_free(engine);
    return status;
}

isobit_status isobit_confusion(isobit_model *model, const isobit_data *data, isobit_part part,
                               size_t *counts) {
    const size_t outputs = iso_network_outputs(model->network);
    const size_t samples = isobit_data_samples(data, part);
    isobit_data view = {0};
    float *y = NULL;
    isobit_status status;
    if (!model->classes)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "a regression has no classes to confuse");
    ISO_TRY(iso_model_check_data(model, data));
    ISO_DO(iso_model_view(model, data, &view));
    ISO_DO(iso_alloc(&y, samples * outputs, sizeof *y));
    ISO_DO(iso_part_outputs(model, &view, part, y, NULL));
    for (size_t i = 0; i < model->classes * model->classes; i++)
        counts[i] = 0;
    for (size_t i = 0; i < samples; i++) {
        const size_t label = (size_t)view.labels[view.order[view.begin[part] + i]];
        counts[label * model->classes + iso_model_winner(model, y + i * outputs)]++;
    }
done:
    free(y);
    iso_model_view_free(&view);
    return status;
}
