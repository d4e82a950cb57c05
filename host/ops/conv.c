#include "ops/conv.h"

#include <stdio.h>
#include <stdlib.h>

/* Multiplications of one sample: every unit of the output times its terms. */
static double products(const iso_window *window) {
    return (double)iso_shape_size(window->out) * (double)iso_window_terms(window);
}

/* Forward and backward have the same arguments: numbers, a batch, the weights, the store's.
 * @param planes of the result: filters, or channels */
static isobit_status over_batch(iso_list *list, const char *op, const iso_window *window,
                                size_t planes, const iso_tensor *from, const iso_tensor *w,
                                const iso_store *store, const char *label) {
    iso_text text = {0};
    char *defines = NULL;
    iso_arguments arguments = {0};
    const size_t numbers[] = {from->rows, from->ld, w->ld};
    const double values = (double)from->columns + (double)store->out.columns;
    iso_window_defines(window, &text);
    ISO_TRY(iso_text_take(&text, &defines));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(&arguments, ISO_UINT(numbers[i]));
    iso_arguments_add(&arguments, ISO_MEMORY(from->memory));
    iso_arguments_add(&arguments, ISO_MEMORY(w->memory));
    const iso_work work = {.columns = planes,
                           .rows = from->rows,
                           .flops = 2 * (double)from->rows * products(window),
                           .bytes = 4 * (double)from->rows * values};
    const iso_request request = {.op = op, .defines = defines};
    isobit_status status = iso_store_launch(list, &request, &arguments, store, work, label);
    free(defines);
    return status;
}

isobit_status iso_conv_forward(iso_list *list, const iso_window *window, const iso_tensor *x,
                               const iso_tensor *w, const iso_store *store, const char *label) {
    return over_batch(list, "conv_forward", window, window->out.channels, x, w, store, label);
}

isobit_status iso_conv_backward(iso_list *list, const iso_window *window, const iso_tensor *delta,
                                const iso_tensor *w, const iso_store *store, const char *label) {
    return over_batch(list, "conv_backward", window, window->in.channels, delta, w, store, label);
}

/* -------------------------------------------------------------------------------- gradients -- */

/* Filters are kept in blocks of 16; each has its weights' sums and its bias's. */
static size_t sums_of_chunk(const iso_window *window) {
    return iso_padded(window->out.channels) * (iso_window_terms(window) + 1);
}

static size_t chunks_of(const iso_window *window, size_t rows) {
    return (rows * window->out.height * window->out.width + ISO_CHUNK - 1) / ISO_CHUNK;
}

/* Room for all chunks' sums, or a good many; and for the totals between two rounds of them. */
size_t iso_conv_scratch(const iso_window *window, size_t rows) {
    enum { ENOUGH = 1 << 24 }; /* floats */
    const size_t chunks = chunks_of(window, rows), most = ENOUGH / sums_of_chunk(window);
    return sums_of_chunk(window) * ((chunks < most ? chunks : most ? most : 1) + 1);
}

/* Chunks whose sums are kept at once: the work of one round. */
static size_t chunks_at_once(const iso_conv_gradient *work) {
    const size_t room = work->scratch_floats / sums_of_chunk(&work->window) - 1;
    const size_t chunks = chunks_of(&work->window, work->x.rows);
    return chunks < room ? chunks : room;
}

/* What the launches of the gradient share. */
typedef struct plan {
    iso_list *list;
    const iso_conv_gradient *work;
    const char *layer;
    char *defines;
} plan;

/* The sums of `count` chunks from `first` on. */
static isobit_status add_sums(const plan *of, size_t first, size_t count) {
    const iso_conv_gradient *work = of->work;
    const iso_request request = {.op = "conv_gradient", .defines = of->defines};
    const size_t numbers[] = {work->x.rows, work->x.ld, work->delta.ld, first};
    const double part = (double)count / (double)chunks_of(&work->window, work->x.rows);
    iso_arguments arguments = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(&arguments, ISO_UINT(numbers[i]));
    iso_arguments_add(&arguments, ISO_MEMORY(work->x.memory));
    iso_arguments_add(&arguments, ISO_MEMORY(work->delta.memory));
    iso_arguments_add(&arguments, ISO_WRITTEN(work->scratch));
    const iso_work extent = {.columns = iso_window_terms(&work->window) + 1,
                             .rows = count * iso_padded(work->window.out.channels),
                             .flops = 2 * part * (double)work->x.rows * products(&work->window)};
    return iso_list_add(of->list, &request, &arguments, extent, "%s gradient", of->layer);
}

/* The sums of a round join those before; the last round's go to the store. */
static isobit_status join(const plan *of, const char *op, const char *what, size_t count,
                          bool begins, bool ends, const iso_store *store, iso_work extent) {
    char label[64];
    iso_arguments arguments = {0};
    snprintf(label, sizeof label, "%s %s", of->layer, what);
    iso_arguments_add(&arguments, ISO_UINT(count));
    iso_arguments_add(&arguments, ISO_UINT(begins));
    iso_arguments_add(&arguments, ISO_UINT(ends));
    iso_arguments_add(&arguments, ISO_UINT(chunks_at_once(of->work)));
    iso_arguments_add(&arguments, ISO_WRITTEN(of->work->scratch));
    const iso_request request = {.op = op, .defines = of->defines};
    return iso_store_launch(of->list, &request, &arguments, store, extent, label);
}

static isobit_status add_rounds(const plan *of) {
    const iso_conv_gradient *work = of->work;
    const size_t chunks = chunks_of(&work->window, work->x.rows);
    const size_t most = chunks_at_once(work);
    const size_t filters = work->window.out.channels;
    const size_t terms = iso_window_terms(&work->window);
    for (size_t first = 0; first < chunks; first += most) {
        const size_t count = chunks - first < most ? chunks - first : most;
        const bool begins = first == 0, ends = first + count == chunks;
        const double moved = 4 * (double)filters * (double)(count + 1);
        const iso_work weights = {
            .columns = terms, .rows = filters, .bytes = moved * (double)terms};
        const iso_work biases = {.columns = filters, .rows = 1, .bytes = moved};
        ISO_TRY(add_sums(of, first, count));
        ISO_TRY(join(of, "conv_join", "gradient join", count, begins, ends, work->weight, weights));
        if (work->bias)
            ISO_TRY(
                join(of, "conv_bias", "bias gradient", count, begins, ends, work->bias, biases));
    }
    return ISOBIT_OK;
}

isobit_status iso_conv_gradients(iso_list *list, const iso_conv_gradient *work, const char *layer) {
    plan of = {.list = list, .work = work, .layer = layer};
    iso_text text = {0};
    iso_window_defines(&work->window, &text);
    ISO_TRY(iso_text_take(&text, &of.defines));
    isobit_status status = add_rounds(&of);
    free(of.defines);
    return status;
}
