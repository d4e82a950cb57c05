/* The doctor sees what is wrong with a device, and training asks it. */
#include "base/memory.h"
#include "base/numerics.h"
#include "device.h"
#include "folder.h"
#include "run/doctor_probes.h"
#include "run/model.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static const iso_finding *find(const iso_diagnosis *diagnosis, const char *operation) {
    for (size_t i = 0; i < diagnosis->count; i++)
        if (!strcmp(diagnosis->findings[i].operation, operation))
            return &diagnosis->findings[i];
    cr_assert_fail("no finding of %s", operation);
    return NULL;
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

TestSuite(doctor, .fini = remove_folders);

/* ------------------------------------------------------------------------------ known answers --
 */

Test(doctor, finds_pocl_exact_in_every_operation_and_form) {
    isobit_context *context = open_device(NULL, NULL);
    iso_diagnosis diagnosis;
    OK(iso_diagnose(&diagnosis, context));
    cr_assert_eq(diagnosis.exactness, ISO_EXACT);
    cr_assert_eq(diagnosis.count, 2 * iso_operation_count + 5);
    for (size_t i = 0; i < diagnosis.count; i++)
        cr_assert(diagnosis.findings[i].tried >= ISO_SUM_ITEMS && !diagnosis.findings[i].wrong,
                  "%s", diagnosis.findings[i].operation);
    isobit_context_free(context);
}

Test(doctor, tries_every_operation_with_and_without_subnormal_numbers) {
    for (size_t o = 0; o < iso_operation_count; o++) {
        const iso_operation *operation = &iso_operations[o];
        size_t subnormal = 0, nan = 0;
        for (size_t i = 0; i < ISO_TRIPLES; i++) {
            float in[3];
            iso_probe_triple(i, in);
            const uint32_t answer = operation->answer(in[0], in[1], in[2]);
            subnormal += iso_probe_subnormal(operation, in, answer);
            nan += isnan(iso_as_float(answer)) != 0;
        }
        cr_assert(operation->integer || (subnormal > 10 && subnormal < ISO_TRIPLES / 2), "%s: %zu",
                  operation->name, subnormal);
        cr_assert(nan < ISO_TRIPLES * 5 / 8, "%s: %zu", operation->name, nan);
    }
}

Test(doctor, distances_count_the_floats_between) {
    cr_assert_eq(iso_ulp_distance(0x3f800000, 0x3f800001), 1);
    cr_assert_eq(iso_ulp_distance(0x00000000, 0x80000000), 0);
    cr_assert_eq(iso_ulp_distance(0x00000001, 0x80000001), 2);
    cr_assert_eq(iso_ulp_distance(0x7fc00000, 0xffc00001), 0);
    cr_assert_eq(iso_ulp_distance(0x7fc00000, 0x3f800000), ISO_FAR);
    cr_assert_eq(iso_ulp_distance(0x7f800000, 0x7f7fffff), 1);
}

Test(doctor, calls_a_build_with_fast_math_not_exact_and_says_what_differs) {
    setenv("ISOBIT_BUILD_OPTIONS", "-cl-fast-relaxed-math", 1);
    isobit_context *context = open_device(NULL, NULL);
    iso_diagnosis diagnosis;
    char *text;
    OK(iso_diagnose(&diagnosis, context));
    cr_assert_eq(diagnosis.exactness, ISO_NOT_EXACT);
    const iso_finding *wrong = find(&diagnosis, "sigmoid");
    cr_assert(wrong->wrong_normal > 0);
    OK(iso_finding_text(&text, wrong));
    cr_assert(strstr(text, "sigmoid (scalar)") && strstr(text, "it gives"), "%s", text);
    free(text);
    isobit_context_free(context);
}

Test(doctor, training_on_a_device_that_is_not_exact_is_refused_unless_asked_for_and_noted) {
    setenv("ISOBIT_BUILD_OPTIONS", "-cl-fast-relaxed-math", 1);
    isobit_context *context = open_device(NULL, NULL);
    isobit_settings *settings;
    isobit_data *data;
    isobit_model *model, *read;
    OK(isobit_settings_new(&settings));
    OK(isobit_settings_set(settings, "net", "dense 2 tanh, dense 2 softmax"));
    OK(isobit_settings_set(settings, "epochs", "1"));
    OK(isobit_data_load(&data, "xor", settings));
    OK(isobit_model_new(&model, context, data, settings));
    cr_assert_eq(isobit_train(model, data, settings, NULL, NULL), ISOBIT_ERROR_DEVICE);
    MESSAGE_HAS("is not exact");
    MESSAGE_HAS("--inexact");
    cr_assert_null(iso_model_note(model, "device_check"));
    OK(isobit_settings_set(settings, "inexact", "on"));
    OK(isobit_train(model, data, settings, NULL, NULL));
    OK(isobit_model_save(model, inside("model.safetensors")));
    OK(isobit_model_load(&read, NULL, inside("model.safetensors")));
    cr_assert(strstr(iso_model_note(read, "device_check"), "not exact"));
    isobit_model_free(read);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}

Test(doctor, an_exact_device_leaves_no_note_in_the_model) {
    isobit_context *context = open_device(NULL, NULL);
    isobit_settings *settings;
    isobit_data *data;
    isobit_model *model;
    OK(isobit_settings_new(&settings));
    OK(isobit_settings_set(settings, "net", "dense 2 tanh, dense 2 softmax"));
    OK(isobit_settings_set(settings, "inexact", "on"));
    OK(isobit_settings_set(settings, "epochs", "1"));
    OK(isobit_data_load(&data, "xor", settings));
    OK(isobit_model_new(&model, context, data, settings));
    OK(isobit_train(model, data, settings, NULL, NULL));
    cr_assert_null(iso_model_note(model, "device_check"));
    cr_assert_null(iso_model_note(model, "inexact"));
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}

Test(doctor, knows_the_drivers_that_others_fell_over) {
    const isobit_device old = {.platform = "Portable Computing Language",
                               .name = "cpu",
                               .version = "OpenCL 3.0 PoCL 5.0",
                               .driver = "5.0"};
    const isobit_device fine = {.platform = "Portable Computing Language",
                                .name = "cpu",
                                .version = "OpenCL 3.0 PoCL 3.1",
                                .driver = "3.1+debian"};
    const isobit_device mesa = {
        .platform = "rusticl", .name = "llvmpipe", .version = "OpenCL 3.0", .driver = "22.3.6"};
    cr_assert(strstr(iso_driver_remark(&old), "vectoriser"));
    cr_assert_null(iso_driver_remark(&fine));
    cr_assert(strstr(iso_driver_remark(&mesa), "subnormal addend"));
}

Test(doctor, every_sample_training_has_a_record) {
    const iso_sample_run *run;
    size_t index = 0, tiny = 0;
    for (; (run = iso_sample_run_at(index)); index++) {
        const char *digest = iso_sample_run_digest(run->name);
        cr_assert(digest && strlen(digest) == 64, "%s: run tests/bits/record.sh", run->name);
        tiny += run->tiny;
    }
    cr_assert(index >= 7 && tiny >= 2 && iso_sample_run_at(0)->tiny);
}

Test(doctor, the_command_prints_a_class_and_json) {
    int status;
    char *text = output_of(&status, "%s doctor --device ${ISOBIT_DEVICE:-cpu}", ISOBIT_PROGRAM);
    cr_assert_eq(status, 0);
    /* A processor does many steps in one launch, and then a launch for each operation. */
    const char *trainings =
        strcmp(tested_device(), "cpu") != 0 ? "1 of 1 trainings" : "2 of 2 trainings";
    cr_assert(strstr(text, "class     exact\n") && strstr(text, trainings), "%s", text);
    free(text);
    text = output_of(&status, "%s doctor --device ${ISOBIT_DEVICE:-cpu} --runs none --json",
                     ISOBIT_PROGRAM);
    cr_assert_eq(status, 0);
    json_t *whole = json_loads(text, 0, NULL);
    const json_t *device = json_array_get(json_object_get(whole, "devices"), 0);
    cr_assert_str_eq(json_string_value(json_object_get(device, "class")), "exact");
    cr_assert_eq(json_array_size(json_object_get(device, "operations")),
                 2 * iso_operation_count + 5);
    json_decref(whole);
    free(text);
}

Test(doctor, the_command_fails_on_a_device_that_is_not_exact) {
    int status;
    char *text = output_of(
        &status,
        "ISOBIT_BUILD_OPTIONS=-cl-fast-relaxed-math %s doctor --device ${ISOBIT_DEVICE:-cpu} "
        "--runs none 2>/dev/null",
        ISOBIT_PROGRAM);
    cr_assert_eq(status, 1);
    cr_assert(strstr(text, "class     not exact") && strstr(text, "sigmoid (vector)"), "%s", text);
    free(text);
    free(output_of(&status, "%s doctor --runs nothing 2>/dev/null", ISOBIT_PROGRAM));
    cr_assert_eq(status, 2);
}
