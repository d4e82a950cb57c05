/* Kernel headers, expressions and the rules of device choice: what needs no device. */
#include "device/context.h"
#include "device/devices.h"
#include "folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OK(call) cr_assert_eq(call, ISOBIT_OK, "%s", isobit_error())
#define MESSAGE_HAS(part)                                                                          \
    cr_assert(strstr(isobit_error(), part), "\"%s\" is not in \"%s\"", part, isobit_error())

/* ------------------------------------------------------------------------------ expressions -- */

static bool knobs(void *user, const char *name, long *out) {
    (void)user;
    if (strcmp(name, "TS") && strcmp(name, "ROWS_2"))
        return false;
    *out = strcmp(name, "TS") ? 6 : 16;
    return true;
}

Test(expression, values_follow_c_precedence) {
    static const struct {
        const char *text;
        long value;
    } cases[] = {
        {"7", 7},
        {"TS", 16},
        {" TS*ROWS_2 ", 96},
        {"1+2*3", 7},
        {"(1+2)*3", 9},
        {"10-4-3", 3},
        {"100/10/5", 2},
        {"17%TS", 1},
        {"-TS+1", -15},
        {"!TS", 0},
        {"!0", 1},
        {"1<2==1", 1},
        {"TS>=16&&ROWS_2<=6", 1},
        {"0||0&&1", 0},
        {"1||0&&0", 1},
        {"TS != 16", 0},
        {"3>2>1", 0},
        {"TS%(ROWS_2+2)==0", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        long value = -1000;
        OK(iso_expression(cases[i].text, knobs, NULL, &value));
        cr_assert_eq(value, cases[i].value, "%s is %ld", cases[i].text, value);
    }
}

Test(expression, what_is_wrong_is_said_with_its_place) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "character 1"},
        {"1+", "character 3"},
        {"(1", "expected \")\""},
        {"1)", "character 2: not understood"},
        {"WIDTH*2", "no knob of that name"},
        {"2 TS", "not understood"},
        {"1/0", "division by zero"},
        {"1%(TS-16)", "division by zero"},
        {"99999999999999999999", "too large"},
        {"2147483647*2147483647*2147483647", "too large"},
        {"-(-2147483648*2147483647*2-4294967296*1)", "too large"},
        {"a$b", "no knob"},
        {"((((((((((((((((((((((((((((((((((((((((1", "nested too deeply"},
        {"----------------------------------------1", "nested too deeply"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        long value = 42;
        cr_assert_eq(iso_expression(cases[i].text, knobs, NULL, &value), ISOBIT_ERROR_KERNEL, "%s",
                     cases[i].text);
        cr_assert_eq(value, 42);
        MESSAGE_HAS(cases[i].message);
    }
}

/* ---------------------------------------------------------------------------------- headers -- */

static const iso_target cpu = {.device_class = "cpu", .compute_units = 2, .local_memory = 1 << 20},
                        gpu = {.device_class = "gpu", .compute_units = 2, .local_memory = 48 << 10};

Test(header, a_whole_header_is_read) {
    iso_variant variant;
    iso_choice choice;
    long tile;
    OK(iso_variant_parse(&variant, "tiled.cl",
                         "//@ op      gemm_nt\r\n"
                         "//@ variant tiled\n"
                         "//@ knob    TS 16 8 32   the edge of a tile\n"
                         "//@ knob    DEEP 4\n"
                         "//@ width   16\n"
                         "//@ local   TS TS/2\n"
                         "//@ tile    TS*DEEP TS\n"
                         "//@ default gpu TS=32\n"
                         "//@ default cpu\n"
                         "//@ require TS % 8 == 0\n"
                         "//@ inexact\n"
                         "// text\nkernel void gemm_nt() {}\n"));
    cr_assert_str_eq(variant.op, "gemm_nt");
    cr_assert_str_eq(variant.name, "tiled");
    cr_assert_eq(variant.knob_count, 2);
    cr_assert_eq(variant.knobs[0].count, 3);
    cr_assert_eq(variant.knobs[0].values[2], 32);
    cr_assert_str_eq(variant.width, "16");
    cr_assert_eq(variant.dims, 2);
    cr_assert_eq(variant.default_count, 2);
    cr_assert(variant.inexact);
    OK(iso_variant_choose(&variant, &gpu, NULL, NULL, &choice));
    OK(iso_variant_evaluate(&variant, &choice, variant.tile[0], &tile));
    cr_assert_eq(tile, 128);
    OK(iso_variant_choose(&variant, &cpu, "TS=8 DEEP=2", NULL, &choice));
    OK(iso_variant_evaluate(&variant, &choice, variant.tile[0], &tile));
    cr_assert_eq(tile, 16);
    cr_assert_eq(iso_variant_choose(&variant, &cpu, "TS=9", NULL, &choice), ISOBIT_ERROR_KERNEL);
    MESSAGE_HAS("TS % 8 == 0");
    cr_assert_neq(iso_variant_choose(&variant, &cpu, "TZ=8", NULL, &choice), ISOBIT_OK);
    MESSAGE_HAS("unknown option \"TZ\"");
    iso_variant_free(&variant);
}

Test(device, of_several_defaults_the_first_whose_condition_holds_is_taken) {
    iso_variant variant;
    iso_choice choice;
    OK(iso_variant_parse(&variant, "t.cl",
                         "//@ op a\n//@ variant b\n//@ knob EDGE 1\n//@ local 1 1\n"
                         "//@ tile EDGE 2*EDGE\n//@ default gpu EDGE=99\n"
                         "//@ default cpu EDGE=64 if GROUPS>=2*UNITS && M > N\n"
                         "//@ default cpu EDGE=8 if K>=EDGE*32\n"
                         "//@ default cpu EDGE=2 if GROUPS==6\n"
                         "//@ default cpu EDGE=4 if N==1\n"));
    static const struct {
        iso_extent extent;
        unsigned units;
        long edge;
    } cases[] = {{{.columns = 256, .rows = 257}, 5, 64},
                 {{.columns = 256, .rows = 256}, 5, 4},
                 {{.columns = 256, .rows = 257, .terms = 256}, 6, 8},
                 {{.columns = 256, .rows = 257, .terms = 255}, 6, 4},
                 {{.columns = 9, .rows = 3}, 1, 2},
                 {{.columns = 1, .rows = 1}, 1, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const iso_target target = {.device_class = "cpu", .compute_units = cases[i].units};
        OK(iso_variant_choose(&variant, &target, NULL, &cases[i].extent, &choice));
        cr_assert_eq(choice.knobs[0], cases[i].edge, "case %zu: %ld", i, choice.knobs[0]);
    }
    OK(iso_variant_choose(&variant, &cpu, "EDGE=3", &cases[0].extent, &choice));
    cr_assert_eq(choice.knobs[0], 3);
    OK(iso_variant_choose(&variant, &cpu, NULL, NULL, &choice));
    cr_assert_eq(choice.knobs[0], 64);
    iso_variant_free(&variant);
}

Test(device, defaults_that_do_not_fit_with_a_users_knob_are_passed_over) {
    iso_variant variant;
    iso_choice choice;
    static const iso_extent large = {.columns = 4096, .rows = 4096};
    OK(iso_variant_parse(
        &variant, "t.cl",
        "//@ op a\n//@ variant b\n//@ knob TALL 1\n//@ knob WIDE 2\n"
        "//@ local 1\n//@ tile TALL\n//@ require TALL * WIDE <= 64\n"
        "//@ default gpu TALL=16 WIDE=4 if M>64\n//@ default gpu TALL=4 WIDE=4\n"));
    OK(iso_variant_choose(&variant, &gpu, NULL, &large, &choice));
    cr_assert_eq(choice.knobs[0], 16);
    OK(iso_variant_choose(&variant, &gpu, "WIDE=8", &large, &choice));
    cr_assert(choice.knobs[0] == 4 && choice.knobs[1] == 8);
    OK(iso_variant_choose(&variant, &gpu, "WIDE=64", &large, &choice));
    cr_assert(choice.knobs[0] == 1 && choice.knobs[1] == 64, "the first values");
    cr_assert_eq(iso_variant_choose(&variant, &gpu, "WIDE=65", &large, &choice),
                 ISOBIT_ERROR_KERNEL);
    MESSAGE_HAS("TALL * WIDE <= 64");
    iso_variant_free(&variant);
}

Test(device, defaults_that_need_more_local_memory_than_there_is_are_passed_over) {
    iso_variant variant;
    iso_choice choice;
    static const struct {
        iso_target target;
        long kept;
    } cases[] = {
        {{.device_class = "gpu", .local_memory = 64 << 10}, 64},
        {{.device_class = "gpu", .local_memory = 48 << 10, .matrix_units = true}, 48},
        {{.device_class = "gpu", .local_memory = 48 << 10}, 32},
        {{.device_class = "gpu", .local_memory = 32 << 10}, 32},
        {{.device_class = "gpu", .local_memory = 16 << 10}, 8},
    };
    OK(iso_variant_parse(&variant, "t.cl",
                         "//@ op a\n//@ variant b\n//@ knob KEPT 8 32 48 64\n"
                         "//@ local 1\n//@ tile 1\n//@ require 1024 * KEPT <= LOCAL\n"
                         "//@ default gpu KEPT=64\n//@ default gpu KEPT=48 if MATRIX_UNITS\n"
                         "//@ default gpu KEPT=32 if LOCAL>0\n"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const iso_extent any = {1, 1, 1};
        OK(iso_variant_choose(&variant, &cases[i].target, NULL, &any, &choice));
        cr_assert_eq(choice.knobs[0], cases[i].kept, "case %zu: %ld", i, choice.knobs[0]);
    }
    cr_assert_eq(iso_variant_choose(&variant, &cases[4].target, "KEPT=32", NULL, &choice),
                 ISOBIT_ERROR_KERNEL);
    MESSAGE_HAS("require 1024 * KEPT <= LOCAL, where LOCAL is 16384");
    iso_variant_free(&variant);
}

#define WHOLE "//@ op a\n//@ variant b\n//@ local 1\n//@ tile 1\n"

Test(header, what_is_wrong_is_said_with_file_and_line) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "f.cl:1: the file needs \"//@ op NAME\""},
        {"//@ op a\n", "f.cl:1: the file needs \"//@ variant NAME\""},
        {"//@ op a\n//@ variant b\n//@ tile 1\n", "needs \"//@ local"},
        {"//@ op a\n//@ variant b\n//@ local 1\n", "needs \"//@ tile"},
        {WHOLE "\n//@ colour red\n", "f.cl:6: unknown word \"colour\". Known: op, variant"},
        {WHOLE "//@ defualt cpu\n", "f.cl:5: unknown word \"defualt\": did you mean \"default\""},
        {WHOLE "//@\n", "f.cl:5: \"//@\" needs a word"},
        {WHOLE "//@ op c\n", "f.cl:5: a second \"//@ op\""},
        {WHOLE "//@ tile 2\n", "f.cl:5: a second \"//@ tile\""},
        {"//@ op a b\n", "f.cl:1: unexpected \"b\""},
        {"//@ op\n", "f.cl:1: \"//@ op\" needs a value"},
        {"//@ op a-b\n", "f.cl:1: \"a-b\" is not a name"},
        {"//@ op a\n//@ variant b\n//@ local 1 1\n//@ tile 1\n", "f.cl:4: \"//@ tile\" needs"},
        {"//@ local 1 1 1\n", "f.cl:1: \"//@ local\" needs"},
        {"//@ knob\n", "f.cl:1: a knob needs a name"},
        {"//@ knob A\n", "f.cl:1: knob A has no value"},
        {"//@ knob A(x) 1\n", "f.cl:1: \"A(x)\" is not a name"},
        {"//@ knob A 1\n//@ knob A 2\n", "f.cl:2: a second knob A"},
        {"//@ knob A 99999999\n", "f.cl:1: \"99999999\" is not a number"},
        {"//@ knob A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n", "has more than 16 values"},
        {"//@ default tpu\n", "f.cl:1: \"//@ default\" is for \"cpu\" or \"gpu\""},
        {"//@ width 8\n", "f.cl:1: a width is 1, 4 or 16, not 8"},
        {"//@ width\n", "f.cl:1: \"//@ width\" needs a value"},
        {"//@ width W\n", "f.cl:1: \"W\" is not a number"},
        {"//@ knob W 1 2\n//@ width W\n", "f.cl:2: a width is 1, 4 or 16, not 2"},
        {"//@ registers\n", "f.cl:1: \"//@ registers\" needs a value"},
        {"//@ require\n", "f.cl:1: \"//@ require\" needs a value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        iso_variant variant;
        cr_assert_eq(iso_variant_parse(&variant, "f.cl", cases[i].text), ISOBIT_ERROR_KERNEL, "%s",
                     cases[i].text);
        MESSAGE_HAS(cases[i].message);
    }
}

Test(header, a_line_of_any_length_is_refused_not_cut) {
    char text[700] = "//@ require ";
    iso_variant variant;
    memset(text + 12, '1', sizeof text - 13);
    cr_assert_eq(iso_variant_parse(&variant, "f.cl", text), ISOBIT_ERROR_KERNEL);
    MESSAGE_HAS("f.cl:1: the line is too long");
}

/* --------------------------------------------------------------------------------- registry -- */

static const char *folder_with(const char *name, const char *text) {
    const char *folder = make_folder();
    char path[FOLDER_PATH + 64];
    if (name) {
        snprintf(path, sizeof path, "%s/%s", folder, name);
        FILE *file = fopen(path, "w");
        cr_assert(file && fputs(text, file) >= 0 && !fclose(file));
    }
    return folder;
}

Test(registry, every_embedded_kernel_file_is_well_formed) {
    iso_registry registry;
    OK(iso_registry_open(&registry, NULL));
    cr_assert_gt(registry.count, 0);
    iso_registry_close(&registry);
}

Test(registry, a_users_folder_is_added_and_its_faults_are_named) {
    static const struct {
        const char *name, *text, *message;
    } cases[] = {
        {"x.cl", "//@ op a\n//@ variant b\n//@ local N\n//@ tile 1\n//@ default cpu\n", "no knob"},
        {"x.cl", "//@ op a\n//@ variant b\n//@ local 1\n//@ tile 1\n//@ default cpu if L>1\n",
         "x.cl: expression \"L>1\", character 1: no knob of that name"},
        {"x.cl", "//@ op a\n//@ variant b\n//@ local 1\n//@ tile 1\n//@ default cpu N=1\n",
         "x.cl: knobs: unknown option \"N\""},
        {"x.cl", "//@ op gemm_nt\n//@ variant naive\n//@ local 1\n//@ tile 1\n",
         "gemm_nt already has a variant \"naive\""},
        {"x.txt", "", "holds no .cl file"},
    };
    iso_registry registry;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *folder = folder_with(cases[i].name, cases[i].text);
        isobit_status status = iso_registry_open(&registry, folder);
        remove_folders();
        cr_assert_neq(status, ISOBIT_OK, "%s", cases[i].message);
        MESSAGE_HAS(cases[i].message);
    }
    cr_assert_eq(iso_registry_open(&registry, "/nowhere/at/all"), ISOBIT_ERROR_FILE);
    MESSAGE_HAS("/nowhere/at/all: cannot read the kernel folder");
}

Test(registry, inexact_variants_are_taken_by_name_alone) {
    const char *folder = folder_with(
        "x.cl",
        "//@ op zz\n//@ variant fast\n//@ local 1\n//@ tile 1\n//@ default cpu\n//@ inexact\n");
    const iso_variant *variant;
    iso_registry registry;
    OK(iso_registry_open(&registry, folder));
    remove_folders();
    cr_assert_eq(iso_registry_find(&registry, "zz", NULL, "cpu", &variant), ISOBIT_ERROR_KERNEL);
    OK(iso_registry_find(&registry, "zz", "fast", "cpu", &variant));
    cr_assert(variant->inexact);
    cr_assert_neq(iso_registry_find(&registry, "zz", "fats", "cpu", &variant), ISOBIT_OK);
    MESSAGE_HAS("did you mean \"fast\"");
    iso_registry_close(&registry);
}

/* ------------------------------------------------------------------------------------ choice -- */

#define DEVICE(n, p, k, units, mhz)                                                                \
    { .name = n, .platform = p, .kind = k, .compute_units = units, .clock_mhz = mhz }

static const isobit_device machine[] = {
    DEVICE("llvmpipe (LLVM 15.0.6, 256 bits)", "rusticl", "cpu", 8, 3000),
    DEVICE("pthread-haswell-Intel(R) Core", "Portable Computing Language", "cpu", 4, 2700),
    DEVICE("Small GPU", "Vendor One", "gpu", 8, 900),
    DEVICE("Large GPU 4090", "Vendor Two", "gpu", 100, 2500),
    DEVICE("Board", "Vendor Two", "accelerator", 999, 9000),
    {.name = "Old GPU",
     .platform = "Vendor Three",
     .kind = "gpu",
     .compute_units = 500,
     .clock_mhz = 2000,
     .unusable = "it does not offer OpenCL 1.2"},
};
enum { MACHINE = sizeof machine / sizeof *machine };

Test(choice, the_best_usable_device_of_what_matches_is_taken) {
    static const struct {
        const char *selection;
        size_t count, expected;
    } cases[] = {
        {NULL, MACHINE, 3},
        {"", MACHINE, 3},
        {"gpu", MACHINE, 3},
        {"GPU", MACHINE, 3},
        {"cpu", MACHINE, 1},
        {"cpu", 1, 0},
        {"", 1, 0},
        {"", 2, 1},
        {"", 3, 2},
        {"0", MACHINE, 0},
        {"2", MACHINE, 2},
        {"4090", MACHINE, 3},
        {"small", MACHINE, 2},
        {"vendor two", MACHINE, 3},
        {"PIPE", MACHINE, 0},
        {"portable", MACHINE, 1},
        {"board", MACHINE, 4},
        {"vendor", MACHINE, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t index = 99;
        const char *why = NULL;
        OK(iso_device_choose(machine, cases[i].count, cases[i].selection, &index, &why));
        cr_assert_eq(index, cases[i].expected, "case %zu took %zu", i, index);
        cr_assert(why && *why);
    }
}

Test(choice, a_tie_goes_to_the_first) {
    const isobit_device twins[] = {DEVICE("A", "P", "gpu", 4, 0), DEVICE("B", "P", "gpu", 4, 0)};
    size_t index = 9;
    const char *why;
    OK(iso_device_choose(twins, 2, NULL, &index, &why));
    cr_assert_eq(index, 0);
    cr_assert_str_eq(why, "first of several equal ones");
}

Test(choice, what_cannot_be_taken_is_explained_with_the_list) {
    size_t index = 9;
    const char *why;
    cr_assert_eq(iso_device_choose(machine, MACHINE, "tpu", &index, &why), ISOBIT_ERROR_DEVICE);
    MESSAGE_HAS("device \"tpu\": no device matches; there is 0: cpu llvmpipe");
    MESSAGE_HAS("3: gpu Large GPU 4090 (Vendor Two)");
    cr_assert_eq(iso_device_choose(machine, MACHINE, "5", &index, &why), ISOBIT_ERROR_DEVICE);
    MESSAGE_HAS("cannot be used");
    MESSAGE_HAS("not usable: it does not offer OpenCL 1.2");
    cr_assert_eq(iso_device_choose(&machine[5], 1, NULL, &index, &why), ISOBIT_ERROR_DEVICE);
    cr_assert_eq(iso_device_choose(machine, 2, "gpu", &index, &why), ISOBIT_ERROR_DEVICE);
    cr_assert_eq(iso_device_choose(machine, 0, NULL, &index, &why), ISOBIT_ERROR_DEVICE);
    cr_assert_eq(index, 9);
}

Test(choice, the_environment_counts_when_nothing_is_asked_for) {
    unsetenv("ISOBIT_DEVICE");
    cr_assert_str_eq(iso_device_wanted(NULL), "");
    setenv("ISOBIT_DEVICE", "cpu", 1);
    cr_assert_str_eq(iso_device_wanted(NULL), "cpu");
    cr_assert_str_eq(iso_device_wanted(""), "cpu");
    cr_assert_str_eq(iso_device_wanted("gpu"), "gpu");
}

/* ------------------------------------------------------------------------------------ errors -- */

Test(error, opencl_codes_are_named) {
    cr_assert_eq(iso_cl_fail(-5, "running"), ISOBIT_ERROR_DEVICE);
    MESSAGE_HAS("running: CL_OUT_OF_RESOURCES (-5)");
    iso_cl_fail(-46, "x");
    MESSAGE_HAS("CL_INVALID_KERNEL_NAME (-46)");
    iso_cl_fail(-9999, "x");
    MESSAGE_HAS("without a name (-9999)");
}

/* PoCL can offer the processor twice, with threads and without. */
Test(choice, devices_that_are_one_processor_are_measured) {
    isobit_devices *devices;
    isobit_context *context;
    size_t pocl = 0, measured = 0;
    setenv("POCL_DEVICES", "basic pthread", 1);
    OK(isobit_devices_new(&devices, "portable"));
    for (size_t i = 0; i < isobit_devices_count(devices); i++) {
        const isobit_device *device = isobit_devices_get(devices, i);
        pocl += strstr(device->platform, "Portable") != NULL;
        measured += device->chosen && strstr(device->why, "by a short measurement");
    }
    isobit_devices_free(devices);
    if (pocl < 2)
        cr_skip_test("this OpenCL offers no two such devices");
    cr_assert_eq(measured, 1);
    OK(isobit_devices_new(&devices, "basic")); /* the only one that matches: nothing to measure */
    for (size_t i = 0; i < isobit_devices_count(devices); i++)
        cr_assert(!isobit_devices_get(devices, i)->chosen ||
                  !strstr(isobit_devices_get(devices, i)->why, "measurement"));
    isobit_devices_free(devices);
    OK(isobit_context_new(&context, "portable"));
    isobit_context_free(context);
}
