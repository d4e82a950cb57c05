/* What the float64 references of several operations share. */
#ifndef ISO_BENCH_REFERENCE_H
#define ISO_BENCH_REFERENCE_H

#include "bench/subject.h"

/* Roundings of a sum of so many terms in chunks, and a few of what is done to it. */
double iso_reference_roundings(size_t terms);

/* p = softmax of a row of z. @return the logarithm of the sum; *most: the largest z */
double iso_reference_softmax(const iso_operand *z, size_t row, double *p, double *most);

/* In every third row values far apart, so that their exponentials are down to less than the
 * smallest normal number. */
void iso_reference_spread(iso_operand *z);

#endif
