/* A fuzz target: a reader that is fed arbitrary bytes. One file fuzz_NAME.c each, linked with
 * libFuzzer (libfuzzer.c) or, in the default suite, with a driver of our own (driver.c). */
#ifndef ISO_FUZZ_H
#define ISO_FUZZ_H

#include "base/status.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------- what a target defines -- */

/* Feed the reader. Whatever the bytes are it must take or refuse them as it promises; HOLDS says
 * how. Returns whether they were taken. */
bool fuzz_one(const uint8_t *bytes, size_t length);
/* Call fuzz_seed for inputs that are taken, from which others are made. */
void fuzz_seeds(void);
/* Words of the format, ending with NULL. */
extern const char *const fuzz_words[];

/* ---------------------------------------------------------------------- what a target uses -- */

void fuzz_seed(const void *bytes, size_t length);
/* A first byte, which many targets take for a choice, and text. */
void fuzz_seed_text(char choice, const char *text);

/* A promise of the reader. */
#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_broken(#condition, __FILE__, __LINE__);                                           \
    } while (0)
_Noreturn void fuzz_broken(const char *promise, const char *file, int line);

/* Before a call and after it: whether it succeeded. Otherwise it has left one line of text, which
 * begins with `place`, and the status says that the input is at fault, not memory: no input here
 * is large. */
void fuzz_begin(void);
bool fuzz_took(isobit_status status, const char *place);

/* The bytes that are left of an input, taken from its front. */
typedef struct fuzz_rest {
    const uint8_t *at;
    size_t left;
} fuzz_rest;
uint8_t fuzz_byte(fuzz_rest *rest);
/* A part whose length is said by two bytes before it, cut to what is left. */
fuzz_rest fuzz_part(fuzz_rest *rest);
/* A part as fuzz_part takes it, appended at *at. */
void fuzz_put_part(uint8_t **at, const void *bytes, size_t length);
/* The rest as a string up to its first NUL, or as bytes; the caller frees it. The block is exactly
 * as long as what is in it, so that a sanitizer sees every read behind it. */
char *fuzz_string(const fuzz_rest *rest);
char *fuzz_copy(const void *bytes, size_t length);

#endif
