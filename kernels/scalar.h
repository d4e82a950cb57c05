// The macros of kernels/numerics.h and other templates for single floats.
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
#define F float
#define I int
#define U uint
#define FN(name) iso_##name
#define C(x) ((float)(x))
#define AS_F(i) as_float(i)
#define AS_I(f) as_int(f)
#define AS_U(f) as_uint(f)
#define TO_F(i) convert_float_rte(as_int(i))
#define TO_I(f) convert_int_rtz(f)
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
#undef LOAD_ANY
#undef TO_FLOATS
#define WIDTH 1
#define LANE 0
#define LOAD(from) (*(from))
#define SAVE(value, to) (*(to) = (value))
#define KEEP(value, column, columns) (value)
#define FABS(x) fabs(x)
#define LOAD_ANY(from) (*(from))
#define TO_FLOATS(from) ((float)*(from))
