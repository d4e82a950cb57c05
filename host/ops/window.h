/* Windows that move over images: what convolutions and poolings share. */
#ifndef ISO_OPS_WINDOW_H
#define ISO_OPS_WINDOW_H

#include "base/text.h"
#include "data/data.h"

/* Pairs are height and width. Samples are rows of in.channels x in.height x in.width values. */
typedef struct iso_window {
    iso_shape in, out;
    size_t kernel[2], stride[2];
    size_t padding[2]; /* rows of zeros above, columns to the left; elsewhere as `out` needs */
} iso_window;

/* Weights of one filter, which sees all channels. */
static inline size_t iso_window_terms(const iso_window *window) {
    return window->in.channels * window->kernel[0] * window->kernel[1];
}

/* The macros that kernels/window.h reads, appended to `defines`. */
void iso_window_defines(const iso_window *window, iso_text *defines);

#endif
