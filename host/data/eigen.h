/* Eigenvectors of a covariance, the same bits everywhere. Private to host/data. */
#ifndef ISO_DATA_EIGEN_H
#define ISO_DATA_EIGEN_H

#include "base/status.h"

/* Replace a symmetric positive semi-definite matrix by its eigenvectors: row i of `a` becomes one
 * of length 1, values[i] its eigenvalue, in no particular order; where that is zero next to the
 * others, the row is of no use. Jacobi's one-sided method (Hestenes, 1958), in float64 with
 * + - * / and sqrt, as the contract's rule 8 writes it down.
 * @param a n by n, with a trace of about 1; @param values n
 * @return ISOBIT_ERROR_FORMAT when it does not converge */
isobit_status iso_eigen(double *a, size_t n, double *values);

#endif
