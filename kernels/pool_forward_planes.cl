//@ op      pool_forward
//@ variant planes
//@ width   16
//@ knob    SAMPLES 4 1 2 8 16       per work-group
//@ local   1 1
//@ tile    SAMPLES 1048576
//@ default cpu
//
// As pool_forward_naive.cl says. One work-item per sample or some: 16 neighbouring windows are the lanes
// of its vectors.

static inline float16 pooled(const float *window, const float scale) {
#ifdef POOL_MAX
    float16 most = load_apart(window);
    for (uint tap = 1; tap < TAPS; ++tap) {
        const float16 value = load_apart(window + tap / KERNEL_W * IN_W + tap % KERNEL_W);
        most = select(most, value, (value > most) | (value != value));
    }
    return most;
#else
    float16 total = (float16)(0.0f);
    for (uint first = 0; first < TAPS; first += CHUNK) {
        float16 sum = (float16)(0.0f);
        for (uint tap = first; tap < min((uint)TAPS, first + CHUNK); ++tap)
            sum = sum + load_apart(window + tap / KERNEL_W * IN_W + tap % KERNEL_W);
        total = first == 0 ? sum : total + sum;
    }
    return total * (float16)(scale);
#endif
}

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void pool_forward(const uint rows, const uint ldx, const float scale, global const float *restrict x, STORE_PARAMS) {
    float plane[IN_AREA + 16 * STRIDE_W], out[OUT_AREA + 15];
    const uint first = get_group_id(1) * SAMPLES;
    for (uint row = first; row < min(first + SAMPLES, rows); ++row)
        for (uint channel = 0; channel < IN_C; ++channel) {
            for (uint i = 0; i < IN_AREA; ++i)
                plane[i] = x[(size_t)row * ldx + channel * IN_AREA + i];
            // What a line's last vector has too many, the next line overwrites.
            for (uint line = 0; line < OUT_H; ++line)
                for (uint column = 0; column < OUT_W; column += 16)
                    vstore16(pooled(plane + line * STRIDE_H * IN_W + column * STRIDE_W, scale), 0, out + line * OUT_W + column);
            store_plane(out, OUT_AREA, row, channel * OUT_AREA, STORE_NAMES);
        }
}
