//@ op      gather
//@ variant rows
//@ knob    LANES 16 1 4             features of a work-item at a time
//@ knob    ACROSS 1 4 16 128        work-items along a row
//@ knob    DOWN 4 1 2 8 16          rows per work-group
//@ knob    NEXT 1 0                 1: fetch the rows of the next step
//@ width   LANES
//@ local   DOWN ACROSS
//@ tile    DOWN ACROSS
//@ require ACROSS*DOWN<=256
//@ default cpu LANES=16 ACROSS=1 DOWN=4
//@ default gpu LANES=4 ACROSS=128 DOWN=2
//
// out[r][j] = scaled x[order[step * stride + r]][j]: the rows of a batch, as the network sees them.
// Samples are read and scaled by gather_row.h; ACROSS work-items walk a row in vectors. Dimension 0 has
// ACROSS work-items in all. Takes the step from STATE_NEXT and makes it the one under way.
//
// The rows lie anywhere in x, which is larger than a cache: each waits for memory, unless they were sent
// for a step before (NEXT). `samples` is the length of order.

#if defined(__x86_64__) && NEXT
#define FETCH(p) __builtin_prefetch((const void *)(size_t)(p), 0, 2)
#else
#define FETCH(p)
#endif
#define LINE (64 / sizeof(ELEMENT)) // elements of a cache line

kernel void gather(const uint rows, const uint features, const uint stride, const uint samples,
                   const uint ld, global const ELEMENT *restrict x, global const uint *restrict order,
                   global const float *restrict mean, global const float *restrict scale,
                   global uint *restrict state, global float *restrict out) {
    const uint step = state[STATE_NEXT];
    const uint row = get_global_id(1);
    if (get_global_id(0) == 0 && row == 0)
        state[STATE_STEP] = step;
    if (row >= rows)
        return;
    const size_t place = (size_t)step * stride + row;
    const size_t later = min(place + stride, (size_t)samples - 1);
    for (uint column = get_global_id(0) * LINE; column < features; column += ACROSS * LINE)
        FETCH(x + (size_t)order[later] * features + column);
    gather_row(x + (size_t)order[place] * features, features, get_global_id(0), ACROSS, mean, scale,
               out + (size_t)row * ld);
}
