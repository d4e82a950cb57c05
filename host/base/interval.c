#include "base/interval.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

static const struct {
    const char *one, *many;
    iso_interval_unit unit;
} units[] = {{"step", "steps", ISO_EVERY_STEPS},
             {"epoch", "epochs", ISO_EVERY_EPOCHS},
             {"minute", "minutes", ISO_EVERY_MINUTES}};

static isobit_status wrong(const char *what, const char *text) {
    return iso_fail(
        ISOBIT_ERROR_ARGUMENT,
        "%s: \"%s\" is not understood; write \"100 steps\", \"2 epochs\", \"5 minutes\", "
        "auto or off",
        what, text);
}

/* "100" and its unit. */
static isobit_status read_count(iso_interval *out, const char *what, const char *number) {
    size_t count;
    if (out->unit == ISO_EVERY_MINUTES) {
        ISO_TRY(iso_parse_double(number, what, 0, 1e9, &out->count));
        return ISOBIT_OK;
    }
    ISO_TRY(iso_parse_size(number, what, 1, UINT32_MAX, &count));
    out->count = (double)count;
    return ISOBIT_OK;
}

isobit_status iso_interval_parse(iso_interval *out, const char *what, const char *text) {
    iso_interval interval = {.unit = ISO_AUTO};
    iso_spec spec;
    isobit_status status;
    ISO_TRY(iso_spec_parse(&spec, what, text));
    const char *word = spec.word_count ? spec.words[0] : "";
    if (spec.word_count == 1 && (!strcmp(word, "auto") || !strcmp(word, "off")))
        interval.unit = *word == 'a' ? ISO_AUTO : ISO_OFF;
    for (size_t i = 0; spec.word_count == 2 && i < sizeof units / sizeof *units; i++)
        if (!strcmp(spec.words[1], units[i].one) || !strcmp(spec.words[1], units[i].many))
            interval.unit = units[i].unit;
    const bool named = spec.word_count == 1 && (!strcmp(word, "auto") || !strcmp(word, "off"));
    if (spec.option_count || (!named && interval.unit == ISO_AUTO))
        status = wrong(what, text);
    else
        status = named ? ISOBIT_OK : read_count(&interval, what, word);
    iso_spec_free(&spec);
    if (status == ISOBIT_OK)
        *out = interval;
    return status;
}
