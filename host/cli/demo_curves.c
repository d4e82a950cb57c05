/* Curves: a figure after each epoch, or from layer to layer. */
#include "cli/chart.h"
#include "cli/demo_view.h"
#include "cli/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct curves {
    const demo_view *view;
    const char *figure;
    enum { BY_EPOCH, BY_STEP, BY_LAYER } by;
    bool log;
    cli_range x, y;
} curves;

static size_t points_of(const curves *of, const demo_result *result) {
    return of->by == BY_LAYER ? result->layer_count : result->history.count;
}

/* A point of a run's curve; false: there is none. */
static bool point_of(const curves *of, const demo_result *result, size_t index, double *x,
                     double *y) {
    const double per_epoch = (double)result->steps / (double)result->history.count;
    bool found;
    *x = (double)(index + 1) * (of->by == BY_STEP ? per_epoch : 1);
    if (of->by == BY_LAYER) {
        *x = (double)result->layers[index].layer;
        found = demo_layer_figure(&result->layers[index], of->figure, y);
    } else {
        const char *name = cli_format("%s@%zu", of->figure, index + 1);
        found = demo_figure(result, name, y) == ISOBIT_OK;
    }
    return found && isfinite(*y) && (!of->log || *y > 0);
}

static void print_curves(const curves *of, const char *title, const char *x_title) {
    cli_chart chart = {.x = of->x, .y = of->y, .log = of->log, .colour = of->view->scene->colour};
    for (size_t i = 0; i < of->view->count; i++) {
        double x, y, last[2];
        bool begun = false;
        for (size_t e = 0; e < points_of(of, of->view->results[i]); e++) {
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
    const size_t count = points_of(of, result), every = count / MOST + 1;
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
                     i ? ", " : "", i, points_of(of, result) < 25 ? "linespoints" : "lines",
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
        for (size_t e = 0; e < points_of(of, of->view->results[i]); e++)
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

static void show(curves *of) {
    static const char *const x_titles[] = {"epoch", "step", "layer"};
    char title[64];
    snprintf(title, sizeof title, "%s", demo_figure_title(of->figure));
    find_ranges(of);
    print_curves(of, title, x_titles[of->by]);
    if (of->view->scene->page)
        draw_curves(of, title, x_titles[of->by]);
}

/* "curves FIGURE": of every run, after each epoch. log=on: y is logarithmic; x=steps. */
isobit_status demo_view_curves(const demo_view *view) {
    curves of = {.view = view};
    ISO_TRY(demo_view_word(view, 1, "a figure, as test_loss", &of.figure));
    ISO_TRY(iso_spec_switch(view->spec, "log", &of.log));
    const char *x = iso_spec_option(view->spec, "x");
    of.by = x && !strcmp(x, "steps") ? BY_STEP : BY_EPOCH;
    if (x && of.by == BY_EPOCH && strcmp(x, "epochs") != 0)
        return iso_fail(ISOBIT_ERROR_FORMAT, "x is epochs or steps");
    if (!demo_figure_is_curve(of.figure))
        return iso_fail(ISOBIT_ERROR_FORMAT, "\"%s\" is no figure that every epoch has", of.figure);
    show(&of);
    return ISOBIT_OK;
}

/* "layers FIGURE": of every run that watches its layers, from the first to the last. log=on. */
isobit_status demo_view_layers(const demo_view *view) {
    curves of = {.view = view, .by = BY_LAYER};
    const isobit_layer_state any = {0};
    double value;
    ISO_TRY(demo_view_word(view, 1, "a figure, as variance or gradient_norm", &of.figure));
    ISO_TRY(iso_spec_switch(view->spec, "log", &of.log));
    if (!demo_layer_figure(&any, of.figure, &value))
        return iso_fail(ISOBIT_ERROR_FORMAT, "\"%s\" is no figure of a layer", of.figure);
    for (size_t i = 0; i < view->count; i++)
        if (!view->results[i]->layer_count)
            return iso_fail(ISOBIT_ERROR_FORMAT, "run %s does not watch its layers",
                            view->results[i]->run->name);
    show(&of);
    return ISOBIT_OK;
}
