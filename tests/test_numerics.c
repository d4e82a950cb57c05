/* The project's own functions and random numbers: right, and the same on host and device. */
#define ISO_NUMERICS_SOFTWARE
#include "base/numerics.h"
#include "base/random.h"
#include "device/registry.h"

#include <CL/cl.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP = 1 << 20, CL_TEXTS = 8 };

static double as_rsqrt(double x) { return 1 / sqrt(x); }
static double as_sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* Every function of one argument: ours, a double one to compare with, and what numerics.h promises
 * (measured there; here a sweep must stay below). The kernels below compute them in this order. */
static const struct function {
    const char *name;
    float (*ours)(float);
    double (*reference)(double);
    double ulp;
    uint64_t digest; /* of a sweep's results: the contract's bits */
} functions[] = {
    {"exp", iso_exp, exp, 1, 0x6d0353b619dce3a7},
    {"log", iso_log, log, 1, 0xb6e987f7778fb578},
    {"tanh", iso_tanh, tanh, 2, 0xc01763a9f4a37464},
    {"sigmoid", iso_sigmoid, as_sigmoid, 2, 0x47c3b7437ddb841b},
    {"erf", iso_erf, erf, 2, 0x0410fe3a4096d353},
    {"sin", iso_sin, sin, 2, 0xfae27286b337c72f},
    {"cos", iso_cos, cos, 2, 0xac99ff1f332cdd6b},
    {"rsqrt", iso_rsqrt, as_rsqrt, 2, 0xb5cadf78f071b40f},
    {"sqrt", iso_sqrt, sqrt, 0.5, 0x9a86ec0f0edfdf7f},
    {"flush", iso_flush, NULL, 0, 0xe8d6a2c3e65299cc},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* Pattern i of SWEEP: evenly spread over all 2^32, with varying low bits. */
static float pattern(uint32_t i) {
    static const uint32_t special[] = {0,          0x80000000, 1,          0x80000001, 0x007fffff,
                                       0x00800000, 0x3f800000, 0xbf800000, 0x7f7fffff, 0xff7fffff,
                                       0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000};
    if (i < sizeof special / sizeof *special)
        return iso_as_float(special[i]);
    return iso_as_float((i << 12) + (i * 2654435761u >> 20));
}

/* The unit of the last place of a finite float. */
static double unit(float x) {
    int exponent;
    frexpf(x, &exponent);
    return ldexp(1, x == 0 || exponent < -125 ? -149 : exponent - 24);
}

static bool is_same(float a, float b) {
    return isnan(a) ? isnan(b) : iso_as_bits(a) == iso_as_bits(b);
}

static uint64_t digest_of(uint64_t digest, float x) { /* FNV-1a, all NaN alike */
    uint32_t bits = isnan(x) ? 0x7fc00000 : iso_as_bits(x);
    for (int i = 0; i < 4; i++)
        digest = (digest ^ (bits >> 8 * i & 255)) * 0x100000001b3u;
    return digest;
}

/* ------------------------------------------------------------------------------- the values -- */

/* Correctly rounded results from mpmath 1.3.0 with 400 bits. */
static const struct golden {
    const char *name;
    float (*ours)(float);
    float x, y;
} golden[] = {
    {"exp", iso_exp, 0x1p+0f, 0x1.5bf0a8p+1f},
    {"exp", iso_exp, -0x1p+0f, 0x1.78b564p-2f},
    {"exp", iso_exp, 0x1p-1f, 0x1.a61298p+0f},
    {"exp", iso_exp, 0x1.0c6f7ap-20f, 0x1.00001p+0f},
    {"exp", iso_exp, -0x1.44p+4f, 0x1.b93de2p-30f},
    {"exp", iso_exp, 0x1.62e354p+6f, 0x1.ff9214p+127f},
    {"exp", iso_exp, -0x1.5ep+6f, 0x1.b2cafp-127f},
    {"exp", iso_exp, -0x1.9cp+6f, 0x1p-149f},
    {"exp", iso_exp, 0x1.433334p+3f, 0x1.7c5c14p+14f},
    {"log", iso_log, 0x1p+1f, 0x1.62e43p-1f},
    {"log", iso_log, 0x1p-1f, -0x1.62e43p-1f},
    {"log", iso_log, 0x1.000002p+0f, 0x1.fffffep-24f},
    {"log", iso_log, 0x1.666666p-1f, -0x1.6d3c34p-2f},
    {"log", iso_log, 0x1.6a09e6p-1f, -0x1.62e432p-2f},
    {"log", iso_log, 0x1.16c2p-133f, -0x1.7069e4p+6f},
    {"log", iso_log, 0x1p-149f, -0x1.9d1dap+6f},
    {"log", iso_log, 0x1.ff933cp+127f, 0x1.62e356p+6f},
    {"log", iso_log, 0x1.4p+3f, 0x1.26bb1cp+1f},
    {"log", iso_log, 0x1.e24p+16f, 0x1.77281p+3f},
    {"tanh", iso_tanh, 0x1.4484cp-100f, 0x1.4484cp-100f},
    {"tanh", iso_tanh, 0x1.99999ap-4f, 0x1.983d78p-4f},
    {"tanh", iso_tanh, -0x1.62e0ap-3f, -0x1.5f5e24p-3f},
    {"tanh", iso_tanh, 0x1p-1f, 0x1.d9353ep-2f},
    {"tanh", iso_tanh, -0x1p+0f, -0x1.85efacp-1f},
    {"tanh", iso_tanh, 0x1.4p+1f, 0x1.f92582p-1f},
    {"tanh", iso_tanh, 0x1.09999ap+3f, 0x1.fffffcp-1f},
    {"tanh", iso_tanh, 0x1.2051ecp+3f, 0x1.fffffep-1f},
    {"tanh", iso_tanh, -0x1.228f5cp+2f, -0x1.ffe224p-1f},
    {"sigmoid", iso_sigmoid, 0x0p+0f, 0x1p-1f},
    {"sigmoid", iso_sigmoid, 0x1p+0f, 0x1.764d5p-1f},
    {"sigmoid", iso_sigmoid, -0x1p+0f, 0x1.136562p-2f},
    {"sigmoid", iso_sigmoid, 0x1p+2f, 0x1.f6ca82p-1f},
    {"sigmoid", iso_sigmoid, -0x1.09999ap+2f, 0x1.fc8d24p-7f},
    {"sigmoid", iso_sigmoid, -0x1.44p+5f, 0x1.7c4322p-59f},
    {"sigmoid", iso_sigmoid, -0x1.7cp+6f, 0x1.ec8p-138f},
    {"sigmoid", iso_sigmoid, 0x1.18p+4f, 0x1p+0f},
    {"erf", iso_erf, 0x1.79ca1p-67f, 0x1.aa4a22p-67f},
    {"erf", iso_erf, 0x1.99999ap-4f, 0x1.cca5eap-4f},
    {"erf", iso_erf, -0x1p-1f, -0x1.0a7ef6p-1f},
    {"erf", iso_erf, 0x1.dc28f6p-1f, 0x1.9f8542p-1f},
    {"erf", iso_erf, 0x1.e66666p-1f, 0x1.a44bccp-1f},
    {"erf", iso_erf, -0x1.8p+0f, -0x1.eea556p-1f},
    {"erf", iso_erf, 0x1.4p+1f, 0x1.ffcaa8p-1f},
    {"erf", iso_erf, 0x1.e66666p+1f, 0x1.fffffep-1f},
    {"sin", iso_sin, 0x1.b7cdfep-34f, 0x1.b7cdfep-34f},
    {"sin", iso_sin, 0x1p-1f, 0x1.eaee88p-2f},
    {"sin", iso_sin, 0x1.921fb6p-1f, 0x1.6a09e6p-1f},
    {"sin", iso_sin, -0x1p+0f, -0x1.aed548p-1f},
    {"sin", iso_sin, 0x1.921fb6p+1f, -0x1.777a5cp-24f},
    {"sin", iso_sin, 0x1.9p+6f, -0x1.03425cp-1f},
    {"sin", iso_sin, -0x1.6p+4f, 0x1.220a2ap-7f},
    {"sin", iso_sin, 0x1.ff7cp+13f, -0x1.924ecep-3f},
    {"sin", iso_sin, 0x1.2a05f2p+33f, -0x1.f334c8p-2f},
    {"sin", iso_sin, 0x1.fffffep+127f, -0x1.0b3366p-1f},
    {"cos", iso_cos, 0x1.b7cdfep-34f, 0x1p+0f},
    {"cos", iso_cos, 0x1p-1f, 0x1.c1528p-1f},
    {"cos", iso_cos, 0x1.921fb6p-1f, 0x1.6a09e6p-1f},
    {"cos", iso_cos, -0x1p+0f, 0x1.14a28p-1f},
    {"cos", iso_cos, 0x1.921fb6p+0f, -0x1.777a5cp-25f},
    {"cos", iso_cos, 0x1.9p+6f, 0x1.b981dcp-1f},
    {"cos", iso_cos, 0x1.6p+3f, 0x1.220ae4p-8f},
    {"cos", iso_cos, 0x1.ff7cp+13f, 0x1.f6063p-1f},
    {"cos", iso_cos, 0x1.2a05f2p+33f, 0x1.bf098ap-1f},
    {"cos", iso_cos, 0x1.fffffep+127f, 0x1.b4bf2cp-1f},
    {"rsqrt", iso_rsqrt, 0x1p+1f, 0x1.6a09e6p-1f},
    {"rsqrt", iso_rsqrt, 0x1.8p+1f, 0x1.279a74p-1f},
    {"rsqrt", iso_rsqrt, 0x1.99999ap-4f, 0x1.94c584p+1f},
    {"rsqrt", iso_rsqrt, 0x1p-149f, 0x1.6a09e6p+74f},
    {"rsqrt", iso_rsqrt, 0x1.ff933cp+127f, 0x1.001b36p-64f},
    {"rsqrt", iso_rsqrt, 0x1.fffffep+0f, 0x1.6a09e8p-1f},
    {"sqrt", iso_sqrt, 0x1p+1f, 0x1.6a09e6p+0f},
    {"sqrt", iso_sqrt, 0x1.8p+1f, 0x1.bb67aep+0f},
    {"sqrt", iso_sqrt, 0x1.99999ap-4f, 0x1.43d136p-2f},
    {"sqrt", iso_sqrt, 0x1p-149f, 0x1.6a09e6p-75f},
    {"sqrt", iso_sqrt, 0x1.ff933cp+127f, 0x1.ffc99cp+63f},
    {"sqrt", iso_sqrt, 0x1.fffffep+0f, 0x1.6a09e6p+0f},
};

Test(numerics, values_are_near_those_of_mpmath) {
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        const struct golden *row = &golden[i];
        float y = row->ours(row->x);
        cr_expect(fabs((double)y - (double)row->y) <= 2 * unit(row->y), "%s(%a) = %a, not %a",
                  row->name, (double)row->x, (double)y, (double)row->y);
    }
}

Test(numerics, errors_stay_within_the_promised_ulp) {
    for (size_t f = 0; functions[f].reference; f++) {
        double worst = 0;
        float where = 0;
        for (uint32_t i = 0; i < SWEEP; i++) {
            float x = pattern(i), y = functions[f].ours(x);
            double right = functions[f].reference((double)x);
            if (isnan(right) || isinf((float)right)) {
                cr_assert(is_same(y, (float)right), "%s(%a) = %a, not %a", functions[f].name,
                          (double)x, (double)y, right);
                continue;
            }
            double error = fabs((double)y - right) / unit((float)right);
            if (!(error <= worst)) {
                worst = error;
                where = x;
            }
        }
        /* The reference itself may be 2^-52 off. */
        cr_expect(worst <= functions[f].ulp + 1e-6, "%s: %f ULP at %a", functions[f].name, worst,
                  (double)where);
    }
}

Test(numerics, bits_are_those_of_contract_version_1) {
    for (size_t f = 0; f < FUNCTIONS; f++) {
        uint64_t digest = 0xcbf29ce484222325u;
        for (uint32_t i = 0; i < SWEEP; i++)
            digest = digest_of(digest, functions[f].ours(pattern(i)));
        cr_expect(digest == functions[f].digest, "%s: 0x%016llxu", functions[f].name,
                  (unsigned long long)digest);
    }
}

Test(numerics, special_values_are_ieee_754_s) {
    static const struct row {
        float (*ours)(float);
        float x, y;
    } rows[] = {
        {iso_exp, 0, 1},
        {iso_exp, -INFINITY, 0},
        {iso_exp, INFINITY, INFINITY},
        {iso_exp, 88.8f, INFINITY},
        {iso_exp, -104, 0},
        {iso_log, 1, 0},
        {iso_log, 0, -INFINITY},
        {iso_log, -0.0f, -INFINITY},
        {iso_log, -1, NAN},
        {iso_log, INFINITY, INFINITY},
        {iso_tanh, -0.0f, -0.0f},
        {iso_tanh, INFINITY, 1},
        {iso_tanh, -INFINITY, -1},
        {iso_sigmoid, INFINITY, 1},
        {iso_sigmoid, -INFINITY, 0},
        {iso_erf, -0.0f, -0.0f},
        {iso_erf, INFINITY, 1},
        {iso_erf, -INFINITY, -1},
        {iso_sin, -0.0f, -0.0f},
        {iso_sin, INFINITY, NAN},
        {iso_cos, 0, 1},
        {iso_cos, -INFINITY, NAN},
        {iso_rsqrt, 0, INFINITY},
        {iso_rsqrt, -0.0f, -INFINITY},
        {iso_rsqrt, INFINITY, 0},
        {iso_rsqrt, -1, NAN},
        {iso_software_sqrt, -0.0f, -0.0f},
        {iso_software_sqrt, INFINITY, INFINITY},
        {iso_software_sqrt, -1, NAN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect(is_same(rows[i].ours(rows[i].x), rows[i].y), "row %zu: %a gives %a", i,
                  (double)rows[i].x, (double)rows[i].ours(rows[i].x));
    for (size_t f = 0; f < FUNCTIONS; f++)
        cr_expect(isnan(functions[f].ours(NAN)), "%s swallows NaN", functions[f].name);
}

Test(numerics, flush_zeroes_below_the_smallest_normal_number) {
    cr_expect(is_same(iso_flush(0x1p-126f), 0x1p-126f));
    cr_expect(is_same(iso_flush(-0x1p-126f), -0x1p-126f));
    cr_expect(is_same(iso_flush(0x1.fffffcp-127f), 0));
    cr_expect(is_same(iso_flush(-0x1p-149f), 0));
    cr_expect(is_same(iso_flush(-0.0f), 0));
    cr_expect(is_same(iso_flush(-INFINITY), -INFINITY));
    cr_expect(isnan(iso_flush(NAN)));
}

Test(numerics, sigmoid_and_tanh_stay_inside_their_range_and_rise) {
    float before = -1, sigmoid_before = 0;
    for (int i = -40000; i <= 40000; i++) {
        float x = (float)i / 4096, y = iso_tanh(x), s = iso_sigmoid(10 * x);
        cr_assert(y >= before && y <= 1 && y == -iso_tanh(-x), "tanh(%a) = %a", (double)x,
                  (double)y);
        cr_assert(s >= sigmoid_before && s <= 1, "sigmoid(%a) = %a", (double)(10 * x), (double)s);
        before = y;
        sigmoid_before = s;
    }
}

/* Every 16th pair has a subnormal quotient. */
static float divisor(uint32_t i) {
    float b = pattern(i * 2654435761u >> 12);
    return i % 16 ? b
                  : iso_as_float((iso_as_bits(pattern(i)) & 0x7f800000u) ^ 0x7f000000u ^
                                 (i & 0x7fffffu));
}

Test(numerics, software_divide_and_sqrt_are_correctly_rounded) {
    for (uint32_t i = 0; i < SWEEP; i++) {
        float a = pattern(i), b = divisor(i);
        cr_assert(is_same(iso_software_divide(a, b), a / b), "%a / %a", (double)a, (double)b);
        float c = ldexpf(frexpf(a, &(int){0}), -60 - (int)(i % 30));
        float d = ldexpf(frexpf(b, &(int){0}), 60);
        cr_assert(is_same(iso_software_divide(c, d), c / d), "%a / %a", (double)c, (double)d);
        cr_assert(is_same(iso_software_sqrt(a), sqrtf(a)), "sqrt %a", (double)a);
    }
}

/* ------------------------------------------------------------------------------- the device -- */

typedef struct device {
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;
    bool native; /* it declares correctly rounded division and square root */
} device;

/* The first device of the first platform that has one. */
static device open_device(void) {
    device d = {0};
    cl_platform_id platforms[16];
    cl_uint count = 0;
    cl_int code;
    cr_assert_eq(clGetPlatformIDs(16, platforms, &count), CL_SUCCESS);
    for (cl_uint i = 0; i < count && i < 16 && !d.id; i++)
        if (clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 1, &d.id, NULL) != CL_SUCCESS)
            d.id = NULL;
    cr_assert(d.id, "no OpenCL device");
    cl_device_fp_config config = 0;
    clGetDeviceInfo(d.id, CL_DEVICE_SINGLE_FP_CONFIG, sizeof config, &config, NULL);
    d.native = config & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT;
    d.context = clCreateContext(NULL, 1, &d.id, NULL, NULL, &code);
    cr_assert_eq(code, CL_SUCCESS);
    d.queue = clCreateCommandQueue(d.context, d.id, 0, &code);
    cr_assert_eq(code, CL_SUCCESS);
    return d;
}

static void close_device(device *d) {
    clReleaseCommandQueue(d->queue);
    clReleaseContext(d->context);
}

static cl_program build(const device *d, const char *const texts[CL_TEXTS], const char *options) {
    static char log[4096];
    const char *present[CL_TEXTS];
    cl_uint count = 0;
    cl_int code;
    for (; count < CL_TEXTS && texts[count]; count++)
        present[count] = texts[count];
    cl_program program = clCreateProgramWithSource(d->context, count, present, NULL, &code);
    cr_assert_eq(code, CL_SUCCESS);
    code = clBuildProgram(program, 1, &d->id, options, NULL, NULL);
    if (code != CL_SUCCESS)
        clGetProgramBuildInfo(program, d->id, CL_PROGRAM_BUILD_LOG, sizeof log - 1, log, NULL);
    cr_assert_eq(code, CL_SUCCESS, "%s: %s", options, log);
    return program;
}

/* Run a kernel over (in of `in_bytes`, out of `out_bytes`), out filled with ones before. */
static void launch(const device *d, cl_program program, const char *name, void *in, size_t in_bytes,
                   void *out, size_t out_bytes, size_t items) {
    cl_int code;
    size_t local = items < 64 ? items : 64;
    memset(out, 255, out_bytes);
    cl_mem from = clCreateBuffer(d->context, CL_MEM_COPY_HOST_PTR, in_bytes, in, &code);
    cr_assert_eq(code, CL_SUCCESS);
    cl_mem to = clCreateBuffer(d->context, CL_MEM_COPY_HOST_PTR, out_bytes, out, &code);
    cr_assert_eq(code, CL_SUCCESS);
    cl_kernel kernel = clCreateKernel(program, name, &code);
    cr_assert_eq(code, CL_SUCCESS, "%s: %d", name, code);
    clSetKernelArg(kernel, 0, sizeof from, &from);
    clSetKernelArg(kernel, 1, sizeof to, &to);
    code = clEnqueueNDRangeKernel(d->queue, kernel, 1, NULL, &items, &local, 0, NULL, NULL);
    cr_assert_eq(code, CL_SUCCESS, "%s: %d", name, code);
    code = clEnqueueReadBuffer(d->queue, to, CL_TRUE, 0, out_bytes, out, 0, NULL, NULL);
    cr_assert_eq(code, CL_SUCCESS, "%s: %d", name, code);
    clReleaseKernel(kernel);
    clReleaseMemObject(from);
    clReleaseMemObject(to);
}

/* y[f * n + i] = function f of x[i]; the last "function" is x[i] / x[n + i]. */
static const char evaluate[] =
    "#define ALL(S, PUT)"
    " PUT(0, iso_exp##S(v)) PUT(1, iso_log##S(v)) PUT(2, iso_tanh##S(v)) PUT(3, iso_sigmoid##S(v))"
    " PUT(4, iso_erf##S(v)) PUT(5, iso_sin##S(v)) PUT(6, iso_cos##S(v)) PUT(7, iso_rsqrt##S(v))"
    " PUT(8, iso_sqrt##S(v)) PUT(9, iso_flush##S(v)) PUT(10, iso_divide##S(v, w))\n"
    "#define PUT1(f, value) y[(f) * n + i] = value;\n"
    "#define PUT16(f, value) vstore16(value, i, y + (f) * n);\n"
    "kernel void evaluate1(global const float *x, global float *y) {\n"
    "    const size_t i = get_global_id(0), n = get_global_size(0);\n"
    "    const float v = x[i], w = x[n + i];\n"
    "    ALL(, PUT1)\n"
    "}\n"
    "kernel void evaluate16(global const float *x, global float *y) {\n"
    "    const size_t i = get_global_id(0), n = get_global_size(0) * 16;\n"
    "    const float16 v = vload16(i, x), w = vload16(i, x + n);\n"
    "    ALL(16, PUT16)\n"
    "}\n";

static void check_against_host(const float *x, const float *y, const char *form) {
    for (size_t f = 0; f <= FUNCTIONS; f++)
        for (size_t i = 0; i < SWEEP; i++) {
            float got = y[f * SWEEP + i];
            float right = f < FUNCTIONS ? functions[f].ours(x[i]) : iso_divide(x[i], x[SWEEP + i]);
            cr_assert(is_same(got, right), "%s %s(%a) = %a on the device, %a on the host", form,
                      f < FUNCTIONS ? functions[f].name : "divide", (double)x[i], (double)got,
                      (double)right);
        }
}

static void compare_with_device(const device *d, const char *options) {
    const char *const texts[CL_TEXTS] = {
        iso_embedded_file("scalar.h")->text,   iso_embedded_file("numerics.h")->text,
        iso_embedded_file("vector.h")->text,   iso_embedded_file("vector16.h")->text,
        iso_embedded_file("numerics.h")->text, evaluate};
    cl_program program = build(d, texts, options);
    size_t out = (size_t)(FUNCTIONS + 1) * SWEEP * sizeof(float), in = 2 * SWEEP * sizeof(float);
    float *x = malloc(in), *y = malloc(out);
    cr_assert(x && y);
    for (uint32_t i = 0; i < SWEEP; i++) {
        x[i] = pattern(i);
        x[SWEEP + i] = divisor(i);
    }
    launch(d, program, "evaluate1", x, in, y, out, SWEEP);
    check_against_host(x, y, "scalar");
    launch(d, program, "evaluate16", x, in, y, out, SWEEP / 16);
    check_against_host(x, y, "float16");
    free(x);
    free(y);
    clReleaseProgram(program);
}

Test(numerics, device_scalar_and_float16_bits_are_the_host_s) {
    device d = open_device();
    compare_with_device(&d, "-cl-std=CL1.2");
    close_device(&d);
}

Test(numerics, native_divide_and_sqrt_bits_are_the_host_s) {
    device d = open_device();
    if (d.native)
        compare_with_device(&d, "-cl-std=CL1.2 -cl-fp32-correctly-rounded-divide-sqrt "
                                "-DISO_NATIVE_DIVIDE_SQRT");
    close_device(&d);
}

/* --------------------------------------------------------------------------- random numbers -- */

/* Random123's kat_vectors for philox4x32 with 10 rounds. */
static const struct known {
    uint32_t counter[4], key[2], words[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static uint64_t pair(const uint32_t words[2]) { return (uint64_t)words[1] << 32 | words[0]; }

Test(random, philox_gives_the_known_answers) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t words[4];
        iso_philox(pair(known[i].key), known[i].counter[0], known[i].counter[1],
                   pair(known[i].counter + 2), words);
        cr_expect(!memcmp(words, known[i].words, sizeof words), "row %zu: %08x %08x %08x %08x", i,
                  words[0], words[1], words[2], words[3]);
    }
}

Test(random, device_stream_is_the_host_s) {
    enum { ITEMS = 4096 };
    static uint32_t out[ITEMS * 8];
    static const char kernel[] =
        "kernel void stream(global const ulong *seed, global uint *out) {\n"
        "    const uint i = (uint)get_global_id(0);\n"
        "    const uint4 c = iso_philox(seed[0], i * 7, i ^ 99, (ulong)i * 0x100000001UL);\n"
        "    vstore4(c, i * 2, out);\n"
        "    vstore4((uint4)(as_uint(iso_uniform(c.x)), as_uint(iso_uniform(c.y)),\n"
        "                    as_uint(iso_uniform(c.z)), as_uint(iso_uniform(c.w))), i * 2 + 1, "
        "out);\n"
        "}\n";
    device d = open_device();
    const char *const texts[CL_TEXTS] = {iso_embedded_file("scalar.h")->text,
                                         iso_embedded_file("random.h")->text, kernel};
    cl_program program = build(&d, texts, "-cl-std=CL1.2");
    uint64_t seed = 0x0123456789abcdefu;
    launch(&d, program, "stream", &seed, sizeof seed, out, sizeof out, ITEMS);
    for (uint32_t i = 0; i < ITEMS; i++) {
        uint32_t words[4];
        iso_philox(seed, i * 7, i ^ 99, (uint64_t)i * 0x100000001u, words);
        for (int k = 0; k < 4; k++) {
            cr_assert_eq(out[8 * i + (uint32_t)k], words[k], "word %d of counter %u", k, i);
            cr_assert_eq(out[8 * i + 4 + (uint32_t)k],
                         iso_as_bits((float)(words[k] >> 8) * 0x1p-24f), "uniform %d of %u", k, i);
        }
    }
    clReleaseProgram(program);
    close_device(&d);
}
