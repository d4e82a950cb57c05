/* The formula of a normally distributed number. */
#ifndef ISO_BASE_NORMAL_H
#define ISO_BASE_NORMAL_H

#include "base/numerics.h"

/* Box-Muller with the project's own functions, from two draws: u1 = ((first >> 8) + 1) 2^-24, u2 =
 * (second >> 8) 2^-24; sqrt(-2 log u1) cos(2 pi u2). The sine twin is not used. */
static inline float iso_normal_of(uint32_t first, uint32_t second) {
    const float u1 = (float)(int32_t)((first >> 8) + 1) * 0x1p-24f;
    const float u2 = (float)(int32_t)(second >> 8) * 0x1p-24f;
    return iso_sqrt(-2.0f * iso_log(u1)) * iso_cos(0x1.921fb6p+2f * u2);
}

#endif
