/* The optimizer that is a search: --optimizer genetic. */
#include "folder.h"
#include "support.h"

#include "base/file.h"
#include "base/numerics.h"
#include "base/random.h"
#include "run/train.h"

#include <unistd.h>

static isobit_settings *evolve(const char *net, const char *optimizer, const char *batch,
                               const char *epochs, const char *seed) {
    return settings_of("net", net, "optimizer", optimizer, "batch", batch, "epochs", epochs, "seed",
                       seed, NULL);
}

static bool keep_progress(const isobit_progress *progress, void *user) {
    *(isobit_progress *)user = *progress;
    return true;
}

/* Train and score on the training part. */
static isobit_metrics learn(isobit_context *context, const isobit_data *data,
                            const isobit_settings *settings, isobit_progress *last,
                            char digest[65]) {
    isobit_model *model = model_of(context, data, settings);
    isobit_metrics metrics;
    OK(isobit_train(model, data, settings, last ? keep_progress : NULL, last));
    OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &metrics));
    isobit_model_sha256(model, digest);
    isobit_model_free(model);
    return metrics;
}

Test(search, xor_and_moons_are_solved_with_step_units_too) {
    static const struct {
        const char *data, *net, *optimizer, *epochs;
        double accuracy;
    } cases[] = {
        {"xor", "dense 4 tanh, dense 1 sigmoid", "genetic population=64 mutation=0.5", "60", 1},
        {"xor", "dense 3 step, dense 1 step", "genetic mutation=0.5", "60", 1},
        {"moons samples=200", "dense 8 tanh, dense 2 softmax", "genetic mutation=0.3", "120",
         0.97}};
    isobit_context *context = open_device();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int seed = 1; seed <= 2; seed++) {
            char digest[65], text[8];
            isobit_data *data;
            snprintf(text, sizeof text, "%d", seed);
            isobit_settings *settings =
                evolve(cases[i].net, cases[i].optimizer, "0", cases[i].epochs, text);
            if (i == 1)
                OK(isobit_settings_set(settings, "loss", "mse"));
            OK(isobit_data_load(&data, cases[i].data, NULL));
            const isobit_metrics metrics = learn(context, data, settings, NULL, digest);
            fprintf(stderr, "%s, %s, seed %d: %.4f\n", cases[i].data, cases[i].net, seed,
                    metrics.accuracy);
            cr_assert(metrics.accuracy >= cases[i].accuracy, "%s, %s, seed %d: %g", cases[i].data,
                      cases[i].net, seed, metrics.accuracy);
            isobit_data_free(data);
            isobit_settings_free(settings);
        }
    isobit_context_free(context);
}

/* What the population's launches say of the best is what its own forward pass says, bit for bit:
 * with sums of several chunks, softmax, whitening, no bias, every kind of loss. */
Test(search, an_individual_scores_as_it_does_by_itself) {
    static const struct {
        const char *net, *loss, *scale;
    } cases[] = {{"dense 5 gelu, dense 4 softmax, dense 3 softmax", "", "none"},
                 {"dense 6 tanh bias=off, dense 3 softmax", "mse", "none"},
                 {"dense 3 sigmoid", "binary_cross_entropy", "standard"},
                 {"dense 4 step, dense 3", "mae", "whiten"}};
    enum { N = 70, FEATURES = 300 };
    static float x[N * FEATURES];
    int32_t labels[N];
    uint32_t seed = 6;
    isobit_context *context = open_device();
    isobit_data *data;
    for (int i = 0; i < N * FEATURES; i++)
        x[i] = noise(&seed);
    for (int i = 0; i < N; i++)
        labels[i] = i % 3;
    OK(isobit_data_from_classes(&data, x, N, FEATURES, labels, 3));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        isobit_settings *settings =
            evolve(cases[i].net, "genetic population=5 elite=1", "0", "1", "3");
        isobit_progress last;
        char digest[65];
        OK(isobit_settings_set(settings, "loss", cases[i].loss));
        OK(isobit_settings_set(settings, "scale", cases[i].scale));
        OK(isobit_settings_set(settings, "shuffle", "off")); /* sums in the order of the data */
        const isobit_metrics alone = learn(context, data, settings, &last, digest);
        cr_assert_eq(last.metrics[ISOBIT_TRAIN].loss, alone.loss, "%s", cases[i].net);
        cr_assert_eq(last.metrics[ISOBIT_TRAIN].accuracy, alone.accuracy, "%s", cases[i].net);
        isobit_settings_free(settings);
    }
    isobit_data_free(data);
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------------- by the rule -- */

enum { COUNT = 5, ELITE = 2, WEIGHTS = 3 };

/* The loss of y = w x + b on the data. */
static double loss_of(isobit_context *context, const isobit_data *data, const float *w) {
    isobit_model *model = small_model(context, data, "dense 1", "mse");
    isobit_metrics metrics;
    memcpy(model->parameters, w, WEIGHTS * sizeof *w);
    OK(isobit_evaluate(model, data, ISOBIT_TRAIN, &metrics));
    isobit_model_free(model);
    return metrics.loss;
}

static void rank_by_loss(isobit_context *context, const isobit_data *data,
                         float (*population)[WEIGHTS], int rank[COUNT]) {
    double loss[COUNT];
    for (int i = 0; i < COUNT; i++) {
        loss[i] = loss_of(context, data, population[i]);
        rank[i] = i;
    }
    for (int i = 0; i < COUNT; i++)
        for (int j = COUNT - 1; j > i; j--)
            if (loss[rank[j]] < loss[rank[j - 1]]) {
                const int other = rank[j];
                rank[j] = rank[j - 1];
                rank[j - 1] = other;
            }
}

/* The contract's text once more, for two generations. */
Test(search, each_generation_is_bred_by_the_rule) {
    const float x[] = {1, 2, -1, 0.5f, 3, -2, 0, 1}, y[] = {1, -2, 0.5f, 3}, m = 0.25f;
    float now[COUNT][WEIGHTS], next[COUNT][WEIGHTS];
    int rank[COUNT];
    isobit_context *context = open_device();
    isobit_data *data = targets_of(x, 4, 2, y, 1);
    isobit_settings *settings =
        evolve("dense 1", "genetic population=5 elite=2 mutation=0.25", "0", "2", "9");
    isobit_model *model = model_of(context, data, settings);
    iso_random random = iso_random_new(9, ISO_RANDOM_SEARCH, 0);
    memcpy(now[0], model->parameters, sizeof now[0]);
    for (int i = 1; i < COUNT; i++)
        for (int k = 0; k < WEIGHTS; k++)
            now[i][k] = iso_flush(fmaf(m, iso_random_normal(&random), now[0][k]));
    rank_by_loss(context, data, now, rank);
    random = iso_random_new(9, ISO_RANDOM_SEARCH, 1);
    for (int i = 0; i < COUNT; i++) {
        int parents[2];
        for (int p = 0; p < 2 && i >= ELITE; p++) {
            const uint32_t a = iso_random_below(&random, COUNT),
                           b = iso_random_below(&random, COUNT);
            parents[p] = rank[a < b ? a : b];
        }
        for (int k = 0; k < WEIGHTS; k++)
            if (i < ELITE) {
                next[i][k] = now[rank[i]][k];
            } else {
                const bool second = iso_random_draw(&random) >= 0x80000000u;
                next[i][k] =
                    iso_flush(fmaf(m, iso_random_normal(&random), now[parents[second]][k]));
            }
    }
    rank_by_loss(context, data, next, rank);
    OK(isobit_train(model, data, settings, NULL, NULL));
    cr_assert_eq(memcmp(model->parameters, next[rank[0]], sizeof next[0]), 0);
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    isobit_context_free(context);
}

/* ------------------------------------------------------------------------------- interrupted -- */

/* At the end of epoch 2, in which step 6 left a checkpoint. */
static bool copy_checkpoint(const isobit_progress *progress, void *user) {
    const char *const *paths = user;
    char *bytes;
    size_t length;
    if (!progress->epoch_done || progress->epoch != 2)
        return true;
    OK(iso_file_read(paths[0], PTRDIFF_MAX, &bytes, &length));
    OK(iso_file_write(paths[1], bytes, length));
    free(bytes);
    return true;
}

Test(search, it_goes_on_in_the_middle_of_an_epoch_with_the_same_bits) {
    char whole[65], resumed[65];
    const char *const path = inside("point"), *const middle = inside("middle");
    const char *const paths[] = {path, middle};
    iso_checkpoint *checkpoint;
    isobit_context *context = open_device();
    isobit_data *data;
    isobit_settings *settings =
        evolve("dense 4 tanh, dense 1 sigmoid", "genetic population=8 elite=2", "32", "5", "4");
    OK(isobit_settings_set(settings, "schedule", "cosine"));
    OK(isobit_settings_set(settings, "checkpoint", "3 steps"));
    OK(isobit_data_load(&data, "moons samples=100", NULL)); /* batches of 32, 32, 32 and 4 */
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_train_with_checkpoint(model, data, settings, path, copy_checkpoint,
                                    (void *)(uintptr_t)paths));
    isobit_model_sha256(model, whole);
    isobit_model_free(model);
    OK(iso_checkpoint_read(&checkpoint, middle));
    cr_assert(checkpoint->step == 6 && checkpoint->epoch_step == 2);
    iso_checkpoint_free(checkpoint);
    model = model_of(context, data, settings);
    OK(isobit_resume(model, data, settings, middle, NULL, NULL));
    isobit_model_sha256(model, resumed);
    cr_assert_str_eq(whole, resumed);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}

Test(search, what_cannot_be_is_refused_with_the_reason) {
    iso_optimizer optimizer;
    REFUSES(iso_optimizer_parse(&optimizer, "genetic population=2.5"), ISOBIT_ERROR_ARGUMENT,
            "both are counts");
    REFUSES(iso_optimizer_parse(&optimizer, "genetic population=4 elite=4"), ISOBIT_ERROR_ARGUMENT,
            "the elite is the smaller one");
    REFUSES(iso_optimizer_parse(&optimizer, "genetic lr=1"), ISOBIT_ERROR_ARGUMENT, "mutation");
    isobit_context *context = open_device();
    isobit_data *data;
    OK(isobit_data_load(&data, "moons samples=10", NULL));
    isobit_settings *settings =
        evolve("dense 4 relu, dropout 0.5, dense 2 softmax", "genetic", "0", "1", "1");
    isobit_model *model = model_of(context, data, settings);
    REFUSES(isobit_train(model, data, settings, NULL, NULL), ISOBIT_ERROR_ARGUMENT,
            "layer 2 (\"dropout 0.5\"): optimizer genetic evolves dense layers only");
    OK(isobit_settings_set(settings, "clip", "1"));
    REFUSES(isobit_train(model, data, settings, NULL, NULL), ISOBIT_ERROR_ARGUMENT,
            "follows no gradients");
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
}
