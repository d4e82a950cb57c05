// What row-wise kernels share: a sample's targets, the largest of a row and its place, and the sum of
// a row's exponentials.

// `any`: the row may begin anywhere, as rows of targets do that have no padding.
#define PIECE_OF_ROW(from) (any ? LOAD_ANY(from) : LOAD(from))

// The largest element; NaN elements are passed over (the sum below shows them).
static inline float row_largest(global const float *row, uint columns, const bool any) {
    F most = C(row[0]);
    for (uint column = 0; column < columns; column += WIDTH) {
        const F value = PIECE_OF_ROW(row + column);
        most = SELECT(((I)((int)column) + LANE < (I)((int)columns)) & (value > most), value, most);
    }
    float lanes[WIDTH], largest;
    SAVE(most, lanes);
    largest = lanes[0];
    for (uint lane = 1; lane < WIDTH; lane++)
        largest = lanes[lane] > largest ? lanes[lane] : largest;
    return largest;
}

// The first largest element; a NaN is never it unless it comes first.
static inline uint row_winner(global const float *row, uint columns, const bool any) {
    if (columns <= WIDTH) { // the few classes of most networks
        uint first = 0;
        for (uint j = 1; j < columns; j++)
            first = row[j] > row[first] ? j : first;
        return first;
    }
    const float largest = row_largest(row, columns, any);
    I place = (I)((int)columns);
    for (uint column = 0; column < columns; column += WIDTH) {
        const I at = (I)((int)column) + LANE;
        place = SELECT((PIECE_OF_ROW(row + column) == C(largest)) & (at < place), at, place);
    }
    const int *places = (const int *)&place;
    int winner = places[0];
    for (uint lane = 1; lane < WIDTH; lane++)
        winner = min(winner, places[lane]);
    return winner < (int)columns ? winner : 0;
}

// A chunk's sum is one long chain of additions, so several chunks of a row take turns.
#define ABREAST 4

// sum[c] = the sum of exp(row[j] - largest) over chunk c of those that begin at `begin`.
static inline __attribute__((always_inline)) void
chunk_exp_sums(const uint chunks, global const float *row, uint begin, uint columns, float largest,
               global float *keep, float *sum) {
    for (uint c = 0; c < chunks; c++)
        sum[c] = 0.0f;
    for (uint at = begin; at < begin + CHUNK && at < columns; at += WIDTH) {
        float lanes[ABREAST][WIDTH];
#pragma unroll
        for (uint c = 0; c < chunks; c++) {
            const uint column = at + c * CHUNK;
            F e = C(0.0f);
            if (column < columns) {
                e = KEEP(FN(exp)(LOAD(row + column) - C(largest)), column, columns);
                if (keep)
                    SAVE(e, keep + column);
            }
            SAVE(e, lanes[c]);
        }
        for (uint lane = 0; chunks == 1 && lane < WIDTH && at + lane < columns; lane++)
            sum[0] = sum[0] + lanes[0][lane];
#pragma unroll
        for (uint lane = 0; lane < WIDTH; lane++) // zeros beyond the row change no sum
#pragma unroll
            for (uint c = 0; chunks > 1 && c < chunks; c++)
                sum[c] = sum[c] + lanes[c][lane];
    }
}

// The sum of e_j = exp(row[j] - largest), in chunks of CHUNK terms from left to right.
// keep: where the e_j are put, with zeros behind them, or 0; it may be the row.
static inline float row_exp_sum(global const float *row, uint columns, float largest,
                                global float *keep) {
    float total = 0.0f, sum[ABREAST];
    for (uint begin = 0; begin < columns; begin += ABREAST * CHUNK) {
        if (columns - begin <= CHUNK)
            chunk_exp_sums(1, row, begin, columns, largest, keep, sum);
        else
            chunk_exp_sums(ABREAST, row, begin, columns, largest, keep, sum);
        for (uint c = 0; c < ABREAST && begin + c * CHUNK < columns; c++)
            total = begin + c == 0 ? sum[c] : total + sum[c];
    }
    return total;
}
