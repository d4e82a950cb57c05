/* Run files: settings as INI text.
 *
 *   [run]
 *   net = dense 128 relu,
 *      dense 10 softmax
 *
 * A value goes on in indented lines, joined with a blank each; without a blank where a line ends in
 * a backslash, which is left out, as is one at the beginning of an indented line. What follows " ;"
 * is a comment. */
#include "base/file.h"
#include "base/memory.h"
#include "base/settings.h"
#include "base/text.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------- reading -- */

typedef struct loading {
    const char *at; /* the rest of the text */
    int line;
    bool continues; /* the current line is indented: it goes on with the value before */
    isobit_settings *settings;
    const isobit_settings *before; /* what was set already stays */
    char *name;                    /* of a value that may go on; NULL: none */
    iso_text value;
    int first; /* line of that */
    isobit_status status;
    int wrong; /* the line that it is about */
} loading;

static void fail(loading *load, isobit_status status, int line) {
    load->status = status;
    load->wrong = line;
}

/* inih reads into a buffer of fixed size and would take the rest of a longer line for a new one. */
static char *read_line(char *line, int room, void *user) {
    loading *load = user;
    const size_t length = strcspn(load->at, "\n");
    if (load->status != ISOBIT_OK || !*load->at)
        return NULL;
    load->line++;
    load->continues = *load->at == ' ' || *load->at == '\t';
    if (length > (size_t)room - 2) {
        fail(load,
             iso_fail(ISOBIT_ERROR_FORMAT, "longer than %d characters; go on in an indented line",
                      room - 2),
             load->line);
        return NULL;
    }
    memcpy(line, load->at, length);
    strcpy(line + length, load->at[length] ? "\n" : "");
    load->at += length + (load->at[length] == '\n');
    return line;
}

/* The value is whole: set it. */
static isobit_status finish_value(loading *load) {
    char *value = NULL;
    isobit_status status = iso_text_take(&load->value, &value);
    if (status == ISOBIT_OK && !isobit_settings_is_set(load->before, load->name))
        status = isobit_settings_set(load->settings, load->name, value);
    free(value);
    free(load->name);
    load->name = NULL;
    if (status != ISOBIT_OK)
        fail(load, status, load->first);
    return status;
}

static isobit_status begin_value(loading *load, const char *name, const char *value) {
    if (load->name)
        ISO_TRY(finish_value(load));
    load->first = load->line;
    isobit_status status = iso_copy(&load->name, name);
    if (!isobit_settings_is_set(load->before, name) && isobit_settings_is_set(load->settings, name))
        status = iso_fail(ISOBIT_ERROR_FORMAT, "\"%s\" is set twice", name);
    iso_text_add(&load->value, "%s", value);
    if (status != ISOBIT_OK)
        fail(load, status, load->line);
    return status;
}

static void continue_value(loading *load, const char *more) {
    iso_text *value = &load->value;
    more += *more == '\\';
    if (value->length && value->text[value->length - 1] == '\\')
        value->text[--value->length] = '\0';
    else if (value->length)
        iso_text_append(value, " ", 1);
    iso_text_add(value, "%s", more);
}

static int take_line(void *user, const char *section, const char *name, const char *value) {
    loading *load = user;
    if (load->status != ISOBIT_OK)
        return 0;
    if (*section && strcmp(section, "run"))
        fail(load, iso_fail(ISOBIT_ERROR_FORMAT, "section [%s] is not known; use [run]", section),
             load->line);
    else if (load->continues && load->name && !strcmp(load->name, name))
        continue_value(load, value);
    else
        begin_value(load, name, value);
    return load->status == ISOBIT_OK;
}

isobit_status iso_settings_parse(isobit_settings *settings, const char *name, const char *text,
                                 size_t length) {
    loading load = {.at = text, .before = settings};
    if (strlen(text) != length)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: byte %zu: a zero byte; this is no text", name,
                        strlen(text));
    ISO_TRY(iso_settings_copy(&load.settings, settings));
    const int wrong = ini_parse_stream(read_line, &load, take_line, &load);
    if (load.status == ISOBIT_OK && wrong)
        fail(&load, iso_fail(ISOBIT_ERROR_FORMAT, "expected name = value"), wrong);
    if (load.status == ISOBIT_OK && load.name)
        finish_value(&load);
    if (load.status == ISOBIT_OK)
        iso_settings_swap(settings, load.settings);
    else
        iso_fail_at(load.status, "%s: line %d", name, load.wrong);
    isobit_settings_free(load.settings);
    free(load.value.text);
    free(load.name);
    return load.status;
}

isobit_status isobit_settings_load(isobit_settings *settings, const char *path) {
    enum { MOST = 1 << 18 };
    char *text;
    size_t length;
    ISO_TRY(iso_file_read(path, MOST, &text, &length));
    isobit_status status = iso_settings_parse(settings, path, text, length);
    free(text);
    return status;
}

/* ------------------------------------------------------------------------------- writing -- */

/* A line of a value. */
typedef struct piece {
    size_t length; /* of the value's rest */
    bool glued;    /* it goes on without a blank; else one is left out */
    bool more;     /* it goes on, if only to keep blanks at the end */
} piece;

/* How much of the rest of a value goes into one line: up to a single blank if it is long; up to a
 * semicolon that would be taken for a comment; not blanks that would be lost. */
static piece cut(const char *value, bool first) {
    enum { WIDTH = 140 };
    size_t length = 0;
    for (; value[length] && length < WIDTH; length++)
        if ((value[length] == ';' && length && value[length - 1] == ' ') ||
            (!length && first && strchr(" ;", *value)))
            return (piece){length, true, true};
    if (!value[length] && (!length || value[length - 1] != ' '))
        return (piece){length, false, false};
    for (size_t i = length; value[length] && i > WIDTH / 2; i--)
        if (value[i] == ' ' && value[i - 1] != ' ' && value[i - 1] != '\\')
            return (piece){i, false, true};
    return (piece){length, true, true};
}

static void write_value(iso_text *text, const char *name, const char *value) {
    piece line = {.more = true};
    iso_text_add(text, "%s =%s", name, *value ? " " : "");
    for (bool first = true; line.more; first = false) {
        if (!first)
            iso_text_add(text, "    %s", !*value || strchr(" ;#\\", *value) ? "\\" : "");
        line = cut(value, first);
        iso_text_add(text, "%.*s%s\n", (int)line.length, value, line.glued ? "\\" : "");
        value += line.length + (line.more && !line.glued);
    }
}

isobit_status iso_settings_write(const isobit_settings *settings, char **out) {
    iso_text text = {0};
    const isobit_setting *setting;
    iso_text_add(&text, "[run]\n");
    for (size_t i = 0; (setting = isobit_setting_at(i)); i++)
        if (iso_setting_is_result(setting) && isobit_settings_is_set(settings, setting->name))
            write_value(&text, setting->name, isobit_settings_get(settings, setting->name));
    return iso_text_take(&text, out);
}
