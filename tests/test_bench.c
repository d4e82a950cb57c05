/* Bench: a wrong kernel is found and never timed, statistics are right, files can be read back. */
#include "bench/bench.h"
#include "kinds.h"
#include "test_data.h"

#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define HEADER "//@ op gemm_nt\n//@ variant %s\n%s//@ local 8 8\n//@ tile 8 8\n"
#define BODY                                                                                       \
    "kernel void gemm_nt(const uint M, const uint N, const uint K, const uint lda,\n"              \
    "                    const uint ldb, global const float *restrict A,\n"                        \
    "                    global const float *restrict B, STORE_PARAMS) {\n"                        \
    "    const uint col = get_global_id(0), row = get_global_id(1);\n"                             \
    "    if (row >= M || col >= N) return;\n"                                                      \
    "    float total = 0.0f;\n"                                                                    \
    "%s\n"                                                                                         \
    "}\n"

/* One sum over everything: right by value, but not the contract's order in chunks. */
static const char one_chain[] = "    for (uint k = 0; k < K; k++)\n"
                                "        total = fma(A[row * lda + k], B[col * ldb + k], total);\n"
                                "    STORE(total, row, col);";
static const char forgets_a_term[] =
    "    for (uint k = 0; k + 1 < K; k++)\n"
    "        total = fma(A[row * lda + k], B[col * ldb + k], total);\n"
    "    STORE(total, row, col);";
static const char forgets_the_last_row[] =
    "    for (uint k = 0; k < K; k++)\n"
    "        total = fma(A[row * lda + k], B[col * ldb + k], total);\n"
    "    if (row + 1 < M) STORE(total, row, col);";
static const char writes_a_row_more[] =
    "    for (uint first = 0; first < K; first += CHUNK) {\n"
    "        float sum = 0.0f;\n"
    "        for (uint k = first; k < min(first + CHUNK, K); k++)\n"
    "            sum = fma(A[row * lda + k], B[col * ldb + k], sum);\n"
    "        total = first == 0 ? sum : total + sum;\n"
    "    }\n"
    "    STORE(total, row, col);\n"
    "    if (row + 1 == M) STORE(total, row + 1, col);";

/* A kernel file in the test's folder "kernels". */
static void write_kernel(const char *name, const char *more, const char *body) {
    char path[128];
    mkdir("kernels", 0700);
    snprintf(path, sizeof path, "kernels/gemm_nt_%s.cl", name);
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fprintf(file, HEADER, name, more);
    fprintf(file, BODY, body);
    fclose(file);
}

static isobit_context *open_kernels(void) {
    isobit_context *context;
    OK(iso_context_open(&context, NULL, "kernels", NULL));
    return context;
}

static const iso_peak some_peak = {1e12, 1e11, 1e-6, 1e-5};

/* Bench an operation with few and short samples. */
static iso_results bench(isobit_context *context, const char *op, const char *variants,
                         const char *shapes) {
    iso_bench_options options = {
        .op = op, .variants = variants, .shapes = shapes, .measure = ISO_MEASURE_DEFAULT};
    iso_results results;
    options.measure.rounds = 7;
    options.measure.sample = 1e-4;
    OK(iso_results_new(&results, context, &some_peak, options.measure.rounds));
    OK(iso_bench_run(&results, context, &options));
    return results;
}

static const iso_result *row_of(const iso_results *results, const char *name) {
    for (size_t i = 0; i < results->count; i++)
        if (!strcmp(results->rows[i].name, name))
            return &results->rows[i];
    cr_assert_fail("no row \"%s\"", name);
    return NULL;
}

TestSuite(bench, .init = enter_folder, .fini = leave_folder);

/* -------------------------------------------------------------------------------- statistics -- */

Test(bench, intervals_hold_the_median_with_95_percent) {
    /* Tables of the sign test: the interval runs from the (outside + 1)-th smallest value. */
    static const size_t tables[][2] = {{1, 0}, {5, 0}, {6, 0}, {8, 0}, {9, 1}, {12, 2}, {21, 5}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        cr_assert_eq(iso_estimate_outside(tables[i][0]), tables[i][1], "of %zu", tables[i][0]);
    const double values[] = {9, 1, 8, 2, 7, 3, 6, 4, 5};
    iso_estimate estimate;
    OK(iso_estimate_of(&estimate, values, 9));
    NEAR(estimate.median, 5, 0);
    NEAR(estimate.low, 2, 0);
    NEAR(estimate.high, 8, 0);
    OK(iso_estimate_of(&estimate, values, 2));
    NEAR(estimate.median, 5, 0);
    const iso_estimate rate = iso_estimate_rate(&estimate, 18);
    NEAR(rate.low, 2, 0);
    NEAR(rate.high, 18, 0);
}

Test(bench, paired_ratios_see_through_what_hits_both) {
    double a[21], b[21];
    iso_estimate ratio;
    for (size_t i = 0; i < 21; i++) {
        const double load = 1 + (double)(i * 7 % 21); /* far more than the difference */
        a[i] = 1.1 * load;
        b[i] = load;
    }
    OK(iso_estimate_ratio(&ratio, a, b, 21));
    NEAR(ratio.median, 1.1, 1e-12);
    cr_assert(!iso_estimate_holds_one(&ratio));
    for (size_t i = 0; i < 21; i++)
        a[i] = b[i] * (i % 2 ? 1.1 : 0.9);
    OK(iso_estimate_ratio(&ratio, a, b, 21));
    cr_assert(iso_estimate_holds_one(&ratio));
    const double numbers[] = {1, 2, 4};
    NEAR(iso_geometric_mean(numbers, 3), 2, 1e-12);
}

/* ------------------------------------------------------------------------------ verification -- */

/* Those of images have tests of their own. */
static bool not_of_images(const char *op) {
    return strncmp(op, "conv_", 5) != 0 && strncmp(op, "pool_", 5) != 0;
}

Test(bench, every_variant_of_every_operation_is_right) {
    const size_t tested = verify_kinds(not_of_images);
    cr_assert(tested >= 15, "%zu", tested);
}

/* A GPU's vectors must lie at multiples of 16 bytes, which rows of seven targets do not. */
Test(bench, a_loss_takes_targets_that_lie_anywhere) {
    isobit_context *context = open_device();
    iso_results results = bench(context, "loss", "rows,LANES=4", "5x7");
    cr_assert(results.count > 1, "with classes and with targets");
    for (size_t i = 0; i < results.count; i++)
        cr_assert_eq(results.rows[i].verdict, ISO_EXACT, "%s", results.rows[i].why);
    iso_results_free(&results);
    isobit_context_free(context);
}

Test(bench, a_wrong_variant_is_reported_and_never_timed) {
    static const struct {
        const char *name, *body, *why;
    } cases[] = {{"forgets", forgets_a_term, "element (0, 0) is"},
                 {"edge", forgets_the_last_row, "is nan"},
                 {"beyond", writes_a_row_more, "writes beyond its output"},
                 {"order", one_chain, "has other bits"},
                 {"broken", "    nonsense", "does not build"}};
    enum { CASES = sizeof cases / sizeof *cases };
    for (size_t i = 0; i < CASES; i++)
        write_kernel(cases[i].name, "", cases[i].body);
    isobit_context *context = open_kernels();
    iso_results results =
        bench(context, "gemm_nt", "naive forgets edge beyond order broken", "16x24x300");
    cr_assert_eq(row_of(&results, "naive")->verdict, ISO_EXACT);
    cr_assert_eq(row_of(&results, "naive")->rounds, 7);
    for (size_t i = 0; i < CASES; i++) {
        const iso_result *row = row_of(&results, cases[i].name);
        const bool builds = strcmp(cases[i].name, "broken") != 0;
        cr_assert_eq(row->verdict, builds ? ISO_WRONG : ISO_FAILED, "%s", row->name);
        cr_assert(strstr(row->why, cases[i].why), "%s: %s", row->name, row->why);
        cr_assert_eq(row->rounds, 0, "%s was timed", row->name);
    }
    iso_results_free(&results);
    isobit_context_free(context);
}

Test(bench, an_inexact_variant_is_held_to_a_tolerance_timed_and_marked) {
    write_kernel("order", "//@ inexact\n", one_chain);
    write_kernel("forgets", "//@ inexact\n", forgets_a_term);
    isobit_context *context = open_kernels();
    iso_results results = bench(context, "gemm_nt", "naive order forgets", "16x24x300");
    cr_assert_eq(row_of(&results, "order")->verdict, ISO_INEXACT);
    cr_assert(row_of(&results, "order")->rounds > 0);
    cr_assert_eq(row_of(&results, "forgets")->verdict, ISO_WRONG);
    iso_results_free(&results);
    isobit_context_free(context);
}

/* A count is an integer among floats: nothing but its own bits will do. */
Test(bench, a_count_that_is_one_too_many_is_wrong) {
    mkdir("kernels", 0700);
    put_text("kernels/epoch_sums_more.cl",
             "//@ op epoch_sums\n//@ variant more\n//@ local 1\n//@ tile 1\n"
             "kernel void epoch_sums(const uint samples, global const float *losses,\n"
             "                       global const uint *correct, global float *loss_sums,\n"
             "                       global uint *right) {\n"
             "    const uint chunk = get_global_id(0);\n"
             "    float sum = 0.0f;\n"
             "    uint count = 1;\n"
             "    for (uint i = chunk * 256; i < min(chunk * 256 + 256, samples); i++) {\n"
             "        sum = sum + losses[i];\n"
             "        count += correct[i];\n"
             "    }\n"
             "    loss_sums[chunk] = sum;\n"
             "    right[chunk] = count;\n"
             "}\n");
    isobit_context *context = open_kernels();
    iso_results results = bench(context, "epoch_sums", "more", "300");
    cr_assert_eq(row_of(&results, "more")->verdict, ISO_WRONG);
    iso_results_free(&results);
    isobit_context_free(context);
}

Test(bench, an_unknown_operation_or_shape_is_said) {
    isobit_context *context = open_device();
    iso_bench_options options = {
        .op = "gemm_nn", .shapes = "12x13", .measure = ISO_MEASURE_DEFAULT};
    iso_results results;
    OK(iso_results_new(&results, context, &some_peak, 3));
    REFUSES(iso_bench_run(&results, context, &options), ISOBIT_ERROR_ARGUMENT,
            "is no shape of gemm_nn; write 3 sizes, as 64x1024x784");
    options.op = "gemm_mm";
    REFUSES(iso_bench_run(&results, context, &options), ISOBIT_ERROR_ARGUMENT, "gemm_nt");
    options.op = "softmax";
    options.variants = "row";
    REFUSES(iso_bench_run(&results, context, &options), ISOBIT_ERROR_ARGUMENT,
            "did you mean \"rows\"");
    iso_results_free(&results);
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------------------- files -- */

static json_t *read_json(const char *path) {
    json_error_t why;
    json_t *whole = json_load_file(path, 0, &why);
    cr_assert(whole, "%s: %s", path, why.text);
    return whole;
}

Test(bench, json_csv_and_plot_have_every_row) {
    isobit_context *context = open_device();
    iso_results results = bench(context, "softmax", NULL, "8x10 5x300");
    OK(iso_results_save_json(&results, "b.json"));
    OK(iso_results_save_csv(&results, "b.csv"));
    OK(iso_results_save_plot(&results, "b.svg"));
    json_t *whole = read_json("b.json"), *rows = json_object_get(whole, "rows");
    static const char *const keys[] = {"op",     "shape", "name",    "verdict", "flops",  "bytes",
                                       "rounds", "unit",  "seconds", "rate",    "of_best"};
    cr_assert_eq(json_integer_value(json_object_get(whole, "isobit_bench")), 1);
    cr_assert_str_eq(json_string_value(json_object_get(whole, "device")),
                     isobit_context_device(context));
    cr_assert_eq(json_array_size(rows), results.count);
    cr_assert(results.count >= 2);
    for (size_t i = 0; i < results.count; i++)
        for (size_t j = 0; j < sizeof keys / sizeof *keys; j++)
            cr_assert(json_object_get(json_array_get(rows, i), keys[j]), "%s", keys[j]);
    json_decref(whole);
    char line[1024];
    size_t lines = 0, points = 0;
    FILE *file = fopen("b.csv", "r");
    for (; file && fgets(line, sizeof line, file); lines++)
        cr_assert(lines || !strncmp(line, "op,shape,name,verdict,", 22), "%s", line);
    cr_assert_eq(lines, results.count + 1);
    fclose(file);
    file = fopen("b.svg", "r");
    while (file && fgets(line, sizeof line, file))
        points += !strncmp(line, "<circle", 7);
    cr_assert_eq(points, results.count);
    fclose(file);
    iso_results_free(&results);
    isobit_context_free(context);
}

Test(bench, compare_tells_faster_from_slower_from_neither) {
    isobit_context *context = open_device();
    iso_results results;
    iso_result *row;
    iso_change *changes;
    size_t count;
    const char *warning;
    static const char *const names[] = {"same", "faster", "slower"};
    static const double scale[] = {1, 0.5, 2};
    double seconds[9];
    iso_saved *saved;
    OK(iso_results_new(&results, context, &some_peak, 9));
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < 3; i++) {
            for (size_t j = 0; j < 9; j++)
                seconds[j] = (1 + 0.01 * (double)j) * (pass ? scale[i] : 1);
            if (!pass)
                OK(iso_results_row(&results, "op", names[i], &row));
            OK(iso_result_time(&results.rows[i], seconds, 9, 1));
            if (!pass && i == 2)
                OK(iso_results_save_json(&results, "old.json"));
        }
    OK(iso_saved_read(&saved, "old.json"));
    OK(iso_results_compare(&results, saved, &changes, &count, &warning));
    cr_assert_eq(count, 3);
    cr_assert_str_empty(warning);
    cr_assert_eq(changes[0].direction, 0);
    cr_assert_eq(changes[1].direction, 1);
    NEAR(changes[1].ratio, 2, 1e-9);
    cr_assert_eq(changes[2].direction, -1);
    free(changes);
    results.identity[0] ^= 1;
    OK(iso_results_compare(&results, saved, &changes, &count, &warning));
    cr_assert_str_not_empty(warning);
    free(changes);
    put_text("other.json", "{\"isobit_bench\": 7}");
    iso_saved_free(saved);
    REFUSES(iso_saved_read(&saved, "other.json"), ISOBIT_ERROR_FORMAT,
            "other.json: not a file of isobit bench");
    iso_results_free(&results);
    isobit_context_free(context);
}

/* ---------------------------------------------------------------------------------- commands -- */

static int isobit(const char *arguments) {
    char command[1024];
    snprintf(command, sizeof command, "'%s' %s >out 2>err", ISOBIT_PROGRAM, arguments);
    const int status = system(command);
    cr_assert(WIFEXITED(status), "isobit %s", arguments);
    return WEXITSTATUS(status);
}

static bool file_has(const char *path, const char *part) {
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    cr_assert(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return strstr(text, part);
}

/* Resident steps make no sense alone: "step" times them, "copy" and "launch" what the probes
 * measure. */
static bool makes_sense_alone(const char *op) {
    return strncmp(op, "probe_", 6) != 0 && strcmp(op, "resident") != 0;
}

Test(bench, every_operation_can_be_timed_and_is_told_of) {
    isobit_context *context = open_device();
    cr_assert_eq(isobit("bench --help"), 0);
    for (size_t i = 0; i < context->registry.count; i++) {
        const char *op = context->registry.variants[i].op;
        const iso_subject_kind *kind;
        size_t at = 0;
        while ((kind = iso_subject_kind_at(at)) && strcmp(kind->op, op) != 0)
            at++;
        cr_assert(kind || !makes_sense_alone(op), "%s cannot be timed", op);
        cr_assert(file_has("out", op) == makes_sense_alone(op), "%s", op);
    }
    isobit_context_free(context);
}

Test(bench, the_command_ranks_a_users_variant_and_fails_for_a_wrong_one) {
    write_kernel("mine", "//@ inexact\n", one_chain);
    cr_assert_eq(isobit("bench gemm_nt --kernels kernels --variant 'naive mine' --shape 8x8x8 "
                        "--rounds 3 --json b.json"),
                 0);
    cr_assert(file_has("out", "mine (inexact)"));
    cr_assert_eq(isobit("bench gemm_nt --kernels kernels --variant 'naive mine' --shape 8x8x8 "
                        "--rounds 3 --compare b.json"),
                 0);
    cr_assert(file_has("out", "of 2 changed"));
    write_kernel("mine", "", forgets_a_term);
    cr_assert_eq(isobit("bench gemm_nt --kernels kernels --variant 'naive mine' --shape 8x8x8"), 1);
    cr_assert(file_has("out", "wrong, not timed"));
    cr_assert(file_has("out", "mine is WRONG at"));
    cr_assert_eq(isobit("bench launch"), 0);
    cr_assert(file_has("out", "launch and wait"));
    cr_assert_eq(isobit("bench step --batch 32 --rounds 3"), 0);
    cr_assert(file_has("out", "samples/s"));
}

Test(bench, a_profile_names_every_launch_and_changes_nothing) {
    static const char *const train =
        "train digits --net 'dense 8 tanh, dense 10 softmax' --epochs 1 --batch 100 --out ";
    char command[256];
    snprintf(command, sizeof command, "%s plain", train);
    cr_assert_eq(isobit(command), 0);
    snprintf(command, sizeof command, "%s profiled --profile", train);
    cr_assert_eq(isobit(command), 0);
    static const char *const parts[] = {"gather", "layer 1 forward",  "layer 2 gradient",
                                        "loss",   "between launches", "samples/s"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_assert(file_has("out", parts[i]), "%s", parts[i]);
    cr_assert_eq(system("cmp -s plain/model.safetensors profiled/model.safetensors"), 0);
    snprintf(command, sizeof command, "%s third --profile --json", train);
    cr_assert_eq(isobit(command), 0);
    cr_assert(file_has("out", "\"profile\""));
}
