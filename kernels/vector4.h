// The macros of kernels/numerics.h and other templates for float4 vectors.
#define F float4
#define I int4
#define U uint4
#define FN(name) iso_##name##4
#define C(x) ((float4)(x))
#define AS_F(i) as_float4(i)
#define AS_I(f) as_int4(f)
#define AS_U(f) as_uint4(f)
#define TO_F(i) convert_float4_rte(as_int4(i))

// Memory: as many floats as the type has lanes, at a multiple of 16 bytes in global and local memory, so
// that it is one instruction on a GPU. KEEP zeroes lanes at or beyond `columns`.
#define WIDTH 4
#define LANE ((int4)(0, 1, 2, 3))
#define LOAD(from) iso_load4(from)
#define SAVE(value, to) iso_save4(value, to)
#define KEEP(value, column, columns)                                                               \
    SELECT((int4)((int)(column)) + LANE < (int4)((int)(columns)), value, (float4)(0.0f))
#define LOAD_ANY(from) iso_floats4(from)
#define TO_FLOATS(from) iso_floats4(from)

#define FOR_SPACE(space)                                                                           \
    static inline float4 __attribute__((overloadable)) iso_load4(space const float *from) {        \
        return *(space const float4 *)from;                                                        \
    }                                                                                              \
    static inline void __attribute__((overloadable)) iso_save4(float4 value, space float *to) {    \
        *(space float4 *)to = value;                                                               \
    }
FOR_SPACE(global)
FOR_SPACE(local)
#undef FOR_SPACE
static inline void __attribute__((overloadable)) iso_save4(float4 value, float *to) {
    to[0] = value.s0;
    to[1] = value.s1;
    to[2] = value.s2;
    to[3] = value.s3;
}

// Of any alignment.
static inline float4 __attribute__((overloadable)) iso_floats4(global const uchar *from) {
    return (float4)(from[0], from[1], from[2], from[3]);
}
static inline float4 __attribute__((overloadable)) iso_floats4(global const float *from) {
    return (float4)(from[0], from[1], from[2], from[3]);
}
