// STORE: a layer's forward pass. z = value + bias[column], a = f(z).
// ACTIVATION: act_<f>; WITH_BIAS: there is a bias; WITH_Z: z is wanted beside a. BIAS_SPAN: so many
// columns in a row share a bias (the pixels of a filter), and no vector reaches beyond them.
#ifdef WITH_BIAS
#define BIAS_PARAM global const float *restrict bias_in,
#define BIAS_NAME bias_in,
#else
#define BIAS_PARAM
#define BIAS_NAME
#endif
#ifdef WITH_Z
#define Z_PARAM global float *restrict z_out,
#define Z_NAME z_out,
#else
#define Z_PARAM
#define Z_NAME
#endif
#define STORE_PARAMS BIAS_PARAM Z_PARAM global float *restrict a_out, const uint a_ld, const uint a_columns
#define STORE_NAMES BIAS_NAME Z_NAME a_out, a_ld, a_columns
struct FN(before) {
    F bias;
};
static inline void FN(store_read)(struct FN(before) *before, uint row, uint column, STORE_PARAMS) {
#ifdef BIAS_SPAN
    before->bias = C(bias_in[column / BIAS_SPAN]);
#elif defined(WITH_BIAS)
    before->bias = LOAD(bias_in + column);
#else
    before->bias = C(0.0f);
#endif
}
static inline void FN(store_write)(F value, const struct FN(before) *before, uint row, uint column, STORE_PARAMS) {
    const size_t at = (size_t)row * a_ld + column;
#if defined(BIAS_SPAN) || defined(WITH_BIAS)
    value = value + before->bias;
#endif
    const F z = FN(flush)(value);
#ifdef WITH_Z
    SAVE(KEEP(z, column, a_columns), z_out + at);
#endif
    SAVE(KEEP(FN(flush)(CALL(ACTIVATION)(z)), column, a_columns), a_out + at);
}
static inline void FN(store_soon)(uint row, uint column, STORE_PARAMS) {}
STORE_FROM_BOTH
