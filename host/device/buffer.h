/* Device memory: buffers, and matrices with padded rows. */
#ifndef ISO_DEVICE_BUFFER_H
#define ISO_DEVICE_BUFFER_H

#include "base/held.h"
#include "device/context.h"
#include "device/ledger.h"

/* A row-major float32 matrix on the device. Rows are `ld` floats apart, a multiple of ISO_PAD; the
 * columns beyond `columns` always hold zeros, so that kernels may read whole vectors. */
typedef struct iso_tensor {
    cl_mem memory;
    size_t rows, columns, ld;
} iso_tensor;

enum { ISO_PAD = 16 };

/* So many columns with the padding behind the last. */
static inline size_t iso_padded(size_t columns) {
    return (columns + ISO_PAD - 1) / ISO_PAD * ISO_PAD;
}

/* `ld` of a matrix with so many columns. Rows a multiple of 2 KiB apart would share so few sets of
 * a cache that the eight or sixteen that a product reads at once evict each other, so such ones get
 * another ISO_PAD. (The same formula is in kernels/resident.cl.) */
static inline size_t iso_pitch(size_t columns) {
    const size_t padded = iso_padded(columns);
    return padded && padded % 512 == 0 ? padded + ISO_PAD : padded;
}

/* A zero-filled buffer of `bytes` (at least one vector's worth). `what` says what it is for, as in
 * device/ledger.h. While the context has a ledger it is noted there, and *out only stands for a
 * buffer. */
isobit_status iso_buffer_new(cl_mem *out, isobit_context *context, size_t bytes, const char *what);
/* Whether the device reads the host's memory where it is: a CPU under PoCL, unless a user told how
 * much memory it has. */
bool iso_buffer_shares(const isobit_context *context);
/* A buffer over memory of the host, which nobody writes to; for contexts that share it. It is held
 * as long as the device may read it. */
isobit_status iso_buffer_over(cl_mem *out, isobit_context *context, iso_held *held, size_t bytes,
                              const char *what);
/* A part of a buffer; `offset` in bytes, a multiple of context->align. */
isobit_status iso_buffer_part(cl_mem *out, cl_mem whole, size_t offset, size_t bytes);
/* Copy between host and device, waiting for it. Offsets in bytes. */
isobit_status iso_buffer_write(isobit_context *context, cl_mem buffer, size_t offset,
                               const void *from, size_t bytes);
isobit_status iso_buffer_read(isobit_context *context, cl_mem buffer, size_t offset, void *to,
                              size_t bytes);
/* Enqueue a write of a copy; returns at once. */
isobit_status iso_buffer_send(isobit_context *context, cl_mem buffer, const void *from,
                              size_t bytes);
/* Give it back and set it to NULL, which it may be already. */
void iso_buffer_free(cl_mem *buffer);
/* Bytes of all buffers that this process has now, in every context. */
size_t iso_buffers_live(void);

/* A zero-filled matrix of its own. One of 2^32 numbers or more, with padding, is refused: kernels
 * count with 32 bits. */
isobit_status iso_tensor_new(iso_tensor *out, isobit_context *context, size_t rows, size_t columns,
                             const char *what);
/* Give its memory back. */
void iso_tensor_free(iso_tensor *tensor);
/* Copy rows * columns dense floats in or out, waiting for it. */
isobit_status iso_tensor_write(isobit_context *context, const iso_tensor *tensor,
                               const float *from);
isobit_status iso_tensor_read(isobit_context *context, const iso_tensor *tensor, float *to);

#endif
