/* Poolings: gradients, the same bits from every variant, which of equal elements is taken. */
#include "images.h"

static const image_case cases[] = {
    {"conv 3 2x2 relu, maxpool 2, conv 2 2x2 tanh, maxpool 3 stride=1, dense 2", 5, {1, 11, 12}},
    {"conv 17 3x3 tanh, avgpool 3x2 stride=2x1, conv 3 1x1 tanh, avgpool 2 stride=3, dense 2",
     3,
     {2, 9, 12}},
    {"conv 2 1x2 tanh, maxpool 1x3 stride=1x4, avgpool 1x2, dense 1", 7, {1, 1, 43}},
    {"conv 2 3x3 tanh, avgpool 17, maxpool 1x2, dense 1", 2, {1, 19, 36}},
};
enum { CASES = sizeof cases / sizeof *cases };

Test(pool, gradients_match_the_reference_and_every_variant_has_the_same_bits) {
    const size_t tried = try_variants("pool_", cases, CASES);
    cr_assert_geq(tried, 4 * CASES, "%zu variants only", tried);
}

Test(pool, the_reference_matches_finite_differences) {
    for (size_t i = 0; i < CASES; i++) {
        image_problem of = image_problem_new(NULL, cases[i].net, cases[i].samples, cases[i].shape);
        compare_with_differences(&of);
        image_problem_free(&of);
    }
}

/* --------------------------------------------------------------------------------- by hand -- */

/* Trains one step of sgd with rate 1 from these parameters, for each choice of variants. */
static void step_by_hand(const char *net, const float *x, iso_shape shape, const float *y,
                         const float *start, size_t floats, const float *expected) {
    static const char *const picks[] = {"", "pool_forward=naive pool_backward=naive"};
    for (size_t p = 0; p < sizeof picks / sizeof *picks; p++) {
        isobit_context *context;
        OK(iso_context_open(&context, NULL, NULL, picks[p]));
        isobit_data *data = targets_of(x, 1, iso_shape_size(shape), y, 1);
        isobit_settings *settings =
            settings_of("net", net, "loss", "mse", "optimizer", "sgd lr=1", "epochs", "1", NULL);
        data->shape = shape;
        isobit_model *model = model_of(context, data, settings);
        cr_assert_eq(model->network->floats, floats);
        memcpy(model->parameters, start, floats * sizeof *start);
        OK(isobit_train(model, data, settings, NULL, NULL));
        for (size_t i = 0; i < floats; i++)
            cr_assert_eq(model->parameters[i], expected[i], "%s, %zu: %g, not %g", net, i,
                         (double)model->parameters[i], (double)expected[i]);
        isobit_settings_free(settings);
        isobit_model_free(model);
        isobit_data_free(data);
        isobit_context_free(context);
    }
}

/* A 1x1 filter of weight 0 makes all pixels equal; the first one is taken, so its input alone is in
 * the weight's gradient. Output 2 (1 + 0 x), target 0: the error is 2, that of the filter 4. */
Test(pool, of_equal_elements_the_first_gets_the_error) {
    const float x[] = {5, 7, 11, 13}, y[] = {0};
    const float start[] = {0, 1, 2, 0}; /* filter, its bias; dense, its bias */
    const float expected[] = {0 - 4 * 5, 1 - 4, 2 - 2 * 1, 0 - 2};
    step_by_hand("conv 1 1x1, maxpool 2, dense 1", x, (iso_shape){1, 2, 2}, y, start, 4, expected);
}

/* Where windows overlap, an element that several took gets all their errors. */
Test(pool, errors_of_overlapping_windows_add_up) {
    const float x[] = {1, 9, 2}, y[] = {0};
    const float start[] = {1, 0, 1, 0.5f, 0}; /* outputs 9 and 9, 13.5 from dense 1 and 0.5 */
    const float expected[] = {1 - 13.5f * 1.5f * 9, 0 - 13.5f * 1.5f, 1 - 13.5f * 9,
                              0.5f - 13.5f * 9, -13.5f};
    step_by_hand("conv 1 1x1, maxpool 1x2 stride=1, dense 1", x, (iso_shape){1, 1, 3}, y, start, 5,
                 expected);
}

/* The mean of 4, 8, 12 and 16 is 10; each of them gets a quarter of the error. */
Test(pool, a_mean_is_the_sum_times_its_rounded_share) {
    const float x[] = {4, 8, 12, 16}, y[] = {0};
    const float start[] = {1, 0, 1, 0};
    const float expected[] = {1 - 10.0f * 10, -10, 1 - 10.0f * 10, -10};
    step_by_hand("conv 1 1x1, avgpool 2, dense 1", x, (iso_shape){1, 2, 2}, y, start, 4, expected);
}

/* A NaN is not passed over: it would be hidden from the check that ends a training gone wrong. */
Test(pool, a_nan_is_the_largest_element) {
    static const char *const picks[] = {"", "pool_forward=naive"};
    for (size_t p = 0; p < 2; p++)
        for (size_t at = 0; at < 4; at++) {
            isobit_context *context;
            float x[] = {1, 2, 3, 4}, y[] = {0}, got;
            OK(iso_context_open(&context, NULL, NULL, picks[p]));
            isobit_data *data = targets_of(x, 1, 4, y, 1);
            data->shape = (iso_shape){1, 2, 2};
            isobit_model *model =
                small_model(context, data, "maxpool 2, dense 1 bias=off init=constant:1", "mse");
            x[at] = NAN;
            OK(isobit_predict(model, x, 1, &got));
            cr_assert(isnan(got), "a NaN at %zu is lost", at);
            isobit_model_free(model);
            isobit_data_free(data);
            isobit_context_free(context);
        }
}
