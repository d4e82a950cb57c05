/* --target input: a network that gives back what it is given. */
#include "folder.h"
#include "support.h"

/* Ten features that are mixtures of two: 90 samples, 60 to train on. */
static isobit_data *mixtures(void) {
    float x[90 * 10];
    int32_t labels[90];
    uint32_t seed = 3;
    isobit_data *data;
    for (int i = 0; i < 90; i++) {
        const float a = noise(&seed), b = noise(&seed);
        labels[i] = i % 3;
        for (int j = 0; j < 10; j++)
            x[10 * i + j] = 3 + (float)(j - 4) * a + (float)(j * j % 7) * b;
    }
    OK(isobit_data_from_classes(&data, x, 90, 10, labels, 3));
    data->begin[ISOBIT_VALIDATION] = data->begin[ISOBIT_TEST] = 60;
    return data;
}

static isobit_settings *linear(const char *net, const char *scale) {
    return settings_of("net", net, "target", "input", "scale", scale, "optimizer", "adam lr=0.02",
                       "batch", "7", "epochs", "60", NULL);
}

Test(autoencoder, two_units_are_enough_for_two_dimensions_and_one_is_not) {
    static const char *const nets[] = {"dense 2, dense 10", "dense 1, dense 10"};
    isobit_data *data = mixtures();
    isobit_context *context = open_plain();
    for (int i = 0; i < 2; i++) {
        isobit_settings *settings = linear(nets[i], "standard");
        isobit_model *model = model_of(context, data, settings);
        isobit_metrics metrics;
        OK(isobit_train(model, data, settings, NULL, NULL));
        OK(isobit_evaluate(model, data, ISOBIT_TEST, &metrics));
        cr_assert_eq(metrics.samples, 30);
        cr_assert(i ? metrics.r2 < 0.9 : metrics.r2 > 0.999, "%s: R2 %g", nets[i], metrics.r2);
        cr_assert_eq(isobit_model_classes(model), 0, "the labels are not used");
        cr_assert_eq(isobit_model_outputs(model), 10);
        isobit_model_free(model);
        isobit_settings_free(settings);
    }
    isobit_data_free(data);
    isobit_context_free(context);
}

/* The digest and loss of one training on all of the data. */
static double train_on(isobit_context *context, const isobit_data *data, isobit_settings *settings,
                       char digest[65], iso_scaling *scaling) {
    isobit_model *model = model_of(context, data, settings);
    isobit_metrics metrics;
    OK(isobit_train(model, data, settings, NULL, NULL));
    OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &metrics));
    isobit_model_sha256(model, digest);
    *scaling = model->scaling;
    model->scaling = (iso_scaling){0};
    isobit_model_free(model);
    return metrics.loss;
}

/* The same as a regression whose targets are the scaled inputs, bit for bit, both ways of a step.
 */
Test(autoencoder, it_is_the_regression_of_the_scaled_input_on_the_input) {
    static const char *const cases[][3] = {
        {"dense 3 tanh, dense 10", "mse", "standard"},
        {"dense 3 tanh, dense 10 sigmoid", "binary_cross_entropy", "minmax"}};
    isobit_data *data = mixtures();
    data->begin[ISOBIT_VALIDATION] = data->begin[ISOBIT_TEST] = 90;
    for (int i = 0; i < 2; i++)
        for (int way = 0; way < WAYS; way++) {
            isobit_context *context = open_with(ways[way]);
            isobit_settings *settings =
                settings_of("net", cases[i][0], "loss", cases[i][1], "scale", cases[i][2], "batch",
                            "7", "epochs", "3", "target", "input", NULL);
            char itself[65], regression[65];
            float y[900];
            iso_scaling scaling, again;
            const double loss = train_on(context, data, settings, itself, &scaling);
            for (int k = 0; k < 900; k++)
                y[k] = (((float *)data->x)[k] - scaling.mean[k % 10]) * scaling.scale[k % 10];
            isobit_data *same = targets_of(data->x, 90, 10, y, 10);
            OK(isobit_settings_set(settings, "target", NULL));
            cr_assert_eq(train_on(context, same, settings, regression, &again), loss);
            cr_assert_str_eq(itself, regression);
            iso_scaling_free(&scaling);
            iso_scaling_free(&again);
            isobit_data_free(same);
            isobit_settings_free(settings);
            isobit_context_free(context);
        }
    isobit_data_free(data);
}

Test(autoencoder, its_gradients_pass_the_check_and_its_file_comes_back) {
    const char *const path = inside("file");
    isobit_data *data = mixtures();
    isobit_context *context = open_plain();
    isobit_settings *settings = linear("dense 3 tanh, dense 10", "standard");
    isobit_model *model = model_of(context, data, settings), *copy;
    isobit_check_result *result;
    isobit_metrics before, after;
    float y[2][10];
    OK(isobit_check(&result, model, data, settings));
    cr_assert(result->passed && result->tensors[0].largest > 1e-3);
    isobit_check_free(result);
    OK(isobit_model_save(model, path));
    OK(isobit_model_load(&copy, context, path));
    OK(isobit_evaluate(model, data, ISOBIT_TEST, &before));
    OK(isobit_evaluate(copy, data, ISOBIT_TEST, &after)); /* labels or not */
    cr_assert(before.loss == after.loss && before.r2 == after.r2 && before.samples == 30);
    OK(isobit_predict(model, data->x, 1, y[0]));
    OK(isobit_predict(copy, data->x, 1, y[1]));
    cr_assert_eq(memcmp(y[0], y[1], sizeof y[0]), 0);
    isobit_model_free(copy);
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_context_free(context);
    isobit_data_free(data);
}

Test(autoencoder, data_is_read_without_its_labels) {
    isobit_settings *settings = settings_of("target", "input", "split", "80/20", NULL);
    isobit_data *data;
    OK(isobit_data_load(&data, "moons samples=50 test=0", settings));
    cr_assert(isobit_data_classes(data) == 0 && isobit_data_outputs(data) == 2);
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TEST), 10);
    isobit_data_free(data);
    OK(isobit_settings_set(settings, "target", "inptu"));
    REFUSES(isobit_data_load(&data, "moons", settings), ISOBIT_ERROR_ARGUMENT,
            "target: \"inptu\" is not known");
    OK(isobit_settings_set(settings, "target", "input"));
    const char *const path = inside("file");
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("1.5,2,a\n3,4,b\n", file) >= 0 && !fclose(file));
    REFUSES(isobit_data_load(&data, path, settings), ISOBIT_ERROR_FORMAT,
            "\"a\" is not a number (if a column is the label, name it with --label)");
    OK(isobit_settings_set(settings, "label", "3"));
    OK(isobit_settings_set(settings, "split", NULL));
    OK(isobit_data_load(&data, path, settings));
    cr_assert_eq(isobit_data_features(data), 2);
    isobit_data_free(data);
    isobit_settings_free(settings);
}

Test(autoencoder, what_cannot_be_is_refused_with_the_reason) {
    isobit_data *data = mixtures();
    isobit_settings *settings = linear("dense 3", "standard");
    isobit_model *model;
    REFUSES(isobit_model_new(&model, NULL, data, settings), ISOBIT_ERROR_ARGUMENT,
            "the last layer has 3 outputs, the data 10 targets a sample; make it dense 10");
    OK(isobit_settings_set(settings, "net", "dense 10 sigmoid"));
    OK(isobit_settings_set(settings, "loss", "binary_cross_entropy"));
    REFUSES(isobit_model_new(&model, NULL, data, settings), ISOBIT_ERROR_ARGUMENT,
            "needs targets from 0 to 1; take mse, or --scale minmax");
    isobit_settings_free(settings);
    isobit_data_free(data);
}
