#include "run/fit.h"

#include "base/text.h"
#include "ops/stream.h"

#include <stdint.h>
#include <stdlib.h>

/* Everything that making it would allocate. */
static isobit_status count(const iso_fitting *of, size_t chunk, iso_ledger *out) {
    *out = (iso_ledger){0};
    of->context->ledger = out;
    isobit_status status = of->make(of->it, chunk);
    of->unmake(of->it);
    of->context->ledger = NULL;
    return status;
}

static bool fits(const iso_fit *fit, const isobit_context *context) {
    return fit->ledger.bytes <= fit->room && fit->ledger.largest <= context->largest_buffer;
}

/* Samples of the largest chunk for which there is room beside what `fit` counted for the least. */
static size_t largest_chunk(const iso_fit *fit, const iso_fitting *of) {
    enum { ENOUGH = 64 << 20 /* bytes: a larger one is not faster */, LEAST_BUFFERS = 256 };
    const isobit_data *data = of->data;
    const size_t one =
        iso_stream_bytes(data, of->answers, 1) - iso_stream_bytes(data, of->answers, 0);
    const size_t slack = iso_stream_bytes(data, of->answers, 0) + LEAST_BUFFERS;
    const size_t counted = iso_stream_bytes(data, of->answers, of->least);
    const size_t others = fit->ledger.bytes > counted ? fit->ledger.bytes - counted : 0;
    size_t bytes = fit->room > others ? fit->room - others : 0;
    if (bytes > of->context->largest_buffer)
        bytes = of->context->largest_buffer;
    if (bytes > 2 * (size_t)ENOUGH)
        bytes = 2 * (size_t)ENOUGH;
    const size_t chunk = bytes > slack ? (bytes - slack) / one : 0;
    return chunk < data->samples ? chunk : data->samples;
}

isobit_status iso_fit_find(iso_fit *out, const iso_fitting *of) {
    iso_fit fit = {.room = iso_context_room(of->context)};
    ISO_TRY(count(of, 0, &fit.ledger));
    fit.fits = fits(&fit, of->context);
    if (!fit.fits && of->least && of->least < of->data->samples) {
        fit.chunk = of->least;
        ISO_TRY(count(of, fit.chunk, &fit.ledger));
        const size_t chunk = largest_chunk(&fit, of);
        if (chunk > fit.chunk) {
            fit.chunk = chunk;
            ISO_TRY(count(of, chunk, &fit.ledger));
        }
        fit.fits = fits(&fit, of->context);
    }
    *out = fit;
    return ISOBIT_OK;
}

isobit_status iso_fit_refuse(const iso_fit *fit, const isobit_context *context, const char *what,
                             const char *advice) {
    iso_text text = {0};
    char *list, needed[ISO_BYTES_TEXT], has[ISO_BYTES_TEXT], bytes[ISO_BYTES_TEXT];
    const iso_ledger *ledger = &fit->ledger;
    const bool single = ledger->bytes <= fit->room; /* it is one buffer that does not fit */
    for (size_t i = 0; i < ledger->count; i++) {
        iso_bytes_text(ledger->rows[i].bytes, bytes);
        iso_text_add(&text, "%s%s for %s", i ? ", " : "", bytes, ledger->rows[i].what);
    }
    ISO_TRY(iso_text_take(&text, &list));
    iso_bytes_text(single ? ledger->largest : ledger->bytes, needed);
    iso_bytes_text(single ? context->largest_buffer : fit->room, has);
    iso_fail(ISOBIT_ERROR_DEVICE, "%s needs %s%s on %s, which has %s%s (%s)%s%s", what, needed,
             single ? " at a stretch" : "", context->name, has, single ? " at most" : " free", list,
             *advice ? "; " : "", advice);
    free(list);
    return ISOBIT_ERROR_DEVICE;
}
