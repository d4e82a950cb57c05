/* Optimizers, clipping and schedules against PyTorch in float64 (tests/golden/training.py). */
#include "support.h"

#include "run/train.h"

static const char net[] = "dense 2 tanh, dense 1";

/* The golden problem: data, and where it starts. */
static isobit_data *golden_data(const golden *rows) {
    double x[NUMBERS], y[NUMBERS];
    float xf[NUMBERS], yf[NUMBERS];
    cr_assert_str_eq(rows->fields[0][0], "x");
    cr_assert_str_eq(rows->fields[1][0], "y");
    const size_t values = numbers(rows->fields[0][3], x), samples = numbers(rows->fields[1][3], y);
    to_floats(x, values, xf);
    to_floats(y, samples, yf);
    return targets_of(xf, samples, values / samples, yf, 1);
}

static isobit_model *golden_model(isobit_context *context, const golden *rows,
                                  const isobit_data *data, const isobit_settings *settings) {
    double start[NUMBERS];
    isobit_model *model = model_of(context, data, settings);
    cr_assert_str_eq(rows->fields[2][0], "start");
    cr_assert_eq(numbers(rows->fields[2][3], start), model->network->floats);
    to_floats(start, model->network->floats, model->parameters);
    return model;
}

static isobit_settings *golden_settings(const char *optimizer, const char *clip,
                                        const char *epochs) {
    return settings_of("net", net, "optimizer", optimizer, "clip", clip, "epochs", epochs, "batch",
                       "0", "shuffle", "off", NULL);
}

/* What a callback looks at: after every epoch, which is one step, the next golden row. */
typedef struct follower {
    const isobit_model *model;
    char *(*rows)[FIELDS];
    size_t steps;
} follower;

static bool compare_step(const isobit_progress *progress, void *user) {
    follower *watch = user;
    char *const *row = watch->rows[watch->steps];
    double expected[NUMBERS];
    if (!progress->epoch_done)
        return true;
    cr_assert_eq((size_t)atoi(row[2]), ++watch->steps);
    const size_t count = numbers(row[3], expected);
    for (size_t i = 0; i < count; i++)
        cr_assert(fabs((double)watch->model->parameters[i] - expected[i]) <= 3e-6,
                  "%s clip %s, step %s, parameter %zu: %.9g, not %.9g", row[0], row[1], row[2], i,
                  (double)watch->model->parameters[i], expected[i]);
    return true;
}

/* The rows from `first` on that belong to one training; how many. */
static size_t follow(isobit_context *context, const golden *rows, const isobit_data *data,
                     size_t first) {
    char *const *row = rows->fields[first];
    char epochs[8];
    size_t n = 1;
    while (first + n < rows->count && atoi(rows->fields[first + n][2]) > 1)
        n++;
    snprintf(epochs, sizeof epochs, "%zu", n);
    isobit_settings *settings = golden_settings(row[0], row[1], epochs);
    isobit_model *model = golden_model(context, rows, data, settings);
    follower watch = {model, (char *(*)[FIELDS])(uintptr_t)&rows->fields[first], 0};
    OK(isobit_train(model, data, settings, compare_step, &watch));
    cr_assert_eq(watch.steps, n);
    isobit_model_free(model);
    isobit_settings_free(settings);
    return n;
}

Test(optimizer, each_step_is_pytorchs) {
    const golden *rows = read_golden("optimizers.csv");
    isobit_data *data = golden_data(rows);
    for (int way = 0; way < WAYS; way++) {
        isobit_context *context = open_with(ways[way]);
        for (size_t first = 3; first < rows->count;)
            first += follow(context, rows, data, first);
        isobit_context_free(context);
    }
    isobit_data_free(data);
}

/* ---------------------------------------------------------------------------- completeness -- */

/* Those that follow gradients of any loss; the others have tests of their own. */
static name_list optimizer_names(void) {
    iso_optimizer optimizer;
    REFUSES(iso_optimizer_parse(&optimizer, "?"), ISOBIT_ERROR_ARGUMENT, "unknown optimizer");
    name_list all = known_names(), general = {.count = 0};
    for (size_t i = 0; i < all.count; i++) {
        OK(iso_optimizer_parse(&optimizer, all.names[i]));
        if (!iso_optimizer_loss(&optimizer) && !iso_optimizer_search(&optimizer).population)
            strcpy(general.names[general.count++], all.names[i]);
    }
    cr_assert(general.count >= 5);
    return general;
}

static bool some_row_has(const golden *rows, const char *name, const char *option) {
    const size_t length = strlen(name);
    char written[64];
    snprintf(written, sizeof written, " %s=", option);
    for (size_t i = 0; i < rows->count; i++)
        if (!strncmp(rows->fields[i][0], name, length) && strchr(" ", rows->fields[i][0][length]) &&
            (!*option || strstr(rows->fields[i][0], written)))
            return true;
    return false;
}

Test(optimizer, every_one_and_each_of_its_options_has_golden_rows) {
    const golden *rows = read_golden("optimizers.csv");
    const name_list names = optimizer_names();
    for (size_t i = 0; i < names.count; i++) {
        char text[64];
        iso_optimizer optimizer;
        cr_assert(some_row_has(rows, names.names[i], ""), "%s", names.names[i]);
        snprintf(text, sizeof text, "%s no_such_option=1", names.names[i]);
        REFUSES(iso_optimizer_parse(&optimizer, text), ISOBIT_ERROR_ARGUMENT, "no_such_option");
        const name_list options = known_names();
        for (size_t j = 0; j < options.count; j++)
            cr_assert(some_row_has(rows, names.names[i], options.names[j]), "%s %s", names.names[i],
                      options.names[j]);
    }
}

Test(optimizer, texts_that_make_no_sense_are_refused) {
    iso_optimizer optimizer;
#define REFUSED(text, part)                                                                        \
    REFUSES(iso_optimizer_parse(&optimizer, text), ISOBIT_ERROR_ARGUMENT, part)
    REFUSED("", "no name given");
    REFUSED("adm", "did you mean \"adam\"?");
    REFUSED("sgd lr=fast", "lr");
    REFUSED("sgd lr=-1", "lr");
    REFUSED("sgd lr=0.1 lr=0.2", "lr");
    REFUSED("sgd nesterov=on", "needs a momentum");
    REFUSED("sgd 0.1", "0.1");
    REFUSED("adam beta1=1", "beta1");
}

/* --------------------------------------------------------------------------------- fusion -- */

/* With clipping to a norm that is never reached the gradients go through a buffer and a kernel of
 * its own; without, straight from the product into the optimizer, or all in one kernel. */
Test(optimizer, fused_and_separate_updates_give_the_same_bits) {
    const char *const cases[][2] = {{ways[0], "1e30"}, {ways[0], "0"}, {ways[1], "0"}};
    const golden *rows = read_golden("optimizers.csv");
    const name_list names = optimizer_names();
    isobit_data *data = golden_data(rows);
    for (size_t i = 0; i < names.count; i++) {
        char digests[3][65];
        for (int j = 0; j < 3; j++) {
            isobit_context *context = open_with(cases[j][0]);
            isobit_settings *settings = golden_settings(names.names[i], cases[j][1], "5");
            isobit_model *model = golden_model(context, rows, data, settings);
            OK(isobit_train(model, data, settings, NULL, NULL));
            isobit_model_sha256(model, digests[j]);
            isobit_model_free(model);
            isobit_settings_free(settings);
            isobit_context_free(context);
        }
        cr_assert_str_eq(digests[0], digests[1], "%s", names.names[i]);
        cr_assert_str_eq(digests[0], digests[2], "%s", names.names[i]);
    }
    isobit_data_free(data);
}

/* ------------------------------------------------------------------------------- schedules -- */

static name_list schedule_names(void) {
    iso_schedule schedule;
    REFUSES(iso_schedule_parse(&schedule, "?"), ISOBIT_ERROR_ARGUMENT, "unknown schedule");
    return known_names();
}

Test(schedule, factors_are_pytorchs) {
    const golden *rows = read_golden("schedules.csv");
    for (size_t i = 0; i < rows->count; i++) {
        char *const *row = rows->fields[i];
        iso_schedule schedule;
        OK(iso_schedule_parse(&schedule, row[0]));
        const double factor = iso_schedule_factor(&schedule, (uint64_t)atoi(row[1]),
                                                  (size_t)atoi(row[2]), (uint64_t)atoi(row[3]));
        cr_assert(fabs(factor - atof(row[4])) <= 1e-7, "%s, step %s: %.9g, not %s", row[0], row[1],
                  factor, row[4]);
    }
}

Test(schedule, every_one_and_each_of_its_options_has_golden_rows) {
    const golden *rows = read_golden("schedules.csv");
    const name_list names = schedule_names();
    for (size_t i = 0; i < names.count; i++) {
        char text[64];
        iso_schedule schedule;
        cr_assert(some_row_has(rows, names.names[i], ""), "%s", names.names[i]);
        snprintf(text, sizeof text, "%s no_such_option=1", names.names[i]);
        REFUSES(iso_schedule_parse(&schedule, text), ISOBIT_ERROR_ARGUMENT, "no_such_option");
        const name_list options = known_names();
        for (size_t j = 0; j < options.count; j++)
            cr_assert(some_row_has(rows, names.names[i], options.names[j]), "%s %s", names.names[i],
                      options.names[j]);
    }
}

/* Plain sgd on y = 0 w: the weight decays by lr times the factor, so it shows what rate was used.
 */
static bool compare_rate(const isobit_progress *progress, void *user) {
    const golden *rows = read_golden("schedules.csv");
    const isobit_model *model = user;
    static double weight;
    if (progress->epoch == 1)
        weight = 1;
    for (size_t i = 0; i < rows->count && progress->epoch_done; i++)
        if (!strcmp(rows->fields[i][0], "exponential gamma=0.75 warmup=2") &&
            (size_t)atoi(rows->fields[i][2]) + 1 == progress->epoch) {
            weight *= 1 - 0.25 * atof(rows->fields[i][4]);
            NEAR(progress->learning_rate, 0.25 * atof(rows->fields[i][4]),
                 (size_t)atoi(rows->fields[i][1]) + 1 == progress->step ? 1e-7 : INFINITY);
        }
    if (progress->epoch_done)
        NEAR(model->parameters[0], weight, 1e-6);
    return true;
}

Test(schedule, training_uses_the_factor_of_every_step) {
    const float x[] = {1, 1, 1, 1, 1}, y[5] = {0}; /* three steps an epoch, as in the rows */
    isobit_data *data = targets_of(x, 5, 1, y, 1);
    for (int way = 0; way < WAYS; way++) {
        isobit_context *context = open_with(ways[way]);
        isobit_settings *settings = settings_of(
            "net", "dense 1 init=constant:1 bias=off", "optimizer", "sgd lr=0.25", "batch", "2",
            "epochs", "7", "schedule", "exponential gamma=0.75 warmup=2", NULL);
        isobit_model *model = model_of(context, data, settings);
        OK(isobit_train(model, data, settings, compare_rate, model));
        cr_assert(model->parameters[0] < 0.2f && model->parameters[0] > 0);
        isobit_model_free(model);
        isobit_settings_free(settings);
        isobit_context_free(context);
    }
    isobit_data_free(data);
}
