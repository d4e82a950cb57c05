/* Zero-phase component analysis (Bell and Sejnowski, 1997): W = C^(-1/2), C the covariance. What is
 * summed in which order stands in the contract's rule 8. */
#include "data/whiten.h"

#include "base/memory.h"
#include "base/numerics.h"
#include "data/eigen.h"

#include <stdlib.h>

/* Directions with less of the variance than this, next to the largest, are left out: what is
 * constant stays 0, and noise is not blown up. */
static const double least = 0x1p-20;

/* Samples taken at a time, so that the matrix goes through the cache less often. */
enum { BLOCK = 8 };

/* rows[s][f] = x - mean of up to BLOCK samples from `at` on, zeros beyond the last. */
static void centre(const isobit_data *data, const float *mean, size_t at, double *rows) {
    const size_t features = iso_data_features(data), count = data->begin[ISOBIT_TRAIN + 1];
    for (size_t s = 0; s < BLOCK; s++)
        for (size_t f = 0; f < features; f++) {
            const float x = at + s < count ? iso_data_value(data, data->order[at + s], f) : mean[f];
            rows[s * features + f] = (double)iso_flush(x - mean[f]);
        }
}

/* Add the samples' products to the lower triangle, in their order. */
static void add_products(const double *rows, size_t n, double *sums) {
    for (size_t i = 0; i < n; i++) {
        double *sum = sums + i * n;
        for (size_t j = 0; j <= i; j++) {
            double s = sum[j];
            for (size_t k = 0; k < BLOCK; k++)
                s = s + rows[k * n + i] * rows[k * n + j];
            sum[j] = s;
        }
    }
}

/* The covariance over its trace, which becomes *trace; 0: nothing varies. */
static isobit_status covariance(const isobit_data *data, const float *mean, double *c,
                                double *trace) {
    const size_t n = iso_data_features(data), count = data->begin[ISOBIT_TRAIN + 1];
    double *rows;
    ISO_TRY(iso_alloc(&rows, BLOCK * n, sizeof *rows));
    for (size_t at = 0; at < count; at += BLOCK) {
        centre(data, mean, at, rows);
        add_products(rows, n, c);
    }
    free(rows);
    *trace = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            c[i * n + j] = c[i * n + j] / (double)count;
            *trace = i == j ? *trace + c[i * n + j] : *trace;
        }
    if (!(*trace < (double)INFINITY))
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "scale: the values are too large to whiten in float32; divide them before");
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            c[i * n + j] = c[j * n + i] = *trace > 0 ? c[i * n + j] / *trace : 0;
    return ISOBIT_OK;
}

/* The sum over eigenvectors v of v v^T / sqrt(variance), an eigenvector after the other. */
static void inverse_root(const double *vectors, const double *values, size_t n, double trace,
                         double *sums) {
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = values[i] > most ? values[i] : most;
    for (size_t i = 0; i < n; i++) {
        const double *v = vectors + i * n;
        if (!(values[i] > least * most))
            continue;
        const double factor = 1 / sqrt(values[i] * trace);
        for (size_t j = 0; j < n; j++) {
            const double scaled = factor * v[j];
            for (size_t k = 0; k <= j; k++)
                sums[j * n + k] = sums[j * n + k] + scaled * v[k];
        }
    }
}

isobit_status iso_whiten(float *matrix, const isobit_data *data, const float *mean) {
    const size_t n = iso_data_features(data);
    double *vectors = NULL, *values = NULL, *sums = NULL, trace;
    isobit_status status;
    ISO_DO(iso_alloc(&vectors, n * n, sizeof *vectors));
    ISO_DO(iso_alloc(&values, n, sizeof *values));
    ISO_DO(iso_alloc(&sums, n * n, sizeof *sums));
    ISO_DO(covariance(data, mean, vectors, &trace));
    ISO_DO(iso_eigen(vectors, n, values));
    inverse_root(vectors, values, n, trace, sums);
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k <= j; k++)
            matrix[j * n + k] = matrix[k * n + j] = iso_flush((float)sums[j * n + k]);
done:
    free(vectors);
    free(values);
    free(sums);
    return status;
}
