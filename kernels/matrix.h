// The matrix products for matrix units: what the three forms of the variant "matrix" share. There is something
// here only where their knobs are.
#if defined(WARP_ROWS) && defined(WARP_COLUMNS) && defined(STAGES)

// A work-group makes a tile of C with UP by ACROSS warps, which are 32 work-items that run in step, each of
// which makes WARP_ROWS by WARP_COLUMNS of it with mma.sync (PTX ISA, "Matrix multiply-accumulate operation
// using mma instruction"). Slabs of SLAB terms of both operands are copied to local memory while
// STAGES - 1 before them are multiplied or come, too.
//
// The unit wants fragments: of a tile of 16 rows of A (8 columns of B) and 8 terms, work-item 4 g + t of a warp
// has row g and the one 8 below, terms t and t + 4. Which rows of C those are and in which order the terms
// come is free, if only both operands agree. So here row g of tile i, or 8 below it for h = 1, is line
// 32 (i / 2) + 4 g + 2 (i % 2) + h: a work-item then has four lines side by side.
#define TILE_ROWS (UP * WARP_ROWS)
#define TILE_COLUMNS (ACROSS * WARP_COLUMNS)
#define WARPS (UP * ACROSS)
#define ITEMS (WARPS * 32)
#define A_TILES (WARP_ROWS / 16)
#define B_TILES (WARP_COLUMNS / 16)            // two of the unit's
#define A_QUADS (TILE_ROWS * SLAB / 4)         // of a slab; a quad is four floats
#define SLAB_QUADS (A_QUADS + TILE_COLUMNS * SLAB / 4)
#define TERMS (BF16 ? 16 : 8)                  // of one mma
#define STEPS (SLAB / TERMS)                   // of a slab
#define TURN (STEPS % 2 + 1)                   // slabs with an even number of steps
#define SLOTS (STEPS * A_TILES)                // rows of tiles in a slab's steps, between which copies are made
#define A_COPIES (A_QUADS / ITEMS)             // of a work-item
#define B_COPIES (TILE_COLUMNS * SLAB / 4 / ITEMS)
#define BAND 8                                 // rows of tiles that are made side by side

// Without matrix units (ISO_MATRIX_UNITS) what PTX's instructions do is computed by way of local memory, of which this
// machine has two quads for each work-item.
#ifdef ISO_MATRIX_UNITS
#define MACHINE_QUADS 0
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < n; ++i)
#else
#define MACHINE_QUADS (2 * ITEMS)
#define EACH(i, n) for (uint i = 0; i < n; ++i)
#endif
#define LOCAL_QUADS (STAGES * SLAB_QUADS + MACHINE_QUADS)
#define MACHINE (slabs + STAGES * SLAB_QUADS)  // only where MACHINE_QUADS are
// Of a warp's part of the tile: the row of tile i that is g or 8 more, the column of the unit's tile j that is 2 t + c.
#define ROW_OF(i, g, h) ((i) / 2 * 32 + (g) * 4 + (i) % 2 * 2 + (h))
#define COLUMN_OF(j, t, c) ((j) / 4 * 32 + (t) * 8 + (c) * 4 + (j) % 4)
#define LINEAR ((uint)(get_local_id(1) * (32 * ACROSS) + get_local_id(0)))
#define LANE_OF(item) ((item) % 32)
#define INLINE static inline __attribute__((always_inline))

// Where quad `quad` of a row of local memory is: moved about so that the eight that are written or read together
// are in different banks. Rows that run along the terms hold SLAB / 4, those that run along the lines `lines` / 4.
INLINE uint iso_place(const bool along, const uint lines, const uint row, const uint quad) {
    return along ? row * (SLAB / 4) + quad ^ row / 4 % 8 : row * (lines / 4) + (quad ^ row % 4 * 2);
}

// Of four matrices of 8 rows of a quad, row `item` % 8 of matrix `item` / 8: those of lines h (0, 1) and the quads `quad`
// and the next. `line` is 2 tile + 32 pair from `first`, a multiple of 32: then neither it nor `quad` has a bit of
// those in which work-items differ, and what is computed of a work-item's own serves all of its rows.
INLINE local const uint4 *iso_matrix_row(local const uint4 *slab, const uint lines, const uint first, const uint line,
                                         const uint quad, const uint item) {
    const uint own = iso_place(true, lines, first + item % 8 * 4 + item / 8 % 2, item / 16);
    const uint more = line * (SLAB / 4) + quad;
    return slab + (own ^ more % 8) + more / 8 * 8;
}

// The instructions; the machine goes by PTX's tables of who has what.
#ifdef ISO_MATRIX_UNITS
#define ADDRESS(pointer) "r"((uint)(size_t)(pointer))
// 16 bytes to local memory, zeros if not `there`; they are there after iso_arrived. A copy reads its address late, and what
// changes that must wait until then; so it is computed at once, by one instruction.
INLINE void iso_copy(local uint4 *to, global const float *from, const uint offset, const bool there) {
    const uint bytes = there ? 16 : 0;
    asm volatile("{.reg .u64 at;\n\tmad.wide.u32 at, %2, 4, %1;\n\tcp.async.ca.shared.global [%0], [at], 16, %3;}"
                 : : ADDRESS(to), "l"(from), "r"(offset), "r"(bytes));
}
INLINE void iso_copies_end(void) { asm volatile("cp.async.commit_group;" : :); }
// All but the last `pending` groups of this work-item's copies are there.
INLINE void iso_arrived(const uint pending) {
    switch (pending) {
    case 0: asm volatile("cp.async.wait_group 0;" : :); break;
    case 1: asm volatile("cp.async.wait_group 1;" : :); break;
    case 2: asm volatile("cp.async.wait_group 2;" : :); break;
    case 3: asm volatile("cp.async.wait_group 3;" : :); break;
    case 4: asm volatile("cp.async.wait_group 4;" : :); break;
    }
}

// Those four matrices: float t of row g of each.
INLINE void iso_matrices(uint *out, local const uint4 *slab, const uint lines, const uint first, const uint line,
                         const uint quad) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : ADDRESS(iso_matrix_row(slab, lines, first, line, quad, LANE_OF(LINEAR))));
}
INLINE void iso_quad(uint *out, local const uint4 *from) {
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3]) : ADDRESS(from));
}

// sum += a b. TF32: the unit reads the upper 19 bits of a float.
INLINE void iso_mma(float *sum, const uint *a, const uint b0, const uint b1, local uint4 *machine) {
#if BF16
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
#else
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
#endif
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
INLINE uint iso_pair(const uint low, const uint high) {
    uint pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(AS_F(high)), "f"(AS_F(low)));
    return pair;
}
#else
INLINE void iso_copy(local uint4 *to, global const float *from, const uint offset, const bool there) {
    *to = there ? *(global const uint4 *)(from + offset) : (uint4)(0);
}
INLINE void iso_copies_end(void) {}
INLINE void iso_arrived(const uint pending) {}

INLINE void iso_matrices(uint *out, local const uint4 *slab, const uint lines, const uint first, const uint line,
                         const uint quad) {
    const uint lane = LANE_OF(LINEAR);
    EACH(i, 4) out[i] = ((local const uint *)iso_matrix_row(slab, lines, first, line, quad, 8 * i + lane / 4))[lane % 4];
}
INLINE void iso_quad(uint *out, local const uint4 *from) {
    const uint4 quad = *from;
    out[0] = quad.s0;
    out[1] = quad.s1;
    out[2] = quad.s2;
    out[3] = quad.s3;
}

// Term k of a row of A (column of B), of the words that its four work-items have: 8 in a row, A's four and B's two.
INLINE float iso_term(local const uint *words, const uint row, const uint k, const uint first, const uint step) {
#if BF16
    const uint word = words[8 * (4 * row + k % 8 / 2) + first + k / 8 * step];
    return AS_F(k % 2 ? word & 0xffff0000u : word << 16);
#else
    return AS_F(words[8 * (4 * row + k % 4) + first + k / 4 * step] & 0xffffe000u);
#endif
}
INLINE void iso_mma(float *sum, const uint *a, const uint b0, const uint b1, local uint4 *machine) {
    const uint lane = LANE_OF(LINEAR);
    local uint *words = (local uint *)machine + 8 * (LINEAR - lane);
    EACH(i, 4) words[8 * lane + i] = a[i];
    words[8 * lane + 4] = b0;
    words[8 * lane + 5] = b1;
    barrier(CLK_LOCAL_MEM_FENCE);
    EACH(i, 4)
        for (uint k = 0; k < TERMS; ++k)
            sum[i] = fma(iso_term(words, lane / 4, k, i / 2, 2), iso_term(words, lane % 4 * 2 + i % 2, k, 4, 1), sum[i]);
    barrier(CLK_LOCAL_MEM_FENCE);
}
// To bfloat16, nearest even. A NaN stays one.
INLINE uint iso_upper(const uint x) {
    return (x & 0x7fffffffu) > 0x7f800000u ? (x | 0x400000u) >> 16 : (x + 0x7fffu + (x >> 16 & 1u)) >> 16;
}
INLINE uint iso_pair(const uint low, const uint high) { return iso_upper(low) | iso_upper(high) << 16; }
#endif

// TF32: to nearest, ties away from zero, by an addition to the upper half of what the unit drops. The larger of
// the two as integers, so that NVIDIA's NaN, 0x7fffffff, does not become a zero. (A negative one with as many ones would,
// but no device's arithmetic makes that.)
INLINE uint iso_round(const uint x) { return (uint)max((int)(x + 0x1000u), (int)x); }

// Copy `i` of a work-item's, the same of each of an operand's slabs: a row of local memory, which holds `width` quads, and
// a quad of it.
#define COPY_OF(i)                                                                                 \
    const uint width = along ? SLAB / 4 : lines / 4, at = LINEAR + (i) * ITEMS;                    \
    const uint row = at / width, quad = at % width

// Where it is read from in slab 0. Beyond the last line the last one is read again, for results that nobody stores.
INLINE global const float *iso_copy_from(const uint i, const bool along, const uint lines, global const float *from,
                                         const uint ld, const uint first, const uint count) {
    COPY_OF(i);
    const uint line = along ? min(first + row, count - 1) : min(first + quad * 4, ld - 4);
    return from + (along ? (size_t)line * ld + quad * 4 : (size_t)row * ld + line);
}

// Its place in a slab. Where the rows of a work-item's copies are so far apart that they are moved about alike, the
// place is that of copy 0 and a constant.
INLINE local uint4 *iso_copy_to(const uint i, const bool along, const uint lines, local uint4 *slab) {
    COPY_OF(ITEMS / width % (along ? 32 : 4) ? i : 0);
    return slab + iso_place(along, lines, row, quad) + (ITEMS / width % (along ? 32 : 4) ? 0 : i * ITEMS);
}

// Whether there is anything of it in the slab that begins with `term`. Beyond the last term are zeros, those of the
// padding or made here.
INLINE bool iso_copy_there(const uint i, const bool along, const uint lines, const uint ld, const uint terms,
                           const uint term) {
    COPY_OF(i);
    return along ? term + quad * 4 < ld : term + row < terms;
}

// The floats of tiles 2 pair and 2 pair + 1 at eight terms from 8 * eight: out[tile][2 * (t / 4) + h].
INLINE void iso_read(const bool along, const uint lines, local const uint4 *slab, const uint first, const uint pair,
                     const uint eight, uint out[2][4]) {
    const uint lane = LANE_OF(LINEAR);
    if (along) {
        EACH(tile, 2) iso_matrices(out[tile], slab, lines, first, pair * 32 + tile * 2, eight * 2);
        return;
    }
    EACH(part, 2) {
        uint quad[4];
        const uint own = iso_place(false, lines, lane % 4, first / 4 + lane / 4);
        iso_quad(quad, slab + own + (eight * 8 + part * 4) * (lines / 4) + pair * 8);
        EACH(i, 4) out[i / 2][part * 2 + i % 2] = quad[i];
    }
}

// A warp's fragments for one mma in each tile.
INLINE void iso_fragments(const bool along, const uint lines, const uint tiles, local const uint4 *slab, const uint first,
                          const uint step, uint out[][4]) {
    EACH(pair, tiles / 2) EACH(eight, TERMS / 8) {
        uint read[2][4];
        iso_read(along, lines, slab, first, pair, step * (TERMS / 8) + eight, read);
        EACH(i, 2) {
#if BF16
            EACH(h, 2) out[pair * 2 + i][eight * 2 + h] = iso_pair(read[i][h], read[i][2 + h]);
#else
            EACH(j, 4) out[pair * 2 + i][j] = iso_round(read[i][j]);
#endif
        }
    }
}

// Which tile of C a work-group makes: bands of BAND rows of tiles, column after column, so that those that run at
// the same time share most of what they read.
INLINE uint2 iso_tile_of_group(const uint M, const uint N) {
    const uint wide = (N + TILE_COLUMNS - 1) / TILE_COLUMNS, high = (M + TILE_ROWS - 1) / TILE_ROWS;
    const uint group = get_group_id(1) * wide + get_group_id(0);
    const uint band = group / (BAND * wide), within = group % (BAND * wide);
    const uint rows = min((uint)BAND, high - band * BAND);
    return (uint2)((band * BAND + within % rows) * TILE_ROWS, within / rows * TILE_COLUMNS);
}

// The tile of A B, where `a_along` (`b_along`) says that A's (B's) rows run along the terms of the sums.
//
// A step is one mma in each of a warp's tiles. The next step's fragments are read before it, so that they come
// while it runs; for the last step of a slab that means to wait for the next slab. From then on nobody needs the
// old one, and its place is filled, copy by copy between the mma of the following steps: many copies at once
// keep the fragments behind them waiting.
INLINE void iso_tile(const bool a_along, const bool b_along, const uint M, const uint N, const uint K, const uint lda,
                     const uint ldb, global const float *A, global const float *B, const uint2 at, local uint4 *slabs,
                     float sum[A_TILES][2 * B_TILES][4]) {
    const uint row = LINEAR / 32 / ACROSS * WARP_ROWS, column = LINEAR / 32 % ACROSS * WARP_COLUMNS;
    const uint count = (K + TURN * SLAB - 1) / (TURN * SLAB) * TURN;
    global const float *a[A_COPIES], *b[B_COPIES];
    uint x[2][A_TILES][4], y[2][B_TILES][4], term = 0, filled = 0, read = 0;
    EACH(i, A_TILES) EACH(j, 2 * B_TILES) EACH(k, 4) sum[i][j][k] = 0.0f;
    EACH(c, A_COPIES) a[c] = iso_copy_from(c, a_along, TILE_ROWS, A, lda, at.s0, M);
    EACH(c, B_COPIES) b[c] = iso_copy_from(c, b_along, TILE_COLUMNS, B, ldb, at.s1, N);
// The copies whose turn it is after `slot` rows of tiles, of the slab from `term` on to the place `filled`.
#define FETCH(slot)                                                                                \
    EACH(c, A_COPIES) {                                                                            \
        if (c % SLOTS == (slot))                                                                   \
            iso_copy(iso_copy_to(c, a_along, TILE_ROWS, slabs + filled), a[c],                     \
                     term * (a_along ? 1 : lda), iso_copy_there(c, a_along, TILE_ROWS, lda, K, term)); \
    }                                                                                              \
    EACH(c, B_COPIES) {                                                                            \
        if ((A_COPIES + c) % SLOTS == (slot))                                                      \
            iso_copy(iso_copy_to(c, b_along, TILE_COLUMNS, slabs + filled + A_QUADS), b[c],        \
                     term * (b_along ? 1 : ldb), iso_copy_there(c, b_along, TILE_COLUMNS, ldb, K, term)); \
    }
#define READ(step, side)                                                                           \
    iso_fragments(a_along, TILE_ROWS, A_TILES, slabs + read, row, step, x[side]);                  \
    iso_fragments(b_along, TILE_COLUMNS, B_TILES, slabs + read + A_QUADS, column, step, y[side])
    EACH(n, STAGES - 1) {
        EACH(slot, SLOTS) {
            FETCH(slot)
        }
        iso_copies_end();
        term += SLAB;
        filled += SLAB_QUADS;
    }
    EACH(slot, A_TILES) {
        FETCH(slot)
    }
    iso_arrived(STAGES - 2);
    barrier(CLK_LOCAL_MEM_FENCE);
    READ(0, 0);
    for (uint n = 0; n < count; n += TURN)
        EACH(s, TURN * STEPS) {
            if (s % STEPS == STEPS - 1) {
                iso_copies_end();
                iso_arrived(STAGES - 2);
                barrier(CLK_LOCAL_MEM_FENCE);
                term += SLAB;
                filled = read;
                read = read == (STAGES - 1) * SLAB_QUADS ? 0 : read + SLAB_QUADS;
            }
            READ((s + 1) % STEPS, (s + 1) % 2);
            EACH(i, A_TILES) {
                FETCH((s + 1) % STEPS * A_TILES + i)
                EACH(j, 2 * B_TILES)
                    iso_mma(sum[i][j], x[s % 2][i], y[s % 2][j / 2][j % 2], y[s % 2][j / 2][2 + j % 2], MACHINE);
            }
        }
    iso_copies_end();
    iso_arrived(0);
}

// The tile leaves, by way of local memory, so that neighbours store neighbouring elements: in turns of 16 rows of each warp.
INLINE void iso_tile_store(const uint M, const uint N, const uint2 at, local uint4 *slabs,
                           float sum[A_TILES][2 * B_TILES][4], STORE_PARAMS) {
    const uint lane = LANE_OF(LINEAR), g = lane / 4, t = lane % 4;
    const uint up = LINEAR / 32 / ACROSS, across = LINEAR / 32 % ACROSS;
    local float4 *rows = (local float4 *)slabs;
    EACH(i, A_TILES) {
        barrier(CLK_LOCAL_MEM_FENCE);
        EACH(h, 2) EACH(j, B_TILES / 2) EACH(c, 2) {
            const uint k = h * 2 + c, quad = across * (WARP_COLUMNS / 4) + j * 8 + t * 2 + c;
            rows[(up * 16 + g * 2 + h) * (TILE_COLUMNS / 4) + (quad ^ g % 2)] =
                (float4)(sum[i][4 * j][k], sum[i][4 * j + 1][k], sum[i][4 * j + 2][k], sum[i][4 * j + 3][k]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint n = LINEAR; n < UP * 16 * TILE_COLUMNS; n += ITEMS) {
            const uint line = n / TILE_COLUMNS, column = n % TILE_COLUMNS, in = line % 16;
            const uint r = at.s0 + line / 16 * WARP_ROWS + ROW_OF(i, in / 2, in % 2);
            if (r < M && at.s1 + column < N)
                STORE(((local const float *)rows)[n ^ in / 2 % 2 * 4], r, at.s1 + column);
        }
    }
}
#endif
