/* What the tests of layers over images share: random images, networks for them, and the device's
 * gradients against the float64 reference and between variants. */
#ifndef ISO_TEST_IMAGES_H
#define ISO_TEST_IMAGES_H

#include "nn/layer.h"
#include "support.h"

#define SIZE(c, h, w) ((iso_shape){.channels = (c), .height = (h), .width = (w)})

/* Random images with float targets. */
static inline isobit_data *random_images(size_t samples, iso_shape shape, size_t outputs,
                                         uint32_t seed) {
    const size_t features = iso_shape_size(shape);
    float *x = calloc(samples * features, sizeof *x), *y = calloc(samples * outputs, sizeof *y);
    cr_assert(x && y);
    for (size_t i = 0; i < samples * features; i++)
        x[i] = noise(&seed);
    for (size_t i = 0; i < samples * outputs; i++)
        y[i] = noise(&seed);
    isobit_data *data = targets_of(x, samples, features, y, outputs);
    data->shape = shape;
    free(x);
    free(y);
    return data;
}

/* A network, its data, and its gradients in float64. */
typedef struct image_problem {
    isobit_data *data;
    isobit_model *model;
    iso_reference *reference;
    double *parameters, *gradients, loss;
} image_problem;

static inline void shake_parameters(isobit_model *model, uint32_t seed) {
    for (size_t i = 0; i < model->network->parameter_count; i++) {
        const iso_parameter *parameter = &model->network->parameters[i];
        const float spread = 1.5f / sqrtf((float)parameter->fan_in);
        for (size_t j = 0; j < parameter->rows * parameter->columns; j++)
            model->parameters[parameter->offset + j] = spread * noise(&seed);
    }
}

/* Parameters are such that no sample stands on a kink. */
static inline image_problem image_problem_new(isobit_context *context, const char *net,
                                              size_t samples, iso_shape shape) {
    iso_network *network;
    image_problem of = {0};
    OK(iso_network_new(&network, net, shape));
    of.data = random_images(samples, shape, iso_network_outputs(network), (uint32_t)samples);
    iso_network_free(network);
    of.model = small_model(context, of.data, net, "mse");
    of.gradients = calloc(of.model->network->floats, sizeof *of.gradients);
    bool *near = calloc(samples, sizeof *near);
    cr_assert(of.gradients && near);
    for (uint32_t seed = 1, kinks = 1; kinks; seed++) {
        cr_assert(seed < 50, "%s: every seed has a kink", net);
        shake_parameters(of.model, seed);
        free(of.parameters);
        iso_reference_free(of.reference);
        of.parameters = parameters_of(of.model);
        OK(iso_check_reference(&of.reference, of.model, of.data, of.parameters));
        OK(iso_reference_near_kinks(of.reference, of.parameters, near));
        kinks = 0;
        for (size_t i = 0; i < samples; i++)
            kinks += near[i];
    }
    of.loss = iso_reference_loss(of.reference, of.parameters, 0);
    OK(iso_reference_gradients(of.reference, of.parameters, of.gradients, NULL));
    free(near);
    return of;
}

static inline void image_problem_free(image_problem *of) {
    iso_reference_free(of->reference);
    free(of->parameters);
    free(of->gradients);
    isobit_model_free(of->model);
    isobit_data_free(of->data);
}

/* The device's gradients; the caller frees them. */
static inline float *device_gradients(const image_problem *of, isobit_context *context,
                                      double *loss) {
    const size_t floats = of->model->network->floats;
    float *got = calloc(floats, sizeof *got);
    cr_assert(got);
    for (size_t i = 0; i < floats; i++)
        got[i] = NAN;
    of->model->context = context;
    OK(iso_check_device(of->model, of->data, got, loss));
    return got;
}

/* Every tensor's gradients within `most` of its largest. */
static inline void compare_with_reference(const image_problem *of, const float *got, double loss,
                                          double most) {
    const iso_network *network = of->model->network;
    cr_assert(fabs(loss - of->loss) <= most * fmax(1, of->loss), "%s: loss %.9g, not %.9g",
              network->text, loss, of->loss);
    for (size_t i = 0; i < network->parameter_count; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        const size_t count = parameter->rows * parameter->columns;
        const double *expected = of->gradients + parameter->offset;
        double largest = 0;
        for (size_t j = 0; j < count; j++)
            largest = fmax(largest, fabs(expected[j]));
        cr_assert(largest > 1e-9, "%s: %s has no gradient", network->text, parameter->name);
        for (size_t j = 0; j < count; j++)
            cr_assert(fabs((double)got[parameter->offset + j] - expected[j]) <= most * largest,
                      "%s, %zu samples: %s[%zu] is %.9g, not %.9g", network->text,
                      of->data->samples, parameter->name, j, (double)got[parameter->offset + j],
                      expected[j]);
    }
}

/* The reference's gradients are the slopes of its loss. */
static inline void compare_with_differences(image_problem *of) {
    const double step = 1e-5;
    double largest = 0;
    for (size_t i = 0; i < of->model->network->floats; i++)
        largest = fmax(largest, fabs(of->gradients[i]));
    for (size_t i = 0; i < of->model->network->floats; i++) {
        const double kept = of->parameters[i];
        of->parameters[i] = kept + step;
        const double above = iso_reference_loss(of->reference, of->parameters, 0);
        of->parameters[i] = kept - step;
        const double below = iso_reference_loss(of->reference, of->parameters, 0);
        of->parameters[i] = kept;
        const double slope = (above - below) / (2 * step);
        cr_assert(fabs(slope - of->gradients[i]) <= 1e-7 * fmax(1, largest),
                  "%s, parameter %zu: %.12g, by differences %.12g", of->model->network->text, i,
                  of->gradients[i], slope);
    }
}

/* What a network and images are. */
typedef struct image_case {
    const char *net;
    size_t samples;
    iso_shape shape;
} image_case;

/* The gradients with a choice of variants ("": the defaults), in a context of its own: what it has
 * built is in the cache for the next one. */
static inline float *gradients_with(const image_problem *of, const char *pick, double *loss) {
    isobit_context *context;
    OK(iso_context_open(&context, NULL, NULL, pick));
    float *got = device_gradients(of, context, loss);
    isobit_context_free(context);
    return got;
}

/* All cases with all variants of operations whose names begin with `prefix`: gradients as the
 * reference has them, and the same bits. Returns how many variants there were. */
static inline size_t try_variants(const char *prefix, const image_case *cases, size_t count) {
    isobit_context *context = open_device();
    const iso_registry *registry = &context->registry;
    size_t tried = 0;
    for (size_t c = 0; c < count; c++) {
        image_problem of = image_problem_new(NULL, cases[c].net, cases[c].samples, cases[c].shape);
        double loss;
        float *first = gradients_with(&of, "", &loss);
        compare_with_reference(&of, first, loss, 5e-6);
        for (size_t i = 0; i < registry->count; i++) {
            const iso_variant *variant = &registry->variants[i];
            char pick[96];
            if (strncmp(variant->op, prefix, strlen(prefix)) != 0 || variant->inexact)
                continue;
            snprintf(pick, sizeof pick, "%s=%s", variant->op, variant->name);
            float *got = gradients_with(&of, pick, &loss);
            cr_assert(!memcmp(first, got, of.model->network->floats * sizeof *got),
                      "%s: other bits with %s", cases[c].net, pick);
            tried++;
            free(got);
        }
        free(first);
        image_problem_free(&of);
    }
    isobit_context_free(context);
    return tried;
}

#endif
