//@ op      pool_backward
//@ variant planes
//@ width   16
//@ knob    SAMPLES 4 1 2 8 16       per work-group
//@ local   1 1
//@ tile    SAMPLES 1048576
//@ default cpu
//
// As pool_backward_naive.cl says. One work-item per sample or some; every window's error term is added
// to its inputs in a copy of the plane, window after window.

#ifdef POOL_MAX
// For 16 neighbouring windows the place of the first largest element, from where the first begins.
static inline void choose(const float *window, uint *chosen) {
    float16 most = load_apart(window);
    uint16 first = (uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) * (uint)STRIDE_W, place = first;
    for (uint tap = 1; tap < TAPS; ++tap) {
        const uint offset = tap / KERNEL_W * IN_W + tap % KERNEL_W;
        const float16 value = load_apart(window + offset);
        const int16 better = (value > most) | (value != value);
        most = select(most, value, better);
        place = select(place, first + offset, better);
    }
    vstore16(place, 0, chosen);
}
#endif

// The error terms of `count` neighbouring windows, the first of which begins at `first`.
static inline void add_windows(const float *plane, global const float *error, const uint count, const uint first, float *sum) {
#ifdef POOL_MAX
    uint chosen[16];
    choose(plane + first, chosen);
    for (uint i = 0; i < count; ++i)
        sum[first + chosen[i]] = sum[first + chosen[i]] + error[i];
#else
    for (uint i = 0; i < count; ++i)
        EACH(y, KERNEL_H) EACH(x, KERNEL_W) {
            const uint at = first + i * STRIDE_W + y * IN_W + x;
            sum[at] = sum[at] + error[i];
        }
#endif
}

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void pool_backward(const uint rows, const uint ldx, const uint ldd, const float scale, global const float *restrict x,
                   global const float *restrict delta, STORE_PARAMS) {
    float plane[IN_AREA + 16 * STRIDE_W], sum[IN_AREA];
    const uint first = get_group_id(1) * SAMPLES;
    for (uint row = first; row < min(first + SAMPLES, rows); ++row)
        for (uint channel = 0; channel < IN_C; ++channel) {
            global const float *error = delta + (size_t)row * ldd + channel * OUT_AREA;
            for (uint i = 0; i < IN_AREA; ++i) {
                plane[i] = x[(size_t)row * ldx + channel * IN_AREA + i];
                sum[i] = 0.0f;
            }
            for (uint line = 0; line < OUT_H; ++line)
                for (uint column = 0; column < OUT_W; column += 16)
                    add_windows(plane, error + line * OUT_W + column, min(16u, OUT_W - column),
                                line * STRIDE_H * IN_W + column * STRIDE_W, sum);
#ifndef POOL_MAX
            for (uint i = 0; i < IN_AREA; ++i)
                sum[i] = sum[i] * scale;
#endif
            store_plane(sum, IN_AREA, row, channel * IN_AREA, STORE_NAMES);
        }
}
