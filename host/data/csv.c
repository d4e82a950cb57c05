/* CSV: rows of numbers, one column the label.
 *
 * The first row is a header when
 *  - the setting "label" is the text of one of its cells (and no number), or
 *  - some cell of it is a name while the cell below it is a number, or
 *  - there is no row below it and a feature cell is a name (the message then is that samples are
 *    missing, not that a name is no number).
 * A name is what is no number, nor a mistake in one, nor a word for a missing one: see is_name.
 * A header's names serve the setting "label" and messages, nothing else. */
#include "base/memory.h"
#include "base/text.h"
#include "data/csv_cells.h"
#include "data/number.h"
#include "data/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One row as text. */
typedef struct row {
    iso_text text;
    size_t *offsets, count, capacity; /* of the cells in text */
} row;

typedef struct csv {
    const iso_wish *wish;
    iso_csv_cursor cursor;
    row first, second;     /* the header or the first samples, to find out which */
    bool header, words;    /* the first row is a header; labels are words */
    size_t columns, label; /* label == columns: none */
    size_t first_line;     /* of the first row: all must be as long as it is */
    size_t features, capacity;
    float *x;               /* [capacity][features] */
    iso_text labels, spare; /* labels as text; a cell to look at */
    size_t *label_offsets;  /* [capacity] */
} csv;

static const char *cell(const row *cells, size_t index) {
    return cells->text.text + cells->offsets[index];
}

static isobit_status read_row(row *out, iso_csv_cursor *cursor) {
    for (bool last = false; !last;) {
        if (out->count == out->capacity) {
            size_t capacity = out->capacity ? out->capacity * 2 : 64;
            ISO_TRY(iso_resize(&out->offsets, capacity, sizeof *out->offsets));
            out->capacity = capacity;
        }
        out->offsets[out->count++] = out->text.length;
        ISO_TRY(iso_csv_cell(cursor, out->count, &out->text, &last));
    }
    return ISOBIT_OK;
}

/* The index of the header cell `name`, or the number of columns. */
static size_t find_name(const row *header, const char *name) {
    size_t i = 0;
    while (i < header->count && strcmp(cell(header, i), name) != 0)
        i++;
    return i;
}

/* "2x", "1.5.1", "NaN" and "" in a first row are bad data, not a header's names. */
static bool is_name(const char *text) {
    static const char *const no_names[] = {"",         "nan",  "na",   "n/a", "inf",
                                           "infinity", "null", "none", "?"};
    for (size_t i = 0; i < sizeof no_names / sizeof *no_names; i++)
        if (!strcasecmp(text, no_names[i]))
            return false;
    return !strchr("0123456789+-.", *text);
}

static bool looks_like_header(const csv *file) {
    double number;
    for (size_t i = 0; i < file->first.count; i++) {
        bool below = i < file->second.count ? iso_is_number(cell(&file->second, i), &number)
                                            : !file->second.count && i != file->label;
        if (below && is_name(cell(&file->first, i)))
            return true;
    }
    return false;
}

static isobit_status no_such_label(const csv *file, bool counted) {
    const char *path = file->wish->path, *label = file->wish->label;
    if (counted)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "%s: label column %s is not among the %zu columns (counted from 1)", path,
                        label, file->columns);
    return iso_fail(ISOBIT_ERROR_ARGUMENT,
                    "%s: line %zu: there is no column \"%s\" to take the label from; the last one "
                    "is \"%.60s\"",
                    path, file->first_line, label, cell(&file->first, file->columns - 1));
}

/* Set the label column and whether there is a header; each helps to find the other. */
static isobit_status find_label(csv *file) {
    const char *label = file->wish->label;
    size_t named = *label ? find_name(&file->first, label) : file->columns;
    double number = 0;
    bool counted = iso_is_number(label, &number);
    file->label = file->columns;
    if (!*label && file->wish->with_label)
        file->label = file->columns - 1;
    else if (counted && number >= 1 && number <= (double)file->columns && number == floor(number))
        file->label = (size_t)number - 1;
    file->header = (named < file->columns && !counted) || looks_like_header(file);
    if (file->header && named < file->columns)
        file->label = named;
    return *label && file->label == file->columns ? no_such_label(file, counted) : ISOBIT_OK;
}

/* Look at the first two rows; the cursor ends up at the first sample. */
static isobit_status find_columns(csv *file) {
    iso_csv_cursor *cursor = &file->cursor;
    if (!iso_csv_next_row(cursor))
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the file is empty", cursor->path);
    iso_csv_cursor begin = *cursor, behind;
    ISO_TRY(read_row(&file->first, cursor));
    behind = *cursor;
    if (iso_csv_next_row(cursor)) {
        behind = *cursor;
        ISO_TRY(read_row(&file->second, cursor));
    }
    file->columns = file->first.count;
    file->first_line = begin.line;
    ISO_TRY(find_label(file));
    *cursor = file->header ? behind : begin;
    file->features = file->columns - (file->label < file->columns);
    if (!file->features)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: line %zu: one column only, which is the label; features are missing",
                        cursor->path, begin.line);
    return ISOBIT_OK;
}

/* "line 3, column 2 (width)" in front of a message. */
static isobit_status bad_cell(const csv *file, size_t line, size_t column, const char *text,
                              const char *why) {
    bool named = file->header;
    return iso_fail(ISOBIT_ERROR_FORMAT, "%s: line %zu, column %zu%s%.60s%s: \"%.60s\" %s",
                    file->wish->path, line, column + 1, named ? " (" : "",
                    named ? cell(&file->first, column) : "", named ? ")" : "", text, why);
}

/* The feature at the cursor: usually bare digits, else a quoted number or a mistake. */
static isobit_status read_feature(csv *file, size_t column, float *out, bool *last) {
    iso_csv_cursor *cursor = &file->cursor, start;
    double value;
    iso_csv_skip_blanks(cursor);
    start = *cursor;
    const char *behind = iso_scan_number(cursor->at, cursor->end, &value);
    if (behind)
        cursor->at = behind;
    iso_csv_skip_blanks(cursor);
    if (!behind || !iso_csv_cell_end(cursor, last)) {
        *cursor = start;
        file->spare.length = 0;
        ISO_TRY(iso_csv_cell(cursor, column + 1, &file->spare, last));
        if (!iso_is_number(file->spare.text, &value))
            return bad_cell(file, start.line, column, file->spare.text, "is not a number");
    }
    *out = (float)value;
    if (isfinite(*out))
        return ISOBIT_OK;
    file->spare.length = 0;
    ISO_TRY(iso_csv_cell(&start, column + 1, &file->spare, last));
    return bad_cell(file, start.line, column, file->spare.text, "is too large for a float32");
}

/* Keep the label as text. Once the first is a number all must be, or a typo would be a class. */
static isobit_status read_label(csv *file, size_t sample, bool *last) {
    size_t line = file->cursor.line, offset = file->labels.length;
    double number;
    file->label_offsets[sample] = offset;
    ISO_TRY(iso_csv_cell(&file->cursor, file->label + 1, &file->labels, last));
    const char *text = file->labels.text + offset;
    if (!*text)
        return bad_cell(file, line, file->label, text, "is no label; it must not be empty");
    if (file->words)
        return ISOBIT_OK;
    if (!iso_is_number(text, &number)) {
        if (sample && file->wish->task != ISO_TASK_CLASSIFY)
            return bad_cell(file, line, file->label, text,
                            "is not a number like the labels before; if they are names of classes, "
                            "say so with the setting task=classify");
        if (file->wish->task == ISO_TASK_REGRESS)
            return bad_cell(file, line, file->label, text, "is not a number");
        file->words = true;
    } else if (!isfinite((float)number)) {
        return bad_cell(file, line, file->label, text, "is too large for a float32");
    }
    return ISOBIT_OK;
}

/* Room for one more sample, and not for more of them than the rest of the file can hold: a cell and
 * what is behind it take two bytes. */
static isobit_status make_room(csv *file, size_t samples) {
    if (samples < file->capacity)
        return ISOBIT_OK;
    const size_t left = (size_t)(file->cursor.end - file->cursor.at) / 2 / file->columns + 1;
    size_t capacity = file->capacity ? file->capacity * 2 : 256;
    capacity = capacity - samples < left ? capacity : samples + left;
    if (capacity > SIZE_MAX / sizeof(float) / file->features)
        return iso_fail(ISOBIT_ERROR_MEMORY, "%s: out of memory", file->wish->path);
    ISO_TRY(iso_resize(&file->x, capacity * file->features, sizeof *file->x));
    if (file->label < file->columns)
        ISO_TRY(iso_resize(&file->label_offsets, capacity, sizeof *file->label_offsets));
    file->capacity = capacity;
    return ISOBIT_OK;
}

/* The cells up to the last column or the row's end; *count of them. */
static isobit_status read_cells(csv *file, size_t sample, size_t *count, bool *last) {
    float *x = file->x + sample * file->features;
    for (*count = 0; *count < file->columns && !*last; ++*count) {
        if (*count == file->label && !file->wish->with_label) {
            file->spare.length = 0;
            ISO_TRY(iso_csv_cell(&file->cursor, *count + 1, &file->spare, last));
        } else if (*count == file->label) {
            ISO_TRY(read_label(file, sample, last));
        } else {
            ISO_TRY(read_feature(file, *count, x++, last));
        }
    }
    return ISOBIT_OK;
}

/* Refuse a row that is not as long as the first. */
static isobit_status check_length(csv *file, iso_csv_cursor start) {
    size_t line = start.line, count = 0;
    for (bool last = false; !last; count++) {
        file->spare.length = 0;
        ISO_TRY(iso_csv_cell(&start, count + 1, &file->spare, &last));
    }
    if (count == file->columns)
        return ISOBIT_OK;
    return iso_fail(ISOBIT_ERROR_FORMAT, "%s: line %zu: %zu values; expected %zu as on line %zu",
                    file->wish->path, line, count, file->columns, file->first_line);
}

/* One row. One of the wrong length is called that, whatever is wrong with its cells. */
static isobit_status read_sample(csv *file, size_t sample) {
    iso_csv_cursor start = file->cursor;
    size_t count;
    bool last = false;
    isobit_status status = read_cells(file, sample, &count, &last);
    if (status == ISOBIT_OK && last && count == file->columns)
        return ISOBIT_OK;
    if (status == ISOBIT_OK || status == ISOBIT_ERROR_FORMAT)
        ISO_TRY(check_length(file, start)); /* leaves the cell's message when it finds nothing */
    return status;
}

/* The label column as a whole: integers, numbers or words. */
static isobit_status finish_labels(csv *file, iso_table *table) {
    const char *pool = file->labels.text;
    const size_t *offsets = file->label_offsets;
    int64_t *integers = NULL;
    float *floats = NULL;
    isobit_status status = ISOBIT_OK;
    if (file->words)
        return iso_y_from_words(table, pool, offsets, file->wish);
    ISO_DO(iso_alloc(&integers, table->samples, sizeof *integers));
    size_t whole = 0;
    while (whole < table->samples && iso_is_integer(pool + offsets[whole], &integers[whole]))
        whole++;
    if (whole == table->samples && file->wish->task != ISO_TASK_REGRESS) {
        status = iso_y_from_integers(table, integers, file->wish);
        goto done;
    }
    ISO_DO(iso_alloc(&floats, table->samples, sizeof *floats));
    for (size_t i = 0; i < table->samples; i++) {
        double value = 0;
        iso_is_number(pool + offsets[i], &value);
        floats[i] = (float)value;
    }
    status = iso_y_from_floats(table, &floats, 1, file->wish);
done:
    free(integers);
    free(floats);
    return status;
}

static isobit_status read_samples(csv *file, iso_table *table) {
    size_t samples = 0;
    ISO_TRY(find_columns(file));
    while (iso_csv_next_row(&file->cursor)) {
        ISO_TRY(make_room(file, samples));
        ISO_TRY(read_sample(file, samples));
        samples++;
    }
    ISO_TRY(iso_check_samples(samples, file->wish->path));
    ISO_TRY(iso_x_resize(&file->x, samples, file->features * sizeof *file->x));
    table->samples = samples;
    table->shape = (iso_shape){file->features, 1, 1};
    table->element = ISO_FLOAT32;
    if (file->wish->with_label)
        ISO_TRY(finish_labels(file, table));
    table->x = file->x;
    file->x = NULL;
    return ISOBIT_OK;
}

/* A NUL byte means UTF-16 or no text at all. */
static isobit_status check_text(const char *bytes, size_t length, const char *path) {
    const char *nul = length ? memchr(bytes, 0, length) : NULL;
    if (!nul)
        return ISOBIT_OK;
    return iso_fail(ISOBIT_ERROR_FORMAT,
                    "%s: byte %zu: a zero byte; this is not CSV text (UTF-8 is expected)", path,
                    (size_t)(nul - bytes));
}

isobit_status iso_parse_csv(iso_table *out, const char *bytes, size_t length,
                            const iso_wish *wish) {
    iso_table table = {0};
    csv file = {.wish = wish};
    isobit_status status;
    ISO_TRY(check_text(bytes, length, wish->path));
    if (length >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3)) {
        bytes += 3;
        length -= 3;
    }
    file.cursor =
        (iso_csv_cursor){bytes, bytes + length, wish->path, 1, iso_csv_comma(bytes, length)};
    status = read_samples(&file, &table);
    if (status == ISOBIT_OK)
        *out = table;
    else
        iso_table_free(&table);
    free(file.x);
    free(file.label_offsets);
    free(file.labels.text);
    free(file.spare.text);
    free(file.first.text.text);
    free(file.first.offsets);
    free(file.second.text.text);
    free(file.second.offsets);
    return status;
}
