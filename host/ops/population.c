#include "ops/population.h"

isobit_status iso_population_layer(iso_list *list, const iso_tensor *a, const iso_tensor *weights,
                                   const iso_tensor *biases, size_t span, const iso_store *store,
                                   const char *label) {
    const iso_tensor *out = &store->out;
    const iso_request request = {.op = "population",
                                 .defines = biases->memory ? "WITH_BIASES=1" : NULL};
    const size_t numbers[] = {a->rows, out->columns, a->columns, span,
                              a->ld,   weights->ld,  biases->ld};
    iso_arguments arguments = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(&arguments, ISO_UINT(numbers[i]));
    iso_arguments_add(&arguments, ISO_MEMORY(a->memory));
    iso_arguments_add(&arguments, ISO_MEMORY(weights->memory));
    iso_arguments_add(&arguments, ISO_MEMORY(biases->memory ? biases->memory : weights->memory));
    const double flops = 2.0 * (double)a->rows * (double)a->columns * (double)out->columns;
    return iso_store_launch(list, &request, &arguments, store,
                            (iso_work){.columns = out->columns, .rows = a->rows, .flops = flops},
                            label);
}
