#include "device/build.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* In place: line ends become '|', since a message is one line. */
static void as_one_line(char *text) {
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from != '\n')
            *to++ = *from;
        else if (to > text && to[-1] != '|' && from[1])
            *to++ = '|';
    }
    *to = '\0';
}

/* Append what the directives say of a line of the source: its file, and its number there. */
static void add_place(iso_text *to, const char *source, unsigned long line) {
    static const char directive[] = "#line ";
    const char *name = NULL;
    unsigned long own = 1; /* the number of line `at` in its file */
    size_t length = 0;
    for (unsigned long at = 1; at < line && *source; at++, own++) {
        char *end;
        if (!strncmp(source, directive, sizeof directive - 1)) {
            own = strtoul(source + sizeof directive - 1, &end, 10) - 1;
            name = end + strspn(end, " \"");
            length = strcspn(name, "\"\n");
        }
        source += strcspn(source, "\n");
        source += *source == '\n';
    }
    if (name)
        iso_text_append(to, name, length);
    else
        iso_text_add(to, "<kernel>");
    iso_text_add(to, ":%lu", own);
}

isobit_status iso_build_places(char **out, const char *message, const char *source) {
    static const char start[] = "<kernel>:";
    iso_text text = {0};
    const char *found;
    for (; (found = strstr(message, start)); message = found) {
        char *end;
        iso_text_append(&text, message, (size_t)(found - message));
        found += sizeof start - 1;
        const unsigned long line = strtoul(found, &end, 10);
        if (end == found || !line)
            iso_text_add(&text, "%s", start);
        else
            add_place(&text, source, line);
        found = line ? end : found;
    }
    iso_text_add(&text, "%s", message);
    return iso_text_take(&text, out);
}

/* The build log's first lines, which name file and line, as one line. */
static isobit_status build_failed(const isobit_context *context, cl_program program, cl_int code,
                                  const char *file, const char *source) {
    char *log = NULL, *told = NULL;
    size_t size = 0;
    clGetProgramBuildInfo(program, context->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    ISO_TRY(iso_alloc(&log, size + 1, 1));
    clGetProgramBuildInfo(program, context->device, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    enum { MOST = 700 };
    if (size > MOST)
        log[MOST] = '\0';
    as_one_line(log);
    if (iso_build_places(&told, log, source) == ISOBIT_OK) {
        free(log);
        log = told;
    }
    /* Without a word about the source it is the device that fails. */
    isobit_status status = iso_fail(
        *log || code == CL_BUILD_PROGRAM_FAILURE ? ISOBIT_ERROR_KERNEL : ISOBIT_ERROR_DEVICE,
        "%s does not build on %s: %s (%d): %s", file, context->name, iso_cl_name(code), code,
        *log ? log : "the driver gives no reason");
    free(log);
    return status;
}

isobit_status iso_build_source(cl_program *out, const isobit_context *context, const char *source,
                               const char *options, const char *file) {
    cl_int code;
    cl_program program = clCreateProgramWithSource(context->context, 1, &source, NULL, &code);
    if (code != CL_SUCCESS)
        return iso_cl_fail(code, "making a program");
    code = clBuildProgram(program, 1, &context->device, options, NULL, NULL);
    if (code != CL_SUCCESS) {
        isobit_status status = build_failed(context, program, code, file, source);
        clReleaseProgram(program);
        return status;
    }
    *out = program;
    return ISOBIT_OK;
}

cl_int iso_build_binary(cl_program *out, const isobit_context *context, const unsigned char *binary,
                        size_t length, const char *options) {
    cl_int code, loaded = CL_SUCCESS;
    cl_program program = clCreateProgramWithBinary(context->context, 1, &context->device, &length,
                                                   &binary, &loaded, &code);
    if (code != CL_SUCCESS)
        return code;
    code = loaded == CL_SUCCESS ? clBuildProgram(program, 1, &context->device, options, NULL, NULL)
                                : loaded;
    if (code == CL_SUCCESS)
        *out = program;
    else
        clReleaseProgram(program);
    return code;
}

unsigned char *iso_build_take(cl_program program, size_t *length) {
    unsigned char *binary;
    *length = 0;
    if (clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof *length, length, NULL) !=
            CL_SUCCESS ||
        !*length || iso_alloc(&binary, *length, 1) != ISOBIT_OK)
        return NULL;
    if (clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) == CL_SUCCESS)
        return binary;
    free(binary);
    return NULL;
}
