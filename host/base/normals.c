/* Normally distributed numbers by the million, for initial weights: in loops without a branch,
 * which a compiler turns into vectors (CMakeLists.txt has the flags that let GCC do so). The same
 * bits. */
#include "base/normal.h"
#include "base/random.h"

enum { COUNTERS = 64, DRAWS = 4 * COUNTERS, NORMALS = DRAWS / 2 };

/* The draws of the next COUNTERS counters, as iso_philox has them. */
static inline void draw_block(iso_random *random, uint32_t draws[DRAWS]) {
    uint32_t key[2] = {(uint32_t)random->seed, (uint32_t)(random->seed >> 32)};
    uint32_t c[4][COUNTERS];
    for (uint32_t i = 0; i < COUNTERS; i++) {
        const uint64_t index = random->index + i;
        c[0][i] = random->purpose;
        c[1][i] = random->which;
        c[2][i] = (uint32_t)index;
        c[3][i] = (uint32_t)(index >> 32);
    }
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < COUNTERS; i++)
            iso_philox_round(key, &c[0][i], &c[1][i], &c[2][i], &c[3][i]);
        iso_philox_next_key(key);
    }
    for (int i = 0; i < COUNTERS; i++)
        for (int word = 0; word < 4; word++)
            draws[4 * i + word] = c[word][i];
    random->index += COUNTERS;
}

static inline void draw_normals(iso_random *random, size_t count, float *out) {
    uint32_t draws[DRAWS];
    for (; count >= NORMALS && random->used == 4; count -= NORMALS, out += NORMALS) {
        draw_block(random, draws);
        for (int i = 0; i < NORMALS; i++)
            out[i] = iso_normal_of(draws[2 * i], draws[2 * i + 1]);
    }
    for (size_t i = 0; i < count; i++)
        out[i] = iso_random_normal(random);
}

/* Vectors as wide as the processor has them, and fmaf as an instruction instead of a call. */
#ifdef __x86_64__
__attribute__((target("avx512f,avx512dq,fma"), flatten)) static void
draw_normals_by_avx512(iso_random *random, size_t count, float *out) {
    draw_normals(random, count, out);
}

__attribute__((target("avx2,fma"), flatten)) static void
draw_normals_by_avx2(iso_random *random, size_t count, float *out) {
    draw_normals(random, count, out);
}
#endif

void iso_random_normals(iso_random *random, size_t count, float *out) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512dq")) {
        draw_normals_by_avx512(random, count, out);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        draw_normals_by_avx2(random, count, out);
        return;
    }
#endif
    draw_normals(random, count, out);
}
