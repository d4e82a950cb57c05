/* Which device trains a network where PoCL offers the processor twice, with threads and without. */
#include "device.h"
#include "folder.h"
#include "support.h"

#include "base/fault.h"
#include "bench/rivals.h"
#include "device/race.h"

#include <dirent.h>

/* The same network for every test; its first and the other device's places in the list. */
static isobit_devices *both(isobit_settings **settings, size_t *first, size_t *other) {
    isobit_devices *devices;
    const char *why;
    setenv("POCL_DEVICES", "pthread basic", 1);
    setenv("ISOBIT_CACHE", make_folder(), 1);
    unsetenv("ISOBIT_DEVICE");
    need_pocl();
    *settings = settings_of("data", "digits", "device", "portable", "net",
                            "dense 24 relu, dense 10 softmax", "batch", "16", "epochs", "1",
                            "variant", "resident=off " PLAIN, NULL);
    OK(iso_devices_list(&devices));
    OK(iso_device_choose(devices->list, devices->count, "portable", first, &why));
    *other = iso_rival(devices, "portable", *first, 0);
    if (*other == devices->count)
        cr_skip_test("this OpenCL offers no two such devices");
    return devices;
}

static isobit_context *open_settings(const isobit_settings *settings) {
    isobit_context *context;
    OK(isobit_context_open(&context, settings));
    return context;
}

static bool opens(const isobit_settings *settings, const isobit_device *device, bool settled) {
    isobit_context *context = open_settings(settings);
    const bool same =
        !strcmp(isobit_context_device(context), device->name) && context->settled == settled;
    isobit_context_free(context);
    return same;
}

static void remember(const isobit_settings *settings, const isobit_device *first,
                     const isobit_device *fastest) {
    char *work;
    OK(iso_context_work(&work, settings));
    iso_race_remember(first, work, fastest);
    free(work);
}

Test(race, what_was_found_is_remembered_for_the_same_work_alone) {
    isobit_settings *settings;
    size_t first, other;
    isobit_devices *devices = both(&settings, &first, &other);
    const isobit_device *a = &devices->list[first], *b = &devices->list[other];
    cr_assert(opens(settings, a, false), "nothing is known: the one with the most compute units");
    remember(settings, a, b);
    cr_assert(opens(settings, b, true));
    remember(settings, a, a);
    cr_assert(opens(settings, a, true));
    OK(isobit_settings_set(settings, "batch", "17"));
    cr_assert(opens(settings, a, false), "other work");
    OK(isobit_settings_set(settings, "device", b->name));
    cr_assert(opens(settings, b, true), "one that is asked for by name does not race");
    isobit_settings_free(settings);
    isobit_devices_free(devices);
}

Test(race, a_damaged_memory_is_none) {
    static const char *const contents[] = {"", "a device that has gone", "pthread"};
    isobit_settings *settings;
    size_t first, other;
    isobit_devices *devices = both(&settings, &first, &other);
    const char *folder = getenv("ISOBIT_CACHE");
    char path[FOLDER_PATH * 2] = "";
    remember(settings, &devices->list[first], &devices->list[other]);
    DIR *list = opendir(folder);
    for (struct dirent *entry; (entry = readdir(list));)
        if (strstr(entry->d_name, ".device"))
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    closedir(list);
    cr_assert(*path);
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        FILE *file = fopen(path, "w");
        fputs(contents[i], file);
        fclose(file);
        cr_assert(opens(settings, &devices->list[first], false), "\"%s\"", contents[i]);
    }
    isobit_settings_free(settings);
    isobit_devices_free(devices);
}

static void train(isobit_context *context, const isobit_data *data, isobit_settings *settings,
                  char digest[65]) {
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_train(model, data, settings, NULL, NULL));
    isobit_model_sha256(model, digest);
    isobit_model_free(model);
}

Test(race, the_winner_trains_to_the_same_bits) {
    char before[65], after[65];
    isobit_settings *settings;
    isobit_data *data;
    size_t first, other;
    isobit_devices_free(both(&settings, &first, &other));
    OK(isobit_data_load(&data, "digits", settings));
    isobit_context *context = open_settings(settings);
    train(context, data, settings, before);
    iso_race_training(&context, data, settings, NULL, NULL);
    cr_assert(context->settled);
    train(context, data, settings, after);
    cr_assert_str_eq(before, after);
    isobit_context_free(context);
    isobit_data_free(data);
    isobit_settings_free(settings);
}

static size_t programs_kept(void) {
    size_t count = 0;
    DIR *list = opendir(getenv("ISOBIT_CACHE"));
    for (struct dirent *entry; (entry = readdir(list));)
        count += strstr(entry->d_name, ".program") != NULL;
    closedir(list);
    return count;
}

/* A step of some milliseconds, of which launches are less than one per cent. */
Test(race, nothing_is_compiled_for_a_rival_that_could_save_little) {
    char digest[65];
    isobit_settings *settings;
    isobit_data *data;
    size_t first, other;
    isobit_devices *devices = both(&settings, &first, &other);
    const char *name = devices->list[first].name;
    OK(isobit_settings_set(settings, "net", "dense 128 relu, dense 10 softmax"));
    OK(isobit_settings_set(settings, "batch", "64"));
    OK(isobit_data_load(&data, "digits samples=128 test=0", settings));
    OK(isobit_settings_set(settings, "device", name));
    isobit_context *context = open_settings(settings);
    train(context, data, settings, digest);
    isobit_context_free(context);
    const size_t of_one = programs_kept();
    setenv("ISOBIT_CACHE", make_folder(), 1);
    OK(isobit_settings_set(settings, "device", "portable"));
    context = open_settings(settings);
    cr_assert(!context->settled);
    iso_race_training(&context, data, settings, NULL, NULL);
    cr_assert(context->settled);
    cr_assert_str_eq(isobit_context_device(context), name);
    cr_assert_leq(programs_kept(), of_one + 1,
                  "%zu programs, and one that times a launch; kept: %zu", of_one, programs_kept());
    isobit_context_free(context);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_devices_free(devices);
}

Test(race, settings_that_cannot_be_trained_leave_the_context_as_it_was) {
    isobit_settings *settings;
    isobit_data *data;
    size_t first, other;
    isobit_devices *devices = both(&settings, &first, &other);
    OK(isobit_data_load(&data, "digits", settings));
    OK(isobit_settings_set(settings, "net", "dense 24 relu, dense 9 softmax"));
    isobit_context *context = open_settings(settings), *before = context;
    iso_race_training(&context, data, settings, NULL, NULL);
    cr_assert_eq(context, before);
    cr_assert_str_eq(isobit_context_device(context), devices->list[first].name);
    isobit_context_free(context);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_devices_free(devices);
}

/* What fails in a race is met again where training begins, or was the rival's. */
Test(race, a_failure_leaves_a_context_that_trains) {
    enum { FAILURES = 3 };
    static const iso_fault kinds[] = {ISO_FAULT_MEMORY, ISO_FAULT_DEVICE};
    isobit_settings *settings;
    isobit_data *data;
    size_t first, other;
    char before[65] = "", after[65];
    isobit_devices_free(both(&settings, &first, &other));
    OK(isobit_data_load(&data, "digits samples=200 test=0", settings));
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t operations = 0;
        for (size_t i = 0; i <= FAILURES; i++) { /* the first time nothing fails */
            setenv("ISOBIT_CACHE", make_folder(), 1);
            isobit_context *context = open_settings(settings);
            iso_fault_plan(kinds[k], i ? operations * i / (FAILURES + 1) : 0, 1);
            iso_race_training(&context, data, settings, NULL, NULL);
            const size_t made = iso_fault_plan(kinds[k], 0, 0);
            operations = i ? operations : made;
            cr_assert(context->settled);
            train(context, data, settings, after);
            cr_assert(!*before || !strcmp(before, after), "%s, failure %zu", isobit_error(), i);
            strcpy(before, after);
            isobit_context_free(context);
            remove_folders();
        }
        cr_assert(operations > 0);
    }
    isobit_data_free(data);
    isobit_settings_free(settings);
}
