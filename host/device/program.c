#include "device/program.h"

#include "base/memory.h"
#include "device/build.h"
#include "device/cache.h"
#include "device/pocl.h"

#include <stdlib.h>
#include <string.h>

struct iso_program {
    iso_program *next;
    unsigned char hash[ISO_PROGRAM_HASH];
    cl_program program;
    bool kept; /* it came from the cache, or is there by now */
};

/* --------------------------------------------------------------------------------- the list -- */

static iso_program *find(const isobit_context *context, const unsigned char *hash) {
    iso_program *known = context->programs;
    while (known && memcmp(known->hash, hash, ISO_PROGRAM_HASH) != 0)
        known = known->next;
    return known;
}

static iso_program *new_entry(const unsigned char *hash) {
    iso_program *entry;
    if (iso_alloc(&entry, 1, sizeof *entry) != ISOBIT_OK)
        return NULL;
    memcpy(entry->hash, hash, ISO_PROGRAM_HASH);
    return entry;
}

static cl_program add_entry(isobit_context *context, iso_program *entry) {
    entry->next = context->programs;
    context->programs = entry;
    return entry->program;
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

/* -------------------------------------------------------------------------------- a program -- */

bool iso_program_is_kept(const isobit_context *context, const unsigned char *hash) {
    return find(context, hash) || iso_cache_has(hash);
}

bool iso_program_find(cl_program *out, isobit_context *context, const unsigned char *hash,
                      const char *options) {
    iso_program *entry = find(context, hash);
    if (entry) {
        *out = entry->program;
        return true;
    }
    entry = new_entry(hash);
    if (!entry || !iso_cache_load(context, hash, options, &entry->program)) {
        free(entry);
        return false;
    }
    entry->kept = true;
    *out = add_entry(context, entry);
    return true;
}

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

isobit_status iso_program_build(cl_program *out, isobit_context *context, const unsigned char *hash,
                                const char *source, const char *options, const char *file) {
    iso_program *entry = new_entry(hash);
    if (!entry)
        return ISOBIT_ERROR_MEMORY;
    entry->kept = build_on_pocl(&entry->program, context, source, options, hash);
    const isobit_status status =
        entry->kept ? ISOBIT_OK : iso_build_source(&entry->program, context, source, options, file);
    if (status != ISOBIT_OK) {
        free(entry);
        return status;
    }
    *out = add_entry(context, entry);
    return ISOBIT_OK;
}

static isobit_status program_of(cl_program *out, isobit_context *context,
                                const iso_request *request, const iso_recipe *recipe) {
    char *source;
    if (iso_program_find(out, context, recipe->hash, recipe->options))
        return ISOBIT_OK;
    ISO_TRY(iso_recipe_source(&source, recipe, context, request));
    const isobit_status status = iso_program_build(out, context, recipe->hash, source,
                                                   recipe->options, recipe->variant->file);
    free(source);
    return status;
}

/* ------------------------------------------------------------------------------- the kernel -- */

isobit_status iso_kernel_new(cl_kernel *out, isobit_context *context, const iso_request *request,
                             size_t columns, size_t rows, const iso_variant **variant,
                             iso_choice *choice) {
    iso_recipe recipe;
    cl_program program;
    cl_int code;
    ISO_TRY(iso_recipe_make(&recipe, context, request, columns, rows));
    isobit_status status = program_of(&program, context, request, &recipe);
    if (status == ISOBIT_ERROR_KERNEL && recipe.few) {
        ISO_TRY(iso_recipe_with_all(&recipe, context, request));
        status = program_of(&program, context, request, &recipe);
    }
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
