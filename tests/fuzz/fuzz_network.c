/* The network line. */
#include "fuzz.h"
#include "nn/network.h"

#include <math.h>

static const iso_shape shapes[] = {{2, 1, 1}, {784, 1, 1}, {1, 28, 28},           {3, 32, 32},
                                   {1, 1, 5}, {1, 1, 1},   {1, 1 << 20, 1 << 20}, {1 << 20, 1, 1},
                                   {7, 3, 2}};

static void check_parameters(const iso_network *network) {
    size_t floats = 0;
    for (size_t i = 0; i < network->parameter_count; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        size_t size = 1;
        HOLDS(parameter->offset == floats && parameter->layer < network->count);
        for (unsigned k = 0; k < parameter->rank; k++)
            size *= parameter->shape[k];
        HOLDS(size == parameter->rows * parameter->columns && size > 0);
        floats += size;
    }
    HOLDS(floats == network->floats && floats > 0);
}

static void check_layers(const iso_network *network) {
    for (size_t i = 0; i < network->count; i++) {
        const iso_layer *layer = &network->layers[i];
        const iso_shape *shape = &layer->out;
        size_t size;
        HOLDS(!__builtin_mul_overflow(shape->channels, shape->height, &size));
        HOLDS(!__builtin_mul_overflow(size, shape->width, &size) && size > 0);
        HOLDS(layer->activation && layer->text && layer->index == i);
    }
}

/* A choice (the input's shape), the line. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const iso_shape shape = shapes[fuzz_byte(&rest) % (sizeof shapes / sizeof *shapes)];
    char *line = fuzz_string(&rest);
    iso_network *network, *again;
    fuzz_begin();
    const bool taken = fuzz_took(iso_network_new(&network, line, shape), "net: ");
    free(line);
    if (!taken)
        return false;
    check_layers(network);
    check_parameters(network);
    HOLDS(iso_network_new(&again, network->text, shape) == ISOBIT_OK);
    HOLDS(!strcmp(network->text, again->text) && network->floats == again->floats);
    if (network->floats <= 1 << 10) {
        float parameters[1 << 10];
        HOLDS(iso_network_initialise(network, 1, parameters) == ISOBIT_OK);
        for (size_t i = 0; i < network->floats; i++)
            HOLDS(isfinite(parameters[i]));
    }
    iso_network_free(network);
    iso_network_free(again);
    return true;
}

void fuzz_seeds(void) {
    fuzz_seed_text(0, "dense 3 tanh, dense 2 softmax");
    fuzz_seed_text(1, "dense 16 relu bias=off init=he_normal,dense 10 leaky_relu init=eye:0.5");
    fuzz_seed_text(2,
                   "conv 4 5x3 relu stride=2 padding=1, maxpool 2, flatten, dropout 0.5, dense 1");
    fuzz_seed_text(3, "dropout 0.1, conv 8 3 gelu padding=same, avgpool 2x3 stride=1x2, dense 10");
    fuzz_seed_text(6, "conv 1 4096 stride=4096, dense 2 sigmoid init=uniform:0.1");
    fuzz_seed_text(8, "dense 5 init=constant:-1e30, dense 7 swish init=normal:2, dense 1 step");
}

const char *const fuzz_words[] = {
    "dense ",         "conv ",    "maxpool ",  "avgpool ",  "flatten",  "dropout ", " bias=off",
    " init=",         "zeros",    "constant:", "eye:",      "uniform:", "normal:",  "lecun",
    "xavier_uniform", " stride=", " padding=", "same",      "valid",    "softmax",  "relu",
    "2147483647",     "65536",    "4096",      "4096x4096", "1x",       ", ",       "0.99",
    "1e30",           NULL};
