#include "ops/dropout.h"

isobit_status iso_dropout_rows(iso_list *list, const iso_dropout_work *work, const iso_tensor *x,
                               const iso_store *store, const char *label) {
    iso_arguments arguments = {0};
    const size_t numbers[] = {x->rows,     x->columns,           x->ld,
                              work->layer, (uint32_t)work->seed, (uint32_t)(work->seed >> 32)};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(&arguments, ISO_UINT(numbers[i]));
    iso_arguments_add(&arguments, ISO_FLOAT(work->rate));
    iso_arguments_add(&arguments, ISO_FLOAT(1 / (1 - work->rate)));
    iso_arguments_add(&arguments, ISO_MEMORY(work->state));
    iso_arguments_add(&arguments, ISO_MEMORY(work->scalars));
    iso_arguments_add(&arguments, ISO_MEMORY(x->memory));
    const iso_work extent = {
        .columns = x->columns, .rows = x->rows, .bytes = 8 * (double)x->rows * (double)x->columns};
    const iso_request request = {.op = "dropout"};
    return iso_store_launch(list, &request, &arguments, store, extent, label);
}
