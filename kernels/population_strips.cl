//@ op      population
//@ variant strips
//@ width   16
//@ knob    ROWS 64 16 32 128        rows of A per work-item
//@ local   1 1
//@ tile    ROWS 16
//@ default cpu ROWS=64
//
// As population_naive.cl says. One work-item per ROWS rows and 16 columns: a network's weights are turned,
// a chunk at a time, so that a row of A meets 16 units at once; eight rows' sums stand in registers.
// Where rows of several networks fall into one work-item, one network comes after the other.

#define HIGH 8

// to[k]: the weights of input first + k, of 16 units.
static inline void turn_weights(global const float *restrict units, const uint count, const uint ldb,
                                const uint first, const uint depth, F to[CHUNK]) {
    for (uint k = 0; k < depth; k += 16) {
        F block[16];
        SIXTEEN(j) block[j] = LOAD(units + (size_t)min(j, count - 1) * ldb + first + k);
        iso_turn16(block, block);
        SIXTEEN(j) to[k + j] = block[j];
    }
}

kernel void population(const uint rows, const uint columns, const uint depth, const uint span, const uint lda,
                       const uint ldb, const uint ldv, global const float *restrict A,
                       global const float *restrict B, global const float *restrict biases, STORE_PARAMS) {
    const uint column = get_global_id(0) * 16, last = min((uint)get_global_id(1) * ROWS + ROWS, rows);
    if (column >= columns)
        return;
    F weights[CHUNK], total[ROWS];
    for (uint begin = get_global_id(1) * ROWS, end; begin < last; begin = end) {
        const uint network = begin / span;
        global const float *units = B + ((size_t)network * columns + column) * ldb;
        end = min((network + 1) * span, last);
        for (uint first = 0; first < depth; first += CHUNK) {
            const uint terms = min(depth - first, (uint)CHUNK);
            turn_weights(units, min(columns - column, 16u), ldb, first, terms, weights);
            for (uint row = begin; row < end; row += HIGH) {
                global const float *a[HIGH];
                F sum[HIGH];
#pragma unroll
                for (uint i = 0; i < HIGH; i++) {
                    a[i] = A + (size_t)min(row + i, end - 1) * lda + first;
                    sum[i] = C(0.0f);
                }
                for (uint k = 0; k < terms; k++)
#pragma unroll
                    for (uint i = 0; i < HIGH; i++)
                        sum[i] = FMA(C(a[i][k]), weights[k], sum[i]);
                for (uint i = 0; i < HIGH && row + i < end; i++)
                    total[row - begin + i] = first ? total[row - begin + i] + sum[i] : sum[i];
            }
        }
        for (uint row = begin; row < end; row++) {
            F value = total[row - begin];
#ifdef WITH_BIASES
            value = value + LOAD(biases + (size_t)network * ldv + column);
#endif
            STORE16(value, row, column);
        }
    }
}
