#include "nn/optimizer.h"

#include "base/numerics.h"

#include <string.h>

static const char *const names[] = {"constant", "step", "exponential", "cosine", NULL};

static isobit_status read_options(iso_schedule *schedule, iso_spec *spec) {
    static const char *const known[] = {"warmup", "every, gamma, warmup", "gamma, warmup",
                                        "final, warmup"};
    ISO_TRY(iso_spec_size(spec, "warmup", 0, UINT32_MAX, &schedule->warmup));
    if (schedule->kind == ISO_STEPWISE)
        ISO_TRY(iso_spec_size(spec, "every", 1, UINT32_MAX, &schedule->every));
    if (schedule->kind == ISO_STEPWISE || schedule->kind == ISO_EXPONENTIAL)
        ISO_TRY(iso_spec_double(spec, "gamma", 0, 1e6, &schedule->gamma));
    if (schedule->kind == ISO_COSINE)
        ISO_TRY(iso_spec_double(spec, "final", 0, 1, &schedule->final));
    return iso_spec_done(spec, names[schedule->kind], 1, known[schedule->kind]);
}

isobit_status iso_schedule_parse(iso_schedule *out, const char *text) {
    iso_spec spec;
    isobit_status status;
    ISO_TRY(iso_spec_parse(&spec, "schedule", text));
    int kind = 0;
    while (names[kind] && spec.word_count && strcmp(names[kind], spec.words[0]))
        kind++;
    if (!spec.word_count)
        status =
            iso_fail(ISOBIT_ERROR_ARGUMENT, "no name given; for example \"cosine warmup=100\"");
    else if (!names[kind])
        status = iso_unknown_in("schedule", spec.words[0], names);
    else {
        iso_schedule schedule = {.every = 1, .gamma = kind == ISO_STEPWISE ? 0.1 : 0.95};
        schedule.kind = (unsigned)kind;
        status = read_options(&schedule, &spec);
        if (status == ISOBIT_OK)
            *out = schedule;
    }
    iso_spec_free(&spec);
    return status == ISOBIT_OK ? status : iso_fail_at(status, "schedule");
}

static double power(double base, size_t exponent) {
    double product = 1;
    for (size_t i = 0; i < exponent; i++)
        product *= base;
    return product;
}

double iso_schedule_factor(const iso_schedule *schedule, uint64_t step, size_t epoch,
                           uint64_t steps) {
    const double warm = step < schedule->warmup ? (double)(step + 1) / (double)schedule->warmup : 1;
    switch (schedule->kind) {
    case ISO_STEPWISE:
        return warm * power(schedule->gamma, epoch / schedule->every);
    case ISO_EXPONENTIAL:
        return warm * power(schedule->gamma, epoch);
    case ISO_COSINE: {
        /* Half a wave from the end of the warm-up to the last step. */
        const uint64_t from = schedule->warmup;
        if (step < from || steps <= from)
            return warm;
        const double part = (double)(step - from) / (double)(steps - from);
        const double wave = iso_cos((float)(3.14159265358979323846 * part));
        return schedule->final + (1 - schedule->final) * (0.5 + 0.5 * wave);
    }
    case ISO_CONSTANT:
        break;
    }
    return warm;
}
