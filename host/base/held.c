#include "base/held.h"

#include "base/memory.h"

#include <stdlib.h>

isobit_status iso_held_new(iso_held **out, void *memory) {
    iso_held *held;
    ISO_TRY(iso_alloc(&held, 1, sizeof *held));
    held->memory = memory;
    atomic_init(&held->holders, 1);
    *out = held;
    return ISOBIT_OK;
}

void iso_held_keep(iso_held *held) { atomic_fetch_add(&held->holders, 1); }

void iso_held_leave(iso_held *held) {
    if (atomic_fetch_sub(&held->holders, 1) != 1)
        return;
    free(held->memory);
    free(held);
}
