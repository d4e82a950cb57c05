/* Views over one axis: a figure after each epoch, and regressions of one input. */
#include "base/memory.h"
#include "cli/chart.h"
#include "cli/demo_view.h"
#include "cli/report.h"
#include "cli/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------------------- curves -- */

typedef struct curves {
    const demo_view *view;
    const char *figure;
    bool log, by_steps;
    cli_range x, y;
} curves;

/* Where the curve of a run is after an epoch (from 0); false: nowhere. */
static bool point_of(const curves *of, const demo_result *result, size_t epoch, double *x,
                     double *y) {
    const double per_epoch = (double)result->steps / (double)result->history.count;
    *x = (double)(epoch + 1) * (of->by_steps ? per_epoch : 1);
    const char *name = cli_format("%s@%zu", of->figure, epoch + 1);
    return demo_figure(result, name, y) == ISOBIT_OK && isfinite(*y) && (!of->log || *y > 0);
}

static void print_curves(const curves *of, const char *title, const char *x_title) {
    cli_chart chart = {.x = of->x, .y = of->y, .log = of->log, .colour = of->view->scene->colour};
    for (size_t i = 0; i < of->view->count; i++) {
        double x, y, last[2];
        bool begun = false;
        for (size_t e = 0; e < of->view->results[i]->history.count; e++) {
            if (!point_of(of, of->view->results[i], e, &x, &y))
                continue;
            cli_chart_line(&chart, begun ? last[0] : x, begun ? last[1] : y, x, y, i);
            last[0] = x;
            last[1] = y;
            begun = true;
        }
    }
    demo_view_head(of->view, title, true);
    cli_chart_print(&chart, x_title);
}

/* A data block for gnuplot, of at most about MOST points. */
static void add_points(iso_text *script, const curves *of, const demo_result *result, size_t i) {
    enum { MOST = 500 };
    const size_t count = result->history.count, every = count / MOST + 1;
    double x, y;
    iso_text_add(script, "$d%zu << EOD\n", i);
    for (size_t e = 0; e < count; e++)
        if ((e % every == 0 || e + 1 == count) && point_of(of, result, e, &x, &y))
            iso_text_add(script, "%.9g %.9g\n", x, y);
    iso_text_add(script, "EOD\n");
}

static void draw_curves(const curves *of, const char *title, const char *x_title) {
    const demo_view *view = of->view;
    iso_text *script = cli_page_panel(view->scene->page, 620, 380);
    const double room = 0.03 * (of->y.most - of->y.least);
    for (size_t i = 0; i < view->count; i++)
        add_points(script, of, view->results[i], i);
    iso_text_add(script,
                 "set xlabel %s\nset ylabel %s\n%sset grid lt 1 lw 0.5 lc rgb '#cccccc'\n"
                 "set key outside right top Left reverse\n"
                 "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\nplot ",
                 cli_page_quote(x_title), cli_page_quote(title),
                 of->log ? "set logscale y\nset format y '%g'\n" : "", of->x.least, of->x.most,
                 of->log ? of->y.least / 1.3 : of->y.least - (of->y.least != 0) * room,
                 of->log ? of->y.most * 1.3 : of->y.most + room);
    for (size_t i = 0; i < view->count; i++) {
        const demo_result *result = view->results[i];
        iso_text_add(script, "%s$d%zu with %s lw 2 dt %zu lc rgb '#%06x' pt 7 ps 0.4 title %s",
                     i ? ", " : "", i, result->history.count < 20 ? "linespoints" : "lines",
                     i / 4 + 1, cli_page_colour(i),
                     cli_page_quote(result->ended ? cli_format("%s (diverged)", result->run->name)
                                                  : result->run->name));
    }
    iso_text_add(script, "\n");
}

static void find_ranges(curves *of) {
    double x, y;
    of->x = of->y = cli_range_none();
    for (size_t i = 0; i < of->view->count; i++)
        for (size_t e = 0; e < of->view->results[i]->history.count; e++)
            if (point_of(of, of->view->results[i], e, &x, &y)) {
                cli_range_add(&of->x, x);
                cli_range_add(&of->y, y);
            }
    if (!of->log && of->y.least > 0 && of->y.least < 0.5 * of->y.most)
        of->y.least = 0;
    if (!(of->x.most > of->x.least))
        cli_range_widen(&of->x, 0);
    if (!(of->y.most > of->y.least))
        cli_range_widen(&of->y, 0);
}

/* "curves FIGURE": of every run, after each epoch. log=on: y is logarithmic; x=steps. */
isobit_status demo_view_curves(const demo_view *view) {
    curves of = {.view = view};
    ISO_TRY(demo_view_word(view, 1, "a figure, as test_loss", &of.figure));
    ISO_TRY(iso_spec_switch(view->spec, "log", &of.log));
    const char *x = iso_spec_option(view->spec, "x");
    of.by_steps = x && !strcmp(x, "steps");
    if (x && !of.by_steps && strcmp(x, "epochs") != 0)
        return iso_fail(ISOBIT_ERROR_FORMAT, "x is epochs or steps");
    if (!demo_figure_is_curve(of.figure))
        return iso_fail(ISOBIT_ERROR_FORMAT, "\"%s\" is no figure that every epoch has", of.figure);
    find_ranges(&of);
    char title[64];
    snprintf(title, sizeof title, "%s", demo_figure_title(of.figure));
    const char *x_title = of.by_steps ? "step" : "epoch";
    print_curves(&of, title, x_title);
    if (view->scene->page)
        draw_curves(&of, title, x_title);
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------------- fit -- */

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
                     "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\nplot ",
                     cli_page_quote(of->view->results[r]->run->name), of->x.least, of->x.most,
                     of->y.least, of->y.most);
        if (tested)
            iso_text_add(script, "$test with points pt 6 ps 0.5 lc rgb '#999999' title 'test', ");
        iso_text_add(script,
                     "$line with lines lw 2.5 lc rgb '#%06x' title 'network', "
                     "$train with points pt 7 ps 0.8 lc rgb '#%06x' title 'training'\n",
                     cli_page_colour(0), cli_page_colour(1));
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
