/* For the rehearsal: every OpenCL device calls itself a GPU of a driver of its own, so that isobit
 * does what it does on one: other kernel variants and defaults, programs kept as the driver's
 * binaries. Preloaded:
 *   cc -shared -fPIC -o pretend.so pretend.c && LD_PRELOAD=./pretend.so isobit devices */
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <string.h>

typedef cl_int (*device_info)(cl_device_id, cl_device_info, size_t, void *, size_t *);
typedef cl_int (*platform_info)(cl_platform_id, cl_platform_info, size_t, void *, size_t *);

static cl_int answer(const void *value, size_t length, size_t room, void *to, size_t *size) {
    if (size)
        *size = length;
    if (to && room < length)
        return CL_INVALID_VALUE;
    if (to)
        memcpy(to, value, length);
    return CL_SUCCESS;
}

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t room, void *to,
                       size_t *size) {
    static const cl_device_type type = CL_DEVICE_TYPE_GPU;
    static const cl_ulong local = 48 << 10;
    static const size_t group = 1024;
    static const char name[] = "Pretended GPU", version[] = "OpenCL 3.0 pretended";
    device_info real;
    *(void **)&real = dlsym(RTLD_NEXT, "clGetDeviceInfo");
    switch (what) {
    case CL_DEVICE_TYPE:
        return answer(&type, sizeof type, room, to, size);
    case CL_DEVICE_LOCAL_MEM_SIZE:
        return answer(&local, sizeof local, room, to, size);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
        return answer(&group, sizeof group, room, to, size);
    case CL_DEVICE_NAME:
        return answer(name, sizeof name, room, to, size);
    case CL_DEVICE_VERSION:
        return answer(version, sizeof version, room, to, size);
    default:
        return real(device, what, room, to, size);
    }
}

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t room, void *to,
                         size_t *size) {
    static const char name[] = "Pretended";
    platform_info real;
    *(void **)&real = dlsym(RTLD_NEXT, "clGetPlatformInfo");
    return what == CL_PLATFORM_NAME ? answer(name, sizeof name, room, to, size)
                                    : real(platform, what, room, to, size);
}
