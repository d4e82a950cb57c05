/* Example by example: the textbook's algorithm, 40,000 updates. A file of its own, to be timed. */
#include "mnist.h"

Test(training_online, one_example_at_a_time_learns_digits) {
    isobit_data *data = mnist();
    isobit_context *context = open_device();
    isobit_settings *settings =
        settings_of("net", "dense 16 sigmoid, dense 16 sigmoid, dense 10 sigmoid", "loss", "mse",
                    "optimizer", "sgd lr=0.3", "batch", "1", "epochs", "5", NULL);
    const double accuracy = test_accuracy(context, data, settings);
    fprintf(stderr, "784-16-16-10 sigmoid, example by example: %.2f %%\n", 100 * accuracy);
    cr_assert(accuracy >= 0.89, "%.2f %%", 100 * accuracy);
    isobit_settings_free(settings);
    isobit_context_free(context);
    isobit_data_free(data);
}
