/* Small trainings with recorded digests: every device, variant, thread count and compiler must end
 * with the same parameters. tests/bits/record.sh writes the records anew.
 *
 * Together they cover every layer, activation, loss and optimizer, odd sizes, partial last batches,
 * sums of more than one chunk in every direction, scaling, schedules and clipping. A new layer or
 * loss gets a row here. */
#include "run/doctor.h"

#include "run/model.h"

#include <string.h>

static const iso_sample_run runs[] = {
    {"sigmoid-mse-sgd",
     "sigmoid, mse, sgd; a partial last batch",
     "xor samples=24 noise=0.2",
     {"net", "dense 5 sigmoid, dense 1 sigmoid", "loss", "mse", "optimizer", "sgd lr=0.5", "batch",
      "7", "epochs", "3"},
     true},
    {"relu-softmax-adam",
     "relu, softmax with cross-entropy, adam with weight decay; bytes",
     "digits samples=70 test=0",
     {"net", "dense 33 relu, dense 10 softmax", "optimizer", "adam lr=0.003 weight_decay=0.01",
      "batch", "32", "epochs", "2", "seed", "7"},
     false},
    {"many-activations",
     "every activation, a hidden softmax, softmax with mse, rmsprop",
     "spirals samples=50 classes=3",
     {"net",
      "dense 17 tanh, dense 9 gelu, dense 12 softplus, dense 7 elu, dense 19 swish, "
      "dense 6 softmax, dense 11 leaky_relu, dense 5 identity bias=off, dense 8 sigmoid, "
      "dense 3 softmax",
      "loss", "mse", "optimizer", "rmsprop lr=0.01 momentum=0.5", "batch", "13", "epochs", "2"},
     false},
    {"wide-nesterov-clip",
     "batches and layers of more than one chunk, nesterov, clipping, cosine",
     "line samples=700",
     {"net", "dense 300 tanh, dense 290 tanh, dense 1", "optimizer",
      "sgd lr=0.05 momentum=0.9 nesterov=on weight_decay=0.001", "clip", "0.2", "schedule",
      "cosine warmup=2", "batch", "300", "epochs", "1"},
     false},
    {"regression-adagrad",
     "mae, adagrad, standard scaling, the whole part as one batch",
     "parabola samples=263",
     {"net", "dense 31 swish, dense 1", "loss", "mae", "optimizer", "adagrad lr=0.05 lr_decay=0.1",
      "scale", "standard", "batch", "0", "epochs", "4", "shuffle", "off"},
     false},
    {"regression-adamw",
     "mse, adamw, min-max scaling, a schedule in steps, initialisers",
     "line samples=37",
     {"net", "dense 3 tanh init=he_uniform, dense 1 init=xavier_normal", "optimizer",
      "adamw lr=0.01 weight_decay=0.1", "scale", "minmax", "schedule", "step every=1 gamma=0.5",
      "batch", "8", "epochs", "3", "seed", "1099511627777"},
     true},
    {"momentum-batch-1",
     "binary cross-entropy, sgd with momentum, one sample a step, clipping",
     "moons samples=9",
     {"net", "dense 4 tanh init=lecun, dense 1 sigmoid init=he_normal", "optimizer",
      "sgd lr=0.1 momentum=0.9 weight_decay=0.01", "clip", "1", "batch", "1", "epochs", "2"},
     true},
    {"images",
     "convolutions, poolings, dropout; strides and paddings that leave a rest",
     "digits samples=41 test=0",
     {"net",
      "conv 5 3x3 relu stride=2 padding=1, maxpool 2, conv 18 3x3 tanh padding=same, avgpool 2, "
      "flatten, dropout 0.3, dense 20 relu, dropout 0.5, dense 10 softmax",
      "optimizer", "adam lr=0.01", "batch", "15", "epochs", "1"},
     false},
    {"small-images",
     "a convolution, a pooling and dropout, small enough for a simulator",
     "digits samples=5 test=0",
     {"net", "conv 3 4x4 relu stride=4, maxpool 2, flatten, dropout 0.25, dense 10 softmax",
      "optimizer", "sgd lr=0.1", "batch", "3", "epochs", "1"},
     true},
    {"perceptron",
     "a step, the perceptron's criterion and rule; whitening",
     "moons samples=40",
     {"net", "dense 1 step", "optimizer", "perceptron", "scale", "whiten", "batch", "7", "epochs",
      "2"},
     true},
    {"genetic-autoencoder",
     "a population that gives back its input",
     "spirals samples=50",
     {"net", "dense 5 gelu, dense 2 tanh", "target", "input", "optimizer",
      "genetic population=6 elite=2", "batch", "20", "epochs", "2"},
     false},
};

const iso_sample_run *iso_sample_run_at(size_t index) {
    return index < sizeof runs / sizeof *runs ? &runs[index] : NULL;
}

static const struct record {
    const char *name, *digest;
} records[] = {
#include "run/doctor_records.h"
    {NULL, NULL}};

const char *iso_sample_run_digest(const char *name) {
    for (const struct record *record = records; record->name; record++)
        if (!strcmp(record->name, name))
            return record->digest;
    return NULL;
}

isobit_status iso_sample_run_train(const iso_sample_run *run, isobit_context *context,
                                   char out[65]) {
    isobit_settings *settings = NULL;
    isobit_data *data = NULL;
    isobit_model *model = NULL;
    isobit_status status;
    ISO_DO(isobit_settings_new(&settings));
    for (size_t i = 0; run->settings[i]; i += 2)
        ISO_DO(isobit_settings_set(settings, run->settings[i], run->settings[i + 1]));
    ISO_DO(isobit_settings_set(settings, "inexact", "on")); /* the digest is what tells */
    ISO_DO(isobit_data_load(&data, run->data, settings));
    ISO_DO(isobit_model_new(&model, context, data, settings));
    ISO_DO(isobit_train(model, data, settings, NULL, NULL));
    isobit_model_sha256(model, out);
done:
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    return status == ISOBIT_OK ? status : iso_fail_at(status, "run %s", run->name);
}
