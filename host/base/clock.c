#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double iso_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Field 22 of /proc/self/stat (proc(5)): ticks from boot to the start. The name before may have
 * blanks and parentheses. */
double iso_process_age(void) {
    enum { START = 22, NAME = 2 };
    char line[1024];
    struct timespec now;
    unsigned long long ticks;
    FILE *file = fopen("/proc/self/stat", "re");
    const bool read = file && fgets(line, sizeof line, file);
    const char *at = read ? strrchr(line, ')') : NULL;
    if (file)
        fclose(file);
    for (int field = NAME; at && field < START; field++)
        at = strchr(at + 1, ' ');
    if (!at || sscanf(at, "%llu", &ticks) != 1 || clock_gettime(CLOCK_BOOTTIME, &now))
        return -1;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec -
           (double)ticks / (double)sysconf(_SC_CLK_TCK);
}
