#include "run/ahead.h"

#include "device/ledger.h"
#include "device/race.h"
#include "ops/feed.h"
#include "run/doctor.h"
#include "run/train_device.h"

/* While `plan` counts. */
static isobit_status note(iso_wanted *out, isobit_context *context,
                          isobit_status (*plan)(isobit_context *context)) {
    iso_ledger ledger = {0};
    if (!context->pocl)
        return ISOBIT_OK;
    context->ledger = &ledger;
    context->wanted = out;
    const isobit_status status = plan(context);
    context->ledger = NULL;
    context->wanted = NULL;
    return status;
}

isobit_status iso_ahead_of_check(iso_wanted *out, isobit_context *context) {
    return note(out, context, iso_diagnosis_plan);
}

/* What comes at an epoch's end, and before a race. */
static isobit_status plan_beside(isobit_context *context) {
    const iso_feed feed = {.context = context};
    iso_list list = {.context = context};
    double seconds;
    isobit_status status = iso_epoch_sums(&list, &feed, 1);
    iso_list_free(&list);
    if (status == ISOBIT_OK && !context->settled)
        status = iso_race_launch_cost(context, &seconds);
    return status;
}

isobit_status iso_ahead_of_training(iso_wanted *out, isobit_context *context,
                                    const isobit_data *data, const isobit_settings *settings) {
    isobit_model *model;
    iso_estimate estimate;
    if (!context->pocl)
        return ISOBIT_OK;
    ISO_TRY(note(out, context, plan_beside));
    ISO_TRY(iso_model_describe(&model, context, data, settings));
    context->wanted = out;
    const isobit_status status = iso_training_estimate(&estimate, model, data, settings);
    context->wanted = NULL;
    isobit_model_free(model);
    return status;
}
