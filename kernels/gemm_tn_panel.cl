//@ op      gemm_tn
//@ variant panel
//@ width   16
//@ knob    ROWS 128 64 256
//@ knob    AHEAD 16 0 32
//@ local   1 1
//@ tile    ROWS 32
//@ default cpu
//
// C[M,N] = A[K,M]^T * B[K,N], row-major; any M, N, K >= 1; masks its own edges; writes every element of C once,
// through STORE16(value, row, col), and never reads it.

#define CHUNK 256
#define HIGH 8
#define LANES 16

#if defined(__x86_64__) && AHEAD
#define TOUCH(p) __builtin_prefetch((const void *)(size_t)(p), 0, 3)
#else
#define TOUCH(p)
#endif
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < n; ++i)

#define START(sum) float16 sum[HIGH][2]; EACH(r, HIGH) sum[r][0] = sum[r][1] = (float16)(0.0f)
#define STEP(sum, a, x, y) EACH(r, HIGH) { const float16 e = (float16)(a[r]); sum[r][0] = fma(e, x, sum[r][0]); sum[r][1] = fma(e, y, sum[r][1]); }
#define FINISH(total, sum, first) EACH(r, HIGH) EACH(c, 2) total[2 * r + c] = first ? total[2 * r + c] + sum[r][c] : sum[r][c]

static inline void rows_packing(const size_t depth, global const float *a, const uint lda,
                                global const float *b, const uint right, const uint ldb,
                                float16 *strip, float16 *total, const uint first) {
    START(sum);
#pragma unroll 4
    for (size_t k = 0; k < depth; ++k) {
        TOUCH(b + AHEAD * (size_t)ldb);
        TOUCH(b + AHEAD * (size_t)ldb + right);
        const float16 x = vload16(0, b), y = vload16(0, b + right);
        strip[2 * k] = x;
        strip[2 * k + 1] = y;
        b += ldb;
        STEP(sum, a, x, y);
        a += lda;
    }
    FINISH(total, sum, first);
}

static inline void rows_packed(const size_t depth, global const float *a, const uint lda,
                               const float16 *strip, float16 *total, const uint first) {
    START(sum);
#pragma unroll 4
    for (size_t k = 0; k < depth; ++k, a += lda)
        STEP(sum, a, strip[2 * k], strip[2 * k + 1]);
    FINISH(total, sum, first);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_tn(const uint M, const uint N, const uint K, const uint lda, const uint ldb,
             global const float *restrict A, global const float *restrict B, STORE_PARAMS) {
    const uint col = get_group_id(0) * (2 * LANES), row = get_group_id(1) * ROWS;
    const uint rows = min((uint)ROWS, M - row);
    const uint right = col + LANES < N ? LANES : 0;
    float16 strip[CHUNK * 2];
    float16 total[ROWS * 2];
    for (uint first = 0; first < K; first += CHUNK) {
        const uint depth = min((uint)CHUNK, K - first);
        for (uint r = 0; r < rows; r += HIGH) {
            global const float *a = A + (size_t)first * lda + row + r;
            if (r == 0)
                rows_packing(depth, a, lda, B + (size_t)first * ldb + col, right, ldb, strip, total, first);
            else
                rows_packed(depth, a, lda, strip, total + r * 2, first);
        }
    }
    for (uint r = 0; r < rows; ++r)
        for (uint c = 0; c < 2; ++c)
            if (col + c * LANES < N)
                STORE16(total[r * 2 + c], row + r, col + c * LANES);
}
