/* Streams of random numbers on the host. That the device has the same: test_numerics.c. */
#include "base/numerics.h"
#include "base/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

Test(random, draws_are_the_words_of_consecutive_counters) {
    iso_random random = iso_random_new(5, ISO_RANDOM_DATA, 3);
    for (uint64_t i = 0; i < 40; i++) {
        uint32_t words[4];
        iso_philox(5, ISO_RANDOM_DATA, 3, i / 4, words);
        cr_assert_eq(iso_random_draw(&random), words[i % 4]);
    }
}

Test(random, uniform_and_below_stay_in_their_range) {
    iso_random random = iso_random_new(1, ISO_RANDOM_DATA, 0);
    double sum = 0;
    uint32_t seen[7] = {0};
    for (int i = 0; i < 70000; i++) {
        float u = iso_random_uniform(&random);
        cr_assert(u >= 0 && u < 1);
        sum += (double)u;
        uint32_t k = iso_random_below(&random, 7);
        cr_assert(k < 7);
        seen[k]++;
    }
    cr_expect(fabs(sum / 70000 - 0.5) < 0.005, "mean %f", sum / 70000);
    for (int k = 0; k < 7; k++)
        cr_expect(abs((int)seen[k] - 10000) < 500, "%d came %u times", k, seen[k]);
    cr_expect_eq(iso_random_below(&random, 1), 0u);
}

Test(random, normal_has_mean_0_and_variance_1) {
    enum { DRAWS = 100000 };
    iso_random random = iso_random_new(2, ISO_RANDOM_WEIGHTS, 0);
    double sum = 0, squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        double x = (double)iso_random_normal(&random);
        cr_assert(isfinite(x));
        sum += x;
        squares += x * x;
    }
    cr_expect(fabs(sum / DRAWS) < 0.015, "mean %f", sum / DRAWS);
    cr_expect(fabs(squares / DRAWS - 1) < 0.02, "variance %f", squares / DRAWS);
}

/* Blocks of 128 and what is left, begun at a counter's first draw and amid it. */
Test(random, normals_at_once_are_those_drawn_one_by_one) {
    for (int skipped = 0; skipped < 3; skipped++)
        for (size_t count = 0; count < 600; count += 1 + count / 3) {
            float at_once[600];
            iso_random one = iso_random_new(0x123456789abcdefu, ISO_RANDOM_WEIGHTS, 3);
            one.index = 0xfffffff0u; /* the counter's low word runs over */
            for (int i = 0; i < skipped; i++)
                iso_random_draw(&one);
            iso_random many = one;
            iso_random_normals(&many, count, at_once);
            for (size_t i = 0; i < count; i++) {
                float alone = iso_random_normal(&one);
                cr_assert_eq(iso_as_bits(at_once[i]), iso_as_bits(alone),
                             "%zu of %zu after %d: %a, alone %a", i, count, skipped,
                             (double)at_once[i], (double)alone);
            }
            cr_assert_eq(iso_random_draw(&many), iso_random_draw(&one));
        }
}

Test(random, shuffle_keeps_every_item) {
    uint32_t items[1000], seen[1000] = {0};
    iso_random random = iso_random_new(3, ISO_RANDOM_SHUFFLE, 1);
    size_t still = 0;
    for (uint32_t i = 0; i < 1000; i++)
        items[i] = i;
    iso_random_shuffle(&random, items, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        seen[items[i]]++;
        still += items[i] == i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        cr_assert_eq(seen[i], 1u);
    cr_expect(still < 20, "%zu items did not move", still);
    iso_random_shuffle(&random, items, 0);
    iso_random_shuffle(&random, items, 1);
}
