/* Devices that fail: a hang ends and is named, a lost one and one without memory are told so. */
#include "base/clock.h"
#include "base/fault.h"
#include "base/text.h"
#include "device/buffer.h"
#include "device/opencl.h"
#include "support.h"
#include "test_data.h"

#include <sys/stat.h>
#include <sys/wait.h>

/* gemm_nt whose every element takes several seconds, on whatever device: a chain of operations that
 * wait for each other, that no compiler leaves out since a result depends on it, and that is no sum
 * which one could write down. It ends, for a driver may wait for it when its process ends. */
static const char endless[] =
    "//@ op gemm_nt\n//@ variant endless\n//@ local 1 1\n//@ tile 1 1\n"
    "kernel void gemm_nt(const uint M, const uint N, const uint K, const uint lda,\n"
    "                    const uint ldb, global const float *restrict A,\n"
    "                    global const float *restrict B, STORE_PARAMS) {\n"
    "    const uint col = get_global_id(0), row = get_global_id(1);\n"
    "    float x = A[0];\n"
    "    for (uint i = 0; i < 4000000000U; i++) x = fma(x, 0.999f, 0.001f);\n"
    "    if (row < M && col < N) STORE(x, row, col);\n}\n";

static void set_up(void) {
    enter_folder();
    mkdir("kernels", 0700);
    put_text("kernels/gemm_nt_endless.cl", endless);
    setenv("ISOBIT_WATCHDOG", "0.5", 1);
}

TestSuite(failing_device, .init = set_up, .fini = leave_folder, .timeout = 120);

static isobit_settings *settings_for(const char *net) {
    return settings_of("net", net, "epochs", "1", "batch", "2", NULL);
}

Test(failing_device, a_hang_ends_and_says_which_launch) {
    static const float x[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    static const int32_t labels[4] = {0, 1, 1, 0};
    isobit_context *context;
    isobit_data *data;
    isobit_settings *settings = settings_for("dense 2 softmax");
    OK(iso_context_open(&context, NULL, "kernels", "gemm_nt=endless resident=off"));
    OK(isobit_data_from_classes(&data, *x, 4, 2, labels, 2));
    isobit_model *model = model_of(context, data, settings);
    const double begin = iso_now();
    REFUSES(isobit_train(model, data, settings, NULL, NULL), ISOBIT_ERROR_DEVICE, "hangs: \"");
    cr_assert(strstr(isobit_error(), "gemm_nt_endless.cl has not ended within 0.5 seconds"), "%s",
              isobit_error());
    const double first = iso_now();
    REFUSES(isobit_train(model, data, settings, NULL, NULL), ISOBIT_ERROR_DEVICE, "hangs: \"");
    isobit_model_free(model);
    isobit_context_free(context);
    cr_assert(iso_now() - first < 10 && first - begin < 60, "it went on waiting");
    isobit_data_free(data);
    isobit_settings_free(settings);
}

Test(failing_device, the_program_ends_when_a_kernel_hangs) {
    static char message[4096];
    const int ended =
        system("exec timeout 60 " ISOBIT_PROGRAM " train xor --net 'dense 2 softmax' --kernels "
               "kernels --variant 'gemm_nt=endless resident=off' --out o >out 2>err");
    cr_assert(WIFEXITED(ended));
    FILE *file = fopen("err", "r");
    message[fread(message, 1, sizeof message - 1, file)] = '\0';
    fclose(file);
    cr_assert_eq(WEXITSTATUS(ended), 1, "%d: %s", WEXITSTATUS(ended), message);
    cr_assert(strstr(message, "gemm_nt_endless.cl has not ended"), "%s", message);
    cr_assert_eq(access("o", F_OK), -1, "a run folder of nothing");
}

/* All OpenCL calls from the `nth` of a training on fail with `code`. */
static void fails_with(cl_int code, size_t nth, const char *said) {
    isobit_context *context = open_device();
    isobit_settings *settings = settings_for("dense 4 tanh, dense 10 softmax");
    isobit_data *data;
    OK(isobit_data_load(&data, "digits samples=20 test=0", settings));
    isobit_model *model = model_of(context, data, settings);
    iso_cl_fault_code(code);
    iso_fault_plan(ISO_FAULT_DEVICE, nth, SIZE_MAX);
    REFUSES(isobit_train(model, data, settings, NULL, NULL), ISOBIT_ERROR_DEVICE, said);
    iso_fault_plan(ISO_FAULT_DEVICE, 0, 0);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}

Test(failing_device, a_lost_one_is_told_with_what_to_do) {
    fails_with(CL_DEVICE_NOT_AVAILABLE, 40, "the device was lost");
    fails_with(CL_INVALID_COMMAND_QUEUE, 60, "the device was lost");
}

Test(failing_device, one_without_memory_is_told_with_what_to_do) {
    isobit_context *context = open_device();
    cl_mem buffer;
    char has[ISO_BYTES_TEXT], needs[96];
    iso_cl_fault_code(CL_MEM_OBJECT_ALLOCATION_FAILURE);
    iso_fault_plan(ISO_FAULT_DEVICE, 1, 1);
    REFUSES(iso_buffer_new(&buffer, context, 3 << 20, "the parameters"), ISOBIT_ERROR_DEVICE,
            "the parameters: CL_MEM_OBJECT_ALLOCATION_FAILURE");
    iso_fault_plan(ISO_FAULT_DEVICE, 0, 0);
    iso_bytes_text((size_t)context->memory, has);
    snprintf(needs, sizeof needs, "3.0 MiB more than the 0 B in use, of the %s", has);
    cr_assert(strstr(isobit_error(), needs), "%s", isobit_error());
    isobit_context_free(context);
}

/* The same when a model is evaluated. */
static void evaluate_with_less(isobit_context *context, const isobit_data *data,
                               const isobit_settings *settings) {
    isobit_model *model = model_of(context, data, settings);
    isobit_metrics whole, got;
    size_t made_do = 0, refused = 0;
    OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &whole));
    for (size_t nth = 1; nth <= 60; nth++) {
        context->given = SIZE_MAX;
        iso_fault_plan(ISO_FAULT_DEVICE, nth, 1);
        const isobit_status status = isobit_evaluate(model, data, ISOBIT_TRAIN, &got);
        iso_fault_plan(ISO_FAULT_DEVICE, 0, 0);
        cr_assert(status != ISOBIT_OK || !memcmp(&whole, &got, sizeof got), "call %zu", nth);
        made_do += status == ISOBIT_OK && context->given != SIZE_MAX;
        refused += status != ISOBIT_OK && strstr(isobit_error(), "): running the network needs ");
        cr_assert_eq(iso_buffers_live(), 0, "call %zu", nth);
    }
    cr_assert(made_do > 0 && refused > 0, "%zu, %zu", made_do, refused);
    isobit_model_free(model);
}

/* Each buffer of a training in turn is one too many: then the data passes through in chunks with
 * the same bits, or what is needed is said, what the device has, and the largest batch that fits.
 */
Test(failing_device, one_with_less_memory_than_it_says_is_given_less_or_told_what_fits) {
    isobit_context *context = open_with("resident=off " PLAIN);
    isobit_settings *settings =
        settings_of("net", "dense 4 tanh, dense 10 softmax", "epochs", "1", "batch", "150", NULL);
    OK(iso_context_limit(context, "device-memory", "1GiB")); /* its own, not the host's */
    isobit_data *data;
    char whole[65], got[65];
    size_t made_do = 0, batches = 0, none = 0;
    OK(isobit_data_load(&data, "digits samples=400 test=0", settings));
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_train(model, data, settings, NULL, NULL));
    isobit_model_sha256(model, whole);
    isobit_model_free(model);
    iso_cl_fault_code(CL_MEM_OBJECT_ALLOCATION_FAILURE);
    for (size_t nth = 1; nth <= 80; nth++) {
        model = model_of(context, data, settings);
        context->given = SIZE_MAX;
        iso_fault_plan(ISO_FAULT_DEVICE, nth, 1);
        const isobit_status status = isobit_train(model, data, settings, NULL, NULL);
        iso_fault_plan(ISO_FAULT_DEVICE, 0, 0);
        isobit_model_sha256(model, got);
        isobit_model_free(model);
        cr_assert(status == ISOBIT_OK || strstr(isobit_error(), "CL_MEM_OBJECT_ALLOCATION_FAILURE"),
                  "%s", isobit_error());
        if (status == ISOBIT_OK) {
            cr_assert_str_eq(got, whole, "call %zu", nth);
            made_do += context->given != SIZE_MAX;
        } else if (strstr(isobit_error(), "): training needs ")) {
            batches += strstr(isobit_error(), "the largest batch that fits is ") != NULL;
            none += strstr(isobit_error(), "no smaller batch fits either") != NULL;
        }
        cr_assert_eq(iso_buffers_live(), 0, "call %zu", nth);
    }
    cr_assert(made_do > 0 && batches > 0 && none > 0, "%zu, %zu, %zu", made_do, batches, none);
    evaluate_with_less(context, data, settings);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}
