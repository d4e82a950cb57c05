#include "cli/predictions.h"

#include "base/memory.h"
#include "run/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many numbers a sample has when outputs are asked for. A single output tells of two classes.
 */
static size_t columns_of(const isobit_model *model) {
    const size_t outputs = iso_network_outputs(model->network);
    return outputs == 1 && model->classes == 2 ? 2 : outputs;
}

static float value_at(const cli_predictions *of, size_t sample, size_t column) {
    const size_t outputs = iso_network_outputs(of->model->network);
    const float *y = of->outputs + sample * outputs;
    if (columns_of(of->model) == outputs)
        return y[column];
    return column ? y[0] : 1 - y[0];
}

static const char *class_at(const cli_predictions *of, size_t sample) {
    const size_t outputs = iso_network_outputs(of->model->network);
    return of->model->class_names[iso_model_winner(of->model, of->outputs + sample * outputs)];
}

/* ------------------------------------------------------------------------------------- CSV -- */

/* A cell, quoted where it must be (RFC 4180). */
static void add_cell(iso_text *text, const char *prefix, const char *value) {
    if (!value[strcspn(value, ",\"\r\n")]) {
        iso_text_add(text, "%s%s", prefix, value);
        return;
    }
    iso_text_add(text, "\"%s", prefix);
    for (; *value; value++)
        iso_text_append(text, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
    iso_text_append(text, "\"", 1);
}

static void add_header(iso_text *text, const cli_predictions *of) {
    const isobit_model *model = of->model;
    const size_t columns = columns_of(model);
    if (model->classes) {
        iso_text_add(text, "class");
        for (size_t i = 0; of->probabilities && i < columns; i++) {
            iso_text_add(text, ",");
            add_cell(text, "p_", model->class_names[i]);
        }
    } else if (columns == 1) {
        iso_text_add(text, "y");
    } else {
        for (size_t i = 0; i < columns; i++)
            iso_text_add(text, "%sy%zu", i ? "," : "", i + 1);
    }
    iso_text_add(text, "\n");
}

isobit_status cli_predictions_csv(const cli_predictions *of, char **bytes, size_t *length) {
    const size_t columns = columns_of(of->model);
    iso_text text = {0};
    char number[ISO_NUMBER_SIZE];
    add_header(&text, of);
    for (size_t i = 0; i < of->samples; i++) {
        if (of->model->classes)
            add_cell(&text, "", class_at(of, i));
        for (size_t j = 0; (of->probabilities || !of->model->classes) && j < columns; j++) {
            iso_shortest_float(value_at(of, i, j), number);
            iso_text_add(&text, "%s%s", j || of->model->classes ? "," : "", number);
        }
        iso_text_append(&text, "\n", 1);
    }
    *length = text.length;
    return iso_text_take(&text, bytes);
}

/* ----------------------------------------------------------------------------------- NumPy -- */

/* Version 1.0: magic, length of the header, a Python dict padded so that the data is aligned. */
static void add_npy_header(iso_text *text, const char *type, size_t rows, size_t columns) {
    enum { ALIGN = 64, FIXED = 10 };
    iso_text dict = {0};
    iso_text_add(&dict, "{'descr': '%s', 'fortran_order': False, 'shape': (%zu,", type, rows);
    if (columns)
        iso_text_add(&dict, " %zu", columns);
    iso_text_add(&dict, "), }");
    while ((FIXED + dict.length + 1) % ALIGN && dict.status == ISOBIT_OK)
        iso_text_append(&dict, " ", 1);
    iso_text_append(&dict, "\n", 1);
    const char fixed[FIXED] = {'\x93',
                               'N',
                               'U',
                               'M',
                               'P',
                               'Y',
                               1,
                               0,
                               (char)(dict.length & 0xFF),
                               (char)(dict.length >> 8)};
    iso_text_append(text, fixed, FIXED);
    if (dict.status == ISOBIT_OK)
        iso_text_append(text, dict.text, dict.length);
    else
        text->status = dict.status;
    free(dict.text);
}

/* Little-endian, whatever the machine is. */
static void add_word(iso_text *text, uint64_t value, size_t size) {
    char bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(value >> 8 * i & 0xFF);
    iso_text_append(text, bytes, size);
}

static bool whole_number(const char *text, int64_t *out) {
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return end != text && !*end && !errno;
}

/* The next character of valid UTF-8; moves *at behind it. */
static uint32_t next_character(const char **at) {
    const unsigned char *byte = (const unsigned char *)*at;
    const size_t length = *byte < 0x80 ? 1 : *byte < 0xE0 ? 2 : *byte < 0xF0 ? 3 : 4;
    uint32_t character = length == 1 ? *byte : *byte & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++)
        character = character << 6 | (byte[i] & 0x3F);
    *at += length;
    return character;
}

static size_t character_count(const char *text) {
    size_t count = 0;
    while (*text) {
        next_character(&text);
        count++;
    }
    return count;
}

/* All names in the width of the longest. */
static void add_class_names(iso_text *text, const cli_predictions *of) {
    size_t width = 1;
    char type[24];
    for (size_t i = 0; i < of->model->classes; i++) {
        const size_t count = character_count(of->model->class_names[i]);
        width = count > width ? count : width;
    }
    snprintf(type, sizeof type, "<U%zu", width);
    add_npy_header(text, type, of->samples, 0);
    for (size_t i = 0; i < of->samples; i++) {
        const char *name = class_at(of, i);
        for (size_t k = 0; k < width; k++)
            add_word(text, *name ? next_character(&name) : 0, 4);
    }
}

static void add_classes(iso_text *text, const cli_predictions *of) {
    int64_t number;
    for (size_t i = 0; i < of->model->classes; i++)
        if (!whole_number(of->model->class_names[i], &number)) {
            add_class_names(text, of);
            return;
        }
    add_npy_header(text, "<i8", of->samples, 0);
    for (size_t i = 0; i < of->samples; i++) {
        whole_number(class_at(of, i), &number);
        add_word(text, (uint64_t)number, 8);
    }
}

static void add_values(iso_text *text, const cli_predictions *of) {
    const size_t columns = columns_of(of->model);
    add_npy_header(text, "<f4", of->samples, columns);
    for (size_t i = 0; i < of->samples; i++)
        for (size_t j = 0; j < columns; j++) {
            const float value = value_at(of, i, j);
            uint32_t bits;
            memcpy(&bits, &value, sizeof bits);
            add_word(text, bits, 4);
        }
}

isobit_status cli_predictions_npy(const cli_predictions *of, char **bytes, size_t *length) {
    iso_text text = {0};
    if (of->model->classes && !of->probabilities)
        add_classes(&text, of);
    else
        add_values(&text, of);
    *length = text.length;
    return iso_text_take(&text, bytes);
}
