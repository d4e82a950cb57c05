/* isobit devices: what OpenCL finds on this machine, and which device training would take. */
#include <isobit/isobit.h>

#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

int cmd_devices(int argc, char **argv);

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

/* A driver may report what is not UTF-8. */
static json_t *text_or_mark(const char *text) {
    json_t *value = json_string(text);
    return value ? value : json_string("?");
}

static json_t *device_json(const isobit_device *device, size_t index) {
    json_t *object = json_object();
    json_object_set_new(object, "index", json_integer((json_int_t)index));
    json_object_set_new(object, "name", text_or_mark(device->name));
    json_object_set_new(object, "platform", text_or_mark(device->platform));
    json_object_set_new(object, "driver", text_or_mark(device->driver));
    json_object_set_new(object, "version", text_or_mark(device->version));
    json_object_set_new(object, "kind", json_string(device->kind));
    json_object_set_new(object, "compute_units", json_integer(device->compute_units));
    json_object_set_new(object, "clock_mhz", json_integer(device->clock_mhz));
    json_object_set_new(object, "memory_bytes", json_integer((json_int_t)device->memory_bytes));
    json_object_set_new(object, "largest_buffer_bytes",
                        json_integer((json_int_t)device->largest_buffer_bytes));
    json_object_set_new(object, "local_bytes", json_integer((json_int_t)device->local_bytes));
    json_object_set_new(object, "largest_work_group",
                        json_integer((json_int_t)device->largest_work_group));
    json_object_set_new(object, "denormals", json_boolean(device->denormals));
    json_object_set_new(object, "fma", json_boolean(device->has_fma));
    json_object_set_new(object, "unusable",
                        device->unusable ? json_string(device->unusable) : json_null());
    json_object_set_new(object, "chosen", json_boolean(device->chosen));
    json_object_set_new(object, "why", device->why ? json_string(device->why) : json_null());
    return object;
}

static bool print_json(const isobit_devices *devices) {
    json_t *list = json_array();
    for (size_t i = 0; i < isobit_devices_count(devices); i++)
        json_array_append_new(list, device_json(isobit_devices_get(devices, i), i));
    json_t *whole = json_pack("{s:o}", "devices", list);
    bool printed = whole && !json_dumpf(whole, stdout, JSON_INDENT(2)) && putchar('\n') != EOF;
    json_decref(whole);
    return printed;
}

/* ----------------------------------------------------------------------------------- the command
 */

static bool any_chosen(const isobit_devices *devices) {
    for (size_t i = 0; i < isobit_devices_count(devices); i++)
        if (isobit_devices_get(devices, i)->chosen)
            return true;
    return false;
}

static int nothing_chosen(const options *chosen) {
    const char *environment = getenv("ISOBIT_DEVICE");
    const char *wanted = chosen->device && *chosen->device ? chosen->device : environment;
    if (wanted && *wanted)
        fprintf(stderr, "isobit devices: no usable device matches \"%s\"\n", wanted);
    else
        fprintf(stderr, "isobit devices: none of these can be used\n");
    return EXIT_FAILURE;
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
    if (isobit_devices_new(&devices, chosen.device) != ISOBIT_OK) {
        fprintf(stderr, "isobit devices: %s\n", isobit_error());
        return EXIT_FAILURE;
    }
    int result = EXIT_SUCCESS;
    if (!chosen.json)
        print_list(devices);
    else if (!print_json(devices)) {
        fprintf(stderr, "isobit devices: cannot print\n");
        result = EXIT_FAILURE;
    }
    if (!any_chosen(devices))
        result = nothing_chosen(&chosen);
    isobit_devices_free(devices);
    return result;
}
