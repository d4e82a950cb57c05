/* The known-answer kernels: their inputs, what the host says the results are, and what came out.
 * Used by doctor.c alone. */
#ifndef ISO_RUN_DOCTOR_PROBES_H
#define ISO_RUN_DOCTOR_PROBES_H

#include "run/doctor.h"

/* An operation of kernels/probe_functions_*.cl, in its order there. */
typedef struct iso_operation {
    const char *name;
    unsigned arity;
    bool integer; /* results are bits, and all of them count */
    uint32_t (*answer)(float a, float b, float c);
} iso_operation;
extern const iso_operation iso_operations[];
extern const size_t iso_operation_count;

enum { ISO_TRIPLES = 1024 }; /* a multiple of a vector */
/* Triple `index` of the inputs: special values first, then numbers from all over the range. */
void iso_probe_triple(size_t index, float out[3]);

/* Whether a number below 2^-126, other than zero, has a part in an operation on finite numbers: as
 * an input, as its result, or as a product inside an fma. */
bool iso_probe_subnormal(const iso_operation *operation, const float in[3], uint32_t answer);

/* What kernels/probe_sums.cl gives, for ISO_SUM_ITEMS work-items. */
enum { ISO_SUM_GROUP = 64, ISO_SUM_ITEMS = 128 };
typedef struct iso_sums {
    float chunks[ISO_SUM_ITEMS], totals[ISO_SUM_ITEMS];
    uint32_t words[ISO_SUM_ITEMS];
} iso_sums;
void iso_sums_answer(float scale, iso_sums *out);

/* Distance of two results in units of the last place, counted over the floats between them; NaN
 * only equals NaN and is ISO_FAR from the rest. */
uint64_t iso_ulp_distance(uint32_t a, uint32_t b);

#endif
