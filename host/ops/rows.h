/* Operations on the rows of a batch: gather, softmax, losses. */
#ifndef ISO_OPS_ROWS_H
#define ISO_OPS_ROWS_H

#include "base/text.h"
#include "ops/feed.h"

/* The macros that kernels/gather_row.h reads, appended to `defines`. */
void iso_gather_defines(const iso_feed *feed, iso_text *defines);

/* out[r] = the scaled sample at place step * stride + r of the feed's order. */
isobit_status iso_gather(iso_list *list, const iso_feed *feed, size_t stride,
                         const iso_tensor *out);

/* The same with whitening, where the feed has it. @param centred room for the rows before it */
isobit_status iso_gather_scaled(iso_list *list, const iso_feed *feed, size_t stride,
                                const iso_tensor *out, const iso_tensor *centred);

/* p = softmax of each row of z. */
isobit_status iso_softmax(iso_list *list, const iso_tensor *z, const iso_tensor *p);
/* delta = p (delta - sum of delta p) * scale, row by row, in place. */
isobit_status iso_softmax_backward(iso_list *list, const iso_tensor *p, const iso_tensor *delta,
                                   double scale);

/* The loss of each sample of a batch, and its output layer's error term. */
typedef struct iso_loss_work {
    const char *formula;    /* a line of kernels/losses.h; NULL: softmax and cross-entropy */
    bool reads_logit;       /* that formula's slope is the error term already */
    const char *activation; /* of the output layer */
    size_t stride;
    double scale;     /* of the error term: 1 over the batch's size */
    iso_tensor x;     /* the batch */
    iso_tensor z, a;  /* the output layer before and after its activation */
    iso_tensor delta; /* no memory: not wanted */
} iso_loss_work;
/* The macros that kernels/sample_loss.h reads, appended to `defines`.
 * @param ld of the batch, where that is the target; @param delta error terms are wanted */
void iso_loss_defines(const char *formula, bool reads_logit, const char *activation,
                      const iso_feed *feed, size_t ld, bool delta, iso_text *defines);
isobit_status iso_loss_rows(iso_list *list, const iso_feed *feed, const iso_loss_work *work);

#endif
