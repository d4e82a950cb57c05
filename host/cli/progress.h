/* Training as it is watched: a live bar on a terminal, else one line per epoch. */
#ifndef ISO_CLI_PROGRESS_H
#define ISO_CLI_PROGRESS_H

#include "cli/cli.h"
#include "nn/network.h"

typedef struct cli_watch {
    bool live;      /* standard output is a terminal that can go back in a line */
    bool colour;    /* and NO_COLOR is not set */
    bool classify;  /* there are accuracies */
    bool bar_shown; /* the cursor stands behind a bar */
    bool headed;    /* the heading of the epochs' table has been printed */
} cli_watch;

cli_watch cli_watch_new(bool classify);
/* On a terminal, say what takes its time before the first bar. */
void cli_watch_wait(cli_watch *watch, const char *what);
/* Show how far training is; an epoch that is done leaves its line. */
void cli_watch_show(cli_watch *watch, const isobit_progress *progress);
/* The table of an epoch that is done and was watched, where it left its line. */
void cli_watch_layers(cli_watch *watch, const isobit_progress *progress,
                      const iso_network *network);
/* Take the bar away. */
void cli_watch_end(cli_watch *watch);

#endif
