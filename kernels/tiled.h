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

// Who a work-item is. 32 in a row, which a GPU runs in step, are 8 across by 4 up (or 4 by 8): so they read the
// fewest different quads of local memory. Neighbours are two up and then across: where two neighbours read the
// same quad, NVIDIA's GPUs answer 16 work-items at a time, otherwise 8.
#define LINEAR ((uint)(get_local_id(1) * ACROSS + get_local_id(0)))
#define TEAM (LINEAR / ITEMS)
#define ITEM (LINEAR % ITEMS)
#define MY_ACROSS (ITEM / 2 % ACROSS)
#define MY_UP (ITEM % 2 + ITEM / (2 * ACROSS) * 2)

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
#define FETCH_AND_PUT(operand, lines)                                                              \
    static inline __attribute__((always_inline)) void iso_fetch_##operand(                         \
        const bool along, global const float *from, const uint ld, const uint *places,             \
        const uint terms, const uint term, const uint item, float4 *quads) {                       \
        global const float *slab = from + (along ? term : (size_t)term * ld);                      \
        const bool whole = along || term + SLAB <= terms;                                          \
        if (whole) {                                                                               \
            EACH(i, SHARE(lines)) {                                                                \
                if (item + i * ITEMS < QUADS(lines))                                               \
                    quads[i] = *(global const float4 *)(slab + places[i]);                         \
            }                                                                                      \
        } else {                                                                                   \
            EACH(i, SHARE(lines)) {                                                                \
                const uint quad = item + i * ITEMS;                                                \
                quads[i] = (float4)(0.0f);                                                         \
                if (quad < QUADS(lines) && term + quad / (lines / 4) < terms)                      \
                    quads[i] = *(global const float4 *)(slab + places[i]);                         \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static inline __attribute__((always_inline)) void iso_put_##operand(                           \
        const bool along, const uint item, const float4 *quads, local float4 *slab) {              \
        EACH(i, SHARE(lines)) {                                                                    \
            const uint quad = item + i * ITEMS;                                                    \
            local float *to =                                                                      \
                (local float *)(slab + quad % (SLAB / 4) * 4 * PITCH(lines)) + quad / (SLAB / 4);  \
            if (quad < QUADS(lines)) {                                                             \
                if (along) {                                                                       \
                    to[0] = quads[i].s0;                                                           \
                    to[4 * PITCH(lines)] = quads[i].s1;                                            \
                    to[8 * PITCH(lines)] = quads[i].s2;                                            \
                    to[12 * PITCH(lines)] = quads[i].s3;                                           \
                } else                                                                             \
                    slab[quad / (lines / 4) * PITCH(lines) + quad % (lines / 4)] = quads[i];       \
            }                                                                                      \
        }                                                                                          \
    }
FETCH_AND_PUT(a, TILE_ROWS)
FETCH_AND_PUT(b, TILE_COLUMNS)

// A work-item's part of a term of both slabs: quads of rows UP quads apart by quads of columns ACROSS quads
// apart, so that neighbours read neighbouring quads of local memory.
struct iso_term {
    float4 a[ROWS / 4], b[COLUMNS / 4];
};
static inline __attribute__((always_inline)) void
iso_read(local const float4 *a, local const float4 *b, const uint term, struct iso_term *to) {
    EACH(i, ROWS / 4) to->a[i] = a[term * PITCH(TILE_ROWS) + i * UP];
    EACH(j, COLUMNS / 4) to->b[j] = b[term * PITCH(TILE_COLUMNS) + j * ACROSS];
}
static inline __attribute__((always_inline)) void
iso_multiply(const struct iso_term *term, float4 sum[ROWS][COLUMNS / 4]) {
    EACH(i, ROWS / 4) EACH(j, COLUMNS / 4) {
        sum[4 * i][j] = fma(term->a[i].s0, term->b[j], sum[4 * i][j]);
        sum[4 * i + 1][j] = fma(term->a[i].s1, term->b[j], sum[4 * i + 1][j]);
        sum[4 * i + 2][j] = fma(term->a[i].s2, term->b[j], sum[4 * i + 2][j]);
        sum[4 * i + 3][j] = fma(term->a[i].s3, term->b[j], sum[4 * i + 3][j]);
    }
}

// The chunks that the teams have worked on, the first of which begins at `term`, join the totals of those before
// them, with the first team. Totals are touched once in 256 terms. Those of a large tile of one team are volatile, so
// that a compiler may leave them in memory; NVIDIA's does not, but on an H200 large products were a tenth faster
// with the loop that it then makes.
#if ROWS * COLUMNS == 64 && TEAMS == 1
typedef volatile float4 iso_total;
#else
typedef float4 iso_total;
#endif
#define QUAD(of, i) of[(i) / (COLUMNS / 4)][(i) % (COLUMNS / 4)]
static inline __attribute__((always_inline)) void
iso_join(const uint term, const uint K, float4 sum[ROWS][COLUMNS / 4], iso_total total[ROWS][COLUMNS / 4],
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
#if TEAMS > 1 && UP * ACROSS % 32 == 0 && defined(ISO_MATRIX_UNITS)
#define TEAM_BARRIER asm volatile("bar.sync %0, %1;" : : "r"(TEAM + 1), "r"(ITEMS) : "memory")
#else
#define TEAM_BARRIER barrier(CLK_LOCAL_MEM_FENCE)
#endif

// The tile of A B, where `a_along` (`b_along`) says that A's (B's) rows run along the terms of the sums.
// It ends in `total` of the first team.
static inline __attribute__((always_inline)) void
iso_tile(const bool a_along, const bool b_along, const uint M, const uint N, const uint K,
         const uint lda, const uint ldb, global const float *A, global const float *B,
         local float4 *a, local float4 *b, local float4 *exchange, iso_total total[ROWS][COLUMNS / 4]) {
    const uint row = get_group_id(1) * TILE_ROWS, column = get_group_id(0) * TILE_COLUMNS;
    const uint item = ITEM, begin = TEAM * CHUNK;
    float4 next_a[SHARE(TILE_ROWS)], next_b[SHARE(TILE_COLUMNS)];
    uint places_a[SHARE(TILE_ROWS)], places_b[SHARE(TILE_COLUMNS)];
    float4 sum[ROWS][COLUMNS / 4];
    struct iso_term now[2]; // one is multiplied, one comes
    a += TEAM * SLABS(TILE_ROWS);
    b += TEAM * SLABS(TILE_COLUMNS);
    EACH(i, SHARE(TILE_ROWS)) places_a[i] = iso_place(a_along, TILE_ROWS, lda, row, M, item + i * ITEMS);
    EACH(i, SHARE(TILE_COLUMNS)) places_b[i] = iso_place(b_along, TILE_COLUMNS, ldb, column, N, item + i * ITEMS);
    EACH(i, ROWS) EACH(j, COLUMNS / 4) total[i][j] = (float4)(0.0f);
// Where a slab begins for this team; `at` counts terms of the teams' chunks side by side.
#define TERM(at) ((at) / CHUNK * (TEAMS * CHUNK) + begin + (at) % CHUNK)
#define FETCH_BOTH(term)                                                                           \
    if (TEAMS == 1 || (term) < K) {                                                                \
        iso_fetch_a(a_along, A, lda, places_a, K, term, item, next_a);                    \
        iso_fetch_b(b_along, B, ldb, places_b, K, term, item, next_b);                 \
    }
#define PUT_BOTH(side)                                                                             \
    iso_put_a(a_along, item, next_a, a + (side) * SLAB * PITCH(TILE_ROWS));               \
    iso_put_b(b_along, item, next_b, b + (side) * SLAB * PITCH(TILE_COLUMNS))
#define READ_BOTH(side, term)                                                                      \
    iso_read(a + (side) * SLAB * PITCH(TILE_ROWS) + MY_UP,                                         \
             b + (side) * SLAB * PITCH(TILE_COLUMNS) + MY_ACROSS, (term) % SLAB, &now[(term) % 2])
    const uint rounds = K / (TEAMS * CHUNK), rest = K % (TEAMS * CHUNK);
    const uint terms = rounds * CHUNK + min(rest, (uint)CHUNK);
    FETCH_BOTH(TERM(0))
    PUT_BOTH(0);
    barrier(CLK_LOCAL_MEM_FENCE);
    READ_BOTH(0, 0);
    uint side = 0;
    for (uint first = 0; first < terms; first += CHUNK) {
        const uint end = min(first + CHUNK, terms);
        EACH(i, ROWS) EACH(j, COLUMNS / 4) sum[i][j] = (float4)(0.0f);
        for (uint at = first; at < end; at += SLAB, side = 1 - side) {
            const bool busy = TEAMS == 1 || TERM(at) < K;
            if (at + SLAB < terms) {
                FETCH_BOTH(TERM(at + SLAB))
            }
            if (busy)
                EACH(t, SLAB - 1) {
                    READ_BOTH(side, t + 1);
                    iso_multiply(&now[t % 2], sum);
                }
            // Behind the last slab this puts it once more, where nobody uses it: that is cheaper than to ask.
            PUT_BOTH(1 - side);
            TEAM_BARRIER;
            READ_BOTH(1 - side, SLAB);
            if (busy)
                iso_multiply(&now[1], sum);
        }
        iso_join(first * TEAMS, K, sum, total, exchange);
    }
}

// The tile leaves the first team. What STORE reads is read for some rows at a time, before the first of them is
// written: where one waited for the other, this end would take a tenth of the time of 512 terms.
#define LEAVING 4
#ifdef ISO_OUT_OF_LINE // Oclgrind does not know what inlining a function with restrict leaves behind
#define INLINED
#else
#define INLINED __attribute__((always_inline))
#endif
static inline INLINED void
iso_tile_store(const uint M, const uint N, iso_total total[ROWS][COLUMNS / 4], STORE_PARAMS) {
    const uint row = get_group_id(1) * TILE_ROWS + MY_UP * 4, column = get_group_id(0) * TILE_COLUMNS + MY_ACROSS * 4;
    if (TEAM > 0)
        return;
    EACH(first, ROWS / LEAVING) {
        struct iso_before4 before[LEAVING][COLUMNS / 4];
#define PLACE_ROW (row + (first * LEAVING + i) / 4 * UP * 4 + (first * LEAVING + i) % 4)
#define PLACE_COLUMN (column + j * ACROSS * 4)
        EACH(i, LEAVING) EACH(j, COLUMNS / 4)
            iso_store_read4(&before[i][j], min(PLACE_ROW, M - 1), PLACE_COLUMN < N ? PLACE_COLUMN : 0, STORE_NAMES);
        EACH(i, LEAVING) EACH(j, COLUMNS / 4)
            if (PLACE_ROW < M && PLACE_COLUMN < N)
                iso_store_write4(total[first * LEAVING + i][j], &before[i][j], PLACE_ROW, PLACE_COLUMN, STORE_NAMES);
    }
}
#endif
