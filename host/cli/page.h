/* Pictures: a page of panels, drawn by gnuplot as SVG or PNG. */
#ifndef ISO_CLI_PAGE_H
#define ISO_CLI_PAGE_H

#include "base/text.h"

typedef struct cli_page {
    struct cli_panel {
        iso_text script;      /* gnuplot's commands for what is inside */
        double width, height; /* pixels */
        size_t row;
    } * panels;
    size_t count, row;
    iso_text lost; /* what is written when out of memory */
} cli_page;

/* Whether pictures can be drawn to this path: its ending is .svg or .png, and gnuplot is there. */
isobit_status cli_page_check(const char *path);

/* The panels that follow stand in a row of their own. */
void cli_page_next_row(cli_page *page);
/* A panel right of the one before, or below where there is no room. Its script is borrowed until
 * the next call. */
iso_text *cli_page_panel(cli_page *page, double width, double height);
/* Draw them all under a title. The file is written whole or not at all. */
isobit_status cli_page_save(const cli_page *page, const char *title, const char *path);
void cli_page_free(cli_page *page);

/* Colours that are told apart also by the colour-blind (Okabe and Ito, "Color universal design",
 * 2008), 0xRRGGBB, again from the beginning after the last; as the nearest of a terminal's 256. */
unsigned cli_page_colour(size_t index);
unsigned cli_terminal_colour(size_t index);
/* A text quoted for gnuplot, in one of report.h's buffers. */
const char *cli_page_quote(const char *text);

#endif
