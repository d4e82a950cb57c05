/* Views that are images: weights of a layer, samples, and what an autoencoder makes of them. */
#include "base/memory.h"
#include "cli/chart.h"
#include "cli/demo_view.h"
#include "cli/images.h"
#include "cli/report.h"
#include "cli/samples.h"
#include "run/confusion.h"
#include "run/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------- a mosaic -- */

/* Images in rows and columns, one pixel between them. */
typedef struct mosaic {
    const float *values; /* [count][height][width] */
    size_t count, height, width, across;
} mosaic;

/* The value at a place of the mosaic; NaN: between images. */
static double mosaic_at(const mosaic *of, size_t row, size_t column) {
    const size_t y = row % (of->height + 1), x = column % (of->width + 1);
    const size_t image = row / (of->height + 1) * of->across + column / (of->width + 1);
    if (y == of->height || x == of->width || image >= of->count)
        return (double)NAN;
    return (double)of->values[(image * of->height + y) * of->width + x];
}

/* Each pixel is several ones of the picture, which viewers would otherwise blur into each other. */
static void add_pixels(iso_text *script, const mosaic *of, size_t rows, size_t columns,
                       size_t zoom) {
    iso_text_add(script, "$image << EOD\n");
    for (size_t row = rows * zoom; row-- > 0;) {
        for (size_t column = 0; column < columns * zoom; column++) {
            const double value = mosaic_at(of, row / zoom, column / zoom);
            if (isfinite(value))
                iso_text_add(script, "%.4g ", value);
            else
                iso_text_add(script, "NaN ");
        }
        iso_text_add(script, "\n");
    }
    iso_text_add(script, "EOD\n");
}

/* A panel. @param palette gnuplot's, from the least value to the most
 * @param scale whether a scale of colours stands beside it */
static void draw_mosaic(cli_page *page, const mosaic *of, const char *title, const char *palette,
                        cli_range range, bool scale) {
    enum { SIDE = 520, MOST = 12, FINE = 400, AROUND = 60, SCALE = 80 };
    if (!of->count || !of->across)
        return;
    const size_t lines = (of->count + of->across - 1) / of->across;
    const size_t columns = of->across * (of->width + 1) - 1, rows = lines * (of->height + 1) - 1;
    const size_t longer = columns > rows ? columns : rows;
    const double pixel = fmin((double)SIDE / (double)longer, MOST);
    iso_text *script =
        cli_page_panel(page, fmax(pixel * (double)columns, 120) + AROUND + (scale ? SCALE : 0),
                       pixel * (double)rows + AROUND);
    add_pixels(script, of, rows, columns, FINE / longer + 1);
    iso_text_add(script,
                 "set title %s\nunset border\nunset tics\nset palette defined (%s)\n"
                 "set cbrange [%.6g:%.6g]\n%s\nset size ratio -1\nset autoscale fix\n"
                 "plot $image matrix with image\n",
                 cli_page_quote(title), palette, range.least, range.most,
                 scale ? cli_format("set cbtics ('%.2g' %.9g, '0' 0, '%.2g' %.9g)", range.least,
                                    range.least, range.most, range.most)
                       : "unset colorbox");
}

/* -------------------------------------------------------------------------------- weights -- */

/* The first units of a tensor: as images (a filter's first channel, a unit of a layer over images),
 * or as what they have for each of their inputs. */
typedef struct unit_weights {
    float *values;
    size_t count;
    iso_shape shape; /* of one; channels 1, and height 1 where it is no image */
} unit_weights;

static const iso_parameter *find_tensor(const iso_network *network, const char *name) {
    for (size_t i = 0; i < network->parameter_count; i++)
        if (!strcmp(network->parameters[i].name, name))
            return &network->parameters[i];
    return NULL;
}

static iso_shape unit_shape(const iso_network *network, const iso_parameter *tensor) {
    const iso_shape in = network->layers[tensor->layer].in;
    if (tensor->rank == 1) /* biases */
        return (iso_shape){1, 1, 1};
    if (tensor->rank == 4 && tensor->shape[2] > 1)
        return (iso_shape){1, tensor->shape[2], tensor->shape[3]};
    if (tensor->rank == 2 && in.height > 1 && in.width > 1)
        return (iso_shape){1, in.height, in.width};
    return (iso_shape){1, 1, tensor->columns};
}

static isobit_status take_units(unit_weights *out, const demo_result *of, const char *name,
                                size_t most) {
    const iso_network *network = of->model->network;
    const iso_parameter *tensor = find_tensor(network, name);
    if (!tensor)
        return iso_fail(ISOBIT_ERROR_FORMAT, "run %s has no tensor \"%s\"", of->run->name, name);
    const size_t units = tensor->shape[0];
    out->count = units < most ? units : most;
    out->shape = unit_shape(network, tensor);
    const size_t size = iso_shape_size(out->shape), pitch = tensor->rows * tensor->columns / units;
    ISO_TRY(iso_alloc(&out->values, out->count * size, sizeof *out->values));
    for (size_t i = 0; i < out->count; i++)
        memcpy(out->values + i * size, of->model->parameters + tensor->offset + i * pitch,
               size * sizeof(float));
    return ISOBIT_OK;
}

static double largest_of(const unit_weights *of) {
    double largest = 0;
    for (size_t i = 0; i < of->count * iso_shape_size(of->shape); i++)
        largest = fmax(largest, fabs((double)of->values[i]));
    return largest > 0 ? largest : 1;
}

/* A row for each unit, as many columns as the terminal has room for. */
static isobit_status print_numbers(const unit_weights *units, size_t shown) {
    char *align;
    ISO_TRY(iso_alloc(&align, shown + 2, 1));
    memset(align, 'r', shown + 1);
    cli_table table = {.align = align};
    cli_cell(&table, "%s", "unit");
    for (size_t i = 0; i < shown; i++)
        cli_cell(&table, "%s", units->shape.width == 1 ? "" : cli_format("input %zu", i + 1));
    for (size_t unit = 0; unit < units->count; unit++) {
        cli_cell(&table, "%zu", unit + 1);
        for (size_t i = 0; i < shown; i++)
            cli_cell(&table, "%.4g", (double)units->values[unit * units->shape.width + i]);
    }
    cli_table_print(&table, 2);
    free(align);
    return ISOBIT_OK;
}

static isobit_status show_numbers(const demo_view *view, const unit_weights *units,
                                  const char *title) {
    enum { UNIT = 8, NUMBER = 12 }; /* columns that they take at most */
    const size_t room = cli_terminal_width(), inputs = units->shape.width;
    const size_t fit = room > UNIT + NUMBER ? (room - UNIT) / NUMBER : 1;
    const size_t shown = inputs < fit ? inputs : fit;
    const char *left_out = shown < inputs ? cli_format(", %zu of %zu inputs", shown, inputs) : "";
    demo_view_head(view, cli_format("%s, first units%s", title, left_out), false);
    return print_numbers(units, shown);
}

static isobit_status show_units(const demo_view *view, const demo_result *of,
                                const unit_weights *units, const char *name) {
    enum { ACROSS = 8 };
    const iso_shape shape = units->shape;
    const char *title = cli_format("%s: %s", of->run->name, name);
    const size_t across = shape.height == 1 ? 1 : units->count < ACROSS ? units->count : ACROSS;
    const mosaic all = {units->values, units->count, shape.height, shape.width, across};
    const double largest = largest_of(units);
    if (view->scene->page)
        draw_mosaic(view->scene->page, &all, title, "0 '#0072B2', 1 '#ffffff', 2 '#D55E00'",
                    (cli_range){-largest, largest}, true);
    if (shape.height == 1)
        return show_numbers(view, units, title);
    demo_view_head(view, cli_format("%s, first units", title), false);
    cli_images_print(
        &(cli_images){units->values, NULL, NULL, units->count < 2 ? units->count : 2, shape});
    return ISOBIT_OK;
}

/* "weights TENSOR COUNT": what the first units look for, "0.weight" for the first layer. */
isobit_status demo_view_weights(const demo_view *view) {
    const char *name;
    size_t count = 16;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(demo_view_word(view, 1, "a tensor, as 0.weight", &name));
    ISO_TRY(demo_view_count(view, 2, &count));
    for (size_t i = 0; i < view->count && status == ISOBIT_OK; i++) {
        unit_weights units = {0};
        ISO_TRY(take_units(&units, view->results[i], name, count));
        status = show_units(view, view->results[i], &units, name);
        free(units.values);
    }
    return status;
}

/* ------------------------------------------------------------------------- reconstructions -- */

/* Some samples as the network sees them, and behind them what it makes of them. */
static isobit_status reconstruct(const demo_result *of, isobit_part part, size_t count,
                                 float *values) {
    const size_t samples = isobit_data_samples(of->data, part);
    const size_t features = iso_data_features(of->data), shown = count * features;
    float *inputs = NULL, *outputs = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&inputs, samples * features, sizeof *inputs));
    ISO_DO(iso_alloc(&outputs, samples * features, sizeof *outputs));
    ISO_DO(iso_part_outputs(of->model, of->data, part, outputs, inputs));
    memcpy(values, inputs, shown * sizeof *values);
    memcpy(values + shown, outputs, shown * sizeof *values);
done:
    free(inputs);
    free(outputs);
    return status;
}

static isobit_status show_reconstructions(const demo_view *view, const demo_result *of,
                                          size_t count) {
    const iso_shape shape = of->data->shape;
    const isobit_part part =
        isobit_data_samples(of->data, ISOBIT_TEST) ? ISOBIT_TEST : ISOBIT_TRAIN;
    const size_t samples = isobit_data_samples(of->data, part), size = iso_shape_size(shape);
    float *values;
    if (!of->model->targets_input || shape.width == 1)
        return iso_fail(ISOBIT_ERROR_FORMAT, "run %s: the network does not give back images",
                        of->run->name);
    count = count < samples ? count : samples;
    ISO_TRY(iso_alloc(&values, 2 * count * size, sizeof *values));
    isobit_status status = reconstruct(of, part, count, values);
    if (status == ISOBIT_OK) {
        const char *title = cli_format("%s: inputs above, reconstructions below", of->run->name);
        const mosaic all = {values, 2 * count, shape.height, shape.width, count};
        demo_view_head(view, title, false);
        cli_images_print(
            &(cli_images){values, values + count * size, NULL, count < 4 ? count : 4, shape});
        if (view->scene->page)
            draw_mosaic(view->scene->page, &all, title, "0 '#000000', 1 '#ffffff'",
                        (cli_range){0, 1}, false);
    }
    free(values);
    return status;
}

/* "reconstructions COUNT": of the first test samples. */
isobit_status demo_view_reconstructions(const demo_view *view) {
    size_t count = 8;
    ISO_TRY(demo_view_count(view, 1, &count));
    for (size_t i = 0; i < view->count; i++)
        ISO_TRY(show_reconstructions(view, view->results[i], count));
    return ISOBIT_OK;
}

/* --------------------------------------------------------------------------------- samples -- */

/* Samples of a part, of different classes first; how many there are. */
static isobit_status take_samples(const isobit_data *data, isobit_part part, size_t *count,
                                  float *values) {
    const size_t size = iso_shape_size(data->shape);
    size_t *chosen;
    ISO_TRY(iso_alloc(&chosen, *count, sizeof *chosen));
    isobit_status status = cli_samples_choose(data, part, chosen, count);
    for (size_t i = 0; status == ISOBIT_OK && i < *count; i++)
        for (size_t f = 0; f < size; f++)
            values[i * size + f] = (float)cli_value(data, chosen[i], f);
    free(chosen);
    return status;
}

static isobit_status show_part(const demo_view *view, const isobit_data *data, isobit_part part,
                               size_t count) {
    const char *title = part == ISOBIT_TRAIN ? "training samples" : "test samples";
    float *values;
    ISO_TRY(iso_alloc(&values, count * iso_shape_size(data->shape), sizeof *values));
    isobit_status status = take_samples(data, part, &count, values);
    if (status == ISOBIT_OK && count) {
        const mosaic all = {values, count, data->shape.height, data->shape.width, count};
        const double white = data->element == ISO_UINT8 ? 255 : 1;
        demo_view_head(view, title, false);
        cli_images_print(&(cli_images){values, NULL, NULL, count < 4 ? count : 4, data->shape});
        if (view->scene->page)
            draw_mosaic(view->scene->page, &all, title, "0 '#000000', 1 '#ffffff'",
                        (cli_range){0, white}, false);
    }
    free(values);
    return status;
}

/* "samples COUNT": images of the first run's training and test parts. */
isobit_status demo_view_samples(const demo_view *view) {
    const isobit_data *data = view->results[0]->data;
    size_t count = 8;
    ISO_TRY(demo_view_count(view, 1, &count));
    if (data->shape.width == 1 || data->shape.channels > 1)
        return iso_fail(ISOBIT_ERROR_FORMAT, "samples are drawn of grey images");
    ISO_TRY(show_part(view, data, ISOBIT_TRAIN, count));
    return show_part(view, data, ISOBIT_TEST, count);
}
