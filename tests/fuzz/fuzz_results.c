/* Results of isobit bench, which later ones are compared with. */
#include "bench/results.h"
#include "fuzz.h"

#include <math.h>

/* The text. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    static char op[] = "gemm_nt", name[] = "naive", why[] = "", identity[] = "a device";
    iso_result row = {.op = op,
                      .shape = "8x8x8",
                      .name = name,
                      .why = why,
                      .rounds = 3,
                      .rate = {.low = 1, .median = 2, .high = 3}};
    const iso_results results = {.identity = identity, .rows = &row, .count = 1};
    char *text = fuzz_copy(bytes, length);
    const char *warning;
    iso_change *changes;
    iso_saved *saved;
    size_t count;
    fuzz_begin();
    const bool taken = fuzz_took(iso_saved_parse(&saved, "in", text, length), "in: ");
    free(text);
    if (!taken)
        return false;
    HOLDS(iso_results_compare(&results, saved, &changes, &count, &warning) == ISOBIT_OK);
    HOLDS(count <= 1 && warning);
    if (count)
        HOLDS(changes->now == &row && changes->before > 0 && !isnan(changes->ratio));
    free(changes);
    iso_saved_free(saved);
    return true;
}

static void seed(const char *text) { fuzz_seed(text, strlen(text)); }

void fuzz_seeds(void) {
    seed("{\"isobit_bench\": 1, \"identity\": \"a device\", \"rows\": [{\"op\": \"gemm_nt\", "
         "\"shape\": \"8x8x8\", \"name\": \"naive\", \"rate\": {\"low\": 1.5, \"median\": 1.75, "
         "\"high\": 1.8}}]}");
    seed("{\"isobit_bench\": 1, \"rows\": []}");
}

const char *const fuzz_words[] = {
    "\"rows\": ", "\"rate\": ", "\"median\": ", "\"op\": ",  "[]",        "{}", "null",
    "-1",         "1e308",      "1e-308",       "\"low\": ", "\"naive\"", NULL};
