/* Which operation of a run fails: the first, second … that is reached along a call path. (Its
 * number among all operations would be another one in each run, since threads make them side by
 * side.) */
#ifndef ISO_TEST_PATHS_H
#define ISO_TEST_PATHS_H

#include "base/fault.h"

#include <stdint.h>

/* A way to come to an operation: all that called, and the inner part of that, as hashes. */
typedef struct call_path {
    uint64_t whole, inner;
    size_t count; /* how often it was gone in the run */
} call_path;

/* What is watched. */
typedef void paths_run(void *user);

/* Run, and note the call paths to the operations of a kind: in the order in which they were first
 * gone, in *out until the next run. Sets the number of operations; returns how many paths. */
size_t paths_note(iso_fault kind, paths_run *run, void *user, const call_path **out,
                  size_t *operations);

/* Run, and have the operation fail that a path leads to for the `nth` time, and if `all` each that
 * comes after it. Returns how often the path was gone until then: `nth`, if it has failed. */
size_t paths_fail(iso_fault kind, uint64_t whole, size_t nth, bool all, paths_run *run, void *user);

#endif
