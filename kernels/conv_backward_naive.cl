//@ op      conv_backward
//@ variant naive
//@ local   1 64
//@ tile    1 1
//
// The error that arrives at an input (channel, row, column): the sum over all (filter, row, column) of
// the layer above whose window has it, of their error terms times the weight it has there. Ascending
// rows and columns of windows are descending ones of the kernel: term number k is filter k / TAPS
// at the kernel's place TAPS - 1 - k % TAPS, in chunks of 256, whether there is such a window or
// not. A term whose error term is zero is left out. Handed to STORE as (sample, input).
// Sizes are macros, see window.h. One work-group per channel and sample, its pixels in turn.

static inline float error_at(global const float *error, global const float *weight, const uint ldw, const int row, const int column) {
    float total = 0.0f;
    for (uint first = 0; first < OUT_C * TAPS; first += CHUNK) {
        const uint end = min((uint)first + CHUNK, (uint)(OUT_C * TAPS));
        float sum = 0.0f;
        for (uint k = first; k < end; ++k) {
            const uint filter = k / TAPS, tap = TAPS - 1 - k % TAPS, pixel = pixel_above(row, column, tap);
            const float d = pixel < OUT_AREA ? error[filter * OUT_AREA + pixel] : 0.0f;
            if (d != 0.0f)
                sum = fma(weight[(size_t)filter * ldw + tap], d, sum);
        }
        total = first == 0 ? sum : total + sum;
    }
    return total;
}

kernel void conv_backward(const uint rows, const uint ldd, const uint ldw, global const float *restrict delta,
                          global const float *restrict w, STORE_PARAMS) {
    const uint channel = get_group_id(0), sample = get_group_id(1);
    global const float *error = delta + (size_t)sample * ldd, *weight = w + channel * TAPS;
    for (uint pixel = get_local_id(0); pixel < IN_AREA; pixel += get_local_size(0)) {
        const int row = (int)(pixel / IN_W) + PAD_H, column = (int)(pixel % IN_W) + PAD_W;
        STORE(error_at(error, weight, ldw, row, column), sample, channel * IN_AREA + pixel);
    }
}
