/* Readers: from a file's bytes to tables.
 *
 * Each format has a parse function over bytes in memory (what a fuzzer feeds) and a read function
 * over a path. Nothing is allocated before the size that a file claims has been checked against
 * the bytes it holds. Failures are ISOBIT_ERROR_FORMAT with one line: the file, the place
 * (line N, byte N from 0, x[17,3] as in NumPy), the value, what is expected. */
#ifndef ISO_DATA_READER_H
#define ISO_DATA_READER_H

#include "data/data.h"

/* Whether y is classes or targets. By itself: integers and words are classes, floats targets. */
typedef enum iso_task { ISO_TASK_AUTO, ISO_TASK_CLASSIFY, ISO_TASK_REGRESS } iso_task;

/* What is asked of a reader. */
typedef struct iso_wish {
    const char *path;  /* what messages begin with */
    bool with_label;   /* y is needed; otherwise it is left out */
    const char *label; /* CSV: the label column's name or number from 1; "": the last one */
    iso_task task;
} iso_wish;

/* Tables of one source: some bring their own test part. */
typedef struct iso_tables {
    iso_table train, test; /* test.samples == 0: none */
} iso_tables;

void iso_tables_free(iso_tables *tables);

/* A table's x: `samples` rows of `row` bytes, zeroed, with ISO_SLACK bytes behind them. The caller
 * frees it. */
isobit_status iso_x_alloc(void *out, size_t samples, size_t row);
/* Grow or shrink one; new rows are not initialised. */
isobit_status iso_x_resize(void *x, size_t samples, size_t row);

/* More samples than an index can name, or none, are refused. */
isobit_status iso_check_samples(size_t samples, const char *path);

/* ---- y: one call gives the table its labels or targets (table->samples is set before) ---- */

enum { ISO_MOST_CLASSES = 65536 };

/* Name the classes "0" to count - 1; table->labels are set by the caller. */
isobit_status iso_y_name_classes(iso_table *table, size_t count);
/* Whole numbers. @param values [samples]. */
isobit_status iso_y_from_integers(iso_table *table, const int64_t *values, const iso_wish *wish);
/* Finite floats, samples by outputs; taken over by the table when it succeeds and they are
 * targets. For `classify` they must be whole and one per sample. */
isobit_status iso_y_from_floats(iso_table *table, float **values, size_t outputs,
                                const iso_wish *wish);
/* Words: the i-th is at pool + offsets[i]. */
isobit_status iso_y_from_words(iso_table *table, const char *pool, const size_t *offsets,
                               const iso_wish *wish);

/* ---- arrays inside IDX and NumPy files ---- */

enum { ISO_MOST_DIMS = 4 };

typedef struct iso_array {
    const char *name;  /* "x", "y": for messages */
    const char *bytes; /* the first element; count * size bytes are there */
    size_t offset;     /* of the first element in the file: for messages */
    char kind;         /* 'u', 'i', 'f' as in NumPy, 'b' bool, 'S' bytes, 'U' text */
    size_t size;       /* bytes per element */
    bool big_endian, fortran;
    size_t dims, shape[ISO_MOST_DIMS], count;
} iso_array;

/* Set `count` and *total (bytes of all elements) from the shape; a product that overflows is
 * refused. */
isobit_status iso_array_measure(iso_array *array, size_t *total, const char *path);
/* Samples along the first axis; then nothing, features, {h,w} or {c,h,w}. */
isobit_status iso_array_to_x(iso_table *table, const iso_array *array, const char *path);
/* table->samples values, or rows of targets. */
isobit_status iso_array_to_y(iso_table *table, const iso_array *array, const iso_wish *wish);

/* ---- formats: @param out is overwritten on success only; the caller frees it ---- */

/* Images and labels; both may be gzip-compressed. @param labels NULL: without y.
 * @param labels_path for messages. */
typedef struct iso_bytes {
    const char *bytes;
    size_t length;
} iso_bytes;
isobit_status iso_parse_idx(iso_table *out, iso_bytes images, const iso_bytes *labels,
                            const char *labels_path, const iso_wish *wish);
/* The images at wish->path; with y, the labels of the same name beside them. */
isobit_status iso_read_idx(iso_table *out, const iso_wish *wish);
/* A folder with the MNIST names; the test part is there when its two files are. */
isobit_status iso_read_idx_folder(iso_tables *out, const iso_wish *wish);

isobit_status iso_parse_csv(iso_table *out, const char *bytes, size_t length, const iso_wish *wish);

/* One array: x. There is no place for y, so wish->with_label is refused. */
isobit_status iso_parse_npy(iso_table *out, const char *bytes, size_t length, const iso_wish *wish);
/* x and y, x_test and y_test. */
isobit_status iso_parse_npz(iso_tables *out, const char *bytes, size_t length,
                            const iso_wish *wish);

/* A file of any format, chosen by suffix, else by content. "-": CSV on standard input. */
isobit_status iso_read_file(iso_tables *out, const iso_wish *wish);

/* The built-in set that `source` ("spirals noise=0.1") describes; *found false when the first
 * word names none. */
isobit_status iso_builtin_make(iso_tables *out, const char *source, bool *found);

#endif
