//@ op      conv_forward
//@ variant filters
//@ width   16
//@ knob    SAMPLES 4 1 2 8 16       per work-group
//@ local   1 1
//@ tile    SAMPLES 16
//@ default cpu
//
// As conv_forward_naive.cl says. One work-item per 16 filters, which are the lanes of its vectors: 16
// pixels at a time, whose inputs are broadcast. Weights are turned once per work-item; a band of
// the padded image that fits the cache is copied, so that inner loops see no edges.
//
// Few filters would leave most lanes idle. Where that costs more, the lanes are pixels, 32 at a time for
// 8 filters, whose weights are broadcast: the padded image is taken as one row, so that some lanes
// between two rows of windows are computed for nothing, and left out when they are stored.

#define HIGH 16
#define CACHED 12288 // floats
#define BAND_H LEAST(REACH_H, MOST(KERNEL_H, CACHED / (IN_C * REACH_W)))
#define BAND ((BAND_H - KERNEL_H) / STRIDE_H + 1) // rows of the output

// weights[k] = those of 16 filters; lanes beyond the last filter repeat it.
static inline void turn_weights(global const float *w, const uint ldw, const uint last, float16 *weights) {
    for (uint k = 0; k < TERMS; k += 16) {
        float16 block[16];
        EACH(i, 16) block[i] = vload16(0, w + (size_t)min(i, last) * ldw + k);
        iso_turn16(block, block);
        EACH(i, 16) weights[k + i] = block[i];
    }
}

// A chunk is complete: its sums join the totals.
static inline void fold(float16 *sum, float16 *total, const bool first) {
    EACH(j, HIGH) {
        total[j] = first ? sum[j] : total[j] + sum[j];
        sum[j] = (float16)(0.0f);
    }
}

// The terms of one line of the kernel, for 16 pixels whose windows begin at row + base[j].
static inline void add_line(const float *row, const uint *base, const float16 *weights, float16 *sum) {
    EACH(j, HIGH) {
        const float *at = row + base[j];
        EACH(i, KERNEL_W) sum[j] = fma(weights[i], (float16)(at[i]), sum[j]);
    }
}

// Some of them.
static inline void add_terms(const float *row, const uint *base, const float16 *weights, const uint from, const uint to,
                             float16 *sum) {
    for (uint i = from; i < to; ++i)
        EACH(j, HIGH) sum[j] = fma(weights[i], (float16)(row[base[j] + i]), sum[j]);
}

static inline void dot_products(const float *image, const uint *base, const float16 *weights, float16 *total) {
    float16 sum[HIGH];
    EACH(j, HIGH) sum[j] = (float16)(0.0f);
    uint k = 0;
    for (uint channel = 0; channel < IN_C; ++channel)
        for (uint line = 0; line < KERNEL_H; ++line, k += KERNEL_W) {
            const float *row = image + (channel * BAND_H + line) * REACH_W;
            const uint room = CHUNK - k % CHUNK; // in this chunk
            if (TERMS <= CHUNK || room > KERNEL_W) {
                add_line(row, base, weights + k, sum);
                continue;
            }
            add_terms(row, base, weights + k, 0, room, sum);
            fold(sum, total, k < CHUNK);
            add_terms(row, base, weights + k, room, KERNEL_W, sum);
        }
    if (TERMS % CHUNK != 0)
        fold(sum, total, TERMS < CHUNK);
}

#define PLANES 8
#define ACROSS ((OUT_H * REACH_W + 31) / 32 * 32)
#define LANES_ARE_PIXELS (STRIDE_H == 1 && STRIDE_W == 1 && TERMS <= CHUNK && IN_C * REACH_H * REACH_W <= CACHED && \
                          (OUT_C + PLANES - 1) / PLANES * PLANES * ACROSS < (OUT_C + 15) / 16 * 16 * OUT_AREA)
#if LANES_ARE_PIXELS
// The sums of 8 filters; planes[filter] is as the image is, REACH_W from row to row.
static inline void add_planes(const float *image, const float *weights, float *planes) {
    for (uint at = 0; at < ACROSS; at += 32) {
        float16 sum[PLANES][2];
        EACH(f, PLANES) sum[f][0] = sum[f][1] = (float16)(0.0f);
        const float *weight = weights;
        for (uint channel = 0; channel < IN_C; ++channel)
            for (uint line = 0; line < KERNEL_H; ++line, weight += KERNEL_W) {
                const float *row = image + (channel * REACH_H + line) * REACH_W + at;
                EACH(i, KERNEL_W) {
                    const float16 left = vload16(0, row + i), right = vload16(1, row + i);
                    EACH(f, PLANES) {
                        const float16 e = (float16)(weight[f * TERMS + i]);
                        sum[f][0] = fma(e, left, sum[f][0]);
                        sum[f][1] = fma(e, right, sum[f][1]);
                    }
                }
            }
        EACH(f, PLANES) EACH(h, 2) vstore16(sum[f][h], 0, planes + f * ACROSS + at + 16 * h);
    }
}

// Rows of windows closed up; what a row's last vector has too many, the next row overwrites.
static inline void close_up(const float *plane, float *out) {
    for (uint row = 0; row < OUT_H; ++row)
        for (uint column = 0; column < OUT_W; column += 16)
            vstore16(vload16(0, plane + row * REACH_W + column), 0, out + row * OUT_W + column);
}

static inline void by_pixels(const uint filter, const uint from, const uint to, const uint ldx, const uint ldw,
                             global const float *x, global const float *w, STORE_PARAMS) {
    float image[IN_C * REACH_H * REACH_W + 32 + REACH_W], planes[PLANES * ACROSS + 16], out[OUT_AREA + 15];
    float weights[PLANES * TERMS];
    const uint last = OUT_C - 1 - filter, filters = min((uint)PLANES, OUT_C - filter);
    for (uint f = 0; f < PLANES; ++f)
        for (uint k = 0; k < TERMS; ++k)
            weights[f * TERMS + k] = w[(size_t)(filter + min(f, last)) * ldw + k];
    for (uint i = 0; i < 32 + REACH_W; ++i)
        image[IN_C * REACH_H * REACH_W + i] = 0.0f;
    for (uint row = from; row < to; ++row) {
        copy_rows(x + (size_t)row * ldx, 0, REACH_H, REACH_H, image);
        add_planes(image, weights, planes);
        for (uint f = 0; f < filters; ++f) {
            close_up(planes + f * ACROSS, out);
            store_plane(out, OUT_AREA, row, (filter + f) * OUT_AREA, STORE_NAMES);
        }
    }
}
#endif

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void conv_forward(const uint rows, const uint ldx, const uint ldw, global const float *restrict x,
                  global const float *restrict w, STORE_PARAMS) {
    const uint filter = get_group_id(0) * 16, sample = get_group_id(1) * SAMPLES;
    const uint filters = min(16u, OUT_C - filter);
#if LANES_ARE_PIXELS
    for (uint f = 0; f < filters; f += PLANES)
        by_pixels(filter + f, sample, min(sample + SAMPLES, rows), ldx, ldw, x, w, STORE_NAMES);
#else
    float16 weights[TERMS + 15], total[HIGH];
    float image[IN_C * BAND_H * REACH_W];
    turn_weights(w + (size_t)filter * ldw, ldw, filters - 1, weights);
    for (uint row = sample; row < min(sample + SAMPLES, rows); ++row)
        for (uint top = 0; top < OUT_H; top += BAND) {
            const uint pixels = min((uint)BAND, OUT_H - top) * OUT_W, count = min(pixels, (uint)HIGH);
            copy_rows(x + (size_t)row * ldx, top * STRIDE_H, BAND_H, BAND_H, image);
            for (uint next = 0; next < pixels; next += HIGH) {
                const uint first = min(next, pixels - count); // the last tile overlaps the one before
                uint base[HIGH];
                EACH(j, HIGH) {
                    const uint pixel = first + min(j, count - 1);
                    base[j] = pixel / OUT_W * STRIDE_H * REACH_W + pixel % OUT_W * STRIDE_W;
                }
                dot_products(image, base, weights, total);
                store_block(total, count, row, filter * OUT_AREA + top * OUT_W + first, filters, OUT_AREA, STORE_NAMES);
            }
        }
#endif
}
