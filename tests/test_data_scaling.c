/* Scaling: fitted to the training part alone, by the formula in host/data/scaling.c. */
#include "data/split.h"
#include "test_data.h"

#include <float.h>
#include <math.h>

static isobit_data *column(const float *values, size_t samples) {
    isobit_data *data;
    WORKS(isobit_data_from_targets(&data, values, samples, 1, values, 1));
    return data;
}

static void expect(const isobit_data *data, const char *kind, float mean, float scale) {
    iso_scaling scaling;
    WORKS(iso_scaling_fit(&scaling, kind, data));
    cr_assert_eq(scaling.features, 1);
    cr_assert_eq(scaling.mean[0], mean, "mean %a, expected %a", (double)scaling.mean[0],
                 (double)mean);
    cr_assert_eq(scaling.scale[0], scale, "scale %a, expected %a", (double)scaling.scale[0],
                 (double)scale);
    iso_scaling_free(&scaling);
}

Test(data_scaling, standard_and_minmax_are_what_their_names_say) {
    isobit_data *data = column((const float[]){1, 3, 5, 7}, 4); /* mean 4, variance 5 */
    expect(data, "standard", 4, 1 / sqrtf(5));
    expect(data, "minmax", 1, 1.0f / 6);
    isobit_data_free(data);
}

/* 1 + 2^24 * 255 of them: a running float32 sum would stick at 2^24; a chunk of its own does not.
 * The expected sums were added up by hand by the contract's rule 4. */
Test(data_scaling, sums_are_made_of_chunks_of_256) {
    enum { SAMPLES = 513 };
    float values[SAMPLES];
    for (size_t i = 0; i < SAMPLES; i++)
        values[i] = i ? 1.0f : 0x1p24f;
    isobit_data *data = column(values, SAMPLES);
    iso_scaling scaling;
    WORKS(iso_scaling_fit(&scaling, "standard", data));
    /* chunk 1 sticks at 2^24, chunk 2 is 256, chunk 3 is 1 */
    float mean = (0x1p24f + 256 + 1) / 513.0f;
    cr_assert_eq(scaling.mean[0], mean, "%a, expected %a", (double)scaling.mean[0], (double)mean);
    iso_scaling_free(&scaling);
    isobit_data_free(data);
}

Test(data_scaling, a_constant_feature_has_scale_0) {
    isobit_data *data = column((const float[]){3, 3, 3}, 3);
    expect(data, "standard", 3, 0);
    expect(data, "minmax", 3, 0);
    isobit_data_free(data);
    data = column((const float[]){0, FLT_MIN / 2}, 2); /* a spread below 2^-126 is none */
    expect(data, "minmax", 0, 0);
    isobit_data_free(data);
}

Test(data_scaling, only_the_training_part_counts) {
    isobit_data *data = column((const float[]){1, 1000, 3, -1000}, 4);
    data->order[1] = 2; /* train on samples 0 and 2 */
    data->order[2] = 1;
    data->begin[ISOBIT_VALIDATION] = data->begin[ISOBIT_TEST] = 2;
    expect(data, "minmax", 1, 0.5f);
    expect(data, "standard", 2, 1);
    isobit_data_free(data);
}

Test(data_scaling, bytes_are_scaled_by_255_and_others_not_unless_told) {
    isobit_data *data;
    iso_scaling scaling;
    WORKS(isobit_data_load(&data, "digits samples=20", NULL));
    WORKS(iso_scaling_fit(&scaling, "", data));
    cr_assert(scaling.kind == ISO_SCALE_255 && !scaling.mean && scaling.features == 0);
    WORKS(iso_scaling_fit(&scaling, "minmax", data));
    cr_assert(scaling.kind == ISO_SCALE_MINMAX && scaling.features == 784);
    iso_scaling_free(&scaling);
    isobit_data_free(data);
    WORKS(isobit_data_load(&data, "moons", NULL));
    WORKS(iso_scaling_fit(&scaling, "", data));
    cr_assert_eq(scaling.kind, ISO_SCALE_NONE);
    BAD_ARGUMENT(iso_scaling_fit(&scaling, "standart", data),
                 "unknown scale \"standart\": did you mean \"standard\"? Known: none, 255, minmax, "
                 "standard, whiten");
    isobit_data_free(data);
    cr_assert_str_eq(iso_scale_name(ISO_SCALE_STANDARD), "standard");
    cr_assert_null(iso_scale_name(5));
}

Test(data_scaling, values_too_large_for_float32_sums_are_refused) {
    isobit_data *data = column((const float[]){FLT_MAX, -FLT_MAX}, 2);
    iso_scaling scaling;
    BAD_FORMAT(iso_scaling_fit(&scaling, "standard", data),
               "scale: the values of feature 1 are too large to scale in float32; divide them "
               "before");
    BAD_FORMAT(iso_scaling_fit(&scaling, "minmax", data),
               "scale: the values of feature 1 are too large to scale in float32; divide them "
               "before");
    isobit_data_free(data);
}
