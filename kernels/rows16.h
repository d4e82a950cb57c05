// What row-wise kernels share that take sixteen rows at a time. A sum along a row is one chain of additions
// by contract, as slow as an addition takes; of sixteen rows, blocks of 16 x 16 turned, the chains are the
// lanes of one vector. Rows that do not exist repeat the last one.
#if WIDTH == 16
#define SIXTEEN(i) _Pragma("unroll") for (uint i = 0; i < 16; i++)

typedef struct rows16 {
    global const float *row[16];
} rows16;

static inline rows16 rows16_at(global const float *from, uint ld, uint rows) {
    rows16 of;
    SIXTEEN(r) of.row[r] = from + (size_t)min(r, rows - 1) * ld;
    return of;
}

// to[k]: the rows' elements of column + k.
static inline void rows16_load(const rows16 *of, uint column, F to[16]) {
    SIXTEEN(r) to[r] = LOAD(of->row[r] + column);
    iso_turn16(to, to);
}

// The largest elements, and in which column each is first. NaN elements are passed over, unless one is a
// row's first.
static inline F rows16_largest(const rows16 *of, uint columns, I *winner) {
    F most[16], places[16];
    for (uint r = 0; r < 16; r += 4) { // as many chains of comparisons as keep the pipes busy
        F value[4];
        I place[4];
#pragma unroll
        for (uint i = 0; i < 4; i++) {
            value[i] = C(of->row[r + i][0]);
            place[i] = (I)(0);
        }
        for (uint column = 0; column < columns; column += WIDTH) {
            const I at = (I)((int)column) + LANE, real = at < (I)((int)columns);
#pragma unroll
            for (uint i = 0; i < 4; i++) {
                const F next = LOAD(of->row[r + i] + column);
                const I more = real & (next > value[i]);
                value[i] = SELECT(more, next, value[i]);
                place[i] = SELECT(more, at, place[i]);
            }
        }
#pragma unroll
        for (uint i = 0; i < 4; i++) {
            most[r + i] = value[i];
            places[r + i] = AS_F(place[i]);
        }
    }
    iso_turn16(most, most);
    iso_turn16(places, places);
    F largest = most[0];
    SIXTEEN(k) largest = SELECT(most[k] > largest, most[k], largest);
    I first = (I)(0x7fffffff);
    SIXTEEN(k) first = SELECT((most[k] == largest) & (AS_I(places[k]) < first), AS_I(places[k]), first);
    *winner = SELECT(first == (I)(0x7fffffff), (I)(0), first);
    return largest;
}

// Sixteen columns more of each row's sum, block[r] holding row r's; zeros change none.
static inline F rows16_add(F sum, const F block[16]) {
    F column[16];
    iso_turn16(block, column);
    SIXTEEN(k) sum = sum + column[k];
    return sum;
}

// Sums on their way, in chunks.
typedef struct rows16_sums {
    F total, chunk;
} rows16_sums;

// What is added next begins at `column`.
static inline void rows16_turn_chunk(rows16_sums *sums, uint column) {
    if (column == 0 || column % CHUNK != 0)
        return;
    sums->total = column == CHUNK ? sums->chunk : sums->total + sums->chunk;
    sums->chunk = C(0.0f);
}

static inline F rows16_total(const rows16_sums *sums, uint columns) {
    return columns <= CHUNK ? sums->chunk : sums->total + sums->chunk;
}

#define PIECE 4 // vectors of a row at once: memory wants to be walked through along the rows

// The sums of e_j = exp(z_j - largest) of each row. keep: where the e_j of `rows` rows are put, with zeros
// behind them, or 0; it may be where the rows are.
static inline F rows16_exp_sum(const rows16 *of, uint rows, uint columns, F largest, global float *keep,
                               uint ld) {
    rows16_sums sums = {C(0.0f), C(0.0f)};
    float most[16];
    F block[PIECE][16];
    SAVE(largest, most);
    for (uint i = 0; i < PIECE; i++)
        SIXTEEN(r) block[i][r] = C(0.0f);
    for (uint begin = 0; begin < columns; begin += PIECE * WIDTH) {
        for (uint r = 0; r < rows; r++)
            for (uint i = 0, column = begin; i < PIECE && column < columns; i++, column += WIDTH) {
                F e = FN(exp)(LOAD(of->row[r] + column) - C(most[r]));
                if (column + WIDTH > columns)
                    e = KEEP(e, column, columns);
                if (keep)
                    SAVE(e, keep + (size_t)r * ld + column);
                block[i][r] = e;
            }
        rows16_turn_chunk(&sums, begin);
        for (uint i = 0; i < PIECE && begin + i * WIDTH < columns; i++)
            sums.chunk = rows16_add(sums.chunk, block[i]);
    }
    return rows16_total(&sums, columns);
}

// Many quotients by the same number, correctly rounded, without a division each: with y = 1 / by rounded
// to nearest and `low` what is missing there, e y + e low is within an ulp of the quotient, and Markstein's
// step with the exact remainder rounds it. 2^46 keeps the remainder of a tiny e exact.
typedef struct rows16_divisor {
    F by, y, low;
} rows16_divisor;

static inline rows16_divisor rows16_divide_by(F sum) {
    rows16_divisor d = {sum, FN(divide)(C(1.0f), sum), C(0.0f)};
    d.low = FMA(-sum, d.y, C(1.0f)) * d.y;
    return d;
}

// flush(e / by), for 0 <= e <= 1 and 1 <= by < 2^32. What IEEE 754 rounds to less than 2^-126 is less than
// 2^-126 - 2^-150, of which the exact remainder tells.
static inline F rows16_share(F e, F by, F y, F low) {
    const F a = e * C(0x1p46f), q = FMA(a, y, a * low);
    const F p = FMA(FMA(-by, q, a), y, q) * C(0x1p-46f);
    return SELECT(FMA(-by, C(0x1.fffffep-81f), a) < C(0.0f), C(0.0f), p);
}
#endif
