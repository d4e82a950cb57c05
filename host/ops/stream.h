/* A data set that is larger than the device's memory passes through it: the host gathers the
 * samples of the next steps into one half of a buffer while kernels read the other. */
#ifndef ISO_OPS_STREAM_H
#define ISO_OPS_STREAM_H

#include "data/data.h"
#include "device/buffer.h"

typedef struct iso_stream {
    isobit_context *context;
    const isobit_data *data;   /* in host memory (borrowed) */
    bool answers;              /* labels or targets too */
    size_t room;               /* samples in a half */
    cl_mem x, labels, targets; /* both halves, one behind the other */
    cl_command_queue queue;    /* of the copies, beside the kernels' */
    struct iso_half {
        unsigned char *x, *answers; /* on the host, until they are copied */
        const uint32_t *from;       /* whose samples it holds; NULL: none */
        cl_event filled;            /* its copies are done; NULL: there were none */
        cl_event passed;            /* the kernels that read it are done; NULL: none did */
    } halves[2];
    struct iso_stream *next; /* once it was given up */
    int current;             /* the half that kernels enqueued now read; -1: none */
} iso_stream;

/* @param room samples in each half, at least one step's. The data must stay. */
isobit_status iso_stream_new(iso_stream **out, isobit_context *context, const isobit_data *data,
                             bool answers, size_t room);
void iso_stream_free(iso_stream *stream);

/* Bytes on the device for `room` samples in each half. */
size_t iso_stream_bytes(const isobit_data *data, bool answers, size_t room);
/* Where a half begins, in samples. */
size_t iso_stream_begin(const iso_stream *stream, size_t half);

/* Put samples from[0] … from[count - 1] into a half, unless they are there: gathered before this
 * returns, copied when the kernels that read the half are done. */
isobit_status iso_stream_fill(iso_stream *stream, size_t half, const uint32_t *from, size_t count);
/* Kernels enqueued from now on read this half: they wait for its copies. */
isobit_status iso_stream_use(iso_stream *stream, size_t half);
/* The indices that were given have changed: what the halves hold is nobody's. */
void iso_stream_forget(iso_stream *stream);

#endif
