/* What a demo shows of its runs: as text, and as panels of a picture. */
#ifndef ISO_CLI_DEMO_VIEW_H
#define ISO_CLI_DEMO_VIEW_H

#include "base/text.h"
#include "cli/demo_train.h"
#include "cli/page.h"

/* What is shown, where. */
typedef struct demo_scene {
    const cli_demo *demo;
    const demo_result *results; /* one for each run */
    cli_page *page;             /* NULL: no picture is wanted */
    bool colour;                /* of the terminal */
} demo_scene;

/* One line of "show", and the runs that it is about. */
typedef struct demo_view {
    const demo_scene *scene;
    iso_spec *spec;
    const demo_result **results;
    size_t count;
} demo_view;

/* Show everything that the demo says. */
isobit_status demo_show(const demo_scene *scene);

/* The kinds. Each reads its words and options, prints, and adds panels where there is a page. */
isobit_status demo_view_figures(const demo_view *view);
isobit_status demo_view_remarks(const demo_view *view);
isobit_status demo_view_warnings(const demo_view *view);
isobit_status demo_view_confusion(const demo_view *view);
isobit_status demo_view_samples(const demo_view *view);
isobit_status demo_view_curves(const demo_view *view);
isobit_status demo_view_layers(const demo_view *view);
isobit_status demo_view_fit(const demo_view *view);
isobit_status demo_view_regions(const demo_view *view);
isobit_status demo_view_weights(const demo_view *view);
isobit_status demo_view_reconstructions(const demo_view *view);

/* For the kinds. A word by its place, or what the kind needs there. */
isobit_status demo_view_word(const demo_view *view, size_t place, const char *what,
                             const char **out);
/* A count of things as a word, where it is there; else `count` stays. */
isobit_status demo_view_count(const demo_view *view, size_t place, size_t *count);
/* A line that names the view, with a legend of the runs' marks where they have them. */
void demo_view_head(const demo_view *view, const char *title, bool legend);

#endif
