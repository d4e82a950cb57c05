/* Networks over images, larger and stranger than the suite has time to build kernels for: gradients
 * against the float64 reference, that against finite differences, the same bits from every variant,
 * and real digits. */
#include "../images.h"
#include "../mnist.h"

/* Small and thin ones; strides; paddings, unequal ones too; more filters and channels than a vector
 * has lanes, and more terms than a chunk; more pixels and larger kernels than are done at once. */
static const image_case convolutions[] = {
    {"conv 3 1x1 tanh, conv 5 3x3 relu, dense 2", 7, {1, 3, 4}},
    {"conv 4 5x3 tanh stride=2x1, conv 3 4x4 relu padding=same bias=off, dense 3", 9, {3, 11, 9}},
    {"conv 3 1x4 tanh padding=0x2, conv 2 1x3 relu stride=1x2, dense 2", 11, {2, 1, 17}},
    {"conv 30 3x3 leaky_relu padding=1, conv 33 3x3 tanh stride=2 padding=1", 4, {3, 8, 8}},
    {"conv 2 3x3 tanh, conv 2 10x8 gelu stride=2x3 padding=4x3, dense 1", 3, {1, 40, 41}},
};
static const image_case poolings[] = {
    {"conv 3 2x2 relu, maxpool 2, conv 2 2x2 tanh, maxpool 3 stride=1, dense 2", 5, {1, 11, 12}},
    {"conv 17 3x3 tanh, avgpool 3x2 stride=2x1, conv 3 1x1 tanh, avgpool 2 stride=3, dense 2",
     3,
     {2, 9, 12}},
    {"conv 2 1x2 tanh, maxpool 1x3 stride=1x4, avgpool 1x2, dense 1", 7, {1, 1, 43}},
    {"conv 2 3x3 tanh, avgpool 17, maxpool 1x2, dense 1", 2, {1, 19, 36}},
};
enum {
    CONVOLUTIONS = sizeof convolutions / sizeof *convolutions,
    POOLINGS = sizeof poolings / sizeof *poolings
};

Test(windows, convolutions_match_the_reference_and_every_variant_has_the_same_bits,
     .timeout = 600) {
    const size_t tried = try_variants("conv_", convolutions, CONVOLUTIONS);
    cr_assert_geq(tried, 8 * CONVOLUTIONS, "%zu variants only", tried);
}

Test(windows, poolings_match_the_reference_and_every_variant_has_the_same_bits, .timeout = 600) {
    const size_t tried = try_variants("pool_", poolings, POOLINGS);
    cr_assert_geq(tried, 4 * POOLINGS, "%zu variants only", tried);
}

static void reference_matches_differences(const image_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        image_problem of = image_problem_new(NULL, cases[i].net, cases[i].samples, cases[i].shape);
        if (of.model->network->floats < 2000)
            compare_with_differences(&of);
        image_problem_free(&of);
    }
}

Test(windows, the_reference_matches_finite_differences, .timeout = 600) {
    reference_matches_differences(convolutions, CONVOLUTIONS);
    reference_matches_differences(poolings, POOLINGS);
}

Test(windows, a_small_network_learns_handwritten_digits_to_97_percent, .timeout = 600) {
    static const char *const seeds[] = {"1", "2", "3"};
    isobit_data *data = mnist();
    isobit_context *context = open_device();
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        isobit_settings *settings =
            settings_of("net",
                        "conv 8 5x5 relu, maxpool 2, conv 16 5x5 relu, maxpool 2, dense 128 relu, "
                        "dense 10 softmax",
                        "optimizer", "sgd lr=0.02 momentum=0.9", "batch", "64", "epochs", "10",
                        "seed", seeds[i], NULL);
        const double accuracy = test_accuracy(context, data, settings);
        cr_assert_geq(accuracy, 0.97, "seed %s: %.4f", seeds[i], accuracy);
        isobit_settings_free(settings);
    }
    isobit_context_free(context);
    isobit_data_free(data);
}
