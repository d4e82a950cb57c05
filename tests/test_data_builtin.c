/* Built-in data sets: the same bytes everywhere, and of the difficulty they are meant to have. */
#include "base/hash.h"
#include "test_data.h"

#include <math.h>

static isobit_data *load(const char *source) {
    isobit_data *data;
    WORKS(isobit_data_load(&data, source, NULL));
    return data;
}

static void digest(const char *source, char out[ISO_HEX_SIZE]) {
    isobit_data *data = load(source);
    iso_hash hash = iso_hash_new();
    unsigned char bytes[ISO_HASH_SIZE];
    iso_hash_add(&hash, data->x,
                 data->samples * iso_data_features(data) * iso_element_size(data->element));
    if (data->labels)
        iso_hash_add(&hash, data->labels, data->samples * sizeof *data->labels);
    else
        iso_hash_add(&hash, data->targets, data->samples * sizeof *data->targets);
    iso_hash_end(&hash, bytes);
    iso_hash_hex(bytes, out);
    isobit_data_free(data);
}

/* Recorded with gcc 12 -O2; whatever builds this on whatever machine must come to the same. */
Test(data_builtin, every_set_has_the_same_bits_everywhere) {
    static const char *const recorded[][2] = {
        {"digits", "3d285c71bc6d3394d0699895b7d333a1ee6c9f82096633c6fedccd885fbd8fe2"},
        {"xor", "1127412c689cc644c874ee405622a6bbed5b09be0ee918c1acdc35c5ab31635c"},
        {"and", "afcd519e064c5356379ec00ddf51f03d95bddd1ac06a693d4ce0ca31cb34d70a"},
        {"or", "18b2f26506ff1f251672333f7e994e48747fccb48cfeb9fa92b9e03c066ba428"},
        {"spirals", "01c3579bcd43a0c08eeefc66d70bf0c7e18e7123a59f281fbf836d5377e533c5"},
        {"moons", "0ef27a5a30e6a772181dde1c0d855008815a135c84ce9a9b1597f97bbcbf4f73"},
        {"circles", "3da0ff41852ab857f5a19ef9d67648afbf21e9bfc916df759ce32c6c57fbcab4"},
        {"line", "05cc55d236e6a71bbe1ea3816cb5d2c261e9a6326925f1238360495c8fc235d5"},
        {"parabola", "19cd16ec7a3ce520f0a8d7e5729b03fdccfc95de0652374b3457257d9bcad2f2"},
        {"shapes", "6a6bde15ea195d42af71bb4d6df768e607d072c623bba472354f0befa6133a3c"},
    };
    for (size_t i = 0; iso_builtin_name(i); i++) {
        char hex[ISO_HEX_SIZE];
        cr_assert(iso_builtin_help(i) && *iso_builtin_help(i));
        cr_assert_lt(i, sizeof recorded / sizeof *recorded, "record %s", iso_builtin_name(i));
        cr_assert_str_eq(recorded[i][0], iso_builtin_name(i));
        digest(recorded[i][0], hex);
        cr_assert_str_eq(hex, recorded[i][1], "%s: %s", recorded[i][0], hex);
    }
    cr_assert_null(iso_builtin_help(sizeof recorded / sizeof *recorded));
}

Test(data_builtin, a_larger_set_begins_with_the_smaller_and_another_seed_is_another_set) {
    isobit_data *small = load("digits samples=50 test=7"),
                *large = load("digits samples=60 test=9");
    isobit_data *other = load("digits samples=50 test=7 seed=2");
    const char *a = small->x, *b = large->x;
    cr_assert_eq(memcmp(a, b, 50 * 784), 0);
    cr_assert_eq(memcmp(a + 50 * 784, b + 60 * 784, 7 * 784), 0);
    cr_assert_neq(memcmp(a, other->x, 784), 0);
    cr_assert_neq(memcmp(a, a + 50 * 784, 784), 0); /* tests are not samples to train on */
    isobit_data_free(small);
    isobit_data_free(large);
    isobit_data_free(other);
}

Test(data_builtin, xor_and_and_or_are_the_classics) {
    static const char *const names[] = {"xor", "and", "or"};
    static const float order[] = {0, 1, 3, 2};
    for (int k = 0; k < 3; k++) {
        isobit_data *data = load(names[k]);
        cr_assert(data->samples == 4 && data->classes == 2);
        for (size_t i = 0; i < 4; i++) {
            const float *x = (const float *)data->x + 2 * i;
            const bool both = x[0] == 1 && x[1] == 1, any = x[0] == 1 || x[1] == 1;
            cr_assert_eq(data->labels[i], k == 0 ? any && !both : k == 1 ? both : any);
            cr_assert_eq(2 * x[0] + x[1], order[i]);
        }
        isobit_data_free(data);
    }
}

Test(data_builtin, without_noise_points_lie_on_their_curves) {
    isobit_data *data = load("circles noise=0");
    const float *x = data->x;
    for (size_t i = 0; i < data->samples; i++)
        cr_assert_float_eq(hypotf(x[2 * i], x[2 * i + 1]), data->labels[i] ? 0.5f : 1.0f, 1e-6f);
    isobit_data_free(data);
    data = load("moons noise=0");
    x = data->x;
    for (size_t i = 0; i < data->samples; i++) {
        float right = data->labels[i] ? 1.0f : 0.0f, up = data->labels[i] ? 0.5f : 0.0f;
        cr_assert_float_eq(hypotf(x[2 * i] - right, x[2 * i + 1] - up), 1, 1e-6f);
        cr_assert(data->labels[i] ? x[2 * i + 1] <= 0.5f : x[2 * i + 1] >= 0);
    }
    isobit_data_free(data);
    data = load("spirals noise=0 classes=3");
    cr_assert_eq(data->classes, 3);
    isobit_data_free(data);
    data = load("line noise=0");
    x = data->x;
    for (size_t i = 0; i < data->samples; i++)
        cr_assert_float_eq(data->targets[i], 2 * x[i] + 1, 1e-6f);
    isobit_data_free(data);
    data = load("parabola noise=0");
    x = data->x;
    for (size_t i = 0; i < data->samples; i++)
        cr_assert_float_eq(data->targets[i], x[i] * x[i], 1e-6f);
    isobit_data_free(data);
}

Test(data_builtin, digits_come_in_equal_numbers_and_are_not_blank) {
    isobit_data *data = load("digits");
    size_t count[10] = {0};
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TRAIN), 5000);
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TEST), 1000);
    for (size_t i = 0; i < data->samples; i++) {
        size_t dark = 0;
        count[data->labels[i]]++;
        for (size_t k = 0; k < 784; k++)
            dark += ((const uint8_t *)data->x)[i * 784 + k] > 128;
        cr_assert(dark > 10 && dark < 300, "sample %zu has %zu dark pixels", i, dark);
    }
    for (size_t i = 0; i < 10; i++)
        cr_assert_eq(count[i], 600);
    isobit_data_free(data);
}
