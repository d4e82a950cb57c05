#include "device/wanted.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A message: this, and then TEXTS strings with their NULs. Both sides are the same program. */
typedef struct head {
    unsigned char hash[ISO_PROGRAM_HASH];
    size_t local[2];
    cl_uint dims, count;
    struct value {
        int kind;
        cl_uint number;
        cl_float real;
    } values[ISO_ARGUMENTS];
} head;
enum { IDENTITY, OP, OPTIONS, SOURCE, TEXTS };

/* ---------------------------------------------------------------------------------- noting -- */

static isobit_status write_message(struct iso_wanted_kernel *out, const isobit_context *context,
                                   const iso_request *request, const iso_recipe *recipe,
                                   const iso_arguments *arguments, const size_t local[2]) {
    char *source;
    ISO_TRY(iso_recipe_source(&source, recipe, context, request));
    const char *const texts[TEXTS] = {context->identity, request->op, recipe->options, source};
    iso_text text = {0};
    head start = {.local = {local[0], local[1]},
                  .dims = recipe->variant->dims,
                  .count = (cl_uint)arguments->count};
    memcpy(start.hash, recipe->hash, sizeof start.hash);
    for (size_t i = 0; i < arguments->count; i++)
        start.values[i] =
            (struct value){(int)arguments->list[i].kind, (cl_uint)arguments->list[i].number,
                           arguments->list[i].real};
    iso_text_append(&text, (const char *)&start, sizeof start);
    for (size_t i = 0; i < TEXTS; i++)
        iso_text_append(&text, texts[i], strlen(texts[i]) + 1);
    free(source);
    out->size = text.length;
    return iso_text_take(&text, (char **)&out->message);
}

static bool is_noted(const iso_wanted *wanted, const iso_recipe *recipe) {
    for (size_t i = 0; i < wanted->count; i++)
        if (!memcmp(wanted->list[i].hash, recipe->hash, sizeof recipe->hash))
            return true;
    return false;
}

isobit_status iso_wanted_add(iso_wanted *wanted, const isobit_context *context,
                             const iso_request *request, const iso_recipe *recipe,
                             const iso_arguments *arguments, const size_t local[2]) {
    struct iso_wanted_kernel kernel = {0};
    isobit_status status;
    if (arguments->count > ISO_ARGUMENTS || !recipe->variant->embedded ||
        is_noted(wanted, recipe) || iso_program_is_kept(context, recipe->hash))
        return ISOBIT_OK;
    memcpy(kernel.hash, recipe->hash, sizeof kernel.hash);
    ISO_DO(write_message(&kernel, context, request, recipe, arguments, local));
    ISO_DO(iso_resize(&wanted->list, wanted->count + 1, sizeof kernel));
    wanted->list[wanted->count++] = kernel;
    return ISOBIT_OK;
done:
    free(kernel.message);
    return status;
}

static int by_size(const void *a, const void *b) {
    const struct iso_wanted_kernel *left = a, *right = b;
    return (left->size < right->size) - (left->size > right->size);
}

void iso_wanted_sort(iso_wanted *wanted) {
    if (wanted->count)
        qsort(wanted->list, wanted->count, sizeof *wanted->list, by_size);
}

void iso_wanted_free(iso_wanted *wanted) {
    for (size_t i = 0; i < wanted->count; i++)
        free(wanted->list[i].message);
    free(wanted->list);
    *wanted = (iso_wanted){0};
}

/* -------------------------------------------------------------------------------- building -- */

/* Empty memory that a kernel may take for any of its buffers: pages are there once touched. */
typedef struct blank {
    void *pages;
    size_t bytes;
    cl_mem buffer;
} blank;

static isobit_status make_blank(blank *out, const isobit_context *context) {
    enum { MOST = 1 << 30 };
    cl_int code;
    out->bytes = context->largest_buffer < MOST ? context->largest_buffer : MOST;
    out->pages = mmap(NULL, out->bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (out->pages == MAP_FAILED) {
        out->pages = NULL;
        return iso_fail(ISOBIT_ERROR_MEMORY, "no address space for a kernel's memory");
    }
    out->buffer = clCreateBuffer(context->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR,
                                 out->bytes, out->pages, &code);
    return code == CL_SUCCESS ? ISOBIT_OK : iso_cl_fail(code, "making a buffer");
}

static void free_blank(blank *one) {
    if (one->buffer)
        clReleaseMemObject(one->buffer);
    if (one->pages)
        munmap(one->pages, one->bytes);
}

static isobit_status launch(isobit_context *context, cl_kernel kernel, const head *start) {
    blank blanks[ISO_ARGUMENTS] = {0};
    isobit_status status = ISOBIT_OK;
    for (cl_uint i = 0; i < start->count; i++) {
        const struct value *value = &start->values[i];
        const bool memory = value->kind == ISO_MEMORY_ARGUMENT;
        if (memory)
            ISO_DO(make_blank(&blanks[i], context));
        const void *bytes = memory                             ? (const void *)&blanks[i].buffer
                            : value->kind == ISO_UINT_ARGUMENT ? (const void *)&value->number
                                                               : &value->real;
        ISO_DO(iso_cl_check(clSetKernelArg(kernel, i, memory ? sizeof(cl_mem) : 4, bytes),
                            "binding an argument"));
    }
    ISO_DO(iso_cl_check(clEnqueueNDRangeKernel(context->queue, kernel, start->dims, NULL,
                                               start->local, start->local, 0, NULL, NULL),
                        "launching a kernel"));
    status = iso_cl_check(clFinish(context->queue), "running a kernel");
done:
    for (cl_uint i = 0; i < start->count; i++)
        free_blank(&blanks[i]);
    return status;
}

/* Where its texts begin; false: that is no message for this device. */
static bool read_message(const isobit_context *context, const unsigned char *message, size_t size,
                         head *start, const char *texts[TEXTS]) {
    if (size <= sizeof *start || message[size - 1])
        return false;
    memcpy(start, message, sizeof *start);
    const char *at = (const char *)message + sizeof *start, *end = (const char *)message + size;
    for (size_t i = 0; i < TEXTS; i++) {
        if (at == end)
            return false;
        texts[i] = at;
        at += strlen(at) + 1;
    }
    return at == end && start->count <= ISO_ARGUMENTS && start->dims >= 1 && start->dims <= 2 &&
           !strcmp(texts[IDENTITY], context->identity);
}

isobit_status iso_wanted_build(isobit_context *context, const unsigned char *message, size_t size) {
    head start;
    const char *texts[TEXTS];
    cl_program program;
    cl_int code;
    if (!read_message(context, message, size, &start, texts))
        return iso_fail(ISOBIT_ERROR_FORMAT, "no kernel for this device");
    if (!iso_program_find(&program, context, start.hash, texts[OPTIONS]))
        ISO_TRY(iso_program_build(&program, context, start.hash, texts[SOURCE], texts[OPTIONS],
                                  texts[OP]));
    cl_kernel kernel = clCreateKernel(program, texts[OP], &code);
    if (code != CL_SUCCESS)
        return iso_cl_fail(code, texts[OP]);
    const isobit_status status = launch(context, kernel, &start);
    clReleaseKernel(kernel);
    return status;
}
