//@ op      bias_gradient
//@ variant chunks
//@ knob    COLUMNS 8 16            columns of a work-group
//@ knob    CHUNKS 2 1              chunks of a sum that are computed at the same time
//@ knob    GROUP 256 128           work-items of a work-group
//@ width   4
//@ local   GROUP
//@ tile    COLUMNS
//@ require 16*CHUNKS*(64*COLUMNS+4)+4*CHUNKS*COLUMNS<=LOCAL && CHUNKS*COLUMNS<=GROUP
//@ default gpu COLUMNS=16 CHUNKS=2 GROUP=256
//@ default gpu COLUMNS=8 CHUNKS=2 GROUP=256
//
// The gradient of a bias: for each column, the sum of delta over the batch in the contract's order,
// handed to STORE at (0, column).
//
// For GPUs, which wait long for memory and have few columns to share out: all work-items bring the rows of
// CHUNKS chunks to local memory, each with many loads under way; then there is one for each chunk of a column.

#define QUADS (COLUMNS / 4)                     // of a row
#define SHARE (CHUNKS * CHUNK * QUADS / GROUP)  // of all quads, a work-item's
#define PITCH (CHUNK * QUADS + 4)               // of a chunk, in quads: two chunks are read from different banks

kernel void bias_gradient(const uint rows, const uint columns, const uint ld,
                          global const float *restrict delta, STORE_PARAMS) {
    local float4 terms[CHUNKS * PITCH];
    local float sums[CHUNKS * COLUMNS];
    const uint item = get_local_id(0), first = get_group_id(0) * COLUMNS;
    float total = 0.0f;
    for (uint begin = 0; begin < rows; begin += CHUNKS * CHUNK) {
        float4 next[SHARE]; // zeros behind the last change no sum
        _Pragma("unroll") for (uint i = 0; i < SHARE; ++i) {
            const uint quad = item + i * GROUP, row = begin + quad / QUADS;
            const uint column = min(first + quad % QUADS * 4, ld - 4);
            next[i] = row < rows ? LOAD(delta + (size_t)row * ld + column) : (float4)(0.0f);
        }
        _Pragma("unroll") for (uint i = 0; i < SHARE; ++i) {
            const uint quad = item + i * GROUP;
            terms[quad / (CHUNK * QUADS) * PITCH + quad % (CHUNK * QUADS)] = next[i];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < CHUNKS * COLUMNS) {
            const uint chunk = item / COLUMNS, at = begin + chunk * CHUNK;
            const local float *term = (const local float *)(terms + chunk * PITCH) + item % COLUMNS;
            const uint count = at < rows ? min(rows - at, (uint)CHUNK) : 0;
            float sum = 0.0f;
            for (uint row = 0; row < count; row += 16)
                _Pragma("unroll") for (uint i = 0; i < 16; ++i) sum = sum + term[(row + i) * COLUMNS];
            sums[item] = sum;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < COLUMNS)
            for (uint chunk = 0; chunk < CHUNKS && begin + chunk * CHUNK < rows; ++chunk)
                total = total + sums[chunk * COLUMNS + item];
    }
    if (item < COLUMNS && first + item < columns)
        STORE(total, 0, first + item);
}
