#include "ops/store.h"

#include <stdlib.h>

const char *iso_store_file(const iso_store *store) {
    switch (store->kind) {
    case ISO_STORE_FORWARD:
        return "store_forward.h";
    case ISO_STORE_DERIVATIVE:
        return "store_derivative.h";
    case ISO_STORE_UPDATE:
        return "store_update.h";
    case ISO_STORE_PLAIN:
        break;
    }
    return "store_plain.h";
}

isobit_status iso_store_launch(iso_list *list, const iso_request *request, iso_arguments *arguments,
                               const iso_store *store, iso_work work, const char *label) {
    iso_text text = {0};
    char *all = NULL;
    iso_request whole = *request;
    iso_text_add(&text, "%s", request->defines ? request->defines : "");
    iso_store_defines(store, &text);
    ISO_TRY(iso_text_take(&text, &all));
    iso_store_arguments(store, arguments);
    whole.store = iso_store_file(store);
    whole.defines = all;
    isobit_status status = iso_list_add(list, &whole, arguments, work, "%s", label);
    free(all);
    return status;
}

void iso_store_defines(const iso_store *store, iso_text *defines) {
    if (store->kind == ISO_STORE_FORWARD)
        iso_text_add(defines, " ACTIVATION=act_%s%s%s", store->activation,
                     store->bias ? " WITH_BIAS=1" : "", store->z ? " WITH_Z=1" : "");
    if (store->kind == ISO_STORE_FORWARD && store->bias && store->bias_span > 1)
        iso_text_add(defines, " BIAS_SPAN=%zu", store->bias_span);
    if (store->kind == ISO_STORE_DERIVATIVE)
        iso_text_add(defines, " SLOPE=slope_%s%s%s", store->activation,
                     store->a ? " READS_OUTPUT=1" : "", store->z ? " READS_INPUT=1" : "");
    if (store->kind == ISO_STORE_UPDATE)
        iso_text_add(defines, " OPTIMIZER=%s STATES=%u", store->optimizer, store->states);
}

void iso_store_arguments(const iso_store *store, iso_arguments *arguments) {
    if (store->kind == ISO_STORE_FORWARD) {
        if (store->bias)
            iso_arguments_add(arguments, ISO_MEMORY(store->bias));
        if (store->z)
            iso_arguments_add(arguments, ISO_WRITTEN(store->z));
    }
    if (store->kind == ISO_STORE_DERIVATIVE && (store->a || store->z))
        iso_arguments_add(arguments, ISO_MEMORY(store->a ? store->a : store->z));
    if (store->kind == ISO_STORE_UPDATE) {
        iso_arguments_add(arguments, ISO_MEMORY(store->state));
        iso_arguments_add(arguments, ISO_MEMORY(store->scalars));
        for (unsigned i = 0; i < store->states; i++)
            iso_arguments_add(arguments, ISO_WRITTEN(store->memory[i]));
    }
    iso_arguments_add(arguments, ISO_WRITTEN(store->out.memory));
    iso_arguments_add(arguments, ISO_UINT(store->out.ld));
    iso_arguments_add(arguments, ISO_UINT(store->out.columns));
}
