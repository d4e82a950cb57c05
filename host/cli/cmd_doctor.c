/* isobit doctor: whether each device computes what the numerics contract says. */
#include "cli/doctor_report.h"
#include "cli/options.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS, JSON, RECORD };

static const cli_flag flags[] = {
    {"runs", "WHICH", "sample trainings: first, tiny, all, none or a name [first]"},
    {"json", NULL, "print JSON"},
    {"record", NULL, "print the trainings' digests as tests/bits/record.sh records them"},
    {0}};
static const char *const settings_offered[] = {"device", "variant", "kernels", NULL};
static const cli_syntax syntax = {
    "doctor",
    "",
    "Check every OpenCL device: known-answer kernels for each function and operation, sums and "
    "barriers, and small trainings whose parameters have a recorded SHA-256. Prints each device's "
    "class: exact; exact-normal (wrong only where numbers below 2^-126 take part: the same bits "
    "for "
    "trainings that stay clear of them); or not exact, with what differs and by how much.\v"
    "With --device only that one is checked. Exit status: 0 if the device that training would take "
    "is exact or exact-normal, 1 if not.",
    settings_offered,
    flags,
    0,
    0};

/* ----------------------------------------------------------------------------- the trainings -- */

static bool wanted(const iso_sample_run *run, size_t index, const char *which) {
    if (!strcmp(which, "all"))
        return true;
    if (!strcmp(which, "tiny"))
        return run->tiny;
    return !strcmp(which, "first") ? index == 0 : !strcmp(which, run->name);
}

static isobit_status check_which(const char *which) {
    static const char *const words[] = {"first", "tiny", "all", "none"};
    const char *names[32] = {NULL};
    size_t count = 0;
    const iso_sample_run *run;
    for (; count < sizeof words / sizeof *words; count++)
        names[count] = words[count];
    for (size_t i = 0; (run = iso_sample_run_at(i)) && count + 1 < 32; i++)
        names[count++] = run->name;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], which))
            return ISOBIT_OK;
    return iso_unknown_in("sample training", which, names);
}

/* Train what is wanted on one opened device. @param how what is special about the launches, or ""
 */
static isobit_status run_trainings(doctor_device *device, isobit_context *context,
                                   const char *which, const char *how) {
    const iso_sample_run *run;
    for (size_t i = 0; (run = iso_sample_run_at(i)); i++) {
        if (!wanted(run, i, which))
            continue;
        ISO_TRY(iso_resize(&device->runs, device->run_count + 1, sizeof *device->runs));
        doctor_run *result = &device->runs[device->run_count];
        *result =
            (doctor_run){.run = run, .how = how, .expected = iso_sample_run_digest(run->name)};
        ISO_TRY(iso_sample_run_train(run, context, result->digest));
        device->run_count++;
        result->right = result->expected && !strcmp(result->expected, result->digest);
    }
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------ one device -- */

/* The known answers and, in the same context, the trainings as `isobit train` would run them. */
static isobit_status examine_context(doctor_device *device, const isobit_settings *settings,
                                     const char *selection, const char *which) {
    isobit_context *context;
    ISO_TRY(iso_context_open(&context, selection, isobit_settings_get(settings, "kernels"),
                             isobit_settings_get(settings, "variant")));
    isobit_status status = iso_diagnose(&device->diagnosis, context);
    if (status == ISOBIT_OK)
        status = run_trainings(device, context, which, "");
    isobit_context_free(context);
    return status;
}

/* The trainings once more with a launch for every operation, where many steps in one are usual. */
static isobit_status examine_launches(doctor_device *device, const isobit_settings *settings,
                                      const char *selection, const char *which) {
    const char *variants = isobit_settings_get(settings, "variant");
    isobit_context *context;
    char *more;
    if (strcmp(device->known->kind, "cpu") != 0 || strstr(variants, "resident=") ||
        !strcmp(which, "none"))
        return ISOBIT_OK;
    ISO_TRY(iso_format(&more, "%s resident=off", variants));
    isobit_status status =
        iso_context_open(&context, selection, isobit_settings_get(settings, "kernels"), more);
    free(more);
    if (status != ISOBIT_OK)
        return status;
    status = run_trainings(device, context, which, "a launch per operation");
    isobit_context_free(context);
    return status;
}

/* A device that fails is a finding, too. Running out of memory is not. */
static isobit_status examine(doctor_device *device, const isobit_settings *settings, size_t index,
                             const char *which) {
    char selection[24];
    snprintf(selection, sizeof selection, "%zu", index);
    device->remark = iso_driver_remark(device->known);
    if (device->known->unusable)
        return ISOBIT_OK;
    isobit_status status = examine_context(device, settings, selection, which);
    if (status == ISOBIT_OK)
        status = examine_launches(device, settings, selection, which);
    if (status == ISOBIT_ERROR_MEMORY)
        return status;
    if (status != ISOBIT_OK)
        return iso_copy(&device->failure, isobit_error());
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------- the whole -- */

static void print_records(const doctor_device *device) {
    for (size_t i = 0; i < device->run_count; i++)
        if (!*device->runs[i].how)
            printf("    {\"%s\",\n     \"%s\"},\n", device->runs[i].run->name,
                   device->runs[i].digest);
}

static isobit_status examine_all(const isobit_devices *devices, const cli_arguments *arguments,
                                 doctor_device *results) {
    const char *which = arguments->flags[RUNS] ? arguments->flags[RUNS] : "first";
    const bool one =
        *isobit_settings_get(arguments->settings, "device") || arguments->flags[RECORD];
    ISO_TRY(check_which(which));
    for (size_t i = 0; i < isobit_devices_count(devices); i++) {
        doctor_device *device = &results[i];
        device->known = isobit_devices_get(devices, i);
        device->skipped = one && !device->known->chosen;
        if (device->skipped)
            continue;
        ISO_TRY(examine(device, arguments->settings, i, which));
        if (!arguments->flags[JSON] && !arguments->flags[RECORD])
            doctor_print(device, i);
    }
    return ISOBIT_OK;
}

/* On standard error: no device is taken, and if there is one that cannot be, why. */
static void tell_none(const doctor_device *results, size_t count) {
    size_t first = 0;
    while (first < count && !results[first].known->unusable)
        first++;
    if (first < count)
        fprintf(stderr, "isobit: no usable device is selected (%s: %s)\n",
                results[first].known->name, results[first].known->unusable);
    else
        fputs("isobit: no usable device is selected; isobit devices lists them\n", stderr);
}

/* The exit status; says on standard error why it is not 0. */
static int verdict(const doctor_device *results, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!results[i].known->chosen)
            continue;
        const iso_exactness exactness = doctor_class(&results[i]);
        if (exactness == ISO_EXACT || exactness == ISO_EXACT_NORMAL)
            return CLI_OK;
        fflush(stdout);
        fprintf(stderr, "isobit: %s, which training would take, %s%s\n", results[i].known->name,
                results[i].failure ? "fails: " : "is not exact",
                results[i].failure ? results[i].failure : "");
        return CLI_FAILED;
    }
    fflush(stdout);
    tell_none(results, count);
    return CLI_FAILED;
}

int cmd_doctor(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    isobit_devices *devices = NULL;
    doctor_device *results = NULL;
    size_t count = 0;
    isobit_status status;
    ISO_DO(isobit_devices_new(&devices, isobit_settings_get(arguments.settings, "device")));
    count = isobit_devices_count(devices);
    ISO_DO(iso_alloc(&results, count, sizeof *results));
    ISO_DO(examine_all(devices, &arguments, results));
    if (arguments.flags[JSON])
        status = doctor_print_json(results, count);
    for (size_t i = 0; arguments.flags[RECORD] && i < count; i++)
        print_records(&results[i]);
done:
    if (status != ISOBIT_OK)
        result = cli_fail(status);
    else
        result = arguments.flags[RECORD] ? CLI_OK : verdict(results, count);
    for (size_t i = 0; results && i < count; i++)
        doctor_device_free(&results[i]);
    free(results);
    isobit_devices_free(devices);
    cli_arguments_free(&arguments);
    return result;
}
