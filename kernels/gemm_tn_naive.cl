//@ op      gemm_tn
//@ variant naive
//@ local   8 8
//@ tile    8 8
//
// C[M,N] = A[K,M]^T * B[K,N], row-major; any M, N, K >= 1; masks its own edges; writes every element of C once,
// through STORE(value, row, col), and never reads it.
//
// The definition, to be read and to be compared with: one work-item makes one element, the dot product of a column of A and a column of B.
// Rule 4 of the numerics contract is the two loops: terms are added in ascending order inside chunks of
// 256, and the chunks' sums are added from left to right. Every other variant makes these same bits.

#define CHUNK 256

kernel void gemm_tn(const uint M, const uint N, const uint K, const uint lda, const uint ldb,
                    global const float *restrict A, global const float *restrict B, STORE_PARAMS) {
    const uint col = get_global_id(0);
    const uint row = get_global_id(1);
    if (row >= M || col >= N)
        return;

    global const float *a = A + row;
    global const float *b = B + col;
    float total = 0.0f;
    for (uint first = 0; first < K; first += CHUNK) {
        const uint end = min(first + CHUNK, K);
        float sum = 0.0f;
        for (uint k = first; k < end; ++k)
            sum = fma(a[(size_t)k * lda], b[(size_t)k * ldb], sum);
        total = first == 0 ? sum : total + sum;
    }
    STORE(total, row, col);
}
