/* The step plan: within an epoch a training enqueues launches and does nothing else. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "support.h"

#include "base/fault.h"

#include <CL/cl.h>
#include <dlfcn.h>

/* Calls of OpenCL go through here: what a training does beside launching kernels. */
static struct calls {
    size_t launches, bindings, kernels, buffers, transfers, waits, allocations;
} calls;

static void *next_of(const char *name) {
    void *address = dlsym(RTLD_NEXT, name);
    cr_assert(address, "no %s", name);
    return address;
}
#define COUNTED(counter, result, name, parameters, arguments)                                      \
    result CL_API_CALL(name) parameters { /* in brackets: device/opencl.h has a macro of it */     \
        static result(CL_API_CALL *real) parameters;                                               \
        void *address = real ? NULL : next_of(#name);                                              \
        if (address)                                                                               \
            memcpy(&real, &address, sizeof real);                                                  \
        calls.counter++;                                                                           \
        return real arguments;                                                                     \
    }
COUNTED(launches, cl_int, clEnqueueNDRangeKernel,
        (cl_command_queue queue, cl_kernel kernel, cl_uint dims, const size_t *offset,
         const size_t *global, const size_t *local, cl_uint count, const cl_event *list,
         cl_event *event),
        (queue, kernel, dims, offset, global, local, count, list, event))
COUNTED(bindings, cl_int, clSetKernelArg,
        (cl_kernel kernel, cl_uint index, size_t size, const void *value),
        (kernel, index, size, value))
COUNTED(kernels, cl_kernel, clCreateKernel, (cl_program program, const char *name, cl_int *code),
        (program, name, code))
COUNTED(buffers, cl_mem, clCreateBuffer,
        (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code),
        (context, flags, size, host, code))
COUNTED(transfers, cl_int, clEnqueueReadBuffer,
        (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
         void *to, cl_uint count, const cl_event *list, cl_event *event),
        (queue, buffer, blocking, offset, size, to, count, list, event))
COUNTED(transfers, cl_int, clEnqueueWriteBuffer,
        (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
         const void *from, cl_uint count, const cl_event *list, cl_event *event),
        (queue, buffer, blocking, offset, size, from, count, list, event))
COUNTED(waits, cl_int, clFinish, (cl_command_queue queue), (queue))

enum { BATCH = 4, FEATURES = 3 };

/* What two epochs of so many steps call. */
static struct calls train(isobit_context *context, size_t steps) {
    float x[400 * BATCH * FEATURES];
    int32_t labels[400 * BATCH];
    uint32_t seed = 5;
    isobit_data *data;
    isobit_model *model;
    isobit_settings *settings =
        settings_of("net", "dense 5 tanh, dense 2 softmax", "batch", "4", "epochs", "2", NULL);
    for (size_t i = 0; i < steps * BATCH * FEATURES; i++)
        x[i] = noise(&seed);
    for (size_t i = 0; i < steps * BATCH; i++)
        labels[i] = x[i * FEATURES] > 0;
    OK(isobit_data_from_classes(&data, x, steps * BATCH, FEATURES, labels, 2));
    OK(isobit_model_new(&model, context, data, settings));
    calls = (struct calls){0};
    iso_fault_plan(ISO_FAULT_MEMORY, 0, 0);
    OK(isobit_train(model, data, settings, NULL, NULL));
    calls.allocations = iso_fault_plan(ISO_FAULT_MEMORY, 0, 0);
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    return calls;
}

Test(plan, more_steps_are_more_launches_and_nothing_else) {
    isobit_context *context = open_with("resident=off " PLAIN);
    train(context, 8); /* kernels are built by now */
    const struct calls few = train(context, 40), many = train(context, 400);
    cr_assert(few.launches > 80, "%zu launches", few.launches);
    cr_assert_gt(many.launches, 9 * few.launches);
    cr_assert_eq(many.bindings, few.bindings);
    cr_assert_eq(many.kernels, few.kernels);
    cr_assert_eq(many.buffers, few.buffers);
    cr_assert_eq(many.transfers, few.transfers);
    cr_assert_eq(many.allocations, few.allocations);
    /* Only to see how far the device is: some ten times a second. */
    cr_assert_leq(many.waits, few.waits + 60, "%zu, %zu waits", many.waits, few.waits);
    isobit_context_free(context);
}
