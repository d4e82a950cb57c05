#include "device/context.h"

#include "base/memory.h"
#include "base/text.h"
#include "device/ask.h"
#include "device/pocl.h"
#include "device/program.h"
#include "device/queue.h"
#include "device/select.h"
#include "device/tuning.h"

#include <stdlib.h>
#include <string.h>

enum { COMPUTE_CAPABILITY_MAJOR = 0x4000 }; /* of cl_nv_device_attribute_query */

/* Mesa's llvmpipe builds a file with many vectors for minutes and in gigabytes: nobody's default is
 * for it, so it gets the plain variants. */
static const char *class_of(const char *name, cl_device_type type) {
    return strstr(name, "llvmpipe") ? "rasteriser" : type & CL_DEVICE_TYPE_CPU ? "cpu" : "gpu";
}

static isobit_status read_properties(isobit_context *context) {
    iso_asked *of = &(iso_asked){context->platform, context->device, CL_SUCCESS};
    const cl_device_type type = iso_ask_ulong(of, CL_DEVICE_TYPE);
    const size_t align = iso_ask_uint(of, CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8;
    const bool unified = iso_ask_uint(of, CL_DEVICE_HOST_UNIFIED_MEMORY);
    char *extensions;
    ISO_TRY(iso_context_identify(context));
    ISO_TRY(iso_ask_text(of, CL_DEVICE_EXTENSIONS, &extensions));
    context->pocl = iso_pocl_is(context->platform);
    context->nvidia = strstr(extensions, "cl_nv_compiler_options");
    free(extensions);
    context->target.device_class = class_of(context->name, type);
    context->target.compute_units = iso_ask_uint(of, CL_DEVICE_MAX_COMPUTE_UNITS);
    context->target.local_memory = iso_ask_ulong(of, CL_DEVICE_LOCAL_MEM_SIZE);
    /* NVIDIA's have them from compute capability 8.0 on. */
    context->target.matrix_units =
        context->nvidia && iso_ask_uint(of, COMPUTE_CAPABILITY_MAJOR) >= 8;
    context->memory = iso_ask_ulong(of, CL_DEVICE_GLOBAL_MEM_SIZE);
    context->largest_buffer = iso_ask_ulong(of, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    context->largest_group = iso_ask_size(of, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    context->align = align > 64 ? align : 64;
    context->unified = unified || type & CL_DEVICE_TYPE_CPU;
    context->native_divide =
        iso_ask_ulong(of, CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT;
    return iso_cl_check(of->code, "reading the device's properties");
}

static isobit_status open_queue(isobit_context *context) {
    cl_int code;
    context->context = clCreateContext(NULL, 1, &context->device, NULL, NULL, &code);
    if (code != CL_SUCCESS)
        return iso_cl_fail(code, "opening the device");
    context->queue = clCreateCommandQueue(context->context, context->device, 0, &code);
    return code == CL_SUCCESS ? ISOBIT_OK : iso_cl_fail(code, "making a command queue");
}

/* One choice: an operation's variant and, after commas, its knobs. */
static isobit_status add_pick(isobit_context *context, const char *op, const char *choice) {
    const iso_variant *found;
    iso_choice knobs;
    const size_t length = strcspn(choice, ",");
    ISO_TRY(iso_resize(&context->picks, context->pick_count + 1, sizeof *context->picks));
    struct iso_pick *pick = &context->picks[context->pick_count];
    *pick = (struct iso_pick){0};
    context->pick_count++;
    ISO_TRY(iso_copy(&pick->op, op));
    ISO_TRY(iso_copy_n(&pick->variant, choice, length));
    ISO_TRY(iso_copy(&pick->knobs, choice[length] ? choice + length + 1 : ""));
    iso_replace(pick->knobs, ',', ' ');
    if (!strcmp(op, "resident") && !strcmp(pick->variant, "off"))
        return ISOBIT_OK;
    ISO_TRY(iso_registry_find(&context->registry, op, pick->variant, context->target.device_class,
                              &found));
    if (found->inexact)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "variant %s of %s declares itself inexact: its bits are not the contract's",
                        pick->variant, op);
    return iso_variant_choose(found, &context->target, pick->knobs, NULL, &knobs);
}

static isobit_status add_picks(isobit_context *context, const char *variants) {
    iso_spec spec;
    ISO_TRY(iso_spec_parse(&spec, "variant", variants));
    isobit_status status = ISOBIT_OK;
    for (size_t i = 0; i < spec.option_count && status == ISOBIT_OK; i++)
        status = add_pick(context, spec.options[i].key, spec.options[i].value);
    if (status == ISOBIT_OK && spec.word_count)
        status = iso_fail(ISOBIT_ERROR_ARGUMENT, "variant: \"%s\" is not of the form op=name",
                          spec.words[0]);
    iso_spec_free(&spec);
    return status;
}

const struct iso_pick *iso_context_pick(const isobit_context *context, const char *op) {
    for (size_t i = 0; i < context->pick_count; i++)
        if (!strcmp(context->picks[i].op, op))
            return &context->picks[i];
    return NULL;
}

static isobit_status open_for(isobit_context **out, const char *work, const char *selection,
                              const char *kernels, const char *variants) {
    isobit_context *context;
    iso_device_ids ids;
    const char *memory = getenv("ISOBIT_DEVICE_MEMORY");
    isobit_status status;
    ISO_TRY(iso_alloc(&context, 1, sizeof *context));
    ISO_DO(iso_registry_open(&context->registry, kernels));
    ISO_DO(iso_device_select(selection, work, &ids, &context->settled));
    context->platform = ids.platform;
    context->device = ids.device;
    ISO_DO(read_properties(context));
    if (memory && *memory)
        ISO_DO(iso_context_limit(context, "ISOBIT_DEVICE_MEMORY", memory));
    ISO_DO(open_queue(context));
    ISO_DO(iso_queue_open(context));
    ISO_DO(add_picks(context, variants ? variants : ""));
    *out = context;
    return ISOBIT_OK;
done:
    isobit_context_free(context);
    return status;
}

isobit_status iso_context_open(isobit_context **out, const char *selection, const char *kernels,
                               const char *variants) {
    return open_for(out, NULL, selection, kernels, variants);
}

isobit_status isobit_context_new(isobit_context **out, const char *selection) {
    return iso_context_open(out, selection, NULL, NULL);
}

isobit_status iso_context_work(char **out, const isobit_settings *settings) {
    static const char *const names[] = {"data",      "net",  "loss",    "batch",
                                        "optimizer", "clip", "kernels", "variant"};
    iso_text text = {0};
    *out = NULL;
    if (!*isobit_settings_get(settings, "data") || !*isobit_settings_get(settings, "net"))
        return ISOBIT_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        iso_text_add(&text, "%s = %s\n", names[i], isobit_settings_get(settings, names[i]));
    return iso_text_take(&text, out);
}

isobit_status isobit_context_open(isobit_context **out, const isobit_settings *settings) {
    const char *memory = isobit_settings_get(settings, "device-memory");
    isobit_context *context;
    char *work;
    ISO_TRY(iso_context_work(&work, settings));
    isobit_status status = open_for(&context, work, isobit_settings_get(settings, "device"),
                                    isobit_settings_get(settings, "kernels"),
                                    isobit_settings_get(settings, "variant"));
    free(work);
    ISO_TRY(status);
    if (*memory)
        status = iso_context_limit(context, "device-memory", memory);
    if (status == ISOBIT_OK)
        *out = context;
    else
        isobit_context_free(context);
    return status;
}

const char *isobit_context_device(const isobit_context *context) { return context->name; }

void isobit_context_free(isobit_context *context) {
    if (!context)
        return;
    /* What still runs uses what goes now; where it does not end, releasing may not either. */
    const bool ended = iso_queue_close(context);
    iso_programs_free(context);
    if (context->queue && ended)
        clReleaseCommandQueue(context->queue);
    if (context->context && ended)
        clReleaseContext(context->context);
    iso_registry_close(&context->registry);
    for (size_t i = 0; i < context->pick_count; i++) {
        free(context->picks[i].op);
        free(context->picks[i].variant);
        free(context->picks[i].knobs);
    }
    free(context->picks);
    iso_tuning_free(context);
    free(context->name);
    free(context->identity);
    free(context->difference);
    free(context);
}

isobit_status iso_finish(isobit_context *context) {
    ISO_TRY(iso_queue_wait(context));
    ISO_CL(clFinish(context->queue), "running the kernels");
    return ISOBIT_OK;
}
