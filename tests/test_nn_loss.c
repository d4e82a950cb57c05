/* Losses: golden rows (mpmath, tests/golden/functions.py), which pairs of output and loss make
 * sense, and the defaults. */
#include "support.h"

typedef struct golden_loss {
    const char *name, *output;
    size_t n;
    double z[NUMBERS], t[NUMBERS], value, slope[NUMBERS];
} golden_loss;

static golden_loss parse_row(char *const *fields) {
    golden_loss row = {.name = fields[0], .output = fields[1], .value = atof(fields[4])};
    row.n = numbers(fields[2], row.z);
    numbers(fields[3], row.t);
    numbers(fields[5], row.slope);
    return row;
}

static size_t largest_at(const double *t, size_t n) {
    size_t at = 0;
    for (size_t j = 1; j < n; j++)
        at = t[j] > t[at] ? j : at;
    return at;
}

/* The row's z as one sample, with its targets or its class. */
static isobit_data *data_of(const golden_loss *row) {
    float z[NUMBERS], t[NUMBERS];
    to_floats(row->z, row->n, z);
    to_floats(row->t, row->n, t);
    if (strcmp(row->name, "sparse_categorical_cross_entropy") != 0)
        return targets_of(z, 1, row->n, t, row->n);
    isobit_data *data;
    const int32_t label = (int32_t)largest_at(row->t, row->n);
    OK(isobit_data_from_classes(&data, z, 1, row->n, &label, row->n));
    return data;
}

/* One layer that passes its input on: its z is the sample, its bias's gradient the error term. */
static isobit_model *pass_on(isobit_context *context, const isobit_data *data, const char *output,
                             const char *loss) {
    char net[64];
    snprintf(net, sizeof net, "dense %zu %s init=eye:1", isobit_data_features(data), output);
    return small_model(context, data, net, loss);
}

static name_list loss_names(void) {
    const iso_loss *loss;
    REFUSES(iso_loss_find(&loss, "?"), ISOBIT_ERROR_ARGUMENT, "unknown loss");
    return known_names();
}

static size_t rows_of(const golden *rows, const char *loss, const char *output) {
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        count +=
            !strcmp(rows->fields[i][0], loss) && (!output || !strcmp(rows->fields[i][1], output));
    return count;
}

Test(loss, every_one_has_golden_rows) {
    const golden *rows = read_golden("losses.csv");
    const name_list names = loss_names();
    for (size_t i = 0; i < names.count; i++)
        cr_assert(rows_of(rows, names.names[i], NULL) >= 3, "%s", names.names[i]);
}

Test(loss, the_float64_reference_matches_the_golden_rows) {
    const golden *rows = read_golden("losses.csv");
    for (size_t i = 0; i < rows->count; i++) {
        const golden_loss row = parse_row(rows->fields[i]);
        char net[64];
        double parameters[NUMBERS * NUMBERS + NUMBERS] = {0},
                                              gradients[NUMBERS * NUMBERS + NUMBERS];
        iso_network *network;
        const iso_loss *loss;
        iso_reference *reference;
        snprintf(net, sizeof net, "dense %zu %s", row.n, row.output);
        OK(iso_network_new(&network, net, (iso_shape){row.n, 1, 1}));
        OK(iso_loss_find(&loss, row.name));
        OK(iso_reference_new(&reference, network, loss, 1, row.z, row.t));
        for (size_t j = 0; j < row.n; j++)
            parameters[j * row.n + j] = 1;
        NEAR(iso_reference_loss(reference, parameters, 0), row.value, 1e-13 * fabs(row.value));
        OK(iso_reference_gradients(reference, parameters, gradients, NULL));
        for (size_t j = 0; j < row.n; j++)
            NEAR(gradients[row.n * row.n + j], row.slope[j], 1e-13 * fmax(1, fabs(row.slope[j])));
        iso_reference_free(reference);
        iso_network_free(network);
    }
}

Test(loss, the_device_matches_the_golden_rows) {
    const golden *rows = read_golden("losses.csv");
    isobit_context *context = open_plain();
    for (size_t i = 0; i < rows->count; i++) {
        const golden_loss row = parse_row(rows->fields[i]);
        isobit_data *data = data_of(&row);
        isobit_model *model = pass_on(context, data, row.output, row.name);
        const size_t bias = row.n * row.n;
        const bool learns =
            activation_of(row.output)->derivative != ISO_NONE || !strcmp(row.name, ISO_PERCEPTRON);
        float gradients[NUMBERS * NUMBERS + NUMBERS];
        isobit_metrics metrics;
        OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &metrics));
        cr_assert(fabs(metrics.loss - row.value) <= 1e-6 * fmax(fabs(row.value), 0.1),
                  "%s after %s, row %zu: %.9g, not %.9g", row.name, row.output, i, metrics.loss,
                  row.value);
        if (learns)
            OK(iso_check_device(model, data, gradients, &metrics.loss));
        for (size_t j = 0; j < row.n && learns; j++)
            cr_assert(fabs((double)gradients[bias + j] - row.slope[j]) <= 1e-6,
                      "%s after %s, row %zu, output %zu: %.9g, not %.9g", row.name, row.output, i,
                      j, (double)gradients[bias + j], row.slope[j]);
        isobit_model_free(model);
        isobit_data_free(data);
    }
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------------- the pairs -- */

static isobit_status choose(const char *loss, const char *net, const isobit_data *data,
                            const char **chosen) {
    const iso_loss *found = NULL;
    iso_network *network;
    OK(iso_network_new(&network, net, data->shape));
    const isobit_status status = iso_loss_choose(&found, loss, network, data);
    iso_network_free(network);
    if (chosen)
        *chosen = status == ISOBIT_OK ? found->name : NULL;
    return status;
}

/* Exactly the pairs that have golden rows are allowed; sparse ones want class numbers. */
Test(loss, pairs_with_an_output_are_taken_or_refused_with_the_reason) {
    const golden *rows = read_golden("losses.csv");
    const float x[] = {1, 2};
    const int32_t labels[] = {1, 2};
    isobit_data *classes;
    OK(isobit_data_from_classes(&classes, x, 2, 1, labels, 3));
    const name_list losses = loss_names();
    size_t taken = 0, refused = 0;
    for (size_t i = 0; i < losses.count; i++)
        for (const char *const *output = activation_names; *output; output++) {
            char net[64];
            snprintf(net, sizeof net, "dense 3 %s", *output);
            if (rows_of(rows, losses.names[i], *output)) {
                OK(choose(losses.names[i], net, classes, NULL));
                taken++;
                continue;
            }
            REFUSES(choose(losses.names[i], net, classes, NULL), ISOBIT_ERROR_ARGUMENT,
                    "end the network in");
            cr_assert(strstr(isobit_error(), *output) && strstr(isobit_error(), losses.names[i]));
            refused++;
        }
    cr_assert(taken >= 27 && refused >= 30, "%zu taken, %zu refused", taken, refused);
    isobit_data_free(classes);
}

Test(loss, the_default_fits_the_output_layer) {
    const float x[] = {1, 2};
    const int32_t labels[] = {0, 1};
    isobit_data *classes;
    const char *chosen;
    OK(isobit_data_from_classes(&classes, x, 2, 1, labels, 2));
    OK(choose("", "dense 2 softmax", classes, &chosen));
    cr_assert_str_eq(chosen, "categorical_cross_entropy");
    OK(choose("", "dense 1 sigmoid", classes, &chosen));
    cr_assert_str_eq(chosen, "binary_cross_entropy");
    OK(choose("", "dense 2 sigmoid", classes, &chosen));
    cr_assert_str_eq(chosen, "mse");
    OK(choose("", "dense 1", classes, &chosen));
    cr_assert_str_eq(chosen, "mse");
    isobit_data_free(classes);
}

Test(loss, outputs_and_targets_that_do_not_fit_are_refused_with_the_reason) {
    const float x[] = {1, 2}, y[] = {0.25f, 0.75f, 0.5f, 0.75f}, high[] = {0.5f, 0.5f, 1.5f, -0.5f};
    const int32_t labels[] = {1, 2};
    isobit_data *classes;
    OK(isobit_data_from_classes(&classes, x, 2, 1, labels, 3));
    isobit_data *sums = targets_of(x, 2, 1, y, 2), *outside = targets_of(x, 2, 1, high, 2);
#define REFUSED(loss, net, data, part)                                                             \
    REFUSES(choose(loss, net, data, NULL), ISOBIT_ERROR_ARGUMENT, part)
    REFUSED("mse", "dense 4", classes, "the last layer has 4 outputs, the data 3 classes");
    REFUSED("mse", "dense 1", classes, "the last layer has 1 outputs, the data 3 classes");
    REFUSED("mse", "dense 3", sums, "the last layer has 3 outputs, the data 2 targets");
    REFUSED("mse", "dense 1 softmax", classes, "softmax over one output is always 1");
    REFUSED("sparse_categorical_cross_entropy", "dense 2 softmax", sums, "needs class numbers");
    REFUSED("categorical_cross_entropy", "dense 2 softmax", sums, "sample 2 add up to 1.25");
    REFUSED("binary_cross_entropy", "dense 2 sigmoid", outside, "sample 2 has the target 1.5");
    OK(choose("binary_cross_entropy", "dense 2 sigmoid", sums, NULL));
    REFUSED("mea", "dense 3", classes, "did you mean \"mae\"?");
    isobit_data_free(classes);
    isobit_data_free(sums);
    isobit_data_free(outside);
}

/* Class 1 is what a single output says yes to, in the loss as in the accuracy. */
Test(loss, a_single_output_stands_for_class_1) {
    const float x[] = {-1, 1, -2, 2};
    const int32_t labels[] = {0, 1, 0, 1};
    static const char *const nets[][2] = {{"dense 1 sigmoid", "binary_cross_entropy"},
                                          {"dense 1 sigmoid", "mse"},
                                          {"dense 1", "mae"}};
    isobit_context *context = open_plain();
    isobit_data *data;
    OK(isobit_data_from_classes(&data, x, 4, 1, labels, 2));
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        isobit_settings *settings = settings_of("net", nets[i][0], "loss", nets[i][1], "epochs",
                                                "60", "optimizer", "sgd lr=0.5", NULL);
        isobit_model *model = model_of(context, data, settings);
        isobit_metrics metrics;
        const float above = 2;
        float y;
        OK(isobit_train(model, data, settings, NULL, NULL));
        OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &metrics));
        cr_assert_eq(metrics.accuracy, 1, "%s %s", nets[i][0], nets[i][1]);
        OK(isobit_predict(model, &above, 1, &y));
        cr_assert(y > 0.5f, "%s %s", nets[i][0], nets[i][1]);
        isobit_model_free(model);
        isobit_settings_free(settings);
    }
    isobit_data_free(data);
    isobit_context_free(context);
}
