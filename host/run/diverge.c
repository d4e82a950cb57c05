#include "run/diverge.h"

#include "base/file.h"
#include "base/memory.h"
#include "run/digests.h"
#include "run/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------------------- reading -- */

static isobit_status parse_entry(iso_digest_entry *out, json_t *line) {
    json_int_t step, launch;
    iso_digest_entry entry = {0};
    errno = 0;
    if (json_unpack(line, "{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "step", &step, "launch",
                    &launch, "label", &entry.label, "op", &entry.op, "variant", &entry.variant,
                    "file", &entry.file, "tensor", &entry.tensor, "shape", &entry.shape, "digest",
                    &entry.digest) ||
        step < 1 || launch < 0)
        return iso_json_fail("not a line of digests");
    entry.step = (uint64_t)step;
    entry.launch = (uint64_t)launch;
    *out = entry;
    return ISOBIT_OK;
}

static isobit_status parse_header(iso_digest_file *file, json_t *line) {
    const char *kind = NULL;
    int version = 0, contract = 0;
    errno = 0;
    if (json_unpack(line, "{s:s, s:i, s:i, s:s, s:s, s:o}", "isobit", &kind, "version", &version,
                    "contract", &contract, "device", &file->device, "driver", &file->driver,
                    "settings", &(json_t *){NULL}) ||
        strcmp(kind, "digests") != 0)
        return iso_json_fail("not a file of digests; isobit train --digests FILE writes one");
    if (version != ISO_DIGESTS_VERSION)
        return iso_fail(ISOBIT_ERROR_FORMAT, "version %d of the format; this isobit reads %d",
                        version, ISO_DIGESTS_VERSION);
    return ISOBIT_OK;
}

static isobit_status take_line(iso_digest_file *file, const char *text, size_t length) {
    json_error_t error;
    errno = 0;
    json_t *line = json_loadb(text, length, 0, &error);
    if (!line)
        return iso_json_fail("no JSON: %s", error.text);
    if (json_array_append_new(file->document, line))
        return iso_fail(ISOBIT_ERROR_MEMORY, "out of memory");
    if (!file->device)
        return parse_header(file, line);
    ISO_TRY(iso_resize(&file->entries, file->count + 1, sizeof *file->entries));
    ISO_TRY(parse_entry(&file->entries[file->count], line));
    file->count++;
    return ISOBIT_OK;
}

static isobit_status take_lines(iso_digest_file *file, const char *path, const char *text,
                                size_t length) {
    const char *end = text + length;
    size_t number = 1;
    for (const char *at = text; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        isobit_status status = take_line(file, at, (size_t)((stop ? stop : end) - at));
        if (status != ISOBIT_OK)
            return iso_fail_at(status, "%s: line %zu", path, number);
        at = stop ? stop + 1 : end;
    }
    if (!file->count)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: holds no digests: the chosen steps were never reached", path);
    return ISOBIT_OK;
}

isobit_status iso_digest_file_parse(iso_digest_file *out, const char *path, const char *text,
                                    size_t length) {
    iso_digest_file file = {.document = json_array()};
    isobit_status status = file.document ? take_lines(&file, path, text, length)
                                         : iso_fail(ISOBIT_ERROR_MEMORY, "out of memory");
    if (status == ISOBIT_OK)
        *out = file;
    else
        iso_digest_file_free(&file);
    return status;
}

isobit_status iso_digest_file_read(iso_digest_file *out, const char *path) {
    enum { MOST = 1 << 28 };
    char *text;
    size_t length;
    ISO_TRY(iso_file_read(path, MOST, &text, &length));
    isobit_status status = iso_digest_file_parse(out, path, text, length);
    free(text);
    return status;
}

void iso_digest_file_free(iso_digest_file *file) {
    json_decref(file->document);
    free(file->entries);
    *file = (iso_digest_file){0};
}

/* ------------------------------------------------------------------------------- comparing -- */

/* What decides the result of a training, but not how long it is. */
static bool matters(const char *setting) { return strcmp(setting, "epochs") != 0; }

static isobit_status compare_settings(json_t *a, json_t *b) {
    const char *name;
    json_t *value;
    json_object_foreach(a, name, value) {
        const char *first = json_string_value(value);
        const char *second = json_string_value(json_object_get(b, name));
        first = first ? first : "";
        second = second ? second : "";
        if (matters(name) && strcmp(first, second) != 0)
            return iso_fail(
                ISOBIT_ERROR_ARGUMENT,
                "these are not the same training: %s is \"%s\" in one and \"%s\" in the "
                "other",
                name, first, second);
    }
    return ISOBIT_OK;
}

isobit_status iso_digest_files_match(const iso_digest_file *a, const iso_digest_file *b) {
    json_t *first = json_array_get(a->document, 0), *second = json_array_get(b->document, 0);
    const json_int_t contract = json_integer_value(json_object_get(first, "contract"));
    const json_int_t other = json_integer_value(json_object_get(second, "contract"));
    if (contract != other)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "the runs keep version %d and version %d of the numerics contract: their "
                        "bits differ by design",
                        (int)contract, (int)other);
    json_t *ours = json_object_get(first, "settings"),
           *theirs = json_object_get(second, "settings");
    ISO_TRY(compare_settings(ours, theirs));
    return compare_settings(theirs, ours);
}

static bool same_tensor(const iso_digest_entry *a, const iso_digest_entry *b) {
    return a->step == b->step && !strcmp(a->tensor, b->tensor);
}

/* Whether a launch, or the step's beginning: the two are counted apart. */
static bool same_kind(const iso_digest_entry *a, const iso_digest_entry *b) {
    return same_tensor(a, b) && !a->launch == !b->launch;
}

/* Entry `index` of `a` in `b`: the same tensor's same writing in the step; NULL: not there. */
static const iso_digest_entry *find(const iso_digest_file *a, size_t index,
                                    const iso_digest_file *b) {
    const iso_digest_entry *wanted = &a->entries[index];
    size_t before = 0;
    if (index < b->count && same_kind(wanted, &b->entries[index]) &&
        wanted->launch == b->entries[index].launch)
        return &b->entries[index]; /* files of like launches are alike line by line */
    for (size_t i = 0; i < index; i++)
        before += same_kind(&a->entries[i], wanted);
    for (size_t i = 0; i < b->count; i++)
        if (same_kind(&b->entries[i], wanted) && !before--)
            return &b->entries[i];
    return NULL;
}

void iso_digest_files_compare(const iso_digest_file *a, const iso_digest_file *b,
                              const iso_digest_entry **at_a, const iso_digest_entry **at_b,
                              size_t *compared) {
    *at_a = *at_b = NULL;
    *compared = 0;
    for (size_t i = 0; i < a->count; i++) {
        const iso_digest_entry *other = find(a, i, b);
        if (!other)
            continue;
        if (strcmp(a->entries[i].digest, other->digest) != 0 ||
            strcmp(a->entries[i].shape, other->shape) != 0) {
            *at_a = &a->entries[i];
            *at_b = other;
            return;
        }
        ++*compared;
    }
}
