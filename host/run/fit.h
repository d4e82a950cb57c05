/* Whether something fits the device's memory, found out by making it without memory first; and
 * whether its data set can stay there or has to pass through in chunks. */
#ifndef ISO_RUN_FIT_H
#define ISO_RUN_FIT_H

#include "data/data.h"
#include "device/buffer.h"

/* What is to be made around a data set. */
typedef struct iso_fitting {
    isobit_context *context;
    const isobit_data *data;
    bool answers; /* labels or targets are wanted */
    size_t least; /* samples that must be there at once: those of the largest batch */
    void *it;
    isobit_status (*make)(void *it, size_t chunk); /* as iso_feed_wish.chunk */
    void (*unmake)(void *it);                      /* also after a failure half-way */
} iso_fitting;

/* What came of it. */
typedef struct iso_fit {
    bool fits;
    size_t chunk;      /* 0: the data set stays; where nothing fits, the smallest one that could */
    iso_ledger ledger; /* with that chunk */
    size_t room;       /* what the device has for it */
} iso_fit;

/* Count what it takes. Nothing stays made. Fails as `make` does, for example where numbers are
 * beyond what a kernel can count; not fitting is no failure here. */
isobit_status iso_fit_find(iso_fit *out, const iso_fitting *of);

/* The failure of what does not fit: needed, for what, and what the device has.
 * @param what   "training"
 * @param advice what to do, behind a semicolon */
isobit_status iso_fit_refuse(const iso_fit *fit, const isobit_context *context, const char *what,
                             const char *advice);

#endif
