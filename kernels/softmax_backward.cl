//@ op      softmax_backward
//@ variant rows
//@ width   16
//@ knob    ROWS 4 1 16 64           rows per work-group
//@ local   ROWS
//@ tile    ROWS
//@ default cpu ROWS=4
//@ default gpu ROWS=64
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
    for (uint begin = 0; begin < columns; begin += CHUNK) {
        float chunk = 0.0f;
        for (uint j = begin; j < columns && j < begin + CHUNK; j++)
            chunk = fma(g[j], p[j], chunk);
        mean = begin == 0 ? chunk : mean + chunk;
    }
    for (uint column = 0; column < columns; column += WIDTH) {
        const F change = LOAD(p + column) * (LOAD(g + column) - C(mean));
        SAVE(KEEP(FN(flush)(change * C(scale)), column, columns), g + column);
    }
}
