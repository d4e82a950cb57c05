#include "run/confusion.h"

#include "base/memory.h"
#include "run/forward.h"

#include <stdlib.h>

isobit_status iso_part_outputs(isobit_model *model, const isobit_data *data, isobit_part part,
                               float *out, float *inputs) {
    iso_forward forward;
    ISO_TRY(iso_forward_new(&forward, model, data, part, false));
    isobit_status status = iso_evaluator_outputs(&forward.evaluator, out);
    if (status == ISOBIT_OK && inputs)
        status = iso_evaluator_inputs(&forward.evaluator, inputs);
    iso_forward_free(&forward);
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
