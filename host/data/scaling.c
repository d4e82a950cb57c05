/* Feature scaling (numerics contract, rules 4 and 8), float32 throughout.
 *
 * Over the training part's samples in its order, for every feature on its own:
 *   sum(v)   cut into chunks of 256 samples; a chunk starts at +0 and is s = s + v (for squares
 *            s = fma(d, d, s)); the total is the first chunk's s, then the others' are added
 *   standard mean = divide(sum(x), n)
 *            var = divide(sum((x - mean)^2), n)
 *            scale = divide(1, sqrt(var))
 *   minmax   mean = the minimum, scale = divide(1, maximum - minimum)
 *   whiten   see whiten.c
 * where n is the number of samples as a float32. A spread (sqrt(var), or maximum - minimum) below
 * 2^-126 is zero (rule 3), and a feature of no spread has scale 0: it is always 0. */
#include "base/memory.h"
#include "base/numerics.h"
#include "base/text.h"
#include "data/whiten.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 256 };

static const char *const kinds[] = {"none", "255", "minmax", "standard", "whiten", NULL};

const char *iso_scale_name(size_t kind) {
    return kind < sizeof kinds / sizeof *kinds ? kinds[kind] : NULL;
}

void iso_scaling_free(iso_scaling *scaling) {
    free(scaling->mean);
    free(scaling->scale);
    free(scaling->matrix);
    *scaling = (iso_scaling){0};
}

/* sum(x), or sum((x - mean)^2) when there is a mean, of every feature. */
static isobit_status sum_features(float *total, const isobit_data *data, const float *mean) {
    size_t features = iso_data_features(data), count = data->begin[ISOBIT_TRAIN + 1];
    float *chunk;
    ISO_TRY(iso_alloc(&chunk, features, sizeof *chunk));
    for (size_t i = 0; i < count; i++) {
        for (size_t f = 0; f < features; f++) {
            float x = iso_data_value(data, data->order[i], f);
            float d = mean ? x - mean[f] : 0;
            chunk[f] = mean ? fmaf(d, d, chunk[f]) : chunk[f] + x;
        }
        if ((i + 1) % CHUNK && i + 1 < count)
            continue;
        for (size_t f = 0; f < features; f++) {
            total[f] = i < CHUNK ? chunk[f] : total[f] + chunk[f];
            chunk[f] = 0;
        }
    }
    free(chunk);
    return ISOBIT_OK;
}

static isobit_status fit_mean(iso_scaling *scaling, const isobit_data *data) {
    float count = (float)isobit_data_samples(data, ISOBIT_TRAIN);
    ISO_TRY(sum_features(scaling->mean, data, NULL));
    for (size_t f = 0; f < scaling->features; f++)
        scaling->mean[f] = iso_divide(scaling->mean[f], count);
    return ISOBIT_OK;
}

static isobit_status fit_standard(iso_scaling *scaling, const isobit_data *data) {
    float count = (float)isobit_data_samples(data, ISOBIT_TRAIN);
    ISO_TRY(fit_mean(scaling, data));
    ISO_TRY(sum_features(scaling->scale, data, scaling->mean));
    for (size_t f = 0; f < scaling->features; f++)
        scaling->scale[f] = iso_sqrt(iso_divide(scaling->scale[f], count));
    return ISOBIT_OK;
}

static isobit_status fit_minmax(iso_scaling *scaling, const isobit_data *data) {
    size_t count = isobit_data_samples(data, ISOBIT_TRAIN);
    float *least = scaling->mean, *most = scaling->scale;
    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; f < scaling->features; f++) {
            float x = iso_data_value(data, data->order[i], f);
            least[f] = !i || x < least[f] ? x : least[f];
            most[f] = !i || x > most[f] ? x : most[f];
        }
    for (size_t f = 0; f < scaling->features; f++)
        most[f] -= least[f];
    return ISOBIT_OK;
}

/* From the spread of every feature to what x - mean is multiplied by. */
static isobit_status invert_spread(iso_scaling *scaling) {
    for (size_t f = 0; f < scaling->features; f++) {
        float spread = scaling->scale[f];
        if (!isfinite(spread) || !isfinite(scaling->mean[f]))
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "scale: the values of feature %zu are too large to scale in float32; "
                            "divide them before",
                            f + 1);
        scaling->scale[f] = spread < FLT_MIN ? 0 : iso_divide(1, spread);
    }
    return ISOBIT_OK;
}

static isobit_status fit_whiten(iso_scaling *scaling, const isobit_data *data) {
    const size_t features = scaling->features;
    if (features > ISO_MOST_WHITENED)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "scale: a sample has %zu features; at most %d can be whitened; take "
                        "standard",
                        features, ISO_MOST_WHITENED);
    ISO_TRY(fit_mean(scaling, data));
    for (size_t f = 0; f < features; f++)
        scaling->scale[f] = 1;
    ISO_TRY(iso_alloc(&scaling->matrix, features * features, sizeof(float)));
    return iso_whiten(scaling->matrix, data, scaling->mean);
}

/* A kind with a mean and a scale for every feature. */
static isobit_status fit_features(iso_scaling *scaling, const isobit_data *data) {
    scaling->features = iso_data_features(data);
    ISO_TRY(iso_alloc(&scaling->mean, scaling->features, sizeof(float)));
    ISO_TRY(iso_alloc(&scaling->scale, scaling->features, sizeof(float)));
    if (scaling->kind == ISO_SCALE_WHITEN)
        return fit_whiten(scaling, data);
    ISO_TRY(scaling->kind == ISO_SCALE_MINMAX ? fit_minmax(scaling, data)
                                              : fit_standard(scaling, data));
    return invert_spread(scaling);
}

isobit_status iso_scaling_fit(iso_scaling *out, const char *kind, const isobit_data *data) {
    iso_scaling scaling = {0};
    isobit_status status = ISOBIT_OK;
    size_t found = 0;
    if (!*kind)
        kind = kinds[data->element == ISO_UINT8 ? ISO_SCALE_255 : ISO_SCALE_NONE];
    while (kinds[found] && strcmp(kinds[found], kind) != 0)
        found++;
    if (!kinds[found])
        return iso_unknown_in("scale", kind, kinds);
    scaling.kind = (iso_scale)found;
    if (scaling.kind != ISO_SCALE_NONE && scaling.kind != ISO_SCALE_255)
        status = fit_features(&scaling, data);
    if (status == ISOBIT_OK)
        *out = scaling;
    else
        iso_scaling_free(&scaling);
    return status;
}
