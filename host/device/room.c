/* How much memory a device has for us. */
#include "base/memory.h"
#include "base/text.h"
#include "device/buffer.h"

#include <stdint.h>

isobit_status iso_context_limit(isobit_context *context, const char *what, const char *size) {
    size_t bytes;
    ISO_TRY(iso_parse_bytes(size, what, &bytes));
    context->limited = true;
    context->memory = bytes < context->memory ? bytes : context->memory;
    return ISOBIT_OK;
}

size_t iso_context_room(const isobit_context *context) {
    enum { DRIVER = 32 }; /* its share of the memory: one in so many */
    const size_t all = (size_t)context->memory, live = iso_buffers_live();
    const size_t told = context->limited ? all : all - all / DRIVER;
    const size_t ours = context->ran_out && context->given < told ? context->given : told;
    const size_t room = ours > live ? ours - live : 0;
    const size_t host = context->unified ? iso_memory_free() : SIZE_MAX;
    return host < room ? host : room;
}
