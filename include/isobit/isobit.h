/**
 * isobit: train neural networks from C on any OpenCL device, with the same bits on every device.
 *
 * One header, opaque handles, strings for every open set (devices, networks, losses, optimizers):
 * the words are the same here, on the command line, in a run file and in a model file.
 *
 *  - Everything that can fail returns an isobit_status; isobit_error() then says what went wrong,
 *    with which values, and what to do. On failure no `out` argument is written and nothing that
 *    the caller passed in has changed, unless a function says otherwise.
 *  - What a function hands out through a first argument `**out` is the caller's, to be given to
 *    the `_free` of its type. Every `_free` takes NULL. `const char *` results are borrowed and
 *    live as long as the object they came from.
 *  - The library never prints, exits, aborts or reaches the network. Handles may be used from any
 *    thread, one thread at a time each.
 *  - Arrays are row-major float32: samples by features, samples by outputs.
 */
#ifndef ISOBIT_H
#define ISOBIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ISOBIT_API __attribute__((visibility("default")))
#else
#define ISOBIT_API
#endif

/** What a call came to. Zero is success. */
typedef enum isobit_status {
    ISOBIT_OK = 0,
    ISOBIT_ERROR_ARGUMENT,    /**< a value, a name or a combination that makes no sense */
    ISOBIT_ERROR_MEMORY,      /**< the host is out of memory */
    ISOBIT_ERROR_FILE,        /**< a file or folder cannot be opened, read or written */
    ISOBIT_ERROR_FORMAT,      /**< a file's content is not what it should be */
    ISOBIT_ERROR_EXISTS,      /**< something is there that would have been overwritten */
    ISOBIT_ERROR_DEVICE,      /**< no such device, or OpenCL failed */
    ISOBIT_ERROR_KERNEL,      /**< a kernel file is malformed, or does not build */
    ISOBIT_ERROR_DIVERGED,    /**< training met a loss that is not finite */
    ISOBIT_ERROR_INTERRUPTED, /**< the progress callback asked to stop */
    ISOBIT_STATUS_COUNT       /**< how many there are; not a status */
} isobit_status;

/** The last failure's message on this thread, one line without a newline; "" before any. */
ISOBIT_API const char *isobit_error(void);

/** The name of a status as written above without its prefix ("ERROR_FILE"). Static storage. */
ISOBIT_API const char *isobit_status_name(isobit_status status);

/** The library's version, "major.minor.patch". Static storage. */
ISOBIT_API const char *isobit_version(void);

/** The version of the numerics contract that this library keeps. */
#define ISOBIT_CONTRACT 1

/* ---------------------------------------------------------------------------------- devices -- */

struct isobit_settings;

/** An OpenCL device with its queue and compiled kernels. */
typedef struct isobit_context isobit_context;

/** One OpenCL device as found on this machine. Strings live until the list is freed. */
typedef struct isobit_device {
    const char *name;
    const char *platform;
    const char *driver;
    const char *version; /**< the OpenCL version it reports */
    const char *kind;    /**< "gpu", "cpu", "accelerator" or "custom" */
    unsigned compute_units;
    unsigned clock_mhz;
    uint64_t memory_bytes;
    uint64_t largest_buffer_bytes;
    uint64_t local_bytes;
    size_t largest_work_group;
    bool denormals;       /**< it declares float32 subnormals */
    bool has_fma;         /**< it declares a fast fma */
    const char *unusable; /**< why it cannot train, or NULL */
    bool chosen;          /**< the one that would be taken for the selection asked about */
    const char *why;      /**< why it was chosen; NULL on the others */
} isobit_device;

/** The devices of this machine, in OpenCL's order: the order of the indices in a selection. */
typedef struct isobit_devices isobit_devices;

/**
 * List every OpenCL device.
 * @param selection as in isobit_context_new; it decides which entry is marked chosen. A selection
 *                  that matches nothing is not an error here: then none is marked.
 */
ISOBIT_API isobit_status isobit_devices_new(isobit_devices **out, const char *selection);
ISOBIT_API size_t isobit_devices_count(const isobit_devices *devices);
/** Entry `index` (borrowed), or NULL beyond the end. */
ISOBIT_API const isobit_device *isobit_devices_get(const isobit_devices *devices, size_t index);
ISOBIT_API void isobit_devices_free(isobit_devices *devices);

/**
 * Open a device.
 * @param selection NULL or "": the environment variable ISOBIT_DEVICE, or else the best one (a GPU
 *                  before a CPU, more compute first; where a platform offers a processor as
 *                  several devices, the fastest, which is measured once and remembered in the
 *                  cache's folder). "cpu", "gpu", an index of the
 *                  list, or a part of the device's or platform's name in any case.
 */
ISOBIT_API isobit_status isobit_context_new(isobit_context **out, const char *selection);
/**
 * Open the device of the setting "device", with the settings "kernels" and "variant", using no more
 * of its memory than "device-memory" or the environment variable ISOBIT_DEVICE_MEMORY say
 * ("512MiB"). Where a platform offers a processor as several devices and the settings have "data"
 * and "net", it is the one that `isobit train` found fastest for them, or else the one with the
 * most compute units.
 */
ISOBIT_API isobit_status isobit_context_open(isobit_context **out,
                                             const struct isobit_settings *settings);
/** The device's name as OpenCL gives it (borrowed). */
ISOBIT_API const char *isobit_context_device(const isobit_context *context);
/** Models and trainings made with a context must be freed before it. */
ISOBIT_API void isobit_context_free(isobit_context *context);

/* --------------------------------------------------------------------------------- settings -- */

/**
 * Everything that can be chosen about data and training, by name: the long options of
 * `isobit train`, the keys of a run file and these names are the same.
 */
typedef struct isobit_settings isobit_settings;

/** One setting that exists. Static storage. */
typedef struct isobit_setting {
    const char *name;
    const char *default_value; /**< "" when there is none */
    const char *argument;      /**< what the value is called in a help text; NULL: a switch */
    const char *help;
    const char *group; /**< "data", "network", "training" or "output" */
} isobit_setting;

/** All settings, in the order of a help text; NULL beyond the end. */
ISOBIT_API const isobit_setting *isobit_setting_at(size_t index);

ISOBIT_API isobit_status isobit_settings_new(isobit_settings **out);
/**
 * Set one value, checking its form (not yet its fit to data). A switch takes "on" or "off".
 * NULL puts the default back.
 */
ISOBIT_API isobit_status isobit_settings_set(isobit_settings *settings, const char *name,
                                             const char *value);
/** The value in force, "" when unset without a default; NULL for an unknown name. Borrowed. */
ISOBIT_API const char *isobit_settings_get(const isobit_settings *settings, const char *name);
/** Whether the value was set rather than being the default. */
ISOBIT_API bool isobit_settings_is_set(const isobit_settings *settings, const char *name);
/** Read a run file (INI). Values that are set already stay: flags win over files. */
ISOBIT_API isobit_status isobit_settings_load(isobit_settings *settings, const char *path);
ISOBIT_API void isobit_settings_free(isobit_settings *settings);

/* ------------------------------------------------------------------------------------- data -- */

/** Samples with their classes or targets, divided into parts. */
typedef struct isobit_data isobit_data;

typedef enum isobit_part { ISOBIT_TRAIN, ISOBIT_VALIDATION, ISOBIT_TEST, ISOBIT_PARTS } isobit_part;

/**
 * Load data: an IDX file or a folder with the MNIST names, CSV, .npy, .npz, or one of the built-in
 * sets (digits, xor, and, or, spirals, moons, circles, line, parabola, shapes).
 * @param settings split, test, label, task, stratify, seed and the like; NULL: defaults.
 */
ISOBIT_API isobit_status isobit_data_load(isobit_data **out, const char *source,
                                          const isobit_settings *settings);
/** Copy arrays for classification. @param classes labels lie in 0..classes-1; 0: found out. */
ISOBIT_API isobit_status isobit_data_from_classes(isobit_data **out, const float *x, size_t samples,
                                                  size_t features, const int32_t *labels,
                                                  size_t classes);
/** Copy arrays for regression. @param y samples by outputs. */
ISOBIT_API isobit_status isobit_data_from_targets(isobit_data **out, const float *x, size_t samples,
                                                  size_t features, const float *y, size_t outputs);
/** Samples in one part. */
ISOBIT_API size_t isobit_data_samples(const isobit_data *data, isobit_part part);
ISOBIT_API size_t isobit_data_features(const isobit_data *data);
/** Classes of a classification; 0 for a regression. */
ISOBIT_API size_t isobit_data_classes(const isobit_data *data);
/** Targets per sample of a regression; 0 for a classification. */
ISOBIT_API size_t isobit_data_outputs(const isobit_data *data);
ISOBIT_API void isobit_data_free(isobit_data *data);

/* ------------------------------------------------------------------------------------ model -- */

/** A network with its parameters, and what is needed to use it on new data. */
typedef struct isobit_model isobit_model;

/** Loss and scores of a model on one part of the data. */
typedef struct isobit_metrics {
    size_t samples; /**< 0: the part is empty and nothing below means anything */
    double loss;
    double accuracy; /**< fraction right; 0 for a regression */
    double mse;      /**< mean over samples and outputs of the squared error; regression only */
    double mae;
    double r2;
} isobit_metrics;

/** What a layer with weights does, over a batch of the training part (setting "watch"). */
typedef struct isobit_layer_state {
    size_t layer;          /**< from 1 */
    size_t units;          /**< units of a dense layer, filters of a convolution */
    double mean, variance; /**< of its outputs, after the activation */
    double gradient_mean, gradient_variance; /**< of its error terms: the loss's derivatives by
                                                  what goes into the activation */
    double gradient_norm;                    /**< the root of the sum of their squares */
    size_t dead;      /**< units of relu and its kin through which no error gets */
    size_t saturated; /**< units of sigmoid and tanh through which hardly any gets */
} isobit_layer_state;

/** What training tells as it goes. Everything is borrowed for the duration of the call. */
typedef struct isobit_progress {
    size_t epoch; /**< from 1 */
    size_t epochs;
    uint64_t step;     /**< steps done since the beginning of training */
    size_t epoch_step; /**< steps done in this epoch */
    size_t steps_per_epoch;
    bool epoch_done;      /**< the last call of an epoch: the metrics below are whole */
    double learning_rate; /**< of the last step done */
    double samples_per_second;
    double seconds;      /**< since training began */
    const char *warning; /**< what went wrong without ending training (a checkpoint that could
                              not be written, a rule that makes no progress, what "watch" warns of),
                            told once; NULL: nothing */
    isobit_metrics metrics[ISOBIT_PARTS]; /**< train: of this epoch so far, as it was trained on */
    const isobit_layer_state *layers;     /**< after an epoch with the setting "watch", in network
                                               order; NULL: not watched */
    size_t layer_count;
} isobit_progress;

/** Return false to stop after the current step. */
typedef bool (*isobit_callback)(const isobit_progress *progress, void *user);

/** A model with its initial weights. The context and nothing else is borrowed. */
ISOBIT_API isobit_status isobit_model_new(isobit_model **out, isobit_context *context,
                                          const isobit_data *data, const isobit_settings *settings);
/**
 * Train. The memory that it takes is counted first: data that the device has no room for passes
 * through it in chunks, which changes no bit, and what does not fit even so is refused
 * (ISOBIT_ERROR_DEVICE) with what is needed and the largest batch that would fit. Data and settings
 * must stay as they are until this returns.
 *
 * With the setting "precision" at tf32 or bf16, dense layers' products are those of rounded
 * factors, on matrix units where the device has some (NVIDIA's, compute capability 8.0): other bits
 * on other devices, which the model notes.
 *
 * Stops early when the callback (may be NULL) returns false: ISOBIT_ERROR_INTERRUPTED, the
 * model then holds the parameters after the last whole step. After any other failure
 * (ISOBIT_ERROR_DIVERGED among them) it holds those of the last whole epoch or checkpoint,
 * whichever is later; before there was one, what it held.
 */
ISOBIT_API isobit_status isobit_train(isobit_model *model, const isobit_data *data,
                                      const isobit_settings *settings, isobit_callback callback,
                                      void *user);
/**
 * The same, keeping a checkpoint in a file that isobit_resume can go on from: written before the
 * first step, then as the setting "checkpoint" says, after an interruption and at the end. The one
 * before stays until the new one is whole, so there is always one, whenever the process is killed.
 * When a later one cannot be written (the disk is full), training goes on and tells it once as a
 * warning.
 * @param checkpoint the file, in a folder that exists; an old one is replaced
 */
ISOBIT_API isobit_status isobit_train_with_checkpoint(isobit_model *model, const isobit_data *data,
                                                      const isobit_settings *settings,
                                                      const char *checkpoint,
                                                      isobit_callback callback, void *user);
/**
 * Go on from a checkpoint as if nothing had happened: the model ends with the bits that it would
 * have without the interruption, whatever the device, kernel variant or number of threads now.
 * A training that is done already stays as it is; with more "epochs" than before it goes on.
 *
 * Other settings or data than the checkpoint's are refused, naming what differs, unless
 * "resume-anyway" is on. Then, and when "epochs" changes under a schedule that depends on it
 * (cosine), what follows goes by the new settings, the steps done stay done, and the model notes
 * that it was changed on the way. An optimizer of another kind begins with empty memories; another
 * order of samples (data, batch, seed, shuffle) begins the epoch under way again.
 * @param model of the same network; its parameters are replaced
 */
ISOBIT_API isobit_status isobit_resume(isobit_model *model, const isobit_data *data,
                                       const isobit_settings *settings, const char *checkpoint,
                                       isobit_callback callback, void *user);
ISOBIT_API isobit_status isobit_evaluate(isobit_model *model, const isobit_data *data,
                                         isobit_part part, isobit_metrics *out);
/**
 * Which classes are taken for which, over one part of the data.
 * @param counts classes by classes: entry [truth * classes + prediction] becomes the number of
 *               samples; classes as the model numbers them (isobit_model_classes of them).
 */
ISOBIT_API isobit_status isobit_confusion(isobit_model *model, const isobit_data *data,
                                          isobit_part part, size_t *counts);
/** Outputs of the network for unscaled inputs. @param y samples by isobit_model_outputs. */
ISOBIT_API isobit_status isobit_predict(isobit_model *model, const float *x, size_t samples,
                                        float *y);
ISOBIT_API size_t isobit_model_features(const isobit_model *model);
ISOBIT_API size_t isobit_model_outputs(const isobit_model *model);
/** Classes of a classification; 0 for a regression. */
ISOBIT_API size_t isobit_model_classes(const isobit_model *model);
/** The name of a class (borrowed), or NULL when there is none. */
ISOBIT_API const char *isobit_model_class(const isobit_model *model, size_t index);
/** Hexadecimal SHA-256 over the parameters' bytes in file order. @param out 65 characters. */
ISOBIT_API void isobit_model_sha256(const isobit_model *model, char out[65]);
/** Write a safetensors file, aside and renamed into place. */
ISOBIT_API isobit_status isobit_model_save(const isobit_model *model, const char *path);
/**
 * Read a model file.
 * @param context NULL: the model can be looked at and saved, not trained, evaluated or run.
 */
ISOBIT_API isobit_status isobit_model_load(isobit_model **out, isobit_context *context,
                                           const char *path);
ISOBIT_API void isobit_model_free(isobit_model *model);

/* ---------------------------------------------------------------------------------- check -- */

/** How the gradients of one tensor compare. Errors are relative to the tensor's `scale`. */
typedef struct isobit_check_tensor {
    char name[24]; /**< as in the model file: "0.weight" */
    size_t shape[4], rank;
    size_t elements;
    double largest;           /**< magnitude of the largest float64 gradient */
    double scale;             /**< that, or if more a hundredth of the most that an element adds up
                                   in magnitudes: where samples cancel out, rounding stays */
    double error;             /**< the worst of all elements: device against float64 */
    double difference_error;  /**< the worst of the sampled ones: device against differences */
    size_t sampled;           /**< elements compared with finite differences */
    size_t skipped;           /**< sampled, but no difference exists: at a kink, or too small */
    size_t worst[4];          /**< index of the element with the worst of both errors */
    double device, reference; /**< its gradient on the device, and in float64 */
} isobit_check_tensor;

/** What isobit_check found. */
typedef struct isobit_check_result {
    bool passed;                 /**< every error is within its limit */
    double limit;                /**< of isobit_check_tensor.error */
    double difference_limit;     /**< of difference_error */
    size_t samples;              /**< of the batch */
    size_t left_out;             /**< samples not taken, as float32 cannot tell their kink's side */
    double loss, reference_loss; /**< of the batch, on the device and in float64 */
    const isobit_check_tensor *tensors; /**< in network order */
    size_t tensor_count;
    size_t worst; /**< the tensor that is nearest to its limit, or farthest beyond */
} isobit_check_result;

/**
 * Compare the gradients that the model's device computes for a batch of the training part with
 * those of a plain float64 program: every element with backpropagation, some of each tensor with
 * central finite differences. The model does not change.
 * @param settings "batch" says how many samples; very large networks get fewer.
 * @return ISOBIT_OK also when they differ: see `passed`.
 */
ISOBIT_API isobit_status isobit_check(isobit_check_result **out, isobit_model *model,
                                      const isobit_data *data, const isobit_settings *settings);
ISOBIT_API void isobit_check_free(isobit_check_result *result);

#ifdef __cplusplus
}
#endif

#endif
