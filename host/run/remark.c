/* The rules, the first that holds is told. "Unseen" is the validation part if there is one, else
 * the test part; losses are those after each epoch.
 *
 *   too simple     the final model makes more than half of the errors on the training part that
 *                  always answering with its most frequent class (a regression: with the mean)
 *                  would make. A linear model usually does better.
 *   overfitting    the unseen loss was at its smallest in an earlier epoch and is now at least 10 %
 *                  above that, and at least 20 % above the training loss.
 *   unfinished     at least 4 epochs, and over the last quarter of them the training loss and
 * (where there is one) the unseen loss fell by more than 10 % each.
 *
 * The limits are rules of thumb: far enough from the noise between two epochs, near enough to be
 * of use. */
#include "run/remark.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

isobit_status iso_history_begin(iso_history *out, const isobit_data *data) {
    const size_t samples = isobit_data_samples(data, ISOBIT_TRAIN);
    size_t *counts, most = 0;
    ISO_TRY(iso_alloc(&counts, data->classes, sizeof *counts));
    for (size_t i = 0; data->classes && i < samples; i++) {
        size_t count = ++counts[data->labels[data->order[i]]];
        most = count > most ? count : most;
    }
    free(counts);
    *out = (iso_history){.baseline = samples ? (double)most / (double)samples : 0};
    return ISOBIT_OK;
}

isobit_status iso_history_add(iso_history *history, const isobit_metrics metrics[ISOBIT_PARTS]) {
    ISO_TRY(iso_resize(&history->epochs, history->count + 1, sizeof *history->epochs));
    memcpy(history->epochs[history->count++], metrics, sizeof *history->epochs);
    return ISOBIT_OK;
}

void iso_history_free(iso_history *history) {
    free(history->epochs);
    *history = (iso_history){0};
}

static const char *const part_names[ISOBIT_PARTS] = {"training", "validation", "test"};

/* Which part the model has not learned from; ISOBIT_TRAIN: there is none. */
static isobit_part unseen_part(const isobit_metrics last[ISOBIT_PARTS]) {
    return last[ISOBIT_VALIDATION].samples ? ISOBIT_VALIDATION
           : last[ISOBIT_TEST].samples     ? ISOBIT_TEST
                                           : ISOBIT_TRAIN;
}

static bool too_simple(const iso_history *history, const isobit_metrics *train) {
    if (history->baseline <= 0)
        return train->r2 < 0.5;
    return history->baseline < 1 && 1 - train->accuracy > (1 - history->baseline) / 2;
}

static double loss_at(const iso_history *history, size_t epoch, isobit_part part) {
    return history->epochs[epoch][part].loss;
}

static size_t best_epoch(const iso_history *history, isobit_part part) {
    size_t best = 0;
    for (size_t i = 1; i < history->count; i++)
        if (loss_at(history, i, part) < loss_at(history, best, part))
            best = i;
    return best;
}

static bool still_falling(const iso_history *history, isobit_part part) {
    const size_t end = history->count - 1, begin = end - history->count / 4;
    return history->count >= 4 && loss_at(history, end, part) < 0.9 * loss_at(history, begin, part);
}

isobit_status iso_remark(char **out, const iso_history *history,
                         const isobit_metrics last[ISOBIT_PARTS]) {
    const isobit_part unseen = unseen_part(last);
    *out = NULL;
    if (!history->count)
        return ISOBIT_OK;
    if (too_simple(history, &last[ISOBIT_TRAIN]))
        return iso_format(out,
                          "Underfitting: on the data it was trained on, the model still makes "
                          "more than half of the errors that always giving the %s would make. "
                          "More epochs, another learning rate, more units or --scale standard "
                          "may help.",
                          history->baseline > 0 ? "most frequent class" : "mean");
    const size_t best = best_epoch(history, unseen);
    const double least = loss_at(history, best, unseen);
    if (unseen != ISOBIT_TRAIN && best + 1 < history->count && last[unseen].loss > 1.1 * least &&
        last[unseen].loss > 1.2 * last[ISOBIT_TRAIN].loss)
        return iso_format(out,
                          "Overfitting: the %s loss was lowest after epoch %zu (%.4g) and is "
                          "%.4g now, while the training loss is %.4g. %s, weight_decay or "
                          "fewer units may help.",
                          part_names[unseen], best + 1, least, last[unseen].loss,
                          last[ISOBIT_TRAIN].loss,
                          last[ISOBIT_VALIDATION].samples
                              ? "--keep-best, --early-stop"
                              : "Fewer epochs (or a validation part with --keep-best)");
    if (still_falling(history, ISOBIT_TRAIN) &&
        (unseen == ISOBIT_TRAIN || still_falling(history, unseen)))
        return iso_format(out, "Underfitting: the loss is still falling fast. More epochs will "
                               "improve the model.");
    return ISOBIT_OK;
}
