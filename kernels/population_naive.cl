//@ op      population
//@ variant naive
//@ local   8 8
//@ tile    8 8
//@ default gpu
//
// A dense layer of many networks of one shape at once: rows r of A, `span` of them for each network,
//   value = (A[r] . B[n * columns + j]) + bias[n][j],  n = r / span,
// handed to STORE at (r, j). The same sums as gemm_nt's; WITH_BIASES: there are biases, ldv apart from
// network to network. One work-item per value.

kernel void population(const uint rows, const uint columns, const uint depth, const uint span, const uint lda,
                       const uint ldb, const uint ldv, global const float *restrict A,
                       global const float *restrict B, global const float *restrict biases, STORE_PARAMS) {
    const uint column = get_global_id(0), row = get_global_id(1);
    if (row >= rows || column >= columns)
        return;
    const uint network = row / span;
    global const float *a = A + (size_t)row * lda, *b = B + ((size_t)network * columns + column) * ldb;
    float total = 0.0f;
    for (uint first = 0; first < depth; first += CHUNK) {
        const uint end = min(first + CHUNK, depth);
        float sum = 0.0f;
        for (uint k = first; k < end; ++k)
            sum = fma(a[k], b[k], sum);
        total = first == 0 ? sum : total + sum;
    }
#ifdef WITH_BIASES
    total = total + biases[(size_t)network * ldv + column];
#endif
    STORE(total, row, column);
}
