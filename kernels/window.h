// What convolutions and poolings share: windows of KERNEL_H x KERNEL_W that move over an image in
// steps of STRIDE_H and STRIDE_W. Sizes are macros: IN_C IN_H IN_W, OUT_C OUT_H OUT_W, PAD_H rows of
// zeros above and PAD_W columns to the left (what is missing below and to the right is zeros as
// well). A sample is one row of a matrix: channel after channel, row after row, without padding.
#ifdef KERNEL_H
#define TAPS (KERNEL_H * KERNEL_W)
#define TERMS (IN_C * TAPS)
#define IN_AREA (IN_H * IN_W)
#define OUT_AREA (OUT_H * OUT_W)
// Rows and columns of the padded image that windows reach.
#define REACH_H ((OUT_H - 1) * STRIDE_H + KERNEL_H)
#define REACH_W ((OUT_W - 1) * STRIDE_W + KERNEL_W)

#define LEAST(a, b) ((a) < (b) ? (a) : (b))
#define MOST(a, b) ((a) > (b) ? (a) : (b))
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < (n); ++i)

// Unrolled, unless that would make too much of it.
#if TAPS <= 64
#define EACH_TAP(tap) EACH(tap, TAPS)
#else
#define EACH_TAP(tap) for (uint tap = 0; tap < TAPS; ++tap)
#endif

// A pixel of a plane; around it are zeros.
static inline float pixel_or_zero(global const float *plane, const int row, const int column) {
    if (PAD_H == 0 && PAD_W == 0 && REACH_H <= IN_H && REACH_W <= IN_W)
        return plane[row * IN_W + column];
    return row >= 0 && row < IN_H && column >= 0 && column < IN_W ? plane[row * IN_W + column] : 0.0f;
}

// Place `tap` of the kernel over (row, column) of the padded image: the pixel of the layer above whose
// window that is, or OUT_AREA where there is none.
static inline uint pixel_above(const int row, const int column, const uint tap) {
    const int down = row - (int)(tap / KERNEL_W), across = column - (int)(tap % KERNEL_W);
    const bool exists = down >= 0 && across >= 0 && down % STRIDE_H == 0 && across % STRIDE_W == 0 &&
                        down / STRIDE_H < OUT_H && across / STRIDE_W < OUT_W;
    return exists ? down / STRIDE_H * OUT_W + across / STRIDE_W : OUT_AREA;
}

#if WIDTH == 16
// Copy `count` rows of every channel of the padded image, from row `top` on, to image[IN_C][height][REACH_W].
static inline void copy_rows(global const float *x, const uint top, const uint height, const uint count, float *image) {
    const uint width = LEAST(IN_W, REACH_W - PAD_W);
    for (uint channel = 0; channel < IN_C; ++channel)
        for (uint row = 0; row < count; ++row) {
            float *to = image + (channel * height + row) * REACH_W;
            const int from = (int)(top + row) - PAD_H;
            const bool inside = from >= 0 && from < IN_H;
            global const float *line = x + channel * IN_AREA + (inside ? from : 0) * IN_W;
            for (uint i = 0; i < PAD_W; ++i)
                to[i] = 0.0f;
            for (uint i = 0; i < width; ++i)
                to[PAD_W + i] = inside ? line[i] : 0.0f;
            for (uint i = PAD_W + width; i < REACH_W; ++i)
                to[i] = 0.0f;
        }
}

// 16 floats STRIDE_W apart; reads up to 16 * STRIDE_W.
static inline float16 load_apart(const float *from) {
#if STRIDE_W == 1
    return vload16(0, from);
#elif STRIDE_W == 2
    const float16 a = vload16(0, from), b = vload16(1, from);
    return EVEN(a, b);
#else
    float lanes[16];
    EACH(i, 16) lanes[i] = from[i * STRIDE_W];
    return vload16(0, lanes);
#endif
}

#if defined(STORE_PARAMS)
// STORE `count` pixels of a plane: in vectors, the last of which overlaps the one before.
static inline void store_plane(const float *plane, const uint count, const uint row, const uint unit, STORE_PARAMS) {
    if (count < 16) {
        for (uint i = 0; i < count; ++i)
            STORE(plane[i], row, unit + i);
        return;
    }
    for (uint i = 0; i < count; i += 16) {
        const uint at = min(i, count - 16);
        STORE16(vload16(0, plane + at), row, unit + at);
    }
}

// STORE 16 pixels (or `count`, when fewer) of `channels` planes of `area`, of which block has the
// lanes; turns the block.
static inline void store_block(float16 *block, const uint count, const uint row, const uint unit,
                               const uint channels, const uint area, STORE_PARAMS) {
    iso_turn16(block, block);
    for (uint channel = 0; channel < channels; ++channel)
        if (count == 16)
            STORE16(block[channel], row, unit + channel * area);
        else {
            float lanes[16];
            vstore16(block[channel], 0, lanes);
            for (uint i = 0; i < count; ++i)
                STORE(lanes[i], row, unit + channel * area + i);
        }
}
#endif
#endif
#endif
