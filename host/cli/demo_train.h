/* The runs of a demo, trained, and what came out of them. */
#ifndef ISO_CLI_DEMO_TRAIN_H
#define ISO_CLI_DEMO_TRAIN_H

#include "cli/demo.h"
#include "run/model.h"
#include "run/remark.h"

/* What one run came to. */
typedef struct demo_result {
    const demo_run *run; /* borrowed */
    isobit_data *data;
    isobit_model *model;
    iso_history history; /* after each epoch */
    size_t steps;
    isobit_layer_state *layers; /* after the last epoch; none without the setting "watch" */
    size_t layer_count;
    isobit_metrics metrics[ISOBIT_PARTS]; /* of the final model, over whole parts */
    char *remark;                         /* the program's at the end, or NULL */
    char *ended;                          /* why training ended early, or NULL */
    char *warnings;                       /* what training warned of, or NULL */
} demo_result;

/* Train. A training that diverges is a result too. The context and the demo are borrowed. */
isobit_status demo_train(demo_result *out, isobit_context *context, const cli_demo *demo,
                         const demo_run *run);
void demo_result_free(demo_result *result);

/* Write each run as FOLDER/RUN.ini with the files that it needs, for isobit train. The folder is
 * made if need be; one that has something in it is ISOBIT_ERROR_EXISTS. On failure it is gone. */
isobit_status demo_save(const cli_demo *demo, const char *folder);
/* The command that trains a run; the caller frees it. */
isobit_status demo_command(char **out, const demo_run *run);

/* -------------------------------------------------------------------------------- figures -- */

/* A figure by name (host/demos/README.md): "test_loss", "train_loss@10", "0.weight[3]". */
isobit_status demo_figure(const demo_result *result, const char *name, double *out);
/* What "watch" tells of a layer, by name ("variance"); false: there is no such name. */
bool demo_layer_figure(const isobit_layer_state *layer, const char *name, double *out);
/* Whether it is one that each epoch has, as a curve needs. */
bool demo_figure_is_curve(const char *name);
/* A figure as people read it, by its name; into one of report.h's buffers. */
const char *demo_figure_text(const char *name, double value);
/* "test_loss" as a heading: "test loss". */
const char *demo_figure_title(const char *name);

/* Check the demo's claims and print one line for each. @param results one for each run
 * @param broken how many do not hold */
isobit_status demo_check(const cli_demo *demo, const demo_result *results, size_t *broken);

#endif
