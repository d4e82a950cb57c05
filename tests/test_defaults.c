/* The default lines of the kernel files, on devices that have little local memory. */
#include "device.h"
#include "device/program.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OK(call) cr_assert_eq(call, ISOBIT_OK, "%s", isobit_error())

/* Bytes of local memory: the least that a GPU may have by OpenCL, and enough for every line. */
enum { LITTLE = 32 << 10, PLENTY = 64 << 10 };

/* Any macros that an operation's kernels want, so that all of them compile. */
static const char defines[] =
    "ACTIVATION=act_relu ELEMENT=float LOSS_VALUE=loss_mse LOSS_SLOPE=loss_slope_mse "
    "SLOPE=slope_relu OPTIMIZER=sgd STATES=1 IN_C=64 IN_H=14 IN_W=14 OUT_C=64 OUT_H=10 OUT_W=10 "
    "KERNEL_H=5 KERNEL_W=5 STRIDE_H=1 STRIDE_W=1 PAD_H=0 PAD_W=0 X_AT=0 LDX=16 TURNED=0 OUTPUTS=1 "
    "LAST_Z=0 LAST_A=0 LAST_D=0 LAYERS(X)=X(0,1,1,0,NO_BIAS,0,0,16,0,0,0,act_relu,0,0,slope_relu)";

/* Launches of all sizes, for few and for many compute units. */
static const size_t sizes[] = {1, 64, 512, 2048};
static const unsigned units[] = {1, 16, 132};
#define COUNT(list) (sizeof(list) / sizeof *(list))
enum { LAUNCHES = COUNT(sizes) * COUNT(sizes) * COUNT(sizes) * COUNT(units) };

static const iso_extent *launch(size_t number, iso_target *target) {
    static iso_extent extent;
    size_t *const sides[] = {&extent.columns, &extent.rows, &extent.terms};
    for (size_t i = 0; i < COUNT(sides); i++, number /= COUNT(sizes))
        *sides[i] = sizes[number % COUNT(sizes)];
    target->compute_units = units[number];
    return &extent;
}

/* The choices of knobs that a device with so much local memory may be given, added to those that
 * are there. */
enum { CHOICES = 16 };
static void add_choices(const iso_variant *variant, const char *device_class, cl_ulong local,
                        iso_choice list[CHOICES], size_t *count) {
    const size_t size = variant->knob_count * sizeof *list->knobs;
    iso_target target = {.device_class = device_class, .local_memory = local};
    for (size_t i = 0; i < LAUNCHES; i++) {
        iso_choice choice;
        const iso_extent *extent = launch(i, &target);
        OK(iso_variant_choose(variant, &target, NULL, extent, &choice));
        size_t known = 0;
        while (known < *count && memcmp(list[known].knobs, choice.knobs, size) != 0)
            known++;
        cr_assert_lt(known, CHOICES);
        list[known] = choice;
        *count += known == *count;
    }
}

/* What the kernel asks for, as OpenCL says. */
static cl_ulong local_memory_of(isobit_context *context, const iso_variant *variant,
                                const iso_choice *choice) {
    char knobs[256] = "";
    const iso_variant *built;
    iso_choice chosen;
    cl_kernel kernel;
    cl_ulong bytes = 0;
    for (size_t i = 0, at = 0; i < variant->knob_count; i++)
        at += (size_t)snprintf(knobs + at, sizeof knobs - at, "%s=%ld ", variant->knobs[i].name,
                               choice->knobs[i]);
    const iso_request request = {.op = variant->op,
                                 .variant = variant->name,
                                 .knobs = knobs,
                                 .store = "store_plain.h",
                                 .defines = defines};
    OK(iso_kernel_new(&kernel, context, &request, 1, 1, &built, &chosen));
    cr_assert_eq(clGetKernelWorkGroupInfo(kernel, context->device, CL_KERNEL_LOCAL_MEM_SIZE,
                                          sizeof bytes, &bytes, NULL),
                 CL_SUCCESS);
    clReleaseKernel(kernel);
    return bytes;
}

/* Local memory is declared in the kernel itself. */
static bool has_local_memory(const iso_variant *variant) {
    const char *kernel = strstr(variant->text, "\nkernel ");
    return !kernel || strstr(kernel, "local ");
}

static size_t lines_of(const iso_variant *variant, const char *device_class) {
    size_t lines = 0;
    for (size_t i = 0; i < variant->default_count; i++)
        lines += !strcmp(variant->defaults[i].device_class, device_class);
    return lines;
}

/* The most that it asks for on a device of this class with PLENTY. */
static cl_ulong check(isobit_context *context, const iso_variant *variant,
                      const char *device_class) {
    iso_choice choices[CHOICES];
    size_t little = 0;
    cl_ulong most = 0;
    add_choices(variant, device_class, LITTLE, choices, &little);
    size_t count = little;
    add_choices(variant, device_class, PLENTY, choices, &count);
    cr_assert_geq(count, lines_of(variant, device_class), "%s, %s: a line that is never taken",
                  variant->file, device_class);
    for (size_t i = 0; i < count; i++) {
        const cl_ulong bytes = local_memory_of(context, variant, &choices[i]);
        cr_assert_leq(bytes, i < little ? LITTLE : PLENTY, "%s, %s, choice %zu: %lu bytes",
                      variant->file, device_class, i, (unsigned long)bytes);
        most = bytes > most ? bytes : most;
    }
    return most;
}

Test(defaults, no_device_is_given_knobs_that_need_more_local_memory_than_it_has) {
    static const char *const classes[] = {"cpu", "gpu", "rasteriser"};
    isobit_context *context;
    cl_ulong most = 0;
    need_pocl();
    OK(iso_context_open(&context, "Portable Computing Language", NULL, NULL));
    context->target.local_memory = PLENTY;
    for (size_t i = 0; i < context->registry.count; i++) {
        const iso_variant *variant = &context->registry.variants[i];
        for (size_t c = 0; c < COUNT(classes) && has_local_memory(variant); c++) {
            const cl_ulong bytes = check(context, variant, classes[c]);
            most = bytes > most ? bytes : most;
        }
    }
    isobit_context_free(context);
    cr_assert_gt(most, LITTLE, "OpenCL does not say what kernels ask for");
}
