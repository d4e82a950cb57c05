//@ op      gemm_nn
//@ variant panel
//@ width   16
//@ knob    ROWS 128 64 256        rows of C per work-group: how often a packed strip is used
//@ knob    STRIPS 1 2 8           strips of 32 columns per work-group: how often A is read near by
//@ knob    AHEAD 16 0             rows of B fetched in advance while packing
//@ local   1 1
//@ tile    ROWS 32*STRIPS
//@ default cpu ROWS=256 STRIPS=8 if N>32 && 10*GROUPS>=19*UNITS
//@ default cpu ROWS=256 STRIPS=1
//
// C[M,N] = A[M,K] * B[K,N], row-major; any M, N, K >= 1; masks its own edges; writes every element of C once,
// through STORE16(value, row, column), and never reads it.
//
// For CPUs: one work-item per work-group and explicit vectors. The heart is product(): 8 rows by two
// float16 of C stand in 16 registers while k walks through one chunk of 256. Per step of k that is two
// vectors of B, eight elements of A broadcast, sixteen fmas: the multipliers are the limit, not the loads.
//
// A chunk of 32 columns of B is 32 KiB and stays in the first-level cache for all rows of the group, once it
// lies there without gaps: its rows are a whole row of B apart, often a power of two, and would evict
// each other. The first eight rows therefore read B itself and leave the strip behind as they go; the
// stores hide beneath the fmas, and AHEAD hides the wait for memory. Chunks follow each other in `total`, as
// rule 4 wants it; the results leave in one rolled loop, since an epilogue may be long.

#if defined(__x86_64__) && AHEAD
#define FETCH(p) __builtin_prefetch((const void *)(size_t)(p))
#else
#define FETCH(p)
#endif

// Eight rows of one chunk: total = or += A[0..7][0..depth) * B[0..depth)[0..31]. Where `pack`, b is B and
// its columns are copied to the strip, the right half starting `right` floats after the left.
static inline __attribute__((always_inline)) void
product(const bool pack, const uint first, const size_t depth, global const float *a, const uint lda,
        const uint last, global const float *b, const uint ldb, const uint right, float16 *strip,
        float16 *total) {
    global const float *row[HIGH];
    float16 sum[HIGH][2];
    EACH(r, HIGH) {
        row[r] = a + (size_t)min(r, last) * lda;
        sum[r][0] = sum[r][1] = (float16)(0.0f);
    }
#define STEP(k)                                                                                    \
    {                                                                                              \
        const float16 x = strip[2 * (k)], y = strip[2 * (k) + 1];                                  \
        EACH(r, HIGH) {                                                                            \
            const float16 e = (float16)(row[r][k]);                                                \
            sum[r][0] = fma(e, x, sum[r][0]);                                                      \
            sum[r][1] = fma(e, y, sum[r][1]);                                                      \
        }                                                                                          \
    }
    if (pack) { // unrolled, LLVM 15 would not keep all sums in registers
#pragma unroll 1
        for (size_t k = 0; k < depth; ++k, b += ldb) {
            FETCH(b + (size_t)AHEAD * ldb);
            FETCH(b + (size_t)AHEAD * ldb + right);
            strip[2 * k] = LOAD(b);
            strip[2 * k + 1] = LOAD(b + right);
            STEP(k)
        }
    } else {
#pragma unroll 4
        for (size_t k = 0; k < depth; ++k)
            STEP(k)
    }
    EACH(r, HIGH) EACH(v, 2)
        total[2 * r + v] = first == 0 ? sum[r][v] : total[2 * r + v] + sum[r][v];
}

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_nn(const uint M, const uint N, const uint K, const uint lda, const uint ldb,
             global const float *restrict A, global const float *restrict B, STORE_PARAMS) {
    const part across = part_of(N, get_group_id(0), STRIPS * 2 * LANES, 2 * LANES);
    const part down = part_of(M, get_group_id(1), ROWS, HIGH);
    const uint column = across.first, vectors = (across.count + LANES - 1) / LANES;
    const uint row = down.first, rows = down.count;
    float16 strip[CHUNK * 2];
    float16 total[STRIPS][ROWS * 2];

    for (uint first = 0; first < K; first += CHUNK) {
        const uint depth = min((uint)CHUNK, K - first);
        for (uint v = 0; v < vectors; v += 2) {
            global const float *b = B + (size_t)first * ldb + column + v * LANES;
            const uint right = v + 1 < vectors ? LANES : 0; // no vector there: take the left one twice
            for (uint r = 0; r < rows; r += HIGH) {
                global const float *a = A + (size_t)(row + r) * lda + first;
                float16 *t = &total[v / 2][2 * r];
                if (r == 0)
                    product(true, first, depth, a, lda, rows - 1, b, ldb, right, strip, t);
                else
                    product(false, first, depth, a, lda, rows - 1 - r, b, ldb, right, strip, t);
            }
        }
    }
    for (uint r = 0; r < rows; ++r)
        for (uint v = 0; v < vectors; ++v)
            STORE16(total[v / 2][2 * r + v % 2], row + r, column + v * LANES);
}
