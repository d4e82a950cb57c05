/* The data on the device, and the order in which a batch is taken from it. */
#ifndef ISO_OPS_FEED_H
#define ISO_OPS_FEED_H

#include "data/data.h"
#include "device/buffer.h"
#include "device/launch.h"
#include "ops/stream.h"

/* Samples on the device, and the order in which steps take them. */
typedef struct iso_feed {
    isobit_context *context;
    iso_element element;
    iso_scale scale;
    cl_mem x, labels, targets, mean, scaling;
    iso_tensor whiten;      /* the matrix that samples are multiplied by; no rows: they are not */
    iso_stream *stream;     /* x, labels and targets are its: data passes through; NULL: it stays */
    bool shared;            /* the buffers above are another feed's */
    size_t features;        /* per sample */
    size_t outputs;         /* targets per sample; 0: labels */
    bool targets_input;     /* the target is the batch as the network sees it */
    bool answers;           /* there are labels or targets */
    size_t samples;         /* in the order */
    size_t batch;           /* samples that a step takes */
    size_t chunk_steps;     /* stream: so many steps' samples are in a half */
    const uint32_t *places; /* stream: the order (borrowed) */
    cl_mem order, state, losses, correct, loss_sums, right;
} iso_feed;

/* What a feed is to be. */
typedef struct iso_feed_wish {
    isobit_part part;
    bool answers; /* labels or targets are wanted */
    size_t batch; /* samples that a step takes */
    size_t chunk; /* 0: the data set is on the device, a copy or where it is; else so many samples
                     at a time pass through it, twice that many being there. At least a batch. */
} iso_feed_wish;

/* Make a feed over a part of a data set, which must stay as it is as long as the feed. */
isobit_status iso_feed_new(iso_feed *out, isobit_context *context, const isobit_data *data,
                           const iso_scaling *scaling, const iso_feed_wish *wish);
/* A feed over any samples of the same data, in this order, which may have them many times; the data
 * stays with `from`, and so must `order` stay as long as the feed. */
isobit_status iso_feed_over(iso_feed *out, const iso_feed *from, const uint32_t *order,
                            size_t samples, size_t batch);
void iso_feed_free(iso_feed *feed);
/* As before any step: losses and scores are zero. Enqueued, not waited for. */
isobit_status iso_feed_clear(iso_feed *feed);
/* Begin at the first step again. Enqueued, not waited for. */
isobit_status iso_feed_rewind(iso_feed *feed);
/* As if the first step had been bad: launches change no parameter until the feed is rewound. */
isobit_status iso_feed_freeze(iso_feed *feed);
/* The samples of step `from` are there for what is enqueued next, and those of the steps up to *end
 * (not itself), which is `to` or less: where a chunk ends. */
isobit_status iso_feed_reach(iso_feed *feed, size_t from, size_t to, size_t *end);
/* The steps before `step` are enqueued: bring on the chunk behind theirs while they run. */
isobit_status iso_feed_ahead(iso_feed *feed, size_t step);
/* Any samples, at most a chunk, are there for what is enqueued next; places[i] becomes where
 * kernels find the i-th: order[i] itself, unless data passes through. */
isobit_status iso_feed_bring(iso_feed *feed, const uint32_t *order, size_t samples,
                             uint32_t *places);
/* Enqueue the step before which a resident launch returns. */
isobit_status iso_feed_until(const iso_feed *feed, size_t step);
/* Go on at a step. Waits. */
isobit_status iso_feed_seek(iso_feed *feed, size_t step);
/* A new order of feed->samples indices, enqueued; `order` must stay while steps go by it. */
isobit_status iso_feed_order(iso_feed *feed, const uint32_t *order);
/* Append the launch that adds losses and scores of the first `samples`, chunk by chunk. */
isobit_status iso_epoch_sums(iso_list *list, const iso_feed *feed, size_t samples);
/* Loss (mean) and accuracy of the first `samples` of the order as computed so far, and the first
 * bad step (SIZE_MAX: none). Waits. */
isobit_status iso_feed_totals(iso_feed *feed, size_t samples, double *loss, double *accuracy,
                              size_t *bad_step);

#endif
