/* Training as a whole: that it learns, that it is the same every time, and how it ends. */
#include "mnist.h"

#include <float.h>

/* ----------------------------------------------------------------------------- real digits -- */

Test(training, a_small_sigmoid_network_learns_digits) {
    isobit_data *data = mnist();
    isobit_context *context = open_device();
    isobit_settings *settings =
        settings_of("net", "dense 16 sigmoid, dense 16 sigmoid, dense 10 sigmoid", "loss", "mse",
                    "optimizer", "sgd lr=3", "batch", "32", "epochs", "20", NULL);
    const double accuracy = test_accuracy(context, data, settings);
    fprintf(stderr, "784-16-16-10 sigmoid: %.2f %%\n", 100 * accuracy);
    cr_assert(accuracy >= 0.915, "%.2f %%", 100 * accuracy);
    isobit_settings_free(settings);
    isobit_context_free(context);
    isobit_data_free(data);
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

Test(training, a_relu_network_learns_digits_with_a_median_of_five_seeds) {
    static const char *const seeds[] = {"1", "2", "3", "4", "5"};
    isobit_data *data = mnist();
    isobit_context *context = open_device();
    double accuracy[5];
    for (int i = 0; i < 5; i++) {
        isobit_settings *settings = settings_of("net", "dense 128 relu, dense 10 softmax",
                                                "optimizer", "sgd lr=0.1 momentum=0.9", "batch",
                                                "64", "epochs", "10", "seed", seeds[i], NULL);
        accuracy[i] = test_accuracy(context, data, settings);
        isobit_settings_free(settings);
    }
    qsort(accuracy, 5, sizeof *accuracy, ascending);
    fprintf(stderr, "784-128-10 relu: %.2f to %.2f, median %.2f %%\n", 100 * accuracy[0],
            100 * accuracy[4], 100 * accuracy[2]);
    cr_assert(accuracy[2] >= 0.958, "%.2f %%", 100 * accuracy[2]);
    isobit_context_free(context);
    isobit_data_free(data);
}

/* ------------------------------------------------------------------------------- same bits -- */

/* Two classes of 5 features in awkward numbers: 61 samples. */
static isobit_data *some_data(void) {
    float x[61 * 5];
    int32_t labels[61];
    uint32_t seed = 11;
    isobit_data *data;
    for (int i = 0; i < 61 * 5; i++)
        x[i] = noise(&seed);
    for (int i = 0; i < 61; i++)
        labels[i] = x[5 * i] + x[5 * i + 1] * x[5 * i + 2] > 0;
    OK(isobit_data_from_classes(&data, x, 61, 5, labels, 2));
    return data;
}

/* The digest after training; the settings are freed. */
static void digest(isobit_context *context, const isobit_data *data, isobit_settings *settings,
                   char out[65]) {
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_train(model, data, settings, NULL, NULL));
    isobit_model_sha256(model, out);
    isobit_model_free(model);
    isobit_settings_free(settings);
}

Test(training, the_same_seed_gives_the_same_bits_and_another_other_ones) {
    static const char *const seeds[] = {"7", "7", "8"};
    const char *const variants[] = {ways[1], ways[0], ways[1]};
    isobit_data *data = some_data();
    char digests[3][65];
    for (int i = 0; i < 3; i++) {
        isobit_context *context = open_with(variants[i]);
        digest(context, data,
               settings_of("net", "dense 9 tanh, dense 2 softmax", "batch", "7", "epochs", "3",
                           "seed", seeds[i], NULL),
               digests[i]);
        isobit_context_free(context);
    }
    cr_assert_str_eq(digests[0], digests[1]);
    cr_assert_str_neq(digests[0], digests[2]);
    isobit_data_free(data);
}

/* Their rows are kept further apart in memory, by a formula that the resident kernel has too. */
Test(training, widths_of_a_power_of_two_give_the_same_bits_both_ways) {
    enum { SAMPLES = 20, FEATURES = 512 };
    float *x = malloc(sizeof *x * SAMPLES * FEATURES);
    int32_t labels[SAMPLES];
    uint32_t seed = 3;
    char digests[WAYS][65];
    isobit_data *data;
    for (size_t i = 0; i < SAMPLES * FEATURES; i++)
        x[i] = noise(&seed);
    for (size_t i = 0; i < SAMPLES; i++)
        labels[i] = x[i * FEATURES] > x[i * FEATURES + FEATURES - 1];
    OK(isobit_data_from_classes(&data, x, SAMPLES, FEATURES, labels, 2));
    for (int way = 0; way < WAYS; way++) {
        isobit_context *context = open_with(ways[way]);
        digest(context, data,
               settings_of("net", "dense 3 tanh, dense 500 tanh, dense 2 softmax", "batch", "8",
                           "epochs", "3", NULL),
               digests[way]);
        isobit_context_free(context);
    }
    cr_assert_str_eq(digests[0], digests[1]);
    isobit_data_free(data);
    free(x);
}

Test(training, batch_0_is_the_whole_set) {
    static const char *const batches[] = {"0", "61", "1000", "60"};
    isobit_context *context = open_device();
    isobit_data *data = some_data();
    char digests[4][65];
    for (int i = 0; i < 4; i++)
        digest(context, data,
               settings_of("net", "dense 9 tanh, dense 2 softmax", "batch", batches[i], "epochs",
                           "3", NULL),
               digests[i]);
    cr_assert_str_eq(digests[0], digests[1]);
    cr_assert_str_eq(digests[0], digests[2]);
    cr_assert_str_neq(digests[0], digests[3]);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------------- divergence -- */

/* w <- w - 4 w = -3 w, and the loss w^2 / 2 overflows when 3^n > 2.6e19: at n = 41 updates, so the
 * loss of step 42 is the first that is not finite. With 10 steps an epoch: epoch 5, batch 2. */
Test(training, a_diverging_rate_names_the_step_and_keeps_the_last_whole_epoch) {
    static const char *const epochs[] = {"4", "20", "20"};
    const char *const variants[] = {ways[1], ways[1], ways[0]};
    const float x[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, y[10] = {0};
    isobit_data *data = targets_of(x, 10, 1, y, 1);
    char digests[3][65];
    for (int i = 0; i < 3; i++) {
        isobit_context *context = open_with(variants[i]);
        isobit_settings *settings =
            settings_of("net", "dense 1 bias=off init=constant:1", "optimizer", "sgd lr=4", "batch",
                        "1", "epochs", epochs[i], NULL);
        isobit_model *model = model_of(context, data, settings);
        const isobit_status status = isobit_train(model, data, settings, NULL, NULL);
        if (i == 0)
            OK(status);
        else
            REFUSES(status, ISOBIT_ERROR_DIVERGED, "at step 42 (epoch 5, batch 2)");
        isobit_model_sha256(model, digests[i]);
        isobit_model_free(model);
        isobit_settings_free(settings);
        isobit_context_free(context);
    }
    cr_assert_str_eq(digests[1], digests[0]);
    cr_assert_str_eq(digests[2], digests[0]);
    isobit_data_free(data);
}

/* One parameter that is not finite must end training, whatever it passes through. */
static void refuse_bad_parameter(isobit_context *context, const isobit_data *data, const char *net,
                                 float bad) {
    isobit_settings *settings = settings_of("net", net, "batch", "0", "epochs", "2", NULL);
    isobit_model *model = model_of(context, data, settings);
    char before[65], after[65];
    model->parameters[0] = bad;
    isobit_model_sha256(model, before);
    const isobit_status status = isobit_train(model, data, settings, NULL, NULL);
    cr_assert_eq(status, ISOBIT_ERROR_DIVERGED, "%s with %g: %s", net, (double)bad,
                 isobit_status_name(status));
    cr_assert(strstr(isobit_error(), "step 1 ") || strstr(isobit_error(), "epoch 1"), "%s",
              isobit_error());
    isobit_model_sha256(model, after);
    cr_assert_str_eq(before, after);
    isobit_model_free(model);
    isobit_settings_free(settings);
}

Test(training, nothing_hides_a_parameter_that_is_not_finite) {
    isobit_context *context = open_with(ways[0]);
    isobit_data *data = some_data();
    for (const char *const *name = activation_names; *name; name++) {
        char hidden[96], last[64];
        if (activation_of(*name)->derivative == ISO_NONE)
            continue;
        snprintf(hidden, sizeof hidden, "dense 3 %s, dense 2 softmax", *name);
        snprintf(last, sizeof last, "dense 2 %s", *name);
        refuse_bad_parameter(context, data, hidden, NAN);
        refuse_bad_parameter(context, data, hidden, INFINITY);
        refuse_bad_parameter(context, data, hidden, -INFINITY);
        refuse_bad_parameter(context, data, last, NAN);
    }
    isobit_context_free(context);
    context = open_device(); /* the same functions, so one stands for all */
    refuse_bad_parameter(context, data, "dense 3 relu, dense 2 softmax", NAN);
    refuse_bad_parameter(context, data, "dense 3 relu, dense 2 softmax", -INFINITY);
    isobit_context_free(context);
    isobit_data_free(data);
}

/* -------------------------------------------------------------------------------- stopping -- */

static bool stop_after_epoch_2(const isobit_progress *progress, void *user) {
    (void)user;
    return !(progress->epoch_done && progress->epoch == 2);
}

Test(training, stopping_behind_an_epoch_keeps_it) {
    isobit_context *context = open_device();
    isobit_data *data = some_data();
    char stopped[65], expected[65];
    isobit_settings *settings =
        settings_of("net", "dense 9 tanh, dense 2 softmax", "batch", "8", "epochs", "5", NULL);
    isobit_model *model = model_of(context, data, settings);
    REFUSES(isobit_train(model, data, settings, stop_after_epoch_2, NULL), ISOBIT_ERROR_INTERRUPTED,
            "in epoch 2 of 5");
    isobit_model_sha256(model, stopped);
    isobit_model_free(model);
    OK(isobit_settings_set(settings, "epochs", "2"));
    digest(context, data, settings, expected);
    cr_assert_str_eq(stopped, expected);
    isobit_data_free(data);
    isobit_context_free(context);
}

static bool stop_at_first_tick(const isobit_progress *progress, void *user) {
    *(isobit_progress *)user = *progress;
    return false;
}

/* The first k steps of one sample each, in order, are an epoch over the first k samples. */
static void stop_within(const char *variants, const float *x, const float *y, size_t samples) {
    isobit_context *context = open_with(variants);
    isobit_data *data = targets_of(x, samples, 2, y, 1);
    isobit_progress at = {0};
    char stopped[65], expected[65];
    isobit_settings *settings =
        settings_of("net", "dense 3 tanh, dense 1", "optimizer", "sgd lr=0.05", "batch", "1",
                    "epochs", "1", "shuffle", "off", NULL);
    isobit_model *model = model_of(context, data, settings);
    REFUSES(isobit_train(model, data, settings, stop_at_first_tick, &at), ISOBIT_ERROR_INTERRUPTED,
            "stopped after step");
    isobit_model_sha256(model, stopped);
    isobit_model_free(model);
    isobit_data_free(data);
    cr_assert(at.step > 0 && at.step < samples, "after %llu steps", (unsigned long long)at.step);
    cr_assert(!at.epoch_done && at.epoch_step == at.step && at.metrics[ISOBIT_TRAIN].loss > 0);

    data = targets_of(x, at.step, 2, y, 1);
    digest(context, data, settings, expected);
    cr_assert_str_eq(stopped, expected, "after %llu steps", (unsigned long long)at.step);
    isobit_data_free(data);
    isobit_context_free(context);
}

Test(training, stopping_within_an_epoch_keeps_the_last_whole_step) {
    enum { SAMPLES = 2000000 };
    static float x[2 * SAMPLES], y[SAMPLES];
    uint32_t seed = 2;
    for (size_t i = 0; i < 2 * SAMPLES; i++)
        x[i] = noise(&seed);
    for (size_t i = 0; i < SAMPLES; i++)
        y[i] = x[2 * i] * x[2 * i + 1];
    stop_within(ways[0], x, y, SAMPLES / 10);
    stop_within("", x, y, SAMPLES);
}
