#include "run/forward.h"

#include "base/memory.h"
#include "run/fit.h"

#include <stdlib.h>

/* Everything but the parameters' values. */
static isobit_status make(void *it, size_t chunk) {
    iso_forward *forward = it;
    const isobit_model *model = forward->model;
    const iso_engine_options options = {.loss = forward->answers ? model->loss : NULL};
    const iso_feed_wish wish = {.part = forward->part,
                                .answers = forward->answers,
                                .batch = forward->batch,
                                .chunk = chunk};
    ISO_TRY(iso_engine_new(&forward->engine, model->context, model->network, &options));
    ISO_TRY(iso_feed_new(&forward->feed, model->context, forward->data, &model->scaling, &wish));
    return iso_evaluator_new(&forward->evaluator, forward->engine, &forward->feed);
}

static void unmake(void *it) {
    iso_forward *forward = it;
    iso_evaluator_free(&forward->evaluator);
    iso_feed_free(&forward->feed);
    iso_engine_free(forward->engine);
    forward->engine = NULL;
}

/* In batches as large as fit, also where the driver gives less than the device says. */
static isobit_status fit(iso_forward *forward) {
    const size_t samples = isobit_data_samples(forward->data, forward->part);
    isobit_context *context = forward->model->context;
    iso_fitting fitting = {.context = context,
                           .data = forward->data,
                           .answers = forward->answers,
                           .it = forward,
                           .make = make,
                           .unmake = unmake};
    iso_fit found = {.fits = false};
    char *refusal = NULL;
    isobit_status status = ISOBIT_ERROR_DEVICE;
    context->ran_out = false;
    for (size_t batch = ISO_EVALUATION_BATCH; batch; batch /= 16) {
        forward->batch = samples < batch ? samples : batch;
        fitting.least = forward->batch ? forward->batch : 1; /* the part may be empty */
        ISO_DO(iso_fit_find(&found, &fitting));
        if (!found.fits)
            continue;
        context->ran_out = false;
        status = make(forward, found.chunk);
        if (status == ISOBIT_OK || !context->ran_out)
            goto done;
        free(refusal);
        refusal = NULL;
        ISO_DO(iso_copy(&refusal, isobit_error()));
        iso_finish(context); /* the queue may still read what goes now */
        unmake(forward);
    }
    status = iso_fit_refuse(&found, context, "running the network",
                            "use a smaller network, or another device");
    if (refusal)
        iso_fail_at(status, "%s", refusal);
done:
    free(refusal);
    return status;
}

isobit_status iso_forward_new(iso_forward *out, const isobit_model *model, const isobit_data *data,
                              isobit_part part, bool answers) {
    *out = (iso_forward){.model = model, .data = data, .part = part, .answers = answers};
    isobit_status status = fit(out);
    if (status == ISOBIT_OK)
        status = iso_engine_write(out->engine, ISO_PARAMETERS, model->parameters);
    if (status != ISOBIT_OK)
        unmake(out);
    return status;
}

void iso_forward_free(iso_forward *forward) {
    if (forward->engine)
        iso_finish(forward->engine->context); /* the queue may still read what goes now */
    unmake(forward);
}
