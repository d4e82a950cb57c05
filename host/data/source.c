/* What a data source is: a folder or a file by its suffix, else by how its content begins. */
#include "data/source.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/settings.h"
#include "base/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static isobit_status read_csv(iso_tables *out, const iso_wish *wish) {
    char *bytes;
    size_t length;
    ISO_TRY(iso_file_read(wish->path, PTRDIFF_MAX, &bytes, &length));
    isobit_status status = iso_parse_csv(&out->train, bytes, length, wish);
    free(bytes);
    return status;
}

static isobit_status read_npy(iso_tables *out, const iso_wish *wish) {
    char *bytes;
    size_t length;
    ISO_TRY(iso_file_read(wish->path, PTRDIFF_MAX, &bytes, &length));
    isobit_status status = iso_parse_npy(&out->train, bytes, length, wish);
    free(bytes);
    return status;
}

static isobit_status read_npz(iso_tables *out, const iso_wish *wish) {
    char *bytes;
    size_t length;
    ISO_TRY(iso_file_read(wish->path, PTRDIFF_MAX, &bytes, &length));
    isobit_status status = iso_parse_npz(out, bytes, length, wish);
    free(bytes);
    return status;
}

static isobit_status read_idx(iso_tables *out, const iso_wish *wish) {
    return iso_read_idx(&out->train, wish);
}

static isobit_status refuse_packed(iso_tables *out, const iso_wish *wish) {
    (void)out;
    return iso_fail(ISOBIT_ERROR_FORMAT,
                    "%s: only IDX files are read packed; unpack it first (gunzip -k)", wish->path);
}

static isobit_status read_stdin(iso_tables *out, const iso_wish *wish) {
    iso_text text = {0};
    char *bytes = NULL;
    size_t length;
    isobit_status status = ISOBIT_OK;
    iso_wish here = *wish;
    here.path = "standard input";
    for (;;) {
        static _Thread_local char some[1 << 16];
        ssize_t got = read(STDIN_FILENO, some, sizeof some);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status =
                iso_fail(ISOBIT_ERROR_FILE, "standard input: cannot read: %s", strerror(errno));
        if (got <= 0)
            break;
        iso_text_append(&text, some, (size_t)got);
        if (memchr(some, 0, (size_t)got)) /* no text, so there is no need for the rest */
            break;
    }
    length = text.length;
    if (status == ISOBIT_OK)
        status = iso_text_take(&text, &bytes);
    if (status == ISOBIT_OK)
        status = iso_parse_csv(&out->train, bytes, length, &here);
    free(text.text);
    free(bytes);
    return status;
}

typedef isobit_status (*reader)(iso_tables *out, const iso_wish *wish);

/* Every suffix that decides; what has none of these is looked into. */
static const struct {
    const char *suffix;
    reader read;
} formats[] = {{".csv", read_csv}, {".tsv", read_csv},         {".txt", read_csv},
               {".npy", read_npy}, {".npz", read_npz},         {".csv.gz", refuse_packed},
               {".idx", read_idx}, {".tsv.gz", refuse_packed}, {".txt.gz", refuse_packed}};
enum { FORMATS = sizeof formats / sizeof *formats };

static bool ends_with(const char *text, const char *suffix) {
    size_t length = strlen(text), tail = strlen(suffix);
    return length > tail && !strcmp(text + length - tail, suffix);
}

static reader by_content(const char *path) {
    unsigned char head[6] = {0};
    FILE *file = fopen(path, "rb");
    size_t got = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    if (got >= 6 && !memcmp(head, "\x93NUMPY", 6))
        return read_npy;
    if (got >= 4 && !memcmp(head, "PK\3\4", 4))
        return read_npz;
    if (got >= 2 && ((head[0] == 0x1f && head[1] == 0x8b) || (!head[0] && !head[1])))
        return read_idx;
    return read_csv;
}

/* The setting "label" means something in CSV alone. */
static isobit_status refuse_label(const iso_wish *wish) {
    if (!wish->with_label || !*wish->label)
        return ISOBIT_OK;
    return iso_fail(
        ISOBIT_ERROR_ARGUMENT,
        "%s: label \"%s\" is a column's, and only CSV files have columns; leave it away",
        wish->path, wish->label);
}

isobit_status iso_read_file(iso_tables *out, const iso_wish *wish) {
    struct stat info;
    reader read = NULL;
    if (!strcmp(wish->path, "-"))
        return read_stdin(out, wish);
    if (stat(wish->path, &info))
        return iso_fail(ISOBIT_ERROR_FILE, "%s: cannot open: %s", wish->path, strerror(errno));
    if (S_ISDIR(info.st_mode)) {
        ISO_TRY(refuse_label(wish));
        return iso_read_idx_folder(out, wish);
    }
    for (size_t i = 0; i < FORMATS; i++)
        if (ends_with(wish->path, formats[i].suffix))
            read = formats[i].read;
    if (!read) /* looking into a pipe would take its first bytes away */
        read = S_ISREG(info.st_mode) ? by_content(wish->path) : read_csv;
    if (read != read_csv && read != refuse_packed)
        ISO_TRY(refuse_label(wish));
    return read(out, wish);
}

isobit_status iso_read_source(iso_tables *out, const iso_wish *wish) {
    bool found = false;
    ISO_TRY(iso_builtin_make(out, wish->path, &found));
    if (found) {
        isobit_status status = refuse_label(wish);
        if (status != ISOBIT_OK)
            iso_tables_free(out);
        return status;
    }
    bool a_path = strpbrk(wish->path, "/.") || !strcmp(wish->path, "-");
    if (a_path || iso_file_exists(wish->path))
        return iso_read_file(out, wish);
    char *word;
    ISO_TRY(iso_copy_n(&word, wish->path, strcspn(wish->path, " \t")));
    isobit_status status = iso_unknown_name("data set", word, iso_builtin_name);
    free(word);
    return iso_fail(status, "%s; or give a file or folder, none of which has that name",
                    isobit_error());
}

isobit_status iso_source_name(char **out, const char *source) {
    if (!strcmp(source, "-"))
        return iso_copy(out, "stdin");
    size_t end = strlen(source);
    for (size_t i = 0; iso_builtin_name(i); i++) {
        size_t word = strlen(iso_builtin_name(i));
        if (!strncmp(source, iso_builtin_name(i), word) && strchr(" \t", source[word]))
            end = word;
    }
    while (end && source[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin && source[begin - 1] != '/')
        begin--;
    if (end - begin > 3 && !strncmp(source + end - 3, ".gz", 3))
        end -= 3;
    for (size_t i = 0; i < FORMATS; i++) {
        size_t tail = strlen(formats[i].suffix);
        if (end - begin > tail && !strncmp(source + end - tail, formats[i].suffix, tail))
            end -= tail;
    }
    if (begin == end || source[begin] == '.') /* ".", ".." and the like name nothing */
        return iso_copy(out, "data");
    return iso_copy_n(out, source + begin, end - begin);
}

isobit_status iso_wish_from(iso_wish *out, const char *path, bool with_label,
                            const isobit_settings *settings) {
    const char *task = isobit_settings_get(settings, "task");
    *out = (iso_wish){path, with_label, isobit_settings_get(settings, "label"), ISO_TASK_AUTO};
    if (!strcmp(task, "classify"))
        out->task = ISO_TASK_CLASSIFY;
    else if (!strcmp(task, "regress"))
        out->task = ISO_TASK_REGRESS;
    else if (*task)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "task: \"%s\" is neither classify nor regress",
                        task);
    return ISOBIT_OK;
}

isobit_status iso_read_table(iso_table *out, const char *path, bool with_label,
                             const isobit_settings *settings) {
    iso_wish wish;
    iso_tables tables = {0};
    ISO_TRY(iso_wish_from(&wish, path, with_label, settings));
    ISO_TRY(iso_read_file(&tables, &wish));
    iso_table_free(&tables.test);
    *out = tables.train;
    return ISOBIT_OK;
}
