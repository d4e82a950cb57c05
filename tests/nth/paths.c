#include "paths.h"

#include "sweep.h"

#include <execinfo.h>
#include <pthread.h>

enum { FRAMES = 64, INNER = 12, MOST = 1 << 14 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What is watched for, and in which thread the run was begun, with how many frames above it: they
 * are no part of a path. */
static struct {
    iso_fault kind;
    pthread_t thread;
    int above;
    bool noting;
} watch;

static struct {
    call_path list[MOST];
    size_t count, operations;
} noted;

static struct {
    uint64_t whole;
    size_t nth, passed;
    bool all;
} failing;

static void note(call_path here) {
    size_t i = 0;
    while (i < noted.count && noted.list[i].whole != here.whole)
        i++;
    sweep_must(i < MOST, "fewer call paths");
    if (i == noted.count)
        noted.list[noted.count++] = here;
    noted.list[i].count++;
    noted.operations++;
}

static bool fails(uint64_t here) {
    if (failing.passed == failing.nth)
        return failing.all;
    return here == failing.whole && ++failing.passed == failing.nth;
}

static bool ask(iso_fault kind) {
    void *frames[FRAMES];
    call_path here = {.whole = 0xcbf29ce484222325}; /* FNV-1a */
    bool fault = false;
    if (kind != watch.kind)
        return false;
    int depth = backtrace(frames, FRAMES);
    if (pthread_equal(pthread_self(), watch.thread))
        depth -= watch.above;
    for (int i = 0; i < depth; i++) {
        here.whole = (here.whole ^ (uint64_t)(uintptr_t)frames[i]) * 0x100000001b3;
        here.inner = i < INNER ? here.whole : here.inner;
    }
    pthread_mutex_lock(&lock);
    if (watch.noting)
        note(here);
    else
        fault = fails(here.whole);
    pthread_mutex_unlock(&lock);
    return fault;
}

/* The outermost frame of all paths. */
__attribute__((noinline)) static void run_watched(paths_run *run, void *user) {
    void *frames[FRAMES];
    watch.thread = pthread_self();
    watch.above = backtrace(frames, FRAMES) - 1;
    iso_fault_watch(ask);
    run(user);
    iso_fault_watch(NULL);
}

size_t paths_note(iso_fault kind, paths_run *run, void *user, const call_path **out,
                  size_t *operations) {
    watch.kind = kind;
    watch.noting = true;
    noted.count = noted.operations = 0;
    run_watched(run, user);
    *out = noted.list;
    *operations = noted.operations;
    return noted.count;
}

size_t paths_fail(iso_fault kind, uint64_t whole, size_t nth, bool all, paths_run *run,
                  void *user) {
    watch.kind = kind;
    watch.noting = false;
    failing.whole = whole;
    failing.nth = nth;
    failing.all = all;
    failing.passed = 0;
    run_watched(run, user);
    return failing.passed;
}
