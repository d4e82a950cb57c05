#define _GNU_SOURCE /* sched_getaffinity, CPU sets and environ */
#include "cli/ahead.h"

#include "base/memory.h"
#include "cli/report.h"
#include "device/devices.h"
#include "run/ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What goes before a message. */
typedef struct frame {
    size_t size, device; /* bytes; the device's place in the list, the same in both processes */
} frame;

/* A process takes as long to open PoCL as for a kernel or two, so each is to have a few. */
enum { MOST_WORKERS = 16, FEW = 3 };

/* ------------------------------------------------------------------------------ the process -- */

static bool read_all(int from, void *to, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t got = read(from, (char *)to + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

/* A kernel that does not build here is no matter: whoever launches it will say so. */
static void build(isobit_context **contexts, size_t device, const unsigned char *message,
                  size_t size) {
    const char *selection = cli_format("%zu", device);
    if (device >= MOST_WORKERS)
        return;
    if (!contexts[device] &&
        iso_context_open(&contexts[device], selection, NULL, NULL) != ISOBIT_OK)
        return;
    (void)iso_wanted_build(contexts[device], message, size);
}

int cli_ahead_work(void) {
    isobit_context *contexts[MOST_WORKERS] = {NULL};
    const char done = 1;
    frame head;
    setenv("POCL_AFFINITY", "0", 1); /* or all processes would compile on the same processor */
    while (read_all(STDIN_FILENO, &head, sizeof head)) {
        unsigned char *message;
        if (iso_alloc(&message, head.size, 1) != ISOBIT_OK)
            return CLI_FAILED;
        const bool whole = read_all(STDIN_FILENO, message, head.size);
        if (whole)
            build(contexts, head.device, message, head.size);
        free(message);
        if (!whole || send(STDIN_FILENO, &done, 1, MSG_NOSIGNAL) != 1)
            break;
    }
    for (size_t i = 0; i < MOST_WORKERS; i++)
        isobit_context_free(contexts[i]);
    return CLI_OK;
}

/* ------------------------------------------------------------------------------ its parent -- */

static bool allowed;
void cli_ahead_allow(void) { allowed = true; }

static size_t processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? 1 : (size_t)CPU_COUNT(&set);
}

bool cli_ahead_possible(void) { return allowed && processors() > 1; }

/* The processes, a socket to each; -1: it has ended. */
typedef struct crew {
    pid_t pids[MOST_WORKERS];
    int sockets[MOST_WORKERS];
    bool busy[MOST_WORKERS];
    size_t count;
} crew;

/* Its standard input is the socket; it has nothing to say. */
static bool start(crew *of) {
    static char name[] = "isobit", word[] = CLI_AHEAD_WORD;
    char *const arguments[] = {name, word, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return false;
    int failure = posix_spawn_file_actions_init(&actions);
    if (!failure) {
        failure = posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
        for (int i = STDOUT_FILENO; i <= STDERR_FILENO && !failure; i++)
            failure = posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_WRONLY, 0);
        if (!failure)
            failure = posix_spawn(&of->pids[of->count], "/proc/self/exe", &actions, NULL, arguments,
                                  environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    if (failure) {
        close(ends[0]);
        return false;
    }
    of->sockets[of->count++] = ends[0];
    return true;
}

static bool send_all(int to, const void *from, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t sent = send(to, (const char *)from + done, size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        done += (size_t)sent;
    }
    return true;
}

static void lose(crew *of, size_t worker) {
    close(of->sockets[worker]);
    of->sockets[worker] = -1;
    of->busy[worker] = false;
}

static void give(crew *of, size_t worker, const struct iso_wanted_kernel *kernel, size_t device) {
    const frame head = {kernel->size, device};
    of->busy[worker] = send_all(of->sockets[worker], &head, sizeof head) &&
                       send_all(of->sockets[worker], kernel->message, kernel->size);
    if (!of->busy[worker])
        lose(of, worker);
}

/* Wait for one or more of them to be done; returns how many kernels that is, or that are lost. */
static size_t await(crew *of) {
    struct pollfd polled[MOST_WORKERS];
    size_t finished = 0;
    for (size_t i = 0; i < of->count; i++)
        polled[i] = (struct pollfd){.fd = of->busy[i] ? of->sockets[i] : -1, .events = POLLIN};
    if (poll(polled, of->count, -1) < 0)
        return 0;
    for (size_t i = 0; i < of->count; i++) {
        char done;
        if (polled[i].fd < 0 || !polled[i].revents)
            continue;
        of->busy[i] = false;
        finished++;
        if (!read_all(of->sockets[i], &done, 1))
            lose(of, i);
    }
    return finished;
}

static bool anyone(const crew *of, bool busy) {
    for (size_t i = 0; i < of->count; i++)
        if (of->sockets[i] >= 0 && of->busy[i] == busy)
            return true;
    return false;
}

static void distribute(crew *of, const iso_wanted *wanted, size_t device, cli_watch *watch) {
    size_t next = 0, done = 0;
    do {
        for (size_t i = 0; i < of->count && next < wanted->count; i++)
            if (of->sockets[i] >= 0 && !of->busy[i])
                give(of, i, &wanted->list[next++], device);
        if (watch)
            cli_watch_wait(
                watch, cli_format("compiling kernels, %zu of %zu done ...", done, wanted->count));
        if (anyone(of, true))
            done += await(of);
    } while (anyone(of, true) || (next < wanted->count && anyone(of, false)));
}

static size_t place_of(const isobit_context *context) {
    isobit_devices *devices;
    size_t place = 0;
    if (iso_devices_list(&devices) != ISOBIT_OK)
        return MOST_WORKERS;
    while (place < devices->count && devices->ids[place].device != context->device)
        place++;
    isobit_devices_free(devices);
    return place;
}

/* For the device of a context, into the caches. */
static void compile(iso_wanted *wanted, const isobit_context *context, cli_watch *watch) {
    crew of = {.count = 0};
    const size_t most = processors();
    const size_t device = wanted->count < 2 * FEW ? MOST_WORKERS : place_of(context);
    if (device >= MOST_WORKERS)
        return;
    iso_wanted_sort(wanted);
    while (of.count < wanted->count / FEW && of.count < most && of.count < MOST_WORKERS &&
           start(&of))
        continue;
    if (of.count)
        distribute(&of, wanted, device, watch);
    for (size_t i = 0; i < of.count; i++) {
        if (of.sockets[i] >= 0)
            lose(&of, i);
        while (waitpid(of.pids[i], NULL, 0) < 0 && errno == EINTR)
            continue;
    }
}

void cli_ahead_of_training(isobit_context *context, const isobit_data *data,
                           const isobit_settings *settings, cli_watch *watch) {
    iso_wanted wanted = {0};
    if (!cli_ahead_possible())
        return;
    (void)iso_ahead_of_check(&wanted, context);
    (void)iso_ahead_of_training(&wanted, context, data, settings);
    compile(&wanted, context, watch);
    iso_wanted_free(&wanted);
}
