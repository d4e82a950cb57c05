/* The real data set of ../shared/data, for the tests that train on it. */
#ifndef ISO_TEST_MNIST_H
#define ISO_TEST_MNIST_H

#include "support.h"

/* Load it, or end the test: as a failure in CI, where it must be, else as skipped, with a word why.
 */
static inline isobit_data *mnist(void) {
    const char *shared = getenv("ISOBIT_SHARED"), *ci = getenv("CI");
    char path[512];
    isobit_data *data = NULL;
    snprintf(path, sizeof path, "%s/data/mnist10k",
             shared && *shared ? shared : ISOBIT_TEST_DATA "/../../../shared");
    if (isobit_data_load(&data, path, NULL) == ISOBIT_OK)
        return data;
    fprintf(stderr, "NOT TESTED on real data (set ISOBIT_SHARED to the shared folder): %s\n",
            isobit_error());
    cr_assert(!ci || strcmp(ci, "true") != 0, "%s", isobit_error());
    cr_skip_test("%s", isobit_error());
    return NULL;
}

/* The accuracy on the test part after training with these settings. */
static inline double test_accuracy(isobit_context *context, const isobit_data *data,
                                   const isobit_settings *settings) {
    isobit_model *model = model_of(context, data, settings);
    isobit_metrics metrics;
    OK(isobit_train(model, data, settings, NULL, NULL));
    OK(isobit_evaluate(model, data, ISOBIT_TEST, &metrics));
    cr_assert_eq(metrics.samples, 2000);
    isobit_model_free(model);
    return metrics.accuracy;
}

#endif
