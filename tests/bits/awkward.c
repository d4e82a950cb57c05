/* Every kernel variant of the matrix products and of the operations on rows, at sizes that are hard
 * to get right, compared with their definitions: for Oclgrind, which watches every access.
 * Run as: bits_awkward [DEVICE [VARIANT or FILE]]; "rows" is the operations on rows. */
#include "base/memory.h"
#include "base/numerics.h"
#include "ops/gemm.h"
#include "ops/rows.h"
#include "ops/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows, columns and depth: single elements, one more and one less than a vector or a tile, and a
 * sum of two chunks, the second of a few terms. */
static const size_t sizes[][3] = {{1, 1, 1}, {2, 17, 3}, {9, 15, 16}, {3, 33, 5}, {2, 3, 261}};
static size_t tried, wrong;

static float value_at(size_t i) {
    return (float)((int)(i * 2654435761u >> 8 & 0xffff) - 0x8000) * 0x1p-13f;
}

static isobit_status fill(iso_tensor *out, isobit_context *context, size_t rows, size_t columns) {
    float *values;
    ISO_TRY(iso_tensor_new(out, context, rows, columns, "a test's matrix"));
    ISO_TRY(iso_alloc(&values, rows * columns, sizeof *values));
    for (size_t i = 0; i < rows * columns; i++)
        values[i] = value_at(i + rows);
    isobit_status status = iso_tensor_write(context, out, values);
    free(values);
    return status;
}

/* The contract's sum of products. */
static float dot(iso_gemm_form form, const size_t size[3], size_t row, size_t column) {
    const size_t m = size[0], n = size[1], k = size[2];
    float total = 0, chunk = 0;
    for (size_t i = 0; i < k; i++) {
        const float a = form == ISO_GEMM_TN ? value_at(i * m + row + k) : value_at(row * k + i + m);
        const float b =
            form == ISO_GEMM_NT ? value_at(column * k + i + n) : value_at(i * n + column + k);
        if (i && i % ISO_CHUNK == 0) {
            total = i == ISO_CHUNK ? chunk : total + chunk;
            chunk = 0;
        }
        chunk = fmaf(a, b, chunk);
    }
    return iso_flush(k <= ISO_CHUNK ? chunk : total + chunk);
}

static void compare(const char *what, const iso_tensor *c, const float *got, iso_gemm_form form,
                    const size_t size[3]) {
    tried++;
    for (size_t i = 0; i < c->rows * c->columns; i++) {
        const float expected = dot(form, size, i / c->columns, i % c->columns);
        if (iso_as_bits(got[i]) == iso_as_bits(expected))
            continue;
        printf("%s, %zux%zux%zu: element %zu is %a, not %a\n", what, size[0], size[1], size[2], i,
               (double)got[i], (double)expected);
        wrong++;
        return;
    }
}

static isobit_status try_product(isobit_context *context, const char *what, iso_gemm_form form,
                                 const size_t size[3]) {
    iso_tensor a = {0}, b = {0}, c = {0};
    iso_list list = {.context = context};
    float *got = NULL;
    const size_t m = size[0], n = size[1], k = size[2];
    isobit_status status;
    ISO_DO(form == ISO_GEMM_TN ? fill(&a, context, k, m) : fill(&a, context, m, k));
    ISO_DO(form == ISO_GEMM_NT ? fill(&b, context, n, k) : fill(&b, context, k, n));
    ISO_DO(iso_tensor_new(&c, context, m, n, "a test's result"));
    ISO_DO(iso_alloc(&got, m * n, sizeof *got));
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = c};
    ISO_DO(iso_gemm(&list, form, &a, &b, &store, what));
    ISO_DO(iso_list_run(&list));
    ISO_DO(iso_tensor_read(context, &c, got));
    compare(what, &c, got, form, size);
done:
    iso_list_free(&list);
    iso_tensor_free(&a);
    iso_tensor_free(&b);
    iso_tensor_free(&c);
    free(got);
    return status;
}

/* One variant with its default knobs, in a context that chose it. */
static isobit_status try_variant(const char *device, const iso_variant *variant,
                                 iso_gemm_form form) {
    isobit_context *context;
    char *choice;
    ISO_TRY(iso_format(&choice, "%s=%s", variant->op, variant->name));
    isobit_status status = iso_context_open(&context, device, NULL, choice);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && status == ISOBIT_OK; i++)
        status = try_product(context, choice, form, sizes[i]);
    if (status == ISOBIT_OK)
        isobit_context_free(context);
    free(choice);
    return status;
}

static isobit_status try_rows(isobit_context *context, const size_t size[3]) {
    iso_tensor z = {0}, p = {0}, row = {0};
    cl_mem partial = NULL;
    iso_list list = {.context = context};
    isobit_status status;
    ISO_DO(fill(&z, context, size[0], size[2]));
    ISO_DO(fill(&p, context, size[0], size[2]));
    ISO_DO(iso_tensor_new(&row, context, 1, size[2], "a test's result"));
    ISO_DO(iso_buffer_new(&partial, context, 64 * sizeof(float), "a test's result"));
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = row};
    ISO_DO(iso_softmax(&list, &z, &p));
    ISO_DO(iso_softmax_backward(&list, &p, &z, 0.5));
    ISO_DO(iso_bias_gradient(&list, &z, &store, "bias gradient"));
    ISO_DO(iso_square_sums(&list, &z, 1, partial));
    status = iso_list_run(&list);
    tried++;
done:
    iso_list_free(&list);
    iso_tensor_free(&z);
    iso_tensor_free(&p);
    iso_tensor_free(&row);
    iso_buffer_free(&partial);
    return status;
}

static bool is_wanted(const iso_variant *variant, const char *only) {
    return !only || !strcmp(variant->name, only) || !strcmp(variant->file, only);
}

static isobit_status try_all(const char *device, const char *only) {
    static const char *const ops[] = {"gemm_nt", "gemm_nn", "gemm_tn"};
    isobit_context *context;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_context_open(&context, device, NULL, NULL));
    for (size_t v = 0; v < context->registry.count; v++)
        for (int form = 0; form < 3 && status == ISOBIT_OK; form++)
            if (!strcmp(context->registry.variants[v].op, ops[form]) &&
                !context->registry.variants[v].inexact &&
                is_wanted(&context->registry.variants[v], only))
                status = try_variant(device, &context->registry.variants[v], (iso_gemm_form)form);
    const bool rows = !only || !strcmp(only, "rows");
    for (size_t i = 0; rows && i < sizeof sizes / sizeof *sizes && status == ISOBIT_OK; i++)
        status = try_rows(context, sizes[i]);
    isobit_context_free(context);
    return status;
}

int main(int argc, char **argv) {
    if (try_all(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : NULL) != ISOBIT_OK) {
        fprintf(stderr, "bits_awkward: %s\n", isobit_error());
        return 1;
    }
    printf("%zu tried, %zu wrong\n", tried, wrong);
    return wrong || tried < 5;
}
