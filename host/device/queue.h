/* What is under way on the device, so that a hang ends: which launch, and after how long. */
#ifndef ISO_DEVICE_QUEUE_H
#define ISO_DEVICE_QUEUE_H

#include "device/context.h"

/* What a command is called in messages. */
typedef struct iso_command {
    const char *label; /* "layer 2 forward"; its first 39 characters are kept */
    const char *file;  /* of the kernel, or NULL; lives as long as the context */
    void *bytes;       /* that the command reads: freed when it is done; or NULL */
} iso_command;

/* Make the context's, with no command under way. */
isobit_status iso_queue_open(isobit_context *context);
/* Before a command is enqueued: fails if the device was given up, waits while too many are under
 * way. */
isobit_status iso_queue_ready(isobit_context *context);
/* Whether the next command should have an event: a driver may take as long for one as for a launch.
 * What reads bytes of ours needs one in any case. */
bool iso_queue_wants_event(const isobit_context *context);
/* It was enqueued, and the event, or NULL, is its. Takes the event and the bytes. */
void iso_queue_add(isobit_context *context, cl_event event, const iso_command *command);

/* Wait until what was added is done, at most as long as the environment's ISOBIT_WATCHDOG says for
 * each (in seconds, 0: for ever; 600 unless set): then the device hangs, this and all that follows
 * on the context fails, and the message names the launch. */
isobit_status iso_queue_wait(isobit_context *context);

/* The same for another queue's event, whose command is called `label`. */
isobit_status iso_queue_await(const isobit_context *context, cl_event event, const char *label);

/* At the end. Returns false, and keeps what the device may still use, if it does not end. */
bool iso_queue_close(isobit_context *context);

#endif
