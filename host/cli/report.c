#define _XOPEN_SOURCE 700 /* wcwidth */
#include "cli/report.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

bool cli_utf8(void) { return !strcmp(nl_langinfo(CODESET), "UTF-8"); }

const char *cli_symbol(const char *utf8, const char *ascii) { return cli_utf8() ? utf8 : ascii; }

size_t cli_width(const char *text) {
    mbstate_t state = {0};
    size_t width = 0, length;
    wchar_t character;
    for (; *text; text += length) {
        length = mbrtowc(&character, text, MB_CUR_MAX, &state);
        if (length == (size_t)-1 || length == (size_t)-2 || !length) {
            state = (mbstate_t){0};
            length = 1;
            width++;
            continue;
        }
        int columns = wcwidth(character);
        width += columns > 0 ? (size_t)columns : 0;
    }
    return width;
}

size_t cli_terminal_width(void) {
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

/* -------------------------------------------------------------------------------- numbers -- */

enum { RING = 32, RING_SIZE = 1024 };

static char *next_buffer(void) {
    static char ring[RING][RING_SIZE];
    static size_t next;
    return ring[next++ % RING];
}

const char *cli_format(const char *format, ...) {
    char *out = next_buffer();
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out, RING_SIZE, format, arguments);
    va_end(arguments);
    return out;
}

const char *cli_count(uint64_t value) {
    char digits[24], *out = next_buffer(), *at = out;
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return out;
}

const char *cli_bytes(uint64_t bytes) {
    char text[ISO_BYTES_TEXT];
    iso_bytes_text(bytes, text);
    return cli_format("%s", text);
}

const char *cli_seconds(double seconds) {
    const unsigned long whole = (unsigned long)(seconds + 0.5);
    if (seconds < 0.9995)
        return cli_format("%.0f ms", seconds * 1000);
    if (seconds < 99.95)
        return cli_format("%.1f s", seconds);
    if (whole < 3600)
        return cli_format("%lu min %02lu s", whole / 60, whole % 60);
    return cli_format("%lu h %02lu min", whole / 3600, whole % 3600 / 60);
}

const char *cli_clock(double seconds) {
    const unsigned long whole = seconds < 1e9 ? (unsigned long)(seconds + 0.5) : 1000000000;
    if (whole < 3600)
        return cli_format("%lu:%02lu", whole / 60, whole % 60);
    return cli_format("%lu:%02lu:%02lu", whole / 3600, whole % 3600 / 60, whole % 60);
}

const char *cli_percent(double fraction) { return cli_format("%.2f %%", 100 * fraction); }

const char *cli_loss(double loss) {
    return cli_format(loss != 0 && loss < 0.001 ? "%.3e" : loss < 10000 ? "%.4f" : "%.4g", loss);
}

const char *cli_shape(size_t channels, size_t height, size_t width) {
    if (height == 1 && width == 1)
        return cli_format("%zu", channels);
    if (channels == 1)
        return cli_format("%zux%zu", height, width);
    return cli_format("%zux%zux%zu", channels, height, width);
}

const char *cli_quote(const char *text) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-+=./,:@%";
    char *out = next_buffer();
    size_t used = 0;
    if (*text && strspn(text, plain) == strlen(text))
        return text;
    out[used++] = '\'';
    for (; *text && used < RING_SIZE - 8; text++) {
        if (*text == '\'') {
            memcpy(out + used, "'\\''", 4);
            used += 4;
        } else {
            out[used++] = *text;
        }
    }
    memcpy(out + used, "'", 2);
    return out;
}

/* --------------------------------------------------------------------------------- tables -- */

void cli_cell(cli_table *table, const char *format, ...) {
    char text[RING_SIZE], *copy;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7F)
            *at = '?';
    if (table->failed || iso_copy(&copy, text) != ISOBIT_OK) {
        table->failed = true;
        return;
    }
    if (iso_resize(&table->cells, table->count + 1, sizeof *table->cells) != ISOBIT_OK) {
        table->failed = true;
        free(copy);
        return;
    }
    table->cells[table->count++] = copy;
}

static void print_cell(const char *text, size_t width, bool left, bool last) {
    const size_t own = cli_width(text), blanks = width > own ? width - own : 0;
    if (left)
        printf("%s%*s", text, last ? 0 : (int)blanks, "");
    else
        printf("%*s%s", (int)blanks, "", text);
    if (!last)
        fputs("  ", stdout);
}

/* Whether there is nothing but empty cells behind `column`. */
static bool rest_is_empty(const cli_table *table, size_t row, size_t column, size_t columns) {
    for (size_t i = column + 1; i < columns && row * columns + i < table->count; i++)
        if (*table->cells[row * columns + i])
            return false;
    return true;
}

void cli_table_free(cli_table *table) {
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (cli_table){.align = table->align};
}

static bool lost; /* a table */

bool cli_table_lost(void) {
    const bool was = lost;
    lost = false;
    return was;
}

void cli_table_print(cli_table *table, size_t indent) {
    const size_t columns = strlen(table->align), rows = (table->count + columns - 1) / columns;
    size_t *widths = NULL;
    if (table->failed || iso_alloc(&widths, columns, sizeof *widths) != ISOBIT_OK) {
        puts("(out of memory)");
        lost = true;
    }
    for (size_t i = 0; widths && i < table->count; i++) {
        const size_t width = cli_width(table->cells[i]);
        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    for (size_t row = 0; widths && row < rows; row++) {
        printf("%*s", (int)indent, "");
        for (size_t i = 0; i < columns && row * columns + i < table->count; i++) {
            const bool last = rest_is_empty(table, row, i, columns);
            print_cell(table->cells[row * columns + i], widths[i], table->align[i] == 'l', last);
            if (last)
                break;
        }
        putchar('\n');
    }
    free(widths);
    cli_table_free(table);
}

void cli_print_wrapped(const char *text) {
    enum { WIDTH = 78 };
    size_t column = 0;
    while (*text) {
        const size_t length = strcspn(text, " ");
        const char *word = cli_format("%.*s", (int)length, text);
        const size_t width = cli_width(word);
        if (column && column + 1 + width > WIDTH) {
            putchar('\n');
            column = 0;
        }
        column += (size_t)printf("%s", column ? " " : "") + width;
        fputs(word, stdout);
        text += length + strspn(text + length, " ");
    }
    putchar('\n');
}
