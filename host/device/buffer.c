#include "device/buffer.h"

#include "base/memory.h"
#include "base/text.h"
#include "device/queue.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_size_t live; /* bytes of the buffers there are */

size_t iso_buffers_live(void) { return atomic_load(&live); }

static isobit_status too_large(const isobit_context *context, size_t bytes, const char *what) {
    return iso_fail(ISOBIT_ERROR_DEVICE,
                    "%s needs %.1f MiB on %s, whose largest buffer is %.1f MiB; use a smaller "
                    "batch, network or data set",
                    what, (double)bytes / 0x1p20, context->name,
                    (double)context->largest_buffer / 0x1p20);
}

/* What the driver could not give. Then what is in use is what there is. */
static isobit_status no_buffer(isobit_context *context, cl_int code, size_t bytes,
                               const char *what) {
    char more[ISO_BYTES_TEXT], used[ISO_BYTES_TEXT], all[ISO_BYTES_TEXT];
    iso_cl_fail(code, what);
    if (code != CL_MEM_OBJECT_ALLOCATION_FAILURE && code != CL_OUT_OF_RESOURCES)
        return ISOBIT_ERROR_DEVICE;
    context->ran_out = true;
    context->given = iso_buffers_live();
    iso_bytes_text(bytes, more);
    iso_bytes_text(context->given, used);
    iso_bytes_text((size_t)context->memory, all);
    return iso_fail(ISOBIT_ERROR_DEVICE, "%s (%s more than the %s in use, of the %s that %s has)",
                    isobit_error(), more, used, all, context->name);
}

/* Stands for a buffer that is only counted: launches depend on whether there is one. */
static cl_mem counted(void) {
    static char place;
    return (cl_mem)(void *)&place;
}

/* Its buffers are memory of this process. */
static bool is_pocl_cpu(const isobit_context *context) {
    return context->pocl && !strcmp(context->target.device_class, "cpu");
}

/* Ask the system for huge pages under a large buffer of a CPU's, before anything is written there:
 * fewer addresses to translate made training of large layers 4 % faster. What goes wrong here
 * changes nothing. */
static void prefer_huge_pages(isobit_context *context, cl_mem buffer, size_t size) {
#ifdef MADV_HUGEPAGE
    enum { LEAST = 1 << 22 };
    cl_int code;
    if (!is_pocl_cpu(context) || size < LEAST)
        return;
    char *memory =
        clEnqueueMapBuffer(context->queue, buffer, CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION, 0, size,
                           0, NULL, NULL, &code);
    if (code != CL_SUCCESS)
        return;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), skip = -(uintptr_t)memory % page;
    madvise(memory + skip, (size - skip) / page * page, MADV_HUGEPAGE);
    clEnqueueUnmapMemObject(context->queue, buffer, memory, 0, NULL, NULL);
#endif
}

isobit_status iso_buffer_new(cl_mem *out, isobit_context *context, size_t bytes, const char *what) {
    size_t size = bytes < 64 ? 64 : bytes;
    if (context->ledger) {
        iso_ledger_add(context->ledger, what, size);
        *out = counted();
        return ISOBIT_OK;
    }
    if (size > context->largest_buffer)
        return too_large(context, size, what);
    cl_int code;
    cl_mem buffer = clCreateBuffer(context->context, CL_MEM_READ_WRITE, size, NULL, &code);
    if (code != CL_SUCCESS)
        return no_buffer(context, code, size, what);
    prefer_huge_pages(context, buffer, size);
    const cl_uchar zero = 0;
    code = clEnqueueFillBuffer(context->queue, buffer, &zero, 1, 0, size, 0, NULL, NULL);
    if (code != CL_SUCCESS) {
        clReleaseMemObject(buffer);
        return no_buffer(context, code, size, what); /* some drivers look for memory only now */
    }
    atomic_fetch_add(&live, size);
    *out = buffer;
    return ISOBIT_OK;
}

bool iso_buffer_shares(const isobit_context *context) {
    return is_pocl_cpu(context) && !context->limited;
}

static void CL_CALLBACK leave(cl_mem buffer, void *held) {
    (void)buffer;
    iso_held_leave(held);
}

isobit_status iso_buffer_over(cl_mem *out, isobit_context *context, iso_held *held, size_t bytes,
                              const char *what) {
    if (context->ledger) {
        iso_ledger_add_shared(context->ledger, bytes);
        *out = counted();
        return ISOBIT_OK;
    }
    if (bytes > context->largest_buffer)
        return too_large(context, bytes, what);
    cl_int code;
    cl_mem buffer = clCreateBuffer(context->context, CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR, bytes,
                                   held->memory, &code);
    if (code != CL_SUCCESS)
        return no_buffer(context, code, bytes, what);
    iso_held_keep(held);
    code = clSetMemObjectDestructorCallback(buffer, leave, held);
    if (code != CL_SUCCESS) {
        iso_held_leave(held);
        clReleaseMemObject(buffer);
        return iso_cl_fail(code, what);
    }
    *out = buffer;
    return ISOBIT_OK;
}

isobit_status iso_buffer_part(cl_mem *out, cl_mem whole, size_t offset, size_t bytes) {
    *out = whole;
    if (whole == counted())
        return ISOBIT_OK;
    cl_buffer_region region = {offset, bytes};
    cl_int code;
    cl_mem part = clCreateSubBuffer(whole, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    if (code != CL_SUCCESS)
        return iso_cl_fail(code, "dividing a buffer");
    *out = part;
    return ISOBIT_OK;
}

isobit_status iso_buffer_write(isobit_context *context, cl_mem buffer, size_t offset,
                               const void *from, size_t bytes) {
    if (context->ledger)
        return ISOBIT_OK;
    ISO_TRY(iso_queue_wait(context));
    ISO_CL(
        clEnqueueWriteBuffer(context->queue, buffer, CL_TRUE, offset, bytes, from, 0, NULL, NULL),
        "writing to the device");
    return ISOBIT_OK;
}

isobit_status iso_buffer_read(isobit_context *context, cl_mem buffer, size_t offset, void *to,
                              size_t bytes) {
    if (context->ledger) {
        memset(to, 0, bytes);
        return ISOBIT_OK;
    }
    ISO_TRY(iso_queue_wait(context));
    ISO_CL(clEnqueueReadBuffer(context->queue, buffer, CL_TRUE, offset, bytes, to, 0, NULL, NULL),
           "reading from the device");
    return ISOBIT_OK;
}

isobit_status iso_buffer_send(isobit_context *context, cl_mem buffer, const void *from,
                              size_t bytes) {
    iso_command command = {.label = "writing to the device"};
    cl_event event = NULL;
    ISO_TRY(iso_queue_ready(context));
    ISO_TRY(iso_alloc(&command.bytes, bytes, 1));
    memcpy(command.bytes, from, bytes);
    cl_int code = clEnqueueWriteBuffer(context->queue, buffer, CL_FALSE, 0, bytes, command.bytes, 0,
                                       NULL, &event);
    if (code != CL_SUCCESS) {
        free(command.bytes);
        return iso_cl_fail(code, command.label);
    }
    iso_queue_add(context, event, &command);
    return ISOBIT_OK;
}

/* Bytes that a buffer has of its own: none for a part of another one, or over the host's. */
static size_t own_bytes(cl_mem buffer) {
    cl_mem whole = NULL;
    cl_mem_flags flags = 0;
    size_t size = 0;
    clGetMemObjectInfo(buffer, CL_MEM_FLAGS, sizeof flags, &flags, NULL);
    if (clGetMemObjectInfo(buffer, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof whole, &whole, NULL) ==
            CL_SUCCESS &&
        !whole && !(flags & CL_MEM_USE_HOST_PTR))
        clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
    return size;
}

void iso_buffer_free(cl_mem *buffer) {
    if (*buffer == counted())
        *buffer = NULL;
    if (!*buffer)
        return;
    atomic_fetch_sub(&live, own_bytes(*buffer));
    clReleaseMemObject(*buffer);
    *buffer = NULL;
}

isobit_status iso_tensor_new(iso_tensor *out, isobit_context *context, size_t rows, size_t columns,
                             const char *what) {
    iso_tensor tensor = {.rows = rows, .columns = columns, .ld = iso_pitch(columns)};
    if (columns > UINT32_MAX - 2 * ISO_PAD || (rows && tensor.ld > UINT32_MAX / rows))
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "%s: %zu by %zu numbers are more than the 2^32 that a kernel can count; "
                        "use a smaller batch or network",
                        what, rows, columns);
    ISO_TRY(iso_buffer_new(&tensor.memory, context, rows * tensor.ld * sizeof(float), what));
    *out = tensor;
    return ISOBIT_OK;
}

void iso_tensor_free(iso_tensor *tensor) {
    iso_buffer_free(&tensor->memory);
    *tensor = (iso_tensor){0};
}

isobit_status iso_tensor_write(isobit_context *context, const iso_tensor *tensor,
                               const float *from) {
    const size_t line = tensor->columns * sizeof(float);
    float *padded;
    if (!line || !tensor->rows)
        return ISOBIT_OK;
    if (tensor->columns == tensor->ld)
        return iso_buffer_write(context, tensor->memory, 0, from, tensor->rows * line);
    /* Not a rectangular write: Oclgrind takes what that leaves for uninitialised. */
    ISO_TRY(iso_alloc(&padded, tensor->rows * tensor->ld, sizeof *padded));
    for (size_t row = 0; row < tensor->rows; row++)
        memcpy(padded + row * tensor->ld, from + row * tensor->columns, line);
    isobit_status status = iso_buffer_write(context, tensor->memory, 0, padded,
                                            tensor->rows * tensor->ld * sizeof *padded);
    free(padded);
    return status;
}

isobit_status iso_tensor_read(isobit_context *context, const iso_tensor *tensor, float *to) {
    const size_t zero[3] = {0}, line = tensor->columns * sizeof(float);
    const size_t region[3] = {line, tensor->rows, 1};
    if (!line || !tensor->rows)
        return ISOBIT_OK;
    ISO_TRY(iso_queue_wait(context));
    ISO_CL(clEnqueueReadBufferRect(context->queue, tensor->memory, CL_TRUE, zero, zero, region,
                                   tensor->ld * sizeof(float), 0, line, 0, to, 0, NULL, NULL),
           "reading from the device");
    return ISOBIT_OK;
}
