/* The perceptron learning rule: what it learns, and that it says so where it cannot. */
#include "support.h"

#include "run/train.h"

/* What one training came to. */
typedef struct outcome {
    double accuracy;
    size_t warned; /* the epoch of the warning; 0: none */
    size_t warnings;
    char text[512];
} outcome;

static bool note(const isobit_progress *progress, void *user) {
    outcome *out = user;
    if (progress->warning) {
        out->warned = progress->epoch;
        out->warnings++;
        snprintf(out->text, sizeof out->text, "%s", progress->warning);
    }
    return true;
}

static outcome learn(isobit_context *context, const char *source, const isobit_settings *settings) {
    outcome out = {0};
    isobit_data *data;
    isobit_metrics metrics;
    OK(isobit_data_load(&data, source, NULL));
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_train(model, data, settings, note, &out));
    OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &metrics));
    out.accuracy = metrics.accuracy;
    isobit_model_free(model);
    isobit_data_free(data);
    return out;
}

static isobit_settings *rule(const char *net, const char *batch, const char *seed) {
    return settings_of("net", net, "optimizer", "perceptron", "batch", batch, "epochs", "60",
                       "seed", seed, NULL);
}

Test(perceptron, and_and_or_are_learnt_from_every_start_and_in_any_batches) {
    static const char *const nets[] = {"dense 1 step", "dense 1 sign", "dense 2 step"};
    static const char *const batches[] = {"1", "3", "0"};
    isobit_context *context = open_plain();
    for (int i = 0; i < 3; i++) {
        isobit_settings *settings = rule(nets[i], batches[i], "5");
        for (int k = 0; k < 2; k++) {
            const outcome got = learn(context, k ? "or" : "and", settings);
            cr_assert_eq(got.accuracy, 1, "%s, batch %s, %s", nets[i], batches[i],
                         k ? "or" : "and");
            cr_assert_eq(got.warnings, 0, "%s", got.text);
        }
        isobit_settings_free(settings);
    }
    isobit_context_free(context);
}

Test(perceptron, xor_comes_back_to_where_it_was_and_says_so_once) {
    static const char *const nets[] = {"dense 1 step", "dense 1 sign bias=off", "dense 2 step"};
    static const char *const seeds[] = {"1", "2", "3"};
    isobit_context *context = open_plain();
    for (int i = 0; i < 3; i++) {
        isobit_settings *settings = rule(nets[i], i == 2 ? "0" : "1", seeds[i]);
        const outcome got = learn(context, "xor", settings);
        cr_assert(got.accuracy < 1);
        cr_assert_eq(got.warnings, 1, "%s: %zu warnings", nets[i], got.warnings);
        cr_assert(got.warned > 0 && got.warned < 60);
        cr_assert(strstr(got.text, "No progress") && strstr(got.text, "not linearly separable"));
        isobit_settings_free(settings);
    }
    isobit_context_free(context);
}

/* w0 = 0, rate 1, one sample after the other: w + (t - y) x, by hand for the four cases of "and".
 */
Test(perceptron, each_step_is_the_rule) {
    isobit_context *context = open_plain();
    isobit_settings *settings =
        settings_of("net", "dense 1 step init=zeros", "optimizer", "perceptron", "batch", "1",
                    "epochs", "9", "shuffle", "off", NULL);
    isobit_data *data;
    float w[3] = {0};
    OK(isobit_data_load(&data, "and", NULL));
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_train(model, data, settings, NULL, NULL));
    for (int step = 0; step < 9 * 4; step++) {
        const float *x = (const float *)data->x + 2 * (step % 4);
        const float error =
            (float)data->labels[step % 4] - (w[0] * x[0] + w[1] * x[1] + w[2] >= 0 ? 1.0f : 0.0f);
        w[0] += error * x[0];
        w[1] += error * x[1];
        w[2] += error;
    }
    for (int i = 0; i < 3; i++)
        cr_assert_eq(model->parameters[i], w[i], "parameter %d: %g, not %g", i,
                     (double)model->parameters[i], (double)w[i]);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}

Test(perceptron, what_it_cannot_train_is_refused_with_the_reason) {
    isobit_context *context = open_plain();
    isobit_data *data;
    isobit_model *model;
    OK(isobit_data_load(&data, "and", NULL));
    isobit_settings *settings = rule("dense 1 sigmoid", "1", "1");
    REFUSES(isobit_model_new(&model, context, data, settings), ISOBIT_ERROR_ARGUMENT,
            "end the network in step or sign");
    OK(isobit_settings_set(settings, "net", "dense 1 step"));
    OK(isobit_settings_set(settings, "loss", "mse"));
    REFUSES(isobit_model_new(&model, context, data, settings), ISOBIT_ERROR_ARGUMENT,
            "is the rule for loss perceptron");
    OK(isobit_settings_set(settings, "optimizer", "sgd"));
    model = model_of(context, data, settings);
    REFUSES(isobit_train(model, data, settings, NULL, NULL), ISOBIT_ERROR_ARGUMENT,
            "has derivative zero wherever it has one, so gradient training cannot move the weights "
            "below it; use sigmoid or tanh, or --optimizer perceptron");
    isobit_model_free(model);
    isobit_settings_free(settings);
    settings = rule("dense 2 step, dense 1 step", "1", "1");
    model = model_of(context, data, settings);
    REFUSES(isobit_train(model, data, settings, NULL, NULL), ISOBIT_ERROR_ARGUMENT,
            "net: layer 1: step has derivative zero");
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    isobit_context_free(context);
}

Test(perceptron, its_gradients_are_those_of_its_criterion) {
    isobit_context *context = open_plain();
    isobit_settings *settings = rule("dense 2 sign", "0", "1");
    isobit_check_result *result;
    isobit_data *data;
    OK(isobit_data_load(&data, "moons samples=60", NULL));
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_check(&result, model, data, settings));
    cr_assert(result->passed);
    cr_assert(result->tensors[0].largest > 0.01 && result->tensors[0].skipped == 0);
    isobit_check_free(result);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}
