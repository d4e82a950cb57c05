/* The other descriptions in one line: optimizer, schedule, loss, split, interval, steps, and every
 * setting's value, which run.ini must hold as it is. */
#include "base/interval.h"
#include "base/settings.h"
#include "data/split.h"
#include "fuzz.h"
#include "nn/loss.h"
#include "nn/optimizer.h"
#include "run/digests.h"

#include <math.h>

static bool try_optimizer(const char *line) {
    iso_optimizer optimizer;
    float scalars[9];
    if (!fuzz_took(iso_optimizer_parse(&optimizer, line), "optimizer: "))
        return false;
    iso_optimizer_clock clock = iso_optimizer_clock_at(&optimizer, 3);
    iso_optimizer_scalars(&optimizer, &clock, optimizer.lr, scalars);
    for (int i = 0; i < 8; i++)
        HOLDS(!isnan(scalars[i]));
    HOLDS(clock.step == 4 && iso_optimizer_name(&optimizer));
    return true;
}

static bool try_schedule(const char *line) {
    iso_schedule schedule;
    if (!fuzz_took(iso_schedule_parse(&schedule, line), "schedule: "))
        return false;
    for (uint64_t step = 0; step < 100; step += 9)
        HOLDS(iso_schedule_factor(&schedule, step, step / 10, 100) >= 0);
    return true;
}

static bool try_loss(const char *line) {
    const iso_loss *loss;
    return fuzz_took(iso_loss_find(&loss, line), "unknown loss \"");
}

static bool try_split(const char *line) {
    static const float x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    static const int32_t labels[] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    isobit_data *data;
    bool seen[10] = {false};
    HOLDS(isobit_data_from_classes(&data, x, 10, 1, labels, 0) == ISOBIT_OK);
    const bool taken = fuzz_took(iso_split(data, line, strlen(line) % 2, 1), "split: ");
    for (size_t i = 0; i < 10; i++) {
        HOLDS(data->order[i] < 10 && !seen[data->order[i]]);
        seen[data->order[i]] = true;
    }
    HOLDS(data->begin[0] == 0 && data->begin[ISOBIT_PARTS] == 10);
    isobit_data_free(data);
    return taken;
}

static bool try_interval(const char *line) {
    iso_interval interval;
    if (!fuzz_took(iso_interval_parse(&interval, "checkpoint", line), "checkpoint: "))
        return false;
    HOLDS(isfinite(interval.count) && interval.count >= 0);
    return true;
}

static bool try_steps(const char *line) {
    iso_step_ranges ranges;
    if (!fuzz_took(iso_step_ranges_parse(&ranges, line), "digest-steps: "))
        return false;
    HOLDS(ranges.count > 0 && ranges.count <= ISO_STEP_RANGES);
    for (size_t i = 0; i < ranges.count; i++)
        HOLDS(ranges.from[i] >= 1 && iso_step_ranges_have(&ranges, ranges.to[i]));
    return true;
}

static bool try_bytes(const char *line) {
    size_t bytes;
    if (!fuzz_took(iso_parse_bytes(line, "device-memory", &bytes), "device-memory: "))
        return false;
    HOLDS(bytes > 0);
    return true;
}

static bool (*const tries[])(const char *) = {try_bytes, try_optimizer, try_schedule, try_loss,
                                              try_split, try_interval,  try_steps};
enum { TRIES = sizeof tries / sizeof *tries };

/* A value may be longer than a line of a run file, or hold what begins a comment there. */
static bool try_setting(const isobit_setting *setting, const char *value) {
    isobit_settings *settings, *again;
    char *text;
    HOLDS(isobit_settings_new(&settings) == ISOBIT_OK && isobit_settings_new(&again) == ISOBIT_OK);
    fuzz_begin();
    const bool taken =
        fuzz_took(isobit_settings_set(settings, setting->name, value), setting->name);
    HOLDS(isobit_settings_is_set(settings, setting->name) == taken);
    if (taken && iso_setting_is_result(setting)) {
        HOLDS(iso_settings_write(settings, &text) == ISOBIT_OK);
        HOLDS(iso_settings_parse(again, "run.ini", text, strlen(text)) == ISOBIT_OK);
        HOLDS(!strcmp(isobit_settings_get(again, setting->name), value));
        free(text);
    }
    isobit_settings_free(settings);
    isobit_settings_free(again);
    return taken;
}

/* A choice (which description; from 128: a setting, by its place in the table), the line. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const uint8_t choice = fuzz_byte(&rest);
    char *line = fuzz_string(&rest);
    const isobit_setting *setting = isobit_setting_at(choice & 127);
    bool taken;
    fuzz_begin();
    if (choice < 128)
        taken = tries[choice % TRIES](line);
    else
        taken = setting && try_setting(setting, line);
    free(line);
    return taken;
}

void fuzz_seeds(void) {
    static const char *const examples[TRIES] = {"1.5 GiB",
                                                "sgd lr=0.1 momentum=0.9 nesterov=on",
                                                "cosine warmup=10 final=0.1",
                                                "sparse_categorical_cross_entropy",
                                                "70/15/15",
                                                "0.5 minutes",
                                                "1-3,10"};
    for (char i = 0; i < TRIES; i++)
        fuzz_seed_text(i, examples[(int)i]);
    fuzz_seed_text(1, "adamw lr=1e-3 beta1=0.8 beta2=0.99 eps=1e-6 weight_decay=0.1");
    fuzz_seed_text(1, "rmsprop alpha=0.5 momentum=0.5");
    fuzz_seed_text(1, "adagrad lr_decay=0.1");
    fuzz_seed_text(2, "step every=3 gamma=0.5");
    fuzz_seed_text(2, "exponential gamma=0.99");
    fuzz_seed_text(5, "auto");
    for (size_t i = 0; isobit_setting_at(i); i++) {
        const isobit_setting *setting = isobit_setting_at(i);
        const char *value = *setting->default_value ? setting->default_value : " some ;words\\ ";
        fuzz_seed_text((char)(128 + i), try_setting(setting, value) ? value : "1 GiB");
    }
    fuzz_seed_text((char)128,
                   "/a/path/without/a/blank/that/is/longer/than/a/line/of/a/run/file/can/"
                   "be/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"
                   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
}

const char *const fuzz_words[] = {"sgd",
                                  "adam",
                                  "lr=",
                                  "momentum=",
                                  "eps=",
                                  "beta2=",
                                  "warmup=",
                                  "cosine",
                                  "gamma=",
                                  "every=",
                                  "on",
                                  "off",
                                  "/",
                                  "1e30",
                                  "1e-30",
                                  "-",
                                  "steps",
                                  "epochs",
                                  "minutes",
                                  "all",
                                  " ;",
                                  "\\",
                                  "18446744073709551615",
                                  "nan",
                                  "inf",
                                  "0x1p3",
                                  NULL};
