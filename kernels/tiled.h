// The matrix products for GPUs: what the three forms of the variant "tiled" share. There is something
// here only where their knobs are.
#if defined(UP) && defined(ACROSS) && defined(SLAB) && defined(TEAMS)

// A work-group makes a tile of C, from slabs of SLAB terms that its work-items bring to local memory.
// There both operands lie [term][line], a line being a row of A or a column of B, and 4 lines
// more than the tile has: turned quads are then written to all banks, or nearly.
//
// Of a small product few tiles are made, each of which would walk its whole sum alone and wait for memory
// at every slab. So the work-items can be TEAMS, each of which makes the tile of a chunk of its own; the
// first team then adds the others' sums in their order.
#define TILE_ROWS (UP * ROWS)
#define TILE_COLUMNS (ACROSS * COLUMNS)
#define ITEMS (UP * ACROSS)                                 // of a team
#define PITCH(lines) ((lines) / 4 + 1)                      // of a term, in quads
#define SLABS(lines) (2 * SLAB * PITCH(lines))              // quads: one slab is used, one comes
#define QUADS(lines) ((lines) * SLAB / 4)                   // of a slab
#define SHARE(lines) ((QUADS(lines) + ITEMS - 1) / ITEMS)   // of them a work-item's
#define PIECE 4                                             // quads of a work-item that change teams at a time
#define EXCHANGE (TEAMS > 1 ? PIECE * ITEMS : 1)            // quads
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < n; ++i)

// Who a work-item is. 32 in a row, which a GPU runs in step, are 8 across by 4 up: so they read the fewest
// different quads of local memory.
#define LINEAR ((uint)(get_local_id(1) * ACROSS + get_local_id(0)))
#define TEAM (LINEAR / ITEMS)
#define ITEM (LINEAR % ITEMS)
#define MY_ACROSS (ITEM % 8 + ITEM / 32 % (ACROSS / 8) * 8)
#define MY_UP (ITEM / 8 % 4 + ITEM / 32 / (ACROSS / 8) * 4)

// Where a work-item's quad of an operand lies before the first term. Rows that run along the terms: four
// terms of one line; neighbouring work-items read on in the same row; lines beyond `count` repeat the last,
// and behind the last term are the zeros of the padding. Rows that run along the lines: four lines of one
// term; lines beyond `ld` are nobody's.
static inline uint iso_place(const bool along, const uint lines, const uint ld, const uint first,
                             const uint count, const uint quad) {
    return along ? min(first + quad / (SLAB / 4), count - 1) * ld + quad % (SLAB / 4) * 4
                 : quad / (lines / 4) * ld + min(first + quad % (lines / 4) * 4, ld - 4);
}

// A work-item's quads of a slab, from memory to registers and from there to the slab.
static inline __attribute__((always_inline)) void
iso_fetch(const bool along, const uint lines, global const float *from, const uint ld,
          const uint *places, const uint terms, const uint term, const uint item, float4 *quads) {
    const uint ahead = along ? term : term * ld;
    EACH(i, SHARE(lines)) {
        const uint quad = item + i * ITEMS;
        if (quad < QUADS(lines))
            quads[i] = along || term + quad / (lines / 4) < terms
                           ? *(global const float4 *)(from + (size_t)(places[i] + ahead))
                           : (float4)(0.0f);
    }
}
static inline __attribute__((always_inline)) void
iso_put(const bool along, const uint lines, const uint item, const float4 *quads, local float4 *slab) {
    EACH(i, SHARE(lines)) {
        const uint quad = item + i * ITEMS;
        local float *to = (local float *)(slab + quad % (SLAB / 4) * 4 * PITCH(lines)) + quad / (SLAB / 4);
        if (quad < QUADS(lines)) {
            if (along) {
                to[0] = quads[i].s0;
                to[4 * PITCH(lines)] = quads[i].s1;
                to[8 * PITCH(lines)] = quads[i].s2;
                to[12 * PITCH(lines)] = quads[i].s3;
            } else
                slab[quad / (lines / 4) * PITCH(lines) + quad % (lines / 4)] = quads[i];
        }
    }
}

// The product of two slabs, added to a work-item's part of the tile: quads of rows UP quads apart by
// quads of columns ACROSS quads apart, so that neighbours read neighbouring quads of local memory.
static inline __attribute__((always_inline)) void
iso_multiply(local const float4 *a, local const float4 *b, float4 sum[ROWS][COLUMNS / 4]) {
    for (uint k = 0; k < SLAB; k += UNROLL, a += UNROLL * PITCH(TILE_ROWS), b += UNROLL * PITCH(TILE_COLUMNS))
        EACH(t, UNROLL) {
            float4 y[COLUMNS / 4];
            EACH(j, COLUMNS / 4) y[j] = b[t * PITCH(TILE_COLUMNS) + j * ACROSS];
            EACH(i, ROWS / 4) {
                const float4 x = a[t * PITCH(TILE_ROWS) + i * UP];
                EACH(j, COLUMNS / 4) {
                    sum[4 * i][j] = fma(x.s0, y[j], sum[4 * i][j]);
                    sum[4 * i + 1][j] = fma(x.s1, y[j], sum[4 * i + 1][j]);
                    sum[4 * i + 2][j] = fma(x.s2, y[j], sum[4 * i + 2][j]);
                    sum[4 * i + 3][j] = fma(x.s3, y[j], sum[4 * i + 3][j]);
                }
            }
        }
}

// The chunks that the teams have worked on, the first of which begins at `term`, join the totals of those before
// them, with the first team. Totals, which begin at zero, are touched once in 256 terms, outside the loop over
// slabs: a compiler that is told to make do with few REGISTERS has them in memory.
#define QUAD(of, i) of[(i) / (COLUMNS / 4)][(i) % (COLUMNS / 4)]
static inline __attribute__((always_inline)) void
iso_join(const uint term, const uint K, float4 sum[ROWS][COLUMNS / 4], float4 total[ROWS][COLUMNS / 4],
         local float4 *exchange) {
    if (TEAM == 0)
        EACH(i, ROWS * COLUMNS / 4) QUAD(total, i) = QUAD(total, i) + QUAD(sum, i);
    for (uint team = 1; team < TEAMS && term + team * CHUNK < K; ++team)
        EACH(piece, ROWS * COLUMNS / 4 / PIECE) {
            if (TEAM == team)
                EACH(i, PIECE) exchange[i * ITEMS + ITEM] = QUAD(sum, piece * PIECE + i);
            barrier(CLK_LOCAL_MEM_FENCE);
            if (TEAM == 0)
                EACH(i, PIECE) QUAD(total, piece * PIECE + i) = QUAD(total, piece * PIECE + i) + exchange[i * ITEMS + ITEM];
            barrier(CLK_LOCAL_MEM_FENCE);
        }
}

// Where teams wait: each for itself, if it is whole warps of an NVIDIA GPU, or all for all.
#if APART && TEAMS > 1 && defined(ISO_MATRIX_UNITS)
#define TEAM_BARRIER asm volatile("bar.sync %0, %1;" : : "r"(TEAM + 1), "r"(ITEMS) : "memory")
#else
#define TEAM_BARRIER barrier(CLK_LOCAL_MEM_FENCE)
#endif

// The tile of A B, where `a_along` (`b_along`) says that A's (B's) rows run along the terms of the sums.
// It ends in `total` of the first team.
static inline __attribute__((always_inline)) void
iso_tile(const bool a_along, const bool b_along, const uint M, const uint N, const uint K,
         const uint lda, const uint ldb, global const float *A, global const float *B,
         local float4 *a, local float4 *b, local float4 *exchange, float4 total[ROWS][COLUMNS / 4]) {
    const uint row = get_group_id(1) * TILE_ROWS, column = get_group_id(0) * TILE_COLUMNS;
    const uint item = ITEM, begin = TEAM * CHUNK;
    float4 next_a[SHARE(TILE_ROWS)], next_b[SHARE(TILE_COLUMNS)];
    uint places_a[SHARE(TILE_ROWS)], places_b[SHARE(TILE_COLUMNS)];
    float4 sum[ROWS][COLUMNS / 4];
    a += TEAM * SLABS(TILE_ROWS);
    b += TEAM * SLABS(TILE_COLUMNS);
    EACH(i, SHARE(TILE_ROWS)) places_a[i] = iso_place(a_along, TILE_ROWS, lda, row, M, item + i * ITEMS);
    EACH(i, SHARE(TILE_COLUMNS)) places_b[i] = iso_place(b_along, TILE_COLUMNS, ldb, column, N, item + i * ITEMS);
    EACH(i, ROWS) EACH(j, COLUMNS / 4) total[i][j] = (float4)(0.0f);
// Where a slab begins for this team; `at` counts terms of the teams' chunks side by side.
#define TERM(at) ((at) / CHUNK * (TEAMS * CHUNK) + begin + (at) % CHUNK)
#define FETCH_BOTH(term)                                                                           \
    if (TEAMS == 1 || (term) < K) {                                                                \
        iso_fetch(a_along, TILE_ROWS, A, lda, places_a, K, term, item, next_a);                    \
        iso_fetch(b_along, TILE_COLUMNS, B, ldb, places_b, K, term, item, next_b);                 \
    }
#define PUT_BOTH(side)                                                                             \
    iso_put(a_along, TILE_ROWS, item, next_a, a + (side) * SLAB * PITCH(TILE_ROWS));               \
    iso_put(b_along, TILE_COLUMNS, item, next_b, b + (side) * SLAB * PITCH(TILE_COLUMNS))
    const uint rounds = K / (TEAMS * CHUNK), rest = K % (TEAMS * CHUNK);
    const uint terms = rounds * CHUNK + min(rest, (uint)CHUNK);
    FETCH_BOTH(TERM(0))
    PUT_BOTH(0);
    barrier(CLK_LOCAL_MEM_FENCE);
    uint side = 0;
    for (uint first = 0; first < terms; first += CHUNK) {
        const uint end = min(first + CHUNK, terms);
        EACH(i, ROWS) EACH(j, COLUMNS / 4) sum[i][j] = (float4)(0.0f);
        for (uint at = first; at < end; at += SLAB, side = 1 - side) {
            const bool more = at + SLAB < terms;
            if (more) {
                FETCH_BOTH(TERM(at + SLAB))
            }
            if (TEAMS == 1 || TERM(at) < K)
                iso_multiply(a + side * SLAB * PITCH(TILE_ROWS) + MY_UP,
                             b + side * SLAB * PITCH(TILE_COLUMNS) + MY_ACROSS, sum);
            if (more) {
                PUT_BOTH(1 - side);
            }
            TEAM_BARRIER;
        }
        iso_join(first * TEAMS, K, sum, total, exchange);
    }
}

// The tile leaves the first team.
static inline void iso_tile_store(const uint M, const uint N, float4 total[ROWS][COLUMNS / 4], STORE_PARAMS) {
    const uint row = get_group_id(1) * TILE_ROWS, column = get_group_id(0) * TILE_COLUMNS;
    if (TEAM > 0)
        return;
    EACH(i, ROWS) EACH(j, COLUMNS / 4) {
        const uint r = row + (i / 4 * UP + MY_UP) * 4 + i % 4, c = column + (j * ACROSS + MY_ACROSS) * 4;
        if (r < M && c < N)
            STORE4(total[i][j], r, c);
    }
}

// A compiler that is told how many registers there are forgets it where it knows the work-group's size.
#if REGISTERS
#define TILE_GROUP
#else
#define TILE_GROUP __attribute__((reqd_work_group_size(ACROSS, TEAMS * UP, 1)))
#endif
#endif
