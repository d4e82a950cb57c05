/* Figures of a demo's results by name. */
#include "base/text.h"
#include "cli/demo_train.h"
#include "cli/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------------------- metrics -- */

static const char *const parts[ISOBIT_PARTS] = {"train_", "validation_", "test_"};
static const struct score {
    const char *name;
    size_t offset;
} scores[] = {
    {"loss", offsetof(isobit_metrics, loss)}, {"accuracy", offsetof(isobit_metrics, accuracy)},
    {"mse", offsetof(isobit_metrics, mse)},   {"mae", offsetof(isobit_metrics, mae)},
    {"r2", offsetof(isobit_metrics, r2)},
};
enum { SCORES = sizeof scores / sizeof *scores };

/* "test_loss" and, behind '@', an epoch. Returns whether it is a metric. */
static bool split_metric(const char *name, isobit_part *part, const struct score **score,
                         size_t *epoch) {
    const size_t length = strcspn(name, "@");
    for (size_t p = 0; p < ISOBIT_PARTS; p++) {
        const size_t head = strlen(parts[p]);
        if (strncmp(name, parts[p], head) != 0)
            continue;
        for (size_t s = 0; s < SCORES; s++)
            if (strlen(scores[s].name) == length - head &&
                !strncmp(name + head, scores[s].name, length - head)) {
                *part = (isobit_part)p;
                *score = &scores[s];
                *epoch = name[length] ? (size_t)strtoull(name + length + 1, NULL, 10) : 0;
                return !name[length] || *epoch;
            }
    }
    return false;
}

/* Whether training tells it after each epoch. */
static bool is_told(const struct score *score) {
    return score->offset == offsetof(isobit_metrics, loss) ||
           score->offset == offsetof(isobit_metrics, accuracy);
}

static bool is_metric(const char *name) {
    isobit_part part;
    const struct score *score;
    size_t epoch;
    return split_metric(name, &part, &score, &epoch);
}

bool demo_figure_is_curve(const char *name) {
    isobit_part part;
    const struct score *score;
    size_t epoch;
    return split_metric(name, &part, &score, &epoch) && !epoch && is_told(score);
}

static isobit_status metric(const demo_result *result, const char *name, double *out) {
    isobit_part part;
    const struct score *score;
    size_t epoch;
    split_metric(name, &part, &score, &epoch);
    if (epoch > result->history.count && !result->ended)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: run %s has %zu epochs", name, result->run->name,
                        result->history.count);
    if (epoch && !is_told(score))
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: of an epoch there are loss and accuracy alone",
                        name);
    const isobit_metrics *of = &result->metrics[part];
    if (epoch && epoch <= result->history.count)
        of = &result->history.epochs[epoch - 1][part];
    if (!of->samples)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: run %s has no samples in this part", name,
                        result->run->name);
    *out = *(const double *)((const char *)of + score->offset);
    return ISOBIT_OK;
}

/* ----------------------------------------------------------------------------- parameters -- */

/* How many rows of a matrix differ from all rows before them: units that have weights of their
 * own. */
static size_t distinct_rows(const float *matrix, size_t rows, size_t columns) {
    size_t distinct = 0;
    for (size_t i = 0; i < rows; i++) {
        size_t k = 0;
        while (k < i &&
               memcmp(matrix + i * columns, matrix + k * columns, columns * sizeof *matrix) != 0)
            k++;
        distinct += k == i;
    }
    return distinct;
}

/* "0.weight[3]": an element, row-major; "0.weight.distinct": distinct_rows. */
static isobit_status parameter(const demo_result *result, const char *name, double *out) {
    const iso_network *network = result->model->network;
    for (size_t i = 0; i < network->parameter_count; i++) {
        const iso_parameter *tensor = &network->parameters[i];
        const size_t length = strlen(tensor->name), count = tensor->rows * tensor->columns;
        const float *values = result->model->parameters + tensor->offset;
        if (strncmp(name, tensor->name, length) != 0)
            continue;
        if (!strcmp(name + length, ".distinct")) {
            *out = (double)distinct_rows(values, tensor->rows, tensor->columns);
            return ISOBIT_OK;
        }
        char *end = NULL;
        const size_t at = name[length] == '[' ? (size_t)strtoull(name + length + 1, &end, 10) : 0;
        if (!end || strcmp(end, "]") != 0)
            continue;
        if (at >= count)
            return iso_fail(ISOBIT_ERROR_ARGUMENT, "%s: the tensor has %zu elements", name, count);
        *out = (double)values[at];
        return ISOBIT_OK;
    }
    return iso_fail(ISOBIT_ERROR_ARGUMENT,
                    "run %s has no \"%s\"; write 0.weight[INDEX] or 0.weight.distinct",
                    result->run->name, name);
}

/* --------------------------------------------------------------------------------- layers -- */

bool demo_layer_figure(const isobit_layer_state *layer, const char *name, double *out) {
    const struct {
        const char *name;
        double value;
    } all[] = {{"mean", layer->mean},
               {"variance", layer->variance},
               {"gradient_mean", layer->gradient_mean},
               {"gradient_variance", layer->gradient_variance},
               {"gradient_norm", layer->gradient_norm},
               {"dead", (double)layer->dead},
               {"saturated", (double)layer->saturated}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i].name, name)) {
            *out = all[i].value;
            return true;
        }
    return false;
}

/* "layer3.variance". */
static isobit_status layer(const demo_result *result, const char *name, double *out) {
    const char *dot = strchr(name, '.');
    const size_t number = (size_t)strtoull(name + strlen("layer"), NULL, 10);
    for (size_t i = 0; i < result->layer_count; i++)
        if (result->layers[i].layer == number &&
            demo_layer_figure(&result->layers[i], dot + 1, out))
            return ISOBIT_OK;
    return iso_fail(ISOBIT_ERROR_ARGUMENT, "run %s has no \"%s\"%s", result->run->name, name,
                    result->layer_count ? "" : "; set watch = on");
}

/* -------------------------------------------------------------------------------- by name -- */

static double diverged(const demo_result *result) { return result->ended != NULL; }
static double epochs(const demo_result *result) { return (double)result->history.count; }
static double steps(const demo_result *result) { return (double)result->steps; }
static double parameters(const demo_result *result) {
    return (double)result->model->network->floats;
}

static const struct plain {
    const char *name;
    double (*of)(const demo_result *result);
} plain[] = {
    {"diverged", diverged}, {"epochs", epochs}, {"steps", steps}, {"parameters", parameters}};
enum { PLAIN = sizeof plain / sizeof *plain };

static const char *name_at(size_t index) {
    static char names[SCORES * ISOBIT_PARTS][32];
    if (index < PLAIN)
        return plain[index].name;
    index -= PLAIN;
    if (index >= SCORES * ISOBIT_PARTS)
        return NULL;
    snprintf(names[index], sizeof names[index], "%s%s", parts[index / SCORES],
             scores[index % SCORES].name);
    return names[index];
}

isobit_status demo_figure(const demo_result *result, const char *name, double *out) {
    for (size_t i = 0; i < PLAIN; i++)
        if (!strcmp(plain[i].name, name)) {
            *out = plain[i].of(result);
            return ISOBIT_OK;
        }
    if (is_metric(name))
        return metric(result, name, out);
    if (!strncmp(name, "layer", 5) && strchr(name, '.'))
        return layer(result, name, out);
    if (strchr(name, '.'))
        return parameter(result, name, out);
    return iso_unknown_name("figure", name, name_at);
}

const char *demo_figure_text(const char *name, double value) {
    if (strstr(name, "accuracy"))
        return cli_percent(value);
    if (is_metric(name))
        return cli_loss(value);
    return value == floor(value) && fabs(value) < 1e15 ? cli_format("%.0f", value)
                                                       : cli_format("%.6g", value);
}

const char *demo_figure_title(const char *name) {
    char *title = (char *)cli_format("%s", name);
    for (char *at = title; *at && !strchr(title, '.'); at++)
        if (*at == '_' || *at == '@')
            *at = ' ';
    return title;
}
