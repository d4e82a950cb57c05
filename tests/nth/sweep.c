/* nth [--stride N] [--every] [--each] [NAME …]: sweeps over all cases, or those whose name begins
 * so. Of each new call path the first and the last operation are made to fail, for the hundredth
 * file that is read the same way fails like the first; with --every each operation; only every Nth
 * of these with a stride. --each looks for leaks after each run, to say where. Exit status 1 if
 * anything was wrong. */
#include "sweep.h"
#include "paths.h"

#include "base/memory.h"
#include "device/opencl.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Of the sanitizers' runtime, where there is one. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

enum { PATIENCE = 600 };

static const struct mode {
    const char *name;
    iso_fault kind;
    bool all; /* that comes after it as well */
    cl_int code;
    const char *said; /* a part of the message */
} modes[] = {
    {"allocation", ISO_FAULT_MEMORY, false, 0, "memory"},
    {"write", ISO_FAULT_FILE, false, 0, "No space left on device"},
    {"write and all after it", ISO_FAULT_FILE, true, 0, "No space left on device"},
    {"OpenCL call", ISO_FAULT_DEVICE, false, CL_OUT_OF_RESOURCES, "CL_OUT_OF_RESOURCES"},
    {"OpenCL call and all after it", ISO_FAULT_DEVICE, true, CL_DEVICE_NOT_AVAILABLE,
     "CL_DEVICE_NOT_AVAILABLE"},
};
enum { MODES = sizeof modes / sizeof *modes };

/* The real time: tests/nth/clock.c is in the way of iso_now. */
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static char running[256]; /* for those who wonder why it hangs */

static void say_what_runs(int signal) {
    (void)signal;
    ssize_t wrote = write(2, running, strlen(running));
    (void)wrote;
    _exit(1);
}

void sweep_must(bool good, const char *what) {
    if (good)
        return;
    fprintf(stderr, "the sweep itself is broken: %s (%s) while %s", what, isobit_error(), running);
    exit(2);
}

/* jansson's allocations fail like ours, but for the buffer of its lexer, whose size is a power of
 * two: jansson 2.14 does not notice when that cannot grow, and drops characters. */
static void *faulty_malloc(size_t size) {
    const bool buffer = size >= 32 && !(size & (size - 1));
    if (buffer || !iso_fault_now(ISO_FAULT_MEMORY))
        return malloc(size);
    errno = ENOMEM;
    return NULL;
}

static const char *verdict(const sweep_outcome *out, const sweep_outcome *whole,
                           const struct mode *mode) {
    if (*out->fault)
        return out->fault;
    if (out->done)
        return strcmp(out->digest, whole->digest) != 0
                   ? "says that it succeeded, but did not do what it does"
                   : NULL;
    if (!*out->message)
        return "fails without a message";
    return strstr(out->message, mode->said) ? NULL : "fails without saying why";
}

typedef struct one_run {
    const sweep_case *of;
    sweep_outcome *out;
} one_run;

static void run_one(void *user) {
    const one_run *run = user;
    *run->out = (sweep_outcome){0};
    alarm(PATIENCE);
    run->of->run(run->of->what, run->out);
    alarm(0);
}

static void prepare(const sweep_case *one) {
    if (one->prepare)
        one->prepare(one->what);
}

static void look(const sweep_case *one, sweep_outcome *out) {
    if (one->look)
        one->look(one->what, out);
}

/* Nothing fails, but each call path is noted. */
static size_t run_whole(const sweep_case *one, const struct mode *mode, sweep_outcome *out,
                        const call_path **paths, size_t *operations) {
    prepare(one);
    const size_t count = paths_note(mode->kind, run_one, &(one_run){one, out}, paths, operations);
    look(one, out);
    sweep_must(out->done && !*out->fault, *out->fault ? out->fault : out->message);
    return count;
}

/* What a path leads to for the `nth` time fails. Threads and the device may have it that the path
 * is gone less often than before: then it is its last time that fails. Whether anything did. */
static bool run_failing(const sweep_case *one, const struct mode *mode, const call_path *path,
                        size_t nth, sweep_outcome *out) {
    enum { TRIES = 4 };
    iso_cl_fault_code(mode->code);
    for (int i = 0; i < TRIES; i++) {
        prepare(one);
        const size_t passed =
            paths_fail(mode->kind, path->whole, nth, mode->all, run_one, &(one_run){one, out});
        look(one, out);
        if (passed == nth)
            return true;
        nth = passed ? passed : nth;
    }
    return false;
}

static size_t leaks(const char *name, const char *mode, size_t nth) {
    if (!__lsan_do_recoverable_leak_check || !__lsan_do_recoverable_leak_check())
        return 0;
    printf("LEAK  %s, %s %zu\n", name, mode, nth);
    return 1;
}

/* ------------------------------------------------------------------ what has failed before -- */

/* Inner parts of the call paths of earlier cases, by mode: the same callees in the same callers. */
enum { PATHS = 1 << 14 };
static uint64_t known[MODES][PATHS];
static size_t known_count[MODES];

static bool is_known(size_t mode, uint64_t inner) {
    for (size_t i = 0; i < known_count[mode]; i++)
        if (known[mode][i] == inner)
            return true;
    return false;
}

static void know(size_t mode, const call_path *paths, size_t count) {
    for (size_t i = 0; i < count; i++) {
        sweep_must(known_count[mode] < PATHS, "fewer call paths");
        if (!is_known(mode, paths[i].inner))
            known[mode][known_count[mode]++] = paths[i].inner;
    }
}

/* -------------------------------------------------------------------------------- sweeping -- */

typedef struct options {
    size_t stride; /* only every so many of them */
    bool every;    /* of all operations */
    bool each;     /* looks for leaks after each run */
} options;

/* One kind of failure in one case: what is tried, and what came of it. */
typedef struct sweeping {
    const sweep_case *of;
    size_t mode;
    const options *how;
    sweep_outcome whole;
    size_t chosen, runs, missed, harmless, wrong;
} sweeping;

static void try(sweeping *s, const call_path *path, size_t nth) {
    const struct mode *mode = &modes[s->mode];
    sweep_outcome out;
    if (s->chosen++ % s->how->stride)
        return;
    snprintf(running, sizeof running, "%s with %s %zu failing hangs or crashes\n", s->of->name,
             mode->name, s->chosen);
    if (!run_failing(s->of, mode, path, nth, &out)) {
        s->missed++;
        return;
    }
    const char *why = verdict(&out, &s->whole, mode);
    s->harmless += out.done;
    s->runs++;
    if (why)
        printf("WRONG %s, %s %zu: %s: %s\n", s->of->name, mode->name, s->chosen, why, out.message);
    s->wrong += (why != NULL) + (s->how->each ? leaks(s->of->name, mode->name, s->chosen) : 0);
}

/* The first and the last time that each new path is gone. Returns how many went wrong. */
static size_t sweep(const sweep_case *one, size_t mode, const options *how) {
    static call_path paths[PATHS];
    const call_path *noted;
    sweeping s = {.of = one, .mode = mode, .how = how};
    size_t operations;
    const double begin = now();
    snprintf(running, sizeof running, "%s runs\n", one->name);
    const size_t count = run_whole(one, &modes[mode], &s.whole, &noted, &operations);
    memcpy(paths, noted, count * sizeof *paths);
    for (size_t i = 0; i < count; i++) {
        if (!how->every && is_known(mode, paths[i].inner))
            continue;
        for (size_t nth = 1; nth <= paths[i].count; nth++)
            if (how->every || nth == 1 || nth == paths[i].count)
                try(&s, &paths[i], nth);
    }
    know(mode, paths, count);
    printf("%-4s  %-24s %-28s %5zu of %5zu failed, %zu could not, %zu did no harm, %.1f s\n",
           s.wrong ? "bad" : "ok", one->name, modes[mode].name, s.runs, operations, s.missed,
           s.harmless, now() - begin);
    fflush(stdout);
    return s.wrong;
}

static bool wanted(const char *name, char **words) {
    for (char **word = words; *word; word++)
        if (!strncmp(name, *word, strlen(*word)))
            return true;
    return !*words;
}

/* Once before it counts: what is kept from one run to the next is there from now on. */
static void warm_up(const sweep_case *one) {
    sweep_outcome out;
    prepare(one);
    run_one(&(one_run){one, &out});
    look(one, &out);
}

static size_t sweep_all(const sweep_case *cases, const options *how, char **words) {
    size_t wrong = 0;
    for (; cases->name; cases++) {
        if (!wanted(cases->name, words))
            continue;
        warm_up(cases);
        for (size_t mode = 0; mode < MODES; mode++)
            wrong += sweep(cases, mode, how);
        wrong += leaks(cases->name, "any", 0);
    }
    return wrong;
}

static char folder[] = "/dev/shm/isobit-nth-XXXXXX";

static void leave(void) {
    if (!chdir("/"))
        sweep_remove(folder);
}

int main(int argc, char **argv) {
    char cache[sizeof folder + 8];
    options how = {.stride = 1};
    (void)argc;
    for (argv++; *argv && !strncmp(*argv, "--", 2); argv++) {
        how.each = how.each || !strcmp(*argv, "--each");
        how.every = how.every || !strcmp(*argv, "--every");
        if (!strcmp(*argv, "--stride") && argv[1])
            how.stride = strtoul(*++argv, NULL, 10);
    }
    sweep_must(how.stride > 0 && mkdtemp(folder) && !chdir(folder), "a folder for it");
    atexit(leave);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    setenv("ISOBIT_CACHE", cache, 1);
    setenv("NO_COLOR", "1", 1);
    unsetenv("ISOBIT_DEVICE");
    signal(SIGALRM, say_what_runs);
    json_set_alloc_funcs(faulty_malloc, free);
    sweep_write("d.csv", "a,b,kind\n0,0,x\n0,1,y\n1,0,y\n1,1,x\n0,2,x\n2,0,x\n2,1,y\n1,2,y\n3,0,y\n"
                         "3,3,x\n");
    size_t wrong = sweep_all(sweep_functions(), &how, argv);
    sweep_functions_end();
    wrong += sweep_all(sweep_commands(), &how, argv);
    printf("%zu wrong\n", wrong);
    return wrong ? 1 : 0;
}
