/* Files of digests, which isobit diverge compares. */
#include "fuzz.h"
#include "run/diverge.h"

/* The text. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    char *text = fuzz_copy(bytes, length);
    const iso_digest_entry *a, *b;
    iso_digest_file file;
    size_t compared = 0;
    fuzz_begin();
    const bool taken = fuzz_took(iso_digest_file_parse(&file, "in", text, length), "in: ");
    free(text);
    if (!taken)
        return false;
    HOLDS(file.count > 0 && file.device && file.driver);
    for (size_t i = 0; i < file.count; i++)
        HOLDS(file.entries[i].step >= 1 && file.entries[i].digest);
    fuzz_begin();
    if (fuzz_took(iso_digest_files_match(&file, &file), "")) {
        iso_digest_files_compare(&file, &file, &a, &b, &compared);
        HOLDS(!a); /* from itself it does not diverge */
    }
    iso_digest_file_free(&file);
    return true;
}

static void seed(const char *text) { fuzz_seed(text, strlen(text)); }

void fuzz_seeds(void) {
    seed(
        "{\"isobit\": \"digests\", \"version\": 1, \"contract\": 1, \"device\": \"d\", \"driver\": "
        "\"e\", \"settings\": {\"net\": \"dense 1\"}}\n"
        "{\"step\": 1, \"launch\": 0, \"label\": \"begin\", \"op\": \"\", \"variant\": \"\", "
        "\"file\": \"\", \"tensor\": \"0.weight\", \"shape\": \"1x1\", \"digest\": \"aa\"}\n"
        "{\"step\": 1, \"launch\": 1, \"label\": \"x\", \"op\": \"gemm\", \"variant\": \"v\", "
        "\"file\": \"f\", \"tensor\": \"z\", \"shape\": \"1x1\", \"digest\": \"bb\"}\n");
}

const char *const fuzz_words[] = {"{",
                                  "}\n",
                                  "[",
                                  "null",
                                  "\"step\": ",
                                  "\"launch\": ",
                                  "-1",
                                  "\"digest\": ",
                                  "\"settings\": ",
                                  "9223372036854775807",
                                  "\"version\": 1",
                                  "\\u0000",
                                  NULL};
