//@ op      probe_functions
//@ variant both
//@ width   16
//@ local   4
//@ tile    4
//
// Known answers: every function and operation that the contract lets kernels use, as vectors and as
// scalars, on `vectors` times 16 triples of numbers. Row 2 i of `out` holds what operation i gives in
// its vector form, row 2 i + 1 in its scalar form, as bits; rows are `stride` apart. The order is
// that of host/run/doctor_answers.c. One work-item per 16 triples.

#define PUT(bits16, bits1)                                                                         \
    vstore16(bits16, 0, to);                                                                       \
    to += stride;                                                                                  \
    for (uint lane = 0; lane < WIDTH; lane++) {                                                    \
        const float a = a_in[at + lane], b = b_in[at + lane], c = c_in[at + lane];                 \
        const uint ua = as_uint(a), ub = as_uint(b);                                               \
        to[lane] = bits1;                                                                          \
    }                                                                                              \
    to += stride;
#define OPERATION(value) PUT(as_uint16(value), as_uint(value))
#define FUNCTION(name) PUT(as_uint16(iso_##name##16(a)), as_uint(iso_##name(a)))

kernel void probe_functions(const uint vectors, const uint stride, global const float *restrict a_in,
                            global const float *restrict b_in, global const float *restrict c_in,
                            global uint *restrict out) {
    const uint at = get_global_id(0) * WIDTH;
    if (get_global_id(0) >= vectors)
        return;
    const float16 a = LOAD(a_in + at), b = LOAD(b_in + at), c = LOAD(c_in + at);
    const uint16 ua = as_uint16(a), ub = as_uint16(b);
    global uint *to = out + at;
    OPERATION(a + b)
    OPERATION(a - b)
    OPERATION(fma(a, b, 0.0f))
    OPERATION(fma(a, b, c))
    PUT(as_uint16(SELECT(a < b, c, a)), as_uint(a < b ? c : a))
    PUT(as_uint16(convert_float16_rte(as_int16(ua))), as_uint(convert_float_rte(as_int(ua))))
    PUT(ua * ub, ua * ub)
    PUT(mul_hi(ua, ub), mul_hi(ua, ub))
    PUT((ua >> (ub & 31u)) ^ (ua << (ub >> 27)), (ua >> (ub & 31u)) ^ (ua << (ub >> 27)))
    FUNCTION(exp)
    FUNCTION(log)
    FUNCTION(tanh)
    FUNCTION(sigmoid)
    FUNCTION(erf)
    FUNCTION(sin)
    FUNCTION(cos)
    FUNCTION(rsqrt)
    FUNCTION(sqrt)
    FUNCTION(flush)
    PUT(as_uint16(iso_divide16(a, b)), as_uint(iso_divide(a, b)))
}
