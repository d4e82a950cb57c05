//@ op      probe_functions
//@ variant vector
//@ width   16
//@ local   4
//@ tile    4
//
// Known answers: every function and operation that the contract lets kernels use, in its vector form,
// on triples of numbers. Row i of `out` holds what operation i gives, as bits; rows are `stride` apart.
// The order is that of host/run/doctor_answers.c. One work-item per 16 triples.

#define PUT_BITS(bits)                                                                             \
    vstore16(bits, 0, to);                                                                         \
    to += stride;
#define PUT(value) PUT_BITS(AS_U(value))

kernel void probe_functions(const uint vectors, const uint stride,
                            global const float *restrict a_in, global const float *restrict b_in,
                            global const float *restrict c_in, global uint *restrict out) {
    const uint at = get_global_id(0) * WIDTH;
    if (get_global_id(0) >= vectors)
        return;
    const F a = LOAD(a_in + at), b = LOAD(b_in + at), c = LOAD(c_in + at);
    const U ua = AS_U(a), ub = AS_U(b);
    global uint *to = out + at;
    PUT(a + b)
    PUT(a - b)
    PUT(FMA(a, b, C(0.0f)))
    PUT(FMA(a, b, c))
    PUT(SELECT(a < b, c, a))
    PUT(TO_F(ua))
    PUT_BITS(ua * ub)
    PUT_BITS(MULHI(ua, ub))
    PUT_BITS((ua >> (ub & 31u)) ^ (ua << (ub >> 27)))
    PUT(FN(exp)(a))
    PUT(FN(log)(a))
    PUT(FN(tanh)(a))
    PUT(FN(sigmoid)(a))
    PUT(FN(erf)(a))
    PUT(FN(sin)(a))
    PUT(FN(cos)(a))
    PUT(FN(rsqrt)(a))
    PUT(FN(sqrt)(a))
    PUT(FN(flush)(a))
    PUT_BITS(SELECT((ua & 0x7fffffffu) > 0x7f800000u, (U)(0u), AS_U(FN(flush)(a))))
    PUT(FN(divide)(a, b))
}
