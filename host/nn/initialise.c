#include "nn/initialise.h"

#include "base/memory.h"
#include "base/numerics.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

/* How one kind of initialiser draws: every value is a number of its stream, in row-major order. */
typedef enum draw { CONSTANT, EYE, UNIFORM, NORMAL } draw;

/* The variance or bound from the fans: n_in, n_in + n_out. */
typedef enum fan { GIVEN, INPUTS, BOTH } fan;

typedef struct initialiser {
    const char *name;
    draw draw;
    fan fan;
    float numerator; /* under the root, over the fan */
    bool argument;   /* takes ":NUMBER" */
} initialiser;

static const initialiser initialisers[] = {
    {"zeros", CONSTANT, GIVEN, 0, false},
    {"constant", CONSTANT, GIVEN, 0, true},
    {"eye", EYE, GIVEN, 0, true},
    {"uniform", UNIFORM, GIVEN, 0, true},
    {"normal", NORMAL, GIVEN, 0, true},
    {"lecun", NORMAL, INPUTS, 1, false},
    {"xavier_normal", NORMAL, BOTH, 2, false},
    {"xavier_uniform", UNIFORM, BOTH, 6, false},
    {"he_normal", NORMAL, INPUTS, 2, false},
    {"he_uniform", UNIFORM, INPUTS, 6, false},
};
enum { INITIALISERS = sizeof initialisers / sizeof *initialisers };

static const char *name_at(size_t index) {
    return index < INITIALISERS ? initialisers[index].name : NULL;
}

/* Split "eye:0.5" into its row and number. */
static isobit_status parse(const char *text, const initialiser **out, float *argument) {
    char *name;
    const char *colon = strchr(text, ':');
    ISO_TRY(iso_copy_n(&name, text, colon ? (size_t)(colon - text) : strlen(text)));
    const initialiser *found = NULL;
    for (size_t i = 0; i < INITIALISERS; i++)
        if (!strcmp(initialisers[i].name, name))
            found = &initialisers[i];
    isobit_status status = ISOBIT_OK;
    double number = 0;
    if (!found)
        status = iso_unknown_name("initialiser", name, name_at);
    else if (found->argument != !!colon)
        status = iso_fail(ISOBIT_ERROR_ARGUMENT, "init=%s: \"%s\" is written %s%s", text, name,
                          name, found->argument ? ":NUMBER" : "");
    else if (colon)
        status =
            iso_parse_double(colon + 1, "init", found->draw < UNIFORM ? -1e30 : 0, 1e30, &number);
    free(name);
    if (status == ISOBIT_OK) {
        *out = found;
        *argument = (float)number;
    }
    return status;
}

isobit_status iso_initialiser_check(const char *text) {
    const initialiser *found;
    float argument;
    return parse(text, &found, &argument);
}

/* The standard deviation of a normal, or the bound of a uniform. */
static float spread(const initialiser *row, const iso_parameter *weight, float argument) {
    size_t inputs = weight->fan_in + (row->fan == BOTH ? weight->fan_out : 0);
    return row->fan == GIVEN ? argument : iso_sqrt(iso_divide(row->numerator, (float)inputs));
}

isobit_status iso_initialise(const char *text, const iso_parameter *weight, uint64_t seed,
                             float *out) {
    const initialiser *row;
    float argument;
    ISO_TRY(parse(text, &row, &argument));
    iso_random random = iso_random_new(seed, ISO_RANDOM_WEIGHTS, (uint32_t)weight->layer);
    const float scale = spread(row, weight, argument);
    const size_t count = weight->rows * weight->columns;
    switch (row->draw) {
    case NORMAL:
        iso_random_normals(&random, count, out);
        for (size_t i = 0; i < count; i++)
            out[i] = iso_flush(scale * out[i]);
        break;
    case UNIFORM:
        for (size_t i = 0; i < count; i++)
            out[i] = iso_flush(scale * (2.0f * iso_random_uniform(&random) - 1.0f));
        break;
    case EYE:
        for (size_t i = 0; i < count; i++)
            out[i] = i / weight->columns == i % weight->columns ? iso_flush(argument) : 0.0f;
        break;
    case CONSTANT:
        for (size_t i = 0; i < count; i++)
            out[i] = iso_flush(argument);
        break;
    }
    return ISOBIT_OK;
}
