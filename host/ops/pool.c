#include "ops/pool.h"

#include <stdlib.h>

static isobit_status launch(iso_list *list, const char *op, iso_pool pool, const iso_window *window,
                            iso_arguments *arguments, const iso_store *store, const char *label) {
    iso_text text = {0};
    char *defines = NULL;
    iso_window_defines(window, &text);
    iso_text_add(&text, "%s", pool == ISO_POOL_MAX ? " POOL_MAX=1" : "");
    ISO_TRY(iso_text_take(&text, &defines));
    const double rows = (double)store->out.rows;
    const double values = (double)iso_shape_size(window->in) + (double)iso_shape_size(window->out);
    const iso_work work = {
        .columns = window->in.channels, .rows = store->out.rows, .bytes = 4 * rows * values};
    const iso_request request = {.op = op, .defines = defines};
    isobit_status status = iso_store_launch(list, &request, arguments, store, work, label);
    free(defines);
    return status;
}

/* What a sum over a window is multiplied with to be its mean. */
static double mean_of(const iso_window *window) {
    return 1 / ((double)window->kernel[0] * (double)window->kernel[1]);
}

isobit_status iso_pool_forward(iso_list *list, iso_pool pool, const iso_window *window,
                               const iso_tensor *x, const iso_store *store, const char *label) {
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(x->rows));
    iso_arguments_add(&arguments, ISO_UINT(x->ld));
    iso_arguments_add(&arguments, ISO_FLOAT(mean_of(window)));
    iso_arguments_add(&arguments, ISO_MEMORY(x->memory));
    return launch(list, "pool_forward", pool, window, &arguments, store, label);
}

isobit_status iso_pool_backward(iso_list *list, iso_pool pool, const iso_window *window,
                                const iso_tensor *x, const iso_tensor *delta,
                                const iso_store *store, const char *label) {
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(x->rows));
    iso_arguments_add(&arguments, ISO_UINT(x->ld));
    iso_arguments_add(&arguments, ISO_UINT(delta->ld));
    iso_arguments_add(&arguments, ISO_FLOAT(mean_of(window)));
    iso_arguments_add(&arguments, ISO_MEMORY(x->memory));
    iso_arguments_add(&arguments, ISO_MEMORY(delta->memory));
    return launch(list, "pool_backward", pool, window, &arguments, store, label);
}
