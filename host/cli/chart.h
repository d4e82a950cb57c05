/* Curves and points drawn as text. */
#ifndef ISO_CLI_CHART_H
#define ISO_CLI_CHART_H

#include <stdbool.h>
#include <stddef.h>

enum { CLI_CHART_LINES = 14, CLI_CHART_COLUMNS = 60 };

typedef struct cli_range {
    double least, most;
} cli_range;

/* An empty range, and one that holds a finite value too. */
cli_range cli_range_none(void);
void cli_range_add(cli_range *range, double value);
/* A range of no width becomes one around its value. */
void cli_range_widen(cli_range *range, double fraction);

typedef struct cli_chart {
    cli_range x, y;
    bool log;                                                /* y is logarithmic */
    bool colour;                                             /* marks have colours */
    unsigned char marks[CLI_CHART_LINES][CLI_CHART_COLUMNS]; /* 1 + the series; 0: nothing */
} cli_chart;

/* Put the mark of a series where (x, y) is, if that is on the chart. */
void cli_chart_put(cli_chart *chart, double x, double y, size_t series);
/* The same along a straight line to a second place. */
void cli_chart_line(cli_chart *chart, double x0, double y0, double x1, double y1, size_t series);
/* Print it; `x_title` stands below. */
void cli_chart_print(const cli_chart *chart, const char *x_title);
/* Print one series' mark, as for a legend. */
void cli_chart_print_mark(size_t series, bool colour);

#endif
