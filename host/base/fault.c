#include "base/fault.h"

#include <stdatomic.h>
#include <stdint.h>

static struct { atomic_size_t count, first, last; /* first 0: none fails */ } plans[ISO_FAULTS];

static bool (*_Atomic watcher)(iso_fault kind);

void iso_fault_watch(bool (*fails)(iso_fault kind)) { atomic_store(&watcher, fails); }

bool iso_fault_now(iso_fault kind) {
    const size_t now = atomic_fetch_add(&plans[kind].count, 1) + 1;
    bool (*const fails)(iso_fault) = atomic_load(&watcher);
    if (fails && fails(kind))
        return true;
    const size_t first = atomic_load(&plans[kind].first);
    return first && now >= first && now <= atomic_load(&plans[kind].last);
}

size_t iso_fault_plan(iso_fault kind, size_t nth, size_t times) {
    atomic_store(&plans[kind].first, nth);
    atomic_store(&plans[kind].last, times > SIZE_MAX - nth ? SIZE_MAX : nth + times - 1);
    return atomic_exchange(&plans[kind].count, 0);
}
