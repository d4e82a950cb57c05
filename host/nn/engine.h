/* A network on a device: its parameters, what the optimizer remembers, and the data to feed it. */
#ifndef ISO_NN_ENGINE_H
#define ISO_NN_ENGINE_H

#include "device/buffer.h"
#include "device/launch.h"
#include "nn/loss.h"
#include "nn/network.h"
#include "nn/optimizer.h"
#include "ops/feed.h"
#include "ops/gemm.h"

enum { ISO_MEMORIES = 2 }; /* the most that an optimizer remembers per parameter */

/* Parameters live in one padded buffer: every matrix begins at an aligned offset, its rows are
 * padded, and gradients and memories are laid out alike, so one launch updates everything. */
typedef struct iso_engine {
    isobit_context *context;
    const iso_network *network;
    const iso_loss *loss;           /* NULL: forward only */
    const iso_optimizer *optimizer; /* NULL: no training */
    double clip;                    /* of the global norm; 0: none */
    bool fused;                     /* gradients go straight into the optimizer */
    iso_precision precision;        /* of dense layers' products in training; elsewhere exact */
    const uint64_t *seed;           /* of what is random in training (dropout); NULL: it is off */
    size_t floats;                  /* of the padded buffers */
    size_t *offsets;                /* where each parameter begins in them */
    cl_mem parameters, gradients, memory[ISO_MEMORIES];
    struct iso_views {
        iso_tensor parameter, gradient, memory[ISO_MEMORIES];
    } * views;            /* per parameter of the network */
    cl_mem scalars;       /* ISO_SCALARS per step of an epoch */
    uint32_t *clip_first; /* per parameter: the first of its chunks in clip_partial */
    cl_mem clip_bounds, clip_partial, clip_factor;
} iso_engine;

/* How an engine is to be used. */
typedef struct iso_engine_options {
    const iso_loss *loss;
    const iso_optimizer *optimizer;
    double clip;
    iso_precision precision;
    bool keep_gradients;    /* leave them in their buffer (check, watch, digests) */
    size_t steps_per_epoch; /* how many steps have their scalars at once */
    const uint64_t *seed;   /* borrowed; NULL: dropout lets everything through (check) */
} iso_engine_options;

/* Put a network on a device; parameters are zero until written. Context, network, loss and
 * optimizer are borrowed. */
isobit_status iso_engine_new(iso_engine **out, isobit_context *context, const iso_network *network,
                             const iso_engine_options *options);
void iso_engine_free(iso_engine *engine);

/* Which of the padded buffers. */
typedef enum iso_kept { ISO_PARAMETERS, ISO_GRADIENTS, ISO_MEMORY0, ISO_MEMORY1 } iso_kept;
/* Copy all tensors, dense in network order, in or out; waits. */
isobit_status iso_engine_write(iso_engine *engine, iso_kept what, const float *from);
isobit_status iso_engine_read(iso_engine *engine, iso_kept what, float *to);

#endif
