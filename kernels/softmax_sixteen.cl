//@ op      softmax
//@ variant sixteen
//@ width   16
//@ local   1
//@ tile    16
//@ default cpu
//
// p[r][j] = exp(z[r][j] - m) / S, with m the row's largest z and S the sum in the contract's order.
// One work-item per 16 rows (rows16.h). z and p may be the same buffer.

// Up to 16 columns: all of it with a row in each lane.
static inline void softmax_few(const rows16 *of, const uint rows, const uint columns, const uint ld,
                               global float *p) {
    F e[16], sum = C(0.0f);
    rows16_load(of, 0, e);
    F largest = e[0];
    SIXTEEN(k) if (k < columns) largest = SELECT(e[k] > largest, e[k], largest);
    SIXTEEN(k) {
        if (k < columns)
            sum = sum + (e[k] = FN(exp)(e[k] - largest));
        else
            e[k] = C(0.0f);
    }
    const rows16_divisor d = rows16_divide_by(sum);
    SIXTEEN(k) if (k < columns) e[k] = rows16_share(e[k], d.by, d.y, d.low);
    iso_turn16(e, e);
    SIXTEEN(r) if (r < rows) SAVE(e[r], p + r * ld);
}

kernel void softmax(const uint all, const uint columns, const uint ld, global const float *z,
                    global float *p) {
    const uint first = get_global_id(0) * 16;
    if (first >= all)
        return;
    const uint rows = min(all - first, 16u);
    const rows16 of = rows16_at(z + (size_t)first * ld, ld, rows);
    global float *to = p + (size_t)first * ld;
    if (columns <= 16) {
        softmax_few(&of, rows, columns, ld, to);
        return;
    }
    I winner;
    const F largest = rows16_largest(&of, columns, &winner);
    const rows16_divisor d = rows16_divide_by(rows16_exp_sum(&of, rows, columns, largest, to, ld));
    float by[16], y[16], low[16];
    SAVE(d.by, by);
    SAVE(d.y, y);
    SAVE(d.low, low);
    for (uint r = 0; r < rows; r++, to += ld)
        for (uint column = 0; column < columns; column += WIDTH) {
            F share = rows16_share(LOAD(to + column), C(by[r]), C(y[r]), C(low[r]));
            if (column + WIDTH > columns)
                share = KEEP(share, column, columns);
            SAVE(share, to + column);
        }
}
