#include "cli/samples.h"

#include "base/memory.h"
#include "cli/images.h"
#include "cli/report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

double cli_value(const isobit_data *data, size_t sample, size_t feature) {
    const size_t at = sample * iso_data_features(data) + feature;
    return data->element == ISO_UINT8 ? (double)((const uint8_t *)data->x)[at]
                                      : (double)((const float *)data->x)[at];
}

isobit_status cli_samples_choose(const isobit_data *data, isobit_part part, size_t *chosen,
                                 size_t *count) {
    const size_t samples = isobit_data_samples(data, part);
    size_t found = 0, *seen;
    ISO_TRY(iso_alloc(&seen, data->classes ? data->classes : 1, sizeof *seen));
    for (size_t round = 0; found < *count && round < samples; round++) {
        memset(seen, 0, (data->classes ? data->classes : 1) * sizeof *seen);
        for (size_t i = 0; found < *count && i < samples; i++) {
            const size_t sample = data->order[data->begin[part] + i];
            const size_t class = data->classes ? (size_t)data->labels[sample] : 0;
            if (seen[class]++ == round)
                chosen[found++] = sample;
        }
    }
    free(seen);
    *count = found;
    return ISOBIT_OK;
}

static const char *answer_text(const isobit_data *data, size_t sample) {
    const char *out = "";
    if (data->classes)
        return data->class_names[data->labels[sample]];
    for (size_t i = 0; i < data->outputs && i < 6; i++)
        out = cli_format("%s%s%.5g", out, i ? ", " : "",
                         (double)data->targets[sample * data->outputs + i]);
    return data->outputs > 6 ? cli_format("%s, …", out) : out;
}

/* --------------------------------------------------------------------------------- numbers -- */

static void print_numbers(const isobit_data *data, const size_t *chosen, size_t count) {
    enum { MOST = 8 };
    const size_t features = iso_data_features(data);
    const size_t shown = features < MOST ? features : MOST;
    cli_table table = {.align = &"rrrrrrrrll"[MOST - shown]};
    for (size_t i = 0; i < count; i++) {
        for (size_t f = 0; f < shown; f++)
            cli_cell(&table, "%.5g", cli_value(data, chosen[i], f));
        cli_cell(&table, "%s%s", features > shown ? cli_symbol("… ", "... ") : "",
                 cli_symbol("→", "->"));
        cli_cell(&table, "%s", answer_text(data, chosen[i]));
    }
    cli_table_print(&table, 2);
}

/* ---------------------------------------------------------------------------------- images -- */

static isobit_status print_images(const isobit_data *data, const size_t *chosen, size_t count) {
    const size_t features = iso_data_features(data);
    float *values = NULL;
    char **titles = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&values, count * features, sizeof *values));
    ISO_DO(iso_alloc(&titles, count, sizeof *titles));
    for (size_t i = 0; i < count; i++) {
        ISO_DO(iso_copy(&titles[i], answer_text(data, chosen[i])));
        for (size_t f = 0; f < features; f++)
            values[i * features + f] = (float)cli_value(data, chosen[i], f);
    }
    cli_images_print(&(cli_images){values, NULL, titles, count, data->shape});
done:
    free(values);
    for (size_t i = 0; titles && i < count; i++)
        free(titles[i]);
    free(titles);
    return status;
}

isobit_status cli_samples_print(const isobit_data *data, size_t count) {
    isobit_status status = ISOBIT_OK;
    size_t *chosen;
    ISO_TRY(iso_alloc(&chosen, count, sizeof *chosen));
    status = cli_samples_choose(data, ISOBIT_TRAIN, chosen, &count);
    if (status == ISOBIT_OK && data->shape.width > 1) {
        status = print_images(data, chosen, count);
    } else if (status == ISOBIT_OK) {
        puts("\nsamples");
        print_numbers(data, chosen, count);
    }
    free(chosen);
    return status;
}

/* Vectors with what came out behind them. */
static isobit_status print_vectors(iso_shape shape, const float *inputs, const float *outputs,
                                   size_t count) {
    const isobit_data data = {.samples = count,
                              .shape = shape,
                              .element = ISO_FLOAT32,
                              .x = (void *)(uintptr_t)inputs,
                              .targets = (float *)(uintptr_t)outputs,
                              .outputs = iso_shape_size(shape)};
    size_t *chosen;
    ISO_TRY(iso_alloc(&chosen, count, sizeof *chosen));
    for (size_t i = 0; i < count; i++)
        chosen[i] = i;
    print_numbers(&data, chosen, count);
    free(chosen);
    return ISOBIT_OK;
}

isobit_status cli_reconstructions_print(iso_shape shape, const float *inputs, const float *outputs,
                                        size_t count) {
    puts("\nscaled inputs, and what the network makes of them");
    if (shape.width == 1)
        return print_vectors(shape, inputs, outputs, count);
    cli_images_print(&(cli_images){inputs, outputs, NULL, count, shape});
    return ISOBIT_OK;
}
