/* An open device: OpenCL context, in-order queue, registered kernels, built programs. */
#ifndef ISO_DEVICE_CONTEXT_H
#define ISO_DEVICE_CONTEXT_H

#include "device/opencl.h"
#include "device/registry.h"

typedef struct iso_program iso_program; /* device/program.h */

struct isobit_context {
    cl_platform_id platform;
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;      /* in order */
    struct iso_queue *under_way; /* device/queue.h */
    char *name;                  /* of the device */
    char *identity;    /* device, driver and platform version: what a built program depends on */
    iso_target target; /* what kernels are chosen for */
    cl_ulong memory, largest_buffer;
    bool limited; /* memory is what a user said, not what the device reports */
    bool ran_out; /* the driver has refused a buffer, in what is being made, … */
    size_t given; /* … when those of this process took so many bytes: that is what there is */
    bool unified; /* the device's memory is the host's */
    size_t largest_group;
    size_t align; /* of a sub-buffer's offset, in bytes; at least 64 */
    bool pocl;    /* device/pocl.h */
    bool nvidia;  /* its compiler takes cl_nv_compiler_options */
    bool settled; /* no other device is the same processor, or which is the fastest is known */
    bool native_divide; /* it declares correctly rounded / and sqrt */
    iso_registry registry;
    iso_program *programs; /* built so far, newest first */
    struct iso_pick {      /* variants chosen by the user */
        char *op, *variant, *knobs;
    } * picks;
    size_t pick_count;
    /* Not NULL: what is made now is only counted. Buffers are none, launches without a kernel, and
     * nothing runs: what is read is zeros. */
    struct iso_ledger *ledger;
    struct iso_wanted *wanted; /* and if this is not NULL, kernels are noted (device/wanted.h) */
    struct iso_tuning *tuning; /* device/tuning.h; NULL: not read yet */
    int exactness;    /* what run/doctor.h found out about the device; 0: nobody asked yet */
    char *difference; /* and how it differs from the contract, in words, or NULL */
};

/* As isobit_context_new, with the user's kernel files of a folder beside the built-in ones, and
 * chosen variants as "gemm_nt=tiled,TS=32 gemm_nn=naive". "resident=off" turns the
 * resident kernel off. NULL or "": none. */
isobit_status iso_context_open(isobit_context **out, const char *selection, const char *kernels,
                               const char *variants);
/* What these settings will compute, for iso_race_recall, freed by the caller; NULL: they do not
 * say. */
isobit_status iso_context_work(char **out, const isobit_settings *settings);
/* The user's choice for an operation, or NULL. */
const struct iso_pick *iso_context_pick(const isobit_context *context, const char *op);

/* Make ISOBIT_ERROR_DEVICE with OpenCL's name for `code`: "WHAT: CL_OUT_OF_RESOURCES (-5)". */
isobit_status iso_cl_fail(cl_int code, const char *what);
/* The same, or ISOBIT_OK for CL_SUCCESS. */
isobit_status iso_cl_check(cl_int code, const char *what);
/* The name of OpenCL's error code. Static storage. */
const char *iso_cl_name(cl_int code);
/* Return from the calling function when an OpenCL call that returns its code fails. */
#define ISO_CL(call, what) ISO_TRY(iso_cl_check(call, what))

/* Fill in the context's name and identity from its device and platform. */
isobit_status iso_context_identify(isobit_context *context);

/* Plan with no more memory than `size` says ("64MiB"), only ever less than before. (The known
 * answers that a device is asked first, half a MiB, are no part of any plan.)
 * @param what the setting, for messages */
isobit_status iso_context_limit(isobit_context *context, const char *what, const char *size);
/* Bytes that further buffers may take, as far as the device tells: of its memory, a little of which
 * is left to the driver, and for a device that uses the host's memory, of what is free there; once
 * the driver has refused a buffer, of what it gave before. */
size_t iso_context_room(const isobit_context *context);

/* Wait until everything enqueued is done. */
isobit_status iso_finish(isobit_context *context);

#endif
