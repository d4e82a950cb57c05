/* Faults: operations that fail because a test wants to see what then happens. Allocations, writes
 * and OpenCL calls are counted where they are made; without a plan none of them fails. */
#ifndef ISO_BASE_FAULT_H
#define ISO_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum iso_fault {
    ISO_FAULT_MEMORY, /* an allocation, as when there is no memory */
    ISO_FAULT_FILE,   /* a step of writing a file or making a folder, as on a full disk */
    ISO_FAULT_DEVICE, /* an OpenCL call, with the code that device/opencl.h is told */
    ISO_FAULTS
} iso_fault;

/* One more operation of a kind is about to be made: whether it must fail instead. */
bool iso_fault_now(iso_fault kind);

/* Have somebody asked before every operation whether it must fail, from whatever thread; NULL:
 * nobody. */
void iso_fault_watch(bool (*fails)(iso_fault kind));

/* Of the operations of a kind from now on, the `nth` (1: the next) and the `times` - 1 after it
 * fail; 0: none. Returns how many there were since the last call. */
size_t iso_fault_plan(iso_fault kind, size_t nth, size_t times);

#endif
