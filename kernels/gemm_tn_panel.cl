//@ op      gemm_tn
//@ variant panel
//@ width   16
//@ knob    ROWS 64 32 256         rows of C per work-group: how often a packed strip of B is used
//@ knob    STRIPS 2 8 16          strips of 32 columns per work-group: how often a packed panel of A is used
//@ knob    AHEAD 16 0             rows of A and B fetched in advance while packing
//@ local   1 1
//@ tile    ROWS 32*STRIPS
//@ default cpu ROWS=256 STRIPS=16 if 10*GROUPS>=19*UNITS
//@ default cpu ROWS=64 STRIPS=8 if N>64 && 10*GROUPS>=19*UNITS
//@ default cpu ROWS=64 STRIPS=2
//
// C[M,N] = A[K,M]^T * B[K,N], row-major; any M, N, K >= 1; masks its own edges; writes every element of C once,
// through STORE16(value, row, column), and never reads it.
//
// For CPUs: one work-item per work-group and explicit vectors. The heart is product(): 8 rows by two
// float16 of C stand in 16 registers while k walks through one chunk of 256. Per step of k that is two
// vectors of B, eight neighbours in a row of A broadcast, sixteen fmas.
//
// Both operands are walked down their columns, a whole row apart, often a power of two: read so again and
// again they would evict each other from the cache. So each is read in place once per work-group, by the
// first product that needs it, which leaves a copy without gaps: 32 columns of B as a strip (32 KiB, the
// first-level cache), 8 columns of A as a panel (8 KiB; all of them the second-level cache). The stores hide
// beneath the fmas, and AHEAD hides the wait for memory. Chunks follow each other in `total`, as rule 4
// wants it. With a small batch the results are most of the traffic. Sums of one chunk leave strip by strip, and what
// STORE reads there is asked for while they are computed; longer ones leave at the end, in whole rows. In
// one rolled loop, since an epilogue may be long.
//
// Where C has at most TALL rows or columns, as beside a layer of ten classes, nothing is used twice and
// nothing copied: narrow() takes TALL of them at once. A C of few columns is computed turned.

#if defined(__x86_64__) && AHEAD
#define FETCH(p) __builtin_prefetch((const void *)(size_t)(p))
#else
#define FETCH(p)
#endif

// Eight rows of one chunk: total = or += A[0..depth)[0..7]^T * B[0..depth)[0..31]. Where pack_a or pack_b,
// a or b is read and copied to the panel or the strip; else those are read. B's right half starts
// `right` floats after the left.
static inline __attribute__((always_inline)) void
product(const bool pack_a, const bool pack_b, const uint first, const size_t depth,
        global const float *a, const uint lda, global const float *b, const uint ldb, const uint right,
        float *panel, float16 *strip, float16 *total) {
    float16 sum[HIGH][2];
    EACH(r, HIGH) sum[r][0] = sum[r][1] = (float16)(0.0f);
#pragma unroll 4
    for (size_t k = 0; k < depth; ++k) {
        if (pack_b) {
            FETCH(b + (size_t)AHEAD * ldb);
            FETCH(b + (size_t)AHEAD * ldb + right);
            strip[2 * k] = LOAD(b);
            strip[2 * k + 1] = LOAD(b + right);
            b += ldb;
        }
        if (pack_a)
            FETCH(a + (size_t)AHEAD * lda);
        const float16 x = strip[2 * k], y = strip[2 * k + 1];
        EACH(r, HIGH) {
            const float16 e = (float16)(pack_a ? a[r] : panel[HIGH * k + r]);
            sum[r][0] = fma(e, x, sum[r][0]);
            sum[r][1] = fma(e, y, sum[r][1]);
        }
        if (pack_a) {
            vstore8(vload8(0, a), k, panel);
            a += lda;
        }
    }
    EACH(r, HIGH) EACH(v, 2)
        total[2 * r + v] = first == 0 ? sum[r][v] : total[2 * r + v] + sum[r][v];
}

// TALL rows by two vectors of C: total[0..1][r] = A[0..K)[r] * B[0..K)[0..31]. The right vector starts `right`
// floats after the left. (As a size of product() it would keep LLVM 15 from holding sums in registers.)
static inline void narrow(const uint K, global const float *a, const uint lda, global const float *b,
                          const uint ldb, const uint right, float16 total[2][LANES]) {
    for (uint first = 0; first < K; first += CHUNK) {
        float16 sum[TALL][2];
        EACH(r, TALL) sum[r][0] = sum[r][1] = (float16)(0.0f);
#pragma unroll 4
        for (size_t k = min((uint)CHUNK, K - first); k; --k) {
            const float16 x = LOAD(b), y = LOAD(b + right);
            EACH(r, TALL) {
                const float16 e = (float16)(a[r]);
                sum[r][0] = fma(e, x, sum[r][0]);
                sum[r][1] = fma(e, y, sum[r][1]);
            }
            a += lda;
            b += ldb;
        }
        EACH(r, TALL) EACH(v, 2) total[v][r] = first == 0 ? sum[r][v] : total[v][r] + sum[r][v];
    }
}

// Vectors first to last, the last not itself, of all rows. What STORE reads is asked for some rows before, unless
// it was `asked` for.
static inline void leave(const bool asked, float16 total[STRIPS][ROWS * 2], const uint row, const uint rows,
                         const uint column, const uint first, const uint last, STORE_PARAMS) {
    for (uint r = 0; r < rows; ++r)
        for (uint v = first; v < last; ++v) {
            if (!asked)
                STORE_SOON(row + min(r + 4, rows - 1), column + v * LANES);
            STORE16(total[v / 2][2 * r + v % 2], row + r, column + v * LANES);
        }
}

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_tn(const uint M, const uint N, const uint K, const uint lda, const uint ldb,
             global const float *restrict A, global const float *restrict B, STORE_PARAMS) {
    const bool few_rows = M <= TALL, turned = !few_rows && N <= TALL; // the lanes are rows of C
    const part across = part_of(N, get_group_id(0), STRIPS * 2 * LANES, 2 * LANES);
    const part down = part_of(M, get_group_id(1), ROWS, turned ? 2 * LANES : HIGH);
    const uint column = across.first, vectors = (across.count + LANES - 1) / LANES;
    const uint row = down.first, rows = down.count;

    if (few_rows || turned) {
        const uint lines = turned ? rows : across.count;
        global const float *few = turned ? B : A, *many = turned ? A + row : B + column;
        float16 out[2][LANES];
        for (uint line = 0; line < lines; line += 2 * LANES) {
            const uint halves = line + LANES < lines ? 2 : 1;
            narrow(K, few, turned ? ldb : lda, many + line, turned ? lda : ldb,
                   halves == 2 ? LANES : 0, out);
            for (uint h = 0; h < halves; ++h) {
                const uint first = line + h * LANES;
                if (turned)
                    iso_turn16(out[h], out[h]);
                for (uint i = 0; i < (turned ? min((uint)LANES, lines - first) : M); ++i)
                    STORE16(out[h][i], turned ? row + first + i : i, turned ? 0 : column + first);
            }
        }
        return;
    }
    const bool short_sums = K <= CHUNK;
    float16 strip[CHUNK * 2];
    float16 panels[ROWS * CHUNK / LANES];
    float16 total[STRIPS][ROWS * 2];

    for (uint first = 0; first < K; first += CHUNK) {
        const uint depth = min((uint)CHUNK, K - first);
        for (uint v = 0; v < vectors; v += 2) {
            global const float *b = B + (size_t)first * ldb + column + v * LANES;
            const uint right = v + 1 < vectors ? LANES : 0; // no vector there: take the left one twice
            for (uint r = 0; r < rows; r += HIGH) {
                global const float *a = A + (size_t)first * lda + row + r;
                float *panel = (float *)panels + (size_t)r * CHUNK;
                float16 *t = &total[v / 2][2 * r];
                for (uint i = r; short_sums && i < min(r + HIGH, rows); ++i)
                    EACH(h, 2) STORE_SOON(row + i, column + min(v + h, vectors - 1) * LANES);
                if (v == 0 && r == 0)
                    product(true, true, first, depth, a, lda, b, ldb, right, panel, strip, t);
                else if (v == 0)
                    product(true, false, first, depth, a, lda, b, ldb, right, panel, strip, t);
                else if (r == 0)
                    product(false, true, first, depth, a, lda, b, ldb, right, panel, strip, t);
                else
                    product(false, false, first, depth, a, lda, b, ldb, right, panel, strip, t);
            }
            if (!short_sums && (first + CHUNK < K || v + 2 < vectors))
                continue;
            leave(short_sums, total, row, rows, column, short_sums ? v : 0, min(v + 2, vectors),
                  STORE_NAMES);
        }
    }
}
