#include "base/random.h"

#include "base/numerics.h"

void iso_philox(uint64_t seed, uint32_t purpose, uint32_t which, uint64_t index, uint32_t out[4]) {
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t c[4] = {purpose, which, (uint32_t)index, (uint32_t)(index >> 32)};
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c[0], b = (uint64_t)0xCD9E8D57u * c[2];
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ key[0], (uint32_t)b,
                            (uint32_t)(a >> 32) ^ c[3] ^ key[1], (uint32_t)a};
        for (int i = 0; i < 4; i++)
            c[i] = next[i];
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    for (int i = 0; i < 4; i++)
        out[i] = c[i];
}

iso_random iso_random_new(uint64_t seed, uint32_t purpose, uint32_t which) {
    return (iso_random){.seed = seed, .purpose = purpose, .which = which, .used = 4};
}

uint32_t iso_random_draw(iso_random *random) {
    if (random->used == 4) {
        iso_philox(random->seed, random->purpose, random->which, random->index++, random->word);
        random->used = 0;
    }
    return random->word[random->used++];
}

float iso_random_uniform(iso_random *random) {
    return (float)(iso_random_draw(random) >> 8) * 0x1p-24f;
}

uint32_t iso_random_below(iso_random *random, uint64_t bound) {
    return (uint32_t)((iso_random_draw(random) * bound) >> 32);
}

float iso_random_normal(iso_random *random) {
    float u1 = (float)((iso_random_draw(random) >> 8) + 1) * 0x1p-24f;
    float u2 = iso_random_uniform(random);
    return iso_sqrt(-2.0f * iso_log(u1)) * iso_cos(0x1.921fb6p+2f * u2);
}

static inline void draw_normals(iso_random *random, size_t count, float *out) {
    for (size_t i = 0; i < count; i++)
        out[i] = iso_random_normal(random);
}

/* fmaf as an instruction rather than a call of libm: 1.6 times as fast, and the same bits. */
#ifdef __x86_64__
__attribute__((target("fma"), flatten)) static void draw_normals_by_fma(iso_random *random,
                                                                        size_t count, float *out) {
    draw_normals(random, count, out);
}
#endif

void iso_random_normals(iso_random *random, size_t count, float *out) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("fma")) {
        draw_normals_by_fma(random, count, out);
        return;
    }
#endif
    draw_normals(random, count, out);
}

void iso_random_shuffle(iso_random *random, uint32_t *items, size_t count) {
    for (size_t i = count; i-- > 1;) {
        uint32_t j = iso_random_below(random, i + 1), kept = items[i];
        items[i] = items[j];
        items[j] = kept;
    }
}
