// Pointwise activations: one line each, and nothing else anywhere names them.
//
//   POINTWISE(name, derivative, initial, f(z), f'(z, a))
//
// derivative  what f' reads: OUTPUT (a = f(z) alone), INPUT (z), NOTHING (a constant), or NONE:
//             there is no useful derivative (zero wherever it exists) and no gradient training
// initial     the default initialiser of a layer with it: HE (he_normal) or XAVIER (xavier_uniform)
//
// Kernels get iso_act_<name>(z) and iso_slope_<name>(z, a) in every vector width; host code reads
// the first three columns. A NaN must come out as NaN: hence "z <= 0" where "z > 0" reads nicer.
// softmax is not pointwise: see softmax_rows.cl.
#ifndef POINTWISE
#define POINTWISE(name, derivative, initial, f, slope)                                             \
    static inline F FN(act_##name)(F z) { return f; }                                              \
    static inline F FN(slope_##name)(F z, F a) { return slope; }
#define POINTWISE_KERNEL

// log(1 + x) for x >= 0 with the rounding error of 1 + x put back (Kahan's correction).
static inline F FN(log1p)(F x) {
    const F u = C(1.0f) + x;
    return FN(log)(u) + FN(divide)(x - (u - C(1.0f)), u);
}

// exp(z) - 1 = tanh(z / 2) (exp(z) + 1), without cancellation near 0.
static inline F FN(expm1)(F z) { return FN(tanh)(C(0.5f) * z) * (FN(exp)(z) + C(1.0f)); }

// The normal distribution function, Phi(z) = (1 + erf(z / sqrt 2)) / 2.
static inline F FN(normal_cdf)(F z) {
    return FMA(C(0.5f), FN(erf)(z * C(0x1.6a09e6p-1f)), C(0.5f));
}

// The derivative of z Phi(z): Phi(z) + z exp(-z^2 / 2) / sqrt(2 pi).
static inline F FN(gelu_slope)(F z) {
    return FMA(z * C(0x1.988454p-2f), FN(exp)(C(-0.5f) * z * z), FN(normal_cdf)(z));
}
#endif

POINTWISE(identity, NOTHING, XAVIER, z, C(1.0f))
POINTWISE(step, NONE, XAVIER, SELECT(z >= C(0.0f), C(1.0f), C(0.0f) * z), C(0.0f))
POINTWISE(sign, NONE, XAVIER, SELECT(z > C(0.0f), C(1.0f), SELECT(z <= C(0.0f), C(-1.0f), z)), C(0.0f))
POINTWISE(sigmoid, OUTPUT, XAVIER, FN(sigmoid)(z), a * (C(1.0f) - a))
POINTWISE(tanh, OUTPUT, XAVIER, FN(tanh)(z), FMA(-a, a, C(1.0f)))
POINTWISE(relu, OUTPUT, HE, SELECT(z <= C(0.0f), C(0.0f), z), SELECT(a > C(0.0f), C(1.0f), C(0.0f)))
POINTWISE(leaky_relu, OUTPUT, HE, SELECT(z <= C(0.0f), C(0.01f) * z, z),
          SELECT(a > C(0.0f), C(1.0f), C(0.01f)))
POINTWISE(elu, OUTPUT, HE, SELECT(z <= C(0.0f), FN(expm1)(z), z),
          SELECT(a > C(0.0f), C(1.0f), a + C(1.0f)))
POINTWISE(gelu, INPUT, HE, z * FN(normal_cdf)(z), FN(gelu_slope)(z))
POINTWISE(softplus, INPUT, HE,
          SELECT(z <= C(0.0f), C(0.0f), z) + FN(log1p)(FN(exp)(-FABS(z))), FN(sigmoid)(z))
POINTWISE(swish, INPUT, HE, z * FN(sigmoid)(z),
          FN(sigmoid)(z) * FMA(z, C(1.0f) - FN(sigmoid)(z), C(1.0f)))

#ifdef POINTWISE_KERNEL
#undef POINTWISE_KERNEL
#undef POINTWISE
#endif
