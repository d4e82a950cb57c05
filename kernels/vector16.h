// The macros of kernels/numerics.h and other templates for float16 vectors.
#pragma OPENCL FP_CONTRACT OFF
#undef F
#undef I
#undef U
#undef FN
#undef C
#undef AS_F
#undef AS_I
#undef AS_U
#undef TO_F
#undef TO_I
#undef FMA
#undef MULHI
#undef SELECT
#undef SQRT
#define F float16
#define I int16
#define U uint16
#define FN(name) iso_##name##16
#define C(x) ((float16)(x))
#define AS_F(i) as_float16(i)
#define AS_I(f) as_int16(f)
#define AS_U(f) as_uint16(f)
#define TO_F(i) convert_float16_rte(as_int16(i))
#define TO_I(f) convert_int16_rtz(f)
#define FMA(a, b, c) fma(a, b, c)
#define MULHI(a, b) mul_hi(a, b)
#define SELECT(condition, yes, no) select(no, yes, condition)
#define SQRT(x) sqrt(x)

// Memory: as many floats as the type has lanes. KEEP zeroes lanes at or beyond `columns`.
#undef WIDTH
#undef LANE
#undef LOAD
#undef SAVE
#undef KEEP
#undef FABS
#define WIDTH 16
#define LANE ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define LOAD(from) iso_load16(from)
#define SAVE(value, to) iso_save16(value, to)
#define KEEP(value, column, columns)                                                               \
    SELECT((int16)((int)(column)) + LANE < (int16)((int)(columns)), value, (float16)(0.0f))
#define FABS(x) fabs(x)

// A vector of any alignment in one instruction where there is one: vload16 and vstore16 become four of
// four floats each on PoCL. In private memory they are what keeps small arrays in registers.
typedef float16 __attribute__((aligned(4))) iso_loose16;
#define FOR_SPACE(space)                                                                           \
    static inline float16 __attribute__((overloadable)) iso_load16(space const float *from) {      \
        return *(space const iso_loose16 *)from;                                                   \
    }                                                                                              \
    static inline void __attribute__((overloadable)) iso_save16(float16 value, space float *to) {  \
        *(space iso_loose16 *)to = value;                                                          \
    }
FOR_SPACE(global)
FOR_SPACE(local)
#undef FOR_SPACE
static inline float16 __attribute__((overloadable)) iso_load16(const float *from) {
    return vload16(0, from);
}
static inline void __attribute__((overloadable)) iso_save16(float16 value, float *to) {
    vstore16(value, 0, to);
}
