// STORE: the error term of the layer below. delta = value * f'(z, a).
// SLOPE: slope_<f>; READS_OUTPUT or READS_INPUT: f' reads a or z of the layer below.
#ifdef READS_OUTPUT
#define SLOPE_PARAM global const float *restrict a_in,
#define SLOPE_NAME a_in,
#elif defined(READS_INPUT)
#define SLOPE_PARAM global const float *restrict z_in,
#define SLOPE_NAME z_in,
#else
#define SLOPE_PARAM
#define SLOPE_NAME
#endif
#define STORE_PARAMS SLOPE_PARAM global float *restrict delta_out, const uint delta_ld, const uint delta_columns
#define STORE_NAMES SLOPE_NAME delta_out, delta_ld, delta_columns
struct FN(before) {
    F input, output;
};
static inline void FN(store_read)(struct FN(before) *before, uint row, uint column, STORE_PARAMS) {
    const size_t at = (size_t)row * delta_ld + column;
    before->input = before->output = C(0.0f);
#ifdef READS_OUTPUT
    before->output = LOAD(a_in + at);
#elif defined(READS_INPUT)
    before->input = LOAD(z_in + at);
#endif
}
static inline void FN(store_write)(F value, const struct FN(before) *before, uint row, uint column, STORE_PARAMS) {
    const size_t at = (size_t)row * delta_ld + column;
#if defined(READS_OUTPUT) || defined(READS_INPUT)
    value = value * CALL(SLOPE)(before->input, before->output);
#endif
    SAVE(KEEP(FN(flush)(value), column, delta_columns), delta_out + at);
}
static inline void FN(store_soon)(uint row, uint column, STORE_PARAMS) {
#ifdef READS_OUTPUT
    SOON(a_in + ((size_t)row * delta_ld + column));
#elif defined(READS_INPUT)
    SOON(z_in + ((size_t)row * delta_ld + column));
#endif
}
STORE_FROM_BOTH
