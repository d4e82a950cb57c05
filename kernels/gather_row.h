// One sample as the network sees it. Used by gather.cl and resident.cl.
//
// x is uint8 or float32 (ELEMENT), rows of `features` without padding, with a vector's worth of slack
// behind the last. SCALE_255: u / 255, correctly rounded. SCALE_AFFINE: (x - mean) * scale.
#ifdef ELEMENT
static inline F scaled(F x, uint column, global const float *mean, global const float *scale) {
#ifdef SCALE_255
    // q = x r is within an ulp of x / 255; the remainder x - 255 q is exact in an fma and corrects it
    // (Markstein's division step, right for every x from 0 to 255).
    const F q = x * C(0x1.010102p-8f);
    return FMA(FMA(C(-255.0f), q, x), C(0x1.010102p-8f), q);
#elif defined(SCALE_AFFINE)
    return FN(flush)((x - LOAD(mean + column)) * LOAD(scale + column));
#else
    return FN(flush)(x);
#endif
}

// to[j] for the columns from `first` on, `stride` vectors apart.
static inline void gather_row(global const ELEMENT *from, uint features, uint first, uint stride,
                              global const float *mean, global const float *scale,
                              global float *to) {
    for (uint column = first * WIDTH; column < features; column += stride * WIDTH) {
        const F value = TO_FLOATS(from + column);
        SAVE(KEEP(scaled(value, column, mean, scale), column, features), to + column);
    }
}
#endif
