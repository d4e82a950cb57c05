/* What people read: aligned tables, and numbers as text. */
#ifndef ISO_CLI_REPORT_H
#define ISO_CLI_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Whether the terminal's character set is UTF-8, and which of two texts fits it. */
bool cli_utf8(void);
const char *cli_symbol(const char *utf8, const char *ascii);

/* Columns that a text takes on a terminal, and that the terminal has (80 when there is none). */
size_t cli_width(const char *text);
size_t cli_terminal_width(void);

/* Each of these writes into one of a ring of static buffers: use the result soon. */
const char *cli_count(uint64_t value);                               /* "101,770" */
const char *cli_bytes(uint64_t bytes);                               /* "397.5 KiB" */
const char *cli_seconds(double seconds);                             /* "12.3 s", "2 min 03 s" */
const char *cli_clock(double seconds);                               /* "0:07", "1:02:03" */
const char *cli_percent(double fraction);                            /* "96.35 %" */
const char *cli_loss(double loss);                                   /* "0.1234", "1.234e-05" */
const char *cli_shape(size_t channels, size_t height, size_t width); /* "1x28x28", "784" */
const char *cli_quote(const char *text); /* for a shell: as it is, or in quotes */
const char *cli_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A table: cells are added row by row and printed together. Column i is aligned left for 'l' and
 * right for 'r' of `align`. Control characters become '?'. */
typedef struct cli_table {
    const char *align;
    char **cells;
    size_t count;
    bool failed; /* out of memory: printing says so, and the program fails at its end */
} cli_table;

void cli_cell(cli_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Print with two blanks between columns and `indent` before them, and free the cells. */
void cli_table_print(cli_table *table, size_t indent);
/* Whether there was no memory to print one since the last call. */
bool cli_table_lost(void);
/* Free the cells without printing. */
void cli_table_free(cli_table *table);

/* Print a text, broken into lines of at most 78 columns. */
void cli_print_wrapped(const char *text);

#endif
