/* Parameters from other files: a .safetensors of any origin, or an .npz with the same names. */
#include "base/file.h"
#include "base/memory.h"
#include "base/numerics.h"
#include "data/npy.h"
#include "data/zip.h"
#include "run/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "128x784" for messages. */
static isobit_status shape_text(char **out, const size_t *shape, size_t rank) {
    iso_text text = {0};
    for (size_t i = 0; i < rank; i++)
        iso_text_add(&text, "%s%zu", i ? "x" : "", shape[i]);
    if (!rank)
        iso_text_add(&text, "a single number");
    return iso_text_take(&text, out);
}

static isobit_status check_shape(const iso_parameter *parameter, const size_t *shape, size_t rank,
                                 const char *path) {
    char *wanted = NULL, *found = NULL;
    isobit_status status;
    if (rank == parameter->rank && !memcmp(shape, parameter->shape, rank * sizeof *shape))
        return ISOBIT_OK;
    ISO_DO(shape_text(&wanted, parameter->shape, parameter->rank));
    ISO_DO(shape_text(&found, shape, rank));
    status = iso_fail(ISOBIT_ERROR_FORMAT, "%s: tensor \"%s\" is %s; the network needs %s", path,
                      parameter->name, found, wanted);
done:
    free(wanted);
    free(found);
    return status;
}

static isobit_status missing(const iso_parameter *parameter, const char *path) {
    return iso_fail(ISOBIT_ERROR_FORMAT,
                    "%s: there is no tensor \"%s\", which the network needs (names are those of "
                    "torch.nn.Sequential)",
                    path, parameter->name);
}

static isobit_status check_finite(const iso_parameter *parameter, const float *values,
                                  const char *path) {
    for (size_t i = 0; i < parameter->rows * parameter->columns; i++)
        if (!isfinite(values[i]))
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "%s: tensor \"%s\": value %zu is %g; every "
                            "parameter must be finite",
                            path, parameter->name, i, (double)values[i]);
    return ISOBIT_OK;
}

/* Copy one tensor; F64 is rounded once. The bytes need not be aligned. */
static isobit_status take_tensor(const iso_parameter *parameter, const iso_st_tensor *tensor,
                                 float *out, const char *path) {
    const size_t count = parameter->rows * parameter->columns;
    ISO_TRY(check_shape(parameter, tensor->shape, tensor->rank, path));
    if (!strcmp(tensor->type, "F32")) {
        memcpy(out, tensor->data, count * sizeof *out);
    } else if (!strcmp(tensor->type, "F64")) {
        for (size_t i = 0; i < count; i++) {
            double value;
            memcpy(&value, (const char *)tensor->data + i * sizeof value, sizeof value);
            out[i] = (float)value;
        }
    } else {
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: tensor \"%s\" is %s; F32 or F64 is needed", path,
                        parameter->name, tensor->type);
    }
    return check_finite(parameter, out, path);
}

isobit_status iso_model_take_tensors(float *out, const iso_network *network,
                                     const iso_st_file *file, const char *path) {
    for (size_t i = 0; i < network->parameter_count; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        const iso_st_tensor *tensor = iso_st_find(file, parameter->name);
        if (!tensor)
            return missing(parameter, path);
        ISO_TRY(take_tensor(parameter, tensor, out + parameter->offset, path));
    }
    return ISOBIT_OK;
}

/* The values of one .npy file, which must have the parameter's shape. */
static isobit_status take_npy(const iso_parameter *parameter, iso_bytes file, float *out,
                              const char *path) {
    iso_array array = {.name = parameter->name};
    iso_table table = {0};
    isobit_status status;
    ISO_DO(iso_npy_open(&array, file, path));
    ISO_DO(check_shape(parameter, array.shape, array.dims, path));
    ISO_DO(iso_array_to_x(&table, &array, path));
    for (size_t i = 0; i < array.count; i++)
        out[i] = table.element == ISO_UINT8 ? (float)((const uint8_t *)table.x)[i]
                                            : ((const float *)table.x)[i];
done:
    iso_table_free(&table);
    return status;
}

static isobit_status take_member(const iso_parameter *parameter, const iso_zip *archive, float *out,
                                 const char *path) {
    iso_zip_member member;
    char *entry = NULL, *bytes = NULL;
    size_t got;
    bool found;
    isobit_status status;
    ISO_DO(iso_format(&entry, "%s.npy", parameter->name));
    ISO_DO(iso_zip_find(&member, &found, archive, entry));
    if (!found) {
        status = missing(parameter, path);
        goto done;
    }
    ISO_DO(iso_alloc(&bytes, member.length, 1));
    ISO_DO(iso_zip_unpack(&member, bytes, member.length, &got, path));
    status = take_npy(parameter, (iso_bytes){bytes, got}, out, path);
done:
    free(entry);
    free(bytes);
    return status;
}

static isobit_status parse_npz(float *out, const iso_network *network, const char *path,
                               iso_bytes bytes) {
    iso_zip archive;
    isobit_status status = iso_zip_open(&archive, bytes, path);
    ISO_TRY(status);
    for (size_t i = 0; i < network->parameter_count && status == ISOBIT_OK; i++) {
        const iso_parameter *parameter = &network->parameters[i];
        status = take_member(parameter, &archive, out + parameter->offset, path);
    }
    iso_zip_close(&archive);
    return status;
}

static isobit_status parse_safetensors(float *out, const iso_network *network, const char *path,
                                       char *bytes, size_t length) {
    iso_st_file file = {0};
    ISO_TRY(iso_st_parse(&file, path, bytes, length));
    isobit_status status = iso_model_take_tensors(out, network, &file, path);
    iso_st_free(&file);
    return status;
}

static bool ends_with(const char *text, const char *suffix) {
    size_t length = strlen(text), tail = strlen(suffix);
    return length > tail && !strcmp(text + length - tail, suffix);
}

isobit_status iso_parameters_parse(float *out, const iso_network *network, const char *path,
                                   char *bytes, size_t length) {
    isobit_status status;
    if (!ends_with(path, ".npz"))
        return parse_safetensors(out, network, path, bytes, length);
    status = parse_npz(out, network, path, (iso_bytes){bytes, length});
    free(bytes);
    return status;
}

isobit_status iso_model_read_parameters(isobit_model *model, const char *path) {
    const iso_network *network = model->network;
    float *values = NULL;
    char *bytes;
    size_t length;
    isobit_status status;
    ISO_DO(iso_alloc(&values, network->floats, sizeof *values));
    ISO_DO(iso_file_read(path, PTRDIFF_MAX, &bytes, &length));
    ISO_DO(iso_parameters_parse(values, network, path, bytes, length));
    for (size_t i = 0; i < network->floats; i++)
        model->parameters[i] = iso_flush(values[i]); /* contract, rule 3 */
done:
    free(values);
    return status == ISOBIT_OK ? status : iso_fail_at(status, "init-from");
}
