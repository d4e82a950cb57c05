/* The data on the device, and the order in which a batch is taken from it. */
#ifndef ISO_OPS_FEED_H
#define ISO_OPS_FEED_H

#include "data/data.h"
#include "device/buffer.h"
#include "device/launch.h"

/* Samples on the device, and the order in which steps take them. */
typedef struct iso_feed {
    isobit_context *context;
    iso_element element;
    iso_scale scale;
    cl_mem x, labels, targets, mean, scaling;
    iso_tensor whiten;  /* the matrix that samples are multiplied by; no memory: they are not */
    bool shared;        /* the buffers above are another feed's */
    size_t features;    /* per sample */
    size_t outputs;     /* targets per sample; 0: labels */
    bool targets_input; /* the target is the batch as the network sees it */
    bool answers;       /* there are labels or targets */
    size_t samples;     /* in the order */
    cl_mem order, state, losses, correct, loss_sums, right;
} iso_feed;

/* Copy a data set to the device and make a feed over one of its parts.
 * @param answers whether labels or targets are wanted */
isobit_status iso_feed_new(iso_feed *out, isobit_context *context, const isobit_data *data,
                           const iso_scaling *scaling, isobit_part part, bool answers);
/* A feed over any samples of the same data, in this order, which may have them many times; the data
 * stays with `from`. */
isobit_status iso_feed_over(iso_feed *out, const iso_feed *from, const uint32_t *order,
                            size_t samples);
/* The same over another part. */
isobit_status iso_feed_share(iso_feed *out, const iso_feed *from, const isobit_data *data,
                             isobit_part part);
void iso_feed_free(iso_feed *feed);
/* Begin at the first step again. Enqueued, not waited for. */
isobit_status iso_feed_rewind(iso_feed *feed);
/* As if the first step had been bad: launches change no parameter until the feed is rewound. */
isobit_status iso_feed_freeze(iso_feed *feed);
/* Enqueue the step before which a resident launch returns; *step must stay until then. */
isobit_status iso_feed_until(const iso_feed *feed, const uint32_t *step);
/* Go on at a step. Waits. */
isobit_status iso_feed_seek(iso_feed *feed, size_t step);
/* Enqueue a new order; `order` (feed->samples indices) must stay until the queue has passed it. */
isobit_status iso_feed_order(iso_feed *feed, const uint32_t *order);
/* Loss (mean) and accuracy of the first `samples` of the order as computed so far, and the first
 * bad step (SIZE_MAX: none). Waits. */
isobit_status iso_feed_totals(iso_feed *feed, size_t samples, double *loss, double *accuracy,
                              size_t *bad_step);

#endif
