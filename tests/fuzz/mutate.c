#include "mutate.h"

typedef struct mutant {
    uint8_t *bytes;
    size_t length;
    iso_random *random;
} mutant;

static size_t below(const mutant *m, size_t bound) { return iso_random_below(m->random, bound); }

static void flip(mutant *m) {
    if (m->length)
        m->bytes[below(m, m->length)] ^= (uint8_t)(1u << below(m, 8));
}

static void set(mutant *m) {
    static const uint8_t extremes[] = {0, 1, 0x7f, 0x80, 0xff, ' ', '\n', '0', '9', '-', '"', ','};
    if (m->length)
        m->bytes[below(m, m->length)] =
            below(m, 2) ? extremes[below(m, sizeof extremes)] : (uint8_t)below(m, 256);
}

/* A number of 2, 4 or 8 bytes, large or small, in either byte order. */
static void set_number(mutant *m) {
    static const uint64_t numbers[] = {0,          1,          0x7fff,      0x8000,     0xffff,
                                       0x7fffffff, 0x80000000, 0xffffffff,  UINT64_MAX, INT64_MAX,
                                       0x10000,    1000,       0x100000000, 16,         4096};
    const size_t size = (size_t)2 << below(m, 3);
    if (m->length < size)
        return;
    const uint64_t value = numbers[below(m, sizeof numbers / sizeof *numbers)];
    const bool big = below(m, 2);
    uint8_t *at = m->bytes + below(m, m->length - size + 1);
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * (big ? size - 1 - i : i));
}

static void cut(mutant *m) {
    if (!m->length)
        return;
    const size_t from = below(m, m->length);
    const size_t most = m->length - from, length = 1 + below(m, below(m, 2) ? most : most % 8 + 1);
    if (length > most)
        return;
    memmove(m->bytes + from, m->bytes + from + length, m->length - from - length);
    m->length -= length;
}

static void insert(mutant *m, const uint8_t *bytes, size_t length) {
    const size_t at = below(m, m->length + 1);
    if (m->length + length > FUZZ_LONGEST)
        return;
    memmove(m->bytes + at + length, m->bytes + at, m->length - at);
    memcpy(m->bytes + at, bytes, length);
    m->length += length;
}

/* A piece of an input, or of this one, once more. */
static void splice(mutant *m) {
    const fuzz_input *input = &fuzz_inputs[below(m, fuzz_input_count)];
    uint8_t piece[256];
    if (!input->length)
        return;
    const size_t from = below(m, input->length), left = input->length - from;
    const size_t length = 1 + below(m, left < sizeof piece ? left : sizeof piece);
    memcpy(piece, input->bytes + from, length);
    insert(m, piece, length);
}

static void insert_word(mutant *m) {
    size_t count = 0;
    while (fuzz_words[count])
        count++;
    if (!count)
        return;
    const char *word = fuzz_words[below(m, count)];
    insert(m, (const uint8_t *)word, strlen(word));
}

/* One byte many times. */
static void repeat(mutant *m) {
    uint8_t run[200];
    memset(run, m->length ? m->bytes[below(m, m->length)] : 0, sizeof run);
    insert(m, run, 1 + below(m, sizeof run));
}

size_t fuzz_mutate(iso_random *random, uint8_t *out) {
    static void (*const changes[])(mutant *) = {flip, set,    set_number,  cut,
                                                cut,  splice, insert_word, repeat};
    mutant m = {.bytes = out, .random = random};
    const fuzz_input *from = &fuzz_inputs[below(&m, fuzz_input_count)];
    m.length = from->length < FUZZ_LONGEST ? from->length : FUZZ_LONGEST;
    memcpy(out, from->bytes, m.length);
    for (size_t n = 1 + below(&m, 4); n; n--)
        changes[below(&m, sizeof changes / sizeof *changes)](&m);
    return m.length;
}
