/* Running the known-answer kernels and comparing. */
#include "run/doctor_probes.h"

#include "base/memory.h"
#include "base/numerics.h"
#include "base/text.h"
#include "device/buffer.h"
#include "device/launch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ------------------------------------------------------------------------------- comparing -- */

/* Take one result into account. */
static void compare(iso_finding *finding, const float *in, uint32_t got, uint32_t expected,
                    bool subnormal) {
    finding->tried++;
    const uint64_t ulp = finding->integer ? got != expected : iso_ulp_distance(got, expected);
    if (!ulp)
        return;
    const bool first = !finding->wrong;
    const bool graver = !subnormal && !finding->wrong_normal;
    const bool lighter = subnormal && finding->wrong_normal;
    finding->wrong++;
    finding->wrong_normal += !subnormal;
    if (!first && !graver && (lighter || ulp <= finding->ulp))
        return;
    finding->ulp = ulp;
    finding->got = got;
    finding->expected = expected;
    for (unsigned k = 0; k < finding->arity; k++)
        finding->inputs[k] = in[k]; /* NOLINT(clang-analyzer-core.NullDereference) */
}

static iso_finding *add_finding(iso_diagnosis *diagnosis, const char *operation, const char *form) {
    iso_finding *finding = &diagnosis->findings[diagnosis->count++];
    *finding = (iso_finding){.operation = operation, .form = form};
    return finding;
}

/* ------------------------------------------------------------------------------- functions -- */

/* The operations in one form ("vector" or "scalar", which are variants), on 1 or 16 triples per
 * work-item. */
static isobit_status run_functions(isobit_context *context, const char *form, const float *inputs,
                                   uint32_t *results) {
    cl_mem memory[3] = {0}, out = NULL;
    const size_t bytes = ISO_TRIPLES * sizeof(float), rows = iso_operation_count;
    const size_t items = *form == 'v' ? ISO_TRIPLES / ISO_PAD : ISO_TRIPLES;
    iso_list list = {.context = context};
    iso_arguments arguments = {0};
    const iso_request request = {.op = "probe_functions", .variant = form};
    isobit_status status = ISOBIT_OK;
    iso_arguments_add(&arguments, ISO_UINT(items));
    iso_arguments_add(&arguments, ISO_UINT(ISO_TRIPLES));
    for (int k = 0; k < 3; k++) {
        ISO_DO(iso_buffer_new(&memory[k], context, bytes, "known answers"));
        ISO_DO(iso_buffer_write(context, memory[k], 0, inputs + k * ISO_TRIPLES, bytes));
        iso_arguments_add(&arguments, ISO_MEMORY(memory[k]));
    }
    ISO_DO(iso_buffer_new(&out, context, rows * bytes, "known answers"));
    iso_arguments_add(&arguments, ISO_WRITTEN(out));
    ISO_DO(
        iso_list_add(&list, &request, &arguments, (iso_work){.columns = items}, "known answers"));
    ISO_DO(iso_list_run(&list));
    status = iso_buffer_read(context, out, 0, results, rows * bytes);
done:
    iso_list_free(&list);
    for (int k = 0; k < 3; k++)
        iso_buffer_free(&memory[k]);
    iso_buffer_free(&out);
    return status;
}

static void compare_functions(iso_diagnosis *diagnosis, const char *form, const uint32_t *results) {
    for (size_t row = 0; row < iso_operation_count; row++) {
        const iso_operation *operation = &iso_operations[row];
        iso_finding *finding = add_finding(diagnosis, operation->name, form);
        finding->arity = operation->arity;
        finding->integer = operation->integer;
        for (size_t i = 0; i < ISO_TRIPLES; i++) {
            float in[3];
            iso_probe_triple(i, in);
            const uint32_t expected = operation->answer(in[0], in[1], in[2]);
            compare(finding, in, results[row * ISO_TRIPLES + i], expected,
                    iso_probe_subnormal(operation, in, expected));
        }
    }
}

/* llvmpipe takes minutes and gigabytes to build the vector form. There the sample trainings, some
 * of whose kernels have vectors, must do. */
static bool builds_vectors(const isobit_context *context) {
    return strcmp(context->target.device_class, "rasteriser") != 0;
}

static isobit_status probe_functions(iso_diagnosis *diagnosis, isobit_context *context) {
    float *inputs = NULL;
    uint32_t *results = NULL;
    isobit_status status;
    ISO_DO(iso_alloc(&inputs, (size_t)3 * ISO_TRIPLES, sizeof *inputs));
    ISO_DO(iso_alloc(&results, iso_operation_count * ISO_TRIPLES, sizeof *results));
    for (size_t i = 0; i < ISO_TRIPLES; i++) {
        float in[3];
        iso_probe_triple(i, in);
        for (size_t k = 0; k < 3; k++)
            inputs[k * ISO_TRIPLES + i] = in[k];
    }
    ISO_DO(run_functions(context, "scalar", inputs, results));
    compare_functions(diagnosis, "scalar", results);
    if (builds_vectors(context)) {
        ISO_DO(run_functions(context, "vector", inputs, results));
        compare_functions(diagnosis, "vector", results);
    }
done:
    free(inputs);
    free(results);
    return status;
}

/* ------------------------------------------------------------------------------------ sums -- */

static isobit_status run_sums(isobit_context *context, float scale, iso_sums *out) {
    cl_mem memory[3] = {0};
    void *const to[3] = {out->chunks, out->totals, out->words};
    const size_t bytes = sizeof out->chunks; /* all three are as long */
    iso_list list = {.context = context};
    iso_arguments arguments = {0};
    const iso_request request = {.op = "probe_sums", .variant = "groups"};
    isobit_status status = ISOBIT_OK;
    iso_arguments_add(&arguments, ISO_FLOAT(scale));
    for (int k = 0; k < 3; k++) {
        ISO_DO(iso_buffer_new(&memory[k], context, bytes, "known answers"));
        iso_arguments_add(&arguments, ISO_WRITTEN(memory[k]));
    }
    ISO_DO(iso_list_add(&list, &request, &arguments, (iso_work){.columns = ISO_SUM_ITEMS},
                        "known answers"));
    ISO_DO(iso_list_run(&list));
    for (int k = 0; k < 3; k++)
        ISO_DO(iso_buffer_read(context, memory[k], 0, to[k], bytes));
done:
    iso_list_free(&list);
    for (int k = 0; k < 3; k++)
        iso_buffer_free(&memory[k]);
    return status;
}

/* The same sums at a usual size, and so small that every one of them is subnormal. */
static isobit_status probe_sums(iso_diagnosis *diagnosis, isobit_context *context) {
    static const struct {
        float scale;
        const char *chain, *joined;
    } sizes[] = {{1.0f, "fma chain", "sum joined in local memory"},
                 {0x1p-71f, "fma chain (subnormal)", "sum joined in local memory (subnormal)"}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        iso_sums got, expected;
        const bool small = s > 0;
        ISO_TRY(run_sums(context, sizes[s].scale, &got));
        iso_sums_answer(sizes[s].scale, &expected);
        iso_finding *chain = add_finding(diagnosis, sizes[s].chain, "");
        iso_finding *joined = add_finding(diagnosis, sizes[s].joined, "");
        iso_finding *words =
            small ? NULL : add_finding(diagnosis, "words passed over barriers", "");
        if (words)
            words->integer = true;
        for (size_t i = 0; i < ISO_SUM_ITEMS; i++) {
            compare(chain, NULL, iso_as_bits(got.chunks[i]), iso_as_bits(expected.chunks[i]),
                    small);
            compare(joined, NULL, iso_as_bits(got.totals[i]), iso_as_bits(expected.totals[i]),
                    small);
            if (words)
                compare(words, NULL, got.words[i], expected.words[i], false);
        }
    }
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------- the whole -- */

isobit_status iso_diagnosis_plan(isobit_context *context) {
    float *inputs = NULL;
    uint32_t *results = NULL;
    iso_sums sums;
    isobit_status status;
    ISO_DO(iso_alloc(&inputs, (size_t)3 * ISO_TRIPLES, sizeof *inputs));
    ISO_DO(iso_alloc(&results, iso_operation_count * ISO_TRIPLES, sizeof *results));
    ISO_DO(run_functions(context, "scalar", inputs, results));
    if (builds_vectors(context))
        ISO_DO(run_functions(context, "vector", inputs, results));
    status = run_sums(context, 1.0f, &sums);
done:
    free(inputs);
    free(results);
    return status;
}

isobit_status iso_diagnose(iso_diagnosis *out, isobit_context *context) {
    const double began = now();
    *out = (iso_diagnosis){.exactness = ISO_EXACT};
    ISO_TRY(probe_functions(out, context));
    ISO_TRY(probe_sums(out, context));
    for (size_t i = 0; i < out->count; i++) {
        const iso_finding *finding = &out->findings[i];
        if (finding->wrong_normal)
            out->exactness = ISO_NOT_EXACT;
        else if (finding->wrong && out->exactness == ISO_EXACT)
            out->exactness = ISO_EXACT_NORMAL;
    }
    out->seconds = now() - began;
    return ISOBIT_OK;
}

static void add_value(iso_text *text, uint32_t bits, bool integer) {
    const float value = iso_as_float(bits);
    if (integer)
        iso_text_add(text, "0x%08" PRIx32, bits);
    else if (isnan(value))
        iso_text_add(text, "NaN");
    else
        iso_text_add(text, "%a", (double)value);
}

isobit_status iso_finding_text(char **out, const iso_finding *finding) {
    iso_text text = {0};
    iso_text_add(&text, "%s%s%s%s: %zu of %zu wrong", finding->operation,
                 *finding->form ? " (" : "", finding->form, *finding->form ? ")" : "",
                 finding->wrong, finding->tried);
    if (!finding->wrong_normal)
        iso_text_add(&text, ", all where a subnormal number has a part");
    if (finding->ulp == ISO_FAR)
        iso_text_add(&text, "; ");
    else if (finding->integer)
        iso_text_add(&text, "; ");
    else
        iso_text_add(&text, "; worst by %" PRIu64 " ULP: ", finding->ulp);
    for (unsigned k = 0; k < finding->arity; k++) {
        iso_text_add(&text, k ? ", " : "of ");
        add_value(&text, iso_as_bits(finding->inputs[k]), finding->integer);
    }
    iso_text_add(&text, finding->arity ? " it gives " : "gives ");
    add_value(&text, finding->got, finding->integer);
    iso_text_add(&text, ", not ");
    add_value(&text, finding->expected, finding->integer);
    return iso_text_take(&text, out);
}
