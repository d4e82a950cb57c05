#include "ops/gemm.h"

#include "base/text.h"
#include "ops/tuned.h"

#include <string.h>

isobit_status iso_precision_parse(iso_precision *out, const char *name) {
    static const char *const names[] = {"exact", "tf32", "bf16", NULL};
    for (int i = 0; names[i]; i++)
        if (!strcmp(name, names[i])) {
            *out = (iso_precision)i;
            return ISOBIT_OK;
        }
    return iso_unknown_in("precision", name, names);
}

static const char *const ops[] = {"gemm_nt", "gemm_nn", "gemm_tn"};

/* A step of bfloat16 has 16 terms. Where units are emulated, a warp of 32 work-items makes a tile,
 * in less than 16 KiB. */
#define EMULATED "WARP_ROWS=32 WARP_COLUMNS=32 UP=1 ACROSS=1 SLAB=16 STAGES=2"
static const char *const units[] = {NULL, "BF16=0", "BF16=1 SLAB=16 STAGES=3 UP=2 ACROSS=2"},
                         *const emulated[] = {NULL, "BF16=0 " EMULATED, "BF16=1 " EMULATED};

/* Which kernel: for exact products the user's choice, then the tuner's, then the class's. */
static iso_request request_for(isobit_context *context, iso_gemm_form form, iso_precision precision,
                               const size_t shape[3]) {
    iso_request request = {.op = ops[form], .terms = shape[2]};
    if (precision != ISO_PRECISE) {
        request.variant = "matrix";
        request.knobs = context->target.matrix_units ? units[precision] : emulated[precision];
    } else if (!iso_context_pick(context, ops[form])) {
        const iso_tuned *tuned =
            iso_tuning_find(context, ops[form], shape, iso_tuned_product_is_right);
        request.variant = tuned ? tuned->variant : NULL;
        request.knobs = tuned ? tuned->knobs : NULL;
    }
    return request;
}

isobit_status iso_gemm(iso_list *list, iso_gemm_form form, const iso_tensor *a, const iso_tensor *b,
                       iso_precision precision, const iso_store *store, const char *label) {
    const size_t m = form == ISO_GEMM_TN ? a->columns : a->rows;
    const size_t k = form == ISO_GEMM_TN ? a->rows : a->columns;
    const size_t n = form == ISO_GEMM_NT ? b->rows : b->columns;
    const size_t inner = form == ISO_GEMM_NT ? b->columns : b->rows;
    if (inner != k || store->out.rows != m || store->out.columns != n)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "%s: shapes %zux%zu, %zux%zu and %zux%zu do not fit %s", label, a->rows,
                        a->columns, b->rows, b->columns, store->out.rows, store->out.columns,
                        ops[form]);
    iso_arguments arguments = {0};
    const size_t numbers[] = {m, n, k, a->ld, b->ld};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(&arguments, ISO_UINT(numbers[i]));
    iso_arguments_add(&arguments, ISO_MEMORY(a->memory));
    iso_arguments_add(&arguments, ISO_MEMORY(b->memory));
    const double flops = 2.0 * (double)m * (double)n * (double)k;
    const double bytes =
        4.0 * ((double)m * (double)k + (double)k * (double)n + (double)m * (double)n);
    const size_t shape[3] = {m, n, k};
    const iso_request request = request_for(list->context, form, precision, shape);
    const iso_work work = {.columns = n, .rows = m, .flops = flops, .bytes = bytes};
    ISO_TRY(iso_store_launch(list, &request, &arguments, store, work, label));
    memcpy(list->launches[list->count - 1].shape, shape, sizeof shape);
    return ISOBIT_OK;
}

isobit_status iso_bias_gradient(iso_list *list, const iso_tensor *delta, const iso_store *store,
                                const char *label) {
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(delta->rows));
    iso_arguments_add(&arguments, ISO_UINT(delta->columns));
    iso_arguments_add(&arguments, ISO_UINT(delta->ld));
    iso_arguments_add(&arguments, ISO_MEMORY(delta->memory));
    const double terms = (double)delta->rows * (double)delta->columns;
    const iso_request request = {.op = "bias_gradient"};
    const iso_work work = {
        .columns = delta->columns, .rows = 1, .flops = terms, .bytes = 4 * terms};
    return iso_store_launch(list, &request, &arguments, store, work, label);
}
