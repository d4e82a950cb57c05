/* Memory with several holders: whoever made it, and devices that read it where it is. */
#ifndef ISO_BASE_HELD_H
#define ISO_BASE_HELD_H

#include "base/status.h"

#include <stdatomic.h>

typedef struct iso_held {
    void *memory;
    atomic_size_t holders;
} iso_held;

/* Take over `memory`, which is one of malloc's, for a first holder. On failure it stays the
 * caller's. */
isobit_status iso_held_new(iso_held **out, void *memory);
/* One more holder, from whatever thread. */
void iso_held_keep(iso_held *held);
/* One holder less, from whatever thread; the last one's frees all. */
void iso_held_leave(iso_held *held);

#endif
