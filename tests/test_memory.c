/* Memory: counted before it is taken, kept within limits; data that passes through the device in
 * chunks gives the bits of data that stays there. */
#include "run/train_device.h"
#include "support.h"
#include "test_data.h"

/* Trainings: data, net, more settings. Bytes and floats, classes and targets, with and without what
 * is scaled, clipped, dropped or kept, partial last batches, parts of one batch and of many. */
static const char *const trainings[][12] = {
    {"digits samples=230 test=290", "net", "dense 11 tanh, dense 10 softmax", "batch", "17",
     "optimizer", "adam", "split", "80/20", NULL},
    {"spirals samples=4000 test=500", "net", "dense 6 tanh, dense 2 softmax", "batch", "33",
     "scale", "standard", "clip", "0.5", NULL},
    {"wide targets", "net", "dense 6 tanh, dropout 0.2, dense 70", "batch", "9", "optimizer",
     "rmsprop lr=0.01", NULL},
    {"digits samples=120 test=40", "net", "conv 2 3x3 relu, maxpool 2, dense 10 softmax", "batch",
     "25", NULL},
    {"digits samples=90 test=40", "net", "dense 5 tanh, dense 784 sigmoid", "target", "input",
     "batch", "7", NULL},
    {"moons samples=2000", "net", "dense 6 tanh, dense 2 softmax", "batch", "33", "scale", "whiten",
     "watch", "on", NULL},
    {"moons samples=900", "net", "dense 4 tanh, dense 2 softmax", "batch", "70", "optimizer",
     "genetic population=6", NULL},
};
enum { TRAININGS = sizeof trainings / sizeof *trainings };

/* 400 samples of 40 values, 70 targets each. */
static isobit_data *wide_targets(void) {
    enum { SAMPLES = 400, FEATURES = 40, OUTPUTS = 70 };
    static float x[SAMPLES * FEATURES], y[SAMPLES * OUTPUTS];
    uint32_t seed = 5;
    for (size_t i = 0; i < SAMPLES * FEATURES; i++)
        x[i] = noise(&seed);
    for (size_t i = 0; i < SAMPLES * OUTPUTS; i++)
        y[i] = x[i % (SAMPLES * FEATURES)] * 0.5f;
    return targets_of(x, SAMPLES, FEATURES, y, OUTPUTS);
}

typedef struct job {
    isobit_context *context;
    isobit_settings *settings;
    isobit_data *data;
    isobit_model *model;
} job;

static job open_job(size_t which, const char *variants) {
    const char *const *row = trainings[which];
    job out = {.context = open_with(variants), .settings = settings_of("epochs", "2", NULL)};
    for (size_t i = 1; row[i]; i += 2)
        OK(isobit_settings_set(out.settings, row[i], row[i + 1]));
    if (!strcmp(row[0], "wide targets"))
        out.data = wide_targets();
    else
        OK(isobit_data_load(&out.data, row[0], out.settings));
    out.model = model_of(out.context, out.data, out.settings);
    return out;
}

static void close_job(job *j) {
    isobit_model_free(j->model);
    isobit_data_free(j->data);
    isobit_settings_free(j->settings);
    isobit_context_free(j->context);
}

static iso_estimate estimate_of(const job *j) {
    iso_estimate out;
    OK(iso_training_estimate(&out, j->model, j->data, j->settings));
    return out;
}

static void set_limit(const job *j, size_t bytes) {
    j->context->limited = true;
    j->context->memory = bytes;
}

/* The smallest limit under which a training fits. */
static size_t least_limit(const job *j) {
    const size_t before = j->context->memory;
    size_t too_small = 0, enough = estimate_of(j).device.ledger.bytes;
    while (enough - too_small > 1) {
        const size_t middle = too_small + (enough - too_small) / 2;
        set_limit(j, middle);
        if (estimate_of(j).device.fits)
            enough = middle;
        else
            too_small = middle;
    }
    set_limit(j, before);
    return enough;
}

/* ----------------------------------------------------------------------------- the estimate -- */

Test(memory, the_estimate_is_what_is_allocated) {
    for (size_t t = 0; t < TRAININGS; t++)
        for (int way = 0; way < WAYS; way++) {
            job j = open_job(t, ways[way]);
            const size_t limits[] = {SIZE_MAX, least_limit(&j)};
            for (int limited = 0; limited < 2; limited++) {
                iso_training *training;
                set_limit(&j, limits[limited]);
                const iso_estimate need = estimate_of(&j);
                const size_t before = iso_buffers_live();
                cr_assert(need.device.fits);
                cr_assert_eq(need.device.chunk > 0, limited);
                OK(iso_training_new(&training, j.model, j.data, j.settings));
                cr_assert_eq(iso_buffers_live() - before, need.device.ledger.bytes,
                             "training %zu: %zu, not %zu", t, iso_buffers_live() - before,
                             need.device.ledger.bytes);
                iso_training_free(training);
                cr_assert_eq(iso_buffers_live(), before);
            }
            close_job(&j);
        }
}

/* A CPU reads the samples where they are, unless it is said how much memory it has. */
Test(memory, a_data_set_is_not_copied_to_where_it_is) {
    for (size_t t = 0; t < TRAININGS; t++) {
        job j = open_job(t, "resident=off");
        char digests[2][65];
        size_t counted[2];
        const bool shares = iso_buffer_shares(j.context);
        const size_t x =
            j.data->samples * iso_data_features(j.data) * iso_element_size(j.data->element);
        for (int own = 0; own < 2; own++) {
            iso_training *training;
            isobit_model *model = model_of(j.context, j.data, j.settings);
            if (own)
                set_limit(&j, SIZE_MAX);
            const size_t before = iso_buffers_live();
            counted[own] = estimate_of(&j).device.ledger.bytes;
            OK(iso_training_new(&training, model, j.data, j.settings));
            cr_assert_eq(iso_buffers_live() - before, counted[own], "training %zu", t);
            OK(iso_training_run(training, NULL, NULL));
            iso_training_free(training);
            isobit_model_sha256(model, digests[own]);
            isobit_model_free(model);
        }
        cr_assert_eq(counted[1] - counted[0], shares ? x + ISO_SLACK : 0, "training %zu", t);
        cr_assert_str_eq(digests[0], digests[1]);
        close_job(&j);
    }
}

/* Whoever made them may free samples that a device still reads. */
Test(memory, what_a_device_reads_where_it_is_stays_there) {
    static const uint32_t values[64] = {3, 1, 4, 1, 5};
    uint32_t got[64];
    cl_mem buffer;
    iso_held *held;
    isobit_context *context = open_device();
    if (!iso_buffer_shares(context))
        cr_skip_test("%s has memory of its own", context->name);
    uint32_t *memory = malloc(sizeof values);
    memcpy(memory, values, sizeof values);
    OK(iso_held_new(&held, memory));
    OK(iso_buffer_over(&buffer, context, held, sizeof values, "a test"));
    cr_assert_eq(iso_buffers_live(), 0);
    cr_assert_eq(atomic_load(&held->holders), 2);
    iso_held_leave(held);
    OK(iso_buffer_read(context, buffer, 0, got, sizeof got));
    cr_assert_arr_eq(got, values, sizeof values);
    cr_assert_eq(atomic_load(&held->holders), 1);
    iso_buffer_free(&buffer);
    isobit_context_free(context);
}

Test(memory, what_does_not_fit_is_refused_with_the_largest_batch_that_does) {
    job j = open_job(0, "");
    set_limit(&j, least_limit(&j) - 1);
    const iso_estimate need = estimate_of(&j);
    iso_training *training;
    char advice[64], batch[24];
    cr_assert(!need.device.fits && need.largest_batch > 0 && need.largest_batch < 17);
    const size_t before = iso_buffers_live();
    snprintf(advice, sizeof advice, "largest batch that fits is %zu, of 17", need.largest_batch);
    REFUSES(iso_training_new(&training, j.model, j.data, j.settings), ISOBIT_ERROR_DEVICE, advice);
    REFUSES(isobit_train(j.model, j.data, j.settings, NULL, NULL), ISOBIT_ERROR_DEVICE,
            "for the activations of a batch");
    cr_assert_eq(iso_buffers_live(), before);
    snprintf(batch, sizeof batch, "%zu", need.largest_batch);
    OK(isobit_settings_set(j.settings, "batch", batch));
    OK(isobit_train(j.model, j.data, j.settings, NULL, NULL));
    snprintf(batch, sizeof batch, "%zu", need.largest_batch + 1);
    OK(isobit_settings_set(j.settings, "batch", batch));
    cr_assert(!estimate_of(&j).device.fits);
    set_limit(&j, 5000);
    REFUSES(isobit_train(j.model, j.data, j.settings, NULL, NULL), ISOBIT_ERROR_DEVICE,
            "no smaller batch fits either");
    close_job(&j);
}

/* The limit is one of the largest single buffer: what is needed at a stretch is said. */
Test(memory, a_buffer_beyond_the_devices_largest_is_refused) {
    job j = open_job(0, "");
    j.context->largest_buffer = 20000;
    REFUSES(isobit_train(j.model, j.data, j.settings, NULL, NULL), ISOBIT_ERROR_DEVICE,
            "at a stretch");
    close_job(&j);
}

/* -------------------------------------------------------------------------------- the bits -- */

typedef struct outcome {
    char digest[65];
    isobit_metrics metrics[ISOBIT_PARTS], trained;
    float outputs[64];
} outcome;

static bool remember(const isobit_progress *progress, void *user) {
    outcome *out = user;
    if (progress->epoch_done)
        out->trained = progress->metrics[ISOBIT_TRAIN];
    return true;
}

static outcome outcome_of(size_t which, const char *variants, bool limited) {
    job j = open_job(which, variants);
    outcome out = {.trained.samples = 0};
    const size_t samples = isobit_data_samples(j.data, ISOBIT_TRAIN);
    const size_t outputs = isobit_model_outputs(j.model);
    float *y = calloc(j.data->samples * outputs, sizeof *y);
    float *x = calloc(j.data->samples * isobit_data_features(j.data), sizeof *x);
    uint32_t seed = 3;
    cr_assert(x && y && samples);
    for (size_t i = 0; i < j.data->samples * isobit_data_features(j.data); i++)
        x[i] = noise(&seed);
    if (limited)
        set_limit(&j, least_limit(&j));
    OK(isobit_train(j.model, j.data, j.settings, remember, &out));
    isobit_model_sha256(j.model, out.digest);
    for (int part = 0; part < ISOBIT_PARTS; part++)
        OK(isobit_evaluate(j.model, j.data, (isobit_part)part, &out.metrics[part]));
    OK(isobit_predict(j.model, x, j.data->samples, y));
    for (size_t i = 0; i < 64; i++)
        out.outputs[i] = y[i * (j.data->samples * outputs - 1) / 63];
    free(x);
    free(y);
    close_job(&j);
    return out;
}

Test(memory, data_that_passes_through_gives_the_bits_of_data_that_stays) {
    for (size_t t = 0; t < TRAININGS; t++)
        for (int way = 0; way < WAYS; way++) {
            const outcome stays = outcome_of(t, ways[way], false);
            const outcome passes = outcome_of(t, ways[way], true);
            cr_assert_str_eq(stays.digest, passes.digest, "training %zu", t);
            cr_assert(!memcmp(&stays.trained, &passes.trained, sizeof stays.trained));
            cr_assert(!memcmp(stays.metrics, passes.metrics, sizeof stays.metrics));
            cr_assert(!memcmp(stays.outputs, passes.outputs, sizeof stays.outputs));
        }
}

/* Interrupted within an epoch under one limit, gone on with under another, and without. */
static bool stop_at_once(const isobit_progress *progress, void *user) {
    (void)user;
    return progress->step == 0;
}

Test(memory, a_run_is_resumed_under_another_limit) {
    enter_folder();
    job whole = open_job(0, "resident=off");
    char expected[65], got[65];
    OK(isobit_train(whole.model, whole.data, whole.settings, NULL, NULL));
    isobit_model_sha256(whole.model, expected);
    for (int limited = 0; limited < 2; limited++) {
        job j = open_job(0, "resident=off");
        const size_t least = least_limit(&j);
        OK(isobit_settings_set(j.settings, "checkpoint", "3 steps"));
        if (limited)
            set_limit(&j, least);
        isobit_status status =
            isobit_train_with_checkpoint(j.model, j.data, j.settings, "point", stop_at_once, NULL);
        cr_assert_eq(status, ISOBIT_ERROR_INTERRUPTED);
        set_limit(&j, limited ? SIZE_MAX : least);
        OK(isobit_resume(j.model, j.data, j.settings, "point", NULL, NULL));
        isobit_model_sha256(j.model, got);
        cr_assert_str_eq(got, expected);
        close_job(&j);
    }
    close_job(&whole);
    leave_folder();
}

/* Digests of every launch, too, among them those of the data and its order. */
Test(memory, the_digests_of_launches_are_the_same) {
    enter_folder();
    for (int limited = 0; limited < 2; limited++) {
        job j = open_job(0, "resident=off");
        OK(isobit_settings_set(j.settings, "digests", limited ? "passes" : "stays"));
        OK(isobit_settings_set(j.settings, "digest-steps", "1-3,9-12"));
        if (limited)
            set_limit(&j, least_limit(&j));
        OK(isobit_train(j.model, j.data, j.settings, NULL, NULL));
        close_job(&j);
    }
    cr_assert_eq(system("cmp stays passes && grep -q '\"batch\"' stays && "
                        "grep -q 'order of samples' stays"),
                 0);
    leave_folder();
}

/* -------------------------------------------------------------------------- shapes and sizes -- */

Test(memory, more_than_a_kernel_can_count_is_refused_before_anything_is_allocated) {
    static const char *const nets[][2] = {
        {"dense 100000000 relu, dense 10 softmax", "layer 1 (\"dense 100000000 relu\")"},
        {"dense 30000 relu, dense 2000000 relu, dense 10 softmax", "layer 2"},
        {"dense 2147483647, dense 2147483647, dense 10 softmax", "layer 1"},
    };
    isobit_context *context = open_device();
    isobit_data *data;
    isobit_model *model;
    OK(isobit_data_load(&data, "digits samples=20 test=1", NULL));
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        isobit_settings *settings = settings_of("net", nets[i][0], NULL);
        REFUSES(isobit_model_new(&model, context, data, settings), ISOBIT_ERROR_ARGUMENT,
                nets[i][1]);
        cr_assert(strstr(isobit_error(), "2^32"), "%s", isobit_error());
        isobit_settings_free(settings);
    }
    iso_tensor tensor;
    REFUSES(iso_tensor_new(&tensor, context, (size_t)1 << 28, 16, "a test"), ISOBIT_ERROR_ARGUMENT,
            "a test: 268435456 by 16 numbers");
    REFUSES(iso_tensor_new(&tensor, context, SIZE_MAX / 2, SIZE_MAX / 2, "a test"),
            ISOBIT_ERROR_ARGUMENT, "2^32");
    cr_assert_eq(iso_buffers_live(), 0);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* A batch whose matrices would be too large for a kernel, while its network is small. */
Test(memory, a_batch_that_is_too_large_for_a_kernel_is_refused) {
    isobit_context *context = open_device();
    isobit_data *data;
    iso_estimate need;
    isobit_settings *settings =
        settings_of("net", "dense 200000 relu, dense 2 softmax", "batch", "0", NULL);
    OK(isobit_data_load(&data, "moons samples=30000", settings));
    isobit_model *model = model_of(context, data, settings);
    REFUSES(iso_training_estimate(&need, model, data, settings), ISOBIT_ERROR_ARGUMENT,
            "30000 by 200000 numbers");
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}

/* Numbers of kernel arguments, in the last place where that can be seen. */
Test(memory, a_launch_with_an_argument_beyond_32_bits_is_refused) {
    isobit_context *context = open_device();
    iso_list list = {.context = context};
    iso_arguments arguments = {0};
    const iso_request request = {.op = "softmax"};
    iso_arguments_add(&arguments, ISO_UINT((size_t)1 << 32));
    REFUSES(iso_list_add(&list, &request, &arguments, (iso_work){.columns = 1, .rows = 1}, "this"),
            ISOBIT_ERROR_ARGUMENT, "this: 4294967296 is beyond the 2^32");
    isobit_context_free(context);
}

/* Single samples, classes and features, and very many features or units, are no exceptions:
 * training lowers the loss. */
Test(memory, awkward_shapes_train) {
    static const struct {
        size_t samples, features, classes;
        const char *net, *batch;
    } rows[] = {
        {1, 1, 1, "dense 1 sigmoid", "64"},
        {1, 1, 1, "dense 3 relu, dense 1 sigmoid", "1"},
        {5, 2, 1, "dense 1 sigmoid", "2"},
        {1, 2, 2, "dense 2 softmax", "1"},
        {6, 100000, 2, "dense 2 softmax", "4"},
        {6, 2, 2, "dense 100000 relu, dense 2 softmax", "4"},
    };
    const int32_t labels[6] = {0, 1, 0, 1, 1, 0}, zeros[6] = {0};
    isobit_context *context = open_device();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const size_t floats = rows[i].samples * rows[i].features;
        float *x = calloc(floats, sizeof *x);
        uint32_t seed = 7;
        isobit_data *data;
        isobit_metrics before, after;
        cr_assert(x);
        for (size_t j = 0; j < floats; j++)
            x[j] = noise(&seed);
        OK(isobit_data_from_classes(&data, x, rows[i].samples, rows[i].features,
                                    rows[i].classes == 1 ? zeros : labels, rows[i].classes));
        isobit_settings *settings =
            settings_of("net", rows[i].net, "batch", rows[i].batch, "epochs", "4", "optimizer",
                        "sgd lr=0.00001", "scale", "standard", NULL);
        isobit_model *model = model_of(context, data, settings);
        OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &before));
        OK(isobit_train(model, data, settings, NULL, NULL));
        OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &after));
        cr_assert(after.samples == rows[i].samples && after.loss < before.loss, "%s: %g to %g",
                  rows[i].net, before.loss, after.loss);
        isobit_model_free(model);
        isobit_settings_free(settings);
        isobit_data_free(data);
        free(x);
    }
    isobit_context_free(context);
}

/* A thousand layers share their kernels. */
Test(memory, a_thousand_layers_train) {
    enum { LAYERS = 1000 };
    static char net[LAYERS * 16];
    isobit_context *context = open_device();
    isobit_data *data;
    size_t length = 0;
    for (int i = 0; i < LAYERS; i++)
        length += (size_t)sprintf(net + length, "dense 3 tanh, ");
    strcpy(net + length, "dense 2 softmax");
    isobit_settings *settings = settings_of("net", net, "epochs", "1", NULL);
    OK(isobit_data_load(&data, "moons samples=100", settings));
    isobit_model *model = model_of(context, data, settings);
    char before[65], after[65];
    isobit_model_sha256(model, before);
    OK(isobit_train(model, data, settings, NULL, NULL));
    isobit_model_sha256(model, after);
    cr_assert_str_neq(before, after);
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    isobit_context_free(context);
}
