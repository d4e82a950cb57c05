/* A model: a network, its parameters, and what a user needs to apply it to new data. */
#ifndef ISO_RUN_MODEL_H
#define ISO_RUN_MODEL_H

#include "data/data.h"
#include "device/context.h"
#include "nn/loss.h"
#include "nn/network.h"

/* One line of the model file's own metadata. */
typedef struct iso_note {
    char *name, *value;
} iso_note;

struct isobit_model {
    isobit_context *context; /* borrowed; NULL: the model is only looked at */
    iso_network *network;
    const iso_loss *loss;
    float *parameters; /* network->floats, dense, in network order */
    iso_scaling scaling;
    bool targets_input; /* an autoencoder: it is to give back its scaled input */
    size_t classes;     /* 0: a regression */
    char **class_names;
    iso_note *notes; /* how it was trained: settings that decide the result, in file order */
    size_t note_count;
};

/* Network, loss, scaling and class names for a data set and settings; there are no parameters yet.
 * Checks optimizer and schedule too, so that training cannot fail on a typo later. */
isobit_status iso_model_describe(isobit_model **out, isobit_context *context,
                                 const isobit_data *data, const isobit_settings *settings);
/* Then: parameters, all zero; those that the host has no memory for are refused. Or initial ones,
 * as the settings "init-from" and "seed" say. */
isobit_status iso_model_allocate(isobit_model *model);
isobit_status iso_model_begin(isobit_model *model, const isobit_settings *settings);

/* Replace the notes by these settings: those that decide the result, defaults too, without paths
 * (a file is noted by its name alone). */
isobit_status iso_model_note_settings(isobit_model *model, const isobit_data *data,
                                      const isobit_settings *settings);
/* Add a note after the others, which have another name. */
isobit_status iso_model_add_note(isobit_model *model, const char *name, const char *value);
/* Set one note, after the others or in the old one's place; the value of one, or NULL. */
isobit_status iso_model_set_note(isobit_model *model, const char *name, const char *value);
const char *iso_model_note(const isobit_model *model, const char *name);

/* Whether data fits the model: features, and targets or classes, every one of which the model must
 * know by name. They may be numbered differently: use iso_model_view to evaluate. */
isobit_status iso_model_check_data(const isobit_model *model, const isobit_data *data);
/* The same data with the model's classes and their numbers, after iso_model_check_data. *view
 * borrows everything but its labels from `data` and the model; iso_model_view_free frees those. */
isobit_status iso_model_view(const isobit_model *model, const isobit_data *data, isobit_data *view);
void iso_model_view_free(isobit_data *view);

/* What it is for: "classify", "regress" or "reconstruct". */
const char *iso_model_task(const isobit_model *model);

/* The class that one sample's outputs name (as the kernels count accuracy): the first of the
 * largest, or with a single output whether it is at least a half. */
size_t iso_model_winner(const isobit_model *model, const float *outputs);

/* Set initial parameters from a .safetensors or .npz file (setting "init-from"): every tensor of
 * the network must be there under its name and with its shape. */
isobit_status iso_model_read_parameters(isobit_model *model, const char *path);

/* The model file as bytes (the caller frees them), and back. The bytes are the file's from then
 * on, also on failure. @param name for messages */
isobit_status iso_model_format(const isobit_model *model, char **bytes, size_t *length);
isobit_status iso_model_parse(isobit_model **out, isobit_context *context, const char *name,
                              char *bytes, size_t length);

#endif
