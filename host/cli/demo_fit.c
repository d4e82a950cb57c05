/* Regressions of one input: what a network answers over the samples. */
#include "base/memory.h"
#include "cli/chart.h"
#include "cli/demo_view.h"
#include "cli/report.h"
#include "cli/samples.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLACES = 200 };

typedef struct fit {
    const demo_view *view;
    const isobit_data *data; /* the first run's */
    cli_range x, y;
    float places[PLACES];
    float *outputs; /* [run][place] */
} fit;

static isobit_status predict_fit(fit *of) {
    const isobit_data *data = of->data;
    of->x = of->y = cli_range_none();
    for (size_t i = 0; i < data->samples; i++) {
        cli_range_add(&of->x, cli_value(data, i, 0));
        cli_range_add(&of->y, (double)data->targets[i]);
    }
    for (size_t i = 0; i < PLACES; i++)
        of->places[i] =
            (float)(of->x.least + (of->x.most - of->x.least) * (double)i / (PLACES - 1));
    for (size_t r = 0; r < of->view->count; r++)
        ISO_TRY(isobit_predict(of->view->results[r]->model, of->places, PLACES,
                               of->outputs + r * PLACES));
    cli_range_widen(&of->x, 0.02);
    cli_range_widen(&of->y, 0.15);
    return ISOBIT_OK;
}

static void print_fit(const fit *of) {
    for (size_t r = 0; r < of->view->count; r++) {
        cli_chart chart = {.x = of->x, .y = of->y, .colour = of->view->scene->colour};
        for (size_t i = of->data->begin[ISOBIT_TRAIN]; i < of->data->begin[ISOBIT_TRAIN + 1]; i++)
            cli_chart_put(&chart, cli_value(of->data, of->data->order[i], 0),
                          (double)of->data->targets[of->data->order[i]], 3);
        for (size_t i = 0; i < PLACES; i++)
            cli_chart_put(&chart, (double)of->places[i], (double)of->outputs[r * PLACES + i], 0);
        printf("\n%s:  ", of->view->results[r]->run->name);
        cli_chart_print_mark(0, chart.colour);
        fputs(" network  ", stdout);
        cli_chart_print_mark(3, chart.colour);
        puts(" training samples");
        cli_chart_print(&chart, "x");
    }
}

static void add_part(iso_text *script, const fit *of, isobit_part part, const char *name) {
    iso_text_add(script, "$%s << EOD\n", name);
    for (size_t i = of->data->begin[part]; i < of->data->begin[part + 1]; i++) {
        const size_t sample = of->data->order[i];
        iso_text_add(script, "%.9g %.9g\n", cli_value(of->data, sample, 0),
                     (double)of->data->targets[sample]);
    }
    iso_text_add(script, "EOD\n");
}

/* A few samples stand before the line, many behind it. */
static void add_plots(iso_text *script, size_t samples) {
    const char *line =
        cli_format("$line with lines lw 2.5 lc rgb '#%06x' title 'network'", cli_page_colour(0));
    const char *points =
        cli_format("$train with points pt 7 ps %.1f lc rgb '#%06x' title 'training'",
                   samples < 40 ? 0.8 : 0.5, cli_page_colour(1));
    iso_text_add(script, "%s, %s\n", samples < 40 ? line : points, samples < 40 ? points : line);
}

static void draw_fit(const fit *of) {
    for (size_t r = 0; r < of->view->count; r++) {
        iso_text *script = cli_page_panel(of->view->scene->page, 380, 360);
        const bool tested = isobit_data_samples(of->data, ISOBIT_TEST);
        add_part(script, of, ISOBIT_TRAIN, "train");
        if (tested)
            add_part(script, of, ISOBIT_TEST, "test");
        iso_text_add(script, "$line << EOD\n");
        for (size_t i = 0; i < PLACES; i++)
            iso_text_add(script, "%.9g %.9g\n", (double)of->places[i],
                         (double)of->outputs[r * PLACES + i]);
        iso_text_add(script,
                     "EOD\nset title %s\nset xlabel 'x'\nset ylabel 'y'\n"
                     "set grid lt 1 lw 0.5 lc rgb '#cccccc'\nset key top center Left reverse\n"
                     "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\nplot %s",
                     cli_page_quote(of->view->results[r]->run->name), of->x.least, of->x.most,
                     of->y.least, of->y.most,
                     tested ? "$test with points pt 6 ps 0.5 lc rgb '#999999' title 'test', " : "");
        add_plots(script, isobit_data_samples(of->data, ISOBIT_TRAIN));
    }
}

/* "fit": what a network of one input and one output gives, over the data. */
isobit_status demo_view_fit(const demo_view *view) {
    fit of = {.view = view, .data = view->results[0]->data};
    for (size_t r = 0; r < view->count; r++)
        if (isobit_model_features(view->results[r]->model) != 1 || of.data->outputs != 1)
            return iso_fail(ISOBIT_ERROR_FORMAT, "a fit is drawn of one input and one target");
    ISO_TRY(iso_alloc(&of.outputs, view->count * PLACES, sizeof *of.outputs));
    isobit_status status = predict_fit(&of);
    if (status == ISOBIT_OK) {
        print_fit(&of);
        if (view->scene->page)
            draw_fit(&of);
    }
    free(of.outputs);
    return status;
}
