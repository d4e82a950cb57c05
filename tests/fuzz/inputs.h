/* Inputs to begin with: the target's seeds, and files. */
#ifndef ISO_FUZZ_INPUTS_H
#define ISO_FUZZ_INPUTS_H

#include "fuzz.h"

typedef struct fuzz_input {
    uint8_t *bytes;
    size_t length;
    char *path; /* NULL: a seed */
} fuzz_input;

/* All there are, of this process. */
extern fuzz_input *fuzz_inputs;
extern size_t fuzz_input_count;

/* Add the target's seeds; a file, or those of a folder that may be missing. */
void fuzz_add_seeds(void);
bool fuzz_add_path(const char *path);
void fuzz_free_inputs(void);

/* For libFuzzer: the inputs as files of a folder that is there, and the words as a dictionary. */
bool fuzz_write_inputs(const char *folder);
bool fuzz_write_words(const char *path);

#endif
