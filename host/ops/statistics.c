#include "ops/statistics.h"

#include <stdio.h>

isobit_status iso_unit_statistics(iso_list *list, const iso_tensor *z, const iso_tensor *a,
                                  const iso_tensor *delta, const char *slope, cl_mem out,
                                  const char *label) {
    char defines[64] = "";
    if (slope)
        snprintf(defines, sizeof defines, "SLOPE=slope_%s", slope);
    const iso_request request = {.op = "unit_statistics", .defines = defines};
    const size_t numbers[] = {a->rows, a->columns, a->ld};
    iso_arguments arguments = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(&arguments, ISO_UINT(numbers[i]));
    iso_arguments_add(&arguments, ISO_MEMORY(z->memory ? z->memory : a->memory));
    iso_arguments_add(&arguments, ISO_MEMORY(a->memory));
    iso_arguments_add(&arguments, ISO_MEMORY(delta->memory));
    iso_arguments_add(&arguments, ISO_WRITTEN(out));
    return iso_list_add(list, &request, &arguments, (iso_work){.columns = a->columns, .rows = 1},
                        "%s", label);
}
