//@ op      dropout
//@ variant blocks
//@ width   16
//@ local   4 4
//@ tile    4 256
//@ default cpu
//
// As dropout_vectors.cl says, with the draws of 16 counters at once. One work-item per 64 columns of a
// row.
//
// A lane of 64 bits holds a word of the counter below, and what does not matter above: the product of two
// words is one multiplication then, and its high word one shift.

#define DROPOUT 3 // ISO_RANDOM_DROPOUT of host/base/random.h
#define WORD ((ulong8)(0xffffffffu))

// The draws of the counters from {DROPOUT, layer, index, step} on, in order.
static inline void draw_blocks(const uint2 seed, const uint layer, const uint index, const uint step,
                               uint16 draws[4]) {
    ulong8 c0[2], c1[2], c2[2], c3[2];
    uint2 key = seed;
#pragma unroll
    for (uint i = 0; i < 2; i++) {
        c0[i] = (ulong8)(DROPOUT);
        c1[i] = (ulong8)(layer);
        c2[i] = (ulong8)(index + 8 * i) + (ulong8)(0, 1, 2, 3, 4, 5, 6, 7);
        c3[i] = (ulong8)(step);
    }
#pragma unroll
    for (uint round = 0; round < 10; round++) {
#pragma unroll
        for (uint i = 0; i < 2; i++) {
            const ulong8 a = (c0[i] & WORD) * (ulong8)(0xD2511F53u);
            const ulong8 b = (c2[i] & WORD) * (ulong8)(0xCD9E8D57u);
            c0[i] = (b >> 32) ^ c1[i] ^ (ulong8)(key.x);
            c2[i] = (a >> 32) ^ c3[i] ^ (ulong8)(key.y);
            c1[i] = b;
            c3[i] = a;
        }
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
#pragma unroll
    for (uint i = 0; i < 2; i++) {
        const ulong8 x = (c0[i] & WORD) | (c1[i] << 32), y = (c2[i] & WORD) | (c3[i] << 32);
        draws[2 * i] = as_uint16((ulong8)(x.s0, y.s0, x.s1, y.s1, x.s2, y.s2, x.s3, y.s3));
        draws[2 * i + 1] = as_uint16((ulong8)(x.s4, y.s4, x.s5, y.s5, x.s6, y.s6, x.s7, y.s7));
    }
}

kernel void dropout(const uint rows, const uint columns, const uint ldx, const uint layer, const uint seed_low,
                    const uint seed_high, const float rate, const float scale, global const uint *restrict state,
                    global const float *restrict scalars, global const float *restrict x, STORE_PARAMS) {
    const uint row = get_global_id(1), first = get_global_id(0) * 64;
    if (row >= rows || first >= columns)
        return;
    const uint step = as_uint(scalars[SCALARS * (size_t)state[STATE_STEP] + SCALARS - 1]);
    const ulong element = (ulong)row * columns + first;
    const uint index = (uint)(element / 4), late = (uint)element % 4;
    const float most = rate * 0x1p24f; // draw >> 8 is below it where (draw >> 8) 2^-24 is below the rate
    uint16 draws[4];
    float factor[80];
    draw_blocks((uint2)(seed_low, seed_high), layer, index, step, draws);
#pragma unroll
    for (uint i = 0; i < 4; i++)
        SAVE(SELECT(TO_F(draws[i] >> 8) < C(most), C(0.0f), C(scale)), factor + 16 * i);
    if (late) { // the row's first element is not a counter's first draw
        const ulong seed = (ulong)seed_high << 32 | seed_low;
        const uint4 more = iso_philox(seed, DROPOUT, layer, (ulong)step << 32 | (uint)(index + 16));
        factor[64] = iso_uniform(more.x) < rate ? 0.0f : scale;
        factor[65] = iso_uniform(more.y) < rate ? 0.0f : scale;
        factor[66] = iso_uniform(more.z) < rate ? 0.0f : scale;
    }
    for (uint i = 0; i < 4 && first + 16 * i < columns; i++) {
        const uint column = first + 16 * i;
        STORE16(LOAD(x + (size_t)row * ldx + column) * LOAD(factor + late + 16 * i), row, column);
    }
}
