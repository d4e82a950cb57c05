// The matrix products for GPUs: what the three forms of the variant "tiled" share. There is something
// here only where their knobs are.
#if defined(UP) && defined(ACROSS) && defined(SLAB)

// A work-group makes a tile of C, from slabs of SLAB terms that all of its work-items bring to local
// memory. There both operands lie [term][line], a line being a row of A or a column of B, and 4 lines
// more than the tile has: turned quads are then written to all banks, or nearly.
#define TILE_ROWS (UP * ROWS)
#define TILE_COLUMNS (ACROSS * COLUMNS)
#define ITEMS (UP * ACROSS)
#define PITCH(lines) ((lines) / 4 + 1)                      // of a term, in quads
#define SLABS(lines) (2 * SLAB * PITCH(lines))              // quads: one slab is used, one comes
#define QUADS(lines) ((lines) * SLAB / 4)                   // of a slab
#define SHARE(lines) ((QUADS(lines) + ITEMS - 1) / ITEMS)   // of them a work-item's
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < n; ++i)

// A quad of an operand whose rows run along the terms: four terms of one line. Neighbouring work-items
// read on in the same row. Behind the last term are the zeros of the padding.
static inline float4 iso_along(global const float *from, const uint ld, const uint first,
                               const uint count, const uint term, const uint quad) {
    const uint line = min(first + quad / (SLAB / 4), count - 1);
    return *(global const float4 *)(from + (size_t)line * ld + term + quad % (SLAB / 4) * 4);
}

// The same where rows run along the lines: four lines of one term. Lines beyond `ld` are nobody's.
static inline float4 iso_beside(const uint lines, global const float *from, const uint ld,
                                const uint first, const uint terms, const uint term, const uint quad) {
    const uint row = term + quad / (lines / 4), column = first + quad % (lines / 4) * 4;
    return row < terms ? *(global const float4 *)(from + (size_t)row * ld + min(column, ld - 4))
                       : (float4)(0.0f);
}

// A work-item's quads of a slab, from memory to registers and from there to the slab.
static inline __attribute__((always_inline)) void
iso_fetch(const bool along, const uint lines, global const float *from, const uint ld,
          const uint first, const uint count, const uint terms, const uint term, const uint item,
          float4 *quads) {
    EACH(i, SHARE(lines)) {
        const uint quad = item + i * ITEMS;
        if (quad < QUADS(lines))
            quads[i] = along ? iso_along(from, ld, first, count, term, quad)
                             : iso_beside(lines, from, ld, first, terms, term, quad);
    }
}
static inline __attribute__((always_inline)) void
iso_put(const bool along, const uint lines, const uint item, const float4 *quads, local float4 *slab) {
    EACH(i, SHARE(lines)) {
        const uint quad = item + i * ITEMS;
        if (quad >= QUADS(lines))
            continue;
        if (!along) {
            slab[quad / (lines / 4) * PITCH(lines) + quad % (lines / 4)] = quads[i];
            continue;
        }
        local float *to = (local float *)(slab + quad % (SLAB / 4) * 4 * PITCH(lines)) + quad / (SLAB / 4);
        to[0] = quads[i].s0;
        to[4 * PITCH(lines)] = quads[i].s1;
        to[8 * PITCH(lines)] = quads[i].s2;
        to[12 * PITCH(lines)] = quads[i].s3;
    }
}

// The product of two slabs, added to a work-item's part of the tile: quads of rows UP quads apart by
// quads of columns ACROSS quads apart, so that neighbours read neighbouring quads of local memory.
static inline __attribute__((always_inline)) void
iso_multiply(local const float4 *a, local const float4 *b, float4 sum[ROWS][COLUMNS / 4]) {
    for (uint k = 0; k < SLAB; ++k, a += PITCH(TILE_ROWS), b += PITCH(TILE_COLUMNS)) {
        float4 y[COLUMNS / 4];
        EACH(j, COLUMNS / 4) y[j] = b[j * ACROSS];
        EACH(i, ROWS / 4) {
            const float4 x = a[i * UP];
            EACH(j, COLUMNS / 4) {
                sum[4 * i][j] = fma(x.s0, y[j], sum[4 * i][j]);
                sum[4 * i + 1][j] = fma(x.s1, y[j], sum[4 * i + 1][j]);
                sum[4 * i + 2][j] = fma(x.s2, y[j], sum[4 * i + 2][j]);
                sum[4 * i + 3][j] = fma(x.s3, y[j], sum[4 * i + 3][j]);
            }
        }
    }
}

// The tile of A B, where `a_along` (`b_along`) says that A's (B's) rows run along the terms of the sums.
// `total` is volatile to stay in memory: it is touched once in 256 terms, and as registers it would
// halve the number of work-groups that a compute unit holds.
static inline __attribute__((always_inline)) void
iso_tile(const bool a_along, const bool b_along, const uint M, const uint N, const uint K,
         const uint lda, const uint ldb, global const float *A, global const float *B,
         local float4 *a, local float4 *b, float4 sum[ROWS][COLUMNS / 4]) {
    const uint x = get_local_id(0), y = get_local_id(1), item = y * ACROSS + x;
    const uint row = get_group_id(1) * TILE_ROWS, column = get_group_id(0) * TILE_COLUMNS;
    float4 next_a[SHARE(TILE_ROWS)], next_b[SHARE(TILE_COLUMNS)];
    volatile float4 total[ROWS][COLUMNS / 4];
    EACH(i, ROWS) EACH(j, COLUMNS / 4) sum[i][j] = (float4)(0.0f);
#define FETCH_BOTH(term)                                                                           \
    iso_fetch(a_along, TILE_ROWS, A, lda, row, M, K, term, item, next_a);                          \
    iso_fetch(b_along, TILE_COLUMNS, B, ldb, column, N, K, term, item, next_b)
#define PUT_BOTH(side)                                                                             \
    iso_put(a_along, TILE_ROWS, item, next_a, a + (side) * SLAB * PITCH(TILE_ROWS));               \
    iso_put(b_along, TILE_COLUMNS, item, next_b, b + (side) * SLAB * PITCH(TILE_COLUMNS))
    FETCH_BOTH(0);
    PUT_BOTH(0);
    barrier(CLK_LOCAL_MEM_FENCE);
    uint side = 0;
    for (uint term = 0; term < K; term += SLAB, side = 1 - side) {
        const bool more = term + SLAB < K;
        if (more) {
            FETCH_BOTH(term + SLAB);
        }
        if (term && term % CHUNK == 0)
            EACH(i, ROWS) EACH(j, COLUMNS / 4) {
                total[i][j] = term == CHUNK ? sum[i][j] : total[i][j] + sum[i][j];
                sum[i][j] = (float4)(0.0f);
            }
        iso_multiply(a + side * SLAB * PITCH(TILE_ROWS) + y,
                     b + side * SLAB * PITCH(TILE_COLUMNS) + x, sum);
        if (more) {
            PUT_BOTH(1 - side);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (K > CHUNK)
        EACH(i, ROWS) EACH(j, COLUMNS / 4) sum[i][j] = total[i][j] + sum[i][j];
}

// A work-item's part of the tile leaves.
static inline void iso_tile_store(const uint M, const uint N, float4 sum[ROWS][COLUMNS / 4],
                                  STORE_PARAMS) {
    const uint row = get_group_id(1) * TILE_ROWS + 4 * get_local_id(1);
    const uint column = get_group_id(0) * TILE_COLUMNS + 4 * get_local_id(0);
    EACH(i, ROWS) EACH(j, COLUMNS / 4) {
        const float values[4] = {sum[i][j].s0, sum[i][j].s1, sum[i][j].s2, sum[i][j].s3};
        const uint r = row + i / 4 * (4 * UP) + i % 4, c = column + j * (4 * ACROSS);
        EACH(lane, 4)
            if (r < M && c + lane < N)
                STORE(values[lane], r, c + lane);
    }
}
#endif
