// STORE: the value itself, flushed. C[row][column] = value.
#define STORE_PARAMS global float *restrict C_out, const uint C_ld, const uint C_columns
#define STORE_NAMES C_out, C_ld, C_columns
static inline void FN(store)(F value, uint row, uint column, STORE_PARAMS) {
    SAVE(KEEP(FN(flush)(value), column, C_columns), C_out + (size_t)row * C_ld + column);
}
