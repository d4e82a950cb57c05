//@ op      conv_forward
//@ variant local
//@ knob    FILTERS 4 1 2 8        of a work-item
//@ knob    ITEMS 64 32 128        work-items of a work-group
//@ local   1 ITEMS
//@ tile    1 FILTERS
//@ default gpu if N>1 && 10*GROUPS>=19*UNITS
//@ default gpu FILTERS=1 ITEMS=128
//
// As conv_forward_naive.cl says. For GPUs: a work-item has a pixel of some filters, so that it reads an input
// once for all of them; their weights are in local memory, a chunk at a time. Neighbours read
// neighbouring inputs. One work-group per so many filters and sample, its pixels in turn.

// Weights first..end - 1 of the filters from `filter` on: [term][filter].
static inline void bring_weights(global const float *w, const uint ldw, const uint filter, const uint first,
                                 const uint end, local float *weights) {
    for (uint i = get_local_id(0); i < (end - first) * FILTERS; i += ITEMS) {
        const uint k = i % (end - first), f = i / (end - first);
        weights[k * FILTERS + f] = w[(size_t)min(filter + f, (uint)OUT_C - 1) * ldw + first + k];
    }
}

// Terms from..to - 1 of a channel, for the window that begins at (top, left) of its plane.
static inline __attribute__((always_inline)) void
add_taps(global const float *plane, local const float *weights, const uint from, const uint to,
         const int top, const int left, float sum[FILTERS]) {
    EACH_TAP(tap)
        if (tap >= from && tap < to) {
            const float value = pixel_or_zero(plane, top + (int)(tap / KERNEL_W), left + (int)(tap % KERNEL_W));
            EACH(f, FILTERS) sum[f] = fma(value, weights[tap * FILTERS + f], sum[f]);
        }
}

static inline __attribute__((always_inline)) void
add_chunk(global const float *image, local const float *weights, const uint first, const uint end,
          const int top, const int left, float sum[FILTERS]) {
    for (uint channel = first / TAPS; channel * TAPS < end; ++channel) {
        const uint begin = channel * TAPS;
        local const float *at = weights + ((int)begin - (int)first) * FILTERS;
        global const float *plane = image + channel * IN_AREA;
        if (begin >= first && begin + TAPS <= end)
            add_taps(plane, at, 0, TAPS, top, left, sum);
        else
            add_taps(plane, at, max(first, begin) - begin, min(end - begin, (uint)TAPS), top, left, sum);
    }
}

kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void conv_forward(const uint rows, const uint ldx, const uint ldw, global const float *restrict x,
                  global const float *restrict w, STORE_PARAMS) {
    local float weights[LEAST(CHUNK, TERMS) * FILTERS] __attribute__((aligned(16)));
    const uint filter = get_group_id(0) * FILTERS, sample = get_group_id(1);
    global const float *image = x + (size_t)sample * ldx;
    for (uint before = 0; before < OUT_AREA; before += ITEMS) {
        const uint pixel = min(before + (uint)get_local_id(0), (uint)OUT_AREA - 1);
        const int top = (int)(pixel / OUT_W * STRIDE_H) - PAD_H, left = (int)(pixel % OUT_W * STRIDE_W) - PAD_W;
        float total[FILTERS];
        for (uint first = 0; first < TERMS; first += CHUNK) {
            const uint end = min(first + CHUNK, (uint)TERMS);
            float sum[FILTERS];
            EACH(f, FILTERS) sum[f] = 0.0f;
            barrier(CLK_LOCAL_MEM_FENCE);
            bring_weights(w, ldw, filter, first, end, weights);
            barrier(CLK_LOCAL_MEM_FENCE);
            add_chunk(image, weights, first, end, top, left, sum);
            EACH(f, FILTERS) total[f] = first == 0 ? sum[f] : total[f] + sum[f];
        }
        EACH(f, FILTERS)
            if (filter + f < OUT_C && before + get_local_id(0) < OUT_AREA)
                STORE(total[f], sample, (filter + f) * OUT_AREA + pixel);
    }
}
