/* The //@ lines of a kernel file. */
#include "device/registry.h"
#include "fuzz.h"

static void evaluate(const iso_variant *variant, const iso_choice *choice) {
    long size;
    for (unsigned dim = 0; dim < variant->dims; dim++) {
        fuzz_begin();
        fuzz_took(iso_variant_evaluate(variant, choice, variant->local[dim], &size), "in.cl: ");
        fuzz_begin();
        fuzz_took(iso_variant_evaluate(variant, choice, variant->tile[dim], &size), "in.cl: ");
    }
}

static void check(const iso_variant *variant) {
    static const iso_target targets[] = {
        {.device_class = "cpu", .compute_units = 2, .local_memory = 1 << 20},
        {.device_class = "gpu", .compute_units = 2, .local_memory = 32 << 10}};
    static const iso_extent extent = {.columns = 100, .rows = 50, .terms = 7};
    iso_choice choice;
    HOLDS(variant->op && variant->name && variant->dims >= 1 && variant->dims <= 2);
    HOLDS(variant->local[variant->dims - 1] && variant->tile[variant->dims - 1]);
    HOLDS(!variant->width || *variant->width);
    for (int i = 0; i < 2; i++) {
        fuzz_begin();
        if (fuzz_took(iso_variant_choose(variant, &targets[i], NULL, NULL, &choice), "in.cl: "))
            evaluate(variant, &choice);
        fuzz_begin();
        fuzz_took(iso_variant_choose(variant, &targets[i], "TS=32", &extent, &choice), "in.cl: ");
    }
}

/* The text. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    char *text = fuzz_string(&(fuzz_rest){bytes, length});
    iso_variant variant;
    fuzz_begin();
    const bool taken = fuzz_took(iso_variant_parse(&variant, "in.cl", text), "in.cl:");
    free(text);
    if (!taken)
        return false;
    check(&variant);
    iso_variant_free(&variant);
    return true;
}

static void seed(const char *text) { fuzz_seed(text, strlen(text)); }

void fuzz_seeds(void) {
    seed("//@ op      gemm_nt\n//@ variant tiled\n//@ knob    TS 16 8 32   as wide as high\n"
         "//@ local   TS TS\n//@ tile    TS*2 (TS+1)/2\n//@ default gpu TS=32 if GROUPS>=2*UNITS\n"
         "//@ require 4*TS*TS<=LOCAL&&!(TS%8)||-TS>3\n__kernel void gemm_nt() {}\n");
    seed("// nothing\n//@ op a\n//@ variant b\n//@ width 16\n//@ local 64\n//@ tile 1\n//@ "
         "inexact\n");
    for (const iso_embedded *file = iso_embedded_files; file->name; file++)
        if (strstr(file->text, "//@ op") && strlen(file->text) < 3000)
            seed(file->text);
}

const char *const fuzz_words[] = {"//@ ",        "op ",
                                  "variant ",    "width 16",
                                  "knob ",       "local ",
                                  "tile ",       "default cpu ",
                                  "if GROUPS>K", "require LOCAL",
                                  "inexact",     "&&",
                                  "||",          "==",
                                  "!=",          "<=",
                                  "%",           "2147483647",
                                  "((((((((((",  "!!!!!!!!!!",
                                  "----------",  "1048576",
                                  NULL};
