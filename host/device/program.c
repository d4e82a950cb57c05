#include "device/program.h"

#include "base/memory.h"
#include "base/text.h"
#include "device/build.h"
#include "device/cache.h"
#include "device/pocl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct iso_program {
    iso_program *next;
    unsigned char hash[ISO_PROGRAM_HASH];
    cl_program program;
    bool kept; /* it came from the cache, or is there by now */
};

/* ------------------------------------------------------------------------------- the source -- */

/* What follows is line 1 of a file, whose name a user may have chosen. */
static void add_place(iso_text *source, const char *name) {
    iso_text_add(source, "#line 1 \"");
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            iso_text_append(source, "\\", 1);
        iso_text_append(source, (unsigned char)*name < 0x20 ? "?" : name, 1);
    }
    iso_text_add(source, "\"\n");
}

static void add_file(iso_text *source, const char *name) {
    const char *text = iso_embedded_text(name);
    add_place(source, name);
    if (text)
        iso_text_append(source, text, strlen(text));
    else if (source->status == ISOBIT_OK)
        source->status = iso_fail(ISOBIT_ERROR_KERNEL, "no kernel file \"%s\"", name);
}

/* Everything that has one form per vector width. */
static void add_width(iso_text *source, const char *types, const char *store) {
    static const char *const templates[] = {"numerics.h", "activations.h", "losses.h",
                                            "optimizers.h", "store.h"};
    add_file(source, types);
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++)
        add_file(source, templates[i]);
    if (store)
        add_file(source, store);
}

/* "A=1 B=2" as #define lines. */
static isobit_status add_defines(iso_text *source, const char *defines) {
    iso_spec spec;
    if (!defines)
        return ISOBIT_OK;
    ISO_TRY(iso_spec_parse(&spec, "defines", defines));
    for (size_t i = 0; i < spec.option_count; i++)
        iso_text_add(source, "#define %s %s\n", spec.options[i].key, spec.options[i].value);
    iso_spec_free(&spec);
    return ISOBIT_OK;
}

/* @param few the source brings the declarations of what it uses of OpenCL's functions */
static isobit_status assemble(const isobit_context *context, const iso_request *request,
                              const iso_variant *variant, const iso_choice *choice, bool few,
                              char **out) {
    iso_text source = {0};
    char *text = NULL;
    long width = 1;
    if (variant->width)
        ISO_TRY(iso_variant_evaluate(variant, choice, variant->width, &width));
    if (few)
        add_file(&source, "builtins.h");
    iso_text_add(&source, "#pragma OPENCL FP_CONTRACT OFF\n#define CHUNK %d\n#define SCALARS %d\n",
                 ISO_CHUNK, ISO_SCALARS);
    if (context->native_divide)
        iso_text_add(&source, "#define ISO_NATIVE_DIVIDE_SQRT 1\n");
    if (context->matrix_units)
        iso_text_add(&source, "#define ISO_MATRIX_UNITS 1\n");
    isobit_status status = add_defines(&source, request->defines);
    for (size_t i = 0; i < variant->knob_count; i++)
        iso_text_add(&source, "#define %s %ld\n", variant->knobs[i].name, choice->knobs[i]);
    add_width(&source, "scalar.h", request->store);
    if (width > 1)
        add_width(&source, width == 4 ? "vector4.h" : "vector16.h", request->store);
    static const char *const shared[] = {"rows.h",       "rows16.h", "sample_loss.h",
                                         "gather_row.h", "random.h", "window.h",
                                         "tiled.h",      "matrix.h", "panel.h"};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        add_file(&source, shared[i]);
    add_place(&source, variant->file);
    iso_text_append(&source, variant->text, strlen(variant->text));
    isobit_status built = iso_text_take(&source, &text);
    if (status == ISOBIT_OK && built == ISOBIT_OK) {
        *out = text;
        return ISOBIT_OK;
    }
    free(text);
    return status == ISOBIT_OK ? built : status;
}

/* -------------------------------------------------------------------------------- the build -- */

/* By way of bitcode, which is then kept at once. */
static bool build_on_pocl(cl_program *out, const isobit_context *context, const char *source,
                          const char *options, const unsigned char *hash) {
    size_t length;
    unsigned char *bitcode =
        context->pocl ? iso_pocl_compile(context, source, options, &length) : NULL;
    const bool built =
        bitcode && iso_build_binary(out, context, bitcode, length, options) == CL_SUCCESS;
    if (built)
        iso_cache_save(hash, bitcode, length);
    free(bitcode);
    return built;
}

static isobit_status build(isobit_context *context, const char *source, const char *options,
                           const char *file, iso_program *program) {
    if (iso_cache_load(context, program->hash, options, &program->program) ||
        build_on_pocl(&program->program, context, source, options, program->hash)) {
        program->kept = true;
        return ISOBIT_OK;
    }
    return iso_build_source(&program->program, context, source, options, file);
}

/* ISOBIT_BUILD_OPTIONS is for those who check: Oclgrind wants -cl-opt-disable, and a build that is
 * wrong on purpose (-cl-fast-relaxed-math) shows that doctor sees it. -w: PoCL prints the number of
 * warnings, such as of a loop that it did not unroll. */
static void build_options(const isobit_context *context, bool few, long registers,
                          char out[ISO_BUILD_OPTIONS]) {
    const char *more = getenv("ISOBIT_BUILD_OPTIONS");
    char limit[48] = "";
    if (registers && context->nvidia)
        snprintf(limit, sizeof limit, " -cl-nv-maxrregcount=%ld", registers);
    snprintf(out, ISO_BUILD_OPTIONS, "-cl-std=CL1.2 -w%s%s%s%s%s",
             context->native_divide ? " -cl-fp32-correctly-rounded-divide-sqrt" : "", limit,
             few ? " " ISO_POCL_FEW_BUILTINS : "", more && *more ? " " : "", more ? more : "");
}

static void hash_of(const isobit_context *context, const char *source, const char *options,
                    unsigned char out[ISO_PROGRAM_HASH]) {
    iso_hash state = iso_hash_new();
    iso_hash_add(&state, source, strlen(source) + 1);
    iso_hash_add(&state, options, strlen(options) + 1);
    iso_hash_add(&state, context->identity, strlen(context->identity) + 1);
    iso_hash_end(&state, out);
}

static iso_program *find(const isobit_context *context, const unsigned char *hash) {
    iso_program *known = context->programs;
    while (known && memcmp(known->hash, hash, ISO_PROGRAM_HASH) != 0)
        known = known->next;
    return known;
}

isobit_status iso_program_build(cl_program *out, isobit_context *context, const char *source,
                                const char *options, const char *file) {
    unsigned char hash[ISO_PROGRAM_HASH];
    hash_of(context, source, options, hash);
    iso_program *entry = find(context, hash);
    if (entry) {
        *out = entry->program;
        return ISOBIT_OK;
    }
    ISO_TRY(iso_alloc(&entry, 1, sizeof *entry));
    memcpy(entry->hash, hash, sizeof hash);
    isobit_status status = build(context, source, options, file, entry);
    if (status != ISOBIT_OK) {
        free(entry);
        return status;
    }
    entry->next = context->programs;
    context->programs = entry;
    *out = entry->program;
    return ISOBIT_OK;
}

/* At the end, when a driver has built all that it will. PoCL would build all of it once more. */
static void keep(const isobit_context *context, const iso_program *program) {
    size_t length;
    unsigned char *binary =
        program->kept || context->pocl ? NULL : iso_build_take(program->program, &length);
    if (binary)
        iso_cache_save(program->hash, binary, length);
    free(binary);
}

void iso_programs_free(isobit_context *context) {
    while (context->programs) {
        iso_program *next = context->programs->next;
        keep(context, context->programs);
        clReleaseProgram(context->programs->program);
        free(context->programs);
        context->programs = next;
    }
}

/* ------------------------------------------------------------------------------ the recipe -- */

static isobit_status choose(iso_recipe *out, isobit_context *context, const iso_request *request,
                            size_t columns, size_t rows) {
    const iso_extent extent = {columns, rows, request->terms, context->compute_units};
    const struct iso_pick *pick = request->variant ? NULL : iso_context_pick(context, request->op);
    *out = (iso_recipe){0};
    ISO_TRY(iso_registry_find(&context->registry, request->op,
                              pick ? pick->variant : request->variant, context->device_class,
                              &out->variant));
    return iso_variant_choose(out->variant, context->device_class,
                              pick ? pick->knobs : request->knobs, &extent, &out->choice);
}

/* Source, options and hash, of what was chosen. */
static isobit_status write_out(iso_recipe *recipe, isobit_context *context,
                               const iso_request *request, bool few) {
    const iso_variant *variant = recipe->variant;
    long registers = 0;
    iso_recipe_free(recipe);
    if (variant->registers)
        ISO_TRY(iso_variant_evaluate(variant, &recipe->choice, variant->registers, &registers));
    ISO_TRY(assemble(context, request, variant, &recipe->choice, few, &recipe->source));
    build_options(context, few, registers, recipe->options);
    hash_of(context, recipe->source, recipe->options, recipe->hash);
    return ISOBIT_OK;
}

/* A file of ours uses few of OpenCL's functions. */
static bool takes_few(const isobit_context *context, const iso_recipe *recipe) {
    return context->pocl && iso_embedded_text(recipe->variant->file);
}

isobit_status iso_recipe_make(iso_recipe *out, isobit_context *context, const iso_request *request,
                              size_t columns, size_t rows) {
    ISO_TRY(choose(out, context, request, columns, rows));
    return write_out(out, context, request, takes_few(context, out));
}

bool iso_recipe_is_built(const isobit_context *context, const iso_recipe *recipe) {
    return find(context, recipe->hash) || iso_cache_has(recipe->hash);
}

void iso_recipe_free(iso_recipe *recipe) {
    free(recipe->source);
    recipe->source = NULL;
}

/* If another PoCL does not take a file with few functions, it gets all of them. */
static isobit_status program_of(cl_program *out, isobit_context *context,
                                const iso_request *request, iso_recipe *recipe) {
    const char *file = recipe->variant->file;
    if (takes_few(context, recipe)) {
        ISO_TRY(write_out(recipe, context, request, true));
        const isobit_status status =
            iso_program_build(out, context, recipe->source, recipe->options, file);
        if (status != ISOBIT_ERROR_KERNEL)
            return status;
    }
    ISO_TRY(write_out(recipe, context, request, false));
    return iso_program_build(out, context, recipe->source, recipe->options, file);
}

/* ------------------------------------------------------------------------------- the kernel -- */

isobit_status iso_kernel_new(cl_kernel *out, isobit_context *context, const iso_request *request,
                             size_t columns, size_t rows, const iso_variant **variant,
                             iso_choice *choice) {
    iso_recipe recipe;
    cl_program program;
    cl_int code;
    ISO_TRY(choose(&recipe, context, request, columns, rows));
    const isobit_status status = program_of(&program, context, request, &recipe);
    iso_recipe_free(&recipe);
    ISO_TRY(status);
    const char *file = recipe.variant->file;
    cl_kernel kernel = clCreateKernel(program, request->op, &code);
    if (code == CL_INVALID_KERNEL_NAME)
        return iso_fail(ISOBIT_ERROR_KERNEL, "%s: defines no kernel named \"%s\"", file,
                        request->op);
    if (code != CL_SUCCESS)
        return iso_cl_fail(code, file);
    *out = kernel;
    *variant = recipe.variant;
    *choice = recipe.choice;
    return ISOBIT_OK;
}
