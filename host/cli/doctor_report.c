#include "cli/doctor_report.h"

#include "cli/report.h"
#include "run/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void doctor_device_free(doctor_device *device) {
    free(device->failure);
    free(device->runs);
    *device = (doctor_device){0};
}

iso_exactness doctor_class(const doctor_device *device) {
    for (size_t i = 0; i < device->run_count; i++)
        if (!device->runs[i].right)
            return ISO_NOT_EXACT;
    return device->failure ? ISO_UNCHECKED : device->diagnosis.exactness;
}

/* ------------------------------------------------------------------------------ for people -- */

static size_t count_right(const doctor_device *device, size_t *operations) {
    size_t right = 0;
    *operations = 0;
    for (size_t i = 0; i < device->diagnosis.count; i++)
        *operations += !device->diagnosis.findings[i].wrong;
    for (size_t i = 0; i < device->run_count; i++)
        right += device->runs[i].right;
    return right;
}

static void print_findings(const iso_diagnosis *diagnosis) {
    for (size_t i = 0; i < diagnosis->count; i++) {
        const iso_finding *finding = &diagnosis->findings[i];
        char *text;
        if (!finding->wrong || iso_finding_text(&text, finding) != ISOBIT_OK)
            continue;
        printf("       wrong     %s\n", text);
        free(text);
    }
}

static void print_runs(const doctor_device *device) {
    for (size_t i = 0; i < device->run_count; i++) {
        const doctor_run *run = &device->runs[i];
        if (run->right)
            continue;
        printf("       wrong     training %s%s%s (%s)\n"
               "                 gives %s, not %s\n",
               run->run->name, *run->how ? ", " : "", run->how, run->run->what, run->digest,
               run->expected ? run->expected : "what is recorded: nothing is");
    }
}

void doctor_print(const doctor_device *device, size_t index) {
    const isobit_device *known = device->known;
    size_t operations, runs = count_right(device, &operations);
    printf("%s %zu  %s  %s\n", known->chosen ? "*" : " ", index, known->kind, known->name);
    printf("       platform  %s, %s, driver %s\n", known->platform, known->version, known->driver);
    if (device->remark)
        printf("       known     %s\n", device->remark);
    if (known->unusable) {
        printf("       not checked: it cannot train: %s\n\n", known->unusable);
        return;
    }
    print_findings(&device->diagnosis);
    print_runs(device);
    if (device->failure)
        printf("       failed    %s\n", device->failure);
    if (device->diagnosis.count)
        printf("       right     %zu of %zu operations (%s), %zu of %zu trainings\n", operations,
               device->diagnosis.count, cli_seconds(device->diagnosis.seconds), runs,
               device->run_count);
    const iso_exactness class = doctor_class(device);
    printf("       class     %s\n\n",
           class ? iso_exactness_name(class) : "not known: the check failed");
    fflush(stdout);
}

/* ---------------------------------------------------------------------------- for programs -- */

static void add_bits(iso_json *json, const char *key, uint32_t bits) {
    char text[12];
    snprintf(text, sizeof text, "0x%08" PRIx32, bits);
    iso_json_string(json, key, text);
}

static void add_finding(iso_json *json, const iso_finding *finding) {
    iso_json_open(json, NULL, '{');
    iso_json_string(json, "operation", finding->operation);
    iso_json_string(json, "form", finding->form);
    iso_json_integer(json, "tried", finding->tried);
    iso_json_integer(json, "wrong", finding->wrong);
    iso_json_integer(json, "wrong_normal", finding->wrong_normal);
    if (finding->wrong) {
        if (finding->ulp == ISO_FAR)
            iso_json_null(json, "ulp");
        else
            iso_json_integer(json, "ulp", finding->ulp);
        iso_json_open(json, "inputs", '[');
        for (unsigned i = 0; i < finding->arity; i++) {
            char text[32];
            snprintf(text, sizeof text, "%a", (double)finding->inputs[i]);
            iso_json_string(json, NULL, text);
        }
        iso_json_close(json, ']');
        add_bits(json, "got", finding->got);
        add_bits(json, "expected", finding->expected);
    }
    iso_json_close(json, '}');
}

static void add_run(iso_json *json, const doctor_run *run) {
    iso_json_open(json, NULL, '{');
    iso_json_string(json, "name", run->run->name);
    iso_json_string(json, "how", run->how);
    iso_json_bool(json, "right", run->right);
    iso_json_string(json, "sha256", run->digest);
    iso_json_string(json, "recorded", run->expected);
    iso_json_close(json, '}');
}

static void add_device(iso_json *json, const doctor_device *device, size_t index) {
    const isobit_device *known = device->known;
    const iso_exactness class = doctor_class(device);
    iso_json_open(json, NULL, '{');
    iso_json_integer(json, "index", index);
    iso_json_string(json, "name", known->name);
    iso_json_string(json, "platform", known->platform);
    iso_json_string(json, "driver", known->driver);
    iso_json_string(json, "version", known->version);
    iso_json_bool(json, "chosen", known->chosen);
    iso_json_string(json, "class", class ? iso_exactness_name(class) : NULL);
    iso_json_string(json, "unusable", known->unusable);
    iso_json_string(json, "failure", device->failure);
    iso_json_string(json, "remark", device->remark);
    iso_json_double(json, "seconds", device->diagnosis.seconds);
    iso_json_open(json, "operations", '[');
    for (size_t i = 0; i < device->diagnosis.count; i++)
        add_finding(json, &device->diagnosis.findings[i]);
    iso_json_close(json, ']');
    iso_json_open(json, "trainings", '[');
    for (size_t i = 0; i < device->run_count; i++)
        add_run(json, &device->runs[i]);
    iso_json_close(json, ']');
    iso_json_close(json, '}');
}

isobit_status doctor_print_json(const doctor_device *devices, size_t count) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    char *line;
    iso_json_open(&json, NULL, '{');
    iso_json_integer(&json, "contract", ISOBIT_CONTRACT);
    iso_json_open(&json, "devices", '[');
    for (size_t i = 0; i < count; i++)
        if (!devices[i].skipped)
            add_device(&json, &devices[i], i);
    iso_json_close(&json, ']');
    iso_json_close(&json, '}');
    ISO_TRY(iso_text_take(&text, &line));
    puts(line);
    free(line);
    return ISOBIT_OK;
}
