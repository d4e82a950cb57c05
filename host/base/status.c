#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_SIZE = 2048 };
static _Thread_local char message[MESSAGE_SIZE];

const char *isobit_version(void) { return ISOBIT_VERSION; }

const char *isobit_error(void) { return message; }

const char *isobit_status_name(isobit_status status) {
    static const char *const names[ISOBIT_STATUS_COUNT] = {
        "OK",           "ERROR_ARGUMENT", "ERROR_MEMORY", "ERROR_FILE",     "ERROR_FORMAT",
        "ERROR_EXISTS", "ERROR_DEVICE",   "ERROR_KERNEL", "ERROR_DIVERGED", "ERROR_INTERRUPTED"};
    return status >= 0 && status < ISOBIT_STATUS_COUNT ? names[status] : "UNKNOWN";
}

static void keep_one_line(char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

isobit_status iso_fail(isobit_status status, const char *format, ...) {
    char text[MESSAGE_SIZE]; /* an argument may be the message itself */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    keep_one_line(text);
    memcpy(message, text, sizeof message);
    return status;
}

isobit_status iso_fail_at(isobit_status status, const char *format, ...) {
    char place[512], rest[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(place, sizeof place, format, arguments);
    va_end(arguments);
    memcpy(rest, message, sizeof rest);
    return iso_fail(status, "%s: %s", place, rest);
}
