// The matrix products for CPUs: what the three forms of the variant "panel" share. There is something
// here only where their knobs are.
#if defined(STRIPS) && (defined(AHEAD) || defined(NEXT))

#define LANES 16
#define HIGH 8  // broadcast elements at once: 16 sums of two vectors stand in registers
#define TALL 10 // instead, where 9 or 10 remain, as in a layer of ten classes: 20 sums still do
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < n; ++i)

static inline bool is_tall(const uint remaining) { return remaining > HIGH && remaining <= TALL; }

// The 16 x 16 block of `rows` becomes `columns`: four perfect shuffles of the whole block.
#define ZIP_LOW(a, b)                                                                              \
    (float16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6,  \
              a.s7, b.s7)
#define ZIP_HIGH(a, b)                                                                             \
    (float16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se,  \
              a.sf, b.sf)
#define SHUFFLE(from, to)                                                                          \
    EACH(i, 8) {                                                                                   \
        to[2 * i] = ZIP_LOW(from[i], from[i + 8]);                                                 \
        to[2 * i + 1] = ZIP_HIGH(from[i], from[i + 8]);                                            \
    }
static inline __attribute__((always_inline)) void turn(const float16 rows[LANES],
                                                       float16 columns[LANES]) {
    float16 a[LANES], b[LANES], c[LANES];
    SHUFFLE(rows, a)
    SHUFFLE(a, b)
    SHUFFLE(b, c)
    SHUFFLE(c, columns)
}

#endif
