#include "fuzz.h"

#include <stdio.h>

void fuzz_broken(const char *promise, const char *file, int line) {
    fprintf(stderr, "%s:%d: does not hold: %s (the last message: \"%s\")\n", file, line, promise,
            isobit_error());
    abort();
}

static const char none[] = "no message";

void fuzz_begin(void) { iso_fail(ISOBIT_OK, "%s", none); }

bool fuzz_took(isobit_status status, const char *place) {
    const char *message = isobit_error();
    if (status == ISOBIT_OK)
        return true;
    HOLDS(status == ISOBIT_ERROR_FORMAT || status == ISOBIT_ERROR_ARGUMENT ||
          status == ISOBIT_ERROR_KERNEL);
    HOLDS(*message && strcmp(message, none) != 0);
    HOLDS(!strncmp(message, place, strlen(place)));
    for (const char *at = message; *at; at++)
        HOLDS((unsigned char)*at >= 0x20);
    return false;
}

uint8_t fuzz_byte(fuzz_rest *rest) {
    if (!rest->left)
        return 0;
    rest->left--;
    return *rest->at++;
}

fuzz_rest fuzz_part(fuzz_rest *rest) {
    size_t length = fuzz_byte(rest);
    length |= (size_t)fuzz_byte(rest) << 8;
    length = length < rest->left ? length : rest->left;
    const fuzz_rest part = {rest->at, length};
    rest->at += length;
    rest->left -= length;
    return part;
}

void fuzz_put_part(uint8_t **at, const void *bytes, size_t length) {
    *(*at)++ = (uint8_t)length;
    *(*at)++ = (uint8_t)(length >> 8);
    memcpy(*at, bytes, length);
    *at += length;
}

char *fuzz_copy(const void *bytes, size_t length) {
    char *copy = malloc(length ? length : 1);
    HOLDS(copy);
    if (length)
        memcpy(copy, bytes, length);
    return copy;
}

char *fuzz_string(const fuzz_rest *rest) {
    const uint8_t *nul = rest->left ? memchr(rest->at, 0, rest->left) : NULL;
    const size_t length = nul ? (size_t)(nul - rest->at) : rest->left;
    char *text = malloc(length + 1);
    HOLDS(text);
    if (length)
        memcpy(text, rest->at, length);
    text[length] = '\0';
    return text;
}

void fuzz_seed_text(char choice, const char *text) {
    const size_t length = strlen(text) + 1;
    char *all = malloc(length);
    HOLDS(all);
    *all = choice;
    memcpy(all + 1, text, length - 1);
    fuzz_seed(all, length);
    free(all);
}
