// The macros of kernels/numerics.h and other templates for single floats.
#pragma OPENCL FP_CONTRACT OFF

// Of this width; vector.h takes them away again.
#define F float
#define I int
#define U uint
#define FN(name) iso_##name
#define C(x) ((float)(x))
#define AS_F(i) as_float(i)
#define AS_I(f) as_int(f)
#define AS_U(f) as_uint(f)
#define TO_F(i) convert_float_rte(as_int(i))

// Memory: as many floats as the type has lanes. KEEP zeroes lanes at or beyond `columns`.
#define WIDTH 1
#define LANE 0
#define LOAD(from) (*(from))
#define SAVE(value, to) (*(to) = (value))
#define KEEP(value, column, columns) (value)
#define LOAD_ANY(from) (*(from))
#define TO_FLOATS(from) ((float)*(from))

// Of every width.
#define FMA(a, b, c) fma(a, b, c)
#define MULHI(a, b) mul_hi(a, b)
#define SELECT(condition, yes, no) select(no, yes, condition)
#define SQRT(x) sqrt(x)
#define FABS(x) fabs(x)
