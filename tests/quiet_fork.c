/* For builds with AddressSanitizer. Criterion starts each test by a fork of a process with threads,
 * and the child allocates before it runs anything else. If one of the other threads allocates just
 * then, the sanitizer's allocator is locked in the child, where nobody will ever unlock it. So a
 * fork waits until all of them sleep. */
#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Whether a thread of this process is running or about to: the word behind its name says so. */
static bool runs(const char *thread) {
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", thread);
    FILE *file = fopen(path, "re");
    if (file) {
        if (!fgets(line, sizeof line, file))
            *line = '\0';
        fclose(file);
    }
    const char *name_end = strrchr(line, ')');
    return name_end && name_end[1] && name_end[2] == 'R';
}

static bool others_run(void) {
    const long self = syscall(SYS_gettid);
    DIR *threads = opendir("/proc/self/task");
    bool any = false;
    for (struct dirent *entry; threads && !any && (entry = readdir(threads));)
        any = *entry->d_name != '.' && atol(entry->d_name) != self && runs(entry->d_name);
    if (threads)
        closedir(threads);
    return any;
}

static void wait_for_others(void) {
    enum { TRIES = 2000 };
    const struct timespec millisecond = {.tv_nsec = 1000000};
    for (int i = 0; i < TRIES && others_run(); i++)
        nanosleep(&millisecond, NULL);
}

__attribute__((constructor)) static void set_up(void) {
    pthread_atfork(wait_for_others, NULL, NULL);
}
