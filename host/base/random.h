/* Random numbers: Philox4x32-10, the same stream on host and device (numerics contract, rule 9).
 *
 * Key: the seed, low word first. Counter: {purpose, which, index low word, index high word}. One
 * counter gives four 32-bit draws; draw d of a stream is word d % 4 of index d / 4. */
#ifndef ISO_BASE_RANDOM_H
#define ISO_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* What a stream is for, and what its `which` counts. Part of the contract: never renumber. */
enum iso_purpose {
    ISO_RANDOM_WEIGHTS = 1, /* which: the layer */
    ISO_RANDOM_SHUFFLE = 2, /* which: the epoch, from 1 */
    ISO_RANDOM_DROPOUT = 3, /* which: the layer */
    ISO_RANDOM_SPLIT = 4,   /* which: the class when stratified, else 0 */
    ISO_RANDOM_DATA = 5,    /* which: the built-in data set's own use */
    ISO_RANDOM_SEARCH = 6   /* which: the generation */
};

/* Four draws of one counter (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
 */
void iso_philox(uint64_t seed, uint32_t purpose, uint32_t which, uint64_t index, uint32_t out[4]);

/* One of its ten rounds, on the words of a counter, and what happens to the key after each. */
static inline void iso_philox_round(const uint32_t key[2], uint32_t *c0, uint32_t *c1, uint32_t *c2,
                                    uint32_t *c3) {
    const uint64_t a = (uint64_t)0xD2511F53u * *c0, b = (uint64_t)0xCD9E8D57u * *c2;
    *c0 = (uint32_t)(b >> 32) ^ *c1 ^ key[0];
    *c1 = (uint32_t)b;
    *c2 = (uint32_t)(a >> 32) ^ *c3 ^ key[1];
    *c3 = (uint32_t)a;
}

static inline void iso_philox_next_key(uint32_t key[2]) {
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
}

/* A stream read draw by draw. */
typedef struct iso_random {
    uint64_t seed, index;
    uint32_t purpose, which, word[4];
    unsigned used; /* of word[]; 4: none is left */
} iso_random;

iso_random iso_random_new(uint64_t seed, uint32_t purpose, uint32_t which);
uint32_t iso_random_draw(iso_random *random);
/* 0 <= result < 1: (draw >> 8) 2^-24. */
float iso_random_uniform(iso_random *random);
/* 0 <= result < bound <= 2^32: the high word of draw * bound. */
uint32_t iso_random_below(iso_random *random, uint64_t bound);
/* Standard normal, from two draws: base/normal.h. */
float iso_random_normal(iso_random *random);
/* The next `count` of them, 4 ns each with AVX-512; one by one 33. */
void iso_random_normals(iso_random *random, size_t count, float *out);
/* Put 0..count-1, or what is there, in random order: Fisher-Yates, for i = count-1 down to 1
 * swap i with iso_random_below(i + 1). */
void iso_random_shuffle(iso_random *random, uint32_t *items, size_t count);

#endif
