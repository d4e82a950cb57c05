/* The kinds of views, and those that are text alone. */
#include "cli/demo_view.h"

#include "base/memory.h"
#include "cli/chart.h"
#include "cli/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kind {
    const char *name;
    isobit_status (*show)(const demo_view *view);
} kinds[] = {
    {"figures", demo_view_figures},
    {"remarks", demo_view_remarks},
    {"warnings", demo_view_warnings},
    {"confusion", demo_view_confusion},
    {"samples", demo_view_samples},
    {"curves", demo_view_curves},
    {"fit", demo_view_fit},
    {"regions", demo_view_regions},
    {"weights", demo_view_weights},
    {"layers", demo_view_layers},
    {"reconstructions", demo_view_reconstructions},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *name_at(size_t index) { return index < KINDS ? kinds[index].name : NULL; }

/* ------------------------------------------------------------------------------ for a line -- */

isobit_status demo_view_word(const demo_view *view, size_t place, const char *what,
                             const char **out) {
    if (place >= view->spec->word_count)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s needs %s", view->spec->words[0], what);
    *out = view->spec->words[place];
    return ISOBIT_OK;
}

isobit_status demo_view_count(const demo_view *view, size_t place, size_t *count) {
    if (place >= view->spec->word_count)
        return ISOBIT_OK;
    return iso_parse_size(view->spec->words[place], view->spec->words[0], 1, 100, count);
}

void demo_view_head(const demo_view *view, const char *title, bool legend) {
    printf("\n%s", title);
    for (size_t i = 0; legend && i < view->count; i++) {
        fputs(i ? "  " : ":  ", stdout);
        cli_chart_print_mark(i, view->scene->colour);
        printf(" %s", view->results[i]->run->name);
    }
    putchar('\n');
}

/* Whether a name is in a list with commas. */
static bool is_listed(const char *list, const char *name) {
    const size_t length = strlen(name);
    for (; *list; list += strcspn(list, ","), list += *list == ',')
        if (strcspn(list, ",") == length && !strncmp(list, name, length))
            return true;
    return false;
}

/* Which runs "runs=a,b" names; all without it. */
static isobit_status choose_runs(demo_view *view) {
    const demo_scene *scene = view->scene;
    const char *list = iso_spec_option(view->spec, "runs");
    size_t named = 1;
    for (const char *at = list; at && *at; at++)
        named += *at == ',';
    for (size_t i = 0; i < scene->demo->run_count; i++)
        if (!list || is_listed(list, scene->demo->runs[i].name))
            view->results[view->count++] = &scene->results[i];
    if (list && view->count != named)
        return iso_fail(ISOBIT_ERROR_FORMAT, "\"%s\" names a run that the demo has not", list);
    return ISOBIT_OK;
}

static isobit_status show_line(const demo_scene *scene, iso_spec *spec) {
    demo_view view = {.scene = scene, .spec = spec};
    isobit_status status;
    size_t kind = 0;
    if (!spec->word_count)
        return iso_fail(ISOBIT_ERROR_FORMAT, "the line names no view");
    while (kind < KINDS && strcmp(kinds[kind].name, spec->words[0]) != 0)
        kind++;
    if (kind == KINDS)
        return iso_unknown_name("view", spec->words[0], name_at);
    ISO_DO(iso_alloc(&view.results, scene->demo->run_count, sizeof *view.results));
    ISO_DO(choose_runs(&view));
    ISO_DO(kinds[kind].show(&view));
    status = iso_spec_done(spec, spec->words[0], spec->word_count, "runs, log, x");
done:
    free(view.results);
    return status;
}

isobit_status demo_show(const demo_scene *scene) {
    const cli_demo *demo = scene->demo;
    for (size_t i = 0; i < demo->show.count; i++) {
        iso_spec spec;
        ISO_TRY(iso_spec_parse(&spec, "show", demo->show.items[i]));
        isobit_status status = show_line(scene, &spec);
        iso_spec_free(&spec);
        if (status != ISOBIT_OK)
            return iso_fail_at(status, "demo %s: show \"%s\"", demo->name, demo->show.items[i]);
        if (scene->page)
            cli_page_next_row(scene->page);
    }
    return ISOBIT_OK;
}

/* --------------------------------------------------------------------------- text alone -- */

/* "figures NAME …": a row for each run. */
isobit_status demo_view_figures(const demo_view *view) {
    char align[32] = "l";
    const iso_spec *spec = view->spec;
    cli_table table = {.align = align};
    for (size_t i = 1; i < spec->word_count && i + 1 < sizeof align; i++)
        align[i] = 'r';
    cli_cell(&table, "%s", "");
    for (size_t i = 1; i < spec->word_count; i++)
        cli_cell(&table, "%s", demo_figure_title(spec->words[i]));
    for (size_t r = 0; r < view->count; r++) {
        cli_cell(&table, "%s", view->results[r]->run->name);
        for (size_t i = 1; i < spec->word_count; i++) {
            double value;
            isobit_status status = demo_figure(view->results[r], spec->words[i], &value);
            if (status != ISOBIT_OK) {
                cli_table_free(&table);
                return status;
            }
            cli_cell(&table, "%s", demo_figure_text(spec->words[i], value));
        }
    }
    putchar('\n');
    cli_table_print(&table, 2);
    return ISOBIT_OK;
}

static void print_said(const demo_result *of, const char *said) {
    const char *text = of->ended ? of->ended : said ? said : "(nothing)";
    putchar('\n');
    cli_print_wrapped(cli_format("%s: %s", of->run->name, text));
}

/* "remarks": what isobit train says at the end. */
isobit_status demo_view_remarks(const demo_view *view) {
    for (size_t i = 0; i < view->count; i++)
        print_said(view->results[i], view->results[i]->remark);
    return ISOBIT_OK;
}

/* "warnings": what it warns of on the way. */
isobit_status demo_view_warnings(const demo_view *view) {
    for (size_t i = 0; i < view->count; i++)
        print_said(view->results[i], view->results[i]->warnings);
    return ISOBIT_OK;
}

static isobit_status print_confusion(const demo_result *of, isobit_part part) {
    const size_t classes = isobit_model_classes(of->model);
    char *align = NULL;
    size_t *counts = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&counts, classes * classes, sizeof *counts));
    ISO_DO(iso_alloc(&align, classes + 2, 1));
    ISO_DO(isobit_confusion(of->model, of->data, part, counts));
    memset(align, 'r', classes + 1);
    cli_table table = {.align = align};
    cli_cell(&table, "%s", "");
    for (size_t i = 0; i < classes; i++)
        cli_cell(&table, "%s", isobit_model_class(of->model, i));
    for (size_t i = 0; i < classes; i++) {
        cli_cell(&table, "%s", isobit_model_class(of->model, i));
        for (size_t k = 0; k < classes; k++)
            cli_cell(&table, "%zu", counts[i * classes + k]);
    }
    cli_table_print(&table, 2);
done:
    free(align);
    free(counts);
    return status;
}

/* "confusion": rows are the truth, columns what the network says. */
isobit_status demo_view_confusion(const demo_view *view) {
    for (size_t i = 0; i < view->count; i++) {
        const demo_result *of = view->results[i];
        const bool tested = isobit_data_samples(of->data, ISOBIT_TEST);
        demo_view_head(view,
                       cli_format("%s: %s samples, rows are the truth, columns the answer",
                                  of->run->name, tested ? "test" : "training"),
                       false);
        ISO_TRY(print_confusion(of, tested ? ISOBIT_TEST : ISOBIT_TRAIN));
    }
    return ISOBIT_OK;
}
