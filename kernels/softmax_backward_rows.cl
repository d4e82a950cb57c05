//@ op      softmax_backward
//@ variant rows
//@ knob    LANES 16 1 4            columns of a row at a time
//@ knob    ROWS 4 1 16 32           rows per work-group
//@ width   LANES
//@ local   ROWS
//@ tile    ROWS
//@ default gpu LANES=4 ROWS=32
//
// delta[r][j] = p_j (g_j - sum of g_k p_k) * scale: the full derivative of a softmax layer, from its
// output p and the error g that arrives there. The sum keeps the contract's order. One work-item
// per row; delta holds g on entry.

kernel void softmax_backward(const uint rows, const uint columns, const uint ld, const float scale,
                             global const float *restrict p_in, global float *restrict delta) {
    const uint row = get_global_id(0);
    if (row >= rows)
        return;
    global const float *p = p_in + (size_t)row * ld;
    global float *g = delta + (size_t)row * ld;
    float mean = 0.0f;
    for (uint j = 0; columns <= CHUNK && j < columns; j++)
        mean = fma(g[j], p[j], mean);
    for (uint begin = 0; columns > CHUNK && begin < columns; begin += ABREAST * CHUNK) {
        float sum[ABREAST] = {0.0f};
        for (uint j = begin; j < begin + CHUNK && j < columns; j++)
#pragma unroll
            for (uint at = j, c = 0; c < ABREAST; at += CHUNK, c++)
                if (at < columns)
                    sum[c] = fma(g[at], p[at], sum[c]);
        for (uint c = 0; c < ABREAST && begin + c * CHUNK < columns; c++)
            mean = begin + c == 0 ? sum[c] : mean + sum[c];
    }
    for (uint column = 0; column < columns; column += WIDTH) {
        const F change = LOAD(p + column) * (LOAD(g + column) - C(mean));
        SAVE(KEEP(FN(flush)(change * C(scale)), column, columns), g + column);
    }
}
