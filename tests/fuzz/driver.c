/* A target without libFuzzer: its seeds, which must be taken, the files that are given, and inputs
 * made from these, always the same.
 *
 *   fuzz_csv [--runs N] [--seed N] [FILE|FOLDER …]
 *
 * An input that breaks a promise, crashes or takes too long ends it and is left in the file
 * broken-input. */
#include "mutate.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static const uint8_t *current;
static size_t current_length;

/* Only what a handler may call. */
static void keep(int number) {
    const int file = open("broken-input", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || write(file, current, current_length) != (ssize_t)current_length)
        _exit(99);
    signal(number, SIG_DFL);
    raise(number);
}

/* No input is large, so no request for memory is; none takes seconds either. */
static void watch(void) {
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    const struct rlimit memory = {.rlim_cur = (rlim_t)256 << 20, .rlim_max = RLIM_INFINITY};
#ifndef ISOBIT_SANITIZED /* whose shadow takes terabytes */
    HOLDS(!setrlimit(RLIMIT_AS, &memory));
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], keep);
#else
    (void)memory, (void)signals;
    signal(SIGALRM, keep);
#endif
}

static bool feed(const uint8_t *bytes, size_t length) {
    current = bytes;
    current_length = length;
    alarm(20);
    return fuzz_one(bytes, length);
}

static size_t feed_inputs(void) {
    size_t files = 0;
    for (size_t i = 0; i < fuzz_input_count; i++) {
        const bool taken = feed(fuzz_inputs[i].bytes, fuzz_inputs[i].length);
        files += fuzz_inputs[i].path != NULL;
        if (!fuzz_inputs[i].path)
            HOLDS(taken);
    }
    return files;
}

static size_t feed_mutants(size_t runs, uint64_t seed) {
    uint8_t *bytes = malloc(FUZZ_LONGEST);
    size_t taken = 0;
    HOLDS(bytes);
    for (size_t i = 0; i < runs; i++) {
        iso_random random = iso_random_new(seed, ISO_RANDOM_SEARCH, (uint32_t)i);
        const size_t length = fuzz_mutate(&random, bytes);
        taken += feed(bytes, length);
    }
    free(bytes);
    return taken;
}

int main(int argc, char **argv) {
    size_t runs = 0;
    uint64_t seed = 1;
    fuzz_add_seeds();
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--runs") && i + 1 < argc)
            runs = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (*argv[i] == '-' || !fuzz_add_path(argv[i]))
            return 2;
    }
    HOLDS(fuzz_input_count > 0);
    watch();
    const size_t files = feed_inputs(), taken = feed_mutants(runs, seed);
    printf("%zu seeds, %zu files, %zu others, of which %zu were taken\n", fuzz_input_count - files,
           files, runs, taken);
    if (runs >= 1000)
        HOLDS(taken > 0 && taken < runs); /* else the target looks at nothing */
    fuzz_free_inputs();
    return 0;
}
