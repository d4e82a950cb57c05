//@ op      dropout
//@ variant vectors
//@ width   16
//@ local   1 16
//@ tile    1 256
//@ default gpu
//
// x[r][j] times `scale` where it is kept, zero where not; forward and backward alike, each through its
// STORE. Element e = r * columns + j of step s draws word e % 4 of the counter (purpose, layer, e / 4, s)
// and is dropped if its uniform is below `rate`; the step's number is the last of its scalars.
// One work-item per 16 columns of a row.

#define DROPOUT 3 // ISO_RANDOM_DROPOUT of host/base/random.h

kernel void dropout(const uint rows, const uint columns, const uint ldx, const uint layer, const uint seed_low,
                    const uint seed_high, const float rate, const float scale, global const uint *restrict state,
                    global const float *restrict scalars, global const float *restrict x, STORE_PARAMS) {
    const uint row = get_global_id(1), column = get_global_id(0) * 16;
    if (row >= rows || column >= columns)
        return;
    const uint step = as_uint(scalars[SCALARS * (size_t)state[STATE_STEP] + SCALARS - 1]);
    const ulong seed = (ulong)seed_high << 32 | seed_low, element = (ulong)row * columns + column;
    uint draws[20];
    float factor[16];
    for (uint i = 0; i < 5; ++i)
        vstore4(iso_philox(seed, DROPOUT, layer, (ulong)step << 32 | (uint)(element / 4 + i)), i, draws);
    for (uint i = 0; i < 16; ++i)
        factor[i] = iso_uniform(draws[element % 4 + i]) < rate ? 0.0f : scale;
    STORE16(vload16(0, x + (size_t)row * ldx + column) * vload16(0, factor), row, column);
}
