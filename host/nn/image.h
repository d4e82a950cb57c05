/* What layers over images share: reading "5x3", windows, and how they fit an image. */
#ifndef ISO_NN_IMAGE_H
#define ISO_NN_IMAGE_H

#include "nn/layer.h"
#include "ops/window.h"

/* Whether an image comes in: made by the layers below, or the network's input if it has pixels. */
bool iso_image_comes_in(const iso_network *network, const iso_layer *layer);

/* "5" or "5x3" as height and width. */
isobit_status iso_image_pair(const char *text, const char *what, size_t least, size_t most,
                             size_t out[2]);

/* Set the height and width of layer->out from its kernel, stride and padding, and layer->image.
 * Refuses what is no image, and windows that do not fit. */
isobit_status iso_image_fit(const iso_network *network, iso_layer *layer);

/* The layer's windows, as operations want them. */
iso_window iso_image_window(const iso_layer *layer);

/* The place in layer->in of a window's element, or SIZE_MAX in the padding.
 * @param unit of one channel's output; @param tap row-major in the kernel */
size_t iso_image_place(const iso_layer *layer, size_t channel, size_t unit, size_t tap);

#endif
