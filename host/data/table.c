/* Tables: what readers make. Turning y into classes or targets is the same for every format. */
#include "base/memory.h"
#include "data/reader.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void iso_table_free(iso_table *table) {
    for (size_t i = 0; i < table->label_name_count; i++)
        free(table->label_names[i]);
    free(table->label_names);
    free(table->labels);
    free(table->targets);
    free(table->x);
    *table = (iso_table){0};
}

void iso_tables_free(iso_tables *tables) {
    iso_table_free(&tables->train);
    iso_table_free(&tables->test);
}

/* Too many are refused as iso_alloc would. */
static size_t bytes_of_x(size_t samples, size_t row) {
    return row && samples > (PTRDIFF_MAX - ISO_SLACK) / row ? SIZE_MAX : samples * row + ISO_SLACK;
}

isobit_status iso_x_alloc(void *out, size_t samples, size_t row) {
    return iso_alloc(out, bytes_of_x(samples, row), 1);
}

isobit_status iso_x_resize(void *x, size_t samples, size_t row) {
    char *bytes;
    ISO_TRY(iso_resize(x, bytes_of_x(samples, row), 1));
    memcpy(&bytes, x, sizeof bytes);
    memset(bytes + samples * row, 0, ISO_SLACK);
    return ISOBIT_OK;
}

isobit_status iso_check_samples(size_t samples, const char *path) {
    if (!samples)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: there are no samples in it", path);
    if (samples > UINT32_MAX - 1)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: %zu samples; at most %" PRIu32 " are supported",
                        path, samples, UINT32_MAX - 1);
    return ISOBIT_OK;
}

isobit_status iso_y_name_classes(iso_table *table, size_t count) {
    ISO_TRY(iso_alloc(&table->label_names, count, sizeof *table->label_names));
    for (; table->label_name_count < count; table->label_name_count++)
        ISO_TRY(iso_format(&table->label_names[table->label_name_count], "%zu",
                           table->label_name_count));
    return ISOBIT_OK;
}

static isobit_status too_many_classes(const iso_wish *wish) {
    return iso_fail(ISOBIT_ERROR_FORMAT,
                    "%s: more than %d different labels; if they are targets, say so with the "
                    "setting task=regress",
                    wish->path, ISO_MOST_CLASSES);
}

/* Distinct whole numbers, ascending. */
typedef struct numbers {
    int64_t *values;
    size_t count, capacity;
} numbers;

/* Where `value` is, or where it belongs. */
static size_t number_place(const numbers *set, int64_t value) {
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (set->values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static isobit_status number_add(numbers *set, int64_t value, const iso_wish *wish) {
    size_t place = number_place(set, value);
    if (place < set->count && set->values[place] == value)
        return ISOBIT_OK;
    if (set->count == ISO_MOST_CLASSES)
        return too_many_classes(wish);
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? set->capacity * 2 : 16;
        ISO_TRY(iso_resize(&set->values, set->capacity, sizeof *set->values));
    }
    memmove(set->values + place + 1, set->values + place,
            (set->count - place) * sizeof *set->values);
    set->values[place] = value;
    set->count++;
    return ISOBIT_OK;
}

static isobit_status targets_from_integers(iso_table *table, const int64_t *values) {
    ISO_TRY(iso_alloc(&table->targets, table->samples, sizeof *table->targets));
    for (size_t i = 0; i < table->samples; i++)
        table->targets[i] = (float)values[i];
    table->outputs = 1;
    return ISOBIT_OK;
}

isobit_status iso_y_from_integers(iso_table *table, const int64_t *values, const iso_wish *wish) {
    if (wish->task == ISO_TASK_REGRESS)
        return targets_from_integers(table, values);
    numbers set = {0};
    isobit_status status = ISOBIT_OK;
    for (size_t i = 0; i < table->samples; i++)
        ISO_DO(number_add(&set, values[i], wish));
    ISO_DO(iso_alloc(&table->labels, table->samples, sizeof *table->labels));
    for (size_t i = 0; i < table->samples; i++)
        table->labels[i] = (int32_t)number_place(&set, values[i]);
    ISO_DO(iso_alloc(&table->label_names, set.count, sizeof *table->label_names));
    for (size_t i = 0; i < set.count; i++) {
        ISO_DO(iso_format(&table->label_names[i], "%" PRId64, set.values[i]));
        table->label_name_count++;
    }
done:
    free(set.values);
    return status;
}

isobit_status iso_y_from_floats(iso_table *table, float **values, size_t outputs,
                                const iso_wish *wish) {
    if (wish->task != ISO_TASK_CLASSIFY) {
        table->targets = *values;
        table->outputs = outputs;
        *values = NULL;
        return ISOBIT_OK;
    }
    int64_t *whole;
    ISO_TRY(iso_alloc(&whole, table->samples, sizeof *whole));
    isobit_status status = ISOBIT_OK;
    for (size_t i = 0; i < table->samples && status == ISOBIT_OK; i++) {
        float value = (*values)[i];
        bool fits = value >= -0x1p62f && value <= 0x1p62f;
        whole[i] = fits ? (int64_t)value : 0;
        if (!fits || (float)whole[i] != value)
            status = iso_fail(ISOBIT_ERROR_FORMAT,
                              "%s: sample %zu: the label %g is not a whole number, so it is no "
                              "class; use the setting task=regress",
                              wish->path, i + 1, (double)value);
    }
    if (status == ISOBIT_OK)
        status = iso_y_from_integers(table, whole, wish);
    free(whole);
    return status;
}

/* Where `word` is among the sorted names, or where it belongs; *found says which. */
static size_t word_place(const iso_table *table, const char *word, bool *found) {
    size_t low = 0, high = table->label_name_count;
    *found = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(table->label_names[middle], word);
        if (order == 0)
            *found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static isobit_status word_add(iso_table *table, size_t *capacity, const char *word,
                              const iso_wish *wish) {
    bool found;
    size_t place = word_place(table, word, &found), count = table->label_name_count;
    char *copy;
    if (found)
        return ISOBIT_OK;
    if (count == ISO_MOST_CLASSES)
        return too_many_classes(wish);
    if (count == *capacity) {
        ISO_TRY(iso_resize(&table->label_names, *capacity ? *capacity * 2 : 16, sizeof(char *)));
        *capacity = *capacity ? *capacity * 2 : 16;
    }
    ISO_TRY(iso_copy(&copy, word));
    memmove(table->label_names + place + 1, table->label_names + place,
            (count - place) * sizeof(char *));
    table->label_names[place] = copy;
    table->label_name_count++;
    return ISOBIT_OK;
}

isobit_status iso_y_from_words(iso_table *table, const char *pool, const size_t *offsets,
                               const iso_wish *wish) {
    bool found;
    size_t capacity = 0;
    if (wish->task == ISO_TASK_REGRESS)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: sample 1: the label \"%.60s\" is a word; with task=regress labels are "
                        "numbers",
                        wish->path, pool + offsets[0]);
    for (size_t i = 0; i < table->samples; i++)
        ISO_TRY(word_add(table, &capacity, pool + offsets[i], wish));
    ISO_TRY(iso_alloc(&table->labels, table->samples, sizeof *table->labels));
    for (size_t i = 0; i < table->samples; i++)
        table->labels[i] = (int32_t)word_place(table, pool + offsets[i], &found);
    return ISOBIT_OK;
}
