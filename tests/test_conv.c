/* Convolutions: every variant at awkward shapes, by hand, names, and what does not fit. Kernels are
 * built for each shape: tests/slow/windows.c has more of them. */
#include "images.h"
#include "kinds.h"
#include "ops/conv.h"

static bool is_convolution(const char *op) { return !strncmp(op, "conv_", 5); }

Test(conv, every_variant_is_right_at_awkward_shapes) {
    const size_t tried = verify_kinds(is_convolution);
    cr_assert_geq(tried, 12, "%zu variants only", tried);
}

/* Gradients in float64, of strides, paddings and kernels that are not square. */
Test(conv, the_reference_matches_finite_differences) {
    image_problem of = image_problem_new(
        NULL, "conv 3 1x3 tanh padding=0x2, conv 2 3x2 gelu stride=2x1 padding=1x0, dense 2", 5,
        SIZE(2, 5, 6));
    compare_with_differences(&of);
    image_problem_free(&of);
}

/* A 2x2 filter over a 3x3 image, by hand. */
Test(conv, a_worked_example) {
    const float x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, y[] = {0, 0, 0, 0};
    static const float start[] = {1, -1, 0.5f, 2, 10};
    /* 1 - 2 + 4/2 + 2*5 + 10, … */
    static const float expected[] = {21, 23.5f, 28.5f, 31};
    isobit_context *context = open_device();
    isobit_data *data = targets_of(x, 1, 9, y, 4);
    float got[4];
    data->shape = SIZE(1, 3, 3);
    isobit_model *model = small_model(context, data, "conv 1 2x2", "mse");
    cr_assert_eq(model->network->floats, 5);
    memcpy(model->parameters, start, sizeof start);
    OK(isobit_predict(model, x, 1, got));
    for (int i = 0; i < 4; i++)
        cr_assert_eq(got[i], expected[i], "%g", (double)got[i]);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* ---------------------------------------------------------------------------------- rounds -- */

/* The gradient of a convolution from random x and delta, with room for so many chunks. */
static void gradient_with_room(isobit_context *context, size_t chunks, float *weight, float *bias) {
    enum { SAMPLES = 5, CHANNELS = 2, FILTERS = 3, SIDE = 20, OUT = 18, TERMS = CHANNELS * 9 };
    const iso_window window = {.in = SIZE(CHANNELS, SIDE, SIDE),
                               .out = SIZE(FILTERS, OUT, OUT),
                               .kernel = {3, 3},
                               .stride = {1, 1}};
    iso_conv_gradient work = {.window = window};
    static float values[SAMPLES * FILTERS * OUT * OUT];
    uint32_t seed = 1;
    iso_store stores[2] = {{.kind = ISO_STORE_PLAIN}, {.kind = ISO_STORE_PLAIN}};
    iso_list list = {.context = context};
    OK(iso_tensor_new(&work.x, context, SAMPLES, CHANNELS * SIDE * SIDE, "x"));
    OK(iso_tensor_new(&work.delta, context, SAMPLES, FILTERS * OUT * OUT, "delta"));
    OK(iso_tensor_new(&stores[0].out, context, FILTERS, TERMS, "weight"));
    OK(iso_tensor_new(&stores[1].out, context, 1, FILTERS, "bias"));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = noise(&seed);
    OK(iso_tensor_write(context, &work.x, values));
    OK(iso_tensor_write(context, &work.delta, values));
    work.scratch_floats = 16 * (TERMS + 1) * (chunks + 1);
    OK(iso_buffer_new(&work.scratch, context, work.scratch_floats * sizeof(float), "scratch"));
    work.weight = &stores[0];
    work.bias = &stores[1];
    OK(iso_conv_gradients(&list, &work, "test"));
    OK(iso_list_run(&list));
    OK(iso_tensor_read(context, &stores[0].out, weight));
    OK(iso_tensor_read(context, &stores[1].out, bias));
    iso_list_free(&list);
    iso_tensor_free(&work.x);
    iso_tensor_free(&work.delta);
    iso_tensor_free(&stores[0].out);
    iso_tensor_free(&stores[1].out);
    iso_buffer_free(&work.scratch);
}

/* 5 * 18 * 18 places are 6 chunks and a part. */
Test(conv, gradients_do_not_depend_on_how_many_chunks_fit_at_once) {
    static const char *const picks[] = {"", "conv_gradient=naive", "conv_join=naive"};
    float weight[2][54], bias[2][3];
    for (size_t i = 0; i < sizeof picks / sizeof *picks; i++) {
        isobit_context *context;
        OK(iso_context_open(&context, NULL, NULL, picks[i]));
        for (size_t room = 1; room < 9; room++) {
            gradient_with_room(context, room, weight[i + room > 1], bias[i + room > 1]);
            cr_assert(i + room == 1 || (!memcmp(weight[0], weight[1], sizeof *weight) &&
                                        !memcmp(bias[0], bias[1], sizeof *bias)),
                      "other bits with room for %zu chunks", room);
        }
        isobit_context_free(context);
    }
}

/* -------------------------------------------------------------------------- names and errors -- */

static void has_parameters(const char *net, iso_shape input, const char *names) {
    iso_network *network;
    char got[256] = "";
    OK(iso_network_new(&network, net, input));
    for (size_t i = 0; i < network->parameter_count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? " " : "",
                 network->parameters[i].name);
    cr_assert_str_eq(got, names, "%s: %s", net, got);
    iso_network_free(network);
}

Test(conv, parameters_have_the_names_of_torch_nn_Sequential) {
    has_parameters(
        "conv 8 5x5 relu, maxpool 2, conv 16 5x5 relu, maxpool 2, dense 128 relu, dense 10 softmax",
        SIZE(1, 28, 28), "0.weight 0.bias 3.weight 3.bias 7.weight 7.bias 9.weight 9.bias");
    has_parameters("conv 2 3x3, dense 2", SIZE(1, 5, 5), "0.weight 0.bias 2.weight 2.bias");
    has_parameters("conv 2 3x3, flatten, dense 2", SIZE(1, 5, 5),
                   "0.weight 0.bias 2.weight 2.bias");
    has_parameters("conv 2 3x3 bias=off, dropout 0.5, dense 2", SIZE(1, 5, 5),
                   "0.weight 3.weight 3.bias");
    has_parameters("avgpool 2, dense 3 relu, dropout 0.1, dense 2", SIZE(3, 6, 6),
                   "2.weight 2.bias 5.weight 5.bias");
    has_parameters("dense 3 relu, dense 2", SIZE(1, 28, 28), "0.weight 0.bias 2.weight 2.bias");
    has_parameters("dropout 0.2, dense 2", SIZE(1, 28, 28), "1.weight 1.bias");
}

Test(conv, weights_have_the_shape_and_fans_of_torch_nn_Conv2d) {
    iso_network *network;
    OK(iso_network_new(&network, "conv 6 5x3 relu, dense 2", SIZE(3, 8, 8)));
    const iso_parameter *weight = &network->parameters[0];
    const size_t shape[] = {6, 3, 5, 3};
    cr_assert_eq(weight->rank, 4);
    cr_assert(!memcmp(weight->shape, shape, sizeof shape));
    cr_assert_eq(weight->fan_in, 45);
    cr_assert_eq(weight->fan_out, 90);
    iso_network_free(network);
}

static void is_shaped(const char *net, iso_shape input, iso_shape expected) {
    iso_network *network;
    OK(iso_network_new(&network, net, input));
    const iso_shape got = network->layers[network->count - 1].out;
    cr_assert(got.channels == expected.channels && got.height == expected.height &&
                  got.width == expected.width,
              "%s: %zux%zux%zu", net, got.channels, got.height, got.width);
    iso_network_free(network);
}

Test(conv, output_sizes_are_pytorchs) {
    is_shaped("conv 8 5x5", SIZE(1, 28, 28), SIZE(8, 24, 24));
    is_shaped("conv 8 5", SIZE(1, 28, 28), SIZE(8, 24, 24));
    is_shaped("conv 8 5x3 padding=same", SIZE(3, 28, 27), SIZE(8, 28, 27));
    is_shaped("conv 8 4x4 padding=same", SIZE(3, 9, 9), SIZE(8, 9, 9));
    is_shaped("conv 8 3x3 stride=2 padding=1", SIZE(3, 28, 27), SIZE(8, 14, 14));
    is_shaped("conv 1 3x3 stride=2 padding=valid, maxpool 3 stride=2, avgpool 2x1", SIZE(3, 28, 27),
              SIZE(1, 3, 6));
}

Test(conv, networks_that_do_not_fit_are_refused_with_a_reason) {
    static const struct {
        const char *net, *part;
        iso_shape shape;
    } rows[] = {
        {"conv", "conv FILTERS HEIGHTxWIDTH", {1, 4, 4}},
        {"conv 3", "how many filters, how large?", {1, 4, 4}},
        {"conv 0 3x3", "filters", {1, 4, 4}},
        {"conv 3 3x", "kernel", {1, 4, 4}},
        {"conv 3 3x3x3", "kernel", {1, 4, 4}},
        {"conv 3 0x3", "kernel", {1, 4, 4}},
        {"conv 3 3x3 stride=0", "stride", {1, 4, 4}},
        {"conv 3 3x3 padding=full", "valid, same or a number", {1, 4, 4}},
        {"conv 3 3x3 padding=same stride=2", "stride=1 only", {1, 4, 4}},
        {"conv 3 3x3 size=2", "size", {1, 4, 4}},
        {"conv 3 5x3, dense 1", "5 high does not fit an image that is 4 high", {1, 4, 4}},
        {"conv 3 3x7 padding=1, dense 1", "6 wide with its padding", {1, 4, 4}},
        {"conv 3 3x3, maxpool 3, dense 1", "layer 2 (\"maxpool 3\")", {1, 4, 4}},
        {"conv 3 3x3, dense 2", "--input", {9, 1, 1}},
        {"dense 9, conv 3 3x3", "9 plain values come in from the layer below", {1, 4, 4}},
        {"conv 3 3x3, flatten, conv 3 1x1", "plain values", {1, 4, 4}},
        {"maxpool", "how large a window?", {1, 4, 4}},
        {"maxpool 2 relu, dense 1", "relu", {1, 4, 4}},
        {"maxpool 20 stride=1, dense 1", "larger stride", {1, 40, 40}},
        {"dropout, dense 1", "how much is dropped?", {1, 4, 4}},
        {"dropout 1, dense 1", "dropout", {1, 4, 4}},
        {"dense 1, dropout 0.5", "cannot be the last", {1, 4, 4}},
        {"conv 1 3x3, flatten", "cannot be the last", {1, 4, 4}},
        {"maxpool 2", "no layer has weights", {1, 4, 4}},
        {"flatten 3, dense 1", "flatten", {1, 4, 4}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        iso_network *network;
        REFUSES(iso_network_new(&network, rows[i].net, rows[i].shape), ISOBIT_ERROR_ARGUMENT,
                rows[i].part);
    }
}
