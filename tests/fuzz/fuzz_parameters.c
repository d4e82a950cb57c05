/* Initial parameters: tensors of a .safetensors or arrays of an .npz file. */
#include "pack.h"
#include "run/model_file.h"

#include <math.h>
#include <stdio.h>

static const char line[] = "dense 2 relu, dense 1";
static const iso_shape input = {2, 1, 1};

/* An .npz archive of the input's parts. */
static fuzz_bytes build(fuzz_rest rest) {
    static const char *const names[] = {"0.weight.npy", "0.bias.npy", "2.weight.npy", "2.bias.npy"};
    fuzz_zip zip = {0};
    for (int i = 0; i < 4 && rest.left; i++) {
        const fuzz_rest part = fuzz_part(&rest);
        fuzz_zip_add(&zip, names[i], part.at, part.left, i & 1);
    }
    return fuzz_zip_end(&zip);
}

/* A choice (0: .npz, 1: .safetensors; 2: build it), the file. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const uint8_t choice = fuzz_byte(&rest);
    const char *path = choice & 1 ? "in.safetensors" : "in.npz";
    fuzz_bytes file = {NULL, rest.left};
    iso_network *network;
    HOLDS(iso_network_new(&network, line, input) == ISOBIT_OK);
    float *parameters = calloc(network->floats, sizeof *parameters);
    HOLDS(parameters);
    if (choice & 2)
        file = choice & 1 ? fuzz_safetensors(&rest) : build(rest);
    else
        file.bytes = fuzz_copy(rest.at, rest.left);
    fuzz_begin();
    const bool taken =
        fuzz_took(iso_parameters_parse(parameters, network, path, file.bytes, file.length), path);
    for (size_t i = 0; taken && i < network->floats; i++)
        HOLDS(isfinite(parameters[i]));
    free(parameters);
    iso_network_free(network);
    return taken;
}

static void seed_safetensors(void) {
    uint8_t all[1024] = {1 | 2};
    const int size =
        snprintf((char *)all + 1, sizeof all - 1,
                 "{\"0.weight\": {\"dtype\": \"F32\", \"shape\": [2, 2], "
                 "\"data_offsets\": [0, 16]}, \"0.bias\": {\"dtype\": \"F64\", "
                 "\"shape\": [2], \"data_offsets\": [16, 32]}, \"2.weight\": "
                 "{\"dtype\": \"F32\", \"shape\": [1, 2], \"data_offsets\": [32, 40]}, "
                 "\"2.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": "
                 "[40, 44]}, \"more\": {\"dtype\": \"U8\", \"shape\": [], "
                 "\"data_offsets\": [44, 45]}}");
    fuzz_seed(all, 2 + (size_t)size + 45);
}

void fuzz_seeds(void) {
    static const struct {
        const char *shape;
        size_t bytes;
    } arrays[] = {{"(2, 2)", 16}, {"(2,)", 8}, {"(1, 2)", 8}, {"(1,)", 4}};
    uint8_t all[1024] = {2}, *at = all + 1, file[256];
    for (int i = 0; i < 4; i++) {
        const int size = snprintf((char *)file + 10, sizeof file - 10,
                                  "{'descr': '<f4', 'fortran_order': %s, 'shape': %s}\n",
                                  i ? "False" : "True", arrays[i].shape);
        memcpy(file, "\x93NUMPY\1", 8);
        file[8] = (uint8_t)size;
        file[9] = 0;
        memset(file + 10 + size, 0x3f, arrays[i].bytes);
        fuzz_put_part(&at, file, 10 + (size_t)size + arrays[i].bytes);
    }
    fuzz_seed(all, (size_t)(at - all));
    seed_safetensors();
}

const char *const fuzz_words[] = {"0.weight",
                                  "2.bias",
                                  "'<f8'",
                                  "'|u1'",
                                  "(2, 2)",
                                  "\"F64\"",
                                  "\"BF16\"",
                                  "[1, 2]",
                                  "\"shape\"",
                                  "\"dtype\"",
                                  "\"data_offsets\": ",
                                  "PK\1\2",
                                  NULL};
