//@ op      square_sums
//@ variant chunks
//@ local   16
//@ tile    16
//@ default gpu
//
// partial[c] = the sum of squares of one chunk of a matrix, elements in row-major order without the
// padding: the parts of the gradient's norm. One work-item per chunk.

kernel void square_sums(const uint chunks, const uint rows, const uint columns, const uint ld,
                        global const float *restrict x, const uint first,
                        global float *restrict partial) {
    const size_t chunk = get_global_id(0), count = (size_t)rows * columns;
    if (chunk >= chunks)
        return;
    const size_t begin = chunk * CHUNK, end = min(begin + CHUNK, count);
    size_t row = begin / columns;
    uint column = begin % columns;
    float sum = 0.0f;
    for (size_t at = begin; at < end; at++) {
        const float value = x[row * ld + column];
        sum = fma(value, value, sum);
        if (++column == columns) {
            column = 0;
            row++;
        }
    }
    partial[first + chunk] = sum;
}
