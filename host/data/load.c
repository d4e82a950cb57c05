/* isobit_data_load: tables of a source and perhaps of a test file, joined, shaped and split. */
#include "base/memory.h"
#include "base/settings.h"
#include "base/text.h"
#include "data/source.h"
#include "data/split.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static isobit_status check_same_kind(const iso_table *train, const iso_table *test,
                                     const char *where) {
    iso_shape a = train->shape, b = test->shape;
    if (a.channels != b.channels || a.height != b.height || a.width != b.width)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: a sample of the test part is %zux%zux%zu, one of the training part "
                        "%zux%zux%zu",
                        where, b.channels, b.height, b.width, a.channels, a.height, a.width);
    if (train->element != test->element)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: the features are uint8 in one of training and test part and other "
                        "numbers in the other",
                        where);
    if (!train->labels != !test->labels || train->outputs != test->outputs)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: training and test part do not both hold classes, or do not hold "
                        "equally many targets (%zu and %zu)",
                        where, train->outputs, test->outputs);
    return ISOBIT_OK;
}

typedef struct named_class {
    const char *name;
    int32_t label;
} named_class;

static int by_name(const void *a, const void *b) {
    return strcmp(((const named_class *)a)->name, ((const named_class *)b)->name);
}

static isobit_status strange_class(const iso_table *train, const iso_table *test, size_t name,
                                   const char *where) {
    iso_text known = {0};
    char *list = NULL;
    size_t sample = 0, shown = train->label_name_count < 12 ? train->label_name_count : 12;
    while ((size_t)test->labels[sample] != name)
        sample++;
    for (size_t i = 0; i < shown; i++)
        iso_text_add(&known, "%s%.40s", i ? ", " : "", train->label_names[i]);
    ISO_TRY(iso_text_take(&known, &list));
    isobit_status status =
        iso_fail(ISOBIT_ERROR_FORMAT,
                 "%s: test sample %zu has the class \"%.60s\", which the training data "
                 "has not: %s%s",
                 where, sample + 1, test->label_names[name], list,
                 shown < train->label_name_count ? ", …" : "");
    free(list);
    return status;
}

/* Number the test part's classes as the training part does. */
static isobit_status map_classes(const iso_table *train, iso_table *test, const char *where) {
    named_class *known = NULL;
    int32_t *map = NULL;
    isobit_status status = ISOBIT_OK;
    ISO_DO(iso_alloc(&known, train->label_name_count, sizeof *known));
    ISO_DO(iso_alloc(&map, test->label_name_count, sizeof *map));
    for (size_t i = 0; i < train->label_name_count; i++)
        known[i] = (named_class){train->label_names[i], (int32_t)i};
    qsort(known, train->label_name_count, sizeof *known, by_name);
    for (size_t i = 0; i < test->label_name_count; i++) {
        named_class key = {test->label_names[i], 0};
        const named_class *found =
            bsearch(&key, known, train->label_name_count, sizeof *known, by_name);
        if (!found) {
            status = strange_class(train, test, i, where);
            goto done;
        }
        map[i] = found->label;
    }
    for (size_t i = 0; i < test->samples; i++)
        test->labels[i] = map[test->labels[i]];
done:
    free(known);
    free(map);
    return status;
}

/* Put `test` behind `train`, which then holds both. */
static isobit_status append_table(iso_table *train, const iso_table *test, const char *where) {
    size_t samples = train->samples + test->samples;
    size_t row = iso_shape_size(train->shape) * iso_element_size(train->element);
    ISO_TRY(iso_check_samples(samples, where));
    if (samples > PTRDIFF_MAX / row)
        return iso_fail(ISOBIT_ERROR_MEMORY, "%s: out of memory", where);
    ISO_TRY(iso_x_resize(&train->x, samples, row));
    memcpy((char *)train->x + train->samples * row, test->x, test->samples * row);
    if (train->labels) {
        ISO_TRY(iso_resize(&train->labels, samples, sizeof *train->labels));
        memcpy(train->labels + train->samples, test->labels, test->samples * sizeof *test->labels);
    } else if (train->targets) {
        row = train->outputs * sizeof *train->targets;
        ISO_TRY(iso_resize(&train->targets, samples, row));
        memcpy((char *)train->targets + train->samples * row, test->targets, test->samples * row);
    }
    train->samples = samples;
    return ISOBIT_OK;
}

/* A shape such as "3x32x32", "28x28" or "784". */
static isobit_status parse_shape(iso_shape *out, const char *text) {
    size_t sizes[3], count = 0;
    char *copy, *save = NULL;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_copy(&copy, text));
    for (char *word = strtok_r(copy, "x", &save); word && status == ISOBIT_OK;
         word = strtok_r(NULL, "x", &save)) {
        if (count == 3)
            status = iso_fail(ISOBIT_ERROR_ARGUMENT,
                              "input: \"%s\" has more than three sizes; it is written "
                              "CHANNELSxHEIGHTxWIDTH",
                              text);
        else
            status = iso_parse_size(word, "input", 1, 1 << 20, &sizes[count++]);
    }
    free(copy);
    if (status != ISOBIT_OK || !count)
        return count ? status : iso_fail(ISOBIT_ERROR_ARGUMENT, "input: \"%s\" is no shape", text);
    *out = count == 1   ? (iso_shape){sizes[0], 1, 1}
           : count == 2 ? (iso_shape){1, sizes[0], sizes[1]}
                        : (iso_shape){sizes[0], sizes[1], sizes[2]};
    return ISOBIT_OK;
}

static isobit_status set_shape(isobit_data *data, const char *text) {
    iso_shape shape;
    if (!*text)
        return ISOBIT_OK;
    ISO_TRY(parse_shape(&shape, text));
    if (iso_shape_size(shape) != iso_data_features(data))
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "input: \"%s\" is %zu values, but a sample of %s has "
                        "%zu features",
                        text, iso_shape_size(shape), data->source, iso_data_features(data));
    data->shape = shape;
    return ISOBIT_OK;
}

isobit_status iso_data_from_table(isobit_data **out, iso_table *table, size_t train_samples,
                                  const char *name, const char *source) {
    isobit_data *data;
    isobit_status status;
    ISO_TRY(iso_alloc(&data, 1, sizeof *data));
    ISO_DO(iso_copy(&data->name, name));
    ISO_DO(iso_copy(&data->source, source));
    ISO_DO(iso_alloc(&data->order, table->samples, sizeof *data->order));
    ISO_DO(iso_held_new(&data->held, table->x));
    for (size_t i = 0; i < table->samples; i++)
        data->order[i] = (uint32_t)i;
    data->begin[ISOBIT_VALIDATION] = data->begin[ISOBIT_TEST] = train_samples;
    data->begin[ISOBIT_PARTS] = data->samples = table->samples;
    data->shape = table->shape;
    data->element = table->element;
    data->x = table->x;
    data->classes = table->label_name_count;
    data->labels = table->labels;
    data->class_names = table->label_names;
    data->outputs = table->outputs;
    data->targets = table->targets;
    *table = (iso_table){0};
    *out = data;
    return ISOBIT_OK;
done:
    isobit_data_free(data);
    return status;
}

/* What is learnt without labels has no use for those that a source brings. */
static void drop_answers(iso_table *table) {
    for (size_t i = 0; i < table->label_name_count; i++)
        free(table->label_names[i]);
    free(table->label_names);
    free(table->labels);
    free(table->targets);
    table->label_names = NULL;
    table->labels = NULL;
    table->targets = NULL;
    table->label_name_count = table->outputs = 0;
}

/* The setting "test": its table becomes the test part. y must be of the training data's kind. */
static isobit_status read_test(iso_tables *tables, const char *source, iso_wish wish,
                               const char *test) {
    iso_tables extra = {0};
    if (!*test)
        return ISOBIT_OK;
    if (tables->test.samples)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "test: \"%s\" is one test part too many: %s brings its own", test, source);
    wish.path = test;
    wish.task = tables->train.labels ? ISO_TASK_CLASSIFY : ISO_TASK_REGRESS;
    ISO_TRY(iso_read_source(&extra, &wish));
    if (extra.test.samples) {
        iso_tables_free(&extra);
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "test: \"%s\" has a training and a test part itself; give one file", test);
    }
    tables->test = extra.train;
    return ISOBIT_OK;
}

isobit_status isobit_data_load(isobit_data **out, const char *source,
                               const isobit_settings *settings) {
    iso_tables tables = {0};
    iso_wish wish;
    isobit_data *data = NULL;
    char *name = NULL;
    const char *test = isobit_settings_get(settings, "test");
    const char *where = *test ? test : source;
    bool itself;
    isobit_status status;
    ISO_DO(iso_data_wants_input(settings, &itself));
    ISO_DO(iso_wish_from(&wish, source, !itself, settings));
    status = iso_read_source(&tables, &wish);
    if (status == ISOBIT_ERROR_FORMAT && itself && !*wish.label)
        iso_fail(status, "%s (if a column is the label, name it with --label)", isobit_error());
    ISO_DO(status);
    ISO_DO(read_test(&tables, source, wish, test));
    if (itself) {
        drop_answers(&tables.train);
        drop_answers(&tables.test);
    }
    size_t train_samples = tables.train.samples;
    if (tables.test.samples) {
        ISO_DO(check_same_kind(&tables.train, &tables.test, where));
        if (tables.train.labels)
            ISO_DO(map_classes(&tables.train, &tables.test, where));
        ISO_DO(append_table(&tables.train, &tables.test, where));
    }
    ISO_DO(iso_source_name(&name, source));
    ISO_DO(iso_data_from_table(&data, &tables.train, train_samples, name, source));
    ISO_DO(set_shape(data, isobit_settings_get(settings, "input")));
    ISO_DO(iso_split(data, isobit_settings_get(settings, "split"),
                     iso_settings_on(settings, "stratify"), iso_settings_size(settings, "seed")));
    if (itself)
        iso_data_target_input(data);
    *out = data;
    data = NULL;
done:
    free(name);
    isobit_data_free(data);
    iso_tables_free(&tables);
    return status;
}
