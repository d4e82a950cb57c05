//@ op      square_sums
//@ variant sixteen
//@ width   16
//@ local   1
//@ tile    16
//@ default cpu
//
// As square_sums_chunks.cl says. One work-item per 16 chunks, a chunk in each lane (rows16.h).

// A place in the matrix, and how many elements are still to come.
typedef struct walk {
    global const float *row;
    uint column, left;
} walk;

// The next 16 elements, or what is left of them with zeros behind, which change no sum.
static inline F next16(walk *at, const uint columns, const uint ld) {
    if (at->left >= 16 && at->column + 16 <= columns) {
        const F value = LOAD(at->row + at->column);
        at->column += 16;
        at->left -= 16;
        if (at->column == columns) {
            at->column = 0;
            at->row += ld;
        }
        return value;
    }
    float piece[16];
    for (uint i = 0; i < 16; i++) {
        piece[i] = at->left ? at->row[at->column] : 0.0f;
        at->left -= at->left > 0;
        if (++at->column == columns) {
            at->column = 0;
            at->row += at->left ? ld : 0;
        }
    }
    return LOAD(piece);
}

kernel void square_sums(const uint chunks, const uint rows, const uint columns, const uint ld,
                        global const float *restrict x, const uint first,
                        global float *restrict partial) {
    const uint chunk = get_global_id(0) * 16;
    if (chunk >= chunks)
        return;
    const size_t count = (size_t)rows * columns;
    walk at[16];
    for (uint r = 0; r < 16; r++) {
        const size_t begin = (size_t)(chunk + r) * CHUNK;
        const size_t row = min(begin / columns, (size_t)rows - 1);
        at[r].row = x + row * ld;
        at[r].column = begin % columns;
        at[r].left = begin < count ? min(count - begin, (size_t)CHUNK) : 0;
    }
    F sum = C(0.0f);
    for (uint i = 0; i < CHUNK / 16; i++) {
        F block[16];
        for (uint r = 0; r < 16; r++)
            block[r] = next16(&at[r], columns, ld);
        iso_turn16(block, block);
        SIXTEEN(k) sum = FMA(block[k], block[k], sum);
    }
    float sums[16];
    SAVE(sum, sums);
    for (uint r = 0; r < 16 && chunk + r < chunks; r++)
        partial[first + chunk + r] = sums[r];
}
