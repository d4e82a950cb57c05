/* The built-in shapes: small drawings in one corner to train on, and in the others to test with. */
#include "data/builtin.h"

#include <stdint.h>

/* The margin is as wide as a drawing less one, so that a window of that size sees all of its parts
 * as often in every corner. */
enum { SIDE = ISO_SHAPE_SIDE, SIZE = 5, MARGIN = SIZE - 1, JITTER = 3 };

const char *const iso_shape_names[] = {"cross", "diamond", "plus", "square"};

static const char *const drawings[][SIZE] = {{"#...#", ".#.#.", "..#..", ".#.#.", "#...#"},
                                             {"..#..", ".#.#.", "#...#", ".#.#.", "..#.."},
                                             {"..#..", "..#..", "#####", "..#..", "..#.."},
                                             {"#####", "#...#", "#...#", "#...#", "#####"}};

/* A corner by its number: 0 is the upper left one, 1 the upper right one. */
static size_t corner_at(size_t far, iso_random *random) {
    const size_t jitter = iso_random_below(random, JITTER);
    return far ? SIDE - MARGIN - SIZE - jitter : MARGIN + jitter;
}

/* Ink of a random strength, and noise as the digits have it: the sum of two even ones. */
void iso_draw_shape(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y) {
    const char *const *drawing = drawings[(size_t)*y];
    const size_t corner = recipe->is_test ? 1 + index / recipe->classes % 3 : 0;
    const size_t top = corner_at(corner / 2, random), left = corner_at(corner % 2, random);
    const double ink = 160 + 95 * (double)iso_random_uniform(random);
    uint8_t *out = x;
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        const size_t row = i / SIDE - top, column = i % SIDE - left; /* huge if before it */
        const bool inked = row < SIZE && column < SIZE && drawing[row][column] == '#';
        const uint32_t bits = iso_random_draw(random);
        const double noise = (double)((int)(bits & 255) + (int)(bits >> 8 & 255) - 255);
        const double shade = (inked ? ink : 0) + noise * recipe->noise;
        out[i] = shade < 0 ? 0 : shade > 255 ? 255 : (uint8_t)(shade + 0.5);
    }
}
