/* Listing the devices: isobit_devices_* of the public API. */
#include "device/devices.h"

#include "base/memory.h"
#include "device/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A machine has a handful; a driver that reports more than these is broken. */
enum { MOST_PLATFORMS = 64, MOST_PER_PLATFORM = 64 };

static const char install[] =
    "install the driver of your GPU, or to train on the CPU: on Debian and Ubuntu `apt install "
    "ocl-icd-libopencl1 pocl-opencl-icd`, elsewhere an OpenCL ICD loader and PoCL "
    "(https://portablecl.org); `clinfo -l` shows what OpenCL finds";

/* ------------------------------------------------------------------------------- one device -- */

static cl_ulong ulong_of(cl_device_id device, cl_device_info what) {
    cl_ulong value = 0;
    return clGetDeviceInfo(device, what, sizeof value, &value, NULL) == CL_SUCCESS ? value : 0;
}

static unsigned uint_of(cl_device_id device, cl_device_info what) {
    cl_uint value = 0;
    return clGetDeviceInfo(device, what, sizeof value, &value, NULL) == CL_SUCCESS ? value : 0;
}

static size_t size_of(cl_device_id device, cl_device_info what) {
    size_t value = 0;
    return clGetDeviceInfo(device, what, sizeof value, &value, NULL) == CL_SUCCESS ? value : 0;
}

/* A text property without the blanks around it that some drivers leave. An unreadable one is "?":
 * the listing must not fail for it. */
static isobit_status text_of(cl_device_id device, cl_device_info what, const char **out) {
    char *text = NULL;
    isobit_status status = iso_cl_device_text(device, what, &text);
    if (status == ISOBIT_ERROR_MEMORY)
        return status;
    const char *start = status == ISOBIT_OK ? text : "?";
    start += strspn(start, " ");
    size_t length = strlen(start);
    while (length && start[length - 1] == ' ')
        length--;
    char *copy;
    status = iso_copy_n(&copy, start, length);
    free(text);
    if (status == ISOBIT_OK)
        *out = copy;
    return status;
}

static const char *kind_of(cl_device_id device) {
    cl_device_type type = 0;
    clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    return type & CL_DEVICE_TYPE_GPU           ? "gpu"
           : type & CL_DEVICE_TYPE_CPU         ? "cpu"
           : type & CL_DEVICE_TYPE_ACCELERATOR ? "accelerator"
                                               : "custom";
}

/* Why a device cannot train, or NULL: what the kernels and the numerics contract rely on. */
static const char *unusable(cl_device_id device, const char *version) {
    unsigned major = 0, minor = 0;
    cl_device_fp_config config = ulong_of(device, CL_DEVICE_SINGLE_FP_CONFIG);
    if (!uint_of(device, CL_DEVICE_AVAILABLE))
        return "the driver says that it is not available";
    if (!uint_of(device, CL_DEVICE_COMPILER_AVAILABLE))
        return "its driver has no OpenCL C compiler";
    if (sscanf(version, "OpenCL %u.%u", &major, &minor) != 2 || major < 1 ||
        (major == 1 && minor < 2))
        return "it does not offer OpenCL 1.2";
    if (!(config & CL_FP_ROUND_TO_NEAREST))
        return "its float32 does not round to nearest";
    if (!(config & CL_FP_INF_NAN))
        return "its float32 has no infinities and NaNs";
    if (!uint_of(device, CL_DEVICE_ENDIAN_LITTLE))
        return "it is big-endian";
    return NULL;
}

static isobit_status describe(isobit_device *out, cl_platform_id platform, cl_device_id device) {
    cl_device_fp_config config = ulong_of(device, CL_DEVICE_SINGLE_FP_CONFIG);
    char name[256] = "";
    clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name - 1, name, NULL);
    char *copy;
    ISO_TRY(iso_copy(&copy, *name ? name : "?"));
    out->platform = copy;
    ISO_TRY(text_of(device, CL_DEVICE_NAME, &out->name));
    ISO_TRY(text_of(device, CL_DRIVER_VERSION, &out->driver));
    ISO_TRY(text_of(device, CL_DEVICE_VERSION, &out->version));
    out->kind = kind_of(device);
    out->compute_units = uint_of(device, CL_DEVICE_MAX_COMPUTE_UNITS);
    out->clock_mhz = uint_of(device, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    out->memory_bytes = ulong_of(device, CL_DEVICE_GLOBAL_MEM_SIZE);
    out->largest_buffer_bytes = ulong_of(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    out->local_bytes = ulong_of(device, CL_DEVICE_LOCAL_MEM_SIZE);
    out->largest_work_group = size_of(device, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    out->denormals = config & CL_FP_DENORM;
    out->has_fma = config & CL_FP_FMA;
    out->unusable = unusable(device, out->version);
    return ISOBIT_OK;
}

/* ---------------------------------------------------------------------------------- the list -- */

static isobit_status add(isobit_devices *devices, cl_platform_id platform, cl_device_id device) {
    size_t count = devices->count;
    ISO_TRY(iso_resize(&devices->list, count + 1, sizeof *devices->list));
    ISO_TRY(iso_resize(&devices->ids, count + 1, sizeof *devices->ids));
    devices->list[count] = (isobit_device){0};
    devices->ids[count] = (iso_device_ids){platform, device};
    devices->count++; /* now _free knows of it, also half-described */
    return describe(&devices->list[count], platform, device);
}

/* A platform that fails, or has no device, contributes nothing. */
static isobit_status add_platform(isobit_devices *devices, cl_platform_id platform) {
    cl_device_id found[MOST_PER_PLATFORM];
    cl_uint count = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MOST_PER_PLATFORM, found, &count) !=
        CL_SUCCESS)
        return ISOBIT_OK;
    for (cl_uint i = 0; i < count && i < MOST_PER_PLATFORM; i++)
        ISO_TRY(add(devices, platform, found[i]));
    return ISOBIT_OK;
}

void iso_opencl_load(void) {
    cl_uint count;
    clGetPlatformIDs(0, NULL, &count);
}

static isobit_status enumerate(isobit_devices *devices) {
    cl_platform_id platforms[MOST_PLATFORMS];
    cl_uint count = 0;
    cl_int code = clGetPlatformIDs(MOST_PLATFORMS, platforms, &count);
    if (code != CL_SUCCESS || !count)
        return iso_fail(ISOBIT_ERROR_DEVICE, "no OpenCL driver is installed: %s", install);
    for (cl_uint i = 0; i < count && i < MOST_PLATFORMS; i++)
        ISO_TRY(add_platform(devices, platforms[i]));
    if (!devices->count)
        return iso_fail(ISOBIT_ERROR_DEVICE, "%u OpenCL platform%s but no device: %s", count,
                        count == 1 ? "" : "s", install);
    return ISOBIT_OK;
}

isobit_status isobit_devices_new(isobit_devices **out, const char *selection) {
    isobit_devices *devices;
    const char *why;
    size_t index;
    ISO_TRY(iso_alloc(&devices, 1, sizeof *devices));
    isobit_status status = enumerate(devices);
    if (status != ISOBIT_OK) {
        isobit_devices_free(devices);
        return status;
    }
    status = iso_device_pick(devices, iso_device_wanted(selection), &index, &why);
    if (status == ISOBIT_ERROR_MEMORY) {
        isobit_devices_free(devices);
        return status;
    }
    if (status == ISOBIT_OK) { /* else none is marked */
        devices->list[index].chosen = true;
        devices->list[index].why = why;
    }
    *out = devices;
    return ISOBIT_OK;
}

size_t isobit_devices_count(const isobit_devices *devices) { return devices->count; }

const isobit_device *isobit_devices_get(const isobit_devices *devices, size_t index) {
    return index < devices->count ? &devices->list[index] : NULL;
}

void isobit_devices_free(isobit_devices *devices) {
    if (!devices)
        return;
    for (size_t i = 0; i < devices->count; i++) {
        free((char *)devices->list[i].name);
        free((char *)devices->list[i].platform);
        free((char *)devices->list[i].driver);
        free((char *)devices->list[i].version);
    }
    free(devices->list);
    free(devices->ids);
    free(devices);
}
