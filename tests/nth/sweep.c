/* nth [--stride N] [--every] [--each] [NAME …]: sweeps over all cases, or those whose name begins
 * so. Of each new call path the first and the last operation are made to fail, with --every each
 * operation; only every Nth of these with a stride. --each looks for leaks after each run, to say
 * where. Exit status 1 if anything was wrong. */
#include "sweep.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/memory.h"
#include "device/opencl.h"

#include <errno.h>
#include <execinfo.h>
#include <jansson.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the sanitizers' runtime, where there is one. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

enum { PATIENCE = 600 };

static const struct mode {
    const char *name;
    iso_fault kind;
    size_t times;
    cl_int code;
    const char *said; /* a part of the message */
} modes[] = {
    {"allocation", ISO_FAULT_MEMORY, 1, 0, "memory"},
    {"write", ISO_FAULT_FILE, 1, 0, "No space left on device"},
    {"write and all after it", ISO_FAULT_FILE, SIZE_MAX, 0, "No space left on device"},
    {"OpenCL call", ISO_FAULT_DEVICE, 1, CL_OUT_OF_RESOURCES, "CL_OUT_OF_RESOURCES"},
    {"OpenCL call and all after it", ISO_FAULT_DEVICE, SIZE_MAX, CL_DEVICE_NOT_AVAILABLE,
     "CL_DEVICE_NOT_AVAILABLE"},
};
enum { MODES = sizeof modes / sizeof *modes };

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

/* With operation `nth` of the mode's kind failing, or with 0 none. Returns how many there were. */
static size_t run_one(const sweep_case *one, const struct mode *mode, size_t nth,
                      sweep_outcome *out) {
    *out = (sweep_outcome){0};
    if (one->prepare)
        one->prepare(one->what);
    iso_cl_fault_code(mode->code);
    iso_fault_plan(mode->kind, nth, mode->times);
    alarm(PATIENCE);
    one->run(one->what, out);
    alarm(0);
    const size_t count = iso_fault_plan(mode->kind, 0, 0);
    if (one->look)
        one->look(one->what, out);
    return count;
}

static size_t leaks(const char *name, const char *mode, size_t nth) {
    if (!__lsan_do_recoverable_leak_check || !__lsan_do_recoverable_leak_check())
        return 0;
    printf("LEAK  %s, %s %zu\n", name, mode, nth);
    return 1;
}

/* -------------------------------------------------------------------------- what can fail -- */

/* The operations of a run that are made to fail: of each call path the first and the last, for the
 * hundredth file that is read the same way fails like the first; and where the inner part of the
 * path has failed in an earlier case, and so the same callees in the same callers, none. */
enum { OPERATIONS = 1 << 17, FRAMES = 48, INNER = 12, PATHS = 1 << 14 };

typedef struct path {
    uint64_t whole, inner;
} path;

static struct {
    iso_fault kind;
    path list[OPERATIONS]; /* of the operations, by number from 1 */
    size_t count;
} seen;

/* Inner parts of the paths of earlier cases, by mode. */
static uint64_t known[MODES][PATHS];
static size_t known_count[MODES];

static void see(iso_fault kind, size_t number) {
    void *frames[FRAMES];
    if (kind != seen.kind || number >= OPERATIONS)
        return;
    const int depth = backtrace(frames, FRAMES);
    path now = {0xcbf29ce484222325, 0}; /* FNV-1a */
    for (int i = 0; i < depth; i++) {
        now.whole = (now.whole ^ (uint64_t)(uintptr_t)frames[i]) * 0x100000001b3;
        now.inner = i < INNER ? now.whole : now.inner;
    }
    seen.list[number] = now;
    seen.count = number;
}

static bool worth_failing(size_t nth, size_t mode) {
    const path *this = &seen.list[nth];
    bool before = false, after = false;
    for (size_t i = 0; i < known_count[mode]; i++)
        if (known[mode][i] == this->inner)
            return false;
    for (size_t i = 1; i < nth && !before; i++)
        before = seen.list[i].whole == this->whole;
    for (size_t i = nth + 1; i <= seen.count && !after; i++)
        after = seen.list[i].whole == this->whole;
    return !before || !after;
}

static void know(size_t mode) {
    for (size_t nth = 1; nth <= seen.count; nth++) {
        bool old = false;
        for (size_t i = 0; i < known_count[mode] && !old; i++)
            old = known[mode][i] == seen.list[nth].inner;
        sweep_must(known_count[mode] < PATHS, "more call paths than expected");
        if (!old)
            known[mode][known_count[mode]++] = seen.list[nth].inner;
    }
}

/* -------------------------------------------------------------------------------- sweeping -- */

typedef struct options {
    size_t stride; /* only every so many of them */
    bool every;    /* of all operations */
    bool each;     /* looks for leaks after each run */
} options;

/* Every N of one kind of failure. Returns how many went wrong. */
static size_t sweep(const sweep_case *one, size_t number, const options *how) {
    const struct mode *mode = &modes[number];
    sweep_outcome whole, out;
    size_t wrong = 0, runs = 0, harmless = 0, chosen = 0;
    const double begin = iso_now();
    snprintf(running, sizeof running, "%s runs\n", one->name);
    seen.kind = mode->kind;
    seen.count = 0;
    iso_fault_watch(how->every ? NULL : see);
    const size_t count = run_one(one, mode, 0, &whole);
    iso_fault_watch(NULL);
    sweep_must(whole.done && !*whole.fault, *whole.fault ? whole.fault : whole.message);
    for (size_t nth = 1; nth <= count; nth++) {
        if ((!how->every && !worth_failing(nth, number)) || chosen++ % how->stride)
            continue;
        snprintf(running, sizeof running, "%s with %s %zu failing hangs or crashes\n", one->name,
                 mode->name, nth);
        const bool fired = run_one(one, mode, nth, &out) >= nth;
        const char *why = verdict(&out, &whole, mode);
        harmless += out.done;
        runs += fired;
        if (why)
            printf("WRONG %s, %s %zu: %s: %s\n", one->name, mode->name, nth, why, out.message);
        wrong += (why != NULL) + (how->each ? leaks(one->name, mode->name, nth) : 0);
    }
    if (!how->every)
        know(number);
    printf("%-4s  %-24s %-28s %5zu of %5zu, %zu did no harm, %.1f s\n", wrong ? "bad" : "ok",
           one->name, mode->name, runs, count, harmless, iso_now() - begin);
    fflush(stdout);
    return wrong;
}

static bool wanted(const char *name, char **words) {
    for (char **word = words; *word; word++)
        if (!strncmp(name, *word, strlen(*word)))
            return true;
    return !*words;
}

static size_t sweep_all(const sweep_case *cases, const options *how, char **words) {
    size_t wrong = 0;
    for (; cases->name; cases++) {
        if (!wanted(cases->name, words))
            continue;
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
