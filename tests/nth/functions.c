/* Every function of the public interface that can fail. */
#include "sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SAMPLES = 10, FEATURES = 2, CLASSES = 2 };

static const float inputs[SAMPLES][FEATURES] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 2},
                                                {2, 0}, {2, 1}, {1, 2}, {3, 0}, {3, 3}};
static const int32_t labels[SAMPLES] = {0, 1, 1, 0, 0, 0, 1, 1, 1, 0};

/* What the functions work on; made afresh before each run where they change it. */
static struct {
    isobit_context *context;
    isobit_settings *settings;
    isobit_data *data;
    isobit_model *model; /* with its initial parameters */
    void *made;          /* by the function; NULL as long as it has made nothing */
} world;

static void must(isobit_status status) { sweep_must(status == ISOBIT_OK, isobit_error()); }

static void free_model(void) {
    isobit_model_free(world.model);
    world.model = NULL;
}

static void fresh_model(const void *what) {
    (void)what;
    free_model();
    must(isobit_model_new(&world.model, world.context, world.data, world.settings));
}

/* A checkpoint to go on from, and one that a training replaces. */
static void fresh_checkpoint(const void *what) {
    fresh_model(what);
    must(isobit_settings_set(world.settings, "epochs", "1"));
    must(isobit_train_with_checkpoint(world.model, world.data, world.settings, "checkpoint", NULL,
                                      NULL));
    must(isobit_settings_set(world.settings, "epochs", "2"));
    fresh_model(what);
}

/* A function under a name, and what to free what it makes with. */
typedef struct function {
    isobit_status (*call)(void);
    void (*free)(void);
    const char *source; /* of isobit_data_load */
} function;
static const function *under_way;

/* ----------------------------------------------------------------------------- the functions -- */

static isobit_status devices_new(void) {
    return isobit_devices_new((isobit_devices **)&world.made, NULL);
}
static void devices_free(void) { isobit_devices_free(world.made); }

static isobit_status context_new(void) {
    return isobit_context_new((isobit_context **)&world.made, NULL);
}
static isobit_status context_open(void) {
    return isobit_context_open((isobit_context **)&world.made, world.settings);
}
static void context_free(void) { isobit_context_free(world.made); }

static isobit_status settings_new(void) {
    return isobit_settings_new((isobit_settings **)&world.made);
}
static void settings_free(void) { isobit_settings_free(world.made); }
static isobit_status settings_set(void) { return isobit_settings_set(world.settings, "seed", "1"); }
static isobit_status settings_load(void) {
    return isobit_settings_load(world.settings, "settings.ini");
}

static isobit_status data_load(void) {
    return isobit_data_load((isobit_data **)&world.made, under_way->source, world.settings);
}
static isobit_status data_from_classes(void) {
    return isobit_data_from_classes((isobit_data **)&world.made, *inputs, SAMPLES, FEATURES, labels,
                                    0);
}
static isobit_status data_from_targets(void) {
    return isobit_data_from_targets((isobit_data **)&world.made, *inputs, SAMPLES, 1, *inputs, 1);
}
static void data_free(void) { isobit_data_free(world.made); }

static isobit_status model_new(void) {
    return isobit_model_new((isobit_model **)&world.made, world.context, world.data,
                            world.settings);
}
static isobit_status model_load(void) {
    return isobit_model_load((isobit_model **)&world.made, world.context, "model");
}
static isobit_status model_save(void) { return isobit_model_save(world.model, "saved"); }
static void model_free(void) { isobit_model_free(world.made); }

static isobit_status train(void) {
    return isobit_train(world.model, world.data, world.settings, NULL, NULL);
}
static isobit_status train_with_checkpoint(void) {
    return isobit_train_with_checkpoint(world.model, world.data, world.settings, "checkpoint", NULL,
                                        NULL);
}
static isobit_status resume(void) {
    return isobit_resume(world.model, world.data, world.settings, "checkpoint", NULL, NULL);
}

static isobit_status evaluate(void) {
    isobit_metrics metrics;
    return isobit_evaluate(world.model, world.data, ISOBIT_TRAIN, &metrics);
}
static isobit_status confusion(void) {
    size_t counts[CLASSES * CLASSES];
    return isobit_confusion(world.model, world.data, ISOBIT_TRAIN, counts);
}
static isobit_status predict(void) {
    float y[SAMPLES * CLASSES];
    return isobit_predict(world.model, *inputs, SAMPLES, y);
}
static isobit_status check(void) {
    return isobit_check((isobit_check_result **)&world.made, world.model, world.data,
                        world.settings);
}
static void check_free(void) { isobit_check_free(world.made); }

/* ------------------------------------------------------------------------------------ a run -- */

static void run(const void *what, sweep_outcome *out) {
    under_way = what;
    const isobit_status status = under_way->call();
    out->done = status == ISOBIT_OK;
    if (!out->done)
        snprintf(out->message, sizeof out->message, "%s", isobit_error());
    if (!out->done && world.made)
        snprintf(out->fault, sizeof out->fault, "fails, but hands something out");
    if (status == ISOBIT_ERROR_ARGUMENT || status == ISOBIT_ERROR_FORMAT)
        snprintf(out->fault, sizeof out->fault, "fails with %s", isobit_status_name(status));
}

static void look(const void *what, sweep_outcome *out) {
    static const char *const files[] = {"saved", NULL};
    const function *made = what;
    if (out->done && world.model)
        isobit_model_sha256(world.model, out->digest);
    if (out->done && made->call == model_save)
        sweep_digest_files(files, out->digest);
    if (made->free)
        made->free();
    world.made = NULL;
    sweep_find_rest(".", out);
}

#define FUNCTION(name, prepare, ...)                                                               \
    {                                                                                              \
#name, prepare, run, look, &(const function) { name, __VA_ARGS__ }                         \
    }
#define SOURCE(name, path)                                                                         \
    {                                                                                              \
        "data_load " name, NULL, run, look, &(const function) { data_load, data_free, path }       \
    }

static const sweep_case cases[] = {FUNCTION(devices_new, NULL, devices_free, NULL),
                                   FUNCTION(context_new, NULL, context_free, NULL),
                                   FUNCTION(context_open, NULL, context_free, NULL),
                                   FUNCTION(settings_new, NULL, settings_free, NULL),
                                   FUNCTION(settings_set, NULL, NULL, NULL),
                                   FUNCTION(settings_load, NULL, NULL, NULL),
                                   SOURCE("csv", "d.csv"),
                                   SOURCE("digits", "digits samples=20 test=10"),
                                   SOURCE("idx", "t-images-idx3-ubyte.gz"),
                                   SOURCE("words.npz", ISOBIT_TEST_DATA "/words.npz"),
                                   SOURCE("deflated.npz", ISOBIT_TEST_DATA "/deflated.npz"),
                                   FUNCTION(data_from_classes, NULL, data_free, NULL),
                                   FUNCTION(data_from_targets, NULL, data_free, NULL),
                                   FUNCTION(model_new, NULL, model_free, NULL),
                                   FUNCTION(train, fresh_model, NULL, NULL),
                                   FUNCTION(train_with_checkpoint, fresh_model, NULL, NULL),
                                   FUNCTION(resume, fresh_checkpoint, NULL, NULL),
                                   FUNCTION(evaluate, fresh_model, NULL, NULL),
                                   FUNCTION(confusion, NULL, NULL, NULL),
                                   FUNCTION(predict, NULL, NULL, NULL),
                                   FUNCTION(check, NULL, check_free, NULL),
                                   FUNCTION(model_save, NULL, NULL, NULL),
                                   FUNCTION(model_load, NULL, model_free, NULL),
                                   {0}};

static void write_packed(const char *path, const void *bytes, unsigned length) {
    gzFile file = gzopen(path, "wb");
    sweep_must(file && gzwrite(file, bytes, length) == (int)length && !gzclose(file), path);
}

const sweep_case *sweep_functions(void) {
    static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0,
                                           0, 1, 0, 0, 0, 2, 0, 9, 7, 255},
                               classes[] = {0, 0, 8, 1, 0, 0, 0, 2, 0, 1};
    write_packed("t-images-idx3-ubyte.gz", images, sizeof images);
    write_packed("t-labels-idx1-ubyte.gz", classes, sizeof classes);
    sweep_write("settings.ini", "[run]\nepochs = 2\n");
    must(isobit_context_new(&world.context, NULL));
    must(isobit_settings_new(&world.settings));
    must(isobit_settings_set(world.settings, "net", "dense 3 tanh, dense 2 softmax"));
    must(isobit_settings_set(world.settings, "batch", "4"));
    must(isobit_settings_set(world.settings, "epochs", "2"));
    must(isobit_data_from_classes(&world.data, *inputs, SAMPLES, FEATURES, labels, CLASSES));
    fresh_model(NULL);
    must(isobit_model_save(world.model, "model"));
    return cases;
}

void sweep_functions_end(void) {
    free_model();
    isobit_data_free(world.data);
    isobit_settings_free(world.settings);
    isobit_context_free(world.context);
}
