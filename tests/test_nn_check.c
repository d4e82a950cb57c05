/* isobit_check: that it passes what is right, and finds what is wrong. */
#include "folder.h"
#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

static isobit_check_result *check(isobit_context *context, const isobit_data *data,
                                  const char *net) {
    isobit_settings *settings = settings_of("net", net, NULL);
    isobit_model *model = model_of(context, data, settings);
    isobit_check_result *result;
    char before[65], after[65];
    isobit_model_sha256(model, before);
    OK(isobit_check(&result, model, data, settings));
    isobit_model_sha256(model, after);
    cr_assert_str_eq(before, after, "the model must not change");
    isobit_model_free(model);
    isobit_settings_free(settings);
    return result;
}

/* 90 samples of 5 features and 3 classes. */
static isobit_data *some_classes(void) {
    float x[90 * 5];
    int32_t labels[90];
    uint32_t seed = 5;
    isobit_data *data;
    for (int i = 0; i < 90 * 5; i++)
        x[i] = noise(&seed);
    for (int i = 0; i < 90; i++)
        labels[i] = i / 30; /* sorted: a batch must not be the first class alone */
    OK(isobit_data_from_classes(&data, x, 90, 5, labels, 3));
    return data;
}

Test(check, a_sound_network_passes_with_every_tensor_looked_at) {
    static const struct {
        const char *name;
        size_t rows, columns;
    } expected[] = {{"0.weight", 7, 5}, {"0.bias", 7, 0}, {"2.weight", 3, 7}, {"2.bias", 3, 0}};
    isobit_context *context = open_plain();
    isobit_data *data = some_classes();
    isobit_check_result *result = check(context, data, "dense 7 relu, dense 3 softmax");
    cr_assert(result->passed);
    cr_assert_eq(result->tensor_count, 4);
    cr_assert_eq(result->samples + result->left_out, 64);
    NEAR(result->loss, result->reference_loss, 1e-6);
    for (size_t i = 0; i < 4; i++) {
        const isobit_check_tensor *tensor = &result->tensors[i];
        cr_assert_str_eq(tensor->name, expected[i].name);
        cr_assert_eq(tensor->shape[0], expected[i].rows);
        cr_assert(tensor->rank == 1 || tensor->shape[1] == expected[i].columns);
        cr_assert(tensor->largest > 1e-4 && tensor->error > 0 && tensor->error < 1e-5);
        cr_assert(tensor->sampled >= 4 && tensor->skipped < tensor->sampled / 2);
        cr_assert(tensor->difference_error > 0 && tensor->difference_error < 1e-4);
    }
    isobit_check_free(result);
    isobit_data_free(data);
    isobit_context_free(context);
}

Test(check, large_inputs_and_many_layers_pass) {
    isobit_context *context = open_plain();
    isobit_data *data = some_classes();
    for (int i = 0; i < 90 * 5; i++)
        ((float *)data->x)[i] *= 300;
    isobit_check_result *result =
        check(context, data,
              "dense 9 relu, dense 8 gelu, dense 7 sigmoid, dense 6 tanh, "
              "dense 5 swish, dense 4 softmax, dense 3 softmax");
    cr_assert(result->passed);
    isobit_check_free(result);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* The bias of a linear autoencoder on centred data: what the samples add cancels out but for
 * rounding, which is then all of the device's gradient. */
Test(check, gradients_that_cancel_out_pass) {
    isobit_context *context = open_plain();
    isobit_settings *settings = settings_of("net", "dense 2 identity", "target", "input", "scale",
                                            "standard", "batch", "0", NULL);
    isobit_data *data;
    isobit_check_result *result;
    OK(isobit_data_load(&data, "spirals samples=60", settings));
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_check(&result, model, data, settings));
    const isobit_check_tensor *bias = &result->tensors[1];
    cr_assert(bias->largest < 1e-6, "%g", bias->largest);
    cr_assert(bias->scale > 1e-3, "%g", bias->scale);
    cr_assert(result->passed);
    isobit_check_free(result);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------------ what is wrong --
 */

/* The naive variant of an op, with another result than the sum in row 1, column 2. */
static void write_broken(const char *folder, const char *op, const char *result) {
    char name[64], path[128];
    snprintf(name, sizeof name, "%s_naive.cl", op);
    snprintf(path, sizeof path, "%s/%s_broken.cl", folder, op);
    const char *text = iso_embedded_file(name)->text;
    cr_assert(text);
    const char *variant = strstr(text, "naive"), *store = strstr(text, "STORE(total");
    FILE *file = fopen(path, "w");
    cr_assert(variant && store && file);
    fprintf(file, "%.*sbroken%.*sSTORE(row == 1 && col == 2 ? %s : total%s", (int)(variant - text),
            text, (int)(store - variant) - 5, variant + 5, result, store + strlen("STORE(total"));
    fclose(file);
}

static void check_broken(const char *op, const char *result_text, bool weights) {
    const char *folder = make_folder();
    char variant[64];
    write_broken(folder, op, result_text);
    snprintf(variant, sizeof variant, "%s=broken", op);
    isobit_settings *settings = settings_of("kernels", folder, "variant", variant, NULL);
    isobit_context *context;
    OK(isobit_context_open(&context, settings));
    isobit_data *data = some_classes();
    isobit_check_result *result = check(context, data, "dense 7 tanh, dense 3 softmax");
    const isobit_check_tensor *worst = &result->tensors[result->worst];
    cr_assert_not(result->passed, "%s in %s passed", result_text, op);
    cr_assert(!(worst->error <= result->limit));
    if (weights) { /* the wrong element is named */
        cr_assert(worst->rank == 2 && worst->worst[0] == 1 && worst->worst[1] == 2, "%s[%zu, %zu]",
                  worst->name, worst->worst[0], worst->worst[1]);
        cr_assert(!(fabs(worst->device - worst->reference) < 1e-5));
    }
    remove_folders();
    isobit_check_free(result);
    isobit_data_free(data);
    isobit_context_free(context);
    isobit_settings_free(settings);
}

Test(check, one_wrong_gradient_is_found_and_named) {
    check_broken("gemm_tn", "total + 0.001f", true);
    check_broken("gemm_tn", "0.0f", true);
    check_broken("gemm_tn", "as_float(0x7fc00000)", true);
}

Test(check, a_wrong_error_term_or_output_is_found) {
    check_broken("gemm_nn", "-total", false);
    check_broken("gemm_nt", "total + 0.1f", false);
}

/* ----------------------------------------------------------------------------------- kinks -- */

Test(check, elements_without_a_derivative_are_counted_not_compared) {
    isobit_context *context = open_plain();
    isobit_data *data = some_classes();
    isobit_check_result *result =
        check(context, data, "dense 4 relu init=zeros, dense 3 softmax init=constant:1");
    cr_assert(result->passed);
    cr_assert_eq(result->left_out, 0, "an exact 0 without terms is the same in float32");
    cr_assert_eq(result->tensors[0].skipped, result->tensors[0].sampled);
    cr_assert_eq(result->tensors[3].skipped, 0);
    isobit_check_free(result);
    isobit_data_free(data);
    isobit_context_free(context);
}

Test(check, samples_on_which_float32_may_fall_to_either_side_are_left_out) {
    const float x[] = {0.5f, -0.5f, 1, 2, 0.1f, -0.1f, -3, 1}, y[] = {1, 2, 3, 4};
    isobit_context *context = open_plain();
    isobit_data *data = targets_of(x, 4, 2, y, 1);
    isobit_check_result *result =
        check(context, data, "dense 3 relu init=constant:1, dense 1 init=constant:1");
    cr_assert(result->passed);
    cr_assert_eq(result->left_out, 2);
    cr_assert_eq(result->samples, 2);
    isobit_check_free(result);
    isobit_data_free(data);

    data = targets_of(x, 1, 2, y, 1);
    isobit_settings *settings = settings_of("net", "dense 1 relu init=constant:1", NULL);
    isobit_model *model = model_of(context, data, settings);
    REFUSES(isobit_check(&result, model, data, settings), ISOBIT_ERROR_ARGUMENT, "on a kink");
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    isobit_context_free(context);
}

Test(check, a_network_that_cannot_learn_is_refused) {
    isobit_context *context = open_plain();
    isobit_data *data = some_classes();
    isobit_settings *settings = settings_of("net", "dense 4 sign, dense 3 softmax", NULL);
    isobit_model *model = model_of(context, data, settings);
    isobit_check_result *result;
    REFUSES(isobit_check(&result, model, data, settings), ISOBIT_ERROR_ARGUMENT,
            "has derivative zero");
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    isobit_context_free(context);
}
