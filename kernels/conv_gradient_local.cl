//@ op      conv_gradient
//@ variant local
//@ knob    ITEMS 64 32 128        work-items of a work-group
//@ knob    PLACES 64 32           of a chunk that are in local memory at a time
//@ local   1 ITEMS
//@ tile    16 ITEMS
//@ default gpu
//
// As conv_gradient_naive.cl says. For GPUs: a work-item has a weight of 16 filters, so that it reads an input
// once for all of them. The error terms are in local memory, some of a chunk's places at a time, and
// where the windows of these places begin, so that nobody divides in the inner loop.

// Places from `place` on, `count` of them: [place][filter], and the windows' samples and corners.
static inline void bring_places(global const float *delta, const uint ldd, const uint place, const uint count,
                                const uint filter, local float *errors, local int *corners) {
    for (uint i = get_local_id(0); i < count * 16; i += ITEMS) {
        const uint at = place + i % count, f = min(filter + i / count, (uint)OUT_C - 1);
        errors[i % count * 16 + i / count] = delta[(size_t)(at / OUT_AREA) * ldd + f * OUT_AREA + at % OUT_AREA];
    }
    for (uint i = get_local_id(0); i < count; i += ITEMS) {
        const uint pixel = (place + i) % OUT_AREA;
        corners[3 * i] = (int)((place + i) / OUT_AREA);
        corners[3 * i + 1] = (int)(pixel / OUT_W * STRIDE_H) - PAD_H;
        corners[3 * i + 2] = (int)(pixel % OUT_W * STRIDE_W) - PAD_W;
    }
}

// The input that a weight meets in one of these windows.
static inline float input_at(global const float *plane, const uint ldx, local const int *corner, const int line,
                             const int across) {
    return pixel_or_zero(plane + (size_t)corner[0] * ldx, corner[1] + line, corner[2] + across);
}

#define AHEAD 8 // inputs that are read before the first of them is used

kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void conv_gradient(const uint rows, const uint ldx, const uint ldd, const uint first,
                   global const float *restrict x, global const float *restrict delta,
                   global float *restrict partial) {
    local float errors[PLACES * 16] __attribute__((aligned(16)));
    local int corners[PLACES * 3];
    const uint blocks = (OUT_C + 15) / 16, k = get_global_id(0);
    const uint part = get_group_id(1) / blocks, filter = get_group_id(1) % blocks * 16;
    // A bias's gradient is that of a weight whose input is always 1: the same bits.
    const bool weight = k < TERMS;
    const int line = (int)(k % TAPS / KERNEL_W), across = (int)(k % KERNEL_W);
    global const float *plane = x + (weight ? k / TAPS : 0) * IN_AREA;
    const uint begin = (first + part) * CHUNK;
    float sum[16];
    EACH(f, 16) sum[f] = 0.0f;
    for (uint before = 0; before < CHUNK; before += PLACES) {
        const uint place = min(begin + before, rows * OUT_AREA), count = min((uint)PLACES, rows * OUT_AREA - place);
        barrier(CLK_LOCAL_MEM_FENCE);
        bring_places(delta, ldd, place, count, filter, errors, corners);
        barrier(CLK_LOCAL_MEM_FENCE);
        uint i = 0;
        for (; i + AHEAD <= count; i += AHEAD) {
            float value[AHEAD];
            EACH(a, AHEAD) value[a] = weight ? input_at(plane, ldx, corners + 3 * (i + a), line, across) : 1.0f;
            EACH(a, AHEAD) EACH(f, 16) sum[f] = fma(errors[(i + a) * 16 + f], value[a], sum[f]);
        }
        for (; i < count; ++i) {
            const float value = weight ? input_at(plane, ldx, corners + 3 * i, line, across) : 1.0f;
            EACH(f, 16) sum[f] = fma(errors[i * 16 + f], value, sum[f]);
        }
    }
    global float *to = partial + (((size_t)part * blocks + filter / 16) * (TERMS + 1) + min(k, (uint)TERMS)) * 16;
    EACH(f, 16)
        if (k <= TERMS)
            to[f] = filter + f < OUT_C ? sum[f] : 0.0f;
}
