#include "cli/chart.h"

#include "cli/page.h"
#include "cli/report.h"

#include <math.h>

cli_range cli_range_none(void) { return (cli_range){INFINITY, -INFINITY}; }

void cli_range_add(cli_range *range, double value) {
    if (!isfinite(value))
        return;
    range->least = fmin(range->least, value);
    range->most = fmax(range->most, value);
}

void cli_range_widen(cli_range *range, double fraction) {
    if (!(range->least <= range->most))
        *range = (cli_range){0, 1};
    const double width = range->most - range->least;
    const double by = width > 0 ? fraction * width : fmax(0.5 * fabs(range->least), 0.5);
    range->least -= by;
    range->most += by;
}

/* The cell of a value among so many; negative: it is outside. */
static int cell_of(double value, cli_range range, int cells) {
    const double at = (value - range.least) / (range.most - range.least) * cells;
    if (!(at >= 0 && at <= cells))
        return -1;
    return at < cells ? (int)at : cells - 1;
}

static double scaled(const cli_chart *chart, double y) { return chart->log ? log10(y) : y; }

void cli_chart_put(cli_chart *chart, double x, double y, size_t series) {
    const cli_range range = {scaled(chart, chart->y.least), scaled(chart, chart->y.most)};
    const int column = cell_of(x, chart->x, CLI_CHART_COLUMNS);
    const int line = cell_of(scaled(chart, y), range, CLI_CHART_LINES);
    if (column >= 0 && line >= 0)
        chart->marks[CLI_CHART_LINES - 1 - line][column] = (unsigned char)(1 + series);
}

void cli_chart_line(cli_chart *chart, double x0, double y0, double x1, double y1, size_t series) {
    const double columns = (x1 - x0) / (chart->x.most - chart->x.least) * CLI_CHART_COLUMNS;
    const size_t parts = (size_t)ceil(fmin(fmax(fabs(columns), 1), CLI_CHART_COLUMNS));
    for (size_t i = 0; i <= parts; i++) {
        const double along = (double)i / (double)parts;
        const double y = chart->log ? y0 * pow(y1 / y0, along) : y0 + along * (y1 - y0);
        cli_chart_put(chart, x0 + along * (x1 - x0), y, series);
    }
}

void cli_chart_print_mark(size_t series, bool colour) {
    static const char *const marks[] = {"●", "+", "x", "o", "▲", "#"};
    static const char *const ascii[] = {"*", "+", "x", "o", "^", "#"};
    enum { MARKS = sizeof marks / sizeof *marks };
    const char *mark = cli_symbol(marks[series % MARKS], ascii[series % MARKS]);
    if (colour)
        printf("\033[38;5;%um%s\033[0m", cli_terminal_colour(series), mark);
    else
        fputs(mark, stdout);
}

void cli_chart_print(const cli_chart *chart, const char *x_title) {
    const char *labels[] = {cli_format("%.5g", chart->y.most), cli_format("%.5g", chart->y.least)};
    const char *left = cli_format("%.5g", chart->x.least),
               *right = cli_format("%.5g", chart->x.most);
    for (size_t line = 0; line < CLI_CHART_LINES; line++) {
        const char *label = line == 0 ? labels[0] : line + 1 == CLI_CHART_LINES ? labels[1] : "";
        printf("  %10s %s", label, cli_symbol("│", "|"));
        size_t last = CLI_CHART_COLUMNS;
        while (last && !chart->marks[line][last - 1])
            last--;
        for (size_t column = 0; column < last; column++) {
            if (chart->marks[line][column])
                cli_chart_print_mark(chart->marks[line][column] - 1u, chart->colour);
            else
                putchar(' ');
        }
        putchar('\n');
    }
    printf("  %10s %s", "", cli_symbol("└", "+"));
    for (size_t column = 0; column < CLI_CHART_COLUMNS; column++)
        fputs(cli_symbol("─", "-"), stdout);
    const int room = CLI_CHART_COLUMNS - (int)cli_width(left) - (int)cli_width(right);
    const int before = (room - (int)cli_width(x_title)) / 2;
    printf("\n  %11s%s%*s%s%*s%s\n", "", left, before, "", x_title,
           room - before - (int)cli_width(x_title), "", right);
}
