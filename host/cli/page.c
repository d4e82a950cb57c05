#include "cli/page.h"

#include "base/file.h"
#include "base/memory.h"
#include "cli/report.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* --------------------------------------------------------------------------------- the look -- */

static const struct hue {
    unsigned rgb, terminal;
} hues[] = {
    {0x0072B2, 32}, {0xE69F00, 214}, {0x009E73, 36},  {0xCC79A7, 175},
    {0x56B4E9, 74}, {0xD55E00, 166}, {0x999999, 246}, {0x000000, 250},
};
enum { HUES = sizeof hues / sizeof *hues };

unsigned cli_page_colour(size_t index) { return hues[index % HUES].rgb; }
unsigned cli_terminal_colour(size_t index) { return hues[index % HUES].terminal; }

/* In single quotes gnuplot substitutes nothing. */
const char *cli_page_quote(const char *text) {
    char out[512];
    size_t used = 0;
    out[used++] = '\'';
    for (; *text && used < sizeof out - 4; text++) {
        if (*text == '\'')
            out[used++] = '\'';
        out[used++] = (unsigned char)*text < 0x20 ? '?' : *text;
    }
    return cli_format("%.*s'", (int)used, out);
}

static const struct terminal {
    const char *ending, *name;
} terminals[] = {
    {".svg", "svg noenhanced font 'sans,12' background 'white'"},
    {".png", "pngcairo noenhanced font 'sans,9' background 'white'"},
};

static const char *terminal_of(const char *path) {
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++)
        if (length > 4 && !strcmp(path + length - 4, terminals[i].ending))
            return terminals[i].name;
    return NULL;
}

/* -------------------------------------------------------------------------------- the panels -- */

enum { TITLE = 44, MARGIN = 12, WIDEST = 1150 };

static double row_size(const cli_page *page, size_t row, double *height) {
    double width = 0;
    *height = 0;
    for (size_t i = 0; i < page->count; i++)
        if (page->panels[i].row == row) {
            width += page->panels[i].width;
            *height = page->panels[i].height > *height ? page->panels[i].height : *height;
        }
    return width;
}

void cli_page_next_row(cli_page *page) {
    if (page->count && page->panels[page->count - 1].row == page->row)
        page->row++;
}

iso_text *cli_page_panel(cli_page *page, double width, double height) {
    double tallest;
    if (row_size(page, page->row, &tallest) + width > WIDEST)
        cli_page_next_row(page);
    if (iso_resize(&page->panels, page->count + 1, sizeof *page->panels) != ISOBIT_OK) {
        page->lost.status = ISOBIT_ERROR_MEMORY;
        return &page->lost;
    }
    struct cli_panel *panel = &page->panels[page->count++];
    *panel = (struct cli_panel){.width = width, .height = height, .row = page->row};
    return &panel->script;
}

void cli_page_free(cli_page *page) {
    for (size_t i = 0; i < page->count; i++)
        free(page->panels[i].script.text);
    free(page->panels);
    *page = (cli_page){0};
}

static void add_panel(iso_text *script, const struct cli_panel *panel, const double page[2],
                      double left, double top) {
    iso_text_add(script,
                 "reset\nset size %.6f,%.6f\nset origin %.6f,%.6f\nset border lc rgb '#555555'\n"
                 "set tics nomirror textcolor rgb '#333333'\nset key noautotitle\n",
                 panel->width / page[0], panel->height / page[1], left / page[0],
                 1 - (top + panel->height) / page[1]);
    iso_text_append(script, panel->script.text, panel->script.length);
}

static isobit_status make_script(const cli_page *page, const char *title, const char *terminal,
                                 char **out) {
    iso_text script = {0};
    double size[2] = {10.5 * (double)cli_width(title) + 2 * MARGIN, TITLE + MARGIN}, height;
    for (size_t row = 0; row <= page->row; row++) {
        const double width = row_size(page, row, &height) + 2 * MARGIN;
        size[0] = width > size[0] ? width : size[0];
        size[1] += height;
    }
    iso_text_add(&script,
                 "set encoding utf8\nset terminal %s size %.0f,%.0f\nset multiplot\n"
                 "set label 1 %s at screen %.4f,%.4f font ',16' textcolor rgb '#222222'\n",
                 terminal, size[0], size[1], cli_page_quote(title), MARGIN / size[0],
                 1 - 26 / size[1]);
    iso_text_add(&script,
                 "unset border\nunset tics\nunset key\nset xrange [0:1]\nset yrange [0:1]\n"
                 "plot NaN\n");
    double top = TITLE;
    for (size_t row = 0, i = 0; row <= page->row; row++) {
        double left = MARGIN;
        row_size(page, row, &height);
        for (; i < page->count && page->panels[i].row == row; i++) {
            if (page->panels[i].script.status != ISOBIT_OK)
                script.status = page->panels[i].script.status;
            add_panel(&script, &page->panels[i], size, left, top);
            left += page->panels[i].width;
        }
        top += height;
    }
    iso_text_add(&script, "unset multiplot\n");
    if (page->lost.status != ISOBIT_OK)
        script.status = page->lost.status;
    return iso_text_take(&script, out);
}

/* ---------------------------------------------------------------------------------- gnuplot -- */

/* Run gnuplot with these as its standard input, output and error. */
static isobit_status run_gnuplot(char *const *arguments, FILE *const streams[3], int *result) {
    posix_spawn_file_actions_t actions;
    pid_t child;
    int failure = posix_spawn_file_actions_init(&actions), status;
    for (int i = 0; i < 3 && !failure; i++)
        failure = posix_spawn_file_actions_adddup2(&actions, fileno(streams[i]), i);
    if (!failure)
        failure = posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure == ENOENT)
        return iso_fail(ISOBIT_ERROR_FILE, "pictures are drawn by gnuplot, which is not installed "
                                           "(Debian: apt-get install gnuplot-nox)");
    if (failure)
        return iso_fail(ISOBIT_ERROR_FILE, "cannot run gnuplot: %s", strerror(failure));
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    *result = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return *result == 127 ? iso_fail(ISOBIT_ERROR_FILE, "cannot run gnuplot") : ISOBIT_OK;
}

/* All of a stream from its beginning; the caller frees it. */
static isobit_status read_all(FILE *stream, char **bytes, size_t *length) {
    iso_text text = {0};
    char part[4096];
    size_t count;
    rewind(stream);
    while ((count = fread(part, 1, sizeof part, stream)))
        iso_text_append(&text, part, count);
    *length = text.length;
    return iso_text_take(&text, bytes);
}

static isobit_status complain(FILE *errors) {
    char *said;
    size_t length;
    ISO_TRY(read_all(errors, &said, &length));
    const char *at = said + strspn(said, " \t\n");
    isobit_status status = iso_fail(ISOBIT_ERROR_FILE, "gnuplot failed: %s", *at ? at : "?");
    free(said);
    return status;
}

/* gnuplot's output for a script; the caller frees it. */
static isobit_status draw(const char *script, char **bytes, size_t *length) {
    static char name[] = "gnuplot", defaults[] = "--default-settings";
    char *const arguments[] = {name, defaults, NULL};
    FILE *streams[3] = {tmpfile(), tmpfile(), tmpfile()};
    isobit_status status = ISOBIT_OK;
    int result = 0;
    if (!streams[0] || !streams[1] || !streams[2] || fputs(script, streams[0]) == EOF ||
        fflush(streams[0]) == EOF)
        status = iso_fail(ISOBIT_ERROR_FILE, "cannot write a temporary file: %s", strerror(errno));
    if (status == ISOBIT_OK) {
        rewind(streams[0]);
        status = run_gnuplot(arguments, streams, &result);
    }
    if (status == ISOBIT_OK)
        status = result ? complain(streams[2]) : read_all(streams[1], bytes, length);
    for (int i = 0; i < 3; i++)
        if (streams[i])
            fclose(streams[i]);
    return status;
}

isobit_status cli_page_check(const char *path) {
    char *bytes;
    size_t length;
    if (!terminal_of(path))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: a picture's name ends in .svg or .png", path);
    ISO_TRY(draw("", &bytes, &length));
    free(bytes);
    return ISOBIT_OK;
}

isobit_status cli_page_save(const cli_page *page, const char *title, const char *path) {
    char *script = NULL, *bytes = NULL;
    size_t length;
    isobit_status status;
    if (!page->count)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: there is nothing to draw", path);
    ISO_DO(make_script(page, title, terminal_of(path), &script));
    ISO_DO(draw(script, &bytes, &length));
    status = iso_file_write(path, bytes, length);
done:
    free(script);
    free(bytes);
    return status;
}
