/* A target under libFuzzer. With --prepare FOLDER WORDS it only writes its seeds into the folder
 * and its words into a dictionary. */
#include "inputs.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    char **words = *argv;
    if (*argc != 4 || strcmp(words[1], "--prepare") != 0)
        return 0;
    fuzz_add_seeds();
    const bool well = fuzz_write_inputs(words[2]) && fuzz_write_words(words[3]);
    fuzz_free_inputs();
    exit(well ? 0 : 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    fuzz_one(bytes, length);
    return 0;
}
