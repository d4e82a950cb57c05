/* The sample trainings with every value of every knob of every kernel variant, one knob at a time,
 * end with the recorded parameters; a variant for another class of device has the knobs that it has
 * there. For tests/parts/bits.sh and tests/gpu.
 * Run as: bits_knobs [DEVICE [TURN TURNS]], TURN being from 0: then every TURNS-th setting alone.
 */
#include "base/text.h"
#include "run/doctor.h"
#include "too_large.h"

#include <stdio.h>
#include <stdlib.h>

enum { KNOBS_TEXT = 256 };

static const char *device = "Portable Computing Language";
static iso_target target;
static size_t seen, turn, turns = 1, tried, wrong, large;

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

static void train(const iso_variant *variant, const char *knobs) {
    char choice[2 * KNOBS_TEXT], digest[65];
    const iso_sample_run *run = run_with(variant->op);
    isobit_context *context;
    snprintf(choice, sizeof choice, "resident=off %s=%s,%s", variant->op, variant->name, knobs);
    isobit_status status = iso_context_open(&context, device, NULL, choice);
    if (status == ISOBIT_OK) {
        status = iso_sample_run_train(run, context, digest);
        isobit_context_free(context);
    }
    tried++;
    if (status == ISOBIT_OK && !strcmp(digest, iso_sample_run_digest(run->name))) {
        printf("ok    %s with %s\n", run->name, choice);
    } else if (status != ISOBIT_OK && too_large(variant, target.device_class, isobit_error())) {
        printf("large %s with %s: %s\n", run->name, choice, isobit_error());
        large++;
    } else {
        printf("WRONG %s with %s: %s\n", run->name, choice,
               status == ISOBIT_OK ? "other bits" : isobit_error());
        wrong++;
    }
    fflush(stdout);
}

/* The knobs of a line of defaults as they are given on the command line, but for one of them, which
 * has this value. */
static void replace_knob(const char *line, const char *name, long value, char out[KNOBS_TEXT]) {
    const size_t length = strlen(name);
    size_t at = (size_t)snprintf(out, KNOBS_TEXT, "%s=%ld", name, value);
    for (line += strspn(line, " "); *line; line += strspn(line, " ")) {
        const size_t word = strcspn(line, " ");
        if (strncmp(line, name, length) != 0 || line[length] != '=')
            at += (size_t)snprintf(out + at, KNOBS_TEXT - at, ",%.*s", (int)word, line);
        line += word;
    }
}

/* Knobs that fit together, among them one with this value: the others are this class's defaults,
 * else another one's. */
static isobit_status find_knobs(const iso_variant *variant, const iso_knob *knob, long value,
                                char out[KNOBS_TEXT], iso_choice *choice) {
    char words[KNOBS_TEXT];
    for (size_t line = 0; line <= variant->default_count; line++) {
        replace_knob(line ? variant->defaults[line - 1].knobs : "", knob->name, value, out);
        strcpy(words, out);
        iso_replace(words, ',', ' ');
        if (iso_variant_choose(variant, &target, words, NULL, choice) == ISOBIT_OK)
            return ISOBIT_OK;
    }
    return iso_fail(ISOBIT_ERROR_KERNEL, "%s: nothing found that fits %s=%ld", variant->file,
                    knob->name, value);
}

/* Another class's variant: with the knobs that it has there. */
static void try_defaults(const iso_variant *variant) {
    char knobs[KNOBS_TEXT];
    for (size_t line = 0; line < variant->default_count; line++) {
        const char *words = variant->defaults[line].knobs;
        snprintf(knobs, sizeof knobs, "%s", words + strspn(words, " "));
        iso_replace(knobs, ' ', ',');
        if (seen++ % turns == turn)
            train(variant, knobs);
    }
}

/* The defaults are one setting, each other value of a knob is another. */
static isobit_status try_variant(const iso_variant *variant) {
    char knobs[KNOBS_TEXT];
    iso_choice usual, choice;
    ISO_TRY(iso_variant_choose(variant, &target, NULL, NULL, &usual));
    for (size_t k = 0; k < variant->knob_count; k++)
        for (size_t v = 0; v < variant->knobs[k].count; v++) {
            const iso_knob *knob = &variant->knobs[k];
            if (k && usual.knobs[k] == knob->values[v])
                continue;
            ISO_TRY(find_knobs(variant, knob, knob->values[v], knobs, &choice));
            if (seen++ % turns == turn)
                train(variant, knobs);
        }
    return ISOBIT_OK;
}

static isobit_status try_all(void) {
    isobit_context *context;
    iso_registry registry;
    ISO_TRY(iso_context_open(&context, device, NULL, NULL));
    target = context->target;
    isobit_context_free(context);
    isobit_status status = iso_registry_open(&registry, NULL);
    for (size_t i = 0; i < registry.count && status == ISOBIT_OK; i++) {
        const iso_variant *variant = &registry.variants[i];
        if (!variant->knob_count || variant->inexact || !strncmp(variant->op, "probe_", 6))
            continue;
        if (variant->default_count && !iso_variant_has_default(variant, target.device_class))
            try_defaults(variant);
        else
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
    printf("%zu settings, %zu wrong, %zu too large for this device\n", tried, wrong, large);
    return wrong || (large == tried && turns == 1);
}
