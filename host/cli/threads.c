#define _GNU_SOURCE /* sched_getaffinity and CPU sets */
#include "cli/cli.h"

#include "cli/ahead.h"
#include "run/ahead.h"
#include "run/doctor.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Whether this process may use every processor there is. PoCL numbers them from 0 and ends the
 * program when one is refused. */
static bool may_use_all(void) {
    const long there = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t set;
    if (there < 1 || there > CPU_SETSIZE || sched_getaffinity(0, sizeof set, &set))
        return false;
    for (size_t i = 0; i < (size_t)there; i++)
        if (!CPU_ISSET(i, &set))
            return false;
    return CPU_COUNT(&set) == (int)there;
}

void cli_set_up_pocl(void) {
    /* It asks hwloc for processors and caches, which hwloc knows from the system; to ask each of
     * the processors itself, too, takes 7 ms of a start. */
    setenv("HWLOC_COMPONENTS", "-x86", 0);
    setenv("POCL_DEVICES", "pthread basic",
           0); /* so called in PoCL 1.8 to 7.2, also where renamed */
    if (!getenv("POCL_MAX_PTHREAD_COUNT") && !getenv("POCL_CPU_MAX_CU_COUNT") && may_use_all())
        setenv("POCL_AFFINITY", "1", 0);
}

/* Whether the kernels that ask a device known answers are to be compiled with the others. */
static bool check_later(isobit_context *context) {
    iso_wanted wanted = {0};
    if (!cli_ahead_possible())
        return false;
    (void)iso_ahead_of_check(&wanted, context);
    const bool later = wanted.count;
    iso_wanted_free(&wanted);
    return later;
}

static void *open_device(void *opening_) {
    cli_opening *opening = opening_;
    iso_exactness exactness;
    const char *difference;
    opening->status = cli_open_device(&opening->context, opening->settings);
    if (opening->status != ISOBIT_OK)
        snprintf(opening->why, sizeof opening->why, "%s", isobit_error());
    else if (opening->check && !check_later(opening->context)) /* a failure is met again */
        (void)iso_device_check(opening->context, &exactness, &difference);
    return NULL;
}

void cli_open_begin(cli_opening *opening, const isobit_settings *settings, bool check) {
    *opening = (cli_opening){.settings = settings, .check = check};
    opening->under_way = !pthread_create(&opening->thread, NULL, open_device, opening);
}

isobit_status cli_open_end(cli_opening *opening, isobit_context **out) {
    if (opening->under_way)
        pthread_join(opening->thread, NULL);
    else
        open_device(opening);
    if (opening->status != ISOBIT_OK)
        return iso_fail(opening->status, "%s", opening->why);
    *out = opening->context;
    return ISOBIT_OK;
}
