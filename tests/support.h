/* What the tests of networks and training share. */
#ifndef ISO_TEST_SUPPORT_H
#define ISO_TEST_SUPPORT_H

#include "base/settings.h"
#include "run/check.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq(call, ISOBIT_OK, "%s", isobit_error())

/* The call fails with this status, and the message has this part. */
#define REFUSES(call, expected, part)                                                              \
    do {                                                                                           \
        isobit_status refused_ = (call);                                                           \
        cr_assert_eq(refused_, expected, "%s, not %s (%s)", isobit_status_name(refused_),          \
                     isobit_status_name(expected), isobit_error());                                \
        cr_assert(strstr(isobit_error(), part), "\"%s\" is not in \"%s\"", part, isobit_error());  \
    } while (0)

/* |got - expected| within `most`; a NaN never is. */
#define NEAR(got, expected, most)                                                                  \
    do {                                                                                           \
        const double got_ = (double)(got), expected_ = (double)(expected);                         \
        cr_assert(fabs(got_ - expected_) <= (most), "%.9g, not %.9g", got_, expected_);            \
    } while (0)

/* ----------------------------------------------------------------------------- golden rows -- */

enum { FIELDS = 8, ROWS = 512, NUMBERS = 64 };

/* A file of tests/golden: rows of fields. */
typedef struct golden {
    char name[32], text[1 << 17];
    char *fields[ROWS][FIELDS];
    size_t count;
} golden;

/* The rows live until another file is read. */
static inline const golden *read_golden(const char *name) {
    static golden table;
    char path[512];
    if (!strcmp(table.name, name))
        return &table;
    snprintf(path, sizeof path, "%s/../golden/%s", ISOBIT_TEST_DATA, name);
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s", path);
    const size_t length = fread(table.text, 1, sizeof table.text - 1, file);
    cr_assert(feof(file), "%s is too long", path);
    fclose(file);
    table.text[length] = '\0';
    table.count = 0;
    memset(table.fields, 0, sizeof table.fields);
    for (char *rest = table.text, *line; (line = strsep(&rest, "\n"));) {
        cr_assert(table.count < ROWS);
        for (int i = 0; i < FIELDS && line && *line && *line != '#'; i++)
            table.fields[table.count][i] = strsep(&line, ",");
        table.count += table.fields[table.count][0] != NULL;
    }
    cr_assert(table.count > 0, "%s is empty", path);
    snprintf(table.name, sizeof table.name, "%s", name);
    return &table;
}

/* The numbers of a field, which blanks separate; how many. */
static inline size_t numbers(const char *field, double out[NUMBERS]) {
    size_t count = 0;
    char *end;
    for (;; field = end) {
        const double number = strtod(field, &end);
        if (end == field)
            return count;
        cr_assert(count < NUMBERS);
        out[count++] = number;
    }
}

static inline void to_floats(const double *from, size_t count, float *out) {
    for (size_t i = 0; i < count; i++)
        out[i] = (float)from[i];
}

/* ----------------------------------------------------------------------------- known names -- */

enum { NAMES = 32 };
typedef struct name_list {
    char names[NAMES][40];
    size_t count;
} name_list;

/* The names that the last error message lists behind "nown: ": so that no test keeps a list. */
static inline name_list known_names(void) {
    name_list list = {.count = 0};
    const char *at = strstr(isobit_error(), "nown: ");
    cr_assert(at, "no list of names in \"%s\"", isobit_error());
    for (at += 6; *at; at += strspn(at, ", ")) {
        const size_t length = strcspn(at, ", ");
        cr_assert(list.count < NAMES && length < sizeof *list.names);
        snprintf(list.names[list.count++], sizeof *list.names, "%.*s", (int)length, at);
        at += length;
    }
    cr_assert(list.count > 0);
    return list;
}

/* The activations, from kernels/activations.h, and softmax. */
#define POINTWISE(name, derivative, initial, f, slope) #name,
static const char *const activation_names[] = {
#include "../kernels/activations.h"
    "softmax", NULL};
#undef POINTWISE

static inline const iso_activation *activation_of(const char *name) {
    const iso_activation *activation;
    OK(iso_activation_find(name, &activation));
    return activation;
}

/* -------------------------------------------------------------------------------- networks -- */

static inline isobit_context *open_device(void) {
    isobit_context *context;
    OK(isobit_context_new(&context, NULL));
    return context;
}

/* A device with these kernel variants. */
static inline isobit_context *open_with(const char *variants) {
    isobit_context *context;
    OK(iso_context_open(&context, NULL, NULL, variants));
    return context;
}

/* The variants of the products that PoCL compiles in a fraction of the time that the fast ones
 * take; their bits are the same (test_bits.c). For tests that are not about products. */
#define PLAIN "gemm_nt=naive gemm_nn=naive gemm_tn=naive"
static inline isobit_context *open_plain(void) { return open_with(PLAIN); }

/* How a small network may be trained: launch by launch, and as the device does by default, which on
 * a CPU is many steps in one launch. */
static const char *const ways[] = {"resident=off " PLAIN, ""};
enum { WAYS = 2 };

/* Settings from names and values, ending with NULL. */
static inline isobit_settings *settings_of(const char *name, ...) {
    isobit_settings *settings;
    va_list arguments;
    OK(isobit_settings_new(&settings));
    va_start(arguments, name);
    for (; name; name = va_arg(arguments, const char *))
        OK(isobit_settings_set(settings, name, va_arg(arguments, const char *)));
    va_end(arguments);
    return settings;
}

/* Float targets for the rows of x. */
static inline isobit_data *targets_of(const float *x, size_t samples, size_t features,
                                      const float *y, size_t outputs) {
    isobit_data *data;
    OK(isobit_data_from_targets(&data, x, samples, features, y, outputs));
    return data;
}

static inline isobit_model *model_of(isobit_context *context, const isobit_data *data,
                                     const isobit_settings *settings) {
    isobit_model *model;
    OK(isobit_model_new(&model, context, data, settings));
    return model;
}

/* A model for one sample with `loss`; the settings are gone when this returns. */
static inline isobit_model *small_model(isobit_context *context, const isobit_data *data,
                                        const char *net, const char *loss) {
    isobit_settings *settings = settings_of("net", net, "loss", loss, NULL);
    isobit_model *model = model_of(context, data, settings);
    isobit_settings_free(settings);
    return model;
}

/* The parameters in float64; the caller frees them. */
static inline double *parameters_of(const isobit_model *model) {
    double *parameters = calloc(model->network->floats, sizeof *parameters);
    cr_assert(parameters);
    for (size_t i = 0; i < model->network->floats; i++)
        parameters[i] = (double)model->parameters[i];
    return parameters;
}

/* A number between -1 and 1 that differs from call to call, the same in every run. */
static inline float noise(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

#endif
