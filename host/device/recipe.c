#include "device/recipe.h"

#include "base/memory.h"
#include "base/text.h"
#include "device/pocl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------- the source -- */

/* A source on its way, or its digest: the same with the hash of an embedded file in place of its
 * text, by which a program that is kept is found without assembling and hashing some 100 KiB. */
typedef struct draft {
    iso_text text;
    bool digest;
} draft;

/* What follows is line 1 of a file, whose name a user may have chosen. */
static void add_place(draft *to, const char *name) {
    iso_text_add(&to->text, "#line 1 \"");
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            iso_text_append(&to->text, "\\", 1);
        iso_text_append(&to->text, (unsigned char)*name < 0x20 ? "?" : name, 1);
    }
    iso_text_add(&to->text, "\"\n");
}

static void add_text(draft *to, const char *text) {
    iso_text_append(&to->text, text, strlen(text));
}

static void add_file(draft *to, const char *name) {
    const iso_embedded *file = iso_embedded_file(name);
    add_place(to, name);
    if (file)
        add_text(to, to->digest ? file->sha256 : file->text);
    else if (to->text.status == ISOBIT_OK)
        to->text.status = iso_fail(ISOBIT_ERROR_KERNEL, "no kernel file \"%s\"", name);
}

/* Everything that has one form per vector width. */
static void add_width(draft *to, const char *types, const char *store) {
    static const char *const templates[] = {"numerics.h", "activations.h", "losses.h",
                                            "optimizers.h", "store.h"};
    add_file(to, types);
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++)
        add_file(to, templates[i]);
    if (store)
        add_file(to, store);
}

/* "A=1 B=2" as #define lines. */
static isobit_status add_defines(draft *to, const char *defines) {
    iso_spec spec;
    if (!defines)
        return ISOBIT_OK;
    ISO_TRY(iso_spec_parse(&spec, "defines", defines));
    for (size_t i = 0; i < spec.option_count; i++)
        iso_text_add(&to->text, "#define %s %s\n", spec.options[i].key, spec.options[i].value);
    iso_spec_free(&spec);
    return ISOBIT_OK;
}

static void add_variant(draft *to, const iso_variant *variant) {
    add_place(to, variant->file);
    add_text(to, to->digest && variant->embedded ? variant->embedded->sha256 : variant->text);
}

static isobit_status assemble(char **out, bool digest, const iso_recipe *recipe,
                              const isobit_context *context, const iso_request *request) {
    static const char *const shared[] = {"rows.h",       "rows16.h", "sample_loss.h",
                                         "gather_row.h", "random.h", "window.h",
                                         "tiled.h",      "matrix.h", "panel.h"};
    const iso_variant *variant = recipe->variant;
    draft source = {.digest = digest};
    char *text = NULL;
    long width = 1;
    if (variant->width)
        ISO_TRY(iso_variant_evaluate(variant, &recipe->choice, variant->width, &width));
    if (recipe->few)
        add_file(&source, "builtins.h");
    iso_text_add(&source.text,
                 "#pragma OPENCL FP_CONTRACT OFF\n#define CHUNK %d\n#define SCALARS %d\n",
                 ISO_CHUNK, ISO_SCALARS);
    if (context->native_divide)
        iso_text_add(&source.text, "#define ISO_NATIVE_DIVIDE_SQRT 1\n");
    if (context->target.matrix_units)
        iso_text_add(&source.text, "#define ISO_MATRIX_UNITS 1\n");
    const isobit_status status = add_defines(&source, request->defines);
    for (size_t i = 0; i < variant->knob_count; i++)
        iso_text_add(&source.text, "#define %s %ld\n", variant->knobs[i].name,
                     recipe->choice.knobs[i]);
    add_width(&source, "scalar.h", request->store);
    if (width > 1) {
        add_file(&source, "vector.h");
        add_width(&source, width == 4 ? "vector4.h" : "vector16.h", request->store);
    }
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        add_file(&source, shared[i]);
    add_variant(&source, variant);
    const isobit_status built = iso_text_take(&source.text, &text);
    if (status == ISOBIT_OK && built == ISOBIT_OK) {
        *out = text;
        return ISOBIT_OK;
    }
    free(text);
    return status == ISOBIT_OK ? built : status;
}

isobit_status iso_recipe_source(char **out, const iso_recipe *recipe, const isobit_context *context,
                                const iso_request *request) {
    return assemble(out, false, recipe, context, request);
}

/* -------------------------------------------------------------------------- options and hash -- */

/* ISOBIT_BUILD_OPTIONS is for those who check: Oclgrind wants -cl-opt-disable, and a build that is
 * wrong on purpose (-cl-fast-relaxed-math) shows that doctor sees it. -w: PoCL prints the number of
 * warnings, such as of a loop that it did not unroll. */
static isobit_status write_options(iso_recipe *recipe, const isobit_context *context) {
    const iso_variant *variant = recipe->variant;
    const char *more = getenv("ISOBIT_BUILD_OPTIONS");
    char limit[48] = "";
    long registers = 0;
    if (variant->registers)
        ISO_TRY(iso_variant_evaluate(variant, &recipe->choice, variant->registers, &registers));
    if (registers && context->nvidia)
        snprintf(limit, sizeof limit, " -cl-nv-maxrregcount=%ld", registers);
    snprintf(recipe->options, sizeof recipe->options, "-cl-std=CL1.2 -w%s%s%s%s%s",
             context->native_divide ? " -cl-fp32-correctly-rounded-divide-sqrt" : "", limit,
             recipe->few ? " " ISO_POCL_FEW_BUILTINS : "", more && *more ? " " : "",
             more ? more : "");
    return ISOBIT_OK;
}

static isobit_status write_hash(iso_recipe *recipe, const isobit_context *context,
                                const iso_request *request) {
    char *digest;
    ISO_TRY(assemble(&digest, true, recipe, context, request));
    iso_hash state = iso_hash_new();
    iso_hash_add(&state, digest, strlen(digest) + 1);
    iso_hash_add(&state, recipe->options, strlen(recipe->options) + 1);
    iso_hash_add(&state, context->identity, strlen(context->identity) + 1);
    iso_hash_end(&state, recipe->hash);
    free(digest);
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------- the recipe -- */

isobit_status iso_recipe_make(iso_recipe *out, isobit_context *context, const iso_request *request,
                              size_t columns, size_t rows) {
    const iso_extent extent = {columns, rows, request->terms};
    const struct iso_pick *pick = request->variant ? NULL : iso_context_pick(context, request->op);
    *out = (iso_recipe){0};
    ISO_TRY(iso_registry_find(&context->registry, request->op,
                              pick ? pick->variant : request->variant, context->target.device_class,
                              &out->variant));
    ISO_TRY(iso_variant_choose(out->variant, &context->target, pick ? pick->knobs : request->knobs,
                               &extent, &out->choice));
    /* A file of ours uses few of OpenCL's functions. */
    out->few = context->pocl && out->variant->embedded;
    ISO_TRY(write_options(out, context));
    return write_hash(out, context, request);
}

isobit_status iso_recipe_with_all(iso_recipe *recipe, const isobit_context *context,
                                  const iso_request *request) {
    recipe->few = false;
    ISO_TRY(write_options(recipe, context));
    return write_hash(recipe, context, request);
}
