#include "device/opencl.h"

#include "base/fault.h"

#include <stdatomic.h>

static atomic_int fault_code = CL_OUT_OF_RESOURCES;

bool iso_cl_fault(cl_int *code) {
    if (!iso_fault_now(ISO_FAULT_DEVICE))
        return false;
    if (code)
        *code = iso_cl_faulty();
    return true;
}

cl_int iso_cl_faulty(void) { return atomic_load(&fault_code); }

void iso_cl_fault_code(cl_int code) { atomic_store(&fault_code, code); }
