#include "ops/store.h"

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

void iso_store_defines(const iso_store *store, iso_text *defines) {
    if (store->kind == ISO_STORE_FORWARD)
        iso_text_add(defines, " ACTIVATION=act_%s%s%s", store->activation,
                     store->bias ? " WITH_BIAS=1" : "", store->z ? " WITH_Z=1" : "");
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
