// STORE: the value itself, flushed. C[row][column] = value.
#define STORE_PARAMS global float *restrict C_out, const uint C_ld, const uint C_columns
#define STORE_NAMES C_out, C_ld, C_columns
struct FN(before) {
    F nothing;
};
static inline void FN(store_read)(struct FN(before) *before, uint row, uint column, STORE_PARAMS) {
    before->nothing = C(0.0f);
}
static inline void FN(store_write)(F value, const struct FN(before) *before, uint row, uint column, STORE_PARAMS) {
    SAVE(KEEP(FN(flush)(value), column, C_columns), C_out + (size_t)row * C_ld + column);
}
static inline void FN(store_soon)(uint row, uint column, STORE_PARAMS) {}
STORE_FROM_BOTH
