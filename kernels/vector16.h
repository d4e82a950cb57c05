// The macros of kernels/numerics.h and other templates for float16 vectors.
#define F float16
#define I int16
#define U uint16
#define FN(name) iso_##name##16
#define C(x) ((float16)(x))
#define AS_F(i) as_float16(i)
#define AS_I(f) as_int16(f)
#define AS_U(f) as_uint16(f)
#define TO_F(i) convert_float16_rte(as_int16(i))

// Memory: as many floats as the type has lanes. KEEP zeroes lanes at or beyond `columns`.
#define WIDTH 16
#define LANE ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define LOAD(from) iso_load16(from)
#define SAVE(value, to) iso_save16(value, to)
#define KEEP(value, column, columns)                                                               \
    SELECT((int16)((int)(column)) + LANE < (int16)((int)(columns)), value, (float16)(0.0f))
#define LOAD_ANY(from) iso_load16(from)
#define TO_FLOATS(from) convert_float16(vload16(0, from))

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
typedef float4 __attribute__((aligned(4))) iso_loose4;
#define LOAD4(from) (*(global const iso_loose4 *)(from))
static inline float16 __attribute__((overloadable)) iso_load16(const float *from) {
    return vload16(0, from);
}
static inline void __attribute__((overloadable)) iso_save16(float16 value, float *to) {
    vstore16(value, 0, to);
}

// Lanes of two vectors: a0 b0 a1 b1 … of the first or the second halves, and every second lane of both.
// Shuffles where the compiler has them, but for a check that does not follow them (ISO_LANE_BY_LANE).
#if defined(__has_builtin) && !defined(ISO_LANE_BY_LANE)
#define HAS_SHUFFLES __has_builtin(__builtin_shufflevector)
#else
#define HAS_SHUFFLES 0
#endif
#if HAS_SHUFFLES
#define ZIP_LOW(a, b)                                                                              \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH(a, b)                                                                             \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define EVEN(a, b)                                                                                 \
    __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#else
static inline float16 iso_every(float16 a, float16 b, uint first, uint odd, uint step) {
    float from[32], to[16];
    vstore16(a, 0, from);
    vstore16(b, 1, from);
    for (uint i = 0; i < 16; i += 2) {
        to[i] = from[first + i / 2 * step];
        to[i + 1] = from[first + odd + i / 2 * step];
    }
    return vload16(0, to);
}
#define ZIP_LOW(a, b) iso_every(a, b, 0, 16, 1)
#define ZIP_HIGH(a, b) iso_every(a, b, 8, 16, 1)
#define EVEN(a, b) iso_every(a, b, 0, 2, 4)
#endif

// to[i][j] = from[j][i] of 16 x 16 floats, also in place: interleaving row i with row i + 8 turns row and
// column number, taken together as 8 bits, by one bit; four times makes them change places.
#define TURN_ONCE(from, to)                                                                        \
    _Pragma("unroll") for (uint i = 0; i < 8; ++i) {                                               \
        to[2 * i] = ZIP_LOW(from[i], from[i + 8]);                                                 \
        to[2 * i + 1] = ZIP_HIGH(from[i], from[i + 8]);                                            \
    }
static inline __attribute__((always_inline)) void iso_turn16(const float16 from[16], float16 to[16]) {
    float16 a[16], b[16], c[16];
    TURN_ONCE(from, a)
    TURN_ONCE(a, b)
    TURN_ONCE(b, c)
    TURN_ONCE(c, to)
}

// The same of 4 x 4 floats in each quarter of the vectors: to[i][4q + j] = from[j][4q + i]. JOIN makes a
// vector of four quarters.
#if HAS_SHUFFLES
#define QUARTERS(a, b, i, j, k, l)                                                                 \
    __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4, i + 8, j + 8, k + 8, l + 8, i + 12, j + 12, k + 12, l + 12)
static inline __attribute__((always_inline)) void iso_turn4(const float16 from[4], float16 to[4]) {
    const float16 a = QUARTERS(from[0], from[1], 0, 16, 1, 17);
    const float16 b = QUARTERS(from[2], from[3], 0, 16, 1, 17);
    const float16 c = QUARTERS(from[0], from[1], 2, 18, 3, 19);
    const float16 d = QUARTERS(from[2], from[3], 2, 18, 3, 19);
    to[0] = QUARTERS(a, b, 0, 1, 16, 17);
    to[1] = QUARTERS(a, b, 2, 3, 18, 19);
    to[2] = QUARTERS(c, d, 0, 1, 16, 17);
    to[3] = QUARTERS(c, d, 2, 3, 18, 19);
}
#define JOIN(a, b, c, d) ((float16)(a, b, c, d))
#else
static inline void iso_turn4(const float16 from[4], float16 to[4]) {
    float lanes[4 * 16], turned[4 * 16];
    for (uint i = 0; i < 4; ++i)
        vstore16(from[i], i, lanes);
    for (uint i = 0; i < 4; ++i)
        for (uint lane = 0; lane < 16; ++lane)
            turned[16 * i + lane] = lanes[16 * (lane % 4) + lane / 4 * 4 + i];
    for (uint i = 0; i < 4; ++i)
        to[i] = vload16(i, turned);
}
static inline float16 iso_join(float4 a, float4 b, float4 c, float4 d) {
    const float lanes[16] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w,
                             c.x, c.y, c.z, c.w, d.x, d.y, d.z, d.w};
    return vload16(0, lanes);
}
#define JOIN(a, b, c, d) iso_join(a, b, c, d)
#endif
