/* Launch lists: kernels with their arguments bound once, enqueued again and again in order. */
#ifndef ISO_DEVICE_LAUNCH_H
#define ISO_DEVICE_LAUNCH_H

#include "device/program.h"

enum { ISO_WRITTEN_MOST = 6 };

/* One kernel with everything it needs. */
typedef struct iso_launch {
    cl_kernel kernel;   /* its own: shared ones must be bound again */
    cl_program program; /* borrowed; many launches may have the same */
    const iso_variant *variant;
    cl_uint dims;
    size_t global[2], local[2];
    char *label;         /* "layer 2 forward", for profiles and digests */
    double flops, bytes; /* of one launch: what it computes and what it must move; 0: unknown */
    size_t shape[3];     /* of a matrix product: M, N and K; zeros elsewhere */
    cl_mem written[ISO_WRITTEN_MOST]; /* what it changes, in argument order (borrowed) */
    size_t written_count;
} iso_launch;

/* Launches in the order in which they run. Start from {.context = …}. */
typedef struct iso_list {
    isobit_context *context;
    iso_launch *launches;
    size_t count;
} iso_list;

/* A kernel argument. */
typedef struct iso_argument {
    enum { ISO_MEMORY_ARGUMENT, ISO_UINT_ARGUMENT, ISO_FLOAT_ARGUMENT } kind;
    cl_mem memory;
    size_t number; /* that must fit 32 bits */
    cl_float real;
    bool written; /* the kernel changes that memory */
} iso_argument;

#define ISO_MEMORY(m) ((iso_argument){.kind = ISO_MEMORY_ARGUMENT, .memory = (m)})
#define ISO_WRITTEN(m) ((iso_argument){.kind = ISO_MEMORY_ARGUMENT, .memory = (m), .written = true})
#define ISO_UINT(n) ((iso_argument){.kind = ISO_UINT_ARGUMENT, .number = (size_t)(n)})
#define ISO_FLOAT(r) ((iso_argument){.kind = ISO_FLOAT_ARGUMENT, .real = (cl_float)(r)})

/* Arguments gathered by an operation and its STORE. */
enum { ISO_ARGUMENTS = 32 };
typedef struct iso_arguments {
    iso_argument list[ISO_ARGUMENTS];
    size_t count;
} iso_arguments;
/* Append one; too many show when they are bound. */
void iso_arguments_add(iso_arguments *arguments, iso_argument argument);

/* What a launch is. `columns` and `rows` are how many outputs there are along dimensions 0 and 1
 * (rows is ignored for a variant with one dimension). */
typedef struct iso_work {
    size_t columns, rows;
    double flops, bytes;
} iso_work;

/* Build the kernel, bind the arguments and append the launch. Refuses sizes beyond 32 bits,
 * and work-groups that are larger, or take more local memory, than the device allows.
 * @param label a format for the label */
isobit_status iso_list_add(iso_list *list, const iso_request *request,
                           const iso_arguments *arguments, iso_work work, const char *label, ...)
    __attribute__((format(printf, 5, 6)));

/* Enqueue all launches in order; returns at once. */
isobit_status iso_list_enqueue(const iso_list *list);

/* Enqueue and wait. */
isobit_status iso_list_run(const iso_list *list);

/* Of all launches in these lists enqueue one for each program and work-group size, the one with the
 * least to do: enough for a device that finishes compiling, or loads what it has compiled, when it
 * is first told to run something. */
isobit_status iso_lists_warm(const iso_list *const *lists, size_t count);

/* Forget all launches but those of an operation. Not for a list that only counts memory. */
void iso_list_keep(iso_list *list, const char *op);

/* Free all launches; the list is then as it began. */
void iso_list_free(iso_list *list);

#endif
