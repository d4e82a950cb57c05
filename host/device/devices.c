/* Listing the devices: isobit_devices_* of the public API. */
#include "device/devices.h"

#include "base/memory.h"
#include "device/ask.h"
#include "device/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A machine has a handful; a driver that reports more than these is broken. */
enum { MOST_PLATFORMS = 64, MOST_PER_PLATFORM = 64 };

enum { NO_PLATFORM = -1001 }; /* CL_PLATFORM_NOT_FOUND_KHR of CL/cl_ext.h */

static const char install[] =
    "install the driver of your GPU, or to train on the CPU: on Debian and Ubuntu `apt install "
    "ocl-icd-libopencl1 pocl-opencl-icd`, elsewhere an OpenCL ICD loader and PoCL "
    "(https://portablecl.org); `clinfo -l` shows what OpenCL finds";

/* ------------------------------------------------------------------------------- one device -- */

static const char *kind_of(iso_asked *of) {
    const cl_device_type type = iso_ask_ulong(of, CL_DEVICE_TYPE);
    return type & CL_DEVICE_TYPE_GPU           ? "gpu"
           : type & CL_DEVICE_TYPE_CPU         ? "cpu"
           : type & CL_DEVICE_TYPE_ACCELERATOR ? "accelerator"
                                               : "custom";
}

/* Why a device cannot train (static text), or NULL: what the kernels and the numerics contract rely
 * on. */
static const char *unusable(iso_asked *of, const char *version) {
    unsigned major = 0, minor = 0;
    cl_device_fp_config config = iso_ask_ulong(of, CL_DEVICE_SINGLE_FP_CONFIG);
    const bool available = iso_ask_uint(of, CL_DEVICE_AVAILABLE);
    const bool compiles = iso_ask_uint(of, CL_DEVICE_COMPILER_AVAILABLE);
    const bool little = iso_ask_uint(of, CL_DEVICE_ENDIAN_LITTLE);
    if (of->code != CL_SUCCESS)
        return iso_cl_name(of->code);
    if (!available)
        return "the driver says that it is not available";
    if (!compiles)
        return "its driver has no OpenCL C compiler";
    if (sscanf(version, "OpenCL %u.%u", &major, &minor) != 2 || major < 1 ||
        (major == 1 && minor < 2))
        return "it does not offer OpenCL 1.2";
    if (!(config & CL_FP_ROUND_TO_NEAREST))
        return "its float32 does not round to nearest";
    if (!(config & CL_FP_INF_NAN))
        return "its float32 has no infinities and NaNs";
    if (!little)
        return "it is big-endian";
    return NULL;
}

static isobit_status text_of(iso_asked *of, cl_device_info what, const char **out) {
    char *text;
    ISO_TRY(iso_ask_text(of, what, &text));
    *out = text;
    return ISOBIT_OK;
}

/* A device of which something cannot be read is listed, too, as one that cannot be used. */
static isobit_status describe(isobit_device *out, cl_platform_id platform, cl_device_id device) {
    iso_asked *of = &(iso_asked){platform, device, CL_SUCCESS};
    const cl_device_fp_config config = iso_ask_ulong(of, CL_DEVICE_SINGLE_FP_CONFIG);
    char *name;
    ISO_TRY(iso_ask_platform(of, CL_PLATFORM_NAME, &name));
    out->platform = name;
    ISO_TRY(text_of(of, CL_DEVICE_NAME, &out->name));
    ISO_TRY(text_of(of, CL_DRIVER_VERSION, &out->driver));
    ISO_TRY(text_of(of, CL_DEVICE_VERSION, &out->version));
    out->kind = kind_of(of);
    out->compute_units = iso_ask_uint(of, CL_DEVICE_MAX_COMPUTE_UNITS);
    out->clock_mhz = iso_ask_uint(of, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    out->memory_bytes = iso_ask_ulong(of, CL_DEVICE_GLOBAL_MEM_SIZE);
    out->largest_buffer_bytes = iso_ask_ulong(of, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    out->local_bytes = iso_ask_ulong(of, CL_DEVICE_LOCAL_MEM_SIZE);
    out->largest_work_group = iso_ask_size(of, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    out->denormals = config & CL_FP_DENORM;
    out->has_fma = config & CL_FP_FMA;
    out->unusable = unusable(of, out->version);
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

/* A platform that fails, or has no device, contributes nothing but why. */
static isobit_status add_platform(isobit_devices *devices, cl_platform_id platform, cl_int *why) {
    cl_device_id found[MOST_PER_PLATFORM];
    cl_uint count = 0;
    cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MOST_PER_PLATFORM, found, &count);
    if (code != CL_SUCCESS) {
        *why = code == CL_DEVICE_NOT_FOUND ? *why : code;
        return ISOBIT_OK;
    }
    for (cl_uint i = 0; i < count && i < MOST_PER_PLATFORM; i++)
        ISO_TRY(add(devices, platform, found[i]));
    return ISOBIT_OK;
}

static isobit_status enumerate(isobit_devices *devices) {
    cl_platform_id platforms[MOST_PLATFORMS];
    cl_uint count = 0;
    cl_int code = clGetPlatformIDs(MOST_PLATFORMS, platforms, &count), why = CL_DEVICE_NOT_FOUND;
    if (code == NO_PLATFORM || (code == CL_SUCCESS && !count))
        return iso_fail(ISOBIT_ERROR_DEVICE, "no OpenCL driver is installed: %s", install);
    if (code != CL_SUCCESS)
        return iso_cl_fail(code, "looking for OpenCL platforms");
    for (cl_uint i = 0; i < count && i < MOST_PLATFORMS; i++)
        ISO_TRY(add_platform(devices, platforms[i], &why));
    if (!devices->count && why != CL_DEVICE_NOT_FOUND)
        return iso_cl_fail(why, "looking for OpenCL devices");
    if (!devices->count)
        return iso_fail(ISOBIT_ERROR_DEVICE, "%u OpenCL platform%s but no device: %s", count,
                        count == 1 ? "" : "s", install);
    return ISOBIT_OK;
}

isobit_status iso_devices_list(isobit_devices **out) {
    isobit_devices *devices;
    ISO_TRY(iso_alloc(&devices, 1, sizeof *devices));
    const isobit_status status = enumerate(devices);
    if (status == ISOBIT_OK)
        *out = devices;
    else
        isobit_devices_free(devices);
    return status;
}

isobit_status isobit_devices_new(isobit_devices **out, const char *selection) {
    isobit_devices *devices;
    const char *why;
    size_t index = 0;
    bool settled;
    ISO_TRY(iso_devices_list(&devices));
    const isobit_status status =
        iso_device_pick(devices, iso_device_wanted(selection), NULL, &index, &why, &settled);
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
