#include "cli/memory_report.h"

#include "base/memory.h"
#include "cli/report.h"
#include "run/json.h"

#include <stdlib.h>

static void add_row(cli_table *table, const char *what, size_t bytes) {
    cli_cell(table, "  %s", what);
    cli_cell(table, "%s", bytes == SIZE_MAX ? "beyond all bounds" : cli_bytes(bytes));
}

static void print_text(const isobit_context *context, const iso_estimate *estimate) {
    const iso_ledger *ledger = &estimate->device.ledger;
    const struct iso_host_need *host = &estimate->host;
    cli_table table = {.align = "lr"};
    cli_cell(&table, "on the device");
    cli_cell(&table, "needed");
    for (size_t i = 0; i < ledger->count; i++)
        add_row(&table, ledger->rows[i].what, ledger->rows[i].bytes);
    add_row(&table, "together", ledger->bytes);
    add_row(&table, "the largest buffer", ledger->largest);
    cli_cell(&table, "on the host");
    cli_cell(&table, "%s", "");
    add_row(&table, "the data set", host->data);
    add_row(&table, "the parameters, and copies for checkpoints", host->parameters);
    add_row(&table, "the order of samples, and data on its way", host->steps);
    cli_table_print(&table, 0);
    printf("\nThe device has %s, of which %s are free; its largest buffer is %s.\n",
           cli_bytes(context->memory), cli_bytes(estimate->device.room),
           cli_bytes(context->largest_buffer));
    if (context->unified)
        puts("Its memory is the host's.");
    if (estimate->device.fits && !estimate->device.chunk)
        puts("It fits. The data set stays on the device.");
    else if (estimate->device.fits)
        printf("It fits. The data set passes through the device, twice %s samples at a time.\n",
               cli_count(estimate->device.chunk));
}

static isobit_status print_json(const isobit_context *context, const iso_estimate *estimate) {
    const iso_ledger *ledger = &estimate->device.ledger;
    const struct iso_host_need *host = &estimate->host;
    iso_text text = {0};
    iso_json json = {.text = &text};
    char *line;
    iso_json_open(&json, NULL, '{');
    iso_json_bool(&json, "fits", estimate->device.fits);
    iso_json_integer(&json, "batch", estimate->batch);
    iso_json_integer(&json, "largest_batch", estimate->largest_batch);
    iso_json_integer(&json, "chunk_samples", estimate->device.chunk);
    iso_json_open(&json, "device", '{');
    iso_json_string(&json, "name", context->name);
    iso_json_integer(&json, "memory_bytes", context->memory);
    iso_json_integer(&json, "free_bytes", estimate->device.room);
    iso_json_integer(&json, "largest_buffer_bytes", context->largest_buffer);
    iso_json_integer(&json, "needed_bytes", ledger->bytes);
    iso_json_integer(&json, "needed_largest_buffer_bytes", ledger->largest);
    iso_json_open(&json, "needed_for", '{');
    for (size_t i = 0; i < ledger->count; i++)
        iso_json_integer(&json, ledger->rows[i].what, ledger->rows[i].bytes);
    iso_json_close(&json, '}');
    iso_json_close(&json, '}');
    iso_json_open(&json, "host", '{');
    iso_json_integer(&json, "data_bytes", host->data);
    iso_json_integer(&json, "parameters_bytes", host->parameters);
    iso_json_integer(&json, "steps_bytes", host->steps);
    iso_json_close(&json, '}');
    iso_json_close(&json, '}');
    ISO_TRY(iso_text_take(&text, &line));
    puts(line);
    free(line);
    return ISOBIT_OK;
}

isobit_status cli_print_estimate(const isobit_context *context, const iso_estimate *estimate,
                                 bool json) {
    if (json)
        ISO_TRY(print_json(context, estimate));
    else
        print_text(context, estimate);
    return iso_estimate_check(estimate, context);
}
