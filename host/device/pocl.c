#include "device/pocl.h"

#include "device/build.h"

#include <stdlib.h>
#include <string.h>

bool iso_pocl_is(cl_platform_id platform) {
    char name[64] = "";
    return clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name, name, NULL) == CL_SUCCESS &&
           !strcmp(name, "Portable Computing Language");
}

static size_t number_at(const unsigned char *from) {
    return (size_t)from[0] | (size_t)from[1] << 8 | (size_t)from[2] << 16 | (size_t)from[3] << 24;
}

/* In PoCL's binary a file is its name's length and its name, its size and its bytes; numbers have
 * four bytes, low first. Finds the one of that name that is bitcode. */
static const unsigned char *find_bitcode(const unsigned char *binary, size_t size, size_t *length) {
    static const unsigned char name[] = "\x0b\0\0\0/program.bc", magic[] = {'B', 'C', 0xc0, 0xde};
    const size_t head = sizeof name - 1 + 4;
    for (size_t at = 0; at + head + sizeof magic <= size; at++) {
        if (memcmp(binary + at, name, sizeof name - 1) != 0)
            continue;
        const unsigned char *bitcode = binary + at + head;
        *length = number_at(bitcode - 4);
        return *length <= size - at - head && !memcmp(bitcode, magic, sizeof magic) ? bitcode
                                                                                    : NULL;
    }
    return NULL;
}

unsigned char *iso_pocl_compile(const isobit_context *context, const char *source,
                                const char *options, size_t *length) {
    cl_int code;
    size_t size;
    unsigned char *binary = NULL;
    cl_program program = clCreateProgramWithSource(context->context, 1, &source, NULL, &code);
    if (code != CL_SUCCESS)
        return NULL;
    code = clCompileProgram(program, 1, &context->device, options, 0, NULL, NULL, NULL, NULL);
    if (code == CL_SUCCESS)
        binary = iso_build_take(program, &size);
    clReleaseProgram(program);
    const unsigned char *bitcode = binary ? find_bitcode(binary, size, length) : NULL;
    if (bitcode) {
        memmove(binary, bitcode, *length);
        return binary;
    }
    free(binary);
    return NULL;
}
