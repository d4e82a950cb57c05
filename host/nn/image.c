#include "nn/image.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool iso_image_comes_in(const iso_network *network, const iso_layer *layer) {
    if (layer->index > 0 && layer[-1].image)
        return true;
    for (size_t i = 0; i < layer->index; i++)
        if (network->layers[i].kind != &iso_dropout)
            return false;
    return layer->in.height * layer->in.width > 1;
}

isobit_status iso_image_pair(const char *text, const char *what, size_t least, size_t most,
                             size_t out[2]) {
    const char *cross = strchr(text, 'x');
    char *height = NULL;
    isobit_status status;
    ISO_DO(iso_copy_n(&height, text, cross ? (size_t)(cross - text) : strlen(text)));
    ISO_DO(iso_parse_size(height, what, least, most, &out[0]));
    status = iso_parse_size(cross ? cross + 1 : height, what, least, most, &out[1]);
done:
    free(height);
    return status;
}

/* One side of an image: its new length, and the padding before it. */
static isobit_status fit_side(const iso_layer *layer, int side, size_t in, size_t *out,
                              size_t *before) {
    const size_t kernel = layer->kernel[side], stride = layer->stride[side];
    const char *what = side ? "wide" : "high";
    if (layer->same) {
        *before = (kernel - 1) / 2; /* where they cannot be equal, PyTorch's is one more behind */
        *out = in;
        return ISOBIT_OK;
    }
    const size_t padded = in + 2 * *before;
    if (kernel > padded)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "a window %zu %s does not fit an image that is %zu %s%s; images come in as "
                        "%zux%zux%zu (channels, height, width)",
                        kernel, what, padded, what, *before ? " with its padding" : "",
                        layer->in.channels, layer->in.height, layer->in.width);
    *out = (padded - kernel) / stride + 1;
    return ISOBIT_OK;
}

isobit_status iso_image_fit(const iso_network *network, iso_layer *layer) {
    if (!iso_image_comes_in(network, layer) && layer->index > 0)
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "%s needs an image, but %zu plain values come in from the layer below; put it "
            "before the first dense or flatten layer",
            layer->kind->name, iso_shape_size(layer->in));
    if (!iso_image_comes_in(network, layer))
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "%s needs an image, but a sample is %zu plain values; if they are pixels, say "
            "their shape with --input, as 1x28x28 (channels, height, width)",
            layer->kind->name, iso_shape_size(layer->in));
    layer->image = true;
    ISO_TRY(fit_side(layer, 0, layer->in.height, &layer->out.height, &layer->padding[0]));
    return fit_side(layer, 1, layer->in.width, &layer->out.width, &layer->padding[1]);
}

iso_window iso_image_window(const iso_layer *layer) {
    return (iso_window){.in = layer->in,
                        .out = layer->out,
                        .kernel = {layer->kernel[0], layer->kernel[1]},
                        .stride = {layer->stride[0], layer->stride[1]},
                        .padding = {layer->padding[0], layer->padding[1]}};
}

size_t iso_image_place(const iso_layer *layer, size_t channel, size_t unit, size_t tap) {
    /* Above or left of the image these wrap around and are too large as well. */
    const size_t row =
        unit / layer->out.width * layer->stride[0] + tap / layer->kernel[1] - layer->padding[0];
    const size_t column =
        unit % layer->out.width * layer->stride[1] + tap % layer->kernel[1] - layer->padding[1];
    if (row >= layer->in.height || column >= layer->in.width)
        return SIZE_MAX;
    return (channel * layer->in.height + row) * layer->in.width + column;
}
