/* Built-in data sets: each sample is drawn from a random stream of its own, so that a larger set
 * begins with the smaller one. Private to host/data.
 *
 * Bits: float64 + - * / alone and the project's own functions (contract, rule 1). */
#ifndef ISO_DATA_BUILTIN_H
#define ISO_DATA_BUILTIN_H

#include "base/random.h"
#include "data/reader.h"

/* What a source such as "spirals samples=1000 noise=0.1" asks for. */
typedef struct iso_recipe {
    size_t samples, test, classes; /* classes 0: a regression */
    double noise;
    uint64_t seed;
    bool is_test;             /* the test part is drawn */
    const char *const *names; /* of the classes, in order; NULL: their numbers */
} iso_recipe;

/* Draw sample `index` into x. @param y in: the class, in turn, in a classification, which may be
 * changed; out: the target. */
typedef void (*iso_draw)(const iso_recipe *recipe, iso_random *random, size_t index, void *x,
                         float *y);

/* Two features each, but for line and parabola, which have one. */
void iso_draw_xor(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y);
void iso_draw_and(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y);
void iso_draw_or(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y);
void iso_draw_spirals(const iso_recipe *recipe, iso_random *random, size_t index, void *x,
                      float *y);
void iso_draw_moons(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y);
void iso_draw_circles(const iso_recipe *recipe, iso_random *random, size_t index, void *x,
                      float *y);
void iso_draw_line(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y);
void iso_draw_parabola(const iso_recipe *recipe, iso_random *random, size_t index, void *x,
                       float *y);

/* 28x28 bytes: see digits.c. */
enum { ISO_DIGIT_SIDE = 28 };
void iso_draw_digit(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y);

/* 24x24 bytes: see shapes.c. */
enum { ISO_SHAPE_SIDE = 24 };
extern const char *const iso_shape_names[];
void iso_draw_shape(const iso_recipe *recipe, iso_random *random, size_t index, void *x, float *y);

#endif
