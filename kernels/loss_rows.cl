//@ op      loss
//@ variant rows
//@ knob    LANES 16 1 4            columns of a row at a time
//@ knob    ROWS 4 1 16 32           samples per work-group
//@ width   LANES
//@ local   ROWS
//@ tile    ROWS
//@ default gpu LANES=4 ROWS=32
//
// The loss (sample_loss.h) of each sample of a batch, from the output layer's z and y = f(z):
//   losses[i], correct[i]   where i = step * stride + r is the place in the epoch
//   delta[r][j]             WITH_DELTA: the error term of the output layer, times scale
// for sample order[i], or where targets are the batch's rows, row r. One work-item per sample. A loss that is not finite marks its step bad. Moves
// the epoch on to the next step.

kernel void loss(const uint rows, const uint columns, const uint stride, const uint ld,
                 const float scale, global const uint *restrict order,
                 global const int *restrict labels, global const float *restrict targets,
                 global const float *z, global const float *y, global uint *restrict state,
                 global float *restrict losses, global uint *restrict correct,
                 global float *delta) {
    const uint row = get_global_id(0), step = state[STATE_STEP];
    if (row == 0)
        state[STATE_NEXT] = step + 1;
    if (row >= rows)
        return;
    const size_t place = (size_t)step * stride + row, at = (size_t)row * ld;
    const verdict result =
        judge_sample(z + at, y + at, delta + at, columns, TARGET_ROW(order, place, row), scale, labels, targets);
    losses[place] = result.loss;
    correct[place] = result.correct;
    if (!isfinite(result.loss))
        atomic_min(&state[STATE_BAD], step);
}
