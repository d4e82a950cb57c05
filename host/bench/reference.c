#include "bench/reference.h"

#include "base/numerics.h"

#include <math.h>

double iso_reference_roundings(size_t terms) {
    return (double)(terms < ISO_CHUNK ? terms : ISO_CHUNK) + (double)terms / ISO_CHUNK + 12;
}

double iso_reference_softmax(const iso_operand *z, size_t row, double *p, double *most) {
    const size_t columns = z->tensor.columns;
    double sum = 0;
    *most = -INFINITY;
    for (size_t j = 0; j < columns; j++)
        *most = fmax(*most, (double)iso_operand_at(z, row, j));
    for (size_t j = 0; j < columns; j++)
        sum += p[j] = exp((double)iso_operand_at(z, row, j) - *most);
    for (size_t j = 0; j < columns; j++)
        p[j] /= sum;
    return log(sum);
}

void iso_reference_spread(iso_operand *z) {
    for (size_t i = 0; i < z->tensor.rows; i += 3)
        for (size_t j = 0; j < z->tensor.columns; j++)
            z->initial[i * z->tensor.ld + j] *= 50;
}
