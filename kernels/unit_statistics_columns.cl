//@ op      unit_statistics
//@ variant columns
//@ local   16
//@ tile    16
//@ default gpu
//
// What every unit of a layer does over a batch of at most CHUNK rows, for --watch: STATISTICS rows of
// `columns` floats,
//   0, 1   the mean of its output a, and the sum of squares of the distances to it
//   2, 3   the same of its error term
//   4      the sum of the error term's squares
//   5      in how many rows it is flat: its slope f' (SLOPE of z and a, if there is one) is below 0.01
//          in magnitude, so that next to nothing of the error gets through
// Sums by rule 4 in the order of the rows. One work-item per unit.

#define FLAT 0.01f

static inline void moments(const uint rows, const uint ld, global const float *x, const uint columns,
                           global float *out) {
    float sum = 0.0f, squares = 0.0f;
    for (uint row = 0; row < rows; ++row)
        sum = sum + x[(size_t)row * ld];
    const float mean = iso_divide(sum, (float)rows);
    for (uint row = 0; row < rows; ++row) {
        const float distance = x[(size_t)row * ld] - mean;
        squares = fma(distance, distance, squares);
    }
    out[0] = mean;
    out[columns] = squares;
}

kernel void unit_statistics(const uint rows, const uint columns, const uint ld,
                            global const float *restrict z, global const float *restrict a,
                            global const float *restrict delta, global float *restrict out) {
    const uint column = get_global_id(0);
    if (column >= columns)
        return;
    float squares = 0.0f, flat = 0.0f;
    moments(rows, ld, a + column, columns, out + column);
    moments(rows, ld, delta + column, columns, out + 2 * columns + column);
    for (uint row = 0; row < rows; ++row) {
        const size_t at = (size_t)row * ld + column;
        squares = fma(delta[at], delta[at], squares);
#ifdef SLOPE
        flat += fabs(CALL(SLOPE)(z[at], a[at])) < FLAT ? 1.0f : 0.0f;
#endif
    }
    out[4 * columns + column] = squares;
    out[5 * columns + column] = flat;
}
