/* What the known-answer kernels must give, computed on the host from the same functions. The host's
 * own + - * and fma are IEEE 754's (built with -ffp-contract=off). */
#include "run/doctor_probes.h"

#include "base/numerics.h"

#include <math.h>

/* An operation's host side: an expression of the triple, as bits. */
#define ANSWER(name, bits)                                                                         \
    static uint32_t name(float a, float b, float c) {                                              \
        const uint32_t ua = iso_as_bits(a), ub = iso_as_bits(b);                                   \
        (void)c, (void)ua, (void)ub;                                                               \
        return bits;                                                                               \
    }
#define FUNCTION(name) ANSWER(answer_##name, iso_as_bits(iso_##name(a)))

ANSWER(answer_add, iso_as_bits(a + b))
ANSWER(answer_subtract, iso_as_bits(a - b))
ANSWER(answer_multiply, iso_as_bits(fmaf(a, b, 0.0f)))
ANSWER(answer_fma, iso_as_bits(fmaf(a, b, c)))
ANSWER(answer_less, iso_as_bits(a < b ? c : a))
ANSWER(answer_from_int, iso_as_bits((float)(int32_t)ua))
ANSWER(answer_int_multiply, ua *ub)
ANSWER(answer_high_word, (uint32_t)(((uint64_t)ua * ub) >> 32))
ANSWER(answer_shifts, (ua >> (ub & 31u)) ^ (ua << (ub >> 27)))
FUNCTION(exp)
FUNCTION(log)
FUNCTION(tanh)
FUNCTION(sigmoid)
FUNCTION(erf)
FUNCTION(sin)
FUNCTION(cos)
FUNCTION(rsqrt)
FUNCTION(sqrt)
FUNCTION(flush)
ANSWER(answer_flush_sign, (ua & 0x7fffffffu) > 0x7f800000u ? 0 : iso_as_bits(iso_flush(a)))
ANSWER(answer_divide, iso_as_bits(iso_divide(a, b)))

const iso_operation iso_operations[] = {
    {"add", 2, false, answer_add},
    {"subtract", 2, false, answer_subtract},
    {"multiply", 2, false, answer_multiply},
    {"fma", 3, false, answer_fma},
    {"compare and select", 3, false, answer_less},
    {"int to float", 1, false, answer_from_int},
    {"integer multiply", 2, true, answer_int_multiply},
    {"high word of a product", 2, true, answer_high_word},
    {"shifts", 2, true, answer_shifts},
    {"exp", 1, false, answer_exp},
    {"log", 1, false, answer_log},
    {"tanh", 1, false, answer_tanh},
    {"sigmoid", 1, false, answer_sigmoid},
    {"erf", 1, false, answer_erf},
    {"sin", 1, false, answer_sin},
    {"cos", 1, false, answer_cos},
    {"rsqrt", 1, false, answer_rsqrt},
    {"sqrt", 1, false, answer_sqrt},
    {"flush", 1, false, answer_flush},
    {"flush to +0", 1, true, answer_flush_sign},
    {"divide", 2, false, answer_divide},
};
const size_t iso_operation_count = sizeof iso_operations / sizeof *iso_operations;

/* --------------------------------------------------------------------------------- inputs -- */

/* Where implementations go wrong: zeros, subnormals, the ends of the range, ties. */
static const uint32_t special[] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x00400000, 0x007fffff, 0x00800000,
    0x80800000, 0x00800001, 0x34000000, 0x3effffff, 0x3f000000, 0x3f7fffff, 0x3f800000,
    0xbf800000, 0x3f800001, 0x40490fdb, 0x42b17218, 0xc2ce8ed0, 0xc2aeac50, 0x4b800000,
    0x7e800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000};
/* Triples for fma: one rounding and no other shows; then sums that are, or pass through,
 * subnormals. */
static const uint32_t triples[][3] = {
    {0x3f800800, 0x3f800800, 0xbf800000}, {0x3f800800, 0x3f800800, 0xbf801000},
    {0x3f7ff000, 0x3f801000, 0xbf800000}, {0x3fffffff, 0x3fffffff, 0xc07ffffe},
    {0x4b000001, 0x3f000001, 0xca800001}, {0x7f000000, 0x40000000, 0xff7fffff},
    {0x7f7fffff, 0x3f800001, 0xff7fffff}, {0x20000000, 0x1f800000, 0x00000001},
    {0x1f800000, 0x1f800000, 0x00000003}, {0x1f800000, 0x1f800001, 0x80400000},
    {0x00800000, 0x3f000000, 0x00000001}, {0x00800000, 0x3f800000, 0x80400000},
    {0x00800001, 0x3f7fffff, 0x80800000}, {0x3f800000, 0x00800000, 0x00000001}};
enum { SPECIALS = sizeof special / sizeof *special, TRIPLES = sizeof triples / sizeof *triples };

static uint32_t scatter(uint32_t x) { /* every bit of x moves every bit of the result */
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

/* 1.xxx times 2^0 .. 2^7, of either sign: numbers near enough for sums to round. */
static float ordinary(uint32_t seed) {
    const uint32_t bits = scatter(seed);
    return iso_as_float((bits & 0x83ffffffu) | 0x3c000000u);
}

void iso_probe_triple(size_t index, float out[3]) {
    const uint32_t i = (uint32_t)index;
    for (uint32_t k = 0; k < 3; k++)
        out[k] = ordinary(3 * i + k);
    if (i < TRIPLES) {
        for (uint32_t k = 0; k < 3; k++)
            out[k] = iso_as_float(triples[i][k]);
    } else if (i < 256) { /* a special number with a special or an ordinary one */
        out[0] = iso_as_float(special[i % SPECIALS]);
        if (i % 2)
            out[1] = iso_as_float(special[(i / SPECIALS * 7 + i) % SPECIALS]);
    } else if (i < 640) { /* the functions' whole range */
        out[0] = iso_as_float((i - 256) * (0xffffffffu / 384) ^ (scatter(i) >> 12));
        if (i % 2)
            out[1] = iso_as_float(scatter(i + 1000));
    }
}

static bool is_subnormal(uint32_t bits) { return !(bits & 0x7f800000u) && (bits & 0x007fffffu); }

bool iso_probe_subnormal(const iso_operation *operation, const float in[3], uint32_t answer) {
    if (operation->integer)
        return false;
    bool found = is_subnormal(answer);
    for (unsigned k = 0; k < operation->arity; k++)
        found = found || is_subnormal(iso_as_bits(in[k]));
    const double product = fabs((double)in[0] * (double)in[1]); /* exact in double */
    return found || (operation->answer == answer_fma && product > 0 && product < 0x1p-126);
}

/* ------------------------------------------------------------------------------- the sums -- */

static float term(uint32_t place, float scale) {
    const uint32_t hash = (place * 2654435761u) ^ (place >> 7);
    return ((float)(hash >> 9) * 0x1p-23f - 0.5f) * scale;
}

static void pass_words(uint32_t words[ISO_SUM_GROUP]) {
    uint32_t next[ISO_SUM_GROUP];
    for (int round = 0; round < 8; round++) {
        for (uint32_t i = 0; i < ISO_SUM_GROUP; i++)
            next[i] = words[(i + 1) % ISO_SUM_GROUP] * 3 + words[(i + 32) % ISO_SUM_GROUP];
        memcpy(words, next, sizeof next);
    }
}

void iso_sums_answer(float scale, iso_sums *out) {
    enum { CHUNK = 256 };
    for (uint32_t i = 0; i < ISO_SUM_ITEMS; i++) {
        float sum = 0;
        for (uint32_t k = 2 * i * CHUNK; k < 2 * (i + 1) * CHUNK; k += 2)
            sum = fmaf(term(k, scale), term(k + 1, scale), sum);
        out->chunks[i] = sum;
    }
    for (uint32_t group = 0; group < ISO_SUM_ITEMS; group += ISO_SUM_GROUP) {
        uint32_t words[ISO_SUM_GROUP];
        float total = out->chunks[group];
        for (uint32_t i = 1; i < ISO_SUM_GROUP; i++)
            total = total + out->chunks[group + i];
        for (uint32_t i = 0; i < ISO_SUM_GROUP; i++)
            words[i] = group + i + 1;
        pass_words(words);
        for (uint32_t i = 0; i < ISO_SUM_GROUP; i++) {
            out->totals[group + i] = total;
            out->words[group + i] = words[(i + 7) % ISO_SUM_GROUP];
        }
    }
}

/* ------------------------------------------------------------------------------- distances -- */

static bool is_nan(uint32_t bits) { return (bits & 0x7fffffffu) > 0x7f800000u; }

/* Bits as a number that grows with the float; both zeros are 0: the sign of a zero reaches no
 * result, since all that is stored was flushed (rule 3), and compilers drop the "+ 0" of a first
 * fma. */
static int64_t order(uint32_t bits) {
    const int64_t magnitude = bits & 0x7fffffffu;
    return bits >> 31 ? -magnitude : magnitude;
}

uint64_t iso_ulp_distance(uint32_t a, uint32_t b) {
    if (is_nan(a) || is_nan(b))
        return is_nan(a) && is_nan(b) ? 0 : ISO_FAR;
    const int64_t distance = order(a) - order(b);
    return (uint64_t)(distance < 0 ? -distance : distance);
}
