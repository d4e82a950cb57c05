/* The device that the tests are for. */
#ifndef ISO_TEST_DEVICE_H
#define ISO_TEST_DEVICE_H

#include <isobit/isobit.h>

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* What ISOBIT_DEVICE says, else a processor. */
static inline const char *tested_device(void) {
    const char *wanted = getenv("ISOBIT_DEVICE");
    return wanted && *wanted ? wanted : "cpu";
}

/* Skips a test that is about PoCL where there is none. One device is asked for, so that none is
 * looked for that is faster. */
static inline void need_pocl(void) {
    static const char name[] = "Portable Computing Language";
    isobit_devices *devices;
    bool found = false;
    cr_assert_eq(isobit_devices_new(&devices, "0"), ISOBIT_OK, "%s", isobit_error());
    for (size_t i = 0; i < isobit_devices_count(devices); i++)
        found = found || !strcmp(isobit_devices_get(devices, i)->platform, name);
    isobit_devices_free(devices);
    if (!found)
        cr_skip_test("there is no PoCL here");
}

#endif
