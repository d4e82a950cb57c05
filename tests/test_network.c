/* The network line's limits. */
#include "support.h"

#include "base/text.h"
#include "nn/optimizer.h"

/* "FIRST, REST, REST …, LAST" */
static char *line_of(size_t layers, const char *each, const char *last) {
    iso_text text = {0};
    char *line;
    for (size_t i = 0; i + 1 < layers; i++)
        iso_text_add(&text, "%s, ", each);
    iso_text_add(&text, "%s", last);
    OK(iso_text_take(&text, &line));
    return line;
}

Test(network, has_up_to_10000_layers) {
    iso_network *network;
    char *line = line_of(ISO_MOST_LAYERS, "dense 1 relu", "dense 1");
    OK(iso_network_new(&network, line, (iso_shape){1, 1, 1}));
    cr_assert_eq(network->count, 10000);
    cr_assert_str_eq(network->parameters[network->parameter_count - 1].name, "19998.bias");
    iso_network_free(network);
    free(line);
    line = line_of(ISO_MOST_LAYERS + 1, "dense 1 relu", "dense 1");
    REFUSES(iso_network_new(&network, line, (iso_shape){1, 1, 1}), ISOBIT_ERROR_ARGUMENT,
            "net: more than 10000 layers");
    free(line);
}

Test(network, sizes_that_overflow_are_refused) {
    const iso_shape large = {1, (size_t)1 << 20, (size_t)1 << 20};
    iso_network *network;
    REFUSES(iso_network_new(&network, "dense 2147483647, dense 2147483647, dense 1", large),
            ISOBIT_ERROR_ARGUMENT, "more than the 2^32 - 1 weights");
    REFUSES(iso_network_new(&network, "conv 65536 1, dense 1", (iso_shape){1, 1 << 24, 1 << 24}),
            ISOBIT_ERROR_ARGUMENT,
            "net: layer 1 (\"conv 65536 1\"): it puts out "
            "65536x16777216x16777216 values (channels, height, width)");
    /* where each layer alone is reasonable: 2^64 in all */
    char *line = line_of(2000, "conv 1 1 padding=4096", "conv 65536 1");
    REFUSES(iso_network_new(&network, line, large), ISOBIT_ERROR_ARGUMENT, "net: layer ");
    free(line);
}

Test(network, a_clock_far_away_is_there_at_once) {
    static const char *const lines[] = {"sgd lr=0.1", "adam", "adamw beta1=0"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        iso_optimizer optimizer;
        OK(iso_optimizer_parse(&optimizer, lines[i]));
        cr_assert_eq(iso_optimizer_clock_at(&optimizer, UINT64_MAX).step, UINT64_MAX);
    }
}
