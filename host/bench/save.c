/* Results as JSON, and CSV, and compared with what was saved. */
#include "base/file.h"
#include "base/memory.h"
#include "bench/results.h"
#include "run/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT = 1 }; /* of the JSON file */

static isobit_status write_file(iso_text *text, const char *path) {
    char *bytes;
    ISO_TRY(iso_text_take(text, &bytes));
    isobit_status status = iso_file_write(path, bytes, strlen(bytes));
    free(bytes);
    return status;
}

/* ------------------------------------------------------------------------------------ JSON -- */

static void add_estimate(iso_json *json, const char *key, const iso_estimate *estimate) {
    iso_json_open(json, key, '{');
    iso_json_double(json, "low", estimate->low);
    iso_json_double(json, "median", estimate->median);
    iso_json_double(json, "high", estimate->high);
    iso_json_close(json, '}');
}

static void add_row(iso_json *json, const iso_result *row) {
    iso_json_open(json, NULL, '{');
    iso_json_string(json, "op", row->op);
    iso_json_string(json, "shape", row->shape);
    iso_json_string(json, "name", row->name);
    iso_json_bool(json, "yardstick", row->yardstick);
    iso_json_string(json, "verdict", iso_verdict_name(row->verdict));
    iso_json_string(json, "why", *row->why ? row->why : NULL);
    iso_json_double(json, "flops", row->flops);
    iso_json_double(json, "bytes", row->bytes);
    iso_json_integer(json, "rounds", row->rounds);
    if (row->rounds) {
        iso_json_string(json, "unit", row->unit);
        add_estimate(json, "seconds", &row->seconds);
        add_estimate(json, "rate", &row->rate);
        iso_json_double(json, "share_of_peak", row->share);
        add_estimate(json, "of_best", &row->of_best);
        iso_json_bool(json, "best", row->best);
        iso_json_bool(json, "tied_with_best", row->tied);
    }
    iso_json_close(json, '}');
}

isobit_status iso_results_save_json(const iso_results *results, const char *path) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    iso_json_open(&json, NULL, '{');
    iso_json_integer(&json, "isobit_bench", FORMAT);
    iso_json_string(&json, "version", isobit_version());
    iso_json_string(&json, "device", results->device);
    iso_json_string(&json, "identity", results->identity);
    iso_json_integer(&json, "compute_units", results->compute_units);
    iso_json_integer(&json, "rounds", results->rounds);
    iso_json_double(&json, "peak_gflops", 1e-9 * results->peak.flops);
    iso_json_double(&json, "copy_gbs", 1e-9 * results->peak.copy);
    iso_json_double(&json, "launch_us", 1e6 * results->peak.launch);
    iso_json_double(&json, "sync_us", 1e6 * results->peak.sync);
    iso_json_open(&json, "rows", '[');
    for (size_t i = 0; i < results->count; i++) {
        add_row(&json, &results->rows[i]);
    }
    iso_json_close(&json, ']');
    iso_json_close(&json, '}');
    iso_text_add(&text, "\n");
    return write_file(&text, path);
}

/* ------------------------------------------------------------------------------------- CSV -- */

/* In quotes where a comma, a quote or a line end would break the line. */
static void add_cell(iso_text *text, const char *value) {
    if (!value[strcspn(value, ",\"\n\r")]) {
        iso_text_add(text, "%s,", value);
        return;
    }
    iso_text_add(text, "\"");
    for (; *value; value++)
        iso_text_add(text, *value == '"' ? "\"\"" : "%c", *value);
    iso_text_add(text, "\",");
}

static void add_number(iso_text *text, double value) {
    char number[ISO_NUMBER_SIZE];
    iso_shortest_double(value, number);
    iso_text_add(text, "%s,", number);
}

isobit_status iso_results_save_csv(const iso_results *results, const char *path) {
    iso_text text = {0};
    iso_text_add(&text,
                 "op,shape,name,verdict,why,unit,rate_low,rate,rate_high,seconds,share_of_peak,"
                 "of_best_low,of_best,of_best_high,rounds\n");
    for (size_t i = 0; i < results->count; i++) {
        const iso_result *row = &results->rows[i];
        const char *const words[] = {
            row->op, row->shape, row->name, iso_verdict_name(row->verdict), row->why, row->unit};
        const double numbers[] = {row->rate.low,       row->rate.median, row->rate.high,
                                  row->seconds.median, row->share,       row->of_best.low,
                                  row->of_best.median, row->of_best.high};
        for (size_t j = 0; j < sizeof words / sizeof *words; j++)
            add_cell(&text, words[j]);
        for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++) {
            if (row->rounds)
                add_number(&text, numbers[j]);
            else
                iso_text_add(&text, ",");
        }
        iso_text_add(&text, "%zu\n", row->rounds);
    }
    return write_file(&text, path);
}

/* -------------------------------------------------------------------------------- comparing -- */

static const char *string_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* The saved row of that op, shape and name, if it was timed. */
static const json_t *find_row(const json_t *rows, const iso_result *wanted) {
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (!strcmp(string_of(row, "op"), wanted->op) &&
            !strcmp(string_of(row, "shape"), wanted->shape) &&
            !strcmp(string_of(row, "name"), wanted->name) && json_object_get(row, "rate"))
            return row;
    }
    return NULL;
}

struct iso_saved {
    json_t *whole;
};

isobit_status iso_saved_parse(iso_saved **out, const char *path, const char *bytes, size_t length) {
    json_error_t why;
    errno = 0;
    json_t *whole = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &why);
    isobit_status status;
    if (!whole)
        return iso_json_fail("%s: line %d: %s", path, why.line, why.text);
    if (json_integer_value(json_object_get(whole, "isobit_bench")) != FORMAT ||
        !json_is_array(json_object_get(whole, "rows"))) {
        status = iso_fail(ISOBIT_ERROR_FORMAT, "%s: not a file of isobit bench --json (format %d)",
                          path, FORMAT);
        goto done;
    }
    ISO_DO(iso_alloc(out, 1, sizeof **out));
    (*out)->whole = whole;
    return ISOBIT_OK;
done:
    json_decref(whole);
    return status;
}

isobit_status iso_saved_read(iso_saved **out, const char *path) {
    enum { MOST = 64 << 20 };
    char *bytes;
    size_t length;
    ISO_TRY(iso_file_read(path, MOST, &bytes, &length));
    isobit_status status = iso_saved_parse(out, path, bytes, length);
    free(bytes);
    return status;
}

void iso_saved_free(iso_saved *saved) {
    if (saved)
        json_decref(saved->whole);
    free(saved);
}

isobit_status iso_results_compare(const iso_results *results, const iso_saved *saved,
                                  iso_change **changes, size_t *count, const char **warning) {
    const json_t *rows = json_object_get(saved->whole, "rows");
    iso_change *list;
    size_t found = 0;
    ISO_TRY(iso_alloc(&list, results->count, sizeof *list));
    for (size_t i = 0; i < results->count; i++) {
        const iso_result *row = &results->rows[i];
        const json_t *old = row->rounds ? find_row(rows, row) : NULL;
        const json_t *rate = json_object_get(old, "rate");
        const double before = json_number_value(json_object_get(rate, "median"));
        if (!rate || !(before > 0))
            continue;
        const int faster = row->rate.low > json_number_value(json_object_get(rate, "high"));
        const int slower = row->rate.high < json_number_value(json_object_get(rate, "low"));
        list[found++] = (iso_change){row, before, row->rate.median / before, faster - slower};
    }
    *warning = strcmp(string_of(saved->whole, "identity"), results->identity) != 0
                   ? "saved on another device or driver"
                   : "";
    *changes = list;
    *count = found;
    return ISOBIT_OK;
}
