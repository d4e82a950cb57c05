/* One operation at one shape on a device: its inputs, where its outputs go, and what they must be.
 */
#ifndef ISO_BENCH_SUBJECT_H
#define ISO_BENCH_SUBJECT_H

#include "device/launch.h"
#include "nn/optimizer.h"
#include "ops/feed.h"

enum { ISO_SHAPE = 7, ISO_OPERANDS = 6, ISO_SHAPE_TEXT = 80 };

typedef struct iso_subject iso_subject;

/* An operation that bench knows to check and time. */
typedef struct iso_subject_kind {
    const char *op;   /* as kernel files register it */
    const char *form; /* what is fixed beside the shape, as an optimizer; "" : nothing */
    unsigned dims;    /* how many sizes a shape has */
    /* Rated in GB/s, or in GFLOP/s as a matrix product or something else. */
    enum { ISO_MOVES, ISO_PRODUCT, ISO_COMPUTES } work;
    const char *shapes;  /* to time it at, unless told otherwise: "64x1024x784 …" */
    const char *awkward; /* to verify it at */
    /* Make operands and what is expected of them. */
    isobit_status (*prepare)(iso_subject *subject);
    /* Append the launch; which variant the context's picks say. */
    isobit_status (*add)(iso_subject *subject, iso_list *list);
} iso_subject_kind;

/* Kind by number, NULL beyond the end. */
const iso_subject_kind *iso_subject_kind_at(size_t index);

/* A matrix that takes part. On the device and in `initial` a guard row of NaN follows the last one:
 * a kernel that writes there, or whose result depends on it, is wrong. */
typedef struct iso_operand {
    enum { ISO_IN, ISO_OUT, ISO_INOUT } role; /* an OUT begins as NaN everywhere */
    iso_tensor tensor;
    float *initial;    /* rows + 1 rows of ld floats */
    double *expected;  /* outputs: rows by columns, in float64 */
    double *magnitude; /* and the size of what was added up there: errors are measured by it */
    bool borrowed;     /* the memory is the feed's, without a guard */
} iso_operand;

struct iso_subject {
    const iso_subject_kind *kind;
    isobit_context *context;
    size_t shape[ISO_SHAPE];
    iso_operand operands[ISO_OPERANDS];
    size_t operand_count;
    bool checked;        /* references are wanted: not for a shape that is only timed */
    double roundings;    /* an exact result is within so many units of 2^-24 of its magnitude */
    double flops, bytes; /* of one run */
    isobit_data *data;   /* gather and loss */
    iso_feed feed;
    iso_optimizer optimizer; /* update */
    cl_mem state, scalars;
    cl_mem spare[2]; /* for yardsticks on the device */
    float *host_out; /* for yardsticks on the host: like the first output's `initial` */
};

/* "64x1024x784": as many sizes as the kind has, each at least 1. */
isobit_status iso_sizes_parse(size_t out[ISO_SHAPE], const char *text,
                              const iso_subject_kind *kind);
/* The same the other way round; a size of 0 ends it. */
void iso_sizes_text(const size_t shape[ISO_SHAPE], char out[ISO_SHAPE_TEXT]);

/* Make it. @param expected compute float64 references too; they take a while at large shapes */
isobit_status iso_subject_new(iso_subject **out, isobit_context *context,
                              const iso_subject_kind *kind, const size_t shape[ISO_SHAPE],
                              bool expected);
/* Free it with its operands and data; NULL too. */
void iso_subject_free(iso_subject *subject);
/* Put every operand's initial values back. Waits. */
isobit_status iso_subject_reset(iso_subject *subject);
/* The first output. */
iso_operand *iso_subject_output(iso_subject *subject);

/* For kinds: add an operand with reproducible random values in [-1, 1) (inputs) or NaN (outputs).
 */
isobit_status iso_operand_new(iso_subject *subject, int role, size_t rows, size_t columns,
                              iso_operand **out);
/* An output that is somebody else's buffer. */
isobit_status iso_operand_borrow(iso_subject *subject, cl_mem memory, size_t columns,
                                 iso_operand **out);
/* Room for what is expected of an output; *out->expected is NULL when nobody wants it. */
isobit_status iso_operand_expect(const iso_subject *subject, iso_operand *operand);
/* An initial value. */
static inline float iso_operand_at(const iso_operand *operand, size_t row, size_t column) {
    return operand->initial[row * operand->tensor.ld + column];
}
/* What an element of an output must become; only where `expected` is not NULL. */
static inline void iso_operand_must(iso_operand *operand, size_t row, size_t column,
                                    double expected, double magnitude) {
    const size_t at = row * operand->tensor.columns + column;
    operand->expected[at] = expected;
    operand->magnitude[at] = magnitude;
}

#endif
