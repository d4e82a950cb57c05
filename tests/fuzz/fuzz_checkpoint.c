/* The checkpoint file. */
#include "base/hash.h"
#include "pack.h"
#include "run/checkpoint.h"
#include "run/checkpoint_file.h"

#include <math.h>
#include <stdio.h>

/* Begin as a checkpoint does, with the digest of what follows: what no fuzzer would find. */
static void seal(fuzz_bytes *file) {
    const size_t at = ISO_CHECKPOINT_DIGEST_AT, opening = strlen(ISO_CHECKPOINT_OPENING);
    unsigned char digest[ISO_HASH_SIZE];
    char hex[ISO_HEX_SIZE];
    if (file->length < at + ISO_HEX_SIZE - 1)
        return;
    memcpy(file->bytes + at - opening, ISO_CHECKPOINT_OPENING, opening);
    memset(file->bytes + at, '0', ISO_HEX_SIZE - 1);
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, file->bytes, file->length);
    iso_hash_end(&hash, digest);
    iso_hash_hex(digest, hex);
    memcpy(file->bytes + at, hex, ISO_HEX_SIZE - 1);
}

static void take(const iso_checkpoint *checkpoint) {
    static const char *const kinds[] = {ISO_CHECKPOINT_PARAMETERS, ISO_CHECKPOINT_MEMORY0,
                                        ISO_CHECKPOINT_BEST};
    iso_network *network;
    float values[16], losses[3];
    uint32_t correct[3];
    HOLDS(iso_network_new(&network, "dense 2", (iso_shape){2, 1, 1}) == ISOBIT_OK);
    for (int i = 0; i < 3; i++)
        if (iso_checkpoint_has(checkpoint, network, kinds[i]))
            fuzz_took(iso_checkpoint_take(checkpoint, network, kinds[i], values), "in: ");
    fuzz_begin();
    fuzz_took(iso_checkpoint_take_epoch(checkpoint, 3, losses, correct), "in: ");
    iso_network_free(network);
}

/* A choice (1: the header's length is put right, 2: and the digest), the file. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const uint8_t choice = fuzz_byte(&rest);
    fuzz_bytes file = {NULL, rest.left};
    iso_checkpoint *checkpoint;
    if (choice & 1)
        file = fuzz_safetensors(&rest);
    else
        file.bytes = fuzz_copy(rest.at, rest.left);
    if (choice & 2)
        seal(&file);
    fuzz_begin();
    if (!fuzz_took(iso_checkpoint_parse(&checkpoint, "in", file.bytes, file.length), "in: "))
        return false;
    HOLDS(checkpoint->epoch_step <= checkpoint->step && checkpoint->identity.settings);
    HOLDS(isfinite(checkpoint->seconds));
    for (size_t i = 0; i < checkpoint->epochs; i++)
        HOLDS(checkpoint->past[i].epoch == i + 1);
    take(checkpoint);
    iso_checkpoint_free(checkpoint);
    return true;
}

void fuzz_seeds(void) {
    static float floats[6] = {1, 2, 3, 4, 5, 6}, losses[] = {1, 2, 3};
    static uint32_t correct[3] = {1, 0, 1};
    uint8_t all[1 << 13];
    iso_network *network;
    isobit_progress past[2] = {{.epoch = 1, .step = 5}, {.epoch = 2, .step = 10}};
    iso_checkpoint checkpoint = {.identity.contract = 1,
                                 .step = 12,
                                 .epoch_step = 2,
                                 .past = past,
                                 .epochs = 2,
                                 .seconds = 3.5,
                                 .best = 0.25,
                                 .best_epoch = 1};
    iso_checkpoint_arrays arrays = {.parameters = floats,
                                    .memories = {floats},
                                    .best = floats,
                                    .samples = 3,
                                    .losses = losses,
                                    .correct = correct};
    char *bytes;
    size_t length;
    HOLDS(isobit_settings_new(&checkpoint.identity.settings) == ISOBIT_OK);
    HOLDS(isobit_settings_set(checkpoint.identity.settings, "epochs", "5") == ISOBIT_OK);
    HOLDS(iso_network_new(&network, "dense 2", (iso_shape){2, 1, 1}) == ISOBIT_OK);
    arrays.network = network;
    memset(checkpoint.identity.data, 'a', ISO_HEX_SIZE - 1);
    memset(checkpoint.identity.network, 'b', ISO_HEX_SIZE - 1);
    HOLDS(iso_checkpoint_format(&checkpoint, &arrays, &bytes, &length) == ISOBIT_OK);
    HOLDS(length < sizeof all);
    *all = 0;
    memcpy(all + 1, bytes, length);
    fuzz_seed(all, length + 1);
    /* once more as fuzz_safetensors wants it */
    const size_t header = (uint8_t)bytes[0] | (size_t)(uint8_t)bytes[1] << 8;
    *all = 3;
    memcpy(all + 1, bytes + 8, header);
    all[1 + header] = 0;
    memcpy(all + 2 + header, bytes + 8 + header, length - 8 - header);
    fuzz_seed(all, length - 8 + 2);
    free(bytes);
    iso_network_free(network);
    isobit_settings_free(checkpoint.identity.settings);
}

const char *const fuzz_words[] = {"\"isobit.step\": ",
                                  "\"isobit.epochs\": ",
                                  "\"isobit.epoch_step\": ",
                                  "\"isobit.seconds\": ",
                                  "\"isobit.best_loss\": ",
                                  "\"isobit.best_epoch\": ",
                                  "\"isobit.changed\": ",
                                  "\"isobit.setting.net\": ",
                                  "\"isobit.setting.checkpoint\": ",
                                  "\"past\": ",
                                  "\"best.0.bias\": ",
                                  "\"epoch.losses\": ",
                                  "\"F64\"",
                                  "\"U32\"",
                                  "[2, 13]",
                                  "\"18446744073709551615\"",
                                  NULL};
