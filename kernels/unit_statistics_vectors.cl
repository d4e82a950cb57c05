//@ op      unit_statistics
//@ variant vectors
//@ width   16
//@ local   1
//@ tile    16
//@ default cpu
//
// As unit_statistics_columns.cl says. One work-item per 16 units.

#define FLAT 0.01f

kernel void unit_statistics(const uint rows, const uint columns, const uint ld,
                            global const float *restrict z, global const float *restrict a,
                            global const float *restrict delta, global float *restrict out) {
    const uint column = get_global_id(0) * WIDTH;
    if (column >= columns)
        return;
    F sum = C(0.0f), error_sum = C(0.0f), norm = C(0.0f), flat = C(0.0f);
    for (uint row = 0; row < rows; ++row) {
        const size_t at = (size_t)row * ld + column;
        const F error = LOAD(delta + at), value = LOAD(a + at);
        sum = sum + value;
        error_sum = error_sum + error;
        norm = FMA(error, error, norm);
#ifdef SLOPE
        flat = flat + SELECT(FABS(CALL(SLOPE)(LOAD(z + at), value)) < C(FLAT), C(1.0f), C(0.0f));
#endif
    }
    const F mean = FN(divide)(sum, C(convert_float(rows)));
    const F error_mean = FN(divide)(error_sum, C(convert_float(rows)));
    F squares = C(0.0f), error_squares = C(0.0f);
    for (uint row = 0; row < rows; ++row) {
        const size_t at = (size_t)row * ld + column;
        const F distance = LOAD(a + at) - mean, error = LOAD(delta + at) - error_mean;
        squares = FMA(distance, distance, squares);
        error_squares = FMA(error, error, error_squares);
    }
    const F all[] = {mean, squares, error_mean, error_squares, norm, flat};
    for (uint i = 0; i < 6; i++) { // rows without padding
        float lanes[16];
        SAVE(all[i], lanes);
        for (uint lane = 0; lane < 16 && column + lane < columns; lane++)
            out[i * columns + column + lane] = lanes[lane];
    }
}
