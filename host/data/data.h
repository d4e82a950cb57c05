/* A data set in host memory: samples, their classes or targets, and which part each is in. */
#ifndef ISO_DATA_DATA_H
#define ISO_DATA_DATA_H

#include "base/held.h"
#include "base/status.h"

/* Channels, height and width of a sample; a plain vector is {features, 1, 1}. */
typedef struct iso_shape {
    size_t channels, height, width;
} iso_shape;

static inline size_t iso_shape_size(iso_shape shape) {
    return shape.channels * shape.height * shape.width;
}

typedef enum iso_element { ISO_UINT8, ISO_FLOAT32 } iso_element;

/* Bytes of the longest vector that a kernel reads. */
enum { ISO_SLACK = 64 };

/* Bytes of one element of x. */
static inline size_t iso_element_size(iso_element element) {
    return element == ISO_UINT8 ? sizeof(uint8_t) : sizeof(float);
}

struct isobit_data {
    char *name;          /* "mnist10k", "digits": for messages and run folders; no '/' in it */
    char *source;        /* as the user gave it */
    size_t samples;      /* of all parts; at most 2^32 - 2 */
    iso_shape shape;     /* of one sample */
    iso_element element; /* of x: uint8 stays uint8, everything else becomes float32 */
    void *x;             /* [samples][features], all finite */
    iso_held *held;      /* of x, behind which are ISO_SLACK bytes more, zeros: devices may read it
                            where it is, in whole vectors; NULL: they take copies */

    /* A classification (classes > 0) has labels, a regression targets. */
    size_t classes;
    int32_t *labels;    /* [samples], each in 0..classes-1 */
    char **class_names; /* [classes]; the numbers in the file, as text, when it had no names */
    size_t outputs;     /* of a regression; 0 for a classification */
    float *targets;     /* [samples][outputs], all finite */
    bool targets_input; /* the target of a sample is its scaled input: no labels, no targets, and
                           outputs is the number of features */

    /* Indices of samples, part after part; part p is order[begin[p]] .. order[begin[p+1]-1]. */
    uint32_t *order;
    size_t begin[ISOBIT_PARTS + 1];
};

static inline size_t iso_data_features(const isobit_data *data) {
    return iso_shape_size(data->shape);
}

/* Whether the setting "target" asks for that. */
isobit_status iso_data_wants_input(const isobit_settings *settings, bool *out);
/* Make a set or a view one whose target is its input. Its answers are not freed. */
void iso_data_target_input(isobit_data *data);

/* What a reader takes from one file, before it becomes an isobit_data. All owned by the struct. */
typedef struct iso_table {
    size_t samples; /* at least 1; 0: there is no such table */
    iso_shape shape;
    iso_element element;
    void *x; /* [samples][features], all finite; of iso_x_alloc */

    /* y: exactly one of labels and targets, or none (a file to predict). */
    int32_t *labels;    /* [samples], indices into label_names */
    char **label_names; /* distinct, sorted: numbers by value, words by strcmp */
    size_t label_name_count;
    float *targets; /* [samples][outputs], all finite */
    size_t outputs;
} iso_table;

/* Free what the table owns and empty it. */
void iso_table_free(iso_table *table);

/* Read one file of any kind that isobit_data_load takes (CSV, .npy, .npz without its test part,
 * IDX), e.g. to predict. The caller frees the table.
 * @param path       "-": CSV from standard input.
 * @param with_label y is needed. Otherwise it is left out: in a CSV the column that the setting
 *                   "label" names when it is set (without it every column is a feature), in an
 *                   .npz `y`; an IDX file's labels are not looked for.
 * @param settings   "label" and "task"; NULL: defaults. */
isobit_status iso_read_table(iso_table *out, const char *path, bool with_label,
                             const isobit_settings *settings);

/* The built-in data sets: name and one line of help (with the options), NULL beyond the end. */
const char *iso_builtin_name(size_t index);
const char *iso_builtin_help(size_t index);

/* A feature of a sample as it is in the file. */
static inline float iso_data_value(const isobit_data *data, size_t sample, size_t feature) {
    const size_t at = sample * iso_data_features(data) + feature;
    return data->element == ISO_UINT8 ? (float)((const uint8_t *)data->x)[at]
                                      : ((const float *)data->x)[at];
}

/* One feature row as the network sees it: (x - mean) * scale, u / 255, or matrix (x - mean)
 * (contract, rule 8). */
typedef enum iso_scale {
    ISO_SCALE_NONE,
    ISO_SCALE_255,
    ISO_SCALE_MINMAX,
    ISO_SCALE_STANDARD,
    ISO_SCALE_WHITEN
} iso_scale;

/* Features that can be whitened: the time to find eigenvectors grows with their cube. */
enum { ISO_MOST_WHITENED = 1024 };

typedef struct iso_scaling {
    iso_scale kind;
    size_t features; /* of mean and scale; 0 for none and 255 */
    float *mean;     /* minmax: the minimum */
    float *scale;    /* standard: 1 / standard deviation; minmax: 1 / (max - min); constant: 0;
                        whiten: 1 */
    float *matrix;   /* whiten: features by features, symmetric; NULL: none */
} iso_scaling;

/* Names of the kinds ("none", "255", …), NULL beyond the end. */
const char *iso_scale_name(size_t kind);

/* Fit to the training part alone. `kind` as a name; "" takes 255 for uint8 and none otherwise.
 * Sums by the contract's rule 4 in the order of the training part (see scaling.c). */
isobit_status iso_scaling_fit(iso_scaling *out, const char *kind, const isobit_data *data);
void iso_scaling_free(iso_scaling *scaling);

#endif
