// OpenCL's functions as far as the files of this folder use them. PoCL declares all of them with a header
// of 0.9 MB, which is most of the work of building a small kernel; with these declarations it is left out.
#define OVERLOADED __attribute__((overloadable))
#define PURE __attribute__((overloadable, const))
#define READS __attribute__((overloadable, pure))

size_t PURE get_global_id(uint);
size_t PURE get_group_id(uint);
size_t PURE get_local_id(uint);
size_t PURE get_local_size(uint);
void __attribute__((overloadable, convergent)) barrier(cl_mem_fence_flags);
int OVERLOADED atomic_min(volatile global int *, int);
uint OVERLOADED atomic_min(volatile global uint *, uint);

#define FOR_INTEGER(I)                                                                             \
    I PURE min(I, I);                                                                              \
    I PURE max(I, I);                                                                              \
    I PURE mul_hi(I, I);
FOR_INTEGER(int)
FOR_INTEGER(uint)
FOR_INTEGER(long)
FOR_INTEGER(ulong)
FOR_INTEGER(uint2)
FOR_INTEGER(int4)
FOR_INTEGER(uint4)
FOR_INTEGER(int16)
FOR_INTEGER(uint16)

#define FOR_WIDTH(F, I, U)                                                                         \
    F PURE fma(F, F, F);                                                                           \
    F PURE fabs(F);                                                                                \
    F PURE sqrt(F);                                                                                \
    F PURE select(F, F, I);                                                                        \
    I PURE select(I, I, I);                                                                        \
    U PURE select(U, U, I);                                                                        \
    F PURE select(F, F, U);                                                                        \
    I PURE select(I, I, U);                                                                        \
    U PURE select(U, U, U);
FOR_WIDTH(float, int, uint)
FOR_WIDTH(float4, int4, uint4)
FOR_WIDTH(float16, int16, uint16)
int PURE isfinite(float);

float PURE convert_float(int);
float PURE convert_float(uint);
float PURE convert_float_rte(int);
int PURE convert_int_rtz(float);
float16 PURE convert_float16(float16);
float16 PURE convert_float16(uchar16);
float4 PURE convert_float4_rte(int4);
float16 PURE convert_float16_rte(int16);
int4 PURE convert_int4_rtz(float4);
int16 PURE convert_int16_rtz(float16);

#define FOR_SPACE(space, T, n)                                                                     \
    T##n READS vload##n(size_t, const space T *);                                                  \
    void OVERLOADED vstore##n(T##n, size_t, space T *);
#define FOR_SPACES(T, n)                                                                           \
    FOR_SPACE(global, T, n)                                                                        \
    FOR_SPACE(local, T, n)                                                                         \
    FOR_SPACE(private, T, n)
FOR_SPACES(float, 8)
FOR_SPACES(float, 16)
FOR_SPACES(int, 16)
FOR_SPACES(uint, 4)
FOR_SPACES(uint, 16)
FOR_SPACES(uchar, 16)

#undef OVERLOADED
#undef PURE
#undef READS
#undef FOR_INTEGER
#undef FOR_WIDTH
#undef FOR_SPACE
#undef FOR_SPACES
