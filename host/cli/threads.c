#define _GNU_SOURCE /* sched_getaffinity and CPU sets */
#include "cli/cli.h"

#include "device/devices.h"

#include <sched.h>
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

void cli_place_threads(void) {
    if (!getenv("POCL_MAX_PTHREAD_COUNT") && !getenv("POCL_CPU_MAX_CU_COUNT") && may_use_all())
        setenv("POCL_AFFINITY", "1", 0);
}

static void *load(void *nothing) {
    iso_opencl_load();
    return nothing;
}

cli_loading cli_load_opencl(void) {
    cli_loading loading = {0};
    loading.under_way = !pthread_create(&loading.thread, NULL, load, NULL);
    return loading;
}

void cli_load_wait(cli_loading *loading) {
    if (loading->under_way)
        pthread_join(loading->thread, NULL);
    loading->under_way = false;
}
