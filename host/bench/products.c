/* Matrix products for the bench. */
#include "base/memory.h"
#include "bench/kinds.h"
#include "ops/gemm.h"

#include <math.h>
#include <stdlib.h>

static iso_gemm_form form_of(const iso_subject *subject) {
    const char *end = subject->kind->op + sizeof "gemm_" - 1;
    return end[0] == 't' ? ISO_GEMM_TN : end[1] == 't' ? ISO_GEMM_NT : ISO_GEMM_NN;
}

/* C = A B in float64, the textbook's three loops, beside the sum of |a| |b|. A row of B at a time,
 * so that large shapes do not take minutes. */
static isobit_status expect(iso_subject *subject, const iso_operand *a, const iso_operand *b,
                            iso_operand *c) {
    const iso_gemm_form form = form_of(subject);
    const size_t *shape = subject->shape, inner = shape[2];
    double *rows;
    ISO_TRY(iso_alloc(&rows, shape[1] * 2, sizeof *rows));
    for (size_t i = 0; i < shape[0]; i++) {
        for (size_t j = 0; j < 2 * shape[1]; j++)
            rows[j] = 0;
        for (size_t k = 0; k < inner; k++) {
            const float x = form == ISO_GEMM_TN ? iso_operand_at(a, k, i) : iso_operand_at(a, i, k);
            for (size_t j = 0; j < shape[1]; j++) {
                const float y =
                    form == ISO_GEMM_NT ? iso_operand_at(b, j, k) : iso_operand_at(b, k, j);
                rows[2 * j] += (double)x * (double)y;
                rows[2 * j + 1] += fabs((double)x * (double)y);
            }
        }
        for (size_t j = 0; j < shape[1]; j++)
            iso_operand_must(c, i, j, rows[2 * j], rows[2 * j + 1]);
    }
    free(rows);
    return ISOBIT_OK;
}

static isobit_status prepare(iso_subject *subject) {
    const iso_gemm_form form = form_of(subject);
    const size_t m = subject->shape[0], n = subject->shape[1], k = subject->shape[2];
    const bool tn = form == ISO_GEMM_TN, nt = form == ISO_GEMM_NT;
    iso_operand *a, *b, *c;
    ISO_TRY(iso_operand_new(subject, ISO_IN, tn ? k : m, tn ? m : k, &a));
    ISO_TRY(iso_operand_new(subject, ISO_IN, nt ? n : k, nt ? k : n, &b));
    ISO_TRY(iso_operand_new(subject, ISO_OUT, m, n, &c));
    ISO_TRY(iso_operand_expect(subject, c));
    if (!c->expected)
        return ISOBIT_OK;
    /* One rounding per term of a chunk, and one per chunk (contract, rule 4). */
    subject->roundings = (double)(k < ISO_CHUNK ? k : ISO_CHUNK) + (double)k / ISO_CHUNK + 2;
    return expect(subject, a, b, c);
}

static isobit_status add(iso_subject *subject, iso_list *list) {
    iso_operand *o = subject->operands;
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = o[2].tensor};
    return iso_gemm(list, form_of(subject), &o[0].tensor, &o[1].tensor, ISO_PRECISE, &store,
                    subject->kind->op);
}

#define AWKWARD                                                                                    \
    "1x1x1 2x3x5 1x10x784 257x10x255 10x784x256 31x257x257 64x784x10 113x131x513 784x10x1 "        \
    "17x33x1025"

const iso_subject_kind iso_product_kinds[ISO_PRODUCT_KINDS] = {
    {"gemm_nt", "", 3, ISO_PRODUCT, "64x1024x784 128x1024x1024 128x128x784 64x10x128", AWKWARD,
     prepare, add},
    {"gemm_nn", "", 3, ISO_PRODUCT, "64x784x1024 128x1024x1024 64x128x10", AWKWARD, prepare, add},
    {"gemm_tn", "", 3, ISO_PRODUCT, "1024x784x64 1024x1024x128 10x128x64", AWKWARD, prepare, add},
};
