// The project's own exp, log, tanh, sigmoid, erf, sin, cos, sqrt, rsqrt and divide.
//
// A template: OpenCL C and C11 at once, without an include guard, instantiated once per type after
// these macros (kernels/scalar.h, kernels/vector16.h; host/base/numerics.h for the host):
//
//   F U          float and unsigned int, or vectors of the same width
//   FN(name)     the function's name for this type
//   C(x)         a constant of type F
//   AS_F(u) AS_U(f) TO_F(u)    bits as float, float as bits, int to float rounded to nearest even
//   FMA(a, b, c) MULHI(a, b)   fused multiply-add, high word of an unsigned product
//   SELECT(condition, yes, no) lane by lane; the condition is a comparison of F or U
//   SQRT(x)      the device's square root; used under ISO_NATIVE_DIVIDE_SQRT only
//
// Every function is one fixed graph of + - * fma, comparisons and integer operations, with no
// branch, loop or table, so scalars and vectors, devices and the host agree; numerics contract,
// rules 1 and 2. Read the graph from the code: each FMA is one rounding, each * another. No result
// is a bare product (it is an FMA with 0 instead), so that callers may add to it. Subnormal inputs
// are taken apart as integers where that matters, so that a device that flushes them still agrees.
// Which NaN comes out is not specified.
//
// Coefficients are minimax fits by tests/exhaustive/coefficients.py. Errors were measured against
// MPFR for all 2^32 inputs by tests/exhaustive/numerics_ulp.c, in units of the last place of the
// correctly rounded result.

// Magnitudes below 2^-126 become +0 (contract, rule 3). Everything else, NaN too, passes.
static inline F FN(flush)(F x) { return SELECT((AS_U(x) & 0x7f800000u) == 0u, C(0.0f), x); }

// a / (b + low) for 1 <= b <= 2 and low what rounding lost in b, within 0.501 ULP. The quadratic is
// within 0.0102 of 1 / b, the step of third order makes that 2^-19, the residual step squares it.
static inline F FN(quotient)(F a, F b, F low) {
    F y = FMA(b, FMA(b, C(0x1.4afd64p-2f), C(-0x1.745d14p+0f)), C(0x1.0f83ep+1f));
    F e = FMA(-b, y, C(1.0f));
    y = FMA(y, FMA(e, e, e), y);
    F q = a * y;
    return FMA(FMA(-low, q, FMA(-b, q, a)), y, q);
}

// exp(x). All x; exp(-inf) = +0, overflow to inf above 0x1.62e42ep+6, gradual underflow rounded
// once, NaN passes. Max error: 0.8914 ULP.
// Method: n = round(x / ln 2), r = x - n ln 2 (the high part of ln 2 has 16 bits, so n times it
// is exact), 1 + r + r^2 P(r), then 2^n in two factors, as 2^n alone may not be a normal number.
static inline F FN(exp)(F x) {
    x = SELECT(x > C(89.0f), C(89.0f), x);
    x = SELECT(x < C(-104.0f), C(-104.0f), x);
    // The last bits of t hold n + 254, rounded to nearest by its own magnitude, 1.5 * 2^23.
    F t = FMA(x, C(0x1.715476p+0f), C(12583166.0f));
    F n = t - C(12583166.0f);
    F r = FMA(n, C(-0x1.7f7d1cp-20f), FMA(n, C(-0x1.62e4p-1f), x));
    F p = FMA(r, C(0x1.6ac74cp-10f), C(0x1.123dep-7f));
    p = FMA(r, p, C(0x1.555858p-5f));
    p = FMA(r, p, C(0x1.55548cp-3f));
    p = FMA(r, p, C(0x1.fffffcp-2f));
    p = FMA(r, p, C(1.0f));
    p = FMA(r, p, C(1.0f));
    U u = AS_U(t), first = u >> 1;
    return FMA(p * AS_F(first << 23), AS_F((u - first) << 23), C(0.0f));
}

// The natural logarithm. log(+-0) = -inf, log(inf) = inf, NaN for NaN and below zero; subnormals
// are exact inputs. Max error: 0.8928 ULP.
// Method: x = 2^k m with sqrt(1/2) <= m < sqrt(2), f = m - 1, log m = f - f^2 / 2 + f^3 P(f). The
// rounding error of k ln 2 + f is recovered, which keeps k = +-1 within the bound.
static inline F FN(log)(F x) {
    U u = AS_U(x);
    U n = SELECT(u < 0x00800000u, AS_U(TO_F(u)), u);
    U v = n + (0x3f800000u - 0x3f3504f3u);
    F k = AS_F((v >> 23) | 0x4b000000u) -
          SELECT(u < 0x00800000u, C(8388608.0f + 127.0f + 149.0f), C(8388608.0f + 127.0f));
    F f = AS_F((v & 0x007fffffu) + 0x3f3504f3u) - C(1.0f);
    F p = FMA(f, C(-0x1.4210fcp-4f), C(0x1.07da46p-3f));
    p = FMA(f, p, C(-0x1.0cdd94p-3f));
    p = FMA(f, p, C(0x1.226c6ap-3f));
    p = FMA(f, p, C(-0x1.5478a6p-3f));
    p = FMA(f, p, C(0x1.99a5b2p-3f));
    p = FMA(f, p, C(-0x1.00022p-2f));
    p = FMA(f, p, C(0x1.55554ap-2f));
    p = FMA(f, p, C(-0.5f));
    F sum = FMA(k, C(0x1.62e4p-1f), f);
    F lost = f - FMA(k, C(-0x1.62e4p-1f), sum);
    F y = sum + FMA(f * f, p, FMA(k, C(0x1.7f7d1cp-20f), lost));
    y = SELECT(u - 1u < 0x7f7fffffu, y, AS_F(u | 0x7fc00000u));
    y = SELECT(u == 0x7f800000u, x, y);
    return SELECT((u & 0x7fffffffu) == 0u, AS_F((U)(0xff800000u)), y);
}

// The hyperbolic tangent. All x, odd in every bit, |tanh| <= 1, NaN passes. Max error: 1.4808 ULP.
// Method: x + x^3 P(x^2) below 0.5625; beyond, 1 - w / (1 + w / 2) with w = 2 exp(-2 |x|), by exp's
// method and polynomial on half the scale. There the quotient is below 1/2, so that n ln 2 needs
// only one part and 1 / b only 2^-31.
static inline F FN(tanh)(F x) {
    F a = AS_F(AS_U(x) & 0x7fffffffu);
    a = SELECT(a > C(9.25f), C(9.25f), a);
    F z = a * a;
    F near = FMA(z, C(-0x1.9454f2p-8f), C(0x1.5811f6p-6f));
    near = FMA(z, near, C(-0x1.b905c4p-5f));
    near = FMA(z, near, C(0x1.110c5ep-3f));
    near = FMA(z, near, C(-0x1.555548p-2f));
    near = FMA(a * z, near, a);
    // The last bits of t hold 128 - n, the exponent field of 2^(1 - n).
    F t = FMA(a, C(-0x1.715476p+1f), C(12583040.0f));
    F r = FMA(t - C(12583040.0f), C(0x1.62e43p-2f), a);
    F p = FMA(r, C(0x1.6ac74cp-4f), C(-0x1.123dep-2f));
    p = FMA(r, p, C(0x1.555858p-1f));
    p = FMA(r, p, C(-0x1.55548cp+0f));
    p = FMA(r, p, C(0x1.fffffcp+0f));
    p = FMA(r, p, C(-2.0f));
    p = FMA(r, p, C(1.0f));
    F w = p * AS_F(AS_U(t) << 23);
    F b = FMA(w, C(0.5f), C(1.0f));
    F y = FMA(b, FMA(b, C(0x1.4ac092p-1f), C(-0x1.205fe4p+1f)), C(0x1.4d990ap+1f));
    F e = FMA(-b, y, C(1.0f));
    y = FMA(y, FMA(e, e, e), y);
    y = SELECT(a < C(0.5625f), near, FMA(-w, y, C(1.0f)));
    return AS_F((AS_U(y) & 0x7fffffffu) | (AS_U(x) & 0x80000000u));
}

// 1 / (1 + exp(-x)). All x, 0 <= sigmoid <= 1, NaN passes. Max error: 1.9575 ULP.
// Method: w = exp(-|x|) cannot overflow; 1 / (1 + w), times w for x < 0, keeps its relative
// accuracy on both sides.
static inline F FN(sigmoid)(F x) {
    F w = FN(exp)(AS_F(AS_U(x) | 0x80000000u));
    F b = C(1.0f) + w;
    F y = FN(quotient)(C(1.0f), b, w - (b - C(1.0f)));
    return FMA(y, SELECT(x < C(0.0f), w, C(1.0f)), C(0.0f));
}

// The error function. All x, odd in every bit, |erf| <= 1, NaN passes. Max error: 1.6514 ULP.
// Method: x + x P(x^2) below 0.9375; beyond, 1 - Q(|x|)^4 with Q a fit of erfc^(1/4), which varies
// slowly enough for a polynomial.
static inline F FN(erf)(F x) {
    F a = AS_F(AS_U(x) & 0x7fffffffu);
    F z = a * a;
    F p = FMA(z, C(0x1.4f8e58p-14f), C(-0x1.a6126ep-11f));
    p = FMA(z, p, C(0x1.544aa8p-8f));
    p = FMA(z, p, C(-0x1.b8012p-6f));
    p = FMA(z, p, C(0x1.ce2d64p-4f));
    p = FMA(z, p, C(-0x1.81274p-2f));
    p = FMA(z, p, C(0x1.06eba8p-3f));
    F t = SELECT(a > C(3.92f), C(3.92f), a);
    F q = FMA(t, C(-0x1.c8ce6ep-16f), C(0x1.0d1ac8p-12f));
    q = FMA(t, q, C(0x1.fd841p-13f));
    q = FMA(t, q, C(-0x1.5fd82ep-7f));
    q = FMA(t, q, C(0x1.40ed9ap-5f));
    q = FMA(t, q, C(-0x1.6236c6p-7f));
    q = FMA(t, q, C(-0x1.965616p-4f));
    q = FMA(t, q, C(-0x1.29adbep-2f));
    q = FMA(t, q, C(0x1.00672p+0f));
    q = q * q;
    F y = SELECT(a < C(0.9375f), FMA(a, p, a), FMA(-q, q, C(1.0f)));
    return AS_F((AS_U(y) & 0x7fffffffu) | (AS_U(x) & 0x80000000u));
}

// One of five words, by number.
static inline U FN(word)(U j, U w0, U w1, U w2, U w3, U w4) {
    U w = SELECT(j == 1u, w1, w0);
    w = SELECT(j == 2u, w2, w);
    w = SELECT(j == 3u, w3, w);
    return SELECT(j == 4u, w4, w);
}

// sin(x + turn * pi / 2) for x >= 0. NaN for inf and NaN.
// Method (Payne and Hanek, 1983): the 24-bit significand times a 96-bit window of the bits of
// 2 / pi that starts where the product's weight is 2, all modulo 4 quarter turns. The top 2 bits
// are the quarter, the 62 next ones the angle in it, -1/2 .. 1/2 quarters. No two quarters come
// nearer than 2^-31 to a float32, so at least 31 good bits are left.
static inline F FN(turned_sin)(F x, U turn) {
    U u = AS_U(x), skip = (u >> 23) - 120u, j = skip >> 5, s = skip & 31u;
    U p0 = (U)(0xa2f9836eu), p1 = (U)(0x4e441529u), p2 = (U)(0xfc2757d1u), p3 = (U)(0xf534ddc0u);
    U p4 = (U)(0xdb629599u), p5 = (U)(0x3c439041u), p6 = (U)(0xfe5163abu);
    U w0 = FN(word)(j, (U)(0u), p0, p1, p2, p3), w1 = FN(word)(j, p0, p1, p2, p3, p4);
    U w2 = FN(word)(j, p1, p2, p3, p4, p5), w3 = FN(word)(j, p2, p3, p4, p5, p6);
    w0 = (w0 << s) | ((w1 >> 1) >> (31u - s));
    w1 = (w1 << s) | ((w2 >> 1) >> (31u - s));
    w2 = (w2 << s) | ((w3 >> 1) >> (31u - s));
    U m = (u & 0x007fffffu) | 0x00800000u, middle = m * w1;
    U low = middle + MULHI(m, w2);
    U high = m * w0 + MULHI(m, w1) + SELECT(low < middle, (U)(1u), (U)(0u));
    high = high + (low >> 31); // from here low is signed, so that near a quarter it stands alone
    U q = (high + 0x20000000u) >> 30;
    high = high - (q << 30);
    U top = (high + 32u) & 0xffffffc0u; // 24 bits: exact as a float
    F h = TO_F(top), r = FMA(TO_F(high - top), C(0x1.921fb6p-30f), TO_F(low) * C(0x1.921fb6p-62f));
    r = FMA(h, C(0x1.921fb6p-30f), FMA(h, C(-0x1.777a5cp-55f), r));
    U near = (U)(0x3f490fdbu); // pi / 4: below, the angle is x itself
    q = turn + SELECT(u < near, (U)(0u), q);
    r = SELECT(u < near, x, r);
    F z = r * r;
    F sine = FMA(z, C(-0x1.9956b6p-13f), C(0x1.11077ep-7f));
    sine = FMA(z, sine, C(-0x1.555546p-3f));
    sine = SELECT(AS_U(z) < 0x33800000u, r, FMA(r * z, sine, r)); // keeps zeros and subnormals
    F cosine = FMA(z, C(0x1.99e0eep-16f), C(-0x1.6c0c1ap-10f));
    cosine = FMA(z, cosine, C(0x1.55554ap-5f));
    cosine = FMA(z, FMA(z, cosine, C(-0.5f)), C(1.0f));
    F y = SELECT((q & 1u) == 0u, sine, cosine);
    y = AS_F(AS_U(y) ^ ((q & 2u) << 30));
    return SELECT(u < 0x7f800000u, y, x - x);
}

// The sine. All x, fully reduced; odd in every bit; NaN for inf and NaN. Max error: 1.5354 ULP.
static inline F FN(sin)(F x) {
    U sign = AS_U(x) & 0x80000000u;
    return AS_F(AS_U(FN(turned_sin)(AS_F(AS_U(x) ^ sign), (U)(0u))) ^ sign);
}

// The cosine. All x, fully reduced; even in every bit; NaN for inf and NaN. Max error: 1.5399 ULP.
static inline F FN(cos)(F x) {
    U a = AS_U(x) & 0x7fffffffu;
    return FN(turned_sin)(AS_F(a), (U)(1u));
}

// 1 / sqrt(m) for 1 <= m < 4, within 1.1 ULP: an integer guess within 3.5 % and two steps of third
// order.
static inline F FN(rsqrt_near_1)(F m) {
    F y = AS_F(0x5f375a86u - (AS_U(m) >> 1));
    F e = FMA(-(m * y), y, C(1.0f));
    y = FMA(y * e, FMA(e, C(0.375f), C(0.5f)), y);
    e = FMA(-(m * y), y, C(1.0f));
    return FMA(y * e, FMA(e, C(0.375f), C(0.5f)), y);
}

// 1 / sqrt(x). rsqrt(+-0) = +-inf, rsqrt(inf) = 0, NaN for NaN and below zero; subnormals are exact
// inputs. Max error: 0.9958 ULP.
static inline F FN(rsqrt)(F x) {
    U u = AS_U(x);
    U n = SELECT(u < 0x00800000u, AS_U(TO_F(u)), u);
    U e = (n >> 23) + SELECT(u < 0x00800000u, (U)(256u - 149u), (U)(256u));
    F m = AS_F((n & 0x007fffffu) | ((127u + ((e + 1u) & 1u)) << 23));
    F y = AS_F(AS_U(FN(rsqrt_near_1)(m)) + ((255u - ((e + 127u) >> 1)) << 23));
    y = SELECT(u - 1u < 0x7f7fffffu, y, AS_F(u | 0x7fc00000u));
    y = SELECT(u == 0x7f800000u, C(0.0f), y);
    return SELECT((u & 0x7fffffffu) == 0u, AS_F(u | 0x7f800000u), y);
}

#ifdef ISO_NATIVE_DIVIDE_SQRT

static inline F FN(sqrt)(F x) { return SQRT(x); }

static inline F FN(divide)(F a, F b) { return a / b; }

#else

// The square root, correctly rounded. sqrt(+-0) = +-0, sqrt(inf) = inf, NaN for NaN and below zero;
// subnormals are exact inputs. Differs from IEEE 754 for no input (all 2^32).
// Method: x = 4^k m with 1 <= m < 4; s = m / sqrt(m) and one residual step are within 1 ULP; the
// exact residual m - s^2 then says whether a neighbour is nearer.
static inline F FN(sqrt)(F x) {
    U u = AS_U(x);
    U n = SELECT(u < 0x00800000u, AS_U(TO_F(u)), u);
    U e = (n >> 23) + SELECT(u < 0x00800000u, (U)(256u - 149u), (U)(256u));
    F m = AS_F((n & 0x007fffffu) | ((127u + ((e + 1u) & 1u)) << 23));
    F y = FN(rsqrt_near_1)(m);
    F s = m * y;
    s = FMA(FMA(-s, s, m), C(0.5f) * y, s);
    F rest = FMA(-s, s, m), far = s * C(0x1p-23f);
    s = s + SELECT(rest > far, C(0x1p-23f), SELECT(rest <= -far, C(-0x1p-23f), C(0.0f)));
    F root = AS_F(AS_U(s) + ((((e + 127u) >> 1) - 255u) << 23));
    root = SELECT(u - 1u < 0x7f7fffffu, root, AS_F(u | 0x7fc00000u));
    return SELECT(((u & 0x7fffffffu) == 0u) | (u == 0x7f800000u), x, root);
}

// a / b, correctly rounded, subnormal operands and results included: IEEE 754's for all inputs.
// Method: both significands and, by doubling a's where needed, their quotient in 1 .. 2; the float
// quotient is within 0.501 ULP, and the exact remainder places the true one: 4 times the quotient
// plus 0, 1 or 3, to either side, is what rounding must know. One integer shift then rounds it to
// nearest even, for normal and subnormal results alike.
static inline F FN(divide)(F a, F b) {
    U ua = AS_U(a) & 0x7fffffffu, ub = AS_U(b) & 0x7fffffffu;
    U na = SELECT(ua < 0x00800000u, AS_U(TO_F(ua)), ua);
    U nb = SELECT(ub < 0x00800000u, AS_U(TO_F(ub)), ub);
    F ma = AS_F((na & 0x007fffffu) | 0x3f800000u), mb = AS_F((nb & 0x007fffffu) | 0x3f800000u);
    // The result's exponent field plus 256.
    U e = (na >> 23) - (nb >> 23) + 383u - SELECT(ma < mb, (U)(1u), (U)(0u)) -
          SELECT(ua < 0x00800000u, (U)(149u), (U)(0u)) +
          SELECT(ub < 0x00800000u, (U)(149u), (U)(0u));
    ma = SELECT(ma < mb, ma + ma, ma);
    F q = FN(quotient)(ma, mb, C(0.0f));
    F rest = FMA(-q, mb, ma), far = AS_F(AS_U(rest) & 0x7fffffffu);
    U quarters = SELECT(far > mb * C(0x1p-24f), (U)(3u), SELECT(far > C(0.0f), (U)(1u), (U)(0u)));
    U n = ((AS_U(q) & 0x007fffffu) | 0x00800000u) << 2;
    n = SELECT(rest < C(0.0f), n - quarters, n + quarters);
    U shift = SELECT(e > 256u, (U)(2u), 259u - e);
    shift = SELECT(e < 232u, (U)(27u), shift);
    n = (n + ((U)(1u) << (shift - 1u)) - 1u + ((n >> shift) & 1u)) >> shift;
    n = n + SELECT(e > 256u, (e - 257u) << 23, (U)(0u));
    U infinity = (U)(0x7f800000u);
    n = SELECT(e > 510u, infinity, n);
    n = SELECT((ua == 0u) | (ub == 0x7f800000u), (U)(0u), n);
    n = SELECT((ub == 0u) | (ua == 0x7f800000u), infinity, n);
    n = SELECT((ua > 0x7f800000u) | (ub > 0x7f800000u) | ((ua | ub) == 0u) |
                   ((ua & ub) == 0x7f800000u),
               (U)(0x7fc00000u), n);
    return AS_F(n | ((AS_U(a) ^ AS_U(b)) & 0x80000000u));
}

#endif
