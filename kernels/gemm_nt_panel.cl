//@ op      gemm_nt
//@ variant panel
//@ width   16
//@ knob    SPAN 128 64 256
//@ local   1 1
//@ tile    SPAN 32
//@ default cpu
//
// C[M,N] = A[M,K] * B[N,K]^T, row-major; any M, N, K >= 1; masks its own edges; writes every element of C once,
// through STORE16(value, row, col), and never reads it.

#define CHUNK 256
#define HIGH 8
#define LANES 16
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < n; ++i)

#define START(sum) float16 sum[HIGH][2]; EACH(r, HIGH) sum[r][0] = sum[r][1] = (float16)(0.0f)
#define STEP(sum, a, k, x, y) EACH(r, HIGH) { const float16 e = (float16)(a[r][k]); sum[r][0] = fma(e, x, sum[r][0]); sum[r][1] = fma(e, y, sum[r][1]); }
#define FINISH(total, sum, first) EACH(r, HIGH) EACH(c, 2) total[2 * r + c] = first ? total[2 * r + c] + sum[r][c] : sum[r][c]

#define PAIRS_LOW(a, b) (float16)(a.s0, b.s0, a.s1, b.s1, a.s4, b.s4, a.s5, b.s5, a.s8, b.s8, a.s9, b.s9, a.sc, b.sc, a.sd, b.sd)
#define PAIRS_HIGH(a, b) (float16)(a.s2, b.s2, a.s3, b.s3, a.s6, b.s6, a.s7, b.s7, a.sa, b.sa, a.sb, b.sb, a.se, b.se, a.sf, b.sf)
#define HALVES_LOW(a, b) (float16)(a.s01, b.s01, a.s45, b.s45, a.s89, b.s89, a.scd, b.scd)
#define HALVES_HIGH(a, b) (float16)(a.s23, b.s23, a.s67, b.s67, a.sab, b.sab, a.sef, b.sef)

// Turns 16 rows of p into columns: strip[2 * k] = p[0..15][k].
static inline void pack(const uint depth, global const float *p, const uint ld, const uint last, float16 *strip) {
    global const float *row[LANES];
    EACH(i, LANES) row[i] = p + (size_t)min(i, last) * ld;
    for (size_t k = 0; k < depth; k += 4) {
        float16 q[4];
        EACH(j, 4) q[j] = (float16)(vload4(0, row[j] + k), vload4(0, row[j + 4] + k), vload4(0, row[j + 8] + k), vload4(0, row[j + 12] + k));
        const float16 a = PAIRS_LOW(q[0], q[1]), b = PAIRS_LOW(q[2], q[3]);
        const float16 c = PAIRS_HIGH(q[0], q[1]), d = PAIRS_HIGH(q[2], q[3]);
        strip[2 * k] = HALVES_LOW(a, b);
        strip[2 * k + 2] = HALVES_HIGH(a, b);
        strip[2 * k + 4] = HALVES_LOW(c, d);
        strip[2 * k + 6] = HALVES_HIGH(c, d);
    }
}

static inline void rows_packed(const size_t depth, global const float *p, const uint ld, const uint last,
                               const float16 *strip, float16 *total, const uint first) {
    global const float *row[HIGH];
    EACH(r, HIGH) row[r] = p + (size_t)min(r, last) * ld;
    START(sum);
#pragma unroll 4
    for (size_t k = 0; k < depth; ++k)
        STEP(sum, row, k, strip[2 * k], strip[2 * k + 1]);
    FINISH(total, sum, first);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_nt(const uint M, const uint N, const uint K, const uint lda, const uint ldb,
             global const float *restrict A, global const float *restrict B, STORE_PARAMS) {
    const uint col = get_group_id(0) * (2 * LANES), row = get_group_id(1) * SPAN;
    const uint rows = min((uint)SPAN, M - row), columns = min(2u * LANES, N - col);
    float16 strip[CHUNK * 2];
    float16 total[SPAN * 2];
    for (uint first = 0; first < K; first += CHUNK) {
        const uint depth = min((uint)CHUNK, K - first);
        global const float *b = B + (size_t)col * ldb + first;
        pack(depth, b, ldb, columns - 1, strip);
        if (columns > LANES)
            pack(depth, b + (size_t)LANES * ldb, ldb, columns - LANES - 1, strip + 1);
        for (uint r = 0; r < rows; r += HIGH)
            rows_packed(depth, A + (size_t)(row + r) * lda + first, lda, rows - r - 1, strip, total + r * 2, first);
    }
    for (uint r = 0; r < rows; ++r)
        for (uint c = 0; c < 2; ++c)
            if (c * LANES < columns)
                STORE16(total[r * 2 + c], row + r, col + c * LANES);
}
