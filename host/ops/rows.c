#include "ops/rows.h"

#include "base/text.h"
#include "ops/gemm.h"

#include <stdio.h>
#include <stdlib.h>

void iso_gather_defines(const iso_feed *feed, iso_text *defines) {
    iso_text_add(defines, "ELEMENT=%s%s", feed->element == ISO_UINT8 ? "uchar" : "float",
                 feed->scale == ISO_SCALE_255    ? " SCALE_255=1"
                 : feed->scale == ISO_SCALE_NONE ? ""
                                                 : " SCALE_AFFINE=1");
}

/* For what a launch must move: read once, or written once. */
static double values_of(const iso_tensor *tensor) {
    return (double)tensor->rows * (double)tensor->columns;
}

isobit_status iso_gather(iso_list *list, const iso_feed *feed, size_t stride,
                         const iso_tensor *out) {
    iso_text text = {0};
    char *defines = NULL;
    iso_gather_defines(feed, &text);
    ISO_TRY(iso_text_take(&text, &defines));
    const iso_request request = {.op = "gather", .defines = defines};
    const double values = (double)out->rows * (double)out->columns;
    const size_t numbers[] = {out->rows, out->columns, stride, feed->samples, out->ld};
    const iso_argument buffers[] = {ISO_MEMORY(feed->x),      ISO_MEMORY(feed->order),
                                    ISO_MEMORY(feed->mean),   ISO_MEMORY(feed->scaling),
                                    ISO_WRITTEN(feed->state), ISO_WRITTEN(out->memory)};
    iso_arguments arguments = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(&arguments, ISO_UINT(numbers[i]));
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        iso_arguments_add(&arguments, buffers[i]);
    /* One column: each row's work-items find their columns themselves. */
    isobit_status status =
        iso_list_add(list, &request, &arguments,
                     (iso_work){.columns = 1, .rows = out->rows, .bytes = 5 * values}, "gather");
    free(defines);
    return status;
}

isobit_status iso_gather_scaled(iso_list *list, const iso_feed *feed, size_t stride,
                                const iso_tensor *out, const iso_tensor *centred) {
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = *out};
    if (!feed->whiten.rows)
        return iso_gather(list, feed, stride, out);
    ISO_TRY(iso_gather(list, feed, stride, centred));
    return iso_gemm(list, ISO_GEMM_NT, centred, &feed->whiten, ISO_PRECISE, &store, "whiten");
}

isobit_status iso_softmax(iso_list *list, const iso_tensor *z, const iso_tensor *p) {
    const iso_request request = {.op = "softmax"};
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(z->rows));
    iso_arguments_add(&arguments, ISO_UINT(z->columns));
    iso_arguments_add(&arguments, ISO_UINT(z->ld));
    iso_arguments_add(&arguments, ISO_MEMORY(z->memory));
    iso_arguments_add(&arguments, ISO_WRITTEN(p->memory));
    return iso_list_add(list, &request, &arguments,
                        (iso_work){.columns = z->rows, .rows = 1, .bytes = 8 * values_of(z)},
                        "softmax");
}

isobit_status iso_softmax_backward(iso_list *list, const iso_tensor *p, const iso_tensor *delta,
                                   double scale) {
    const iso_request request = {.op = "softmax_backward"};
    iso_arguments arguments = {0};
    iso_arguments_add(&arguments, ISO_UINT(p->rows));
    iso_arguments_add(&arguments, ISO_UINT(p->columns));
    iso_arguments_add(&arguments, ISO_UINT(p->ld));
    iso_arguments_add(&arguments, ISO_FLOAT(scale));
    iso_arguments_add(&arguments, ISO_MEMORY(p->memory));
    iso_arguments_add(&arguments, ISO_WRITTEN(delta->memory));
    return iso_list_add(list, &request, &arguments,
                        (iso_work){.columns = p->rows, .rows = 1, .bytes = 12 * values_of(p)},
                        "softmax backward");
}

void iso_loss_defines(const char *formula, bool reads_logit, const char *activation,
                      const iso_feed *feed, size_t ld, bool delta, iso_text *defines) {
    if (formula)
        iso_text_add(defines, " LOSS_VALUE=loss_%s LOSS_SLOPE=loss_slope_%s SLOPE=slope_%s",
                     formula, formula, activation);
    else
        iso_text_add(defines, " CROSS_ENTROPY=1");
    iso_text_add(defines, "%s%s%s", reads_logit ? " LOSS_READS_LOGIT=1" : "",
                 feed->outputs ? "" : " WITH_LABELS=1", delta ? " WITH_DELTA=1" : "");
    if (feed->targets_input)
        iso_text_add(defines, " TARGET_LD=%zu", ld);
}

isobit_status iso_loss_rows(iso_list *list, const iso_feed *feed, const iso_loss_work *work) {
    const iso_tensor *a = &work->a;
    iso_text text = {0};
    char *defines = NULL;
    iso_loss_defines(work->formula, work->reads_logit, work->activation, feed, work->x.ld,
                     work->delta.memory, &text);
    ISO_TRY(iso_text_take(&text, &defines));
    const iso_request request = {.op = "loss", .defines = defines};
    const size_t numbers[] = {a->rows, a->columns, work->stride, a->ld};
    /* Without an error term its place is taken by a buffer that the kernel does not touch. */
    const iso_argument buffers[] = {
        ISO_MEMORY(feed->order),
        ISO_MEMORY(feed->labels),
        ISO_MEMORY(feed->targets_input ? work->x.memory : feed->targets),
        ISO_MEMORY(work->z.memory),
        ISO_MEMORY(a->memory),
        ISO_WRITTEN(feed->state),
        ISO_WRITTEN(feed->losses),
        ISO_WRITTEN(feed->correct),
        work->delta.memory ? ISO_WRITTEN(work->delta.memory) : ISO_MEMORY(a->memory)};
    iso_arguments arguments = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        iso_arguments_add(&arguments, ISO_UINT(numbers[i]));
    iso_arguments_add(&arguments, ISO_FLOAT(work->scale));
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        iso_arguments_add(&arguments, buffers[i]);
    const double bytes = (work->delta.memory ? 8 : 4) * values_of(a);
    isobit_status status =
        iso_list_add(list, &request, &arguments,
                     (iso_work){.columns = a->rows, .rows = 1, .bytes = bytes}, "loss");
    free(defines);
    return status;
}
