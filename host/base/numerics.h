/* The project's numeric functions on the host: kernels/numerics.h instantiated for C's float as
 * iso_exp, iso_log, iso_tanh, iso_erf, iso_sin, iso_cos, iso_sqrt, iso_rsqrt, iso_divide,
 * iso_sigmoid and iso_flush. The same bits as on every device; what each promises stands there. */
#ifndef ISO_BASE_NUMERICS_H
#define ISO_BASE_NUMERICS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline float iso_as_float(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint32_t iso_as_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

#define F float
#define U uint32_t
#define C(x) (x)
#define AS_F(u) iso_as_float(u)
#define AS_U(f) iso_as_bits(f)
#define TO_F(u) ((float)(int32_t)(u))
#define FMA(a, b, c) fmaf(a, b, c)
#define MULHI(a, b) ((uint32_t)(((uint64_t)(a) * (b)) >> 32))
#define SELECT(condition, yes, no) ((condition) ? (yes) : (no))
#define SQRT(x) sqrtf(x)

/* C's own square root and division are correctly rounded (IEEE 754, Annex F), and faster. */
#define FN(name) iso_##name
#define ISO_NATIVE_DIVIDE_SQRT
#include "../../kernels/numerics.h"
#undef FN
#undef ISO_NATIVE_DIVIDE_SQRT

/* Tests: everything once more as devices without them compute it. */
#ifdef ISO_NUMERICS_SOFTWARE
#define FN(name) iso_software_##name
#include "../../kernels/numerics.h"
#undef FN
#endif

#undef F
#undef U
#undef C
#undef AS_F
#undef AS_U
#undef TO_F
#undef FMA
#undef MULHI
#undef SELECT
#undef SQRT

#endif
