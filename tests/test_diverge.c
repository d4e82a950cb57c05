/* Digests of a training's steps, and the place where two runs part. */
#include "base/memory.h"
#include "device.h"
#include "folder.h"
#include "nn/optimizer.h"
#include "run/digests.h"
#include "run/diverge.h"
#include "run/doctor.h"
#include "run/model.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OK(call) cr_assert_eq(call, ISOBIT_OK, "%s", isobit_error())
#define MESSAGE_HAS(part)                                                                          \
    cr_assert(strstr(isobit_error(), part), "\"%s\" is not in \"%s\"", part, isobit_error())

/* ------------------------------------------------------------------------------ the workshop -- */

static isobit_context *open_device(const char *kernels, const char *variants) {
    isobit_context *context;
    OK(iso_context_open(&context, tested_device(), kernels, variants));
    return context;
}

/* A command's standard output (the caller frees it) and exit status. */
static char *output_of(int *status, const char *format, ...) {
    char command[1024], *text = NULL;
    size_t length = 0, got;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    FILE *pipe = popen(command, "r");
    cr_assert(pipe);
    do {
        OK(iso_resize(&text, length + 4097, 1));
        got = fread(text + length, 1, 4096, pipe);
        length += got;
    } while (got);
    text[length] = '\0';
    *status = WEXITSTATUS(pclose(pipe));
    return text;
}

/* A training's settings: 300 terms in the first layer's sums, so that chunks matter. */
static isobit_settings *settings_for(const char *digests, const char *steps) {
    isobit_settings *settings;
    OK(isobit_settings_new(&settings));
    OK(isobit_settings_set(settings, "net", "dense 270 tanh, dense 6 relu, dense 10 softmax"));
    OK(isobit_settings_set(settings, "batch", "7"));
    OK(isobit_settings_set(settings, "epochs", "1"));
    OK(isobit_settings_set(settings, "digests", digests));
    OK(isobit_settings_set(settings, "digest-steps", steps));
    return settings;
}

/* Train on some data; the digest of the parameters may be NULL. */
static isobit_status train_on(const char *source, isobit_context *context,
                              const isobit_settings *settings, char digest[65]) {
    isobit_data *data;
    isobit_model *model;
    OK(isobit_data_load(&data, source, settings));
    OK(isobit_model_new(&model, context, data, settings));
    const isobit_status status = isobit_train(model, data, settings, NULL, NULL);
    if (digest)
        isobit_model_sha256(model, digest);
    isobit_model_free(model);
    isobit_data_free(data);
    return status;
}

/* The training of settings_for on a device opened for it: three steps. */
static isobit_status train(const isobit_settings *settings, const char *kernels,
                           const char *variants) {
    isobit_context *context = open_device(kernels, variants);
    const isobit_status status = train_on("digits samples=17 test=0", context, settings, NULL);
    isobit_context_free(context);
    return status;
}

static void write_digests(const char *path, const char *steps, const char *kernels,
                          const char *variants) {
    isobit_settings *settings = settings_for(path, steps);
    OK(train(settings, kernels, variants));
    isobit_settings_free(settings);
}

/* A folder with gemm_nt's definition, but for sums in chunks of 64: a variant "mutant". */
static const char *mutant_folder(void) {
    const char *text = iso_embedded_file("gemm_nt_naive.cl")->text;
    const char *chunk = strstr(text, "#define CHUNK 256"), *name = strstr(text, "variant naive");
    cr_assert(chunk && name && name < chunk);
    const char *folder = inside("mutants");
    mkdir(folder, 0700);
    FILE *file = fopen(inside("mutants/gemm_nt_mutant.cl"), "w");
    cr_assert(file);
    fprintf(file, "%.*svariant mutant%.*s#undef CHUNK\n#define CHUNK 64%s", (int)(name - text),
            text, (int)(chunk - name - 13), name + 13, chunk + 17);
    cr_assert_eq(fclose(file), 0);
    return folder;
}

TestSuite(diverge, .fini = remove_folders);

/* ------------------------------------------------------------------------------------ digests --
 */

Test(diverge, steps_are_chosen_in_words) {
    iso_step_ranges ranges;
    OK(iso_step_ranges_parse(&ranges, "1-3,10"));
    cr_assert(iso_step_ranges_have(&ranges, 1) && iso_step_ranges_have(&ranges, 3));
    cr_assert(!iso_step_ranges_have(&ranges, 4) && iso_step_ranges_have(&ranges, 10));
    OK(iso_step_ranges_parse(&ranges, "all"));
    cr_assert(iso_step_ranges_have(&ranges, UINT64_MAX));
    static const char *const wrong[] = {"", "0", "3-1", "1-", "x", "1,,x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_eq(iso_step_ranges_parse(&ranges, wrong[i]), ISOBIT_ERROR_ARGUMENT, "%s",
                     wrong[i]);
        MESSAGE_HAS("digest-steps");
    }
}

Test(diverge, steps_without_a_file_are_refused) {
    isobit_settings *settings = settings_for("", "2");
    cr_assert_eq(train(settings, NULL, NULL), ISOBIT_ERROR_ARGUMENT);
    MESSAGE_HAS("digests names no file");
    isobit_settings_free(settings);
}

/* Whether a file has a tensor written by an operation. */
static bool has(const iso_digest_file *file, const char *op, const char *tensor) {
    for (size_t i = 0; i < file->count; i++)
        if (!strcmp(file->entries[i].op, op) && !strcmp(file->entries[i].tensor, tensor))
            return true;
    return false;
}

Test(diverge, every_launch_of_a_step_is_digested_with_what_it_writes) {
    iso_digest_file file;
    write_digests(inside("a"), "1,3", NULL, NULL);
    OK(iso_digest_file_read(&file, inside("a")));
    cr_assert(has(&file, "", "data") && has(&file, "", "0.weight") && has(&file, "", "labels"));
    cr_assert(has(&file, "gather", "batch") && has(&file, "gather", "step counters"));
    cr_assert(has(&file, "gemm_nt", "layer 1 a") && has(&file, "loss", "losses"));
    cr_assert(has(&file, "loss", "layer 3 delta") && has(&file, "gemm_nn", "layer 2 delta"));
    cr_assert(has(&file, "gemm_tn", "0.weight") && has(&file, "gemm_tn", "0.weight memory 1"));
    cr_assert(has(&file, "bias_gradient", "4.bias"));
    bool rest = false;
    for (size_t i = 0; i < file.count; i++) {
        cr_assert(file.entries[i].step == 1 || file.entries[i].step == 3);
        rest = rest || !strcmp(file.entries[i].shape, "3x784");
    }
    cr_assert(rest, "the partial last batch of 17 samples in sevens");
    iso_digest_file_free(&file);
}

/* A search has no gradients, and so no digests. */
static bool is_search(const isobit_settings *settings) {
    iso_optimizer optimizer;
    OK(iso_optimizer_parse(&optimizer, isobit_settings_get(settings, "optimizer")));
    return iso_optimizer_search(&optimizer).population > 0;
}

Test(diverge, every_sample_training_by_gradients_can_be_digested) {
    const iso_sample_run *run;
    isobit_context *context = open_device(NULL, NULL);
    for (size_t i = 0; (run = iso_sample_run_at(i)); i++) {
        isobit_settings *settings;
        char digest[65];
        OK(isobit_settings_new(&settings));
        for (size_t k = 0; run->settings[k]; k += 2)
            OK(isobit_settings_set(settings, run->settings[k], run->settings[k + 1]));
        if (!is_search(settings))
            OK(isobit_settings_set(settings, "digests", inside("a")));
        OK(train_on(run->data, context, settings, digest));
        cr_assert_str_eq(digest, iso_sample_run_digest(run->name), "%s", run->name);
        isobit_settings_free(settings);
    }
    isobit_context_free(context);
}

/* Compare two files; the entry of the first file at which they differ, or an empty one. */
static iso_digest_entry first_difference(iso_digest_file *a, iso_digest_file *b, const char *path_a,
                                         const char *path_b) {
    const iso_digest_entry *at_a, *at_b;
    size_t compared;
    OK(iso_digest_file_read(a, path_a));
    OK(iso_digest_file_read(b, path_b));
    OK(iso_digest_files_match(a, b));
    iso_digest_files_compare(a, b, &at_a, &at_b, &compared);
    cr_assert(!at_a == !at_b && (at_a || compared));
    return at_b ? *at_b : (iso_digest_entry){0};
}

Test(diverge, runs_with_other_variants_do_not_differ) {
    iso_digest_file a, b;
    write_digests(inside("a"), "all", NULL, NULL);
    write_digests(inside("b"), "all", NULL, "gemm_nt=naive gemm_nn=naive gemm_tn=naive");
    cr_assert_null(first_difference(&a, &b, inside("a"), inside("b")).tensor);
    iso_digest_file_free(&a);
    iso_digest_file_free(&b);
}

Test(diverge, a_kernel_that_sums_in_another_order_is_named) {
    iso_digest_file a, b;
    int status;
    write_digests(inside("a"), "1", NULL, NULL);
    write_digests(inside("b"), "1", mutant_folder(), "gemm_nt=mutant");
    const iso_digest_entry at = first_difference(&a, &b, inside("a"), inside("b"));
    cr_assert_not_null(at.tensor);
    cr_assert_eq(at.step, 1);
    cr_assert_str_eq(at.label, "layer 1 forward");
    cr_assert_str_eq(at.op, "gemm_nt");
    cr_assert_str_eq(at.variant, "mutant");
    cr_assert_str_eq(at.tensor, "layer 1 a");
    char *text = output_of(&status, "%s diverge %s %s", ISOBIT_PROGRAM, inside("a"), inside("b"));
    cr_assert_eq(status, 1);
    cr_assert(strstr(text, "layer 1 forward") && strstr(text, "gemm_nt_mutant.cl"), "%s", text);
    free(text);
    iso_digest_file_free(&a);
    iso_digest_file_free(&b);
}

Test(diverge, a_step_that_begins_differently_points_to_earlier_steps) {
    int status;
    write_digests(inside("a"), "3", NULL, NULL);
    write_digests(inside("b"), "3", mutant_folder(), "gemm_nt=mutant");
    char *text = output_of(&status, "%s diverge %s %s", ISOBIT_PROGRAM, inside("a"), inside("b"));
    cr_assert_eq(status, 1);
    cr_assert(strstr(text, "what the step begins with") && strstr(text, "--digest-steps 1-2"), "%s",
              text);
    free(text);
}

Test(diverge, the_doctor_sees_a_kernel_that_sums_in_another_order) {
    int status;
    char *text = output_of(
        &status,
        "%s doctor --device ${ISOBIT_DEVICE:-cpu} --kernels %s --variant gemm_nt=mutant --runs "
        "wide-nesterov-clip 2>/dev/null",
        ISOBIT_PROGRAM, mutant_folder());
    cr_assert_eq(status, 1);
    cr_assert(strstr(text, "wrong     training wide-nesterov-clip"), "%s", text);
    free(text);
}

Test(diverge, files_of_another_training_or_none_are_refused) {
    iso_digest_file a, b;
    isobit_settings *settings = settings_for(inside("b"), "1");
    OK(isobit_settings_set(settings, "seed", "2"));
    OK(train(settings, NULL, NULL));
    write_digests(inside("a"), "1", NULL, NULL);
    OK(iso_digest_file_read(&a, inside("a")));
    OK(iso_digest_file_read(&b, inside("b")));
    cr_assert_eq(iso_digest_files_match(&a, &b), ISOBIT_ERROR_ARGUMENT);
    MESSAGE_HAS("seed");
    iso_digest_file_free(&b);
    iso_digest_file_free(&a);
    FILE *file = fopen(inside("c"), "w");
    cr_assert(file && fputs("{\"a\": 1}\n", file) > 0 && !fclose(file));
    cr_assert_eq(iso_digest_file_read(&a, inside("c")), ISOBIT_ERROR_FORMAT);
    MESSAGE_HAS("line 1");
    cr_assert_eq(iso_digest_file_read(&a, inside("d")), ISOBIT_ERROR_FILE);
    isobit_settings_free(settings);
}

Test(diverge, a_file_that_cannot_be_written_is_said) {
    isobit_settings *settings = settings_for("/dev/full", "1");
    cr_assert_eq(train(settings, NULL, NULL), ISOBIT_ERROR_FILE);
    MESSAGE_HAS("/dev/full");
    isobit_settings_free(settings);
}
