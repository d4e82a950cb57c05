//@ op      pool_forward
//@ variant naive
//@ local   1 64
//@ tile    1 1
//@ default gpu
//
// The largest of every window (POOL_MAX; of equal ones the first, and a NaN is larger than anything),
// or its mean: the sum in the contract's order, times `scale`, which is 1 / (KERNEL_H KERNEL_W)
// rounded. Handed to STORE as (sample, unit), a unit being (channel, row, column). Windows lie
// within the image. Sizes are macros, see window.h. One work-group per channel and
// sample, its pixels in turn.

static inline float pooled(global const float *window, const float scale) {
    float most = window[0], sum = 0.0f, total = 0.0f;
    for (uint tap = 0; tap < TAPS; ++tap) {
        const float value = window[tap / KERNEL_W * IN_W + tap % KERNEL_W];
        most = value > most || value != value ? value : most;
        sum = sum + value;
        if ((tap + 1) % CHUNK == 0 || tap + 1 == TAPS) {
            total = tap < CHUNK ? sum : total + sum;
            sum = 0.0f;
        }
    }
#ifdef POOL_MAX
    return most;
#else
    return total * scale;
#endif
}

kernel void pool_forward(const uint rows, const uint ldx, const float scale, global const float *restrict x, STORE_PARAMS) {
    const uint channel = get_group_id(0), sample = get_group_id(1);
    global const float *plane = x + (size_t)sample * ldx + channel * IN_AREA;
    for (uint pixel = get_local_id(0); pixel < OUT_AREA; pixel += get_local_size(0)) {
        const uint window = pixel / OUT_W * STRIDE_H * IN_W + pixel % OUT_W * STRIDE_W;
        STORE(pooled(plane + window, scale), sample, channel * OUT_AREA + pixel);
    }
}
