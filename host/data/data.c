/* The data handle: made of the caller's arrays, asked about, freed. Files: see load.c. */
#include "data/data.h"

#include "base/memory.h"
#include "data/source.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void isobit_data_free(isobit_data *data) {
    if (!data)
        return;
    for (size_t i = 0; data->class_names && i < data->classes; i++)
        free(data->class_names[i]);
    free(data->class_names);
    free(data->labels);
    free(data->targets);
    free(data->order);
    if (data->held)
        iso_held_leave(data->held);
    else
        free(data->x);
    free(data->name);
    free(data->source);
    free(data);
}

size_t isobit_data_samples(const isobit_data *data, isobit_part part) {
    return part < ISOBIT_PARTS ? data->begin[part + 1] - data->begin[part] : 0;
}

size_t isobit_data_features(const isobit_data *data) { return iso_data_features(data); }
size_t isobit_data_classes(const isobit_data *data) { return data->classes; }
size_t isobit_data_outputs(const isobit_data *data) { return data->outputs; }

isobit_status iso_data_wants_input(const isobit_settings *settings, bool *out) {
    const char *target = isobit_settings_get(settings, "target");
    if (*target && strcmp(target, "input") != 0)
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "target: \"%s\" is not known; write input, or leave it away to learn labels", target);
    *out = *target;
    return ISOBIT_OK;
}

void iso_data_target_input(isobit_data *data) {
    data->classes = 0;
    data->labels = NULL;
    data->class_names = NULL;
    data->targets = NULL;
    data->outputs = iso_data_features(data);
    data->targets_input = true;
}

/* A copy of samples * width finite floats. */
static isobit_status copy_floats(float **out, const float *from, size_t samples, size_t width,
                                 const char *name) {
    if (!from || !samples || !width)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: %zu samples of %zu values: there must be some",
                        name, samples, width);
    if (samples > UINT32_MAX - 1 || samples > PTRDIFF_MAX / sizeof *from / width)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: %zu samples of %zu values are too many", name,
                        samples, width);
    for (size_t i = 0; i < samples * width; i++)
        if (!isfinite(from[i]))
            return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s[%zu,%zu] is %g; every value must be finite",
                            name, i / width, i % width, (double)from[i]);
    ISO_TRY(iso_x_alloc(out, samples, width * sizeof **out));
    memcpy(*out, from, samples * width * sizeof *from);
    return ISOBIT_OK;
}

static isobit_status copy_x(iso_table *table, const float *x, size_t samples, size_t features) {
    float *copy;
    ISO_TRY(copy_floats(&copy, x, samples, features, "x"));
    *table = (iso_table){
        .samples = samples, .shape = {features, 1, 1}, .element = ISO_FLOAT32, .x = copy};
    return ISOBIT_OK;
}

/* Labels are taken as they are: no renumbering, so that outputs keep the caller's meaning. */
static isobit_status copy_labels(iso_table *table, const int32_t *labels, size_t classes) {
    if (!labels)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "labels: there are none");
    int64_t most =
        classes ? (int64_t)(classes < INT32_MAX ? classes : INT32_MAX) : ISO_MOST_CLASSES;
    size_t count = classes;
    for (size_t i = 0; i < table->samples; i++) {
        if (labels[i] < 0 || labels[i] >= most)
            return iso_fail(ISOBIT_ERROR_ARGUMENT,
                            "labels[%zu] is %" PRId32 ", out of range 0 to %" PRId64, i, labels[i],
                            most - 1);
        if (!classes && (size_t)labels[i] >= count)
            count = (size_t)labels[i] + 1;
    }
    if (count > ISO_MOST_CLASSES)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "classes: %zu; there may be %d at most", count,
                        ISO_MOST_CLASSES);
    ISO_TRY(iso_alloc(&table->labels, table->samples, sizeof *labels));
    memcpy(table->labels, labels, table->samples * sizeof *labels);
    return iso_y_name_classes(table, count);
}

isobit_status isobit_data_from_classes(isobit_data **out, const float *x, size_t samples,
                                       size_t features, const int32_t *labels, size_t classes) {
    iso_table table = {0};
    isobit_status status;
    ISO_DO(copy_x(&table, x, samples, features));
    ISO_DO(copy_labels(&table, labels, classes));
    ISO_DO(iso_data_from_table(out, &table, samples, "arrays", "arrays"));
done:
    iso_table_free(&table);
    return status;
}

isobit_status isobit_data_from_targets(isobit_data **out, const float *x, size_t samples,
                                       size_t features, const float *y, size_t outputs) {
    iso_table table = {0};
    isobit_status status;
    ISO_DO(copy_x(&table, x, samples, features));
    ISO_DO(copy_floats(&table.targets, y, samples, outputs, "y"));
    table.outputs = outputs;
    ISO_DO(iso_data_from_table(out, &table, samples, "arrays", "arrays"));
done:
    iso_table_free(&table);
    return status;
}
