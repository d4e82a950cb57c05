//@ op      resident
//@ variant item
//@ width   16
//@ local   1
//@ tile    1
//@ default cpu
//
// Training steps without a launch each: one work-item takes batch after batch through a network that
// fits its fast memory, from STATE_NEXT up to STATE_UNTIL or to the first bad step. Same bits as the
// launches of the ordinary step.
//
// The host describes the network in LAYERS(X) and LAYERS_DOWN(X), the first to the last and the last
// to the second layer:
//   X(l, in, out, w, b, wt, x, ldx, z, a, d, act, below_z, below_d, below_slope)
// l: its number; w, b: where its weight and bias lie in the parameters (NO_BIAS: none); wt, z, a, d:
// where its turned weight, z, a and delta lie in scratch; x, ldx: its input there; act: act_<f>;
// below_*: of the layer below. X_AT, LDX: the batch in scratch. TURNED: floats between a turned
// weight and its turned memories. STATES, OPTIMIZER: as in store_update.h. SKIP_ZEROS: a zero
// gradient changes nothing. TARGETS: where targets are, if it is the batch. Losses: sample_loss.h. Samples: gather_row.h.
//
// The idea: vectors lie across the units of a layer, so weights are kept turned, [in][units], where
// the forward pass and the gradient read them in order; layers above the first also keep the
// ordinary [out][in] up to date, which the error terms read in order.

#define VECTORS(n) (((n) + 15) / 16)
#define PAD(n) (16 * (VECTORS(n) + (VECTORS(n) % 32 == 0))) // iso_pitch of device/buffer.h; n > 0
#define NO_BIAS 0xffffffffu
#ifndef LAYERS_DOWN
#define LAYERS_DOWN(X) // a network of one layer
#endif
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < (n); ++i)
#define BLOCK 8

// ------------------------------------------------------------------------------------ products --

// to[r][..] = sum over k of x[r][k] w[k][..]: `wide` vectors of it for up to `high` rows, together as many
// chains as an fma unit needs. Where there are fewer rows, the last one is computed again.
static inline __attribute__((always_inline)) void
tile(const uint high, const uint wide, const uint last, const uint depth, const uint width,
     global const float *x, const uint ldx, global const float *w, global float *to) {
    global const float *row[BLOCK];
    F total[BLOCK][2];
    EACH(r, high) row[r] = x + min(r, last) * ldx;
    for (uint first = 0; first < depth; first += CHUNK) {
        const uint end = min(first + CHUNK, depth);
        F sum[BLOCK][2];
        EACH(r, high) EACH(v, wide) sum[r][v] = C(0.0f);
        for (uint k = first; k < end; ++k) {
            F column[2];
            EACH(v, wide) column[v] = LOAD(w + k * width + v * WIDTH);
            EACH(r, high) EACH(v, wide) sum[r][v] = FMA(C(row[r][k]), column[v], sum[r][v]);
        }
        EACH(r, high) EACH(v, wide) total[r][v] = first == 0 ? sum[r][v] : total[r][v] + sum[r][v];
    }
    EACH(r, high) EACH(v, wide) SAVE(total[r][v], to + min(r, last) * width + v * WIDTH);
}

// The same for one row, whose chunks are the chains: CHAINS whole ones at a time, and then what is
// left together with the last, shorter one.
#define CHAINS 4
#define CHAIN(c, k) sum[c] = FMA(C(x[(c) * CHUNK + (k)]), LOAD(w + ((c) * CHUNK + (k)) * width), sum[c])

static inline F row_chains(const uint depth, const uint width, global const float *x,
                           global const float *w, F total, const bool begun) {
    const uint whole = depth / CHUNK, rest = depth % CHUNK;
    F sum[CHAINS];
    EACH(c, CHAINS) sum[c] = C(0.0f);
    for (uint k = 0; k < rest; ++k)
        EACH(c, CHAINS)
            if (c <= whole)
                CHAIN(c, k);
    if (whole > 0)
        for (uint k = rest; k < CHUNK; ++k)
            EACH(c, CHAINS)
                if (c < whole)
                    CHAIN(c, k);
    EACH(c, CHAINS)
        if (c < whole + (rest > 0))
            total = begun || c > 0 ? total + sum[c] : sum[c];
    return total;
}

static inline void row_products(const uint depth, const uint width, global const float *x,
                                global const float *w, global float *to) {
    const uint groups = depth / (CHAINS * CHUNK), done = groups * CHAINS * CHUNK;
    for (uint v = 0; v < width; v += WIDTH) {
        F total = C(0.0f);
        for (uint first = 0; first < done; first += CHAINS * CHUNK)
            total = row_chains(CHAINS * CHUNK, width, x + first, w + first * width + v, total,
                               first > 0);
        if (depth > done)
            total = row_chains(depth - done, width, x + done, w + done * width + v, total, done > 0);
        SAVE(total, to + v);
    }
}

static inline void products(const uint rows, const uint depth, const uint width,
                            global const float *x, const uint ldx, global const float *w,
                            global float *to) {
    uint r = 0;
    for (; r + BLOCK / 2 < rows; r += BLOCK)
        for (uint v = 0; v < width; v += WIDTH)
            tile(BLOCK, 1, rows - r - 1, depth, width, x + r * ldx, ldx, w + v, to + r * width + v);
    x += r * ldx;
    to += r * width;
    for (uint v = 0; r + 1 < rows && v < width; v += 2 * WIDTH)
        if (v + WIDTH < width)
            tile(BLOCK / 2, 2, rows - r - 1, depth, width, x, ldx, w + v, to + v);
        else
            tile(BLOCK / 2, 1, rows - r - 1, depth, width, x, ldx, w + v, to + v);
    if (r + 1 == rows)
        row_products(depth, width, x, w, to);
}

// --------------------------------------------------------------------------------------- turns --

#define EVENS(a, b) ((F)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7))
#define ODDS(a, b) ((F)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf))

// Four rounds of riffling the rows of a 16 x 16 block turn it.
static inline void turn_block(F block[16]) {
    EACH(round, 4) {
        F next[16];
        EACH(i, 8) {
            next[2 * i] = EVENS(block[i], block[i + 8]);
            next[2 * i + 1] = ODDS(block[i], block[i + 8]);
        }
        EACH(i, 16) block[i] = next[i];
    }
}

// to[c][r] = from[r][c]; from has `rows` rows of PAD(columns), to PAD(columns) rows of PAD(rows).
static inline void turn(const uint rows, const uint columns, global const float *from,
                        global float *to) {
    for (uint r = 0; r < rows; r += 16)
        for (uint c = 0; c < columns; c += 16) {
            F block[16];
            EACH(i, 16)
                block[i] = r + i < rows ? LOAD(from + (r + i) * PAD(columns) + c) : C(0.0f);
            turn_block(block);
            EACH(i, 16) SAVE(block[i], to + (c + i) * PAD(rows) + r);
        }
}

// The way back: only the rows there are.
static inline void turn_back(const uint rows, const uint columns, global const float *from,
                             global float *to) {
    for (uint r = 0; r < rows; r += 16)
        for (uint c = 0; c < columns; c += 16) {
            F block[16];
            EACH(i, 16) block[i] = LOAD(from + (c + i) * PAD(rows) + r);
            turn_block(block);
            EACH(i, 16)
                if (r + i < rows)
                    SAVE(block[i], to + (r + i) * PAD(columns) + c);
        }
}

// ------------------------------------------------------------------------------------- updates --

// One vector of parameters at w, its memories `apart` floats behind each other from s0 on.
static inline void update_vector(F gradient, global float *w, global float *s0, global float *s1,
                                 global const float *h) {
    F value = LOAD(w), first = C(0.0f), second = C(0.0f);
#if STATES > 0
    first = LOAD(s0);
#endif
#if STATES > 1
    second = LOAD(s1);
#endif
    CALL(OPTIMIZER)(FN(flush)(gradient), &value, &first, &second, h);
    SAVE(value, w);
#if STATES > 0
    SAVE(first, s0);
#endif
#if STATES > 1
    SAVE(second, s1);
#endif
}

// Gradients of BLOCK rows of a turned weight from `rows` samples, and their update.
static inline void update_block(const uint rows, const uint width, const uint v,
                                global const float *x, const uint ldx, global const float *delta,
                                global float *wt, global const float *h) {
    F total[BLOCK];
    for (uint first = 0; first < rows; first += CHUNK) {
        const uint end = min(first + CHUNK, rows);
        F sum[BLOCK];
        EACH(j, BLOCK) sum[j] = C(0.0f);
        for (uint r = first; r < end; ++r) {
            const F d = LOAD(delta + r * width + v);
            EACH(j, BLOCK) sum[j] = FMA(d, C(x[r * ldx + j]), sum[j]);
        }
        EACH(j, BLOCK) total[j] = first == 0 ? sum[j] : total[j] + sum[j];
    }
    EACH(j, BLOCK) {
        global float *w = wt + j * width + v;
        update_vector(total[j], w, w + TURNED, w + 2 * TURNED, h);
    }
}

static inline bool all_zero(const uint rows, global const float *x, const uint ldx) {
    int8 any = 0;
    for (uint r = 0; r < rows; ++r)
        any |= as_int8(vload8(0, x + r * ldx));
    const int4 four = any.lo | any.hi;
    const int2 two = four.lo | four.hi;
    return (two.x | two.y) == 0;
}

static inline void update_weight(const uint rows, const uint in, const uint width,
                                 global const float *x, const uint ldx, global const float *delta,
                                 global float *wt, global const float *h) {
    for (uint k = 0; k < in; k += BLOCK) {
#ifdef SKIP_ZEROS
        if (all_zero(rows, x + k, ldx))
            continue;
#endif
        for (uint v = 0; v < width; v += WIDTH)
            update_block(rows, width, v, x + k, ldx, delta, wt + k * width, h);
    }
}

static inline void update_bias(const uint rows, const uint width, global const float *delta,
                               global float *b, global float *s0, global float *s1,
                               global const float *h) {
    for (uint v = 0; v < width; v += WIDTH) {
        F total = C(0.0f);
        for (uint first = 0; first < rows; first += CHUNK) {
            F sum = C(0.0f);
            for (uint r = first; r < min(first + CHUNK, rows); ++r)
                sum = sum + LOAD(delta + r * width + v);
            total = first == 0 ? sum : total + sum;
        }
        update_vector(total, b + v, s0 + v, s1 + v, h);
    }
}

// -------------------------------------------------------------------------------------- layers --

#define MEMORY                                                                                     \
    const uint rows, global float *restrict parameters, global float *restrict s0,                 \
        global float *restrict s1, global float *restrict scratch, global const float *restrict h

#define LAYER(l, in, out, w, b, wt, x, ldx, z_at, a_at, d_at, act, below_z, below_d, below_slope)  \
    static inline void forward_##l(MEMORY) {                                                       \
        products(rows, in, PAD(out), scratch + x, ldx, scratch + wt, scratch + z_at);              \
        for (uint i = 0; i < rows * PAD(out); i += WIDTH) {                                        \
            const uint column = i % PAD(out);                                                      \
            F z = LOAD(scratch + z_at + i);                                                        \
            if (b != NO_BIAS)                                                                      \
                z = z + LOAD(parameters + b + column);                                             \
            z = FN(flush)(z);                                                                      \
            SAVE(KEEP(z, column, out), scratch + z_at + i);                                        \
            SAVE(KEEP(FN(flush)(FN(act)(z)), column, out), scratch + a_at + i);                    \
        }                                                                                          \
    }                                                                                              \
    static inline void backward_##l(MEMORY) {                                                      \
        products(rows, out, PAD(in), scratch + d_at, PAD(out), parameters + w, scratch + below_d); \
        for (uint i = 0; i < rows * PAD(in); i += WIDTH) {                                         \
            const F slope = FN(below_slope)(LOAD(scratch + below_z + i), LOAD(scratch + x + i));   \
            const F d = FN(flush)(LOAD(scratch + below_d + i) * slope);                            \
            SAVE(KEEP(d, i % PAD(in), in), scratch + below_d + i);                                 \
        }                                                                                          \
    }                                                                                              \
    static inline void update_##l(MEMORY) {                                                        \
        update_weight(rows, in, PAD(out), scratch + x, ldx, scratch + d_at, scratch + wt, h);      \
        if (l > 0)                                                                                 \
            turn_back(out, in, scratch + wt, parameters + w);                                      \
        if (b != NO_BIAS)                                                                          \
            update_bias(rows, PAD(out), scratch + d_at, parameters + b, s0 + b, s1 + b, h);        \
    }                                                                                              \
    static inline void enter_##l(MEMORY) {                                                         \
        turn(out, in, parameters + w, scratch + wt);                                               \
        if (STATES > 0)                                                                            \
            turn(out, in, s0 + w, scratch + wt + TURNED);                                          \
        if (STATES > 1)                                                                            \
            turn(out, in, s1 + w, scratch + wt + 2 * TURNED);                                      \
    }                                                                                              \
    static inline void leave_##l(MEMORY) {                                                         \
        turn_back(out, in, scratch + wt, parameters + w);                                          \
        if (STATES > 0)                                                                            \
            turn_back(out, in, scratch + wt + TURNED, s0 + w);                                     \
        if (STATES > 1)                                                                            \
            turn_back(out, in, scratch + wt + 2 * TURNED, s1 + w);                                 \
    }
LAYERS(LAYER)

// Each takes a row of LAYERS and uses its number.
#define CALL_LAYER(what, l) what##_##l(rows, parameters, s0, s1, scratch, scalars + SCALARS * (size_t)step);
#define ENTER(l, in, out, w, b, wt, x, ldx, z, a, d, act, below_z, below_d, below_slope) \
    CALL_LAYER(enter, l)
#define LEAVE(l, in, out, w, b, wt, x, ldx, z, a, d, act, below_z, below_d, below_slope) \
    CALL_LAYER(leave, l)
#define FORWARD(l, in, out, w, b, wt, x, ldx, z, a, d, act, below_z, below_d, below_slope) \
    CALL_LAYER(forward, l)
#define BACKWARD(l, in, out, w, b, wt, x, ldx, z, a, d, act, below_z, below_d, below_slope) \
    CALL_LAYER(backward, l)
#define UPDATE(l, in, out, w, b, wt, x, ldx, z, a, d, act, below_z, below_d, below_slope) \
    CALL_LAYER(update, l)

// ------------------------------------------------------------------------------------- batches --

#ifndef TARGETS
#define TARGETS targets
#endif

kernel void resident(const uint stride, const uint samples, const uint features,
                     const float scale, const float rest_scale,
                     global const ELEMENT *restrict x, global const uint *restrict order,
                     global const float *restrict mean, global const float *restrict scaling,
                     global const int *restrict labels, global const float *restrict targets,
                     global uint *restrict state, global float *restrict losses,
                     global uint *restrict correct, global const float *restrict scalars,
                     global float *restrict s0, global float *restrict s1,
                     global float *restrict parameters, global float *restrict scratch) {
    uint rows = 0, step = state[STATE_NEXT];
    const uint until = state[STATE_UNTIL];
    if (get_global_id(0) > 0 || state[STATE_BAD] != STATE_FINE)
        return;
    LAYERS(ENTER)
    for (; step < until && state[STATE_BAD] == STATE_FINE; ++step) {
        const size_t place = (size_t)step * stride;
        rows = min(stride, samples - (uint)place);
        for (uint r = 0; r < rows; ++r)
            gather_row(x + (size_t)order[place + r] * features, features, 0, 1, mean, scaling,
                       scratch + X_AT + r * LDX);
        LAYERS(FORWARD)
        for (uint r = 0; r < rows; ++r) {
            const uint at = r * PAD(OUTPUTS);
            const verdict result = judge_sample(
                scratch + LAST_Z + at, scratch + LAST_A + at, scratch + LAST_D + at, OUTPUTS,
                TARGET_ROW(order, place + r, r), rows == stride ? scale : rest_scale, labels,
                TARGETS);
            losses[place + r] = result.loss;
            correct[place + r] = result.correct;
            if (!isfinite(result.loss))
                state[STATE_BAD] = step;
        }
        if (state[STATE_BAD] != STATE_FINE)
            break;
        LAYERS_DOWN(BACKWARD)
        LAYERS(UPDATE)
    }
    state[STATE_NEXT] = state[STATE_STEP] = step;
    LAYERS(LEAVE)
}
