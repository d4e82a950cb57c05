//@ op      conv_forward
//@ variant naive
//@ local   1 64
//@ tile    1 1
//
// z[sample][filter][row][column] = the sum over (channel, row, column) of a window of the sample times
// the filter's weights w[filter][channel][row][column], in chunks of 256 terms; places outside the
// image are terms of zero. Handed to STORE as (sample, unit), a unit being (filter, row, column).
// Sizes are macros, see window.h. One work-group per filter and sample, its pixels in turn.

static inline float dot_product(global const float *image, global const float *weight, const int top, const int left) {
    float total = 0.0f;
    for (uint first = 0; first < TERMS; first += CHUNK) {
        const uint end = min((uint)first + CHUNK, (uint)TERMS);
        float sum = 0.0f;
        for (uint k = first; k < end; ++k) {
            const int row = top + (int)(k % TAPS / KERNEL_W), column = left + (int)(k % KERNEL_W);
            const bool inside = row >= 0 && row < IN_H && column >= 0 && column < IN_W;
            const float value = inside ? image[k / TAPS * IN_AREA + row * IN_W + column] : 0.0f;
            sum = fma(value, weight[k], sum);
        }
        total = first == 0 ? sum : total + sum;
    }
    return total;
}

kernel void conv_forward(const uint rows, const uint ldx, const uint ldw, global const float *restrict x,
                         global const float *restrict w, STORE_PARAMS) {
    const uint filter = get_group_id(0), sample = get_group_id(1);
    global const float *image = x + (size_t)sample * ldx, *weight = w + (size_t)filter * ldw;
    for (uint pixel = get_local_id(0); pixel < OUT_AREA; pixel += get_local_size(0)) {
        const int top = (int)(pixel / OUT_W * STRIDE_H) - PAD_H, left = (int)(pixel % OUT_W * STRIDE_W) - PAD_W;
        STORE(dot_product(image, weight, top, left), sample, filter * OUT_AREA + pixel);
    }
}
