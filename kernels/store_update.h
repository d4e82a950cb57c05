// STORE: the value is a gradient; the optimizer changes the parameter at that place.
// OPTIMIZER names it; STATES is how many memories it has. Nothing changes once a step went bad.
#if STATES > 0
#define S0_PARAM global float *restrict s0_io,
#define S0_NAME s0_io,
#else
#define S0_PARAM
#define S0_NAME
#endif
#if STATES > 1
#define S1_PARAM global float *restrict s1_io,
#define S1_NAME s1_io,
#else
#define S1_PARAM
#define S1_NAME
#endif
#define STORE_PARAMS                                                                               \
    global const uint *restrict state_in, global const float *restrict scalars_in,                 \
        S0_PARAM S1_PARAM global float *restrict w_io, const uint w_ld, const uint w_columns
#define STORE_NAMES state_in, scalars_in, S0_NAME S1_NAME w_io, w_ld, w_columns
struct FN(before) {
    F w, s0, s1;
    bool fine;
    global const float *h;
};
static inline void FN(store_read)(struct FN(before) *before, uint row, uint column, STORE_PARAMS) {
    const size_t at = (size_t)row * w_ld + column;
    before->fine = state_in[STATE_BAD] == STATE_FINE;
    before->h = scalars_in + SCALARS * (size_t)state_in[STATE_STEP];
    before->w = LOAD(w_io + at);
    before->s0 = before->s1 = C(0.0f);
#if STATES > 0
    before->s0 = LOAD(s0_io + at);
#endif
#if STATES > 1
    before->s1 = LOAD(s1_io + at);
#endif
}
static inline void FN(store_write)(F value, const struct FN(before) *before, uint row, uint column, STORE_PARAMS) {
    if (!before->fine)
        return;
    const size_t at = (size_t)row * w_ld + column;
    const F g = KEEP(FN(flush)(value), column, w_columns);
    F w = before->w, s0 = before->s0, s1 = before->s1;
    CALL(OPTIMIZER)(g, &w, &s0, &s1, before->h);
    SAVE(w, w_io + at);
#if STATES > 0
    SAVE(s0, s0_io + at);
#endif
#if STATES > 1
    SAVE(s1, s1_io + at);
#endif
}
static inline void FN(store_soon)(uint row, uint column, STORE_PARAMS) {
    const size_t at = (size_t)row * w_ld + column;
    SOON(w_io + at);
#if STATES > 0
    SOON(s0_io + at);
#endif
#if STATES > 1
    SOON(s1_io + at);
#endif
}
STORE_FROM_BOTH
