/* The project's numeric functions beside the device's built-in ones: results per second, on one
 * work-item per compute unit, in scalar and in float16 form, from fast memory.
 *
 *   bench_numerics [PLATFORM]        part of the platform's name; else the first with a device
 *
 * By hand, not in CI: what it prints depends on the machine. Rounds of the four are interleaved;
 * the median of each is shown, and the ratio of the faster form of each side. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VALUES = 8192, /* of one work-item: 32 KiB in, 32 KiB out */
    PASSES = 200,  /* over them, in one launch */
    ROUNDS = 15,
    FORMS = 4
};

/* Arguments are in the range that training sees, low to high. */
static const struct function {
    const char *name, *builtin;
    float low, high;
} functions[] = {
    {"exp", "exp(x)", -10, 10},      {"log", "log(x)", 0.001F, 10},
    {"tanh", "tanh(x)", -5, 5},      {"sigmoid", "1 / (1 + exp(-x))", -10, 10},
    {"erf", "erf(x)", -4, 4},        {"sin", "sin(x)", -10, 10},
    {"cos", "cos(x)", -10, 10},      {"rsqrt", "rsqrt(x)", 0.001F, 10},
    {"sqrt", "sqrt(x)", 0.001F, 10},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };
static const char *const forms[FORMS] = {"ours", "ours16", "theirs", "theirs16"};

static void stop(const char *what, cl_int code) {
    fprintf(stderr, "bench_numerics: %s: OpenCL error %d\n", what, code);
    exit(1);
}

static void must(const char *what, cl_int code) {
    if (code)
        stop(what, code);
}

static cl_device_id find_device(const char *wanted) {
    cl_platform_id platforms[16];
    cl_uint count = 0;
    must("clGetPlatformIDs", clGetPlatformIDs(16, platforms, &count));
    for (cl_uint i = 0; i < count; i++) {
        char name[256];
        cl_device_id device;
        must("clGetPlatformInfo",
             clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof name, name, NULL));
        if (strstr(name, wanted) &&
            !clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 1, &device, NULL))
            return device;
    }
    fprintf(stderr, "bench_numerics: no device of a platform named \"%s\"\n", wanted);
    exit(1);
}

/* The `shift` keeps a compiler from computing the same pass once. */
static const char kernels[] = "#define PASS(name, type, step, load, save, call)\\\n"
                              "    kernel void name(global const float *from, global float *to, "
                              "uint values, uint passes) {\\\n"
                              "        from += get_global_id(0) * values;\\\n"
                              "        to += get_global_id(0) * values;\\\n"
                              "        for (uint pass = 0; pass < passes; pass++) {\\\n"
                              "            const float shift = 0x1p-20f * (float)pass;\\\n"
                              "            for (uint i = 0; i < values; i += step) {\\\n"
                              "                const type x = load(from + i) + shift;\\\n"
                              "                save(call, to + i);\\\n"
                              "            }\\\n"
                              "        }\\\n"
                              "    }\n"
                              "#define LOAD1(from) (*(from))\n"
                              "#define SAVE1(value, to) (*(to) = (value))\n"
                              "PASS(ours, float, 1, LOAD1, SAVE1, OURS(x))\n"
                              "PASS(ours16, float16, 16, iso_load16, iso_save16, OURS16(x))\n"
                              "PASS(theirs, float, 1, LOAD1, SAVE1, THEIRS)\n"
                              "PASS(theirs16, float16, 16, iso_load16, iso_save16, THEIRS)\n";

static cl_program build(cl_context context, cl_device_id device, const struct function *f) {
    cl_device_fp_config fp = 0;
    must("clGetDeviceInfo",
         clGetDeviceInfo(device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof fp, &fp, NULL));
    const char *native =
        fp & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT ? "#define ISO_NATIVE_DIVIDE_SQRT\n" : "";
    char defines[256];
    snprintf(defines, sizeof defines,
             "#define OURS(x) iso_%s(x)\n#define OURS16(x) iso_%s16(x)\n#define THEIRS (%s)\n",
             f->name, f->name, f->builtin);
    const char *sources[] = {native,
                             "#include \"scalar.h\"\n#include \"numerics.h\"\n"
                             "#include \"vector.h\"\n#include \"vector16.h\"\n"
                             "#include \"numerics.h\"\n",
                             defines, kernels};
    cl_int code;
    cl_program program = clCreateProgramWithSource(context, 4, sources, NULL, &code);
    must("clCreateProgramWithSource", code);
    code = clBuildProgram(program, 1, &device, "-I " ISOBIT_KERNELS, NULL, NULL);
    if (code) {
        static char log[8192];
        clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, sizeof log - 1, log, NULL);
        fputs(log, stderr);
        stop(f->name, code);
    }
    return program;
}

static double run(cl_command_queue queue, cl_kernel kernel, size_t items) {
    cl_event event;
    cl_ulong begin, end;
    must("clEnqueueNDRangeKernel",
         clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, &(size_t){1}, 0, NULL, &event));
    must("clWaitForEvents", clWaitForEvents(1, &event));
    must("CL_PROFILING_COMMAND_START",
         clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof begin, &begin, NULL));
    must("CL_PROFILING_COMMAND_END",
         clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL));
    clReleaseEvent(event);
    return 1e-9 * (double)(end - begin);
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void compare(cl_context context, cl_device_id device, cl_command_queue queue, size_t items,
                    const struct function *f) {
    const size_t values = items * VALUES;
    float *x = malloc(values * sizeof *x);
    if (!x)
        stop("memory", CL_OUT_OF_HOST_MEMORY);
    for (size_t i = 0; i < values; i++)
        x[i] = f->low + (f->high - f->low) * (float)(i * 2654435761U % VALUES) / VALUES;
    cl_int code[2];
    cl_mem from = clCreateBuffer(context, CL_MEM_COPY_HOST_PTR, values * sizeof *x, x, &code[0]);
    cl_mem to = clCreateBuffer(context, CL_MEM_READ_WRITE, values * sizeof *x, NULL, &code[1]);
    must("clCreateBuffer", code[0] ? code[0] : code[1]);
    free(x);
    cl_program program = build(context, device, f);
    cl_kernel kernel[FORMS];
    for (int form = 0; form < FORMS; form++) {
        kernel[form] = clCreateKernel(program, forms[form], code);
        must("clCreateKernel", code[0]);
        must("clSetKernelArg", clSetKernelArg(kernel[form], 0, sizeof from, &from));
        must("clSetKernelArg", clSetKernelArg(kernel[form], 1, sizeof to, &to));
        must("clSetKernelArg",
             clSetKernelArg(kernel[form], 2, sizeof(cl_uint), &(cl_uint){VALUES}));
        must("clSetKernelArg",
             clSetKernelArg(kernel[form], 3, sizeof(cl_uint), &(cl_uint){PASSES}));
    }
    double seconds[FORMS][ROUNDS], rate[FORMS];
    for (int round = -1; round < ROUNDS; round++) /* the first warms up */
        for (int form = 0; form < FORMS; form++)
            seconds[form][round < 0 ? 0 : round] = run(queue, kernel[form], items);
    for (int form = 0; form < FORMS; form++) {
        qsort(seconds[form], ROUNDS, sizeof **seconds, ascending);
        rate[form] = 1e-9 * (double)values * PASSES / seconds[form][ROUNDS / 2];
        clReleaseKernel(kernel[form]);
    }
    const double ours = rate[0] > rate[1] ? rate[0] : rate[1];
    const double theirs = rate[2] > rate[3] ? rate[2] : rate[3];
    printf("%-8s %8.3f %8.3f %8.3f %8.3f %8.2f\n", f->name, rate[0], rate[1], rate[2], rate[3],
           ours / theirs);
    fflush(stdout);
    clReleaseProgram(program);
    clReleaseMemObject(to);
    clReleaseMemObject(from);
}

int main(int argc, char **argv) {
    cl_device_id device = find_device(argc > 1 ? argv[1] : "");
    char name[256];
    cl_uint units = 1;
    cl_int code;
    must("clGetDeviceInfo", clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name, name, NULL));
    must("clGetDeviceInfo",
         clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL));
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    must("clCreateContext", code);
    cl_command_queue queue =
        clCreateCommandQueue(context, device, CL_QUEUE_PROFILING_ENABLE, &code);
    must("clCreateCommandQueue", code);
    printf("%s: billions of results per second, median of %d rounds\n\n"
           "             ours   ours16  builtin builtin16    ratio\n",
           name, ROUNDS);
    for (size_t i = 0; i < FUNCTIONS; i++)
        compare(context, device, queue, units, &functions[i]);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return 0;
}
