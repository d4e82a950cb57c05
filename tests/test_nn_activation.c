/* Activations and their derivatives: golden rows (mpmath, tests/golden/functions.py), finite
 * differences, and what the device makes of them. */
#include "support.h"

/* ------------------------------------------------------------------- the float64 reference -- */

static double reference_f(const iso_activation *activation, double z) {
    double a;
    iso_reference_activate(activation, 1, &z, &a);
    return a;
}

static double reference_slope(const iso_activation *activation, double z) {
    const double a = reference_f(activation, z), g = 1;
    double delta;
    iso_reference_derive(activation, 1, &z, &a, &g, &delta);
    return delta;
}

Test(activation, every_one_has_golden_rows) {
    const golden *rows = read_golden("activations.csv");
    for (const char *const *name = activation_names; *name; name++) {
        size_t count = 0;
        for (size_t i = 0; i < rows->count; i++)
            count += !strcmp(rows->fields[i][0], *name);
        cr_assert(count > 20 || !strcmp(*name, "softmax"), "%s has %zu rows", *name, count);
    }
}

Test(activation, the_float64_reference_matches_the_golden_rows) {
    const golden *rows = read_golden("activations.csv");
    for (size_t i = 0; i < rows->count; i++) {
        char *const *row = rows->fields[i];
        const iso_activation *activation = activation_of(row[0]);
        const double z = atof(row[1]), f = atof(row[2]), slope = atof(row[3]);
        NEAR(reference_f(activation, z), f, 1e-14 * fabs(f) * fmax(1, z * z));
        NEAR(reference_slope(activation, z), slope, 1e-15 + 1e-14 * fabs(slope) * fmax(1, z * z));
    }
}

Test(activation, the_float64_reference_matches_golden_softmaxes) {
    const golden *rows = read_golden("softmax.csv");
    const iso_activation *softmax = activation_of("softmax");
    for (size_t i = 0; i < rows->count; i++) {
        double z[NUMBERS], g[NUMBERS], p[NUMBERS], d[NUMBERS], got[NUMBERS];
        const size_t n = numbers(rows->fields[i][0], z);
        numbers(rows->fields[i][1], g), numbers(rows->fields[i][2], p);
        numbers(rows->fields[i][3], d);
        iso_reference_activate(softmax, n, z, got);
        for (size_t j = 0; j < n; j++)
            NEAR(got[j], p[j], 1e-14 * p[j]);
        iso_reference_derive(softmax, n, z, p, g, got);
        for (size_t j = 0; j < n; j++)
            NEAR(got[j], d[j], 1e-14);
    }
}

Test(activation, slopes_match_finite_differences) {
    const double step = 1e-5;
    for (const char *const *name = activation_names; *name; name++) {
        const iso_activation *activation = activation_of(*name);
        for (double z = -7.03; z < 7; z += 0.11) /* never at a kink */
            NEAR(reference_slope(activation, z),
                 (reference_f(activation, z + step) - reference_f(activation, z - step)) /
                     (2 * step),
                 1e-9);
    }
}

/* ------------------------------------------------------------------------------- the device -- */

/* One sample z through a layer of n units that pass their input on: f(z), and f'(z) times the
 * error `g` that a layer above sends down, which is the gradient of the biases. */
static void on_device(isobit_context *context, const char *name, size_t n, const float *z,
                      const double *g, float *f, float *slope) {
    char net[96];
    float y[NUMBERS] = {0}, gradients[2 * NUMBERS * NUMBERS];
    double loss;
    snprintf(net, sizeof net, "dense %zu %s init=eye:1, dense %zu init=eye:1 bias=off", n, name, n);
    isobit_data *data = targets_of(z, 1, n, y, n);
    isobit_model *model = small_model(context, data, net, "mse");
    OK(isobit_predict(model, z, 1, f));
    if (slope) {
        for (size_t j = 0; j < n; j++)
            data->targets[j] = (float)((double)f[j] - g[j]); /* mse's error is y - t */
        OK(iso_check_device(model, data, gradients, &loss));
        memcpy(slope, gradients + model->network->parameters[1].offset, n * sizeof *slope);
    }
    isobit_model_free(model);
    isobit_data_free(data);
}

/* What float32 may lose: a few units in the last place of the result, and of the terms that
 * cancel in it where it is a difference: in 1 + erf, and in most slopes. */
static double allowed(const char *name, double z, double expected, bool slope) {
    const bool cancels = slope || !strcmp(name, "gelu");
    return 1e-6 * fabs(expected) + (cancels ? 2e-7 * fmax(1, fabs(z)) : 0);
}

Test(activation, the_device_matches_the_golden_rows) {
    const golden *rows = read_golden("activations.csv");
    isobit_context *context = open_plain();
    for (size_t first = 0, n; first < rows->count; first += n) {
        const char *name = rows->fields[first][0];
        float z[NUMBERS], f[NUMBERS], slope[NUMBERS];
        double ones[NUMBERS];
        const bool learns = activation_of(name)->derivative != ISO_NONE;
        for (n = 0; first + n < rows->count && !strcmp(rows->fields[first + n][0], name); n++) {
            z[n] = (float)atof(rows->fields[first + n][1]);
            ones[n] = 1;
        }
        on_device(context, name, n, z, ones, f, learns ? slope : NULL);
        for (size_t j = 0; j < n; j++) {
            char *const *row = rows->fields[first + j];
            const double expected = atof(row[2]), derivative = atof(row[3]);
            cr_assert(fabs((double)f[j] - expected) <= allowed(name, z[j], expected, false),
                      "%s(%s) is %.9g, not %s", name, row[1], (double)f[j], row[2]);
            /* the target y - 1 is rounded to the last place of y */
            const double most = allowed(name, z[j], derivative, true);
            cr_assert(!learns || fabs((double)slope[j] - derivative) <= most,
                      "%s'(%s) is %.9g, not %s", name, row[1], (double)slope[j], row[3]);
        }
    }
    isobit_context_free(context);
}

Test(activation, a_hidden_softmax_has_its_full_derivative_on_the_device) {
    const golden *rows = read_golden("softmax.csv");
    isobit_context *context = open_plain();
    for (size_t i = 0; i < rows->count; i++) {
        double z[NUMBERS], g[NUMBERS], p[NUMBERS], d[NUMBERS];
        float zf[NUMBERS], got[NUMBERS], delta[NUMBERS];
        const size_t n = numbers(rows->fields[i][0], z);
        numbers(rows->fields[i][1], g), numbers(rows->fields[i][2], p);
        numbers(rows->fields[i][3], d);
        to_floats(z, n, zf);
        on_device(context, "softmax", n, zf, g, got, delta);
        for (size_t j = 0; j < n; j++) {
            NEAR(got[j], p[j], 1e-6 * p[j] + 0x1p-126);
            NEAR(delta[j], d[j], 1e-6);
        }
    }
    isobit_context_free(context);
}

Test(activation, a_nan_never_becomes_a_number) {
    isobit_context *context = open_plain();
    for (const char *const *name = activation_names; *name; name++) {
        float z[] = {0.5f, NAN, -0.5f}, f[3];
        char net[64];
        const float plain[] = {1, 2, 3};
        snprintf(net, sizeof net, "dense 3 %s init=eye:1", *name);
        isobit_data *data = targets_of(plain, 1, 3, plain, 3);
        isobit_model *model = small_model(context, data, net, "mse");
        OK(isobit_predict(model, z, 1, f)); /* eye: 0 times NaN reaches every unit */
        for (int j = 0; j < 3; j++)
            cr_assert(isnan(f[j]), "%s made %g of a NaN", *name, (double)f[j]);
        isobit_model_free(model);
        isobit_data_free(data);
    }
    isobit_context_free(context);
}

Test(activation, what_does_not_learn_is_refused_for_training_with_the_reason) {
    isobit_context *context = open_plain();
    size_t refused = 0;
    for (const char *const *name = activation_names; *name; name++) {
        if (activation_of(*name)->derivative != ISO_NONE)
            continue;
        const float x[] = {1, 2};
        char net[64];
        snprintf(net, sizeof net, "dense 3 %s, dense 1", *name);
        isobit_data *data = targets_of(x, 2, 1, x, 1);
        isobit_settings *settings = settings_of("net", net, NULL);
        isobit_model *model = model_of(context, data, settings);
        REFUSES(isobit_train(model, data, settings, NULL, NULL), ISOBIT_ERROR_ARGUMENT,
                "has derivative zero");
        cr_assert(strstr(isobit_error(), *name) && strstr(isobit_error(), "layer 1"));
        isobit_model_free(model);
        isobit_settings_free(settings);
        isobit_data_free(data);
        refused++;
    }
    cr_assert_eq(refused, 2);
    isobit_context_free(context);
}
