/* Reads demos. */
#include "cli/demo.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/settings.h"
#include "base/text.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------- the parts -- */

static void free_lines(demo_lines *lines) {
    for (size_t i = 0; i < lines->count; i++)
        free(lines->items[i]);
    free(lines->items);
}

static isobit_status add_line(demo_lines *lines, const char *text) {
    ISO_TRY(iso_resize(&lines->items, lines->count + 1, sizeof *lines->items));
    ISO_TRY(iso_copy(&lines->items[lines->count], text));
    lines->count++;
    return ISOBIT_OK;
}

static void free_run(demo_run *run) {
    for (size_t i = 0; i < run->tensor_count; i++) {
        free(run->tensors[i].name);
        free(run->tensors[i].values);
    }
    free(run->tensors);
    free(run->name);
    isobit_settings_free(run->settings);
}

void demo_free(cli_demo *demo) {
    if (!demo)
        return;
    for (size_t i = 0; i < demo->data_count; i++) {
        free(demo->data[i].name);
        free_lines(&demo->data[i].rows);
    }
    for (size_t i = 0; i < demo->run_count; i++)
        free_run(&demo->runs[i]);
    free_lines(&demo->show);
    free_lines(&demo->expect);
    free(demo->data);
    free(demo->runs);
    free(demo->name);
    free(demo->title);
    free(demo->look);
    free(demo->found);
    free(demo);
}

const demo_data *demo_find_data(const cli_demo *demo, const char *name) {
    for (size_t i = 0; i < demo->data_count; i++)
        if (!strcmp(demo->data[i].name, name))
            return &demo->data[i];
    return NULL;
}

/* ------------------------------------------------------------------------------ the reader -- */

typedef struct reading {
    const char *text; /* what is left of it */
    int line;
    bool continues; /* the current line is indented: it goes on with the value before */
    cli_demo *demo;
    demo_run common;  /* [run] */
    char section[64]; /* the one that is being filled */
    isobit_status status;
} reading;

/* inih would take the rest of a line that is too long for a new one. */
static char *read_line(char *line, int room, void *user) {
    reading *read = user;
    size_t length = strcspn(read->text, "\n");
    if (read->status != ISOBIT_OK || !*read->text)
        return NULL;
    read->line++;
    read->continues = *read->text == ' ' || *read->text == '\t';
    length += read->text[length] == '\n';
    if (length + 1 > (size_t)room) {
        read->status =
            iso_fail(ISOBIT_ERROR_FORMAT,
                     "the line is longer than %d characters; go on in an indented line", room - 2);
        return NULL;
    }
    memcpy(line, read->text, length);
    line[length] = '\0';
    read->text += length;
    return line;
}

/* A text goes on after a blank. */
static isobit_status join(reading *read, char **text, const char *name, const char *more) {
    char *whole;
    if (*text && !read->continues)
        return iso_fail(ISOBIT_ERROR_FORMAT, "\"%s\" is there twice", name);
    ISO_TRY(iso_format(&whole, "%s%s%s", *text ? *text : "", *text ? " " : "", more));
    free(*text);
    *text = whole;
    return ISOBIT_OK;
}

static isobit_status take_head(reading *read, const char *name, const char *value) {
    static const char *const names[] = {"title", "look", "found", "show", "expect", NULL};
    cli_demo *out = read->demo;
    if (!strcmp(name, "title"))
        return join(read, &out->title, name, value);
    if (!strcmp(name, "look"))
        return join(read, &out->look, name, value);
    if (!strcmp(name, "found"))
        return join(read, &out->found, name, value);
    if (!strcmp(name, "show"))
        return add_line(&out->show, value);
    if (!strcmp(name, "expect"))
        return add_line(&out->expect, value);
    return iso_unknown_in("word of [demo]", name, names);
}

static isobit_status take_setting(reading *read, isobit_settings *settings, const char *name,
                                  const char *value) {
    char *whole = NULL;
    if (!isobit_settings_is_set(settings, name))
        return isobit_settings_set(settings, name, value);
    ISO_TRY(iso_copy(&whole, isobit_settings_get(settings, name)));
    isobit_status status = join(read, &whole, name, value);
    if (status == ISOBIT_OK)
        status = isobit_settings_set(settings, name, whole);
    free(whole);
    return status;
}

static isobit_status add_tensor(demo_run *run, const char *name, const char *value) {
    ISO_TRY(iso_resize(&run->tensors, run->tensor_count + 1, sizeof *run->tensors));
    demo_tensor *tensor = &run->tensors[run->tensor_count];
    *tensor = (demo_tensor){0};
    ISO_TRY(iso_copy(&tensor->name, name));
    run->tensor_count++;
    return iso_copy(&tensor->values, value);
}

static isobit_status take_tensor(reading *read, demo_run *run, const char *name,
                                 const char *value) {
    for (size_t i = 0; i < run->tensor_count; i++)
        if (!strcmp(run->tensors[i].name, name))
            return join(read, &run->tensors[i].values, name, value);
    return add_tensor(run, name, value);
}

static isobit_status take_of_run(reading *read, demo_run *run, const char *name,
                                 const char *value) {
    return strchr(name, '.') ? take_tensor(read, run, name, value)
                             : take_setting(read, run->settings, name, value);
}

/* Names become those of files; a run's ends where a figure begins. */
static isobit_status check_name(const char *name, const char *what, const char *more) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    for (const char *at = name; *at; at++)
        if (!strchr(plain, *at) && (at == name || !strchr(more, *at)))
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "the name \"%s\" of %s is not of letters, digits, _ and -", name, what);
    return *name ? ISOBIT_OK : iso_fail(ISOBIT_ERROR_FORMAT, "%s has no name", what);
}

static isobit_status begin_run(reading *read, const char *name) {
    cli_demo *out = read->demo;
    ISO_TRY(check_name(name, "a run", ""));
    for (size_t i = 0; i < out->run_count; i++)
        if (!strcmp(out->runs[i].name, name))
            return iso_fail(ISOBIT_ERROR_FORMAT, "there are two sections [run %s]", name);
    ISO_TRY(iso_resize(&out->runs, out->run_count + 1, sizeof *out->runs));
    demo_run *run = &out->runs[out->run_count++];
    *run = (demo_run){0};
    ISO_TRY(iso_copy(&run->name, name));
    return isobit_settings_new(&run->settings);
}

static isobit_status begin_data(reading *read, const char *name) {
    cli_demo *out = read->demo;
    ISO_TRY(check_name(name, "data", "."));
    ISO_TRY(iso_resize(&out->data, out->data_count + 1, sizeof *out->data));
    out->data[out->data_count] = (demo_data){0};
    return iso_copy(&out->data[out->data_count++].name, name);
}

/* The first line of a section. */
static isobit_status begin_section(reading *read, const char *section) {
    if (strlen(section) >= sizeof read->section)
        return iso_fail(ISOBIT_ERROR_FORMAT, "the section's name is too long");
    snprintf(read->section, sizeof read->section, "%s", section);
    if (!strncmp(section, "run ", 4))
        return begin_run(read, section + 4);
    if (!strncmp(section, "data ", 5))
        return begin_data(read, section + 5);
    if (strcmp(section, "demo") != 0 && strcmp(section, "run") != 0)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "section [%s] is not known; there are [demo], [data NAME], [run] and "
                        "[run NAME]",
                        section);
    return ISOBIT_OK;
}

static isobit_status take(reading *read, const char *section, const char *name, const char *value) {
    cli_demo *out = read->demo;
    if (!*section || strcmp(section, read->section) != 0)
        ISO_TRY(begin_section(read, section));
    if (!strcmp(section, "demo"))
        return take_head(read, name, value);
    if (!strcmp(section, "run"))
        return take_of_run(read, &read->common, name, value);
    if (!strncmp(section, "data ", 5))
        return strcmp(name, "rows")
                   ? iso_fail(ISOBIT_ERROR_FORMAT, "a data section has \"rows\" alone")
                   : add_line(&out->data[out->data_count - 1].rows, value);
    return take_of_run(read, &out->runs[out->run_count - 1], name, value);
}

static int take_line(void *user, const char *section, const char *name, const char *value) {
    reading *read = user;
    if (read->status == ISOBIT_OK)
        read->status = take(read, section, name, value);
    return read->status == ISOBIT_OK;
}

/* What [run] has holds for a run that does not have it itself: each setting, and the parameters all
 * together. */
static isobit_status share(demo_run *run, const demo_run *common) {
    const isobit_setting *setting;
    for (size_t k = 0; (setting = isobit_setting_at(k)); k++)
        if (isobit_settings_is_set(common->settings, setting->name) &&
            !isobit_settings_is_set(run->settings, setting->name))
            ISO_TRY(isobit_settings_set(run->settings, setting->name,
                                        isobit_settings_get(common->settings, setting->name)));
    for (size_t i = 0, own = run->tensor_count; !own && i < common->tensor_count; i++)
        ISO_TRY(add_tensor(run, common->tensors[i].name, common->tensors[i].values));
    return ISOBIT_OK;
}

static isobit_status check_whole(const cli_demo *demo) {
    if (!demo->title)
        return iso_fail(ISOBIT_ERROR_FORMAT, "section [demo] has no title");
    if (!demo->run_count)
        return iso_fail(ISOBIT_ERROR_FORMAT, "there is no section [run NAME]");
    return ISOBIT_OK;
}

/* "host/demos/xor.ini": "xor". */
static isobit_status name_of(char **out, const char *file) {
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    const char *dot = strrchr(name, '.');
    return iso_copy_n(out, name, dot ? (size_t)(dot - name) : strlen(name));
}

isobit_status demo_parse(cli_demo **out, const char *file, const char *text) {
    reading read = {.text = text};
    isobit_status status;
    ISO_DO(iso_alloc(&read.demo, 1, sizeof *read.demo));
    ISO_DO(name_of(&read.demo->name, file));
    ISO_DO(isobit_settings_new(&read.common.settings));
    const int wrong = ini_parse_stream(read_line, &read, take_line, &read);
    if (read.status != ISOBIT_OK)
        ISO_DO(iso_fail_at(read.status, "%s: line %d", file, read.line));
    if (wrong)
        ISO_DO(iso_fail(ISOBIT_ERROR_FORMAT, "%s: line %d: expected name = value", file, wrong));
    status = check_whole(read.demo);
    if (status != ISOBIT_OK)
        ISO_DO(iso_fail_at(status, "%s", file));
    for (size_t i = 0; i < read.demo->run_count; i++)
        ISO_DO(share(&read.demo->runs[i], &read.common));
    *out = read.demo;
    read.demo = NULL;
done:
    free_run(&read.common);
    demo_free(read.demo);
    return status;
}

/* -------------------------------------------------------------------------------- the list -- */

const char *demo_name_at(size_t index) {
    for (const iso_embedded *file = demo_files; file->name; file++)
        if (!index--)
            return file->name;
    return NULL;
}

static isobit_status open_file(cli_demo **out, const char *path) {
    enum { MOST = 1 << 20 };
    char *text;
    size_t length;
    ISO_TRY(iso_file_read(path, MOST, &text, &length));
    isobit_status status = memchr(text, '\0', length)
                               ? iso_fail(ISOBIT_ERROR_FORMAT, "%s: is no text", path)
                               : demo_parse(out, path, text);
    free(text);
    return status;
}

isobit_status demo_open(cli_demo **out, const char *name) {
    const size_t length = strlen(name);
    if (length > 4 && !strcmp(name + length - 4, ".ini"))
        return open_file(out, name);
    for (const iso_embedded *file = demo_files; file->name; file++)
        if (!strcmp(file->name, name))
            return demo_parse(out, name, file->text);
    return iso_unknown_name("demo", name, demo_name_at);
}
