//@ op      conv_backward
//@ variant channels
//@ width   16
//@ knob    SAMPLES 4 1 2 8 16       per work-group
//@ local   1 1
//@ tile    SAMPLES 16
//@ default cpu
//
// As conv_backward_naive.cl says. One work-item per 16 channels, which are the lanes of its vectors: every
// error term that is not zero (after a relu or a max pooling few are) is added to all inputs of its
// window, filter after filter, row after row, so that each input gets its terms in order. A band
// of rows of the padded image is made at a time.

#define CACHED 512 // pixels
#define BAND_H LEAST(REACH_H, MOST(1, CACHED / REACH_W))

// weights[filter * TAPS + tap] = those of 16 channels; lanes beyond the last channel repeat it.
static inline void turn_weights(global const float *w, const uint ldw, const uint last, float16 *weights) {
    for (uint filter = 0; filter < OUT_C; ++filter)
        for (uint tap = 0; tap < TAPS; ++tap) {
            global const float *from = w + (size_t)filter * ldw + tap;
            float lanes[16];
            EACH(i, 16) lanes[i] = from[min(i, last) * TAPS];
            weights[filter * TAPS + tap] = vload16(0, lanes);
        }
}

// One error term to its window; `at` is the window's first place.
static inline void add_window(const float d, const float16 *weights, float16 *at) {
    EACH(line, KERNEL_H)
        EACH(i, KERNEL_W)
            at[line * REACH_W + i] = fma(weights[line * KERNEL_W + i], (float16)(d), at[line * REACH_W + i]);
}

// The same for terms from..to - 1 of the window alone, and rows of the band alone; `line` is the
// band's row where the window begins.
static inline void add_part(const float d, const float16 *weights, const uint from, const uint to, const int line,
                            float16 *at) {
    for (uint term = from; term < to; ++term) {
        const uint tap = TAPS - 1 - term;
        const int row = line + (int)(tap / KERNEL_W);
        if (row >= 0 && row < BAND_H) {
            float16 *place = at + row * REACH_W + tap % KERNEL_W;
            *place = fma(weights[tap], (float16)(d), *place);
        }
    }
}

// Terms from..to - 1 of every window of one filter, into the band of rows from `top` on.
static inline void add_filter(global const float *delta, const float16 *weights, const uint from, const uint to,
                              const uint top, float16 *sum) {
    const uint low = top < KERNEL_H ? 0 : (top - KERNEL_H) / STRIDE_H;
    const uint high = min((uint)OUT_H, (top + BAND_H - 1) / STRIDE_H + 1);
    for (uint row = low; row < high; ++row)
        for (uint column = 0; column < OUT_W; ++column) {
            const float d = delta[row * OUT_W + column];
            const int line = (int)(row * STRIDE_H) - (int)top;
            if (d == 0.0f)
                continue;
            if (BAND_H == REACH_H && from == 0 && to == TAPS)
                add_window(d, weights, sum + (row * REACH_W * STRIDE_H + column * STRIDE_W));
            else
                add_part(d, weights, from, to, line, sum + column * STRIDE_W);
        }
}

// All terms, chunk after chunk; total is the last chunk's place when there is only one.
static inline void add_all(global const float *delta, const float16 *weights, const uint top, float16 *sum, float16 *total) {
    for (uint first = 0; first < OUT_C * TAPS; first += CHUNK) {
        const uint end = min((uint)first + CHUNK, (uint)(OUT_C * TAPS));
        for (uint i = 0; i < BAND_H * REACH_W; ++i)
            sum[i] = (float16)(0.0f);
        for (uint filter = first / TAPS; filter * TAPS < end; ++filter) {
            const uint begin = filter * TAPS;
            add_filter(delta + filter * OUT_AREA, weights + begin, first > begin ? first - begin : 0,
                       min(end - begin, (uint)TAPS), top, sum);
        }
        for (uint i = 0; i < BAND_H * REACH_W; ++i)
            total[i] = first == 0 ? sum[i] : total[i] + sum[i];
    }
}

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void conv_backward(const uint rows, const uint ldd, const uint ldw, global const float *restrict delta,
                   global const float *restrict w, STORE_PARAMS) {
    const uint channel = get_group_id(0) * 16, sample = get_group_id(1) * SAMPLES;
    const uint channels = min(16u, IN_C - channel);
    float16 weights[OUT_C * TAPS], sum[BAND_H * REACH_W], total[BAND_H * REACH_W];
    turn_weights(w + channel * TAPS, ldw, channels - 1, weights);
    for (uint row = sample; row < min(sample + SAMPLES, rows); ++row)
        for (uint top = 0; top < PAD_H + IN_H; top += BAND_H) {
            // Rows of the band within the image, without padding; windows may not reach the last.
            const uint from = max(top, (uint)PAD_H), to = min(top + BAND_H, (uint)(PAD_H + IN_H));
            if (top < REACH_H)
                add_all(delta + (size_t)row * ldd, weights, top, sum, total);
            const uint pixels = to > from ? (to - from) * IN_W : 0, count = min(pixels, 16u);
            for (uint next = 0; next < pixels; next += 16) {
                const uint first = min(next, pixels - count);
                float16 block[16];
                EACH(j, 16) {
                    const uint pixel = first + min(j, count - 1);
                    const uint y = from + pixel / IN_W, x = PAD_W + pixel % IN_W;
                    block[j] = y < REACH_H && x < REACH_W ? total[(y - top) * REACH_W + x] : (float16)(0.0f);
                }
                store_block(block, count, row, channel * IN_AREA + (from - PAD_H) * IN_W + first, channels, IN_AREA, STORE_NAMES);
            }
        }
}
