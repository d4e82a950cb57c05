//@ op      gather
//@ variant rows
//@ width   16
//@ knob    ACROSS 1 4 16            work-items along a row
//@ knob    DOWN 4 1 8 16            rows per work-group
//@ local   DOWN ACROSS
//@ tile    DOWN ACROSS
//@ default cpu ACROSS=1 DOWN=4
//@ default gpu ACROSS=16 DOWN=4
//
// out[r][j] = scaled x[order[step * stride + r]][j]: the rows of a batch, as the network sees them.
// Samples are read and scaled by gather_row.h; ACROSS work-items walk a row in vectors. Dimension 0 has
// ACROSS work-items in all. Takes the step from STATE_NEXT and makes it the one under way.

kernel void gather(const uint rows, const uint features, const uint stride, const uint ld,
                   global const ELEMENT *restrict x, global const uint *restrict order,
                   global const float *restrict mean, global const float *restrict scale,
                   global uint *restrict state, global float *restrict out) {
    const uint step = state[STATE_NEXT];
    const uint row = get_global_id(1);
    if (get_global_id(0) == 0 && row == 0)
        state[STATE_STEP] = step;
    if (row >= rows)
        return;
    gather_row(x + (size_t)order[(size_t)step * stride + row] * features, features,
               get_global_id(0), ACROSS, mean, scale, out + (size_t)row * ld);
}
