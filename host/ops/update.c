#include "ops/update.h"

#include <stdio.h>

isobit_status iso_update(iso_list *list, const iso_update_work *work) {
    char defines[96];
    snprintf(defines, sizeof defines, "OPTIMIZER=%s STATES=%u%s", work->optimizer, work->states,
             work->clip ? " WITH_CLIP=1" : "");
    const iso_request request = {.op = "update", .defines = defines};
    /* What the optimizer does not have is passed as a buffer that the kernel does not touch. */
    const iso_argument none = ISO_MEMORY(work->scalars);
    const iso_argument buffers[] = {ISO_MEMORY(work->state),
                                    ISO_MEMORY(work->scalars),
                                    work->clip ? ISO_MEMORY(work->clip) : none,
                                    ISO_MEMORY(work->gradients),
                                    work->memory[0] ? ISO_WRITTEN(work->memory[0]) : none,
                                    work->memory[1] ? ISO_WRITTEN(work->memory[1]) : none,
                                    ISO_WRITTEN(work->parameters)};
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(work->floats));
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        iso_arguments_add(&arguments, buffers[i]);
    const double bytes = 4.0 * (double)work->floats * (3 + 2 * work->states);
    return iso_list_add(list, &request, &arguments,
                        (iso_work){.columns = work->floats, .rows = 1, .bytes = bytes}, "update");
}

isobit_status iso_square_sums(iso_list *list, const iso_tensor *gradient, size_t first,
                              cl_mem partial) {
    const iso_request request = {.op = "square_sums"};
    const size_t chunks = (gradient->rows * gradient->columns + ISO_CHUNK - 1) / ISO_CHUNK;
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(chunks));
    iso_arguments_add(&arguments, ISO_UINT(gradient->rows));
    iso_arguments_add(&arguments, ISO_UINT(gradient->columns));
    iso_arguments_add(&arguments, ISO_UINT(gradient->ld));
    iso_arguments_add(&arguments, ISO_MEMORY(gradient->memory));
    iso_arguments_add(&arguments, ISO_UINT(first));
    iso_arguments_add(&arguments, ISO_WRITTEN(partial));
    return iso_list_add(list, &request, &arguments, (iso_work){.columns = chunks, .rows = 1},
                        "gradient norm");
}

isobit_status iso_clip(iso_list *list, size_t tensors, double most, cl_mem bounds, cl_mem partial,
                       cl_mem factor) {
    const iso_request request = {.op = "clip"};
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(tensors));
    iso_arguments_add(&arguments, ISO_FLOAT(most));
    iso_arguments_add(&arguments, ISO_MEMORY(bounds));
    iso_arguments_add(&arguments, ISO_MEMORY(partial));
    iso_arguments_add(&arguments, ISO_WRITTEN(factor));
    return iso_list_add(list, &request, &arguments, (iso_work){.columns = 1, .rows = 1}, "clip");
}
