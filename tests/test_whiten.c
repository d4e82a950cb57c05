/* --scale whiten: no correlation and variance 1, from the training part alone, and stored. */
#include "folder.h"
#include "support.h"

#include "base/hash.h"
#include "run/confusion.h"
#include "run/train.h"

enum { SAMPLES = 300, TRAINED = 200, FEATURES = 7 };

/* Seven features mixed of six: the last is the sum of the first two, so one direction is flat. */
static isobit_data *mixed(void) {
    float x[SAMPLES * FEATURES];
    int32_t labels[SAMPLES];
    uint32_t seed = 9;
    isobit_data *data;
    for (int i = 0; i < SAMPLES; i++) {
        float *row = x + i * FEATURES;
        for (int j = 0; j < 6; j++)
            row[j] = noise(&seed) + (j ? 0.7f * row[j - 1] : 5);
        row[6] = row[0] + row[1];
        labels[i] = row[3] > row[4];
    }
    OK(isobit_data_from_classes(&data, x, SAMPLES, FEATURES, labels, 2));
    data->begin[ISOBIT_VALIDATION] = data->begin[ISOBIT_TEST] = TRAINED;
    return data;
}

static isobit_settings *whitened(void) {
    return settings_of("net", "dense 5 tanh, dense 2 softmax", "scale", "whiten", "batch", "32",
                       "epochs", "4", NULL);
}

/* In the units of the covariance's eigenvectors the covariance is 1 or, where it was flat, 0: so
 * its square is itself, and its trace is how many directions there are. */
Test(whiten, the_training_part_has_no_correlation_and_variance_1) {
    isobit_data *data = mixed();
    isobit_context *context = open_plain();
    isobit_settings *settings = whitened();
    isobit_model *model = model_of(context, data, settings);
    float x[TRAINED * FEATURES], y[TRAINED * 2];
    double c[FEATURES][FEATURES] = {{0}}, trace = 0;
    OK(iso_part_outputs(model, data, ISOBIT_TRAIN, y, x));
    for (int i = 0; i < FEATURES; i++) {
        double mean = 0;
        for (int s = 0; s < TRAINED; s++)
            mean += (double)x[s * FEATURES + i] / TRAINED;
        NEAR(mean, 0, 1e-5);
        for (int j = 0; j < FEATURES; j++)
            for (int s = 0; s < TRAINED; s++)
                c[i][j] += (double)x[s * FEATURES + i] * (double)x[s * FEATURES + j] / TRAINED;
        trace += c[i][i];
    }
    NEAR(trace, 6, 1e-5);
    for (int i = 0; i < FEATURES; i++)
        for (int j = 0; j < FEATURES; j++) {
            double square = 0;
            for (int k = 0; k < FEATURES; k++)
                square += c[i][k] * c[k][j];
            NEAR(square, c[i][j], 1e-5);
            NEAR(model->scaling.matrix[i * FEATURES + j], model->scaling.matrix[j * FEATURES + i],
                 0);
        }
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_context_free(context);
    isobit_data_free(data);
}

/* A covariance by hand: variances 5 and 1 along (1, 1) and (1, -1) over root 2, so the matrix is
 * [[a, b], [b, a]] with a, b half the sum and difference of 1 / root 5 and 1. */
Test(whiten, two_features_give_the_matrix_of_the_textbook) {
    const float r5 = sqrtf(5), x[] = {r5, r5, -r5, -r5, 1, -1, -1, 1};
    const double a = (1 / sqrt(5) + 1) / 2, b = (1 / sqrt(5) - 1) / 2;
    isobit_data *data = targets_of(x, 4, 2, x, 2);
    iso_scaling scaling;
    OK(iso_scaling_fit(&scaling, "whiten", data));
    NEAR(scaling.matrix[0], a, 1e-6);
    NEAR(scaling.matrix[1], b, 1e-6);
    NEAR(scaling.matrix[2], b, 1e-6);
    NEAR(scaling.matrix[3], a, 1e-6);
    iso_scaling_free(&scaling);
    isobit_data_free(data);
}

Test(whiten, it_sees_the_training_part_alone_and_constants_stay_0) {
    isobit_data *data = mixed();
    iso_scaling before, after;
    OK(iso_scaling_fit(&before, "whiten", data));
    for (int i = TRAINED; i < SAMPLES; i++)
        ((float *)data->x)[i * FEATURES] += 1000;
    OK(iso_scaling_fit(&after, "whiten", data));
    cr_assert_eq(memcmp(before.matrix, after.matrix, FEATURES * FEATURES * sizeof(float)), 0);
    iso_scaling_free(&after);
    for (int i = 0; i < TRAINED; i++)
        ((float *)data->x)[i * FEATURES + 2] = 4;
    OK(iso_scaling_fit(&after, "whiten", data));
    for (int j = 0; j < FEATURES; j++)
        cr_assert_eq(after.matrix[2 * FEATURES + j], 0);
    iso_scaling_free(&before);
    iso_scaling_free(&after);
    isobit_data_free(data);
}

/* Recorded on x86-64 with gcc 12: the formula of the contract's rule 8, whatever builds it. */
Test(whiten, the_matrix_has_the_same_bits_everywhere) {
    isobit_data *data = mixed();
    iso_scaling scaling;
    unsigned char bytes[ISO_HASH_SIZE];
    char hex[ISO_HEX_SIZE];
    iso_hash hash = iso_hash_new();
    OK(iso_scaling_fit(&scaling, "whiten", data));
    iso_hash_add(&hash, scaling.matrix, FEATURES * FEATURES * sizeof(float));
    iso_hash_end(&hash, bytes);
    iso_hash_hex(bytes, hex);
    cr_assert_str_eq(hex, "5bedaa4c8814d735a746b213e3db8efcc340a5b1ac16fed93586e50888032ab4");
    iso_scaling_free(&scaling);
    isobit_data_free(data);
}

Test(whiten, file_and_resume_and_check_know_it) {
    const char *const path = inside("file");
    char whole[65], resumed[65], digested[65];
    isobit_data *data = mixed();
    isobit_context *context = open_plain();
    isobit_settings *settings = whitened();
    isobit_model *model = model_of(context, data, settings), *copy;
    isobit_check_result *result;
    isobit_metrics before, after;
    OK(isobit_check(&result, model, data, settings));
    cr_assert(result->passed);
    isobit_check_free(result);
    OK(isobit_train(model, data, settings, NULL, NULL));
    OK(isobit_evaluate(model, data, ISOBIT_TEST, &before));
    isobit_model_sha256(model, whole);
    OK(isobit_model_save(model, path));
    OK(isobit_model_load(&copy, context, path));
    cr_assert_eq(
        memcmp(copy->scaling.matrix, model->scaling.matrix, FEATURES * FEATURES * sizeof(float)),
        0);
    OK(isobit_evaluate(copy, data, ISOBIT_TEST, &after));
    cr_assert(before.loss == after.loss && before.accuracy > 0.6, "%g", before.accuracy);
    isobit_model_free(copy);
    isobit_model_free(model);
    OK(isobit_settings_set(settings, "epochs", "2"));
    model = model_of(context, data, settings);
    OK(isobit_train_with_checkpoint(model, data, settings, path, NULL, NULL));
    isobit_model_free(model);
    OK(isobit_settings_set(settings, "epochs", "4"));
    model = model_of(context, data, settings);
    OK(isobit_resume(model, data, settings, path, NULL, NULL));
    isobit_model_sha256(model, resumed);
    cr_assert_str_eq(whole, resumed);
    isobit_model_free(model);
    OK(isobit_settings_set(settings, "digests", path)); /* every launch's result has a name */
    model = model_of(context, data, settings);
    OK(isobit_train(model, data, settings, NULL, NULL));
    isobit_model_sha256(model, digested);
    cr_assert_str_eq(whole, digested);
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_context_free(context);
    isobit_data_free(data);
}

Test(whiten, what_cannot_be_is_refused) {
    const float large[] = {1e38f, -1e38f, -1e38f, 1e38f};
    isobit_data *data = targets_of(large, 4, 1, large, 1);
    iso_scaling scaling;
    float *wide = calloc(2 * 1025, sizeof *wide);
    OK(iso_scaling_fit(&scaling, "whiten", data)); /* squares fit float64 */
    iso_scaling_free(&scaling);
    isobit_data_free(data);
    data = targets_of(wide, 2, 1025, wide, 1);
    REFUSES(iso_scaling_fit(&scaling, "whiten", data), ISOBIT_ERROR_ARGUMENT,
            "at most 1024 can be whitened");
    isobit_data_free(data);
    free(wide);
}
