/* The model file. */
#include "pack.h"
#include "run/model.h"

#include <stdio.h>

/* A choice (1: the header's length is put right, see fuzz_safetensors), the file. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    fuzz_bytes file = {NULL, 0}, again, third;
    isobit_model *model, *copy;
    if (fuzz_byte(&rest) & 1)
        file = fuzz_safetensors(&rest);
    else
        file = (fuzz_bytes){fuzz_copy(rest.at, rest.left), rest.left};
    fuzz_begin();
    if (!fuzz_took(iso_model_parse(&model, NULL, "in", file.bytes, file.length), "in: "))
        return false;
    /* What was read can be written, and read again. */
    HOLDS(iso_model_format(model, &again.bytes, &again.length) == ISOBIT_OK);
    char *kept = fuzz_copy(again.bytes, again.length);
    HOLDS(iso_model_parse(&copy, NULL, "in", again.bytes, again.length) == ISOBIT_OK);
    HOLDS(iso_model_format(copy, &third.bytes, &third.length) == ISOBIT_OK);
    HOLDS(third.length == again.length && !memcmp(third.bytes, kept, third.length));
    HOLDS(isobit_model_features(model) > 0 && isobit_model_outputs(model) > 0);
    isobit_model_free(model);
    isobit_model_free(copy);
    free(third.bytes);
    free(kept);
    return true;
}

static void seed(const char *notes, const char *tensors, size_t data) {
    uint8_t all[2048] = {1};
    const int size = snprintf((char *)all + 1, sizeof all - 1,
                              "{\"__metadata__\": {\"format\": \"pt\", \"isobit.contract\": \"1\", "
                              "%s}, %s}",
                              notes, tensors);
    for (size_t i = 0; i < data; i++)
        all[2 + (size_t)size + i] = (uint8_t)(i % 4 == 3 ? 0x3f : i);
    fuzz_seed(all, 2 + (size_t)size + data);
}

void fuzz_seeds(void) {
    seed("\"isobit.net\": \"dense 2 softmax\", \"isobit.input\": \"2\", "
         "\"isobit.loss\": \"categorical_cross_entropy\", \"isobit.task\": \"classify\", "
         "\"isobit.scale\": \"minmax\", \"isobit.scale.mean\": \"[0, 1.5]\", "
         "\"isobit.scale.scale\": \"[1, 1e-3]\", \"isobit.classes\": \"[\\\"a\\\", \\\"b\\\"]\", "
         "\"isobit.setting.epochs\": \"3\"",
         "\"0.weight\": {\"dtype\": \"F32\", \"shape\": [2, 2], \"data_offsets\": [0, 16]}, "
         "\"0.bias\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [16, 24]}",
         24);
    seed("\"isobit.net\": \"conv 1 2x2 relu, maxpool 2, flatten, dense 1 bias=off\", "
         "\"isobit.input\": \"1x3x3\", \"isobit.loss\": \"mse\", \"isobit.task\": \"regress\", "
         "\"isobit.scale\": \"none\"",
         "\"0.weight\": {\"dtype\": \"F32\", \"shape\": [1, 1, 2, 2], \"data_offsets\": [0, 16]}, "
         "\"0.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [16, 20]}, "
         "\"4.weight\": {\"dtype\": \"F32\", \"shape\": [1, 1], \"data_offsets\": [20, 24]}",
         24);
}

const char *const fuzz_words[] = {"\"isobit.net\": ",
                                  "\"isobit.input\": ",
                                  "\"isobit.loss\": ",
                                  "\"isobit.task\": ",
                                  "\"isobit.scale\": ",
                                  "\"isobit.classes\": ",
                                  "\"isobit.setting.net\": ",
                                  "\"dtype\": ",
                                  "\"shape\": ",
                                  "\"data_offsets\": ",
                                  "\"F64\"",
                                  "\"regress\"",
                                  "\"classify\"",
                                  "\"standard\"",
                                  "conv 1 2x2",
                                  "padding=4096",
                                  "dense 2147483647",
                                  "1048576x1048576x1048576",
                                  "[]",
                                  "9223372036854775807",
                                  "\"binary_cross_entropy\"",
                                  "sigmoid",
                                  "dropout 0.5",
                                  NULL};
