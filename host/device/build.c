#include "device/build.h"

#include "base/memory.h"

#include <stdlib.h>

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

/* The build log's first lines, which name file and line, as one line. */
static isobit_status build_failed(const isobit_context *context, cl_program program, cl_int code,
                                  const char *file) {
    char *log = NULL;
    size_t size = 0;
    clGetProgramBuildInfo(program, context->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    ISO_TRY(iso_alloc(&log, size + 1, 1));
    clGetProgramBuildInfo(program, context->device, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    enum { MOST = 700 };
    if (size > MOST)
        log[MOST] = '\0';
    as_one_line(log);
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
        isobit_status status = build_failed(context, program, code, file);
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
