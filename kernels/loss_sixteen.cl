//@ op      loss
//@ variant sixteen
//@ width   16
//@ local   1
//@ tile    16
//@ default cpu
//
// What loss_rows.cl does, 16 samples per work-item (rows16.h). The macros are those of sample_loss.h.

typedef struct verdict16 {
    F loss;
    I correct; // 1: the prediction is the label, or where the largest target is
} verdict16;

// Of 16 samples, the places of their targets and, WITH_LABELS, their labels.
typedef struct samples16 {
    uint rows, columns, ld, sample[16];
    rows16 z, y;
    I label;
} samples16;

#define ONE_IF(condition) SELECT(condition, (I)(1), (I)(0))

#ifdef CROSS_ENTROPY
// Up to 16 classes: all of it with a sample in each lane.
static inline verdict16 judge_few(const samples16 *of, const float scale, global float *delta) {
    F e[16], sum = C(0.0f);
    rows16_load(&of->z, 0, e);
    F largest = e[0], target = e[0];
    I winner = (I)(0);
    SIXTEEN(k) if (k < of->columns) {
        const I more = e[k] > largest;
        winner = SELECT(more, (I)((int)k), winner);
        largest = SELECT(more, e[k], largest);
        target = SELECT(of->label == (I)((int)k), e[k], target);
    }
    SIXTEEN(k) if (k < of->columns) sum = sum + (e[k] = FN(exp)(e[k] - largest));
    const verdict16 result = {FN(log)(sum) - (target - largest), ONE_IF(winner == of->label)};
#ifdef WITH_DELTA
    const rows16_divisor d = rows16_divide_by(sum);
    SIXTEEN(k) {
        const F t = SELECT(of->label == (I)((int)k), C(1.0f), C(0.0f));
        if (k < of->columns)
            e[k] = FN(flush)((rows16_share(e[k], d.by, d.y, d.low) - t) * C(scale));
        else
            e[k] = C(0.0f);
    }
    iso_turn16(e, e);
    SIXTEEN(r) if (r < of->rows) SAVE(e[r], delta + (size_t)r * of->ld);
#endif
    return result;
}

// delta = (p - t) scale, from the e_j that stand there; `own`: what it is at the labels.
static inline void error_terms(const samples16 *of, const float scale, const rows16_divisor d,
                               const F own, global const float *targets, global float *delta) {
    float by[16], y[16], low[16], at_label[16];
    int label[16];
    SAVE(d.by, by);
    SAVE(d.y, y);
    SAVE(d.low, low);
    SAVE(own, at_label);
    vstore16(of->label, 0, label);
    const uint columns = of->columns;
    for (uint r = 0; r < of->rows; r++, delta += of->ld) {
        for (uint column = 0; column < columns; column += WIDTH) {
            F change = rows16_share(LOAD(delta + column), C(by[r]), C(y[r]), C(low[r]));
#ifndef WITH_LABELS
            change = change - target_at(0, targets, of->sample[r], column, columns);
#endif
            change = FN(flush)(change * C(scale));
            if (column + WIDTH > columns)
                change = KEEP(change, column, columns);
            SAVE(change, delta + column);
        }
#ifdef WITH_LABELS
        delta[label[r]] = at_label[r];
#endif
    }
}

static inline verdict16 judge_samples(const samples16 *of, const float scale,
                                      global const int *labels, global const float *targets,
                                      global float *delta) {
    const uint columns = of->columns;
    verdict16 result;
#ifdef WITH_LABELS
    if (columns <= 16)
        return judge_few(of, scale, delta);
#endif
    I winner;
    const F largest = rows16_largest(&of->z, columns, &winner);
#ifdef WITH_DELTA
    const F sum = rows16_exp_sum(&of->z, of->rows, columns, largest, delta, of->ld);
#else
    const F sum = rows16_exp_sum(&of->z, of->rows, columns, largest, 0, of->ld);
#endif
    const F log_sum = FN(log)(sum);
    F above = C(0.0f); // of a label's z over the largest, which is not above 0
#ifdef WITH_LABELS
    float target[16];
    SIXTEEN(r) target[r] = of->z.row[r][labels[of->sample[r]]];
    above = LOAD(target) - largest;
    result.loss = log_sum - above;
    result.correct = ONE_IF(winner == of->label);
#endif
#ifdef WITH_DELTA
    const rows16_divisor d = rows16_divide_by(sum);
    const F own = rows16_share(FN(exp)(above), d.by, d.y, d.low) - C(1.0f);
    error_terms(of, scale, d, FN(flush)(own * C(scale)), targets, delta);
#endif
#ifndef WITH_LABELS
    rows16 wanted;
    rows16_sums sums = {C(0.0f), C(0.0f)};
    I first;
    SIXTEEN(r) wanted.row[r] = targets + (size_t)of->sample[r] * TARGET_LD;
    for (uint column = 0; column < columns; column += WIDTH) {
        F t[16], z[16];
        rows16_load(&wanted, column, t);
        rows16_load(&of->z, column, z);
        rows16_turn_chunk(&sums, column);
        SIXTEEN(k) if (column + k < columns)
            sums.chunk = FMA(t[k], log_sum - (z[k] - largest), sums.chunk);
    }
    rows16_largest(&wanted, columns, &first);
    result.loss = rows16_total(&sums, columns);
    result.correct = ONE_IF(winner == first);
#endif
    return result;
}
#else
static inline verdict16 judge_samples(const samples16 *of, const float scale,
                                      global const int *labels, global const float *targets,
                                      global float *delta) {
    const uint columns = of->columns;
    rows16_sums sums = {C(0.0f), C(0.0f)};
    verdict16 result = {C(0.0f), (I)(0)};
    F block[PIECE][16];
    for (uint i = 0; i < PIECE; i++)
        SIXTEEN(r) block[i][r] = C(0.0f);
    for (uint begin = 0; begin < columns; begin += PIECE * WIDTH) {
        for (uint r = 0; r < of->rows; r++)
            for (uint i = 0, column = begin; i < PIECE && column < columns;
                 i++, column += WIDTH) {
                const F z = LOAD(of->z.row[r] + column), y = LOAD(of->y.row[r] + column);
                const F t = target_at(labels, targets, of->sample[r], column, columns);
#ifdef WITH_DELTA
                F slope = CALL(LOSS_SLOPE)(z, y, t);
#ifndef LOSS_READS_LOGIT
                slope = slope * CALL(SLOPE)(z, y);
#endif
                const F change = FN(flush)(slope * C(scale));
                SAVE(KEEP(change, column, columns), delta + (size_t)r * of->ld + column);
#endif
                block[i][r] = KEEP(CALL(LOSS_VALUE)(z, y, t), column, columns);
            }
        rows16_turn_chunk(&sums, begin);
        for (uint i = 0; i < PIECE && begin + i * WIDTH < columns; i++)
            sums.chunk = rows16_add(sums.chunk, block[i]);
    }
    result.loss = rows16_total(&sums, columns);
#ifdef WITH_LABELS
    I winner;
    const F largest = rows16_largest(&of->y, columns, &winner);
    if (columns == 1)
        winner = ONE_IF(largest >= C(0.5f));
    result.correct = ONE_IF(winner == of->label);
#endif
    return result;
}
#endif

kernel void loss(const uint all, const uint columns, const uint stride, const uint ld,
                 const float scale, global const uint *restrict order,
                 global const int *restrict labels, global const float *restrict targets,
                 global const float *z, global const float *y, global uint *restrict state,
                 global float *restrict losses, global uint *restrict correct,
                 global float *delta) {
    const uint first = get_global_id(0) * 16, step = state[STATE_STEP];
    if (first == 0)
        state[STATE_NEXT] = step + 1;
    if (first >= all)
        return;
    const size_t place = (size_t)step * stride + first, at = (size_t)first * ld;
    samples16 of = {min(all - first, 16u), columns, ld};
    of.z = rows16_at(z + at, ld, of.rows);
    of.y = rows16_at(y + at, ld, of.rows);
    int label[16];
    SIXTEEN(r) {
        const uint row = min(r, of.rows - 1);
        of.sample[r] = TARGET_ROW(order, place + row, first + row);
#ifdef WITH_LABELS
        label[r] = labels[of.sample[r]];
#else
        label[r] = 0;
#endif
    }
    of.label = vload16(0, label);
    const verdict16 result = judge_samples(&of, scale, labels, targets, delta + at);
    float loss_of[16];
    int right[16];
    SAVE(result.loss, loss_of);
    vstore16(result.correct, 0, right);
    for (uint r = 0; r < of.rows; r++) {
        losses[place + r] = loss_of[r];
        correct[place + r] = (uint)right[r];
        if (!isfinite(loss_of[r]))
            atomic_min(&state[STATE_BAD], step);
    }
}
