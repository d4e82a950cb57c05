// What row-wise kernels share: a sample's targets, the largest of a row and its place, and the sum of
// a row's exponentials.

// The first largest element; a NaN is never it unless it comes first.
static inline uint row_winner(global const float *row, uint columns) {
    uint winner = 0;
    for (uint j = 1; j < columns; j++)
        winner = row[j] > row[winner] ? j : winner;
    return winner;
}

// The largest element; NaN elements are passed over (the sum below shows them).
static inline float row_largest(global const float *row, uint columns) {
    F most = C(row[0]);
    for (uint column = 0; column < columns; column += WIDTH) {
        const F value = LOAD(row + column);
        most = SELECT(((I)((int)column) + LANE < (I)((int)columns)) & (value > most), value, most);
    }
    float lanes[WIDTH], largest;
    SAVE(most, lanes);
    largest = lanes[0];
    for (uint lane = 1; lane < WIDTH; lane++)
        largest = lanes[lane] > largest ? lanes[lane] : largest;
    return largest;
}

// The sum of exp(row[j] - largest), in chunks of CHUNK terms from left to right.
static inline float row_exp_sum(global const float *row, uint columns, float largest) {
    float total = 0.0f;
    for (uint begin = 0; begin < columns; begin += CHUNK) {
        float chunk = 0.0f;
        const uint end = min(begin + CHUNK, columns);
        for (uint column = begin; column < end; column += WIDTH) {
            float lanes[WIDTH];
            SAVE(FN(exp)(LOAD(row + column) - C(largest)), lanes);
            for (uint lane = 0; lane < WIDTH && column + lane < end; lane++)
                chunk = chunk + lanes[lane];
        }
        total = begin == 0 ? chunk : total + chunk;
    }
    return total;
}
