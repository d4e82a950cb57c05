/* The sample trainings end with their recorded parameters, whatever computes them. What takes
 * longer is in tests/parts: bits.sh, oclgrind.sh, rusticl.sh, mutant.sh. */
#include "device.h"
#include "run/doctor.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const iso_sample_run *run_named(const char *name) {
    const iso_sample_run *run;
    for (size_t i = 0; (run = iso_sample_run_at(i)); i++)
        if (!strcmp(run->name, name))
            return run;
    cr_assert_fail("no sample training %s", name);
    return NULL;
}

/* Train with some variants and compare with the record. */
static void expect_record(const char *name, const char *variants) {
    isobit_context *context;
    char digest[65];
    OK(iso_context_open(&context, tested_device(), NULL, variants));
    OK(iso_sample_run_train(run_named(name), context, digest));
    cr_assert_str_eq(digest, iso_sample_run_digest(name), "%s with %s", name, variants);
    isobit_context_free(context);
}

/* -------------------------------------------------------------------------------- variants -- */

/* With each exact variant of an operation; their knobs' other values are for tests/bits/knobs.c. */
static void try_operation(const char *op, const char *run) {
    iso_registry registry;
    size_t variants = 0;
    OK(iso_registry_open(&registry, NULL));
    for (size_t i = 0; i < registry.count; i++) {
        const iso_variant *variant = &registry.variants[i];
        char choice[128];
        if (strcmp(variant->op, op) != 0 || variant->inexact)
            continue;
        snprintf(choice, sizeof choice, "%s=%s", op, variant->name);
        expect_record(run, choice);
        variants++;
    }
    cr_assert(variants >= 2, "%zu variants of %s", variants, op);
    iso_registry_close(&registry);
}

/* 300 inputs, units and samples: sums of two chunks in every product, and edges everywhere. */
Test(bits, every_variant_of_the_products_gives_the_recorded_parameters) {
    try_operation("gemm_nt", "wide-nesterov-clip");
    try_operation("gemm_nn", "wide-nesterov-clip");
    try_operation("gemm_tn", "wide-nesterov-clip");
}

Test(bits, every_variant_for_images_gives_the_recorded_parameters) {
    static const char *const ops[] = {"conv_forward", "conv_backward", "conv_gradient",
                                      "conv_join",    "pool_forward",  "pool_backward"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        try_operation(ops[i], "images");
}

/* Where one kernel does many steps and where every operation is a launch; the fast products, which
 * take PoCL long to compile, are tried above and in tests/parts/bits.sh. */
Test(bits, many_steps_in_one_launch_give_the_recorded_parameters) {
    const iso_sample_run *run;
    for (size_t i = 0; (run = iso_sample_run_at(i)); i++) {
        expect_record(run->name, "");
        expect_record(run->name, "resident=off gemm_nt=naive gemm_nn=naive gemm_tn=naive");
    }
}

/* The parameters after steps of 8 samples each, and one of the rest. */
static void train_few(isobit_context *context, size_t samples, char digest[65]) {
    enum { FEATURES = 20, CLASSES = 33, MOST = 15 };
    float x[MOST * FEATURES];
    int32_t labels[MOST];
    isobit_data *data;
    isobit_settings *settings = settings_of("net", "dense 33 softmax", "batch", "8", NULL);
    for (size_t i = 0; i < MOST * FEATURES; i++)
        x[i] = (float)(i * i % 101) / 64 - 0.5f;
    for (size_t i = 0; i < MOST; i++)
        labels[i] = (int32_t)(7 * i % CLASSES);
    OK(isobit_data_from_classes(&data, x, samples, FEATURES, labels, CLASSES));
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_train(model, data, settings, NULL, NULL));
    isobit_model_sha256(model, digest);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
}

/* One launch takes the rows of a batch in groups of 8, 4 or 1. */
Test(bits, a_last_batch_of_any_size_in_one_launch_gives_the_same_parameters) {
    isobit_context *one = open_with(PLAIN), *many = open_with("resident=off " PLAIN);
    for (size_t rest = 0; rest < 8; rest++) {
        char digests[2][65];
        train_few(one, 8 + rest, digests[0]);
        train_few(many, 8 + rest, digests[1]);
        cr_assert_str_eq(digests[0], digests[1], "%zu samples in the last batch", rest);
    }
    isobit_context_free(one);
    isobit_context_free(many);
}

/* --------------------------------------------------------------------------------- devices -- */

/* Run doctor under an environment; nothing may be on standard error (PoCL warns there when it falls
 * back on another work-group method). */
static void expect_exact(const char *environment, const char *runs) {
    char command[512], line[1024], all[16384] = "";
    snprintf(command, sizeof command,
             "%s %s doctor --device 'Portable Computing Language' --runs %s 2>&1", environment,
             ISOBIT_PROGRAM, runs);
    FILE *pipe = popen(command, "r");
    cr_assert(pipe);
    while (fgets(line, sizeof line, pipe))
        strncat(all, line, sizeof all - strlen(all) - 1);
    cr_assert_eq(WEXITSTATUS(pclose(pipe)), 0, "%s:\n%s", command, all);
    cr_assert(strstr(all, "class     exact\n") && !strstr(all, "warn"), "%s:\n%s", command, all);
}

Test(bits, one_thread_and_two_give_the_recorded_parameters) {
    need_pocl();
    expect_exact("POCL_MAX_PTHREAD_COUNT=1 POCL_CPU_MAX_CU_COUNT=1", "all");
    expect_exact("POCL_MAX_PTHREAD_COUNT=2 POCL_CPU_MAX_CU_COUNT=2", "all");
}

Test(bits, pocls_device_without_threads_gives_the_recorded_parameters) {
    need_pocl();
    expect_exact("POCL_DEVICES=basic", "first");
}
