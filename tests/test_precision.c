/* Products of rounded factors, for matrix units: what they compute, and that a model says so. */
#include "ops/gemm.h"
#include "program.h"
#include "support.h"

#include <stdint.h>

static const char *const names[] = {"exact", "tf32", "bf16"};

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A factor as the unit gets it: TF32 to nearest, ties away; bfloat16 to nearest even. */
static double rounded(float x, iso_precision precision) {
    const uint32_t bits = bits_of(x);
    if (!isfinite(x))
        return (double)x;
    if (precision == ISO_TF32)
        return (double)float_of((bits + 0x1000u) & 0xffffe000u);
    return (double)float_of((bits + 0x7fffu + (bits >> 16 & 1u)) & 0xffff0000u);
}

/* In [-1, 1), from a congruence. */
static float draw(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

/* A product's operands, dense, and what comes out. */
typedef struct product {
    iso_gemm_form form;
    iso_precision precision;
    size_t m, n, k;
    float *a, *b, *c;
} product;

static float *factor(size_t count, uint32_t seed) {
    float *values = calloc(count, sizeof *values);
    cr_assert(values);
    for (size_t i = 0; i < count; i++)
        values[i] = draw(&seed);
    return values;
}

static product new_product(iso_gemm_form form, iso_precision precision, const size_t shape[3]) {
    product p = {form, precision, shape[0], shape[1], shape[2], NULL, NULL, NULL};
    p.a = factor(p.m * p.k, 1);
    p.b = factor(p.n * p.k, 2);
    p.c = factor(p.m * p.n, 3);
    return p;
}

static void free_product(product *p) {
    free(p->a);
    free(p->b);
    free(p->c);
}

static void multiply(isobit_context *context, product *p) {
    const bool tn = p->form == ISO_GEMM_TN, nt = p->form == ISO_GEMM_NT;
    iso_tensor a, b, c;
    iso_list list = {.context = context};
    OK(iso_tensor_new(&a, context, tn ? p->k : p->m, tn ? p->m : p->k, "test"));
    OK(iso_tensor_new(&b, context, nt ? p->n : p->k, nt ? p->k : p->n, "test"));
    OK(iso_tensor_new(&c, context, p->m, p->n, "test"));
    OK(iso_tensor_write(context, &a, p->a));
    OK(iso_tensor_write(context, &b, p->b));
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = c};
    OK(iso_gemm(&list, p->form, &a, &b, p->precision, &store, "product"));
    cr_assert_str_eq(list.launches[0].variant->name, "matrix");
    OK(iso_list_run(&list));
    OK(iso_tensor_read(context, &c, p->c));
    iso_list_free(&list);
    iso_tensor_free(&a);
    iso_tensor_free(&b);
    iso_tensor_free(&c);
}

/* Where a term of a sum is in its operand. */
static float *a_at(const product *p, size_t row, size_t k) {
    return p->form == ISO_GEMM_TN ? &p->a[k * p->m + row] : &p->a[row * p->k + k];
}
static float *b_at(const product *p, size_t column, size_t k) {
    return p->form == ISO_GEMM_NT ? &p->b[column * p->k + k] : &p->b[k * p->n + column];
}

/* A unit adds the terms of one instruction, 8 or 16, with some bits fewer than a float has. */
static void check(const product *p) {
    const double unit = 0x1p-22 * (double)(p->k / 8 + 2);
    for (size_t row = 0; row < p->m; row++)
        for (size_t column = 0; column < p->n; column++) {
            double sum = 0, size = 0;
            for (size_t k = 0; k < p->k; k++) {
                const double term = rounded(*a_at(p, row, k), p->precision) *
                                    rounded(*b_at(p, column, k), p->precision);
                sum += term;
                size += fabs(term);
            }
            const double got = (double)p->c[row * p->n + column];
            cr_assert(fabs(got - sum) <= unit * size,
                      "%s form %d %zux%zux%zu (%zu, %zu): %.9g, not %.9g", names[p->precision],
                      (int)p->form, p->m, p->n, p->k, row, column, got, sum);
        }
}

/* A form at a precision: one term, in which rounding shows; edges of tiles and slabs. */
static void check_form(isobit_context *context, iso_gemm_form form, iso_precision precision) {
    static const size_t shapes[][3] = {{3, 5, 1}, {33, 17, 40}, {5, 70, 19}, {67, 35, 300}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        product p = new_product(form, precision, shapes[i]);
        multiply(context, &p);
        check(&p);
        free_product(&p);
    }
}

TestSuite(precision, .init = enter_folder, .fini = leave_folder);

/* Every way for an operand to lie, and both precisions; each is a kernel to build. */
Test(precision, products_are_those_of_rounded_factors) {
    isobit_context *context = open_device();
    check_form(context, ISO_GEMM_NT, ISO_TF32);
    check_form(context, ISO_GEMM_TN, ISO_TF32);
    check_form(context, ISO_GEMM_NN, ISO_BFLOAT16);
    isobit_context_free(context);
}

/* Whatever bits a NaN has: rounding must not turn it into a number. */
Test(precision, what_is_not_finite_stays_so) {
    static const uint32_t bits[] = {0x7fffffffu, 0xffc00000u, 0x7f800001u,
                                    0x7fc00000u, 0x7f800000u, 0xff800000u};
    static const size_t shape[3] = {8, 3, 20};
    isobit_context *context = open_device();
    for (int precision = ISO_TF32; precision <= ISO_BFLOAT16; precision++) {
        const iso_gemm_form form = precision == ISO_TF32 ? ISO_GEMM_NT : ISO_GEMM_NN;
        product p = new_product(form, (iso_precision)precision, shape);
        for (size_t row = 0; row < sizeof bits / sizeof *bits; row++)
            *a_at(&p, row, 2 * row) = float_of(bits[row]);
        multiply(context, &p);
        for (size_t i = 0; i < p.m * p.n; i++)
            cr_assert_eq(!isfinite(p.c[i]), i / p.n < sizeof bits / sizeof *bits, "%s row %zu: %g",
                         names[precision], i / p.n, (double)p.c[i]);
        free_product(&p);
    }
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------------ the mode -- */

/* Two products to train with, and plain ones to evaluate with: few kernels to build. */
#define TRAIN                                                                                      \
    "train 'digits samples=300 test=100' --net 'dense 10 softmax' --epochs 5 --batch 16 "          \
    "--variant '" PLAIN "' --checkpoint '1 epoch' "

/* The summary of a training's JSON, of the test part's accuracy. */
static double accuracy_of(const char *arguments, const char *precision) {
    const char *last = strstr(works(arguments)->out, "{\"done\"");
    cr_assert(last);
    json_t *object = json_of(last);
    const json_t *test = json_object_get(object, "test");
    const double accuracy = json_number_value(json_object_get(test, "accuracy"));
    cr_assert_str_eq(json_string_value(json_object_get(object, "precision")), precision);
    json_decref(object);
    return accuracy;
}

Test(precision, training_learns_as_well_and_the_model_says_how) {
    const double exact = accuracy_of(TRAIN "--out exact --json", "exact");
    cr_assert(exact > 0.5);
    works(TRAIN "--precision exact --quiet --out same");
    cr_assert_eq(system("cmp exact/model.safetensors same/model.safetensors"), 0);
    cr_assert(!strstr(works("show exact/model.safetensors")->out, "precision"));
    NEAR(accuracy_of(TRAIN "--precision tf32 --out tf32 --json", "tf32"), exact, 0.05);
    has_text(works("show tf32/model.safetensors")->out, "precision   tf32");
    cr_assert_neq(system("cmp -s exact/model.safetensors tf32/model.safetensors"), 0);
    fails("train --resume tf32 --epochs 6 --precision bf16", 2, "precision was tf32, is bf16");
    const char *told = works("train --resume tf32 --epochs 6")->out;
    has_text(told, "tf32 products");
    has_text(told, "not the same bits on every device");
}

Test(precision, bad_ones_are_refused) {
    fails(TRAIN "--precision tf23", 2, "unknown precision \"tf23\": did you mean \"tf32\"?");
    fails(TRAIN "--precision bf16 --optimizer genetic", 2,
          "precision bf16: optimizer genetic has exact products only");
    fails("train digits --net 'dense 10 softmax' --variant gemm_nt=matrix", 2,
          "declares itself inexact");
}
