/* Digests of every tensor after every launch of chosen steps, as JSON lines: what `isobit diverge`
 * compares.
 *
 * The first line describes the run: {"isobit": "digests", "version": 1, "contract": …, "device": …,
 * "driver": …, "settings": {…}}. Then a line per tensor and launch: {"step", "launch", "label",
 * "op", "variant", "file", "tensor", "shape", "digest"}. Launch 0 of a step is what it begins with.
 * A digest is half a SHA-256 over the elements in row-major order without padding, all NaN alike.
 */
#ifndef ISO_RUN_DIGESTS_H
#define ISO_RUN_DIGESTS_H

#include "base/status.h"

#include <stdint.h>

struct iso_training;
typedef struct iso_digests iso_digests;

enum { ISO_DIGESTS_VERSION = 1 };

/* Begin a file as the settings "digests" and "digest-steps" say; *out is NULL without the first.
 * The training is prepared: its buffers are there. */
isobit_status iso_digests_open(iso_digests **out, const struct iso_training *training,
                               const isobit_settings *settings);

/* Run one step of an epoch launch by launch, writing digests if the step is chosen.
 * @param index of the step in the epoch, from 0 */
isobit_status iso_digests_step(iso_digests *digests, const struct iso_training *training,
                               size_t index);

/* End the file. NULL is fine. A write that failed was reported by iso_digests_step. */
void iso_digests_close(iso_digests *digests);

/* Steps as "1-3,10" or "all". */
enum { ISO_STEP_RANGES = 32 };
typedef struct iso_step_ranges {
    uint64_t from[ISO_STEP_RANGES], to[ISO_STEP_RANGES];
    size_t count;
} iso_step_ranges;
isobit_status iso_step_ranges_parse(iso_step_ranges *out, const char *text);
bool iso_step_ranges_have(const iso_step_ranges *ranges, uint64_t step);

#endif
