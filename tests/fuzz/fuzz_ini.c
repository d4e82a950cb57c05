/* Run files. */
#include "base/settings.h"
#include "fuzz.h"

/* A choice (1: "net" and "epochs" are set before), the text. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    isobit_settings *settings, *again;
    char *written, *twice;
    const bool before = fuzz_byte(&rest) & 1;
    char *text = malloc(rest.left + 1);
    HOLDS(text && isobit_settings_new(&settings) == ISOBIT_OK);
    if (rest.left)
        memcpy(text, rest.at, rest.left);
    text[rest.left] = '\0';
    if (before) {
        HOLDS(isobit_settings_set(settings, "net", "dense 3") == ISOBIT_OK);
        HOLDS(isobit_settings_set(settings, "epochs", "77") == ISOBIT_OK);
    }
    fuzz_begin();
    const bool taken = fuzz_took(iso_settings_parse(settings, "in", text, rest.left), "in: ");
    if (before)
        HOLDS(!strcmp(isobit_settings_get(settings, "epochs"), "77"));
    else if (!taken)
        for (size_t i = 0; isobit_setting_at(i); i++)
            HOLDS(!isobit_settings_is_set(settings, isobit_setting_at(i)->name));
    /* What was read can be written, and says the same. */
    HOLDS(isobit_settings_new(&again) == ISOBIT_OK);
    HOLDS(iso_settings_write(settings, &written) == ISOBIT_OK);
    HOLDS(iso_settings_parse(again, "again", written, strlen(written)) == ISOBIT_OK);
    HOLDS(iso_settings_write(again, &twice) == ISOBIT_OK);
    HOLDS(!strcmp(written, twice));
    free(written);
    free(twice);
    isobit_settings_free(settings);
    isobit_settings_free(again);
    free(text);
    return taken;
}

void fuzz_seeds(void) {
    fuzz_seed_text(0, "; a remark\n[run]\ndata = digits\nnet = dense 128 relu,\n    dense 10 "
                      "softmax\nepochs = 3\nshuffle = off\n");
    fuzz_seed_text(0,
                   "data=my file.csv ; and a remark\r\nclip = 1e-3\r\nseed = 18446744073709551615\n"
                   "checkpoint = 5 minutes");
    fuzz_seed_text(1, "\xEF\xBB\xBF[run]\n  net : dense 2\nepochs=1\nsplit = 70/15/15\n\nlabel=\n");
    fuzz_seed_text(0, "test = /a/very\\\n   long/path\\\n\tindeed\nlabel = x\n  y\n");
}

const char *const fuzz_words[] = {"[run]\n",
                                  "\n  ",
                                  "\\\n ",
                                  " ;",
                                  "=",
                                  "net = ",
                                  "data = ",
                                  "epochs = ",
                                  "seed = ",
                                  "clip = ",
                                  "shuffle = on",
                                  "off",
                                  "\r\n",
                                  "checkpoint = auto",
                                  "100 steps",
                                  "1e300",
                                  "4294967295",
                                  "#",
                                  NULL};
