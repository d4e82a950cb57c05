/* What textbooks say of networks, held by measurement. */
#include "folder.h"
#include "support.h"

/* Train and hand out the model; settings stay the caller's. */
static isobit_model *trained(isobit_context *context, const isobit_data *data,
                             const isobit_settings *settings) {
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_train(model, data, settings, NULL, NULL));
    return model;
}

static isobit_data *built_in(const char *source) {
    isobit_data *data;
    OK(isobit_data_load(&data, source, NULL));
    return data;
}

/* The scores on a part after training. */
static isobit_metrics scores(isobit_context *context, const isobit_data *data,
                             const isobit_settings *settings, isobit_part part) {
    isobit_model *model = trained(context, data, settings);
    isobit_metrics metrics;
    OK(isobit_evaluate(model, data, part, &metrics));
    isobit_model_free(model);
    return metrics;
}

/* ------------------------------------------------------------------- without hidden layers -- */

/* A row of golden/regression.csv: its data, and what the weights and the bias must come to. */
static isobit_data *regression_data(const char *kind, double coefficients[NUMBERS], size_t *count) {
    const golden *rows = read_golden("regression.csv");
    double x[NUMBERS], y[NUMBERS];
    float xf[NUMBERS], yf[NUMBERS];
    size_t i = 0;
    while (i < rows->count && strcmp(rows->fields[i][0], kind) != 0)
        i++;
    cr_assert(i < rows->count);
    const size_t features = (size_t)atoi(rows->fields[i][1]);
    const size_t values = numbers(rows->fields[i][2], x), samples = numbers(rows->fields[i][3], y);
    *count = numbers(rows->fields[i][4], coefficients);
    cr_assert(values == samples * features && *count == features + 1);
    to_floats(x, values, xf);
    to_floats(y, samples, yf);
    return targets_of(xf, samples, features, yf, 1);
}

static void reaches_the_solution(const char *kind, const char *net, const char *loss,
                                 const char *optimizer) {
    static const char *const seeds[] = {"1", "2", "3"};
    double expected[NUMBERS];
    size_t count;
    isobit_context *context = open_with("resident=off");
    isobit_data *data = regression_data(kind, expected, &count);
    for (int s = 0; s < 3; s++) {
        isobit_settings *settings =
            settings_of("net", net, "loss", loss, "optimizer", optimizer, "batch", "0", "epochs",
                        "600", "seed", seeds[s], NULL);
        isobit_model *model = trained(context, data, settings);
        cr_assert_eq(model->network->floats, count);
        for (size_t i = 0; i < count; i++)
            NEAR(model->parameters[i], expected[i], 1e-4);
        isobit_model_free(model);
        isobit_settings_free(settings);
    }
    isobit_data_free(data);
    isobit_context_free(context);
}

Test(textbook, logistic_regression_reaches_the_maximum_of_likelihood_from_any_start) {
    reaches_the_solution("logistic", "dense 1 sigmoid init=normal:2", "binary_cross_entropy",
                         "sgd lr=2 momentum=0.9");
}

Test(textbook, linear_regression_reaches_the_normal_equations_solution) {
    reaches_the_solution("linear", "dense 1 identity init=normal:2", "mse",
                         "sgd lr=0.2 momentum=0.8");
}

/* -------------------------------------------------------------------------------- collapse -- */

Test(textbook, a_deep_identity_network_is_the_product_of_its_matrices) {
    enum { IN = 4, OUT = 2 };
    const float x[IN] = {1, 0, 0, 0}, y[OUT] = {0};
    isobit_context *context = open_with("resident=off");
    isobit_data *data = targets_of(x, 1, IN, y, OUT);
    isobit_settings *settings = settings_of(
        "net", "dense 5 bias=off, dense 3 bias=off, dense 6 bias=off, dense 2 bias=off", NULL);
    isobit_model *model = model_of(context, data, settings);
    double product[6][IN] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    for (size_t l = 0; l < model->network->count; l++) {
        const iso_parameter *w = &model->network->parameters[l];
        double next[6][IN] = {{0}};
        for (size_t i = 0; i < w->rows; i++)
            for (size_t k = 0; k < w->columns; k++)
                for (size_t j = 0; j < IN; j++)
                    next[i][j] +=
                        (double)model->parameters[w->offset + i * w->columns + k] * product[k][j];
        memcpy(product, next, sizeof next);
    }
    for (int j = 0; j < IN; j++) {
        float unit[IN] = {0}, out[OUT];
        unit[j] = 1;
        OK(isobit_predict(model, unit, 1, out));
        for (int i = 0; i < OUT; i++)
            NEAR(out[i], product[i][j], 1e-6);
    }
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    isobit_context_free(context);
}

Test(textbook, linear_layers_cannot_learn_xor_and_one_hidden_layer_can) {
    static const char *const nets[] = {"dense 8, dense 8, dense 1 sigmoid",
                                       "dense 8 tanh, dense 1 sigmoid",
                                       "dense 8 relu, dense 1 sigmoid"};
    isobit_context *context = open_with("resident=off");
    isobit_data *data = built_in("xor");
    for (int i = 0; i < 3; i++) {
        isobit_settings *settings =
            settings_of("net", nets[i], "optimizer", "adam lr=0.05", "epochs", "200", NULL);
        const isobit_metrics metrics = scores(context, data, settings, ISOBIT_TRAIN);
        if (i == 0)
            cr_assert(metrics.accuracy <= 0.75 && metrics.loss > 0.69, "%g", metrics.loss);
        else
            cr_assert(metrics.accuracy == 1 && metrics.loss < 0.1, "%s: %g", nets[i], metrics.loss);
        isobit_settings_free(settings);
    }
    isobit_data_free(data);
    isobit_context_free(context);
}

/* -------------------------------------------------------------------------------- symmetry -- */

/* How many of six hidden units have weights, biases and outgoing weights of their own. */
static size_t distinct_units(const isobit_model *model) {
    enum { UNITS = 6, IN = 2 };
    const float *w = model->parameters, *b = w + UNITS * IN, *v = b + UNITS;
    size_t count = 0;
    for (int i = 0; i < UNITS; i++) {
        bool known = false;
        for (int j = 0; j < i; j++)
            known |= !memcmp(w + i * IN, w + j * IN, IN * sizeof *w) &&
                     !memcmp(b + i, b + j, sizeof *b) && !memcmp(v + i, v + j, sizeof *v);
        count += !known;
    }
    return count;
}

Test(textbook, constant_weights_keep_hidden_units_alike_bit_for_bit) {
    static const char *const nets[] = {
        "dense 6 tanh init=constant:0.3, dense 1 sigmoid init=constant:0.2",
        "dense 6 tanh, dense 1 sigmoid"};
    isobit_data *data = built_in("moons samples=90");
    for (int way = 0; way < WAYS; way++) {
        isobit_context *context = open_with(ways[way]);
        for (int i = 0; i < 2; i++) {
            isobit_settings *settings = settings_of("net", nets[i], "optimizer", "adam lr=0.02",
                                                    "batch", "7", "epochs", "5", NULL);
            isobit_model *model = trained(context, data, settings);
            cr_assert_eq(distinct_units(model), i ? 6u : 1u);
            isobit_model_free(model);
            isobit_settings_free(settings);
        }
        isobit_context_free(context);
    }
    isobit_data_free(data);
}

/* ---------------------------------------------------------------------- losses and the step -- */

/* A sigmoid that says 0.9975 and shall say 0: the slope of mse is y^2 (1 - y), hardly anything. */
Test(textbook, very_wrong_a_sigmoid_learns_with_cross_entropy_and_hardly_with_mse) {
    const float x[] = {1}, t[] = {0};
    double said[2];
    isobit_context *context = open_with("resident=off");
    isobit_data *data = targets_of(x, 1, 1, t, 1);
    for (int i = 0; i < 2; i++) {
        float y;
        isobit_settings *settings = settings_of("net", "dense 1 sigmoid init=constant:6", "loss",
                                                i ? "binary_cross_entropy" : "mse", "optimizer",
                                                "sgd lr=0.3", "epochs", "20", NULL);
        isobit_model *model = trained(context, data, settings);
        OK(isobit_predict(model, x, 1, &y));
        said[i] = (double)y;
        isobit_model_free(model);
        isobit_settings_free(settings);
    }
    cr_assert(said[0] > 0.99 && said[1] < 0.2, "mse %g, cross-entropy %g", said[0], said[1]);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* The training loss after so many epochs with one way to step. */
static double loss_with(isobit_context *context, const isobit_data *data, const char *optimizer,
                        const char *batch) {
    isobit_settings *settings = settings_of("net", "dense 8 tanh, dense 1 sigmoid", "optimizer",
                                            optimizer, "batch", batch, "epochs", "15", NULL);
    const double loss = scores(context, data, settings, ISOBIT_TRAIN).loss;
    isobit_settings_free(settings);
    return loss;
}

Test(textbook, more_steps_an_epoch_get_further_and_momentum_helps) {
    isobit_context *context = open_with("");
    isobit_data *data = built_in("moons samples=200");
    const double online = loss_with(context, data, "sgd lr=0.3", "1");
    const double mini = loss_with(context, data, "sgd lr=0.3", "16");
    const double full = loss_with(context, data, "sgd lr=0.3", "0");
    const double plain = loss_with(context, data, "sgd lr=0.1", "0");
    const double pushed = loss_with(context, data, "sgd lr=0.1 momentum=0.6", "0");
    fprintf(stderr, "online %.3g, mini-batch %.3g, full %.3g; plain %.3g, momentum 0.6 %.3g\n",
            online, mini, full, plain, pushed);
    cr_assert(online < 0.5 * mini && mini < 0.85 * full);
    cr_assert(pushed < 0.9 * plain);
    isobit_data_free(data);
    isobit_context_free(context);
}

Test(textbook, a_rate_too_small_hardly_moves_and_one_too_large_gets_nowhere) {
    isobit_context *context = open_with("");
    isobit_data *data = built_in("moons samples=200");
    const double small = loss_with(context, data, "sgd lr=0.001", "16");
    const double good = loss_with(context, data, "sgd lr=0.3", "16");
    const double large = loss_with(context, data, "sgd lr=300", "16");
    fprintf(stderr, "lr 0.001: %.3g, 0.3: %.3g, 300: %.3g\n", small, good, large);
    cr_assert(good < 0.35 && small > 1.4 * good && large > 3 * good);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* --------------------------------------------------------------------------------- triangle -- */

/* y > -1, and below the lines from (-1, -1) and (1, -1) to (0, 1). */
static bool in_triangle(float x, float y) {
    return y >= -1 && -2 * x - y + 1 >= 0 && 2 * x - y + 1 >= 0;
}

Test(textbook, three_step_neurons_make_a_triangle) {
    static const float given[] = {0, 1, -2, -1, 2, -1, 1, 1, 1, 1, 1, 1, -2.5f};
    const float corners[] = {0, 0, 5, 5};
    const int32_t labels[] = {1, 0};
    const char *const path = inside("file");
    isobit_context *context = open_device();
    isobit_data *data;
    size_t within = 0;
    OK(isobit_data_from_classes(&data, corners, 2, 2, labels, 2));
    isobit_settings *settings = settings_of("net", "dense 3 step, dense 1 step", NULL);
    isobit_model *model = model_of(context, data, settings);
    memcpy(model->parameters, given, sizeof given);
    OK(isobit_model_save(model, path));
    isobit_model_free(model);
    OK(isobit_settings_set(settings, "init-from", path));
    model = model_of(context, data, settings);
    float grid[21 * 21][2], y[21 * 21];
    for (int i = 0; i < 21 * 21; i++) {
        grid[i][0] = (float)(i / 21 - 10) / 8;
        grid[i][1] = (float)(i % 21 - 10) / 8;
    }
    OK(isobit_predict(model, grid[0], 21 * 21, y));
    for (int i = 0; i < 21 * 21; i++) {
        cr_assert_eq(y[i], in_triangle(grid[i][0], grid[i][1]) ? 1 : 0, "at %g, %g",
                     (double)grid[i][0], (double)grid[i][1]);
        within += y[i] != 0;
    }
    cr_assert(within > 100 && within < 200, "%zu", within);
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* -------------------------------------------------------------------- parameters are shared -- */

Test(textbook, what_is_learnt_in_one_corner_a_convolution_finds_in_the_others) {
    static const char *const nets[] = {"conv 8 5x5 relu, maxpool 20, dense 4 softmax",
                                       "dense 32 relu, dense 4 softmax"};
    isobit_context *context = open_device();
    isobit_data *data = built_in("shapes");
    double unseen[2];
    for (int i = 0; i < 2; i++) {
        isobit_settings *settings = settings_of("net", nets[i], "optimizer", "adam lr=0.01",
                                                "batch", "32", "epochs", "15", NULL);
        isobit_model *model = trained(context, data, settings);
        isobit_metrics train, test;
        OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &train));
        OK(isobit_evaluate(model, data, ISOBIT_TEST, &test));
        fprintf(stderr, "%s: %.1f %% there, %.1f %% elsewhere\n", nets[i], 100 * train.accuracy,
                100 * test.accuracy);
        cr_assert(train.accuracy >= 0.98, "%s: %g", nets[i], train.accuracy);
        unseen[i] = test.accuracy;
        isobit_model_free(model);
        isobit_settings_free(settings);
    }
    cr_assert(unseen[0] >= 0.95 && unseen[1] <= 0.5, "%g, %g", unseen[0], unseen[1]);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* ------------------------------------------------------------------ underfit and overfitted -- */

Test(textbook, three_models_of_a_noisy_parabola_underfit_fit_and_overfit) {
    static const char *const nets[] = {"dense 1", "dense 3 tanh, dense 1",
                                       "dense 64 tanh init=normal:4, dense 64 tanh, dense 1"};
    isobit_context *context = open_device();
    isobit_data *data = built_in("parabola samples=16 noise=0.15 test=200");
    double train[3], test[3];
    for (int i = 0; i < 3; i++) {
        isobit_settings *settings = settings_of("net", nets[i], "optimizer", "adam lr=0.02",
                                                "batch", "0", "epochs", "1200", NULL);
        isobit_model *model = trained(context, data, settings);
        isobit_metrics metrics;
        OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &metrics));
        train[i] = metrics.mse;
        OK(isobit_evaluate(model, data, ISOBIT_TEST, &metrics));
        test[i] = metrics.mse;
        isobit_model_free(model);
        isobit_settings_free(settings);
    }
    cr_assert(train[2] < train[1] && train[1] < train[0]);
    cr_assert(test[1] < test[0] && test[1] < test[2]);
    isobit_data_free(data);
    isobit_context_free(context);
}
