/* isobit devices: what OpenCL finds on this machine, and which device training would take. */
#include "cli/cli.h"
#include "run/json.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct options {
    const char *device;
    bool json;
} options;

enum { KEY_DEVICE = 256, KEY_JSON };

static const struct argp_option option_list[] = {
    {"device", KEY_DEVICE, "DEVICE", 0,
     "Show what this selection would take: cpu, gpu, an index, or a part of the device's or "
     "platform's name (default: the environment variable ISOBIT_DEVICE, else the best)",
     0},
    {"json", KEY_JSON, NULL, 0, "Print JSON", 0},
    {0}};

static error_t parse(int key, char *value, struct argp_state *state) {
    options *chosen = state->input;
    switch (key) {
    case KEY_DEVICE:
        chosen->device = value;
        return 0;
    case KEY_JSON:
        chosen->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected \"%s\"", value);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---------------------------------------------------------------------------------- for people */

/* "7.7 GiB", in the largest unit that leaves a number of at least 1. */
static const char *size_text(uint64_t bytes, char text[32]) {
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
        value /= 1024;
    snprintf(text, 32, value < 10 && unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return text;
}

static void print_device(const isobit_device *device, size_t index) {
    char memory[32], buffer[32], local[32];
    printf("%s %zu  %s  %s\n", device->chosen ? "*" : " ", index, device->kind, device->name);
    printf("       platform  %s, driver %s\n", device->platform, device->driver);
    printf("       version   %s\n", device->version);
    printf("       compute   %u unit%s at %u MHz, work-groups of up to %zu\n",
           device->compute_units, device->compute_units == 1 ? "" : "s", device->clock_mhz,
           device->largest_work_group);
    printf("       memory    %s, largest buffer %s, local %s\n",
           size_text(device->memory_bytes, memory), size_text(device->largest_buffer_bytes, buffer),
           size_text(device->local_bytes, local));
    printf("       float32   subnormals %s, fast fma %s\n",
           device->denormals ? "yes" : "not declared", device->has_fma ? "yes" : "not declared");
    if (device->unusable)
        printf("       not usable: %s\n", device->unusable);
    putchar('\n');
}

static void print_list(const isobit_devices *devices) {
    for (size_t i = 0; i < isobit_devices_count(devices); i++)
        print_device(isobit_devices_get(devices, i), i);
    for (size_t i = 0; i < isobit_devices_count(devices); i++) {
        const isobit_device *device = isobit_devices_get(devices, i);
        if (device->chosen)
            printf("* chosen: %zu, %s (%s)\n", i, device->name, device->why);
    }
}

/* -------------------------------------------------------------------------------- for programs */

static void add_device(iso_json *json, const isobit_device *device, size_t index) {
    iso_json_open(json, NULL, '{');
    iso_json_integer(json, "index", index);
    iso_json_string(json, "name", device->name);
    iso_json_string(json, "platform", device->platform);
    iso_json_string(json, "driver", device->driver);
    iso_json_string(json, "version", device->version);
    iso_json_string(json, "kind", device->kind);
    iso_json_integer(json, "compute_units", device->compute_units);
    iso_json_integer(json, "clock_mhz", device->clock_mhz);
    iso_json_integer(json, "memory_bytes", device->memory_bytes);
    iso_json_integer(json, "largest_buffer_bytes", device->largest_buffer_bytes);
    iso_json_integer(json, "local_bytes", device->local_bytes);
    iso_json_integer(json, "largest_work_group", device->largest_work_group);
    iso_json_bool(json, "denormals", device->denormals);
    iso_json_bool(json, "fma", device->has_fma);
    iso_json_string(json, "unusable", device->unusable);
    iso_json_bool(json, "chosen", device->chosen);
    iso_json_string(json, "why", device->why);
    iso_json_close(json, '}');
}

static isobit_status print_json(const isobit_devices *devices) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    char *all;
    iso_json_open(&json, NULL, '{');
    iso_json_open(&json, "devices", '[');
    for (size_t i = 0; i < isobit_devices_count(devices); i++)
        add_device(&json, isobit_devices_get(devices, i), i);
    iso_json_close(&json, ']');
    iso_json_close(&json, '}');
    ISO_TRY(iso_text_take(&text, &all));
    puts(all);
    free(all);
    return ISOBIT_OK;
}

/* ----------------------------------------------------------------------------------- the command
 */

static bool any_chosen(const isobit_devices *devices) {
    for (size_t i = 0; i < isobit_devices_count(devices); i++)
        if (isobit_devices_get(devices, i)->chosen)
            return true;
    return false;
}

static int nothing_chosen(const isobit_devices *devices, const options *chosen) {
    const char *environment = getenv("ISOBIT_DEVICE");
    const char *wanted = chosen->device && *chosen->device ? chosen->device : environment;
    const char *why = isobit_devices_get(devices, 0)->unusable;
    if (wanted && *wanted)
        iso_fail(ISOBIT_ERROR_DEVICE, "no usable device matches \"%s\"", wanted);
    else
        iso_fail(ISOBIT_ERROR_DEVICE, "none of these can be used");
    if (why)
        iso_fail(ISOBIT_ERROR_DEVICE, "%s; the first: %s", isobit_error(), why);
    return cli_fail(ISOBIT_ERROR_DEVICE);
}

/** Print the devices. argv[0] is replaced for the help text. */
int cmd_devices(int argc, char **argv) {
    static char name[] = "isobit devices";
    static const struct argp argp = {
        option_list,
        parse,
        NULL,
        "List every OpenCL device of this machine with what matters to training, and say which "
        "one would be chosen and why.",
        NULL,
        NULL,
        NULL};
    options chosen = {0};
    isobit_devices *devices;
    if (argc > 0)
        argv[0] = name;
    if (argp_parse(&argp, argc, argv, 0, NULL, &chosen))
        return EXIT_FAILURE;
    isobit_status status = isobit_devices_new(&devices, chosen.device);
    if (status != ISOBIT_OK)
        return cli_fail(status);
    if (chosen.json)
        status = print_json(devices);
    else
        print_list(devices);
    const int result = status != ISOBIT_OK   ? cli_fail(status)
                       : any_chosen(devices) ? CLI_OK
                                             : nothing_chosen(devices, &chosen);
    isobit_devices_free(devices);
    return result;
}
