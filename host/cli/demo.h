/* A demo: some trainings, what to show of them, what is claimed, and a text, all of it data.
 * host/demos/README.md describes the files. */
#ifndef ISO_CLI_DEMO_H
#define ISO_CLI_DEMO_H

#include "base/embedded.h"
#include "base/status.h"

/* The demos inside the program. */
extern const iso_embedded demo_files[];
/* The i-th one's name ("xor"), NULL beyond the end. */
const char *demo_name_at(size_t index);

/* Lines of one value. */
typedef struct demo_lines {
    char **items;
    size_t count;
} demo_lines;

/* [data NAME]: a file that the runs train on. */
typedef struct demo_data {
    char *name;
    demo_lines rows;
} demo_data;

/* A tensor of initial parameters: "0.weight" and its numbers, row-major. */
typedef struct demo_tensor {
    char *name, *values;
} demo_tensor;

/* [run NAME]: settings of one training, those of [run] among them. */
typedef struct demo_run {
    char *name;
    isobit_settings *settings;
    demo_tensor *tensors; /* none: the network's own initialisers */
    size_t tensor_count;
} demo_run;

typedef struct cli_demo {
    char *name;         /* of the file, without folders and ending */
    char *title;        /* one line */
    char *look, *found; /* what to look at, and what there was to see; may be NULL */
    demo_lines show, expect;
    demo_data *data;
    size_t data_count;
    demo_run *runs;
    size_t run_count;
} cli_demo;

/* Read a demo's text. @param file where it is from, for messages and as its name */
isobit_status demo_parse(cli_demo **out, const char *file, const char *text);
/* One inside the program, or the file at a path that ends in .ini. */
isobit_status demo_open(cli_demo **out, const char *name);
void demo_free(cli_demo *demo);

/* Where a run's setting "data" or "test" is one of the demo's own files; NULL: it is not. */
const demo_data *demo_find_data(const cli_demo *demo, const char *name);

#endif
