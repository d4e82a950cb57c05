/* --watch: what layers put out and what error arrives there, and the warnings. */
#include "folder.h"
#include "support.h"

#include "run/run_folder.h"
#include "run/train.h"

enum { LAYERS = 64 };

/* What the first epoch told. */
typedef struct seen {
    isobit_layer_state layers[LAYERS];
    size_t count, warnings;
    char warning[1024];
} seen;

static bool see(const isobit_progress *progress, void *user) {
    seen *out = user;
    if (progress->epoch_done && progress->epoch == 1) {
        cr_assert(progress->layers && progress->layer_count <= LAYERS);
        out->count = progress->layer_count;
        memcpy(out->layers, progress->layers, out->count * sizeof *out->layers);
    }
    if (progress->warning) {
        out->warnings++;
        strncat(out->warning, progress->warning, sizeof out->warning - strlen(out->warning) - 1);
    }
    return true;
}

/* Watch a model that does not move for two epochs. */
static seen watch(isobit_context *context, const isobit_data *data, const char *net,
                  const float *parameters) {
    seen out = {.count = 0};
    isobit_settings *settings = settings_of("net", net, "watch", "on", "optimizer", "sgd lr=0",
                                            "epochs", "2", "batch", "0", NULL);
    isobit_model *model = model_of(context, data, settings);
    if (parameters)
        memcpy(model->parameters, parameters, model->network->floats * sizeof *parameters);
    OK(isobit_train(model, data, settings, see, &out));
    isobit_model_free(model);
    isobit_settings_free(settings);
    return out;
}

/* So many times the same layer, then `last`. */
static const char *deep(const char *layer, int count, const char *last) {
    static char net[8192];
    *net = '\0';
    for (int i = 0; i < count; i++)
        sprintf(net + strlen(net), "%s, ", layer);
    return strcat(net, last);
}

/* Samples of small whole numbers, so that products with powers of 0.5 and 1.5 are exact. */
static isobit_data *whole_numbers(size_t samples, size_t features) {
    float *x = calloc(samples * features, sizeof *x), *y = calloc(samples * features, sizeof *y);
    uint32_t seed = 21;
    for (size_t i = 0; i < samples * features; i++)
        x[i] = (float)(int)(4 * noise(&seed));
    isobit_data *data = targets_of(x, samples, features, y, features);
    free(x);
    free(y);
    return data;
}

/* ------------------------------------------------------------------------------- the numbers -- */

Test(watch, means_and_variances_are_those_of_outputs_and_error_terms) {
    enum { N = 37, OUT = 3 };
    float x[N * 4], t[N * OUT], y[N * OUT];
    uint32_t seed = 4;
    double sum = 0, squares = 0, errors = 0;
    for (int i = 0; i < N * 4; i++)
        x[i] = noise(&seed) + 2;
    for (int i = 0; i < N * OUT; i++)
        t[i] = noise(&seed);
    isobit_context *context = open_plain();
    isobit_data *data = targets_of(x, N, 4, t, OUT);
    const char *net = "dense 5 tanh, dense 3";
    const seen got = watch(context, data, net, NULL);
    isobit_settings *settings = settings_of("net", net, NULL);
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_predict(model, x, N, y));
    for (int i = 0; i < N * OUT; i++)
        sum += (double)y[i];
    for (int i = 0; i < N * OUT; i++) {
        squares += pow((double)y[i] - sum / (N * OUT), 2);
        errors += pow((double)(y[i] - t[i]) / N, 2);
    }
    cr_assert_eq(got.count, 2);
    const isobit_layer_state *last = &got.layers[1];
    cr_assert(last->layer == 2 && last->units == 3 && got.layers[0].units == 5);
    NEAR(last->mean, sum / (N * OUT), 1e-6);
    NEAR(last->variance, squares / (N * OUT), 1e-6);
    NEAR(last->gradient_norm, sqrt(errors), 1e-7);
    NEAR(last->gradient_variance, errors / (N * OUT) - last->gradient_mean * last->gradient_mean,
         1e-9);
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* Cross-entropy does without the last softmax; who watches wants to see it. */
Test(watch, probabilities_are_seen_too) {
    const float x[] = {1, 2, 3, -4};
    const int32_t labels[] = {0, 1, 0, 1};
    isobit_context *context = open_plain();
    isobit_data *data;
    OK(isobit_data_from_classes(&data, x, 4, 1, labels, 2));
    const seen got = watch(context, data, "dense 2 softmax", NULL);
    NEAR(got.layers[0].mean, 0.5, 1e-7);
    cr_assert(got.layers[0].variance > 0.01);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* Layers of 0.5 I and 1.5 I: outputs and error terms change by that from layer to layer, exactly.
 */
Test(watch, identity_layers_scale_by_their_powers) {
    isobit_context *context = open_plain();
    isobit_data *data = whole_numbers(64, 4);
    const seen half =
        watch(context, data, deep("dense 4 init=eye:0.5", 9, "dense 4 init=eye:0.5"), NULL);
    const seen more =
        watch(context, data, deep("dense 4 init=eye:1.5", 9, "dense 4 init=eye:1.5"), NULL);
    cr_assert(half.count == 10 && half.layers[0].variance > 0.1);
    for (int l = 0; l < 10; l++) {
        const isobit_layer_state *first = half.layers, *last = first + 9, *at = first + l;
        const double up = pow(0.5, l), down = pow(0.5, 9 - l);
        cr_assert_eq(at->mean, first->mean * up);
        cr_assert_eq(at->variance, first->variance * up * up);
        cr_assert_eq(at->gradient_mean, last->gradient_mean * down);
        cr_assert_eq(at->gradient_norm, last->gradient_norm * down);
    }
    for (int l = 0; l < 10; l++) {
        const isobit_layer_state *first = more.layers, *last = first + 9, *at = first + l;
        const double up = pow(1.5, l), down = pow(1.5, 9 - l);
        NEAR(at->variance / (first->variance * up * up), 1, 1e-6);
        NEAR(at->gradient_norm / (last->gradient_norm * down), 1, 1e-6);
    }
    isobit_data_free(data);
    isobit_context_free(context);
}

/* 50 layers of 100 units. Halved weights are the counter-example: they lose all of it. */
Test(watch, xavier_keeps_the_variance_of_tanh_and_he_that_of_relu) {
    static const struct {
        const char *layer;
        double least, most; /* of the last hidden layer's variance over the first's */
    } cases[] = {{"dense 100 tanh init=xavier_normal", 1.0 / 100, 1},
                 {"dense 100 tanh init=xavier_uniform", 1.0 / 100, 1},
                 {"dense 100 relu init=he_normal", 1.0 / 50, 50},
                 {"dense 100 relu init=he_uniform", 1.0 / 50, 50},
                 {"dense 100 tanh init=normal:0.05", 0, 1e-20},
                 {"dense 100 relu init=normal:0.0707", 0, 1e-20}};
    float x[50 * 100], y[50] = {0};
    uint32_t seed = 8;
    for (int i = 0; i < 50 * 100; i++)
        x[i] = 1.7320508f * noise(&seed);
    isobit_context *context = open_plain();
    isobit_data *data = targets_of(x, 50, 100, y, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const seen got = watch(context, data, deep(cases[i].layer, 50, "dense 1"), NULL);
        const double kept = got.layers[49].variance / got.layers[0].variance;
        const double back = got.layers[0].gradient_norm / got.layers[49].gradient_norm;
        const bool keeps = cases[i].least > 0;
        cr_assert_eq(got.count, 51);
        fprintf(stderr, "%s: variance x %.3g, error x %.3g\n", cases[i].layer, kept, back);
        cr_assert(kept >= cases[i].least && kept <= cases[i].most, "%s: %g", cases[i].layer, kept);
        cr_assert(keeps ? back > 0.05 && back < 20 : back < 1e-10, "%s: %g", cases[i].layer, back);
        cr_assert_eq(strstr(got.warning, "Vanishing") != NULL, !keeps, "%s", got.warning);
    }
    isobit_data_free(data);
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------------ the warnings -- */

Test(watch, a_first_layer_beyond_a_thousandth_or_a_thousand_times_the_last_is_warned_of_once) {
    static const struct {
        const char *layer;
        int count;
        const char *warning;
    } cases[] = {{"dense 4 init=eye:0.5", 9, NULL},
                 {"dense 4 init=eye:0.5", 10, "Vanishing: the error terms of layer 1 "},
                 {"dense 4 init=eye:1.5", 17, NULL},
                 {"dense 4 init=eye:1.5", 18, "Exploding: the error terms of layer 1 "}};
    isobit_context *context = open_plain();
    isobit_data *data = whole_numbers(64, 4);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const seen got =
            watch(context, data, deep(cases[i].layer, cases[i].count, cases[i].layer), NULL);
        cr_assert_eq(got.warnings, cases[i].warning != NULL, "%zu: %s", i, got.warning);
        cr_assert(!cases[i].warning || strstr(got.warning, cases[i].warning), "%s", got.warning);
    }
    isobit_data_free(data);
    isobit_context_free(context);
}

/* Two inputs from 0.5 to 1 for units with a weight of 1 for the first alone and these biases. */
static seen with_biases(isobit_context *context, const char *activation, const float biases[4]) {
    float x[300 * 2], y[300], parameters[4 * 2 + 4 + 4 + 1] = {0};
    char net[64];
    uint32_t seed = 2;
    for (int i = 0; i < 300; i++) {
        x[2 * i] = 0.75f + 0.25f * noise(&seed);
        x[2 * i + 1] = noise(&seed);
        y[i] = x[2 * i];
    }
    for (int i = 0; i < 4; i++) {
        parameters[2 * i] = 1;
        parameters[8 + i] = biases[i];
        parameters[12 + i] = 1;
    }
    isobit_data *data = targets_of(x, 300, 2, y, 1);
    snprintf(net, sizeof net, "dense 4 %s, dense 1", activation);
    const seen out = watch(context, data, net, parameters);
    isobit_data_free(data);
    return out;
}

Test(watch, dead_and_saturated_units_are_counted_and_warned_of_beyond_half) {
    static const float two[] = {-9, -9, 0, 0}, three[] = {-9, -9, -9, 0}, ends[] = {9, -9, 9, 0};
    isobit_context *context = open_plain();
    seen got = with_biases(context, "relu", two);
    cr_assert(got.layers[0].dead == 2 && got.layers[0].saturated == 0 && got.warnings == 0, "%s",
              got.warning);
    got = with_biases(context, "relu", three);
    cr_assert(got.layers[0].dead == 3 && got.warnings == 1, "%s", got.warning);
    cr_assert(strstr(got.warning, "Dead units: 3 of the 4 relu units of layer 1"), "%s",
              got.warning);
    got = with_biases(context, "tanh", ends);
    cr_assert(got.layers[0].saturated == 3 && got.layers[0].dead == 0 && got.warnings == 1);
    cr_assert(strstr(got.warning, "Saturated: 3 of the 4 tanh units of layer 1"), "%s",
              got.warning);
    got = with_biases(context, "sigmoid", two);
    cr_assert(got.layers[0].saturated == 2 && got.warnings == 0, "%s", got.warning);
    got = with_biases(context, "gelu", three); /* its slope reads z */
    cr_assert(got.layers[0].dead == 3 && got.warnings == 1, "%s", got.warning);
    isobit_context_free(context);
}

Test(watch, a_filter_is_dead_when_all_its_pixels_are) {
    float x[20 * 9], y[20] = {0};
    const float parameters[] = {1, -1, 0, -100, /* two filters of 1x1 and their biases */
                                1, 1,  1, 1,    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
    for (int i = 0; i < 20 * 9; i++)
        x[i] = (float)(i % 7);
    isobit_context *context = open_plain();
    isobit_data *data = targets_of(x, 20, 9, y, 1);
    data->shape = (iso_shape){1, 3, 3};
    const seen got = watch(context, data, "conv 2 1x1 relu, dense 1", parameters);
    cr_assert(got.layers[0].units == 2 && got.layers[0].dead == 1);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------- and the training -- */

Test(watch, it_changes_no_bit_and_a_checkpoint_keeps_it) {
    const char *const path = inside("file");
    isobit_data *data = whole_numbers(50, 3);
    for (int way = 0; way < WAYS; way++) {
        isobit_context *context = open_with(ways[way]);
        isobit_settings *settings =
            settings_of("net", "dense 6 relu, dropout 0.25, dense 3", "epochs", "3", "batch", "8",
                        "optimizer", "sgd lr=0.01", "seed", "5", NULL);
        char digests[2][65], *line;
        seen got = {.count = 0};
        for (int on = 0; on < 2; on++) {
            isobit_model *model = model_of(context, data, settings);
            OK(isobit_train_with_checkpoint(model, data, settings, path, on ? see : NULL, &got));
            isobit_model_sha256(model, digests[on]);
            isobit_model_free(model);
            OK(isobit_settings_set(settings, "watch", "on"));
        }
        cr_assert_str_eq(digests[0], digests[1]);
        iso_checkpoint *checkpoint;
        OK(iso_checkpoint_read(&checkpoint, path));
        cr_assert(checkpoint->epochs == 3 && checkpoint->layer_count == 2);
        cr_assert_eq(memcmp(checkpoint->past[0].layers, got.layers, sizeof *got.layers * 2), 0);
        OK(iso_metrics_line(&line, &checkpoint->past[0], false));
        cr_assert(strstr(line, "\"layers\": [{\"layer\": 1, \"units\": 6, \"mean\": "), "%s", line);
        free(line);
        OK(isobit_settings_set(settings, "watch", "off")); /* goes on, and keeps what there is */
        OK(isobit_settings_set(settings, "epochs", "4"));
        isobit_model *model = model_of(context, data, settings);
        OK(isobit_resume(model, data, settings, path, NULL, NULL));
        iso_checkpoint_free(checkpoint);
        OK(iso_checkpoint_read(&checkpoint, path));
        cr_assert(checkpoint->epochs == 4 && checkpoint->past[2].layers &&
                  !checkpoint->past[3].layers);
        iso_checkpoint_free(checkpoint);
        isobit_model_free(model);
        isobit_settings_free(settings);
        isobit_context_free(context);
    }
    isobit_data_free(data);
}
