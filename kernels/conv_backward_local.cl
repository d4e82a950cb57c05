//@ op      conv_backward
//@ variant local
//@ knob    CHANNELS 4 1 2 8       of a work-item
//@ knob    ITEMS 64 32 128        work-items of a work-group
//@ local   1 ITEMS
//@ tile    1 CHANNELS
//@ default gpu if N>1 && 10*GROUPS>=19*UNITS
//@ default gpu CHANNELS=1 ITEMS=128
//
// As conv_backward_naive.cl says. For GPUs: a work-item has a pixel of some channels, so that it reads an error
// term once for all of them; their weights are in local memory, a chunk at a time. Neighbours read
// neighbouring error terms. One work-group per so many channels and sample, its pixels in turn.

// The weights of terms first..end - 1, for the channels from `channel` on: [term][channel].
static inline void bring_weights(global const float *w, const uint ldw, const uint channel, const uint first,
                                 const uint end, local float *weights) {
    for (uint i = get_local_id(0); i < (end - first) * CHANNELS; i += ITEMS) {
        const uint k = first + i / CHANNELS, c = min(channel + i % CHANNELS, (uint)IN_C - 1);
        weights[i] = w[(size_t)(k / TAPS) * ldw + c * TAPS + (TAPS - 1 - k % TAPS)];
    }
}

// Terms from..to - 1 of a filter, for the input at (row, column) of the padded image.
static inline __attribute__((always_inline)) void
add_terms(global const float *error, local const float *weights, const uint from, const uint to,
          const int row, const int column, float sum[CHANNELS]) {
    EACH_TAP(term)
        if (term >= from && term < to) {
            const uint pixel = pixel_above(row, column, TAPS - 1 - term);
            const float d = pixel < OUT_AREA ? error[pixel] : 0.0f;
            // No branch, so that loads of other terms need not wait: 0 times 0 changes no sum.
            EACH(c, CHANNELS) sum[c] = fma(d != 0.0f ? weights[term * CHANNELS + c] : 0.0f, d, sum[c]);
        }
}

static inline __attribute__((always_inline)) void
add_chunk(global const float *error, local const float *weights, const uint first, const uint end,
          const int row, const int column, float sum[CHANNELS]) {
    for (uint filter = first / TAPS; filter * TAPS < end; ++filter) {
        const uint begin = filter * TAPS;
        local const float *at = weights + ((int)begin - (int)first) * CHANNELS;
        global const float *plane = error + filter * OUT_AREA;
        if (begin >= first && begin + TAPS <= end)
            add_terms(plane, at, 0, TAPS, row, column, sum);
        else
            add_terms(plane, at, max(first, begin) - begin, min(end - begin, (uint)TAPS), row, column, sum);
    }
}

kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void conv_backward(const uint rows, const uint ldd, const uint ldw, global const float *restrict delta,
                   global const float *restrict w, STORE_PARAMS) {
    local float weights[LEAST(CHUNK, OUT_C * TAPS) * CHANNELS] __attribute__((aligned(16)));
    const uint channel = get_group_id(0) * CHANNELS, sample = get_group_id(1);
    global const float *error = delta + (size_t)sample * ldd;
    for (uint before = 0; before < IN_AREA; before += ITEMS) {
        const uint pixel = min(before + (uint)get_local_id(0), (uint)IN_AREA - 1);
        const int row = (int)(pixel / IN_W) + PAD_H, column = (int)(pixel % IN_W) + PAD_W;
        float total[CHANNELS];
        for (uint first = 0; first < OUT_C * TAPS; first += CHUNK) {
            const uint end = min(first + CHUNK, (uint)(OUT_C * TAPS));
            float sum[CHANNELS];
            EACH(c, CHANNELS) sum[c] = 0.0f;
            barrier(CLK_LOCAL_MEM_FENCE);
            bring_weights(w, ldw, channel, first, end, weights);
            barrier(CLK_LOCAL_MEM_FENCE);
            add_chunk(error, weights, first, end, row, column, sum);
            EACH(c, CHANNELS) total[c] = first == 0 ? sum[c] : total[c] + sum[c];
        }
        EACH(c, CHANNELS)
            if (channel + c < IN_C && before + get_local_id(0) < IN_AREA)
                STORE(total[c], sample, (channel + c) * IN_AREA + pixel);
    }
}
