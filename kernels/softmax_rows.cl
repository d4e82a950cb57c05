//@ op      softmax
//@ variant rows
//@ knob    LANES 16 1 4            columns of a row at a time
//@ knob    ROWS 4 1 16 32           rows per work-group
//@ width   LANES
//@ local   ROWS
//@ tile    ROWS
//@ default gpu LANES=4 ROWS=32
//
// p[r][j] = exp(z[r][j] - m) / S, with m the row's largest z and S the sum in the contract's order.
// One work-item per row. z and p may be the same buffer.

kernel void softmax(const uint rows, const uint columns, const uint ld, global const float *z,
                    global float *p) {
    const uint row = get_global_id(0);
    if (row >= rows)
        return;
    global const float *from = z + (size_t)row * ld;
    global float *to = p + (size_t)row * ld;
    const float largest = row_largest(from, columns, false);
    const float sum = row_exp_sum(from, columns, largest, to);
    for (uint column = 0; column < columns; column += WIDTH)
        SAVE(KEEP(FN(flush)(FN(divide)(LOAD(to + column), C(sum))), column, columns), to + column);
}
