/* Poolings: every variant at awkward shapes, and by hand which of equal elements is taken, what
 * overlapping windows do, a mean, a NaN. Kernels are built for each shape: tests/slow/windows.c has
 * more of them. */
#include "images.h"
#include "kinds.h"
#include "ops/pool.h"

static bool is_pooling(const char *op) { return !strncmp(op, "pool_", 5); }

Test(pool, every_variant_is_right_at_awkward_shapes) {
    const size_t tried = verify_kinds(is_pooling);
    cr_assert_geq(tried, 12, "%zu variants only", tried);
}

Test(pool, the_reference_matches_finite_differences) {
    image_problem of = image_problem_new(
        NULL, "conv 2 2x2 tanh, maxpool 2 stride=1, avgpool 3x2 stride=2x1, dense 2", 5,
        SIZE(2, 9, 8));
    compare_with_differences(&of);
    image_problem_free(&of);
}

/* --------------------------------------------------------------------------------- by hand -- */

/* Two windows of 2x2 over an image of 2x3: the middle column is in both. */
enum { INPUTS = 6, WINDOWS = 2 };
static const iso_window window = {
    .in = {1, 2, 3}, .out = {1, 1, 2}, .kernel = {2, 2}, .stride = {1, 1}};

static void tensor_with(iso_tensor *out, isobit_context *context, size_t columns,
                        const float *values) {
    OK(iso_tensor_new(out, context, 1, columns, "a test's"));
    if (values)
        OK(iso_tensor_write(context, out, values));
}

/* Pool x with one choice of variants, and send the windows' errors back. */
static void pool_with(const char *pick, iso_pool pool, const float *x, const float *delta,
                      float *pooled, float *errors) {
    isobit_context *context = open_with(pick);
    iso_list list = {.context = context};
    iso_tensor in, error;
    iso_store forward = {.kind = ISO_STORE_PLAIN}, backward = {.kind = ISO_STORE_PLAIN};
    tensor_with(&in, context, INPUTS, x);
    tensor_with(&error, context, WINDOWS, delta);
    tensor_with(&forward.out, context, WINDOWS, NULL);
    tensor_with(&backward.out, context, INPUTS, NULL);
    OK(iso_pool_forward(&list, pool, &window, &in, &forward, "forward"));
    OK(iso_pool_backward(&list, pool, &window, &in, &error, &backward, "backward"));
    OK(iso_list_run(&list));
    OK(iso_tensor_read(context, &forward.out, pooled));
    OK(iso_tensor_read(context, &backward.out, errors));
    iso_list_free(&list);
    iso_tensor *const all[] = {&in, &error, &forward.out, &backward.out};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        iso_tensor_free(all[i]);
    isobit_context_free(context);
}

static void same(const char *pick, const float *got, const float *expected, size_t count) {
    for (size_t i = 0; i < count; i++)
        cr_assert((isnan(got[i]) && isnan(expected[i])) || got[i] == expected[i],
                  "\"%s\": %zu is %g, not %g", pick, i, (double)got[i], (double)expected[i]);
}

static void is_pooled(iso_pool pool, const float *x, const float *delta, const float *expected,
                      const float *errors) {
    static const char *const picks[] = {"", "pool_forward=naive pool_backward=naive"};
    for (size_t p = 0; p < sizeof picks / sizeof *picks; p++) {
        float pooled[WINDOWS], error[INPUTS];
        pool_with(picks[p], pool, x, delta, pooled, error);
        same(picks[p], pooled, expected, WINDOWS);
        same(picks[p], error, errors, INPUTS);
    }
}

Test(pool, of_equal_elements_the_first_gets_the_error) {
    const float x[] = {7, 7, 7, 7, 7, 7}, delta[] = {1, 2};
    is_pooled(ISO_POOL_MAX, x, delta, (float[]){7, 7}, (float[]){1, 2, 0, 0, 0, 0});
}

/* Where windows overlap, an element that several took gets all their errors. */
Test(pool, errors_of_overlapping_windows_add_up) {
    const float x[] = {1, 2, 8, 7, 9, 9}, delta[] = {1, 2};
    is_pooled(ISO_POOL_MAX, x, delta, (float[]){9, 9}, (float[]){0, 0, 0, 0, 3, 0});
}

/* The mean of 4, 8, 16 and 20 is 12; each of them gets a quarter of the error. */
Test(pool, a_mean_is_the_sum_times_its_rounded_share) {
    const float x[] = {4, 8, 12, 16, 20, 24}, delta[] = {4, 8};
    is_pooled(ISO_POOL_MEAN, x, delta, (float[]){12, 16}, (float[]){1, 3, 2, 1, 3, 2});
}

/* A NaN is not passed over: it would be hidden from the check that ends a training gone wrong. */
Test(pool, a_nan_is_the_largest_element) {
    const float delta[] = {1, 2};
    is_pooled(ISO_POOL_MAX, (float[]){NAN, 2, 3, 4, 5, 6}, delta, (float[]){NAN, 6},
              (float[]){1, 0, 0, 0, 0, 2});
    is_pooled(ISO_POOL_MAX, (float[]){9, 2, 3, 4, NAN, 6}, delta, (float[]){NAN, NAN},
              (float[]){0, 0, 0, 0, 3, 0});
}
