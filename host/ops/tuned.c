#include "ops/tuned.h"

#include "base/memory.h"
#include "base/random.h"
#include "device/buffer.h"
#include "device/launch.h"

#include <stdlib.h>
#include <string.h>

/* Edges in every dimension, and a second chunk of one term. */
enum { M = 19, N = 37, K = ISO_CHUNK + 1 };

/* An operand with values in [-1, 1). */
static isobit_status make_operand(iso_tensor *out, isobit_context *context, size_t rows,
                                  size_t columns, uint64_t seed) {
    iso_random random = iso_random_new(seed, ISO_RANDOM_DATA, 0);
    float *values;
    ISO_TRY(iso_tensor_new(out, context, rows, columns, "verifying a kernel"));
    ISO_TRY(iso_alloc(&values, rows * columns, sizeof *values));
    for (size_t i = 0; i < rows * columns; i++)
        values[i] = 2 * iso_random_uniform(&random) - 1;
    isobit_status status = iso_tensor_write(context, out, values);
    free(values);
    return status;
}

/* One product with a variant; `result` has a guard row and begins as all ones bits. */
static isobit_status multiply(isobit_context *context, const iso_request *request,
                              const iso_tensor *a, const iso_tensor *b, const iso_tensor *c,
                              float *result) {
    const size_t bytes = (c->rows + 1) * c->ld * sizeof *result;
    const size_t numbers[] = {M, N, K, a->ld, b->ld};
    iso_arguments arguments = {0};
    iso_list list = {.context = context};
    isobit_status status;
    memset(result, 0xFF, bytes);
    ISO_TRY(iso_buffer_write(context, c->memory, 0, result, bytes));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(&arguments, ISO_UINT(numbers[i]));
    iso_arguments_add(&arguments, ISO_MEMORY(a->memory));
    iso_arguments_add(&arguments, ISO_MEMORY(b->memory));
    iso_arguments_add(&arguments, ISO_WRITTEN(c->memory));
    iso_arguments_add(&arguments, ISO_UINT(c->ld));
    iso_arguments_add(&arguments, ISO_UINT(c->columns));
    ISO_DO(iso_list_add(&list, request, &arguments, (iso_work){.columns = N, .rows = M},
                        "verifying %s", request->variant));
    ISO_DO(iso_list_run(&list));
    ISO_DO(iso_buffer_read(context, c->memory, 0, result, bytes));
done:
    iso_list_free(&list);
    return status;
}

/* naive, or else any other exact variant. */
static const char *other_variant(const isobit_context *context, const iso_tuned *tuned) {
    const char *found = NULL;
    for (size_t i = 0; i < context->registry.count; i++) {
        const iso_variant *variant = &context->registry.variants[i];
        if (strcmp(variant->op, tuned->op) != 0 || variant->inexact)
            continue;
        const bool other = strcmp(variant->name, tuned->variant) != 0;
        if (!strcmp(variant->name, "naive") || (!found && other))
            found = variant->name;
    }
    return found;
}

/* Equal bytes where there is a result, and nothing written behind the last row. */
static bool alike(const float *x, const float *y, const iso_tensor *c) {
    const unsigned char *left = (const unsigned char *)x, *right = (const unsigned char *)y;
    const size_t line = c->ld * sizeof *x;
    for (size_t row = 0; row < M; row++)
        if (memcmp(left + row * line, right + row * line, N * sizeof *x) != 0)
            return false;
    for (size_t i = 0; i < line; i++)
        if (right[M * line + i] != 0xFF)
            return false;
    return true;
}

bool iso_tuned_product_is_right(isobit_context *context, const iso_tuned *tuned) {
    const char *form = tuned->op + sizeof "gemm_" - 1, *reference = other_variant(context, tuned);
    const bool tn = form[0] == 't', nt = form[1] == 't';
    const iso_request first = {.op = tuned->op, .variant = reference, .store = "store_plain.h"};
    const iso_request second = {.op = tuned->op,
                                .variant = tuned->variant,
                                .knobs = tuned->knobs,
                                .store = "store_plain.h"};
    iso_tensor a = {0}, b = {0}, c = {0};
    float *results[2] = {NULL, NULL};
    bool right = false;
    isobit_status status;
    if (!reference)
        return false;
    ISO_DO(make_operand(&a, context, tn ? K : M, tn ? M : K, 1));
    ISO_DO(make_operand(&b, context, nt ? N : K, nt ? K : N, 2));
    ISO_DO(iso_tensor_new(&c, context, M + 1, N, "verifying a kernel"));
    c.rows = M;
    for (int i = 0; i < 2; i++) {
        ISO_DO(iso_alloc(&results[i], (M + 1) * c.ld, sizeof(float)));
        ISO_DO(multiply(context, i ? &second : &first, &a, &b, &c, results[i]));
    }
    right = alike(results[0], results[1], &c);
done:
    free(results[0]);
    free(results[1]);
    iso_tensor_free(&a);
    iso_tensor_free(&b);
    iso_tensor_free(&c);
    return right;
}
