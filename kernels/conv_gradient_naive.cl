//@ op      conv_gradient
//@ variant naive
//@ local   1 64
//@ tile    1 64
//
// The gradients of a convolution's weights and biases are sums over (sample, row, column) of its error
// terms, for a weight times the input there. This makes the sums of chunks of 256 places:
// partial[chunk - first][filter / 16][k][filter % 16] is that of weight k of a filter, or of its bias
// for k = TERMS, over the places from 256 * chunk on; zero where there is no such filter. conv_join
// and conv_bias add them. Sizes are macros, see window.h. One work-item per sum.

kernel void conv_gradient(const uint rows, const uint ldx, const uint ldd, const uint first,
                          global const float *restrict x, global const float *restrict delta,
                          global float *restrict partial) {
    const uint filters = (OUT_C + 15) / 16 * 16;
    const uint k = get_global_id(0), part = get_global_id(1) / filters, filter = get_global_id(1) % filters;
    if (k > TERMS)
        return;
    const uint begin = (first + part) * CHUNK, end = min(begin + CHUNK, rows * OUT_AREA);
    float sum = 0.0f;
    for (uint place = begin; place < end && filter < OUT_C; ++place) {
        const uint sample = place / OUT_AREA, pixel = place % OUT_AREA;
        const float d = delta[(size_t)sample * ldd + filter * OUT_AREA + pixel];
        const int row = (int)(pixel / OUT_W * STRIDE_H + k % TAPS / KERNEL_W) - PAD_H;
        const int column = (int)(pixel % OUT_W * STRIDE_W + k % KERNEL_W) - PAD_W;
        const bool inside = row >= 0 && row < IN_H && column >= 0 && column < IN_W && k < TERMS;
        const size_t at = (size_t)sample * ldx + k / TAPS * IN_AREA + row * IN_W + column;
        sum = k == TERMS ? sum + d : fma(d, inside ? x[at] : 0.0f, sum);
    }
    partial[((part * (filters / 16) + filter / 16) * (size_t)(TERMS + 1) + k) * 16 + filter % 16] = sum;
}
