#include "ops/window.h"

void iso_window_defines(const iso_window *window, iso_text *defines) {
    const iso_shape *in = &window->in, *out = &window->out;
    iso_text_add(defines, "IN_C=%zu IN_H=%zu IN_W=%zu OUT_C=%zu OUT_H=%zu OUT_W=%zu", in->channels,
                 in->height, in->width, out->channels, out->height, out->width);
    iso_text_add(defines,
                 " KERNEL_H=%zu KERNEL_W=%zu STRIDE_H=%zu STRIDE_W=%zu PAD_H=%zu PAD_W=%zu",
                 window->kernel[0], window->kernel[1], window->stride[0], window->stride[1],
                 window->padding[0], window->padding[1]);
}
