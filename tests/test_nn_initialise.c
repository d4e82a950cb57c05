/* Initialisers: golden rows (mpmath and a Philox of its own, tests/golden/functions.py), statistics
 * and what a layer gets by default. */
#include "support.h"

#include "nn/initialise.h"

static name_list initialiser_names(void) {
    REFUSES(iso_initialiser_check("?"), ISOBIT_ERROR_ARGUMENT, "unknown initialiser");
    return known_names();
}

/* A name with a number where it takes one. */
static void written(const char *name, char out[48]) {
    snprintf(out, 48, "%s", name);
    if (iso_initialiser_check(out) != ISOBIT_OK)
        snprintf(out, 48, "%s:0.5", name);
    OK(iso_initialiser_check(out));
}

/* The weight that dense makes for this fan in that layer. */
static iso_parameter weight_of(size_t layer, size_t inputs, size_t units) {
    return (iso_parameter){.rows = units,
                           .columns = inputs,
                           .rank = 2,
                           .shape = {units, inputs},
                           .fan_in = inputs,
                           .fan_out = units,
                           .layer = layer};
}

Test(initialise, every_one_has_golden_rows) {
    const golden *rows = read_golden("initialisers.csv");
    const name_list names = initialiser_names();
    for (size_t i = 0; i < names.count; i++) {
        size_t count = 0;
        const size_t length = strlen(names.names[i]);
        for (size_t j = 0; j < rows->count; j++)
            count += !strncmp(rows->fields[j][0], names.names[i], length) &&
                     strchr(":", rows->fields[j][0][length]);
        cr_assert(count >= 2, "%s", names.names[i]);
    }
}

Test(initialise, weights_match_the_golden_rows) {
    const golden *rows = read_golden("initialisers.csv");
    for (size_t i = 0; i < rows->count; i++) {
        char *const *row = rows->fields[i];
        double expected[NUMBERS];
        float got[NUMBERS];
        const iso_parameter weight =
            weight_of((size_t)atoi(row[2]), (size_t)atoi(row[3]), (size_t)atoi(row[4]));
        const size_t count = numbers(row[5], expected);
        cr_assert_eq(count, weight.rows * weight.columns);
        OK(iso_initialise(row[0], &weight, strtoull(row[1], NULL, 10), got));
        for (size_t j = 0; j < count; j++)
            cr_assert(fabs((double)got[j] - expected[j]) <= 5e-6 * fmax(1, fabs(expected[j])),
                      "%s[%zu]: %.9g, not %.9g", row[0], j, (double)got[j], expected[j]);
    }
}

/* ------------------------------------------------------------------------------ statistics -- */

typedef struct statistics {
    double mean, variance, kurtosis, largest;
} statistics;

static statistics measure(const float *values, size_t count) {
    statistics out = {0};
    double fourth = 0;
    for (size_t i = 0; i < count; i++)
        out.mean += (double)values[i] / (double)count;
    for (size_t i = 0; i < count; i++) {
        const double off = (double)values[i] - out.mean;
        out.variance += off * off / (double)count;
        fourth += off * off * off * off / (double)count;
        out.largest = fmax(out.largest, fabs((double)values[i]));
    }
    out.kurtosis = fourth / (out.variance * out.variance);
    return out;
}

/* 120,000 draws: the mean errs by 1/350 of the deviation, the variance by 0.4 %, at one sigma. */
Test(initialise, spreads_are_what_the_names_say) {
    enum { INPUTS = 300, UNITS = 400 };
    static const struct {
        const char *text;
        double variance;
        bool normal;
    } cases[] = {
        {"uniform:0.5", 0.25 / 3, false},
        {"normal:0.5", 0.25, true},
        {"lecun", 1.0 / INPUTS, true},
        {"xavier_normal", 2.0 / (INPUTS + UNITS), true},
        {"xavier_uniform", 2.0 / (INPUTS + UNITS), false},
        {"he_normal", 2.0 / INPUTS, true},
        {"he_uniform", 2.0 / INPUTS, false},
    };
    static float values[INPUTS * UNITS];
    const iso_parameter weight = weight_of(0, INPUTS, UNITS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        OK(iso_initialise(cases[i].text, &weight, 3, values));
        const statistics of = measure(values, INPUTS * UNITS);
        const double deviation = sqrt(cases[i].variance), bound = sqrt(3) * deviation;
        NEAR(of.mean, 0, deviation / 70);
        NEAR(of.variance, cases[i].variance, 0.02 * cases[i].variance);
        NEAR(of.kurtosis, cases[i].normal ? 3 : 1.8, 0.1);
        if (cases[i].normal)
            cr_assert(of.largest > 3.8 * deviation, "%s is cut off", cases[i].text);
        else
            cr_assert(of.largest <= bound * (1 + 1e-7) && of.largest > 0.999 * bound);
    }
}

Test(initialise, seeds_and_layers_differ_and_repeat) {
    const iso_parameter first = weight_of(0, 7, 5), second = weight_of(1, 7, 5);
    const name_list names = initialiser_names();
    size_t random = 0;
    for (size_t i = 0; i < names.count; i++) {
        char text[48];
        float a[35], again[35], layer[35], seed[35];
        written(names.names[i], text);
        OK(iso_initialise(text, &first, 1, a));
        OK(iso_initialise(text, &first, 1, again));
        OK(iso_initialise(text, &second, 1, layer));
        OK(iso_initialise(text, &first, 2, seed));
        cr_assert(!memcmp(a, again, sizeof a), "%s", text);
        const bool differs = memcmp(a, layer, sizeof a) != 0;
        cr_assert_eq(differs, memcmp(a, seed, sizeof a) != 0, "%s", text);
        random += differs;
    }
    cr_assert_eq(random + 3, names.count, "zeros, constant and eye alone do not draw");
}

/* -------------------------------------------------------------------------------- networks -- */

/* The weights of the first layer of a network by its line. */
static void first_weights(const char *net, float *out) {
    iso_network *network;
    OK(iso_network_new(&network, net, (iso_shape){6, 1, 1}));
    float *parameters = calloc(network->floats, sizeof *parameters);
    cr_assert(parameters);
    OK(iso_network_initialise(network, 9, parameters));
    memcpy(out, parameters, 4 * 6 * sizeof *out);
    for (size_t i = 0; i < network->parameter_count; i++) /* biases are vectors, and 0 */
        for (size_t j = 0; network->parameters[i].rank == 1 && j < network->parameters[i].rows; j++)
            cr_assert_eq(parameters[network->parameters[i].offset + j], 0);
    free(parameters);
    iso_network_free(network);
}

Test(initialise, the_default_is_he_before_the_relu_family_and_xavier_before_others) {
    static const char *const relu_family[] = {"relu",     "leaky_relu", "elu", "gelu",
                                              "softplus", "swish",      NULL};
    for (const char *const *name = activation_names; *name; name++) {
        const char *const *he = relu_family;
        float by_default[24], named[24];
        char net[96];
        while (*he && strcmp(*he, *name) != 0)
            he++;
        snprintf(net, sizeof net, "dense 4 %s, dense 2", *name);
        first_weights(net, by_default);
        snprintf(net, sizeof net, "dense 4 %s init=%s, dense 2", *name,
                 *he ? "he_normal" : "xavier_uniform");
        first_weights(net, named);
        cr_assert(!memcmp(by_default, named, sizeof named), "%s", *name);
    }
}

Test(initialise, texts_that_make_no_sense_are_refused) {
#define REFUSED(text, part) REFUSES(iso_initialiser_check(text), ISOBIT_ERROR_ARGUMENT, part)
    REFUSED("he_norml", "did you mean \"he_normal\"?");
    REFUSED("eye", "is written eye:NUMBER");
    REFUSED("zeros:1", "is written zeros");
    REFUSED("normal:-1", "init");
    REFUSED("uniform:x", "init");
}
