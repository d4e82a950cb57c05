/* Matrix products, with what happens to each element of the result given as a STORE. */
#ifndef ISO_OPS_GEMM_H
#define ISO_OPS_GEMM_H

#include "ops/store.h"

typedef enum iso_gemm_form {
    ISO_GEMM_NT, /* C[M,N] = A[M,K] B[N,K]^T: forward */
    ISO_GEMM_NN, /* C[M,N] = A[M,K] B[K,N]:   error terms */
    ISO_GEMM_TN  /* C[M,N] = A[K,M]^T B[K,N]: weight gradients */
} iso_gemm_form;

/* What the factors of a product's terms are: as they are, by the numerics contract; or rounded, by
 * the variant "matrix", whose sums have an order of the device's own. */
typedef enum iso_precision { ISO_PRECISE, ISO_TF32, ISO_BFLOAT16 } iso_precision;

/* "exact", "tf32" or "bf16". */
isobit_status iso_precision_parse(iso_precision *out, const char *name);

/* Append a product. Shapes come from the tensors and must agree; the result has store->out's.
 * @param precision but for ISO_PRECISE, variants that the user or the tuner chose are not asked
 * @param label     what the launch is for, as "layer 1 forward" */
isobit_status iso_gemm(iso_list *list, iso_gemm_form form, const iso_tensor *a, const iso_tensor *b,
                       iso_precision precision, const iso_store *store, const char *label);

/* The gradient of a bias: sums of delta's columns, through store (one row). */
isobit_status iso_bias_gradient(iso_list *list, const iso_tensor *delta, const iso_store *store,
                                const char *label);

#endif
