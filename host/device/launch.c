#include "device/launch.h"

#include "base/memory.h"
#include "device/queue.h"
#include "device/wanted.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void iso_arguments_add(iso_arguments *arguments, iso_argument argument) {
    if (arguments->count < ISO_ARGUMENTS)
        arguments->list[arguments->count] = argument;
    arguments->count++; /* an overflow shows when the kernel takes fewer */
}

/* Kernels count with 32 bits. */
static isobit_status check_numbers(const iso_arguments *arguments, iso_work work,
                                   const char *label) {
    if (work.columns > INT32_MAX || work.rows > INT32_MAX)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: %zu by %zu is beyond 2^31 in one dimension",
                        label, work.rows, work.columns);
    for (size_t i = 0; i < arguments->count && i < ISO_ARGUMENTS; i++)
        if (arguments->list[i].number > UINT32_MAX)
            return iso_fail(ISOBIT_ERROR_ARGUMENT,
                            "%s: %zu is beyond the 2^32 that a kernel can count; use a smaller "
                            "batch or network",
                            label, arguments->list[i].number);
    return ISOBIT_OK;
}

static isobit_status bind(cl_kernel kernel, const iso_arguments *arguments, const char *file) {
    cl_uint takes = 0;
    ISO_CL(clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof takes, &takes, NULL), file);
    if (takes != arguments->count || takes > ISO_ARGUMENTS)
        return iso_fail(ISOBIT_ERROR_KERNEL,
                        "%s: the kernel takes %u arguments, the operation gives %zu", file, takes,
                        arguments->count);
    for (cl_uint i = 0; i < takes; i++) {
        const iso_argument *argument = &arguments->list[i];
        const cl_uint number = (cl_uint)argument->number;
        const void *value = argument->kind == ISO_MEMORY_ARGUMENT ? (const void *)&argument->memory
                            : argument->kind == ISO_UINT_ARGUMENT ? (const void *)&number
                                                                  : &argument->real;
        size_t size = argument->kind == ISO_MEMORY_ARGUMENT ? sizeof(cl_mem) : 4;
        cl_int code = clSetKernelArg(kernel, i, size, value);
        if (code != CL_SUCCESS) {
            iso_cl_fail(code, "binding an argument");
            return iso_fail_at(ISOBIT_ERROR_KERNEL, "%s: argument %u", file, i + 1);
        }
    }
    return ISOBIT_OK;
}

/* As many whole work-groups as there are tiles, at least one. */
static isobit_status set_range(iso_launch *launch, const iso_choice *choice, iso_work work,
                               const isobit_context *context) {
    const iso_variant *variant = launch->variant;
    const iso_extent extent = {.columns = work.columns, .rows = work.rows};
    const size_t most = context->largest_group;
    size_t *local = launch->local, groups[2];
    ISO_TRY(iso_variant_local(variant, choice, local));
    ISO_TRY(iso_variant_groups(variant, choice, &extent, groups));
    if (local[0] > most || local[1] > most / local[0])
        return iso_fail(ISOBIT_ERROR_KERNEL,
                        "%s: work-groups of %zu work-items; %s allows at most %zu", variant->file,
                        local[0] * local[1], context->name, most);
    launch->dims = variant->dims;
    for (unsigned i = 0; i < variant->dims; i++)
        launch->global[i] = (groups[i] ? groups[i] : 1) * local[i];
    return ISOBIT_OK;
}

static isobit_status check_local(const iso_launch *launch, const isobit_context *context) {
    const char *file = launch->variant->file;
    cl_ulong bytes = 0;
    ISO_CL(clGetKernelWorkGroupInfo(launch->kernel, context->device, CL_KERNEL_LOCAL_MEM_SIZE,
                                    sizeof bytes, &bytes, NULL),
           file);
    if (bytes > context->target.local_memory)
        return iso_fail(ISOBIT_ERROR_KERNEL,
                        "%s: work-groups with %llu bytes of local memory; %s allows at most %llu",
                        file, (unsigned long long)bytes, context->name,
                        (unsigned long long)context->target.local_memory);
    return ISOBIT_OK;
}

/* What the launch changes, for digests of its results. */
static isobit_status note_written(iso_launch *launch, const iso_arguments *arguments) {
    for (size_t i = 0; i < arguments->count; i++) {
        if (!arguments->list[i].written)
            continue;
        if (launch->written_count == ISO_WRITTEN_MOST)
            return iso_fail(ISOBIT_ERROR_KERNEL, "%s: more than %d buffers are written",
                            launch->label, ISO_WRITTEN_MOST);
        launch->written[launch->written_count++] = arguments->list[i].memory;
    }
    return ISOBIT_OK;
}

static isobit_status format_label(char **out, const char *format, va_list arguments) {
    char text[128];
    vsnprintf(text, sizeof text, format, arguments);
    return iso_copy(out, text);
}

static isobit_status find_program(iso_launch *launch) {
    ISO_CL(clGetKernelInfo(launch->kernel, CL_KERNEL_PROGRAM, sizeof launch->program,
                           &launch->program, NULL),
           launch->variant->file);
    return ISOBIT_OK;
}

/* What would be built, where that is wanted to be known. */
static isobit_status note_wanted(isobit_context *context, const iso_request *request,
                                 const iso_arguments *arguments, iso_work work) {
    iso_launch launch = {0};
    iso_recipe recipe;
    if (!context->wanted)
        return ISOBIT_OK;
    ISO_TRY(iso_recipe_make(&recipe, context, request, work.columns, work.rows));
    launch.variant = recipe.variant;
    ISO_TRY(set_range(&launch, &recipe.choice, work, context));
    return iso_wanted_add(context->wanted, context, request, &recipe, arguments, launch.local);
}

isobit_status iso_list_add(iso_list *list, const iso_request *request,
                           const iso_arguments *arguments, iso_work work, const char *label, ...) {
    iso_launch launch = {.flops = work.flops, .bytes = work.bytes};
    iso_choice choice;
    isobit_status status;
    va_list values;
    va_start(values, label);
    status = format_label(&launch.label, label, values);
    va_end(values);
    if (status != ISOBIT_OK)
        return status;
    ISO_DO(check_numbers(arguments, work, launch.label));
    if (list->context->ledger) {
        ISO_DO(note_wanted(list->context, request, arguments, work));
    } else {
        ISO_DO(iso_kernel_new(&launch.kernel, list->context, request, work.columns, work.rows,
                              &launch.variant, &choice));
        ISO_DO(find_program(&launch));
        ISO_DO(bind(launch.kernel, arguments, launch.variant->file));
        ISO_DO(set_range(&launch, &choice, work, list->context));
        ISO_DO(check_local(&launch, list->context));
        ISO_DO(note_written(&launch, arguments));
    }
    ISO_DO(iso_resize(&list->launches, list->count + 1, sizeof launch));
    list->launches[list->count++] = launch;
    return ISOBIT_OK;
done:
    if (launch.kernel)
        clReleaseKernel(launch.kernel);
    free(launch.label);
    return status;
}

static isobit_status enqueue(isobit_context *context, const iso_launch *launch) {
    cl_event event = NULL;
    ISO_TRY(iso_queue_ready(context));
    cl_int code = clEnqueueNDRangeKernel(context->queue, launch->kernel, launch->dims, NULL,
                                         launch->global, launch->local, 0, NULL,
                                         iso_queue_wants_event(context) ? &event : NULL);
    if (code != CL_SUCCESS) {
        iso_cl_fail(code, launch->variant->file);
        return iso_fail_at(ISOBIT_ERROR_DEVICE, "launching %s", launch->label);
    }
    iso_queue_add(context, event,
                  &(iso_command){.label = launch->label, .file = launch->variant->file});
    return ISOBIT_OK;
}

isobit_status iso_list_enqueue(const iso_list *list) {
    for (size_t i = 0; i < list->count && !list->context->ledger; i++)
        ISO_TRY(enqueue(list->context, &list->launches[i]));
    return ISOBIT_OK;
}

isobit_status iso_list_run(const iso_list *list) {
    ISO_TRY(iso_list_enqueue(list));
    return iso_finish(list->context);
}

/* Whether both run the same compiled code. PoCL compiles once more for grids beyond 16 bits. */
static bool is_same_code(const iso_launch *a, const iso_launch *b) {
    enum { SMALL = 65535 };
    return a->program == b->program && !memcmp(a->local, b->local, sizeof a->local) &&
           (a->global[0] < SMALL) == (b->global[0] < SMALL) &&
           (a->global[1] < SMALL) == (b->global[1] < SMALL);
}

/* Whether another launch of these lists is to be taken instead: one with less to do, or of those
 * alike the first. */
static bool has_better(const iso_list *const *lists, size_t count, const iso_launch *launch) {
    const double work = launch->flops + launch->bytes;
    bool before = true;
    for (size_t l = 0; l < count; l++)
        for (size_t i = 0; i < lists[l]->count; i++) {
            const iso_launch *other = &lists[l]->launches[i];
            before = before && other != launch;
            if (!is_same_code(other, launch))
                continue;
            const double others = other->flops + other->bytes;
            if (others < work || (before && others <= work))
                return true;
        }
    return false;
}

isobit_status iso_lists_warm(const iso_list *const *lists, size_t count) {
    for (size_t l = 0; l < count; l++)
        for (size_t i = 0; i < lists[l]->count && !lists[l]->context->ledger; i++)
            if (!has_better(lists, count, &lists[l]->launches[i]))
                ISO_TRY(enqueue(lists[l]->context, &lists[l]->launches[i]));
    return ISOBIT_OK;
}

static void free_launch(iso_launch *launch) {
    if (launch->kernel)
        clReleaseKernel(launch->kernel);
    free(launch->label);
}

void iso_list_keep(iso_list *list, const char *op) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->launches[i].variant->op, op) != 0)
            free_launch(&list->launches[i]);
        else
            list->launches[kept++] = list->launches[i];
    list->count = kept;
}

void iso_list_free(iso_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free_launch(&list->launches[i]);
    free(list->launches);
    *list = (iso_list){.context = list->context};
}
