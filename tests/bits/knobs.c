/* The sample trainings with every value of every knob of every kernel variant, one knob at a time,
 * end with the recorded parameters. For tests/parts/bits.sh and tests/gpu.
 * Run as: bits_knobs [DEVICE [TURN TURNS]], TURN being from 0: then every TURNS-th setting alone.
 */
#include "base/memory.h"
#include "run/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *device = "Portable Computing Language", *device_class;
static size_t seen, turn, turns = 1, tried, wrong;

/* The sample training that shows what an operation does: sums of two chunks, and edges. */
static const iso_sample_run *run_with(const char *op) {
    static const char *const runs[][2] = {{"gemm_", "wide-nesterov-clip"},
                                          {"update", "wide-nesterov-clip"},
                                          {"conv_", "images"},
                                          {"pool_", "images"},
                                          {"", "many-activations"}};
    size_t kind = 0, i = 0;
    const iso_sample_run *run;
    while (strncmp(op, runs[kind][0], strlen(runs[kind][0])) != 0)
        kind++;
    while ((run = iso_sample_run_at(i)) && strcmp(run->name, runs[kind][1]) != 0)
        i++;
    return run;
}

static isobit_status train(const char *choice, const iso_sample_run *run) {
    isobit_context *context;
    char digest[65];
    ISO_TRY(iso_context_open(&context, device, NULL, choice));
    isobit_status status = iso_sample_run_train(run, context, digest);
    isobit_context_free(context);
    if (status != ISOBIT_OK)
        return status;
    const bool right = !strcmp(digest, iso_sample_run_digest(run->name));
    printf("%-5s %s with %s\n", right ? "ok" : "WRONG", run->name, choice);
    tried++;
    wrong += !right;
    return ISOBIT_OK;
}

/* Knob `changed` has its value number `value`, the others their defaults; left out if these do not
 * fit together. */
static isobit_status try_value(const iso_variant *variant, size_t changed, size_t value) {
    char knob[64], choice[160];
    iso_choice chosen;
    snprintf(knob, sizeof knob, "%s=%ld", variant->knobs[changed].name,
             variant->knobs[changed].values[value]);
    if (iso_variant_choose(variant, device_class, knob, NULL, &chosen) != ISOBIT_OK)
        return ISOBIT_OK;
    if (seen++ % turns != turn)
        return ISOBIT_OK;
    snprintf(choice, sizeof choice, "resident=off %s=%s,%s", variant->op, variant->name, knob);
    const iso_sample_run *run = run_with(variant->op);
    if (train(choice, run) != ISOBIT_OK) {
        printf("WRONG %s with %s: %s\n", run->name, choice, isobit_error());
        wrong++;
    }
    fflush(stdout);
    return ISOBIT_OK;
}

static isobit_status try_variant(const iso_variant *variant) {
    const size_t before = seen;
    isobit_status status = ISOBIT_OK;
    for (size_t k = 0; k < variant->knob_count; k++)
        for (size_t v = k ? 1 : 0; v < variant->knobs[k].count && status == ISOBIT_OK; v++)
            status = try_value(variant, k, v);
    if (status == ISOBIT_OK && seen < before + 3)
        status = iso_fail(ISOBIT_ERROR_KERNEL, "%s: only %zu knob settings", variant->file,
                          seen - before);
    return status;
}

static isobit_status try_all(void) {
    isobit_context *context;
    iso_registry registry;
    ISO_TRY(iso_context_open(&context, device, NULL, NULL));
    device_class = context->device_class;
    isobit_context_free(context);
    isobit_status status = iso_registry_open(&registry, NULL);
    for (size_t i = 0; i < registry.count && status == ISOBIT_OK; i++) {
        const iso_variant *variant = &registry.variants[i];
        if (variant->knob_count && !variant->inexact && strncmp(variant->op, "probe_", 6) != 0)
            status = try_variant(variant);
    }
    iso_registry_close(&registry);
    return status;
}

int main(int argc, char **argv) {
    if (argc > 1)
        device = argv[1];
    if (argc > 3) {
        turn = strtoul(argv[2], NULL, 10);
        turns = strtoul(argv[3], NULL, 10);
    }
    if (turn >= turns || try_all() != ISOBIT_OK) {
        fprintf(stderr, "bits_knobs: %s\n", isobit_error());
        return 1;
    }
    printf("%zu settings, %zu wrong\n", tried, wrong);
    return wrong || !tried;
}
