/* A plain remark at the end of training: does the model overfit or underfit? */
#ifndef ISO_RUN_REMARK_H
#define ISO_RUN_REMARK_H

#include "data/data.h"

/* What was seen at the end of each epoch, and what the simplest answer would reach. */
typedef struct iso_history {
    isobit_metrics (*epochs)[ISOBIT_PARTS];
    size_t count;
    double baseline; /* classification: the share of the most frequent class in the training part;
                        0: a regression */
} iso_history;

/* An empty one, for training on data. */
isobit_status iso_history_begin(iso_history *out, const isobit_data *data);
isobit_status iso_history_add(iso_history *history, const isobit_metrics metrics[ISOBIT_PARTS]);
void iso_history_free(iso_history *history);

/* The remark (the caller frees it), NULL when there is nothing to say. The rules stand in remark.c.
 * @param last of the final model, over whole parts */
isobit_status iso_remark(char **out, const iso_history *history,
                         const isobit_metrics last[ISOBIT_PARTS]);

#endif
