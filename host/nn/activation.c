#include "nn/network.h"

#include <string.h>

#define POINTWISE(name, derivative, initial, f, slope) {#name, ISO_##derivative, ISO_##initial},
static const iso_activation activations[] = {
#include "../../kernels/activations.h"
    {"softmax", ISO_OUTPUT, ISO_XAVIER}, /* a row at a time: kernels/softmax_rows.cl */
};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

static const char *name_at(size_t index) {
    return index < ACTIVATIONS ? activations[index].name : NULL;
}

isobit_status iso_activation_find(const char *name, const iso_activation **out) {
    for (size_t i = 0; i < ACTIVATIONS; i++)
        if (!strcmp(activations[i].name, name)) {
            *out = &activations[i];
            return ISOBIT_OK;
        }
    return iso_unknown_name("activation", name, name_at);
}

bool iso_activation_is(const iso_activation *activation, const char *name) {
    return !strcmp(activation->name, name);
}
