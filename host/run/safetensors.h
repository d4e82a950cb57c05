/* The safetensors format: 8 bytes of header length, a JSON header, tensors. */
#ifndef ISO_RUN_SAFETENSORS_H
#define ISO_RUN_SAFETENSORS_H

#include "base/status.h"

typedef struct iso_st_tensor {
    char *name;
    char type[8]; /* "F32", "F64", "U8", "I64", … */
    size_t shape[8];
    unsigned rank;
    const void *data; /* borrowed: the caller's when writing, the file's bytes when reading */
    size_t bytes;
} iso_st_tensor;

typedef struct iso_st_file {
    iso_st_tensor *tensors;
    size_t tensor_count;
    struct iso_st_note {
        char *name, *value;
    } * notes; /* __metadata__, in file order */
    size_t note_count;
    char *bytes;                   /* the whole file when reading */
    const iso_st_tensor **by_name; /* and the tensors in this order */
} iso_st_file;

/* The file's bytes (caller frees): notes and tensors in the order given, no padding surprises: the
 * same input gives the same bytes. */
isobit_status iso_st_format(const iso_st_file *file, char **bytes, size_t *length);
/* Parse bytes, which the file then owns also on failure. `name` is for messages. Refuses overlaps,
 * gaps, lengths that do not match shape and type, duplicate names, headers beyond 100 MB. */
isobit_status iso_st_parse(iso_st_file *out, const char *name, char *bytes, size_t length);
/* Of a file that was read: the tensor of that name, or NULL. */
const iso_st_tensor *iso_st_find(const iso_st_file *file, const char *name);
/* The value of a note, or NULL. */
const char *iso_st_note(const iso_st_file *file, const char *name);
void iso_st_free(iso_st_file *file);

#endif
