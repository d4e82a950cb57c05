#include "data/eigen.h"

#include <math.h>

/* A sum over a row in eight lanes: term k goes to lane k mod 8, so that they can be vectors. */
enum { LANES = 8, SWEEPS = 60 };

static double join(const double lane[LANES]) {
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* p.p, q.q and p.q */
typedef struct products {
    double pp, qq, pq;
} products;

static products multiply(const double *p, const double *q, size_t n) {
    double pp[LANES] = {0}, qq[LANES] = {0}, pq[LANES] = {0};
    size_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            pp[lane] = pp[lane] + p[k + lane] * p[k + lane];
            qq[lane] = qq[lane] + q[k + lane] * q[k + lane];
            pq[lane] = pq[lane] + p[k + lane] * q[k + lane];
        }
    for (size_t lane = 0; k + lane < n; lane++) {
        pp[lane] = pp[lane] + p[k + lane] * p[k + lane];
        qq[lane] = qq[lane] + q[k + lane] * q[k + lane];
        pq[lane] = pq[lane] + p[k + lane] * q[k + lane];
    }
    return (products){join(pp), join(qq), join(pq)};
}

/* Turn two rows in their plane so that they are at right angles; false: they are already. */
static bool turn(double *p, double *q, size_t n) {
    const products of = multiply(p, q, n);
    if (of.pp < 0x1p-200 || of.qq < 0x1p-200 || of.pq * of.pq <= 0x1p-80 * (of.pp * of.qq))
        return false;
    const double z = (of.qq - of.pp) / (2 * of.pq);
    const double root = sqrt(1 + z * z);
    const double t = z < 0 ? -1 / (root - z) : 1 / (root + z);
    const double c = 1 / sqrt(1 + t * t), s = c * t;
    for (size_t k = 0; k < n; k++) {
        const double a = p[k], b = q[k];
        p[k] = c * a - s * b;
        q[k] = s * a + c * b;
    }
    return true;
}

static bool sweep(double *a, size_t n) {
    bool turned = false;
    for (size_t p = 0; p + 1 < n; p++)
        for (size_t q = p + 1; q < n; q++)
            turned |= turn(a + p * n, a + q * n, n);
    return turned;
}

isobit_status iso_eigen(double *a, size_t n, double *values) {
    int sweeps = 0;
    while (sweep(a, n))
        if (++sweeps == SWEEPS)
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "the eigenvectors of the features' covariance were not found in %d "
                            "sweeps",
                            SWEEPS);
    for (size_t i = 0; i < n; i++) {
        double *row = a + i * n;
        values[i] = sqrt(multiply(row, row, n).pp);
        for (size_t k = 0; k < n && values[i] > 0; k++)
            row[k] = row[k] / values[i];
    }
    return ISOBIT_OK;
}
