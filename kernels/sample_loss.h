// One sample of the output layer: its loss, its score and its error term. Used by loss_rows.cl and
// resident.cl. What is summed over outputs keeps the contract's order.
//
// LOSS_VALUE and LOSS_SLOPE (lines of losses.h): a loss that is a sum over outputs, of z, y = f(z)
// and the target; LOSS_READS_LOGIT: its slope is the error term, else it is still to be multiplied
// by SLOPE, f'. CROSS_ENTROPY: softmax and cross-entropy together, from the logits z, so that nothing
// overflows. WITH_LABELS: targets are one-hot rows of class numbers, else dense rows of floats.
// TARGET_LD: the targets are the batch's own rows, so far apart. WITH_DELTA: the error term is wanted,
// times `scale`.
#if defined(LOSS_VALUE) || defined(CROSS_ENTROPY)

// Where the targets of a sample are: in its place of the data, or in its row of the batch.
#ifdef TARGET_LD
#define TARGET_ROW(order, place, row) (row)
#else
#define TARGET_LD columns
#define TARGET_ROW(order, place, row) ((order)[place])
#endif

typedef struct verdict {
    float loss;
    uint correct; // the prediction is the label, or where the largest target is
} verdict;

// Targets of a sample from `column` on. A single output stands for class 1.
static inline F target_at(global const int *labels, global const float *targets, uint sample,
                          uint column, uint columns) {
#ifdef WITH_LABELS
    const int first = columns == 1 ? 1 : (int)column;
    return SELECT((I)(labels[sample]) == (I)(first) + LANE, C(1.0f), C(0.0f));
#else
    return KEEP(LOAD_ANY(targets + (size_t)sample * TARGET_LD + column), column, columns);
#endif
}

#ifdef CROSS_ENTROPY
// loss = log S - (z_t - m), or with targets the sum of t_j (log S - (z_j - m));
// delta_j = (exp(z_j - m) / S - t_j) scale; m: the largest z, S: the sum of exp(z_j - m).
static inline verdict judge_sample(global const float *z, global const float *y,
                                   global float *delta, uint columns, uint sample, float scale,
                                   global const int *labels, global const float *targets) {
    const float largest = row_largest(z, columns, false);
#ifdef WITH_DELTA
    const float sum = row_exp_sum(z, columns, largest, delta);
#else
    const float sum = row_exp_sum(z, columns, largest, 0);
#endif
    const float log_sum = iso_log(sum);
    verdict result;
#ifdef WITH_DELTA
    for (uint column = 0; column < columns; column += WIDTH) {
        const F p = FN(flush)(FN(divide)(LOAD(delta + column), C(sum)));
        const F t = target_at(labels, targets, sample, column, columns);
        SAVE(KEEP(FN(flush)((p - t) * C(scale)), column, columns), delta + column);
    }
#endif
#ifdef WITH_LABELS
    result.loss = log_sum - (z[labels[sample]] - largest);
    result.correct = row_winner(z, columns, false) == labels[sample];
#else
    global const float *t = targets + (size_t)sample * TARGET_LD;
    for (uint begin = 0; begin < columns; begin += CHUNK) {
        float chunk = 0.0f;
        for (uint j = begin; j < columns && j < begin + CHUNK; j++)
            chunk = fma(t[j], log_sum - (z[j] - largest), chunk);
        result.loss = begin == 0 ? chunk : result.loss + chunk;
    }
    result.correct = row_winner(z, columns, false) == row_winner(t, columns, true);
#endif
    return result;
}
#else
static inline verdict judge_sample(global const float *z_in, global const float *y_in,
                                   global float *delta, uint columns, uint sample, float scale,
                                   global const int *labels, global const float *targets) {
    float chunk = 0.0f;
    verdict result = {0.0f, 0};
    for (uint column = 0; column < columns; column += WIDTH) {
        const F z = LOAD(z_in + column), y = LOAD(y_in + column);
        const F t = target_at(labels, targets, sample, column, columns);
#ifdef WITH_DELTA
        F slope = CALL(LOSS_SLOPE)(z, y, t);
#ifndef LOSS_READS_LOGIT
        slope = slope * CALL(SLOPE)(z, y);
#endif
        SAVE(KEEP(FN(flush)(slope * C(scale)), column, columns), delta + column);
#endif
        float lanes[WIDTH];
        SAVE(CALL(LOSS_VALUE)(z, y, t), lanes);
        if (column > 0 && column % CHUNK == 0) {
            result.loss = column == CHUNK ? chunk : result.loss + chunk;
            chunk = 0.0f;
        }
        for (uint lane = 0; lane < WIDTH && column + lane < columns; lane++)
            chunk = chunk + lanes[lane];
    }
    result.loss = columns <= CHUNK ? chunk : result.loss + chunk;
#ifdef WITH_LABELS
    const uint winner = columns == 1 ? y_in[0] >= 0.5f : row_winner(y_in, columns, false);
    result.correct = winner == labels[sample];
#endif
    return result;
}
#endif
#endif
