#include "base/memory.h"

#include "base/fault.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static isobit_status out_of_memory(size_t count, size_t size) {
    return iso_fail(ISOBIT_ERROR_MEMORY, "out of memory: %zu elements of %zu bytes asked for",
                    count, size);
}

/* Put `old` resized to count * size bytes at *out. */
static isobit_status reallocate(void **out, void *old, size_t count, size_t size) {
    if (iso_fault_now(ISO_FAULT_MEMORY) || (size && count > PTRDIFF_MAX / size))
        return out_of_memory(count, size);
    size_t bytes = count * size;
    void *block = old ? realloc(old, bytes ? bytes : 1) : calloc(bytes ? bytes : 1, 1);
    if (!block)
        return out_of_memory(count, size);
    *out = block;
    return ISOBIT_OK;
}

/* `array` is the address of a pointer of any object type: move it through memcpy. */
isobit_status iso_resize(void *array, size_t count, size_t size) {
    void *block;
    memcpy(&block, array, sizeof block);
    ISO_TRY(reallocate(&block, block, count, size));
    memcpy(array, &block, sizeof block);
    return ISOBIT_OK;
}

isobit_status iso_alloc(void *out, size_t count, size_t size) {
    void *block = NULL;
    ISO_TRY(reallocate(&block, NULL, count, size));
    memcpy(out, &block, sizeof block);
    return ISOBIT_OK;
}

isobit_status iso_alloc_aligned(void *out, size_t count, size_t size) {
    enum { LINE = 64 };
    if (iso_fault_now(ISO_FAULT_MEMORY) || (size && count > (PTRDIFF_MAX - LINE) / size))
        return out_of_memory(count, size);
    const size_t bytes = (count * size / LINE + 1) * LINE;
    void *block = aligned_alloc(LINE, bytes);
    if (!block)
        return out_of_memory(count, size);
    memset(block, 0, bytes);
    memcpy(out, &block, sizeof block);
    return ISOBIT_OK;
}

isobit_status iso_copy_n(char **out, const char *text, size_t length) {
    char *copy;
    ISO_TRY(iso_alloc(&copy, length + 1, 1));
    memcpy(copy, text, length);
    *out = copy;
    return ISOBIT_OK;
}

isobit_status iso_copy(char **out, const char *text) { return iso_copy_n(out, text, strlen(text)); }

isobit_status iso_format(char **out, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = NULL;
    isobit_status status = length < 0 ? iso_fail(ISOBIT_ERROR_ARGUMENT, "bad format \"%s\"", format)
                                      : iso_alloc(&text, (size_t)length + 1, 1);
    if (status == ISOBIT_OK) {
        vsnprintf(text, (size_t)length + 1, format, again);
        *out = text;
    }
    va_end(again);
    return status;
}

size_t iso_memory_free(void) {
    FILE *file = fopen("/proc/meminfo", "r");
    char line[128];
    unsigned long long kib = 0;
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, "MemAvailable: %llu kB", &kib) == 1;
    if (file)
        fclose(file);
    return found ? (size_t)kib * 1024 : SIZE_MAX;
}
