#include "device/queue.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Up to MOST commands are under way, so that the driver's memory stays bounded; those that are done
 * are looked for every BATCH commands, so that forgetting them costs no time at the end. Where the
 * last one is done already, as on a device that runs them in the caller's thread, the next look is
 * after one more: what the driver keeps of a command is then still in the cache for the next.
 *
 * An event costs a GPU's driver as much as the launch, so only every SPARSE-th command has one
 * there: those before it are done when it is. PoCL makes one for each anyway, and who asks for a
 * patience of his own looks for a launch that hangs: then each has one. */
enum { MOST = 4096, BATCH = 64, SPARSE = 16, LABEL = 40, PATIENCE = 600 };

typedef struct entry {
    cl_event event; /* NULL: it is done when the next one that has an event is */
    void *bytes;
    const char *file;
    char label[LABEL];
} entry;

/* Commands in the order in which they run, and who waits for one of them. */
struct iso_queue {
    entry *ring; /* MOST of them */
    size_t first, count;
    size_t look;     /* for those that are done when so many are under way */
    size_t every;    /* so many commands, one has an event */
    size_t unmarked; /* commands since the last that has one */
    double patience; /* seconds; 0: endless */
    bool lost;       /* the device was given up, and why */
    char why[512];
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool done; /* what is waited for */
    struct iso_queue *next;
};

/* Queues of devices that were given up: they may still call back, and read what was sent. */
static struct iso_queue *_Atomic abandoned;

static entry *at(struct iso_queue *queue, size_t index) {
    return &queue->ring[(queue->first + index) % MOST];
}

/* ------------------------------------------------------------------------ the beginning -- */

static isobit_status patience(double *out) {
    const char *text = getenv("ISOBIT_WATCHDOG");
    *out = PATIENCE;
    return text && *text ? iso_parse_double(text, "ISOBIT_WATCHDOG", 0, 1e9, out) : ISOBIT_OK;
}

isobit_status iso_queue_open(isobit_context *context) {
    struct iso_queue *queue;
    pthread_condattr_t clock;
    ISO_TRY(iso_alloc(&queue, 1, sizeof *queue));
    isobit_status status = iso_alloc(&queue->ring, MOST, sizeof *queue->ring);
    if (status == ISOBIT_OK)
        status = patience(&queue->patience);
    if (status != ISOBIT_OK) {
        free(queue->ring);
        free(queue);
        return status;
    }
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->change, &clock);
    pthread_condattr_destroy(&clock);
    queue->every = context->pocl || getenv("ISOBIT_WATCHDOG") ? 1 : SPARSE;
    context->under_way = queue;
    return ISOBIT_OK;
}

/* -------------------------------------------------------------------------- what is done -- */

static void drop(struct iso_queue *queue, size_t count) {
    for (; count; count--) {
        entry *first = at(queue, 0);
        if (first->event)
            clReleaseEvent(first->event);
        free(first->bytes);
        queue->first = (queue->first + 1) % MOST;
        queue->count--;
    }
    if (queue->look > queue->count + BATCH)
        queue->look = queue->count + BATCH;
}

static isobit_status ask(cl_event event, const char *label, bool *done) {
    cl_int state = CL_QUEUED;
    ISO_CL(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL),
           "asking how far the device is");
    *done = state == CL_COMPLETE;
    return state < 0 ? iso_cl_fail(state, label) : ISOBIT_OK;
}

/* How many are known to be done. One that failed is an error. */
static isobit_status count_done(struct iso_queue *queue, size_t *out) {
    bool done = true;
    *out = 0;
    for (size_t i = 0; i < queue->count && done; i++) {
        if (!at(queue, i)->event)
            continue;
        ISO_TRY(ask(at(queue, i)->event, at(queue, i)->label, &done));
        if (done)
            *out = i + 1;
    }
    return ISOBIT_OK;
}

/* How many of the first `count` end with the last of them that has an event. */
static size_t marked(struct iso_queue *queue, size_t count) {
    while (count && !at(queue, count - 1)->event)
        count--;
    return count;
}

/* At least `*count` so that the last has an event: there may have to be a marker behind all. */
static isobit_status mark(const isobit_context *context, size_t *count) {
    struct iso_queue *queue = context->under_way;
    for (; *count <= queue->count; ++*count)
        if (at(queue, *count - 1)->event)
            return ISOBIT_OK;
    *count = queue->count;
    ISO_CL(clEnqueueMarkerWithWaitList(context->queue, 0, NULL, &at(queue, *count - 1)->event),
           "waiting for the device");
    queue->unmarked = 0;
    return ISOBIT_OK;
}

/* Nothing has ended for so long: this command, or one of `more` behind it. */
static isobit_status hangs(const isobit_context *context, const char *label, const char *file,
                           size_t more) {
    char others[64] = "";
    if (more)
        snprintf(others, sizeof others, " or one of the %zu launches behind it", more);
    return iso_fail(ISOBIT_ERROR_DEVICE,
                    "%s hangs: \"%s\"%s%s%s has not ended within %g seconds (ISOBIT_WATCHDOG in "
                    "the environment sets how long to wait%s)",
                    context->name, label, file ? " of " : "", file ? file : "", others,
                    context->under_way->patience, more ? ", and has each launch watched" : "");
}

/* How many behind the one at `first` are known to be done only when it is. */
static size_t alike(struct iso_queue *queue, size_t first) {
    size_t more = 0;
    while (first + more + 1 < queue->count && !at(queue, first + more)->event)
        more++;
    return more;
}

/* ------------------------------------------------------------------------------- waiting -- */

static void CL_CALLBACK call_back(cl_event event, cl_int state, void *user) {
    struct iso_queue *queue = user;
    (void)event;
    (void)state;
    pthread_mutex_lock(&queue->lock);
    queue->done = true;
    pthread_cond_signal(&queue->change);
    pthread_mutex_unlock(&queue->lock);
}

/* Whether it was called back within so many seconds (0: endless). */
static bool called_back(struct iso_queue *queue, double seconds) {
    struct timespec end;
    int result = 0;
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double second = (double)end.tv_nsec * 1e-9 + seconds;
    end.tv_sec += (time_t)second;
    end.tv_nsec = (long)((second - (double)(time_t)second) * 1e9);
    pthread_mutex_lock(&queue->lock);
    while (!queue->done && !result)
        result = seconds > 0 ? pthread_cond_timedwait(&queue->change, &queue->lock, &end)
                             : pthread_cond_wait(&queue->change, &queue->lock);
    const bool done = queue->done;
    pthread_mutex_unlock(&queue->lock);
    return done;
}

/* The device is given up: a call back is under way that may come at any time. */
static isobit_status give_up(struct iso_queue *queue, isobit_status status) {
    queue->lost = true;
    snprintf(queue->why, sizeof queue->why, "%s", isobit_error());
    return status;
}

/* Nothing ended within the patience; is it still at work on what comes first? */
static isobit_status check_progress(const isobit_context *context, const char *label,
                                    size_t *before) {
    struct iso_queue *queue = context->under_way;
    size_t done;
    isobit_status status = count_done(queue, &done);
    if (status == ISOBIT_OK && done == *before) {
        const entry *first = done < queue->count ? at(queue, done) : NULL;
        status = first ? hangs(context, first->label, first->file, alike(queue, done))
                       : hangs(context, label, NULL, 0);
    }
    if (status != ISOBIT_OK)
        return give_up(queue, status);
    *before = done;
    return ISOBIT_OK;
}

/* Being called back, while the processor's cores are the device's. */
static isobit_status await_call(const isobit_context *context, cl_event event, const char *label) {
    struct iso_queue *queue = context->under_way;
    size_t before = 0;
    queue->done = false;
    ISO_CL(clSetEventCallback(event, CL_COMPLETE, call_back, queue), "waiting for the device");
    while (!called_back(queue, queue->patience))
        ISO_TRY(check_progress(context, label, &before));
    return ISOBIT_OK;
}

/* Asking again and again, ever less often: NVIDIA's driver calls back only every 10 ms or so. */
static isobit_status await_asking(const isobit_context *context, cl_event event,
                                  const char *label) {
    const struct iso_queue *queue = context->under_way;
    const double begin = iso_now();
    double last = begin;
    size_t before = 0;
    bool ended = false;
    for (;;) {
        ISO_TRY(ask(event, label, &ended));
        if (ended)
            return ISOBIT_OK;
        const double now = iso_now(), since = now - begin;
        if (queue->patience > 0 && now - last > queue->patience) {
            ISO_TRY(check_progress(context, label, &before));
            last = now;
        }
        if (since > 2e-3)
            nanosleep(&(struct timespec){.tv_nsec = since < 0.1 ? (long)(since * 1e7) : 1000000},
                      NULL);
    }
}

/* Wait for a command, named `label` in messages, as long as anything gets done. */
static isobit_status await(const isobit_context *context, cl_event event, const char *label) {
    bool ended;
    ISO_CL(clFlush(context->queue), "waiting for the device");
    ISO_TRY(ask(event, label, &ended)); /* Oclgrind runs all in the flush, and calls nobody back */
    if (ended)
        return ISOBIT_OK;
    ISO_TRY(strcmp(context->target.device_class, "gpu") ? await_call(context, event, label)
                                                        : await_asking(context, event, label));
    return ask(event, label, &ended);
}

/* Wait for the first `count` commands, the last of which has an event. */
static isobit_status wait_for(const isobit_context *context, size_t count) {
    struct iso_queue *queue = context->under_way;
    const entry *last = at(queue, count - 1);
    size_t done;
    isobit_status status = await(context, last->event, last->label);
    if (status == ISOBIT_OK)
        drop(queue, count);
    else if (!queue->lost)
        count_done(queue, &done); /* names the first that failed */
    return status;
}

/* Wait until at most `most` commands are under way. */
static isobit_status wait_until(const isobit_context *context, size_t most) {
    struct iso_queue *queue = context->under_way;
    bool done;
    if (queue->lost)
        return iso_fail(ISOBIT_ERROR_DEVICE, "%s", queue->why);
    if (queue->count <= most)
        return ISOBIT_OK;
    size_t count = queue->count - most;
    ISO_TRY(mark(context, &count));
    ISO_TRY(ask(at(queue, count - 1)->event, at(queue, count - 1)->label, &done));
    if (!done)
        return wait_for(context, count);
    drop(queue, count);
    return ISOBIT_OK;
}

isobit_status iso_queue_wait(isobit_context *context) { return wait_until(context, 0); }

isobit_status iso_queue_await(const isobit_context *context, cl_event event, const char *label) {
    struct iso_queue *queue = context->under_way;
    bool done;
    if (queue->lost)
        return iso_fail(ISOBIT_ERROR_DEVICE, "%s", queue->why);
    ISO_TRY(ask(event, label, &done));
    return done ? ISOBIT_OK : await(context, event, label);
}

isobit_status iso_queue_ready(isobit_context *context) {
    struct iso_queue *queue = context->under_way;
    bool done;
    if (queue->lost || queue->count == MOST)
        ISO_TRY(wait_until(context, MOST / 2));
    if (!queue->count || queue->count < queue->look)
        return ISOBIT_OK;
    for (size_t last = marked(queue, queue->count); last;
         last = last > BATCH ? marked(queue, BATCH) : 0) {
        ISO_TRY(ask(at(queue, last - 1)->event, at(queue, last - 1)->label, &done));
        if (done) {
            queue->look = last == queue->count ? 1 : queue->count;
            drop(queue, last);
            return ISOBIT_OK;
        }
    }
    queue->look = queue->count + BATCH;
    return ISOBIT_OK;
}

bool iso_queue_wants_event(const isobit_context *context) {
    return context->under_way->unmarked + 1 >= context->under_way->every;
}

void iso_queue_add(isobit_context *context, cl_event event, const iso_command *command) {
    struct iso_queue *queue = context->under_way;
    entry *last = at(queue, queue->count++);
    *last = (entry){.event = event, .bytes = command->bytes, .file = command->file};
    strncpy(last->label, command->label, LABEL - 1);
    queue->unmarked = event ? 0 : queue->unmarked + 1;
}

/* ------------------------------------------------------------------------------- the end -- */

bool iso_queue_close(isobit_context *context) {
    struct iso_queue *queue = context->under_way;
    if (!queue)
        return true;
    if (iso_finish(context) != ISOBIT_OK && (queue->count || queue->lost)) {
        queue->next = atomic_load(&abandoned);
        while (!atomic_compare_exchange_weak(&abandoned, &queue->next, queue))
            ;
        return false;
    }
    pthread_mutex_destroy(&queue->lock);
    pthread_cond_destroy(&queue->change);
    free(queue->ring);
    free(queue);
    return true;
}
