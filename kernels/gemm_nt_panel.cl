//@ op      gemm_nt
//@ variant panel
//@ width   16
//@ knob    COLUMNS 512 64 128     columns of C per work-group: how often a packed strip is used
//@ knob    STRIPS 1 4             strips of 32 rows per work-group
//@ knob    NEXT 1 0               1: fetch the next rows of B while working on these
//@ local   1 1
//@ tile    32*STRIPS COLUMNS
//@ default cpu COLUMNS=512 STRIPS=4 if M>32 && 10*GROUPS>=19*UNITS
//@ default cpu COLUMNS=512 STRIPS=1 if N>128 && 10*GROUPS>=19*UNITS
//@ default cpu COLUMNS=128 STRIPS=1
//
// C[M,N] = A[M,K] * B[N,K]^T, row-major; any M, N, K >= 1; masks its own edges; writes every element of C once,
// through STORE16(value, row, column), and never reads it.
//
// For CPUs: one work-item per work-group and explicit vectors. Both operands lie along k, and the terms of
// a sum keep their order, so the lanes of a vector must be different rows of A or of B: one of
// them has to be turned. A is (activations; B is the weights, which are larger): 32 of its rows become a
// strip, k by k, 32 KiB per chunk of 256, in the first-level cache for all columns of the group.
//
// The heart is product(): 8 columns of C (rows of B) by two float16 (rows of A) stand in 16 registers while
// k walks through a chunk. Per step of k that is two vectors of the strip, eight elements of B
// broadcast, sixteen fmas: the multipliers are the limit, not the loads. Where 9 or 10 columns remain, as in
// a layer of ten classes, it takes them all; where there are no others, narrow() does, and packs nothing.
// NEXT hides the wait for memory.
// Chunks follow each other in `total`, as rule 4 wants it, which holds C turned and is turned back by the same
// shuffles on its way out.

#if defined(__x86_64__) && NEXT
#define FETCH(p) __builtin_prefetch((const void *)(size_t)(p), 0, 2)
#else
#define FETCH(p)
#endif

// Four k of 16 rows: to[k] = A[0..15][k]; rows after the last repeat it. Quarters of four rows meet in a
// vector while they are loaded, which spares half of the shuffles.
static inline __attribute__((always_inline)) void
pack4(global const float *a, const size_t lda, const uint last, float16 to[4]) {
    float16 from[4];
    EACH(i, 4) {
        const float4 p = LOAD4(a + min(i, last) * lda), q = LOAD4(a + min(i + 4, last) * lda);
        const float4 r = LOAD4(a + min(i + 8, last) * lda), s = LOAD4(a + min(i + 12, last) * lda);
        from[i] = JOIN(p, q, r, s);
    }
    iso_turn4(from, to);
}

// Half a strip: strip[2 * k] = A[0..15][k].
static inline void pack(const uint depth, global const float *a, const uint lda, const uint last,
                        float16 *strip) {
    for (size_t k = 0; k < depth; k += 4) {
        float16 columns[4];
        pack4(a + k, lda, last, columns);
        EACH(i, 4) strip[2 * (k + i)] = columns[i];
    }
}

// TALL columns of one strip of 32 rows, all of K, where a packed one would be used but once: it stays in
// registers, and its shuffles hide between the fmas.
static inline void narrow(const uint K, global const float *a, const size_t lda, global const float *b,
                          const size_t ldb, const uint last, float16 *total) {
    for (uint first = 0; first < K; first += CHUNK) {
        const size_t depth = min((uint)CHUNK, K - first);
        global const float *row[TALL];
        float16 sum[TALL][2];
        EACH(c, TALL) {
            row[c] = b + (size_t)min(c, last) * ldb + first;
            sum[c][0] = sum[c][1] = (float16)(0.0f);
        }
#define ADD(i)                                                                                    \
    EACH(c, TALL) {                                                                                \
        const float16 e = (float16)(row[c][k + i]);                                                \
        sum[c][0] = fma(e, left[i], sum[c][0]);                                                    \
        sum[c][1] = fma(e, right[i], sum[c][1]);                                                   \
    }
#pragma unroll 1
        for (size_t k = 0; k < depth; k += 4) {
            float16 left[4], right[4];
            pack4(a + first + k, lda, LANES - 1, left);
            pack4(a + first + k + LANES * lda, lda, LANES - 1, right);
            if (k + 4 <= depth)
                EACH(i, 4) ADD(i)
            else
                EACH(i, 3) if (k + i < depth) ADD(i)
        }
        EACH(c, TALL) EACH(h, 2)
            total[2 * c + h] = first == 0 ? sum[c][h] : total[2 * c + h] + sum[c][h];
    }
}

// `high` columns of one chunk: total = or += B[0..high)[0..depth) * the strip, of which one or two halves
// exist.
static inline __attribute__((always_inline)) void
product(const uint high, const uint halves, const uint first, const size_t depth, global const float *b,
        const uint ldb, const uint last, const float16 *strip, float16 *total) {
    global const float *row[TALL];
    float16 sum[TALL][2];
    EACH(c, high) {
        row[c] = b + (size_t)min(c, last) * ldb;
        EACH(h, halves) sum[c][h] = (float16)(0.0f);
    }
#define STEP(k)                                                                                    \
    EACH(c, high) {                                                                                \
        const float16 e = (float16)(row[c][k]);                                                    \
        EACH(h, halves) sum[c][h] = fma(e, strip[2 * (k) + h], sum[c][h]);                         \
    }
    size_t left = depth; // rows are walked along: with an index LLVM 15 needs more registers than there are
#if NEXT
    const size_t next = (size_t)HIGH * ldb;
#pragma unroll 1
    for (; high == HIGH && left >= LANES; left -= LANES) { // a cache line of each row
        EACH(c, HIGH) FETCH(row[c] + next);
        EACH(i, LANES) STEP(i)
        EACH(c, HIGH) row[c] += LANES;
        strip += 2 * LANES;
    }
#pragma unroll 1
#else
#pragma unroll 4
#endif
    for (size_t k = 0; k < left; ++k)
        STEP(k)
    EACH(c, high) EACH(h, halves)
        total[2 * c + h] = first == 0 ? sum[c][h] : total[2 * c + h] + sum[c][h];
}

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_nt(const uint M, const uint N, const uint K, const uint lda, const uint ldb,
             global const float *restrict A, global const float *restrict B, STORE_PARAMS) {
    const part across = part_of(N, get_group_id(0), COLUMNS, LANES);
    // The last strip may be of few rows. It goes first: PoCL gives half of the groups to the first thread.
    const uint high = STRIPS * 2 * LANES, last = (M - 1) / high;
    const part down = part_of(M, last - get_group_id(1), high, 2 * LANES);
    const uint column = across.first, columns = across.count;
    const uint row = down.first, rows = down.count, halves = (rows + LANES - 1) / LANES;
    float16 strip[CHUNK * 2];
    float16 total[STRIPS][(COLUMNS + LANES) * 2];

    uint done = 0; // rows
    for (; is_tall(columns) && done + 2 * LANES <= rows; done += 2 * LANES)
        narrow(K, A + (size_t)(row + done) * lda, lda, B + (size_t)column * ldb, ldb, columns - 1,
               total[done / LANES / 2]);
    for (uint first = 0; first < K; first += CHUNK) {
        const uint depth = min((uint)CHUNK, K - first);
        for (uint h = done / LANES; h < halves; h += 2) {
            global const float *a = A + (size_t)(row + h * LANES) * lda + first;
            const bool both = h + 1 < halves;
            pack(depth, a, lda, rows - h * LANES - 1, strip);
            if (both)
                pack(depth, a + (size_t)LANES * lda, lda, rows - (h + 1) * LANES - 1, strip + 1);
            for (uint c = 0; c < columns;) {
                global const float *b = B + (size_t)(column + c) * ldb + first;
                float16 *t = &total[h / 2][2 * c];
                const uint last = columns - 1 - c;
                const bool tall = is_tall(columns - c);
                if (both && tall)
                    product(TALL, 2, first, depth, b, ldb, last, strip, t);
                else if (both)
                    product(HIGH, 2, first, depth, b, ldb, last, strip, t);
                else if (tall)
                    product(TALL, 1, first, depth, b, ldb, last, strip, t);
                else
                    product(HIGH, 1, first, depth, b, ldb, last, strip, t);
                c += tall ? TALL : HIGH;
            }
        }
    }
    for (uint h = 0; h < halves; ++h)
        for (uint c = 0; c < columns; c += LANES) {
            float16 columns[LANES], out[LANES];
            EACH(i, LANES) columns[i] = total[h / 2][2 * (c + i) + h % 2];
            iso_turn16(columns, out);
            for (uint r = 0; r < min((uint)LANES, rows - h * LANES); ++r)
                STORE16(out[r], row + h * LANES + r, column + c);
        }
}
