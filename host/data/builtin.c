/* The table of built-in data sets, and how a source text becomes one of them. */
#include "data/builtin.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const struct builtin {
    const char *name, *help;
    iso_draw draw;
    iso_element element;
    iso_shape shape;
    iso_recipe recipe; /* the defaults */
} builtins[] = {
    {"digits",
     "28x28 grey digits drawn from strokes, 5,000 to train on and 1,000 to test with",
     iso_draw_digit,
     ISO_UINT8,
     {1, ISO_DIGIT_SIDE, ISO_DIGIT_SIDE},
     {.samples = 5000, .test = 1000, .classes = 10, .noise = 0.1}},
    {"xor",
     "the four cases of the exclusive or",
     iso_draw_xor,
     ISO_FLOAT32,
     {2, 1, 1},
     {.samples = 4, .classes = 2, .noise = 0}},
    {"and",
     "the four cases of the logical and",
     iso_draw_and,
     ISO_FLOAT32,
     {2, 1, 1},
     {.samples = 4, .classes = 2, .noise = 0}},
    {"or",
     "the four cases of the logical or",
     iso_draw_or,
     ISO_FLOAT32,
     {2, 1, 1},
     {.samples = 4, .classes = 2, .noise = 0}},
    {"spirals",
     "arms of a spiral, wound into each other (also classes=3 and more)",
     iso_draw_spirals,
     ISO_FLOAT32,
     {2, 1, 1},
     {.samples = 1000, .classes = 2, .noise = 0.05}},
    {"moons",
     "two half circles that reach into each other",
     iso_draw_moons,
     ISO_FLOAT32,
     {2, 1, 1},
     {.samples = 1000, .classes = 2, .noise = 0.1}},
    {"circles",
     "a circle inside a circle",
     iso_draw_circles,
     ISO_FLOAT32,
     {2, 1, 1},
     {.samples = 1000, .classes = 2, .noise = 0.1}},
    {"line",
     "y = 2 x + 1 and noise, x from -1 to 1",
     iso_draw_line,
     ISO_FLOAT32,
     {1, 1, 1},
     {.samples = 200, .noise = 0.1}},
    {"parabola",
     "y = x squared and noise, x from -1 to 1",
     iso_draw_parabola,
     ISO_FLOAT32,
     {1, 1, 1},
     {.samples = 200, .noise = 0.05}},
    {"shapes",
     "24x24 grey crosses, diamonds, pluses and squares: 400 in the upper left corner to train on, "
     "300 in the others to test with",
     iso_draw_shape,
     ISO_UINT8,
     {1, ISO_SHAPE_SIDE, ISO_SHAPE_SIDE},
     {.samples = 400, .test = 300, .classes = 4, .noise = 0.1, .names = iso_shape_names}},
};
enum { BUILTINS = sizeof builtins / sizeof *builtins, MOST_SAMPLES = 10000000 };

/* Test samples count from here, so that they never are training samples. */
#define FIRST_TEST UINT32_C(0x80000000)

const char *iso_builtin_name(size_t index) {
    return index < BUILTINS ? builtins[index].name : NULL;
}

const char *iso_builtin_help(size_t index) {
    return index < BUILTINS ? builtins[index].help : NULL;
}

static isobit_status rename_class(iso_table *table, size_t index, const char *name) {
    char *copy;
    ISO_TRY(iso_copy(&copy, name));
    free(table->label_names[index]);
    table->label_names[index] = copy;
    return ISOBIT_OK;
}

/* A part of the set; on failure the caller frees what there is of the table. */
static isobit_status make_part(iso_table *table, const struct builtin *set,
                               const iso_recipe *recipe, size_t samples, uint32_t first) {
    size_t row = iso_shape_size(set->shape) * iso_element_size(set->element);
    *table = (iso_table){.samples = samples, .shape = set->shape, .element = set->element};
    ISO_TRY(iso_x_alloc(&table->x, samples, row));
    if (recipe->classes) {
        ISO_TRY(iso_alloc(&table->labels, samples, sizeof *table->labels));
        ISO_TRY(iso_y_name_classes(table, recipe->classes));
        for (size_t i = 0; recipe->names && i < recipe->classes; i++)
            ISO_TRY(rename_class(table, i, recipe->names[i]));
    } else {
        ISO_TRY(iso_alloc(&table->targets, samples, sizeof *table->targets));
        table->outputs = 1;
    }
    for (size_t i = 0; i < samples; i++) {
        iso_random random = iso_random_new(recipe->seed, ISO_RANDOM_DATA, first + (uint32_t)i);
        float y = recipe->classes ? (float)(i % recipe->classes) : 0;
        set->draw(recipe, &random, i, (char *)table->x + i * row, &y);
        if (recipe->classes)
            table->labels[i] = (int32_t)y;
        else
            table->targets[i] = y;
    }
    return ISOBIT_OK;
}

static isobit_status make_set(iso_tables *out, const struct builtin *set, iso_spec *spec) {
    iso_tables tables = {0};
    iso_recipe recipe = set->recipe;
    size_t seed = 1;
    bool arms = set->draw == iso_draw_spirals;
    isobit_status status;
    ISO_TRY(iso_spec_size(spec, "samples", 1, MOST_SAMPLES, &recipe.samples));
    ISO_TRY(iso_spec_size(spec, "test", 0, MOST_SAMPLES, &recipe.test));
    ISO_TRY(iso_spec_double(spec, "noise", 0, 10, &recipe.noise));
    ISO_TRY(iso_spec_size(spec, "seed", 0, SIZE_MAX, &seed));
    if (arms)
        ISO_TRY(iso_spec_size(spec, "classes", 2, 100, &recipe.classes));
    ISO_TRY(
        iso_spec_done(spec, set->name, 1,
                      arms ? "samples, test, noise, seed, classes" : "samples, test, noise, seed"));
    recipe.seed = seed;
    ISO_DO(make_part(&tables.train, set, &recipe, recipe.samples, 0));
    recipe.is_test = true;
    if (recipe.test)
        ISO_DO(make_part(&tables.test, set, &recipe, recipe.test, FIRST_TEST));
    *out = tables;
    return ISOBIT_OK;
done:
    iso_tables_free(&tables);
    return status;
}

isobit_status iso_builtin_make(iso_tables *out, const char *source, bool *found) {
    size_t word = strcspn(source, " \t");
    *found = false;
    for (size_t i = 0; i < BUILTINS; i++) {
        if (strlen(builtins[i].name) != word || strncmp(source, builtins[i].name, word) != 0)
            continue;
        iso_spec spec;
        *found = true;
        ISO_TRY(iso_spec_parse(&spec, builtins[i].name, source));
        isobit_status status = make_set(out, &builtins[i], &spec);
        iso_spec_free(&spec);
        return status;
    }
    return ISOBIT_OK;
}
