/* A network: layers with their shapes and parameters, from one line of text. No device here. */
#ifndef ISO_NN_NETWORK_H
#define ISO_NN_NETWORK_H

#include "base/text.h"
#include "data/data.h"

typedef struct iso_network iso_network;
typedef struct iso_layer iso_layer;
typedef struct iso_layer_kind iso_layer_kind; /* nn/layer.h */

/* A pointwise activation, read off kernels/activations.h; softmax is one of these here. */
typedef struct iso_activation {
    const char *name;
    enum { ISO_NOTHING, ISO_OUTPUT, ISO_INPUT, ISO_NONE } derivative; /* what f' reads */
    enum { ISO_XAVIER, ISO_HE } initial;
} iso_activation;

/* By name, or fail with the known ones. */
isobit_status iso_activation_find(const char *name, const iso_activation **out);
bool iso_activation_is(const iso_activation *activation, const char *name);

/* One tensor of parameters. As a matrix it is rows x columns, row-major, in files and host memory
 * dense, one after the other in network order. */
typedef struct iso_parameter {
    char name[24]; /* torch.nn.Sequential's: "0.weight" */
    size_t rows, columns;
    size_t shape[4]; /* PyTorch's shape: dense {out, in}, bias {out}, conv {f, c, kh, kw} */
    unsigned rank;
    size_t fan_in, fan_out;
    size_t layer;  /* its layer's index */
    size_t offset; /* of its first float, dense */
} iso_parameter;

enum { ISO_NO_PARAMETER = -1, ISO_MOST_LAYERS = 10000 };

struct iso_layer {
    const iso_layer_kind *kind;
    char *text;         /* as written, blanks tidied */
    size_t index, slot; /* its place here and in torch.nn.Sequential */
    iso_shape in, out;
    const iso_activation *activation;
    char *init;       /* its initialiser as written, or NULL: the activation's default */
    int weight, bias; /* indices of parameters, or ISO_NO_PARAMETER */
    bool has_bias;
    size_t filters;              /* units of a dense layer, filters of a convolution */
    size_t kernel[2], stride[2]; /* of convolutions and poolings: height, width */
    size_t padding[2]; /* above and to the left; with `same`, the rest is on the other side */
    bool same;         /* padding=same: the output is as large as the input */
    double rate;       /* of dropout */
    bool image;        /* out is an image that a convolution or pooling made */
};

struct iso_network {
    char *text; /* the whole line, tidied */
    iso_shape input;
    iso_layer *layers;
    size_t count;
    iso_parameter *parameters;
    size_t parameter_count;
    size_t floats; /* of all parameters, dense */
};

/* Parse "dense 128 relu, dense 10 softmax" for inputs of a shape. Messages name the layer. */
isobit_status iso_network_new(iso_network **out, const char *text, iso_shape input);
void iso_network_free(iso_network *network);

/* Values per sample in and out. */
size_t iso_network_inputs(const iso_network *network);
size_t iso_network_outputs(const iso_network *network);
/* The activation of the last layer. */
const iso_activation *iso_network_output_activation(const iso_network *network);

/* Fill `floats` dense parameters from each layer's initialiser and the seed. */
isobit_status iso_network_initialise(const iso_network *network, uint64_t seed, float *parameters);

/* For layer kinds: declare a parameter of the layer (its offset and name are filled in). */
isobit_status iso_network_add_parameter(iso_network *network, iso_layer *layer, const char *name,
                                        const size_t *shape, unsigned rank, size_t fan_in,
                                        size_t fan_out, int *out);

#endif
