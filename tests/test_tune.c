/* Tuning: winners are kept, verified, used, and never change a result. */
#include "base/fault.h"
#include "bench/tune.h"
#include "device/tuning.h"
#include "ops/gemm.h"
#include "ops/tuned.h"
#include "support.h"
#include "test_data.h"

#include <dirent.h>
#include <sys/stat.h>

#define SHAPE ((const size_t[3]){16, 24, 300})

/* Everything in the test's own folder: its cache, and kernels of the user's. */
static void set_up(void) {
    char folder[256];
    enter_folder();
    cr_assert(getcwd(folder, sizeof folder - 16));
    strcat(folder, "/cache");
    setenv("ISOBIT_CACHE", folder, 1);
    mkdir("kernels", 0700);
    put_text("kernels/other.cl", "//@ op test_other\n//@ variant none\n//@ local 1\n//@ tile 1\n");
}

TestSuite(tune, .init = set_up, .fini = leave_folder);

/* A copy of naive under another name, whose sum may be wrong; in several versions if `knob` adds to
 * its header. */
static void write_versions(const char *name, const char *sum, const char *knob) {
    char path[128];
    snprintf(path, sizeof path, "kernels/gemm_nt_%s.cl", name);
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fprintf(file,
            "//@ op gemm_nt\n//@ variant %s\n//@ knob EDGE 8 4\n%s//@ local EDGE EDGE\n"
            "//@ tile EDGE EDGE\n"
            "kernel void gemm_nt(const uint M, const uint N, const uint K, const uint lda,\n"
            "                    const uint ldb, global const float *restrict A,\n"
            "                    global const float *restrict B, STORE_PARAMS) {\n"
            "    const uint col = get_global_id(0), row = get_global_id(1);\n"
            "    float total = 0.0f;\n"
            "    if (row >= M || col >= N) return;\n"
            "    for (uint first = 0; first < K; first += 256) {\n"
            "        float sum = 0.0f;\n"
            "        for (uint k = first; k < min(first + 256, K); k++)\n"
            "            sum = %s;\n"
            "        total = first == 0 ? sum : total + sum;\n"
            "    }\n"
            "    STORE(total, row, col);\n}\n",
            name, knob, sum);
    fclose(file);
}
static void write_kernel(const char *name, const char *sum) { write_versions(name, sum, ""); }
static const char right[] = "fma(A[row * lda + k], B[col * ldb + k], sum)";
static const char wrong[] = "fma(B[col * ldb + k], A[row * lda + k] * 1.0000001f, sum)";

static isobit_context *open_with_user_kernels(const char *variants) {
    isobit_context *context;
    OK(iso_context_open(&context, NULL, "kernels", variants));
    return context;
}

/* The variant that a product of SHAPE is launched with. */
static const char *taken(isobit_context *context) {
    iso_tensor a, b, c;
    iso_list list = {.context = context};
    OK(iso_tensor_new(&a, context, SHAPE[0], SHAPE[2], "test"));
    OK(iso_tensor_new(&b, context, SHAPE[1], SHAPE[2], "test"));
    OK(iso_tensor_new(&c, context, SHAPE[0], SHAPE[1], "test"));
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = c};
    OK(iso_gemm(&list, ISO_GEMM_NT, &a, &b, ISO_PRECISE, &store, "product"));
    const char *name = list.launches[0].variant->name;
    cr_assert_eq(list.launches[0].shape[2], SHAPE[2]);
    iso_list_free(&list);
    iso_tensor_free(&a);
    iso_tensor_free(&b);
    iso_tensor_free(&c);
    return name;
}

static size_t checks;
static bool accept(isobit_context *context, const iso_tuned *tuned) {
    (void)context;
    checks++;
    return strcmp(tuned->knobs, "EDGE=8") != 0;
}

Test(tune, a_winner_is_kept_and_found_for_its_class_of_shape) {
    write_kernel("mine", right);
    isobit_context *context = open_with_user_kernels(NULL);
    cr_assert_null(iso_tuning_find(context, "gemm_nt", SHAPE, accept));
    OK(iso_tuning_put(context, "gemm_nt", SHAPE, "mine", "EDGE=4"));
    OK(iso_tuning_put(context, "gemm_nt", (const size_t[3]){1, 1, 1}, "mine", "EDGE=8"));
    isobit_context_free(context);
    context = open_with_user_kernels(NULL);
    const iso_tuned *tuned = iso_tuning_find(context, "gemm_nt", SHAPE, accept);
    cr_assert(tuned);
    cr_assert_str_eq(tuned->variant, "mine");
    cr_assert_str_eq(tuned->knobs, "EDGE=4");
    cr_assert(iso_tuning_find(context, "gemm_nt", (const size_t[3]){9, 17, 512}, accept));
    cr_assert_eq(checks, 1, "verified once for all its uses");
    cr_assert_null(iso_tuning_find(context, "gemm_nt", (const size_t[3]){17, 24, 300}, accept));
    cr_assert_null(iso_tuning_find(context, "gemm_nn", SHAPE, accept));
    cr_assert_null(iso_tuning_find(context, "gemm_nt", (const size_t[3]){1, 1, 1}, accept));
    OK(iso_tuning_put(context, "gemm_nt", SHAPE, NULL, NULL));
    cr_assert_null(iso_tuning_find(context, "gemm_nt", SHAPE, accept));
    isobit_context_free(context);
}

Test(tune, a_winner_is_used_unless_the_user_chooses) {
    write_kernel("mine", right);
    isobit_context *context = open_with_user_kernels(NULL);
    const char *usual = taken(context);
    cr_assert_str_neq(usual, "mine");
    OK(iso_tuning_put(context, "gemm_nt", SHAPE, "mine", "EDGE=4"));
    cr_assert_str_eq(taken(context), "mine");
    isobit_context_free(context);
    context = open_with_user_kernels("gemm_nt=naive");
    cr_assert_str_eq(taken(context), "naive");
    isobit_context_free(context);
}

Test(tune, a_winner_that_is_wrong_or_changed_or_gone_is_not_used) {
    write_kernel("mine", wrong);
    isobit_context *context = open_with_user_kernels(NULL);
    OK(iso_tuning_put(context, "gemm_nt", SHAPE, "mine", "EDGE=4"));
    cr_assert_str_neq(taken(context), "mine", "it gives other bits");
    isobit_context_free(context);
    write_kernel("mine", right);
    context = open_with_user_kernels(NULL);
    cr_assert_str_neq(taken(context), "mine", "it is not the file that was tuned");
    OK(iso_tuning_put(context, "gemm_nt", SHAPE, "mine", "EDGE=4"));
    isobit_context_free(context);
    cr_assert_eq(remove("kernels/gemm_nt_mine.cl"), 0);
    context = open_with_user_kernels(NULL);
    cr_assert_str_neq(taken(context), "mine");
    isobit_context_free(context);
}

/* The only file of winners in the cache. */
static void tuning_path(char path[300]) {
    DIR *folder = opendir("cache");
    const struct dirent *entry;
    *path = '\0';
    while (folder && (entry = readdir(folder)))
        if (strstr(entry->d_name, ".tuning"))
            snprintf(path, 300, "cache/%s", entry->d_name);
    closedir(folder);
    cr_assert_str_not_empty(path);
}

static size_t winners_in(const char *text, const char *key) {
    iso_tuned *list;
    size_t count;
    OK(iso_tuning_parse(text, key, &list, &count));
    free(list);
    return count;
}

Test(tune, a_damaged_file_is_as_good_as_none) {
    char path[300], text[1024], key[1024];
    write_kernel("mine", right);
    isobit_context *context = open_with_user_kernels(NULL);
    snprintf(key, sizeof key, "%s | %u compute units", context->identity,
             context->target.compute_units);
    OK(iso_tuning_put(context, "gemm_nt", SHAPE, "mine", "EDGE=4"));
    isobit_context_free(context);
    tuning_path(path);
    FILE *file = fopen(path, "r");
    const size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    cr_assert_eq(winners_in(text, key), 1);
    cr_assert_eq(winners_in(text, "another device"), 0);
    for (size_t i = 0; i < length; i++) {
        text[i] ^= 1;
        cr_assert_eq(winners_in(text, key), 0, "byte %zu", i);
        text[i] ^= 1;
        const char kept = text[i];
        text[i] = '\0';
        cr_assert_eq(winners_in(text, key), 0, "cut at %zu", i);
        text[i] = kept;
    }
    text[20] ^= 1;
    file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    context = open_with_user_kernels(NULL);
    cr_assert_str_neq(taken(context), "mine");
    isobit_context_free(context);
    setenv("ISOBIT_CACHE", "off", 1);
    context = open_with_user_kernels(NULL);
    REFUSES(iso_tuning_put(context, "gemm_nt", SHAPE, "mine", "EDGE=4"), ISOBIT_ERROR_FILE,
            "ISOBIT_CACHE");
    isobit_context_free(context);
}

static size_t winners_kept(void) {
    char path[300], text[1024], key[1024];
    isobit_context *context = open_with_user_kernels(NULL);
    snprintf(key, sizeof key, "%s | %u compute units", context->identity,
             context->target.compute_units);
    isobit_context_free(context);
    tuning_path(path);
    FILE *file = fopen(path, "r");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return winners_in(text, key);
}

Test(tune, a_winner_that_cannot_be_kept_says_why_and_loses_no_other) {
    static const struct {
        iso_fault kind;
        isobit_status status;
        const char *why;
    } faults[] = {{ISO_FAULT_FILE, ISOBIT_ERROR_FILE, "No space left on device"},
                  {ISO_FAULT_MEMORY, ISOBIT_ERROR_MEMORY, "memory"}};
    write_kernel("mine", right);
    isobit_context *context = open_with_user_kernels(NULL);
    OK(iso_tuning_put(context, "gemm_nt", SHAPE, "mine", "EDGE=4"));
    isobit_context_free(context);
    for (size_t i = 0; i < 2; i++)
        for (size_t nth = 1, ended = 0; !ended; nth++) {
            context = open_with_user_kernels(NULL);
            iso_fault_plan(faults[i].kind, nth, 1);
            isobit_status status = iso_tuning_put(context, "gemm_nt",
                                                  (const size_t[3]){1, 1, i + 1}, "mine", "EDGE=8");
            ended = iso_fault_plan(faults[i].kind, 0, 0) < nth;
            if (!ended)
                REFUSES(status, faults[i].status, faults[i].why);
            isobit_context_free(context);
            cr_assert_eq(winners_kept(), 1 + i + ended, "%s %zu", faults[i].why, nth);
        }
}

/* What a search has seen; time has no say in it. */
typedef struct seen {
    size_t right, wrong;
    bool enough;
} seen;

static void see(void *user, size_t number, const iso_tuning_problem *now, double seconds_left) {
    seen *all = user;
    (void)number;
    (void)seconds_left;
    all->wrong = now->wrong;
    all->right = now->tried - now->wrong;
    all->enough = all->right >= 2 && all->wrong >= 1;
}

static bool seen_enough(void *user) { return ((const seen *)user)->enough; }

Test(tune, a_search_finds_a_right_winner_and_can_be_interrupted) {
    write_versions("bad", wrong, "//@ knob VERSION 0 1 2 3 4 5 6 7\n");
    isobit_context *context = open_with_user_kernels(NULL);
    iso_tuning_problem problem, untouched;
    seen all = {.enough = true};
    const iso_tune_options options = {
        .seconds = 1e6, .stop = seen_enough, .tell = see, .user = &all};
    OK(iso_tune_problem(&problem, "gemm_nt", "8x16x24"));
    untouched = problem;
    OK(iso_tune_run(context, &untouched, 1, &options));
    cr_assert(!untouched.done);
    all.enough = false;
    OK(iso_tune_run(context, &problem, 1, &options));
    cr_assert(problem.done);
    cr_assert_eq(problem.tried, all.right + all.wrong);
    cr_assert(problem.tried <= problem.candidates);
    cr_assert(problem.rate > 0);
    cr_assert(problem.wrong >= 1 && problem.wrong < problem.tried);
    size_t variants = 0;
    for (size_t i = 0; i < context->registry.count; i++)
        variants += !strcmp(context->registry.variants[i].op, "gemm_nt") &&
                    !context->registry.variants[i].inexact;
    cr_assert(problem.tried <= variants, "%zu looked at before each had a turn", problem.tried);
    cr_assert_neq(strncmp(problem.winner, "bad", 3), 0);
    const iso_tuned *tuned =
        iso_tuning_find(context, "gemm_nt", problem.shape, iso_tuned_product_is_right);
    cr_assert_eq(tuned != NULL, problem.kept);
    REFUSES(iso_tune_problem(&problem, "gemm_mm", "1x1x1"), ISOBIT_ERROR_ARGUMENT, "gemm_nt");
    isobit_context_free(context);
}

Test(tune, a_step_s_products_are_found_once_with_their_shapes) {
    isobit_context *context = open_device();
    const size_t shape[ISO_SHAPE] = {4, 5, 6};
    iso_tuning_problem *problems = NULL;
    iso_list list = {.context = context};
    iso_subject *subject;
    char text[ISO_SHAPE_TEXT];
    size_t count = 0;
    OK(iso_subject_new(&subject, context, iso_subject_kind_at(0), shape, false));
    for (int i = 0; i < 2; i++)
        OK(subject->kind->add(subject, &list));
    OK(iso_tune_problems(&problems, &count, &list));
    cr_assert_eq(count, 1);
    iso_sizes_text(problems[0].shape, text);
    cr_assert_str_eq(text, "4x5x6");
    free(problems);
    iso_list_free(&list);
    iso_subject_free(subject);
    isobit_context_free(context);
}

Test(tune, a_tuned_training_ends_with_the_same_bits) {
    isobit_context *context = open_with_user_kernels("resident=off");
    isobit_settings *settings =
        settings_of("net", "dense 12 tanh, dense 10 softmax", "epochs", "1", "batch", "50", NULL);
    isobit_data *data;
    char digests[2][65];
    OK(isobit_data_load(&data, "digits", settings));
    for (int pass = 0; pass < 2; pass++) {
        isobit_model *model = model_of(context, data, settings);
        OK(isobit_train(model, data, settings, NULL, NULL));
        isobit_model_sha256(model, digests[pass]);
        isobit_model_free(model);
        const size_t shape[3] = {50, 12, isobit_data_features(data)};
        OK(iso_tuning_put(context, "gemm_nt", shape, "naive", ""));
    }
    cr_assert_str_eq(digests[0], digests[1]);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}
