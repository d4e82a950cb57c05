/* Whole networks: the device's gradients against the float64 reference, and that against finite
 * differences and a worked example. */
#include "support.h"

/* Random samples with float targets within (0, 1) that add up to 1, which suit every loss. */
static isobit_data *random_data(size_t samples, size_t features, size_t outputs, uint32_t seed) {
    float *x = calloc(samples * features, sizeof *x), *y = calloc(samples * outputs, sizeof *y);
    cr_assert(x && y);
    for (size_t i = 0; i < samples * features; i++)
        x[i] = noise(&seed);
    for (size_t i = 0; i < samples; i++) {
        float sum = 0;
        for (size_t j = 0; j < outputs; j++)
            sum += y[i * outputs + j] = 1.25f + noise(&seed);
        for (size_t j = 0; j < outputs; j++)
            y[i * outputs + j] /= outputs > 1 ? sum : 4;
    }
    isobit_data *data = targets_of(x, samples, features, y, outputs);
    free(x);
    free(y);
    return data;
}

/* Parameters that are not what any initialiser makes: biases too. */
static void shake(isobit_model *model, uint32_t seed) {
    for (size_t i = 0; i < model->network->parameter_count; i++) {
        const iso_parameter *parameter = &model->network->parameters[i];
        const float spread = 1.5f / sqrtf((float)parameter->fan_in);
        for (size_t j = 0; j < parameter->rows * parameter->columns; j++)
            model->parameters[parameter->offset + j] = spread * noise(&seed);
    }
}

/* A model with shaken parameters, and samples none of which stands on a kink. */
typedef struct problem {
    isobit_data *data;
    isobit_model *model;
    iso_reference *reference;
    double *parameters, *gradients; /* in float64 */
    double loss;
} problem;

static problem problem_new(isobit_context *context, const char *net, const char *loss,
                           size_t samples, size_t features, size_t outputs) {
    problem of = {.data = random_data(samples, features, outputs, (uint32_t)(samples + features))};
    of.model = small_model(context, of.data, net, loss);
    bool *near = calloc(samples, sizeof *near);
    of.gradients = calloc(of.model->network->floats, sizeof *of.gradients);
    cr_assert(of.gradients && near);
    for (uint32_t seed = 1, kinks = 1; kinks; seed++) {
        cr_assert(seed < 50, "%s: every seed has a kink", net);
        shake(of.model, seed);
        free(of.parameters);
        iso_reference_free(of.reference);
        of.parameters = parameters_of(of.model);
        OK(iso_check_reference(&of.reference, of.model, of.data, of.parameters));
        OK(iso_reference_near_kinks(of.reference, of.parameters, near));
        kinks = 0;
        for (size_t i = 0; i < samples; i++)
            kinks += near[i];
    }
    of.loss = iso_reference_loss(of.reference, of.parameters, 0);
    OK(iso_reference_gradients(of.reference, of.parameters, of.gradients, NULL));
    free(near);
    return of;
}

static void problem_free(problem *of) {
    iso_reference_free(of->reference);
    free(of->parameters);
    free(of->gradients);
    isobit_model_free(of->model);
    isobit_data_free(of->data);
}

/* The device's gradients of every tensor within `most` of its largest, and the loss. */
static void compare_device(const problem *of, double most) {
    const iso_network *network = of->model->network;
    float *got = calloc(network->floats, sizeof *got);
    double loss;
    cr_assert(got);
    for (size_t i = 0; i < network->floats; i++)
        got[i] = NAN;
    OK(iso_check_device(of->model, of->data, got, &loss));
    cr_assert(fabs(loss - of->loss) <= most * fmax(1, of->loss), "%s: loss %.9g, not %.9g",
              network->text, loss, of->loss);
    for (size_t i = 0; i < network->parameter_count; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        const size_t count = parameter->rows * parameter->columns;
        const double *expected = of->gradients + parameter->offset;
        double largest = 0;
        for (size_t j = 0; j < count; j++)
            largest = fmax(largest, fabs(expected[j]));
        cr_assert(largest > 1e-9, "%s: %s has no gradient to compare", network->text,
                  parameter->name);
        for (size_t j = 0; j < count; j++)
            cr_assert(fabs((double)got[parameter->offset + j] - expected[j]) <= most * largest,
                      "%s, %zu samples: %s[%zu] is %.9g, not %.9g", network->text,
                      of->data->samples, parameter->name, j, (double)got[parameter->offset + j],
                      expected[j]);
    }
    free(got);
}

/* -------------------------------------------------------------------------- the reference -- */

static void compare_differences(problem *of) {
    const double step = 1e-5;
    double largest = 0;
    for (size_t i = 0; i < of->model->network->floats; i++)
        largest = fmax(largest, fabs(of->gradients[i]));
    for (size_t i = 0; i < of->model->network->floats; i++) {
        const double kept = of->parameters[i];
        of->parameters[i] = kept + step;
        const double above = iso_reference_loss(of->reference, of->parameters, 0);
        of->parameters[i] = kept - step;
        const double below = iso_reference_loss(of->reference, of->parameters, 0);
        of->parameters[i] = kept;
        const double slope = (above - below) / (2 * step);
        cr_assert(fabs(slope - of->gradients[i]) <= 1e-7 * fmax(1, largest),
                  "%s, parameter %zu: %.12g, by differences %.12g", of->model->network->text, i,
                  of->gradients[i], slope);
    }
}

Test(reference, gradients_match_finite_differences_for_every_activation_hidden_or_last) {
    for (const char *const *name = activation_names; *name; name++) {
        char net[96];
        if (activation_of(*name)->derivative == ISO_NONE)
            continue;
        snprintf(net, sizeof net, "dense 4 %s, dense 5 %s bias=off, dense 2 %s", *name, *name,
                 *name);
        problem of = problem_new(NULL, net, "mse", 6, 3, 2);
        compare_differences(&of);
        problem_free(&of);
    }
}

Test(reference, gradients_match_finite_differences_for_every_loss) {
    static const char *const cases[][2] = {{"mae", "tanh"},
                                           {"binary_cross_entropy", "sigmoid"},
                                           {"categorical_cross_entropy", "softmax"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char net[96];
        snprintf(net, sizeof net, "dense 4 gelu, dense 3 %s", cases[i][1]);
        problem of = problem_new(NULL, net, cases[i][0], 6, 2, 3);
        compare_differences(&of);
        problem_free(&of);
    }
}

/* ------------------------------------------------------------------------ the worked example -- */

/* 4 inputs, 2 relu units, 3 sigmoid outputs, mse; a batch of two samples,
 * x = (1, 2, -1, 0.5), t = (1, 0, 1) and x = (2, -1, 0.5, 1), t = (0, 1, 0.5).
 *
 *   W1 = | 0.5 -0.25 0.25 1   |   b1 = | 0.25 |   W2 = |  0.5  -1    |   b2 = | -0.25 |
 *        | 1   -1    0.5  0.5 |        | 0    |        | -1     0.25 |        |  0.5  |
 *                                                      |  0.75  2    |        |  0    |
 * By hand, first sample: z1 = (0.5 - 0.5 - 0.25 + 0.5 + 0.25, 1 - 2 - 0.5 + 0.25) = (0.5, -1.25),
 * so a1 = (0.5, 0): the second unit is dead; z2 = (0.25 - 0.25, -0.5 + 0.5, 0.375) = (0, 0, 0.375).
 * Second: z1 = a1 = (2.625, 3.75); z2 = (1.3125 - 3.75 - 0.25, -2.625 + 0.9375 + 0.5,
 * 1.96875 + 7.5) = (-2.6875, -1.1875, 9.46875).
 * Then y = 1 / (1 + exp(-z2)); the loss of a sample is the sum of (y - t)^2 / 2;
 * d2 = (y - t) y (1 - y) / 2 (of the batch), gW2 = sum of d2 a1^T, gb2 = sum of d2;
 * d1 = W2^T d2 where z1 > 0, gW1 = sum of d1 x^T, gb1 = sum of d1.
 * The numbers are mpmath's, of just these formulas. */
Test(gradients, the_worked_4_2_3_example) {
    static const float start[] = {0.5f, -0.25f, 0.25f, 1,     1,     -1, 0.5f,   0.5f, 0.25f, 0,
                                  0.5f, -1,     -1,    0.25f, 0.75f, 2,  -0.25f, 0.5f, 0};
    static const double expected_y[] = {
        0.5, 0.5, 0.5926665999540698, 0.06371499425196533, 0.23370635691404026, 0.9999227780816593};
    static const double expected_loss = 0.3767772076910855;
    static const double expected[] = {
        0.008537359073513353,  -0.33083324630142935,  0.16541662315071468,
        0.0042686795367566765, -0.038032179724155235, 0.019016089862077618,
        -0.009508044931038809, -0.019016089862077618, /* gW1 */
        -0.06104423381617786,  -0.019016089862077618, /* gb1 */
        -0.02626126221999332,  0.0071267682571524,    -0.1488693135871234,
        -0.25731330512446204,  -0.024533219326162484, 7.23787777384187e-05,  /* gW2 */
        -0.06059952846475936,  -0.006116881366523206, -0.04914846793376185}; /* gb2 */
    const float x[] = {1, 2, -1, 0.5f, 2, -1, 0.5f, 1}, t[] = {1, 0, 1, 0, 1, 0.5f};
    enum { FLOATS = sizeof start / sizeof *start };
    isobit_context *context = open_plain();
    isobit_data *data = targets_of(x, 2, 4, t, 3);
    isobit_model *model = small_model(context, data, "dense 2 relu, dense 3 sigmoid", "mse");
    float y[6], got[FLOATS];
    double loss, in_float64[FLOATS], *parameters;
    cr_assert_eq(model->network->floats, FLOATS);
    memcpy(model->parameters, start, sizeof start);
    OK(isobit_predict(model, x, 2, y));
    OK(iso_check_device(model, data, got, &loss));
    parameters = parameters_of(model);
    iso_reference *reference;
    OK(iso_check_reference(&reference, model, data, parameters));
    OK(iso_reference_gradients(reference, parameters, in_float64, NULL));
    for (int i = 0; i < 6; i++)
        NEAR(y[i], expected_y[i], 1e-7);
    NEAR(loss, expected_loss, 1e-7);
    for (int i = 0; i < FLOATS; i++) {
        NEAR(got[i], expected[i], 5e-8);
        NEAR(in_float64[i], expected[i], 1e-15);
    }
    iso_reference_free(reference);
    free(parameters);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------------- the device -- */

/* Layer sizes and batches of 1, of primes and beyond a chunk of 256, with and without biases. */
Test(gradients, odd_shapes_match_the_reference) {
    static const struct {
        const char *net;
        size_t features, outputs;
    } shapes[] = {
        {"dense 1", 1, 1},
        {"dense 1 tanh, dense 1 sigmoid", 1, 1},
        {"dense 1 tanh bias=off, dense 3 bias=off", 257, 3},
        {"dense 7 relu, dense 13 tanh, dense 5 sigmoid", 11, 5},
        {"dense 17 gelu bias=off, dense 31 elu, dense 1 softplus bias=off, dense 2", 3, 2},
        {"dense 257 relu, dense 257 sigmoid", 17, 257},
        {"dense 61 swish, dense 257 leaky_relu bias=off, dense 3 softmax", 127, 3},
        {"dense 2 softmax, dense 37 softmax, dense 11 softmax", 5, 11},
    };
    static const size_t batches[] = {1, 7, 64, 257};
    isobit_context *context = open_device();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t j = 0; j < sizeof batches / sizeof *batches; j++) {
            problem of = problem_new(context, shapes[i].net, "mse", batches[j], shapes[i].features,
                                     shapes[i].outputs);
            compare_device(&of, 5e-6);
            problem_free(&of);
        }
    isobit_context_free(context);
}

Test(gradients, every_hidden_activation_matches_the_reference) {
    isobit_context *context = open_plain();
    for (const char *const *name = activation_names; *name; name++) {
        char net[128];
        if (activation_of(*name)->derivative == ISO_NONE)
            continue;
        snprintf(net, sizeof net, "dense 13 %s, dense 19 %s bias=off, dense 3 softmax", *name,
                 *name);
        problem of = problem_new(context, net, "", 29, 7, 3);
        compare_device(&of, 5e-6);
        problem_free(&of);
    }
    isobit_context_free(context);
}

/* Plain descent over 19 samples in batches of 7, in float64. */
static void descend(const isobit_model *model, const isobit_data *data, double rate,
                    double *parameters) {
    double gradients[32];
    cr_assert(model->network->floats <= 32);
    for (size_t first = 0; first < 19; first += 7) {
        uint32_t which[7];
        const size_t count = first + 7 <= 19 ? 7 : 19 - first;
        isobit_data *batch;
        iso_reference *reference;
        for (size_t i = 0; i < count; i++)
            which[i] = (uint32_t)(first + i);
        OK(iso_check_take(&batch, data, which, count));
        OK(iso_check_reference(&reference, model, batch, parameters));
        OK(iso_reference_gradients(reference, parameters, gradients, NULL));
        for (size_t i = 0; i < model->network->floats; i++)
            parameters[i] -= rate * gradients[i];
        iso_reference_free(reference);
        isobit_data_free(batch);
    }
}

/* An epoch of 7 + 7 + 5: the last batch is trained on, and its mean is over its own 5. */
Test(gradients, a_last_partial_batch_is_averaged_over_itself) {
    isobit_data *data = random_data(19, 5, 2, 3);
    isobit_settings *settings =
        settings_of("net", "dense 3 tanh, dense 2", "optimizer", "sgd lr=0.5", "batch", "7",
                    "epochs", "1", "shuffle", "off", NULL);
    for (int way = 0; way < WAYS; way++) {
        isobit_context *context = open_with(ways[way]);
        isobit_model *model = model_of(context, data, settings);
        double *parameters = parameters_of(model);
        OK(isobit_train(model, data, settings, NULL, NULL));
        descend(model, data, 0.5, parameters);
        for (size_t i = 0; i < model->network->floats; i++)
            NEAR(model->parameters[i], parameters[i], 1e-6);
        free(parameters);
        isobit_model_free(model);
        isobit_context_free(context);
    }
    isobit_settings_free(settings);
    isobit_data_free(data);
}
