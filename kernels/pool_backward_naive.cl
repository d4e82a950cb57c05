//@ op      pool_backward
//@ variant naive
//@ local   1 64
//@ tile    1 1
//@ default gpu
//
// The error that arrives at an input: the sum over the windows that chose it (POOL_MAX), or that have
// it, in ascending order of their error terms; for a mean times `scale`. The host sees to it that
// they are 256 at most, which is one chunk. x is what was pooled. Handed to STORE as (sample, input).
// Sizes are macros, see window.h. One work-group per channel and sample, its pixels in turn.

#ifdef POOL_MAX
// The place of a window's first largest element, in the plane.
static inline uint choice(global const float *plane, const uint first) {
    uint chosen = first;
    for (uint tap = 1; tap < TAPS; ++tap) {
        const uint at = first + tap / KERNEL_W * IN_W + tap % KERNEL_W;
        chosen = plane[at] > plane[chosen] || plane[at] != plane[at] ? at : chosen;
    }
    return chosen;
}
#endif

static inline float error_at(global const float *plane, global const float *error, const uint pixel) {
    const uint y = pixel / IN_W, x = pixel % IN_W;
    const uint first_row = y < KERNEL_H ? 0 : (y - KERNEL_H) / STRIDE_H + 1;
    const uint first_column = x < KERNEL_W ? 0 : (x - KERNEL_W) / STRIDE_W + 1;
    float sum = 0.0f;
    for (uint row = first_row; row * STRIDE_H <= y && row < OUT_H; ++row)
        for (uint column = first_column; column * STRIDE_W <= x && column < OUT_W; ++column) {
#ifdef POOL_MAX
            if (choice(plane, row * STRIDE_H * IN_W + column * STRIDE_W) != pixel)
                continue;
#endif
            sum = sum + error[row * OUT_W + column];
        }
    return sum;
}

kernel void pool_backward(const uint rows, const uint ldx, const uint ldd, const float scale, global const float *restrict x,
                          global const float *restrict delta, STORE_PARAMS) {
    const uint channel = get_group_id(0), sample = get_group_id(1);
    global const float *plane = x + (size_t)sample * ldx + channel * IN_AREA;
    global const float *error = delta + (size_t)sample * ldd + channel * OUT_AREA;
    for (uint pixel = get_local_id(0); pixel < IN_AREA; pixel += get_local_size(0)) {
        const float sum = error_at(plane, error, pixel);
#ifdef POOL_MAX
        STORE(sum, sample, channel * IN_AREA + pixel);
#else
        STORE(sum * scale, sample, channel * IN_AREA + pixel);
#endif
    }
}
