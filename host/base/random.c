#include "base/random.h"

#include "base/normal.h"

void iso_philox(uint64_t seed, uint32_t purpose, uint32_t which, uint64_t index, uint32_t out[4]) {
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t c[4] = {purpose, which, (uint32_t)index, (uint32_t)(index >> 32)};
    for (int round = 0; round < 10; round++) {
        iso_philox_round(key, &c[0], &c[1], &c[2], &c[3]);
        iso_philox_next_key(key);
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
    uint32_t first = iso_random_draw(random);
    return iso_normal_of(first, iso_random_draw(random));
}

void iso_random_shuffle(iso_random *random, uint32_t *items, size_t count) {
    for (size_t i = count; i-- > 1;) {
        uint32_t j = iso_random_below(random, i + 1), kept = items[i];
        items[i] = items[j];
        items[j] = kept;
    }
}
