//@ op      square_sums
//@ variant chunks
//@ local   16
//@ tile    16
//@ default cpu
//
// partial[c] = the sum of squares of one chunk of a matrix, elements in row-major order without the
// padding: the parts of the gradient's norm. One work-item per chunk.

kernel void square_sums(const uint chunks, const uint rows, const uint columns, const uint ld,
                        global const float *restrict x, const uint first,
                        global float *restrict partial) {
    const size_t chunk = get_global_id(0), count = (size_t)rows * columns;
    if (chunk >= chunks)
        return;
    size_t at = chunk * CHUNK;
    const size_t end = min(at + CHUNK, count);
    float sum = 0.0f;
    for (; at < end; at++) {
        const float value = x[at / columns * ld + at % columns];
        sum = fma(value, value, sum);
    }
    partial[first + chunk] = sum;
}
