#include "bench/yardstick.h"

#include "base/memory.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* The parts of cblas.h and clblast_c.h that are needed, so that neither must be installed. */
enum { ROW_MAJOR = 101, AS_IT_IS = 111, TRANSPOSED = 112 };
typedef void (*blas_sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                           float alpha, const float *a, int lda, const float *b, int ldb,
                           float beta, float *c, int ldc);
typedef int (*clblast_sgemm)(int layout, int transpose_a, int transpose_b, size_t m, size_t n,
                             size_t k, float alpha, cl_mem a, size_t a_offset, size_t lda, cl_mem b,
                             size_t b_offset, size_t ldb, float beta, cl_mem c, size_t c_offset,
                             size_t ldc, cl_command_queue *queue, cl_event *event);

struct iso_yardstick {
    const char *name;
    bool on_host, product;
    void *library;
    blas_sgemm blas;
    clblast_sgemm clblast;
};

const char *iso_yardstick_name(const iso_yardstick *yardstick) { return yardstick->name; }
bool iso_yardstick_on_host(const iso_yardstick *yardstick) { return yardstick->on_host; }
bool iso_yardstick_computes(const iso_yardstick *yardstick) { return yardstick->library; }
bool iso_yardstick_can(const iso_yardstick *yardstick, const iso_subject_kind *kind) {
    return kind->work == (yardstick->product ? ISO_PRODUCT : ISO_MOVES) &&
           (yardstick->library || strcmp(kind->op, "probe_copy") != 0);
}

/* --------------------------------------------------------------------------------- loading -- */

/* A function's address as the function: ISO C knows no such cast, POSIX promises the bytes. */
static bool find(void *library, const char *name, void *out) {
    void *address = dlsym(library, name);
    memcpy(out, &address, sizeof address);
    return address;
}

static isobit_status add(iso_yardsticks *yardsticks, iso_yardstick yardstick) {
    iso_yardstick *entry;
    ISO_TRY(iso_alloc(&entry, 1, sizeof *entry));
    *entry = yardstick;
    yardsticks->list[yardsticks->count++] = entry;
    return ISOBIT_OK;
}

/* A library that is not there, or not as expected, is simply not compared with. */
static isobit_status open_openblas(iso_yardsticks *out, const isobit_context *context) {
    iso_yardstick found = {.name = "OpenBLAS", .on_host = true, .product = true};
    void (*set_threads)(int) = NULL;
    if (strcmp(context->target.device_class, "cpu") != 0)
        return ISOBIT_OK;
    found.library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!found.library)
        return ISOBIT_OK;
    if (!find(found.library, "cblas_sgemm", &found.blas) ||
        !find(found.library, "openblas_set_num_threads", &set_threads)) {
        dlclose(found.library);
        return ISOBIT_OK;
    }
    set_threads((int)context->target.compute_units);
    return add(out, found);
}

static isobit_status open_clblast(iso_yardsticks *out) {
    iso_yardstick found = {.name = "CLBlast", .product = true};
    found.library = dlopen("libclblast.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!found.library)
        return ISOBIT_OK;
    if (!find(found.library, "CLBlastSgemm", &found.clblast)) {
        dlclose(found.library);
        return ISOBIT_OK;
    }
    return add(out, found);
}

isobit_status iso_yardsticks_open(iso_yardsticks *out, isobit_context *context) {
    iso_yardsticks yardsticks = {0};
    isobit_status status;
    ISO_DO(open_openblas(&yardsticks, context));
    ISO_DO(open_clblast(&yardsticks));
    ISO_DO(add(&yardsticks, (iso_yardstick){.name = "copy"}));
    *out = yardsticks;
    return ISOBIT_OK;
done:
    iso_yardsticks_close(&yardsticks);
    return status;
}

/* The libraries stay loaded: their threads and kernels do not survive being unloaded. */
void iso_yardsticks_close(iso_yardsticks *yardsticks) {
    for (size_t i = 0; i < yardsticks->count; i++)
        free(yardsticks->list[i]);
    *yardsticks = (iso_yardsticks){0};
}

/* --------------------------------------------------------------------------------- running -- */

/* Half of the bytes are read and half written. */
static isobit_status bind_copy(iso_subject *subject, iso_list *list) {
    const iso_request request = {.op = "probe_copy"};
    const size_t floats = iso_padded((size_t)(subject->bytes / 8) + 1);
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(floats));
    for (size_t i = 0; i < 2; i++) {
        ISO_TRY(
            iso_buffer_new(&subject->spare[i], subject->context, floats * sizeof(float), "a copy"));
        iso_arguments_add(&arguments,
                          i ? ISO_WRITTEN(subject->spare[i]) : ISO_MEMORY(subject->spare[i]));
    }
    return iso_list_add(list, &request, &arguments, (iso_work){.columns = floats, .rows = 1},
                        "copy");
}

isobit_status iso_yardstick_bind(const iso_yardstick *yardstick, iso_subject *subject,
                                 iso_list *list) {
    const iso_operand *o = subject->operands;
    *list = (iso_list){.context = subject->context};
    for (int i = 0; yardstick->blas && i < 3; i++)
        if (o[i].tensor.rows > INT32_MAX || o[i].tensor.ld > INT32_MAX)
            return iso_fail(ISOBIT_ERROR_ARGUMENT, "too large for %s", yardstick->name);
    return yardstick->library ? ISOBIT_OK : bind_copy(subject, list);
}

static isobit_status run_product(const iso_yardstick *yardstick, iso_subject *subject) {
    const iso_operand *o = subject->operands;
    const char *form = subject->kind->op + sizeof "gemm_" - 1;
    const int a = form[0] == 't' ? TRANSPOSED : AS_IT_IS,
              b = form[1] == 't' ? TRANSPOSED : AS_IT_IS;
    const size_t *shape = subject->shape;
    if (yardstick->blas) {
        yardstick->blas(ROW_MAJOR, a, b, (int)shape[0], (int)shape[1], (int)shape[2], 1,
                        o[0].initial, (int)o[0].tensor.ld, o[1].initial, (int)o[1].tensor.ld, 0,
                        subject->host_out, (int)o[2].tensor.ld);
        return ISOBIT_OK;
    }
    const int code =
        yardstick->clblast(ROW_MAJOR, a, b, shape[0], shape[1], shape[2], 1, o[0].tensor.memory, 0,
                           o[0].tensor.ld, o[1].tensor.memory, 0, o[1].tensor.ld, 0,
                           o[2].tensor.memory, 0, o[2].tensor.ld, &subject->context->queue, NULL);
    return code ? iso_fail(ISOBIT_ERROR_KERNEL, "%s: status %d", yardstick->name, code) : ISOBIT_OK;
}

isobit_status iso_yardstick_run(const iso_yardstick *yardstick, iso_subject *subject,
                                const iso_list *list) {
    return yardstick->library ? run_product(yardstick, subject) : iso_list_enqueue(list);
}
