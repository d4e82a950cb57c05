//@ op      conv_gradient
//@ variant chunks
//@ width   16
//@ local   1 1
//@ tile    16 1048576
//@ default cpu
//
// As conv_gradient_naive.cl says. One work-item per chunk and 16 filters, which are the lanes of its
// vectors: the sums of a few rows of the kernel stay in registers while the places of the chunk go by,
// their error terms turned beforehand and the inputs broadcast. The places are taken sample by sample.

#define BAND LEAST(OUT_H, (CHUNK - 2) / OUT_W + 2) // rows of a sample's output that a chunk may have
#define BAND_H ((BAND - 1) * STRIDE_H + KERNEL_H)
#define BLOCKS ((OUT_C + 15) / 16)
#define SUMS 26 // at once in registers: of several channels, or of some lines of the kernel
#define GROUP MOST(1, LEAST(IN_C, SUMS / TAPS))
#define LINES LEAST(KERNEL_H, MOST(1, SUMS / KERNEL_W))

// Add `count` places, from `column` of an output row on, to CHANNELS * HIGH * KERNEL_W sums. `at` is
// where the row's first window begins.
#define ADD_PLACES(name, CHANNELS, HIGH)                                                                               \
    static inline void name(const float *at, const float16 *delta, uint column, uint count, float16 *sums) {           \
        float16 sum[(CHANNELS) * (HIGH) * KERNEL_W];                                                                   \
        EACH(i, (CHANNELS) * (HIGH) * KERNEL_W) sum[i] = sums[i];                                                      \
        for (; count > 0; column = 0, at += STRIDE_H * REACH_W) {                                                      \
            const uint end = min(column + count, (uint)OUT_W);                                                         \
            count -= end - column;                                                                                     \
            for (; column < end; ++column, ++delta) {                                                                  \
                const float *from = at + column * STRIDE_W;                                                            \
                EACH(c, CHANNELS) EACH(line, HIGH) EACH(i, KERNEL_W) {                                                 \
                    const float16 value = (float16)(from[(c * BAND_H + line) * REACH_W + i]);                          \
                    sum[(c * (HIGH) + line) * KERNEL_W + i] =                                                          \
                        fma(*delta, value, sum[(c * (HIGH) + line) * KERNEL_W + i]);                                   \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        EACH(i, (CHANNELS) * (HIGH) * KERNEL_W) sums[i] = sum[i];                                                      \
    }
ADD_PLACES(add_group, GROUP, KERNEL_H)
ADD_PLACES(add_lines, 1, LINES)
ADD_PLACES(add_line, 1, 1)

static inline void add_places(const float *image, const float16 *delta, const uint column, const uint count, float16 *sums) {
    uint channel = 0;
    for (; LINES == KERNEL_H && channel + GROUP <= IN_C; channel += GROUP)
        add_group(image + channel * BAND_H * REACH_W, delta, column, count, sums + channel * TAPS);
    for (; channel < IN_C; ++channel) {
        uint line = 0;
        for (; line + LINES <= KERNEL_H; line += LINES)
            add_lines(image + (channel * BAND_H + line) * REACH_W, delta, column, count, sums + (channel * KERNEL_H + line) * KERNEL_W);
        for (; line < KERNEL_H; ++line)
            add_line(image + (channel * BAND_H + line) * REACH_W, delta, column, count, sums + (channel * KERNEL_H + line) * KERNEL_W);
    }
}

// turned[i] = the error terms of 16 filters at pixel i; zero where there is no filter.
static inline void turn_deltas(global const float *delta, const uint pixel, const uint count, const uint filters,
                               float16 *turned) {
    for (uint at = 0; at < count; at += 16) {
        const uint whole = pixel + at + 16 <= OUT_AREA;
        float16 block[16];
        EACH(i, 16) {
            global const float *from = delta + min(i, filters - 1) * OUT_AREA + pixel + at;
            float lanes[16] = {0.0f};
            for (uint j = 0; !whole && j < OUT_AREA - pixel - at; ++j)
                lanes[j] = from[j];
            block[i] = i < filters ? (whole ? vload16(0, from) : vload16(0, lanes)) : (float16)(0.0f);
        }
        iso_turn16(block, block);
        EACH(i, 16) turned[at + i] = block[i];
    }
}

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void conv_gradient(const uint rows, const uint ldx, const uint ldd, const uint first, global const float *restrict x,
                   global const float *restrict delta, global float *restrict partial) {
    const uint part = get_group_id(1) / BLOCKS, filter = get_group_id(1) % BLOCKS * 16;
    const uint begin = (first + part) * CHUNK, end = min(begin + CHUNK, rows * OUT_AREA);
    float16 sums[TERMS + 1], turned[CHUNK + 15];
    float image[IN_C * BAND_H * REACH_W];
    for (uint k = 0; k <= TERMS; ++k)
        sums[k] = (float16)(0.0f);
    for (uint place = begin; place < end;) {
        const uint row = place / OUT_AREA, pixel = place % OUT_AREA, top = pixel / OUT_W;
        const uint count = min(end - place, OUT_AREA - pixel);
        const uint lines = (pixel + count - 1) / OUT_W - top;
        turn_deltas(delta + (size_t)row * ldd + filter * OUT_AREA, pixel, count, min(16u, OUT_C - filter), turned);
        copy_rows(x + (size_t)row * ldx, top * STRIDE_H, BAND_H, lines * STRIDE_H + KERNEL_H, image);
        add_places(image, turned, pixel % OUT_W, count, sums);
        for (uint i = 0; i < count; ++i)
            sums[TERMS] = sums[TERMS] + turned[i];
        place += count;
    }
    global float *to = partial + ((size_t)part * BLOCKS + filter / 16) * (TERMS + 1) * 16;
    for (uint k = 0; k <= TERMS; ++k)
        vstore16(sums[k], k, to);
}
