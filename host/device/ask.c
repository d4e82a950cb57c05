#include "device/ask.h"

#include "base/memory.h"

#include <string.h>

static void ask(iso_asked *of, cl_device_info what, void *value, size_t size) {
    const cl_int code = clGetDeviceInfo(of->device, what, size, value, NULL);
    if (code != CL_SUCCESS)
        of->code = code;
}

cl_uint iso_ask_uint(iso_asked *of, cl_device_info what) {
    cl_uint value = 0;
    ask(of, what, &value, sizeof value);
    return value;
}

cl_ulong iso_ask_ulong(iso_asked *of, cl_device_info what) {
    cl_ulong value = 0;
    ask(of, what, &value, sizeof value);
    return value;
}

size_t iso_ask_size(iso_asked *of, cl_device_info what) {
    size_t value = 0;
    ask(of, what, &value, sizeof value);
    return value;
}

static void trim(char *text) {
    const char *start = text + strspn(text, " ");
    size_t length = strlen(start);
    while (length && start[length - 1] == ' ')
        length--;
    memmove(text, start, length);
    strcpy(text + length, length ? "" : "?");
}

static isobit_status text_of(iso_asked *of, bool platform, cl_uint what, char **out) {
    size_t size = 0;
    char *text;
    cl_int code = platform ? clGetPlatformInfo(of->platform, what, 0, NULL, &size)
                           : clGetDeviceInfo(of->device, what, 0, NULL, &size);
    ISO_TRY(iso_alloc(&text, size + 2, 1));
    if (code == CL_SUCCESS)
        code = platform ? clGetPlatformInfo(of->platform, what, size, text, NULL)
                        : clGetDeviceInfo(of->device, what, size, text, NULL);
    if (code != CL_SUCCESS) {
        of->code = code;
        *text = '\0';
    }
    trim(text);
    *out = text;
    return ISOBIT_OK;
}

isobit_status iso_ask_text(iso_asked *of, cl_device_info what, char **out) {
    return text_of(of, false, what, out);
}

isobit_status iso_ask_platform(iso_asked *of, cl_platform_info what, char **out) {
    return text_of(of, true, what, out);
}
