/* Small built-in sets in one or two dimensions. */
#include "base/numerics.h"
#include "data/builtin.h"

static double noise(const iso_recipe *recipe, iso_random *random) {
    return recipe->noise * (double)iso_random_normal(random);
}

/* from -1 to 1 */
static double spread(iso_random *random) { return 2 * (double)iso_random_uniform(random) - 1; }

static void put_polar(const iso_recipe *recipe, iso_random *random, double radius, double angle,
                      float *x) {
    x[0] = (float)(radius * (double)iso_cos((float)angle) + noise(recipe, random));
    x[1] = (float)(radius * (double)iso_sin((float)angle) + noise(recipe, random));
}

static const double half_turn = 3.14159265358979323846;

/* 00, 01, 11, 10 and again. @return how many of the two are 1 */
static size_t put_truth(const iso_recipe *recipe, iso_random *random, size_t index, float *x) {
    size_t first = index / 2 % 2, second = (index + first) % 2;
    x[0] = (float)((double)first + noise(recipe, random));
    x[1] = (float)((double)second + noise(recipe, random));
    return first + second;
}

void iso_draw_xor(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y) {
    *y = put_truth(recipe, random, index, x) == 1;
}

void iso_draw_and(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y) {
    *y = put_truth(recipe, random, index, x) == 2;
}

void iso_draw_or(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y) {
    *y = put_truth(recipe, random, index, x) > 0;
}

/* Arm k turns by three half turns from the centre to radius 1, begun at k / classes of a turn. */
void iso_draw_spirals(const iso_recipe *recipe, iso_random *random, size_t index, void *x,
                      float *y) {
    double along = (double)iso_random_uniform(random);
    (void)index;
    put_polar(recipe, random, along,
              half_turn * (3 * along + 2 * (double)*y / (double)recipe->classes), x);
}

/* The upper half of the unit circle, and the lower half of the one around (1, 0.5). */
void iso_draw_moons(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y) {
    float *at = x;
    bool lower = *y != 0;
    (void)index;
    double angle = half_turn * (double)iso_random_uniform(random);
    put_polar(recipe, random, 1, lower ? -angle : angle, x);
    at[0] += lower ? 1.0f : 0.0f;
    at[1] += lower ? 0.5f : 0.0f;
}

/* Radius 1 and radius 1/2. */
void iso_draw_circles(const iso_recipe *recipe, iso_random *random, size_t index, void *x,
                      float *y) {
    (void)index;
    put_polar(recipe, random, *y != 0 ? 0.5 : 1, 2 * half_turn * (double)iso_random_uniform(random),
              x);
}

void iso_draw_line(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y) {
    float *at = x;
    (void)index;
    *at = (float)spread(random);
    *y = (float)(2 * (double)*at + 1 + noise(recipe, random));
}

void iso_draw_parabola(const iso_recipe *recipe, iso_random *random, size_t index, void *x,
                       float *y) {
    float *at = x;
    (void)index;
    *at = (float)spread(random);
    *y = (float)((double)*at * (double)*at + noise(recipe, random));
}
