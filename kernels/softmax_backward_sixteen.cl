//@ op      softmax_backward
//@ variant sixteen
//@ width   16
//@ local   1
//@ tile    16
//@ default cpu
//
// delta[r][j] = p_j (g_j - sum of g_k p_k) * scale: the full derivative of a softmax layer, from its
// output p and the error g that arrives there. The sum keeps the contract's order. One work-item per 16
// rows (rows16.h); delta holds g on entry.

kernel void softmax_backward(const uint all, const uint columns, const uint ld, const float scale,
                             global const float *restrict p_in, global float *restrict delta) {
    const uint first = get_global_id(0) * 16;
    if (first >= all)
        return;
    const uint rows = min(all - first, 16u);
    const size_t at = (size_t)first * ld;
    const rows16 p = rows16_at(p_in + at, ld, rows), g = rows16_at(delta + at, ld, rows);
    rows16_sums sums = {C(0.0f), C(0.0f)};
    for (uint column = 0; column < columns; column += WIDTH) { // zeros behind the rows change nothing
        F a[16], b[16];
        rows16_load(&g, column, a);
        rows16_load(&p, column, b);
        rows16_turn_chunk(&sums, column);
        SIXTEEN(k) sums.chunk = FMA(a[k], b[k], sums.chunk);
    }
    float mean[16];
    SAVE(rows16_total(&sums, columns), mean);
    for (uint r = 0; r < rows; r++) {
        global float *to = delta + at + (size_t)r * ld;
        for (uint column = 0; column < columns; column += WIDTH) {
            F change = LOAD(p.row[r] + column) * (LOAD(to + column) - C(mean[r]));
            change = FN(flush)(change * C(scale));
            if (column + WIDTH > columns)
                change = KEEP(change, column, columns);
            SAVE(change, to + column);
        }
    }
}
