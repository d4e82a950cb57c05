/* Decision regions: which class a network of two inputs gives to every place of the plane. */
#include "base/memory.h"
#include "cli/chart.h"
#include "cli/demo_view.h"
#include "cli/report.h"
#include "cli/samples.h"
#include "run/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A network's answers on a grid over the samples, rows from the bottom. */
typedef struct region_map {
    const demo_result *result;
    cli_range x, y;
    size_t columns, rows;
    size_t *classes; /* [row][column] */
    double *sure;    /* how sure of it, from 0 to 1 */
} region_map;

static void free_region(region_map *region) {
    free(region->classes);
    free(region->sure);
}

/* How much a network's outputs speak for the class they name, from 0 (as much as for another) to 1.
 */
static double sureness(const isobit_model *model, const float *outputs, size_t winner) {
    const size_t count = isobit_model_outputs(model);
    const double output = (double)outputs[count > 1 ? winner : 0];
    const double share = count > 1 || winner ? output : 1 - output;
    const double least = 1 / (double)(count > 1 ? count : 2);
    return fmin(fmax((share - least) / (1 - least), 0), 1);
}

static void find_ranges(region_map *out) {
    const isobit_data *data = out->result->data;
    out->x = out->y = cli_range_none();
    for (size_t i = 0; i < data->samples; i++) {
        cli_range_add(&out->x, cli_value(data, i, 0));
        cli_range_add(&out->y, cli_value(data, i, 1));
    }
    cli_range_widen(&out->x, 0.25);
    cli_range_widen(&out->y, 0.25);
}

static double place(cli_range range, size_t index, size_t count) {
    return range.least + (range.most - range.least) * ((double)index + 0.5) / (double)count;
}

static isobit_status new_region(region_map *out, const demo_result *result, size_t columns,
                                size_t rows) {
    isobit_model *model = result->model;
    const size_t count = columns * rows, outputs = isobit_model_outputs(model);
    float *x = NULL, *y = NULL;
    isobit_status status;
    *out = (region_map){.result = result, .columns = columns, .rows = rows};
    if (isobit_model_features(model) != 2 || !isobit_model_classes(model))
        return iso_fail(ISOBIT_ERROR_FORMAT, "regions are drawn of two inputs and classes");
    find_ranges(out);
    ISO_DO(iso_alloc(&x, count * 2, sizeof *x));
    ISO_DO(iso_alloc(&y, count * outputs, sizeof *y));
    ISO_DO(iso_alloc(&out->classes, count, sizeof *out->classes));
    ISO_DO(iso_alloc(&out->sure, count, sizeof *out->sure));
    for (size_t i = 0; i < count; i++) {
        x[2 * i] = (float)place(out->x, i % columns, columns);
        x[2 * i + 1] = (float)place(out->y, i / columns, rows);
    }
    ISO_DO(isobit_predict(model, x, count, y));
    for (size_t i = 0; i < count; i++) {
        out->classes[i] = iso_model_winner(model, y + i * outputs);
        out->sure[i] = sureness(model, y + i * outputs, out->classes[i]);
    }
done:
    free(x);
    free(y);
    if (status != ISOBIT_OK)
        free_region(out);
    return status;
}

/* --------------------------------------------------------------------------------- as text -- */

enum { TEXT_COLUMNS = 36, TEXT_ROWS = 14 };

/* Which training samples lie in which cell: 1 + the class. */
static void place_samples(const region_map *of, unsigned char cells[TEXT_ROWS][TEXT_COLUMNS]) {
    const isobit_data *data = of->result->data;
    memset(cells, 0, TEXT_ROWS * TEXT_COLUMNS);
    for (size_t i = data->begin[ISOBIT_TRAIN]; i < data->begin[ISOBIT_TRAIN + 1]; i++) {
        const size_t sample = data->order[i];
        const double x = (cli_value(data, sample, 0) - of->x.least) / (of->x.most - of->x.least);
        const double y = (cli_value(data, sample, 1) - of->y.least) / (of->y.most - of->y.least);
        cells[(size_t)(y * TEXT_ROWS)][(size_t)(x * TEXT_COLUMNS)] =
            (unsigned char)(1 + data->labels[sample]);
    }
}

static const char *region_mark(size_t class) {
    static const char *const marks[] = {"·", "░", "▒", "▓"};
    static const char *const ascii[] = {".", ":", "+", "%"};
    return cli_symbol(marks[class % 4], ascii[class % 4]);
}

static void print_cell(const demo_view *view, const region_map *of, size_t class, size_t sample) {
    const char *name = sample ? isobit_model_class(of->result->model, sample - 1) : NULL;
    if (view->scene->colour)
        printf("\033[38;5;%um", cli_terminal_colour(sample ? sample - 1 : class));
    if (name)
        putchar(*name);
    else
        fputs(region_mark(class), stdout);
    if (view->scene->colour)
        fputs("\033[0m", stdout);
}

/* So many regions side by side. */
static void print_regions(const demo_view *view, const region_map *regions, size_t count) {
    unsigned char cells[TEXT_ROWS][TEXT_COLUMNS];
    putchar('\n');
    for (size_t i = 0; i < count; i++)
        printf("  %-*s", i + 1 < count ? TEXT_COLUMNS : 0, regions[i].result->run->name);
    putchar('\n');
    for (size_t row = TEXT_ROWS; row-- > 0;) {
        for (size_t i = 0; i < count; i++) {
            place_samples(&regions[i], cells);
            fputs("  ", stdout);
            for (size_t column = 0; column < TEXT_COLUMNS; column++)
                print_cell(view, &regions[i], regions[i].classes[row * TEXT_COLUMNS + column],
                           cells[row][column]);
        }
        putchar('\n');
    }
}

static isobit_status print_all(const demo_view *view) {
    const size_t fit = cli_terminal_width() / (TEXT_COLUMNS + 2), across = fit ? fit : 1;
    region_map *regions;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_alloc(&regions, view->count, sizeof *regions));
    size_t made = 0;
    for (; made < view->count && status == ISOBIT_OK; made += status == ISOBIT_OK)
        status = new_region(&regions[made], view->results[made], TEXT_COLUMNS, TEXT_ROWS);
    for (size_t i = 0; status == ISOBIT_OK && i < view->count; i += across)
        print_regions(view, regions + i, view->count - i < across ? view->count - i : across);
    while (made--)
        free_region(&regions[made]);
    free(regions);
    return status;
}

/* ------------------------------------------------------------------------------ as picture -- */

/* A class's colour, paler where the network is less sure. */
static void add_pixel(iso_text *script, const region_map *of, size_t i) {
    const unsigned rgb = cli_page_colour(of->classes[i]);
    const double strength = 0.12 + 0.45 * of->sure[i];
    unsigned mixed[3];
    for (int c = 0; c < 3; c++)
        mixed[c] = (unsigned)(255 + strength * ((double)(rgb >> (16 - 8 * c) & 255) - 255) + 0.5);
    iso_text_add(script, "%.6g %.6g %u %u %u\n", place(of->x, i % of->columns, of->columns),
                 place(of->y, i / of->columns, of->rows), mixed[0], mixed[1], mixed[2]);
}

/* The training samples of one class; of very many, every so-and-so-many-th. */
static void add_samples(iso_text *script, const isobit_data *data, size_t class) {
    enum { MOST = 400 };
    const size_t count = isobit_data_samples(data, ISOBIT_TRAIN), every = count / MOST + 1;
    size_t seen = 0;
    iso_text_add(script, "$c%zu << EOD\n", class);
    for (size_t i = 0; i < count; i++) {
        const size_t sample = data->order[data->begin[ISOBIT_TRAIN] + i];
        if ((size_t)data->labels[sample] == class && seen++ % every == 0)
            iso_text_add(script, "%.6g %.6g\n", cli_value(data, sample, 0),
                         cli_value(data, sample, 1));
    }
    iso_text_add(script, "EOD\n");
}

static void draw(const region_map *of, cli_page *page) {
    const demo_result *result = of->result;
    const size_t classes = isobit_model_classes(result->model);
    const double size = isobit_data_samples(result->data, ISOBIT_TRAIN) < 40 ? 1.2 : 0.65;
    iso_text *script = cli_page_panel(page, 370, 410);
    iso_text_add(script, "$region << EOD\n");
    for (size_t i = 0; i < of->columns * of->rows; i++)
        add_pixel(script, of, i);
    iso_text_add(script, "EOD\n");
    for (size_t class = 0; class < classes; class ++)
        add_samples(script, result->data, class);
    iso_text_add(script,
                 "set title %s\nset xlabel 'x1' offset 0,0.4\nset ylabel 'x2'\nset key outside "
                 "bottom center "
                 "horizontal\nset size square\nset bmargin 5\n"
                 "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n"
                 "plot $region using 1:2:3:4:5 with rgbimage",
                 cli_page_quote(result->run->name), of->x.least, of->x.most, of->y.least,
                 of->y.most);
    for (size_t class = 0; class < classes; class ++) {
        const int shape = class % 2 ? 9 : 7;
        iso_text_add(script,
                     ", $c%zu with points pt %d ps %.2f lc rgb '#ffffff', "
                     "$c%zu with points pt %d ps %.2f lc rgb '#%06x' title %s",
                     class, shape, 1.4 * size, class, shape, size, cli_page_colour(class),
                     cli_page_quote(isobit_model_class(result->model, class)));
    }
    iso_text_add(script, "\n");
}

static isobit_status draw_all(const demo_view *view) {
    enum { FINE = 120 };
    for (size_t i = 0; i < view->count; i++) {
        region_map region;
        ISO_TRY(new_region(&region, view->results[i], FINE, FINE));
        draw(&region, view->scene->page);
        free_region(&region);
    }
    return ISOBIT_OK;
}

static void print_head(const demo_view *view) {
    const isobit_model *model = view->results[0]->model;
    char text[256] = "regions: where the answer is";
    for (size_t i = 0; i < isobit_model_classes(model) && strlen(text) < 200; i++)
        snprintf(text + strlen(text), 50, "%s %s (%s)", i ? "," : "", isobit_model_class(model, i),
                 region_mark(i));
    demo_view_head(view, cli_format("%s; training samples by their class's first letter", text),
                   false);
}

/* "regions": of every run, side by side, with the training samples. */
isobit_status demo_view_regions(const demo_view *view) {
    print_head(view);
    ISO_TRY(print_all(view));
    return view->scene->page ? draw_all(view) : ISOBIT_OK;
}
