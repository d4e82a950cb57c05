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
static inline void FN(store)(F value, uint row, uint column, STORE_PARAMS) {
    const size_t at = (size_t)row * delta_ld + column;
#ifdef READS_OUTPUT
    value = value * CALL(SLOPE)(C(0.0f), LOAD(a_in + at));
#elif defined(READS_INPUT)
    value = value * CALL(SLOPE)(LOAD(z_in + at), C(0.0f));
#endif
    SAVE(KEEP(FN(flush)(value), column, delta_columns), delta_out + at);
}
