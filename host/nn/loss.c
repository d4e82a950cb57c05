#include "nn/loss.h"

#include <math.h>
#include <string.h>

/* The float64 forms are plain definitions, written apart from the kernels' on purpose. Those that
 * read the logit are those of softmax or sigmoid and loss together, which never overflow. */

static double mse_value(const double *z, const double *y, const double *t, size_t outputs) {
    double sum = 0;
    (void)z;
    for (size_t j = 0; j < outputs; j++)
        sum += (y[j] - t[j]) * (y[j] - t[j]) / 2;
    return sum;
}
static void mse_slope(const double *y, const double *t, size_t outputs, double *out) {
    for (size_t j = 0; j < outputs; j++)
        out[j] = y[j] - t[j];
}

static double mae_value(const double *z, const double *y, const double *t, size_t outputs) {
    double sum = 0;
    (void)z;
    for (size_t j = 0; j < outputs; j++)
        sum += fabs(y[j] - t[j]);
    return sum;
}
static void mae_slope(const double *y, const double *t, size_t outputs, double *out) {
    for (size_t j = 0; j < outputs; j++)
        out[j] = (y[j] > t[j]) - (y[j] < t[j]);
}

/* -t log y - (1 - t) log(1 - y) with log y = z - log(1 + exp z), log(1 - y) = -log(1 + exp z). */
static double binary_value(const double *z, const double *y, const double *t, size_t outputs) {
    double sum = 0;
    (void)y;
    for (size_t j = 0; j < outputs; j++)
        sum += fmax(z[j], 0) + log1p(exp(-fabs(z[j]))) - t[j] * z[j];
    return sum;
}
static void binary_slope(const double *y, const double *t, size_t outputs, double *out) {
    for (size_t j = 0; j < outputs; j++)
        out[j] = y[j] - t[j];
}

/* The sum of -t log y with log y = z - log(sum of exp z). */
static double categorical_value(const double *z, const double *y, const double *t, size_t outputs) {
    double largest = z[0], exps = 0, sum = 0;
    (void)y;
    for (size_t j = 0; j < outputs; j++)
        largest = fmax(largest, z[j]);
    for (size_t j = 0; j < outputs; j++)
        exps += exp(z[j] - largest);
    for (size_t j = 0; j < outputs; j++)
        sum += t[j] * (log(exps) + largest - z[j]);
    return sum;
}
static void categorical_slope(const double *y, const double *t, size_t outputs, double *out) {
    double total = 0;
    for (size_t j = 0; j < outputs; j++)
        total += t[j];
    for (size_t j = 0; j < outputs; j++)
        out[j] = y[j] * total - t[j];
}

/* How far z is on the wrong side of 0 (Rosenblatt's criterion); its derivative is 1, -1 or 0. */
static double perceptron_value(const double *z, const double *y, const double *t, size_t outputs) {
    double sum = 0;
    (void)y;
    for (size_t j = 0; j < outputs; j++)
        sum += fmax(0, t[j] > 0 ? -z[j] : z[j]);
    return sum;
}
static void perceptron_slope(const double *y, const double *t, size_t outputs, double *out) {
    for (size_t j = 0; j < outputs; j++)
        out[j] = (y[j] > 0) - (t[j] > 0);
}

static const iso_loss losses[] = {
    {"mse", "mse", false, false, false, mse_value, mse_slope},
    {"mae", "mae", false, false, false, mae_value, mae_slope},
    {"binary_cross_entropy", "binary_cross_entropy", true, false, true, binary_value, binary_slope},
    {"categorical_cross_entropy", NULL, true, false, true, categorical_value, categorical_slope},
    {"sparse_categorical_cross_entropy", NULL, true, true, true, categorical_value,
     categorical_slope},
    {ISO_PERCEPTRON, ISO_PERCEPTRON, true, false, false, perceptron_value, perceptron_slope},
};
enum { LOSSES = sizeof losses / sizeof *losses };

static const char *name_at(size_t index) { return index < LOSSES ? losses[index].name : NULL; }

isobit_status iso_loss_find(const iso_loss **out, const char *name) {
    for (size_t i = 0; i < LOSSES; i++)
        if (!strcmp(losses[i].name, name)) {
            *out = &losses[i];
            return ISOBIT_OK;
        }
    return iso_unknown_name("loss", name, name_at);
}

/* Whether the loss can read what the output layer puts out. */
static isobit_status check_activation(const iso_loss *loss, const iso_activation *output) {
    bool softmax = iso_activation_is(output, "softmax");
    if (!loss->formula && !softmax)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "loss %s reads the outputs as one probability distribution, which %s does "
                        "not give; end the network in softmax, or take mse",
                        loss->name, output->name);
    if (!strcmp(loss->name, "binary_cross_entropy") && !iso_activation_is(output, "sigmoid"))
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "loss binary_cross_entropy reads every output as a probability of its own, "
                        "which %s does not give; end the network in sigmoid%s",
                        output->name, softmax ? ", or take categorical_cross_entropy" : "");
    if (!strcmp(loss->name, ISO_PERCEPTRON) && output->derivative != ISO_NONE)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "loss " ISO_PERCEPTRON " goes by outputs that say yes or no, which %s does "
                        "not give; end the network in step or sign",
                        output->name);
    return ISOBIT_OK;
}

/* Whether the output layer has as many outputs as the data has answers. */
static isobit_status check_outputs(const iso_loss *loss, const iso_network *network,
                                   const isobit_data *data) {
    const size_t outputs = iso_network_outputs(network);
    const char *output = iso_network_output_activation(network)->name;
    if (!strcmp(output, "softmax") && outputs < 2)
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "net: softmax over one output is always 1; use 2 or more, or dense 1 sigmoid");
    if (!data->classes && loss->labels_only)
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "loss %s needs class numbers; the data has %zu float targets a sample; take "
            "categorical_cross_entropy",
            loss->name, data->outputs);
    if (!data->classes && outputs != data->outputs)
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "net: the last layer has %zu outputs, the data %zu targets a sample; make it "
            "dense %zu",
            outputs, data->outputs, data->outputs);
    if (data->classes && outputs != data->classes && !(outputs == 1 && data->classes <= 2))
        return iso_fail(
            ISOBIT_ERROR_ARGUMENT,
            "net: the last layer has %zu outputs, the data %zu classes; make it dense %zu", outputs,
            data->classes, data->classes);
    return ISOBIT_OK;
}

/* Whether float targets are what a cross-entropy takes them for. Its error term p - t is the loss's
 * derivative only where they add up to 1. */
static isobit_status check_targets(const iso_loss *loss, const isobit_data *data) {
    for (size_t i = 0; loss->probabilities && data->targets && i < data->samples; i++) {
        double sum = 0;
        for (size_t j = 0; j < data->outputs; j++) {
            const double target = (double)data->targets[i * data->outputs + j];
            sum += target;
            if (target < 0 || target > 1)
                return iso_fail(ISOBIT_ERROR_ARGUMENT,
                                "%s: sample %zu has the target %g; loss %s needs probabilities, "
                                "from 0 to 1; take mse, or for class numbers task=classify",
                                data->source, i + 1, target, loss->name);
        }
        if (!loss->formula && fabs(sum - 1) > 1e-3)
            return iso_fail(ISOBIT_ERROR_ARGUMENT,
                            "%s: the targets of sample %zu add up to %g; loss %s needs "
                            "probabilities that add up to 1; take mse",
                            data->source, i + 1, sum, loss->name);
    }
    return ISOBIT_OK;
}

isobit_status iso_loss_choose(const iso_loss **out, const char *name, const iso_network *network,
                              const isobit_data *data) {
    const iso_activation *output = iso_network_output_activation(network);
    const iso_loss *loss = NULL;
    if (!*name)
        name = iso_activation_is(output, "softmax") ? "categorical_cross_entropy"
               : iso_activation_is(output, "sigmoid") && iso_network_outputs(network) == 1
                   ? "binary_cross_entropy"
                   : "mse";
    ISO_TRY(iso_loss_find(&loss, name));
    ISO_TRY(check_activation(loss, output));
    ISO_TRY(check_outputs(loss, network, data));
    ISO_TRY(check_targets(loss, data));
    *out = loss;
    return ISOBIT_OK;
}
