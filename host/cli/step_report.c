#include "cli/step_report.h"

#include "base/memory.h"
#include "base/settings.h"
#include "cli/report.h"
#include "run/json.h"
#include "run/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------------------- profiles -- */

static const char *time_text(double seconds) {
    return seconds < 1e-3 ? cli_format("%.1f us", 1e6 * seconds)
                          : cli_format("%.3f ms", 1e3 * seconds);
}

static void add_launch(cli_table *table, const iso_profile_row *row) {
    const iso_launch *launch = row->launch;
    const double giga = row->seconds > 0 ? 1e-9 / row->seconds : 0;
    cli_cell(table, "%s", launch->label);
    cli_cell(table, "%s %s", launch->variant->op, launch->variant->name);
    cli_cell(table, "%s", time_text(row->seconds));
    cli_cell(table, "%.1f %%", 100 * row->share);
    cli_cell(table, "%s", launch->flops > 0 ? cli_format("%.1f", giga * launch->flops) : "");
    cli_cell(table, "%s", launch->bytes > 0 ? cli_format("%.1f", giga * launch->bytes) : "");
    cli_cell(table, "%s", row->of_roof > 0 ? cli_format("%.0f %%", 100 * row->of_roof) : "");
}

/* What a step takes beside its launches. */
static void add_between(cli_table *table, const iso_profile *profile) {
    const double whole = profile->launches + profile->between;
    cli_cell(table, "between launches");
    cli_cell(table, "%s", "");
    cli_cell(table, "%s", time_text(profile->between));
    cli_cell(table, "%.1f %%", whole > 0 ? 100 * profile->between / whole : 0);
    for (int i = 0; i < 3; i++)
        cli_cell(table, "%s", "");
}

static void print_profile(const iso_profile *profile) {
    static const char *const heads[] = {"launch",  "kernel", "time",   "share",
                                        "GFLOP/s", "GB/s",   "of peak"};
    const double samples = (double)profile->batch;
    cli_table table = {.align = "llrrrrr"};
    printf("\nprofile of a step (%s samples); peak %.0f GFLOP/s, copy %.1f GB/s\n",
           cli_count(profile->batch), 1e-9 * profile->peak.flops, 1e-9 * profile->peak.copy);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        cli_cell(&table, "%s", heads[i]);
    bool cached = false;
    for (size_t i = 0; i < profile->count; i++) {
        add_launch(&table, &profile->rows[i]);
        cached = cached || profile->rows[i].of_roof > 1;
    }
    add_between(&table, profile);
    cli_table_print(&table, 2);
    if (cached)
        puts("  above 100 %: this fits the caches, where the peak (a large copy) does not");
    printf("  %zu launches take %s; a whole step takes %s: %s samples/s\n", profile->count,
           time_text(profile->launches), time_text(profile->step),
           cli_count((uint64_t)(samples / profile->step)));
    if (profile->resident > 0)
        printf("  with many steps in one launch (resident) a step takes %s: %s samples/s\n",
               time_text(profile->resident), cli_count((uint64_t)(samples / profile->resident)));
}

static isobit_status print_json(const iso_profile *profile) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    char *line;
    iso_json_open(&json, NULL, '{');
    iso_json_double(&json, "peak_gflops", 1e-9 * profile->peak.flops);
    iso_json_double(&json, "copy_gbs", 1e-9 * profile->peak.copy);
    iso_json_integer(&json, "batch", profile->batch);
    iso_json_double(&json, "step_seconds", profile->step);
    iso_json_double(&json, "between_seconds", profile->between);
    if (profile->resident > 0)
        iso_json_double(&json, "resident_step_seconds", profile->resident);
    iso_json_open(&json, "profile", '[');
    for (size_t i = 0; i < profile->count; i++) {
        const iso_profile_row *row = &profile->rows[i];
        iso_json_open(&json, NULL, '{');
        iso_json_string(&json, "launch", row->launch->label);
        iso_json_string(&json, "op", row->launch->variant->op);
        iso_json_string(&json, "variant", row->launch->variant->name);
        iso_json_double(&json, "seconds", row->seconds);
        iso_json_double(&json, "share", row->share);
        iso_json_double(&json, "flops", row->launch->flops);
        iso_json_double(&json, "bytes", row->launch->bytes);
        iso_json_double(&json, "of_peak", row->of_roof);
        iso_json_close(&json, '}');
    }
    iso_json_close(&json, ']');
    iso_json_close(&json, '}');
    ISO_TRY(iso_text_take(&text, &line));
    puts(line);
    free(line);
    return ISOBIT_OK;
}

isobit_status cli_print_profile(iso_training *training, const iso_peak *peak, bool json) {
    iso_profile profile;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_profile_new(&profile, training, peak));
    if (json)
        status = print_json(&profile);
    else
        print_profile(&profile);
    iso_profile_free(&profile);
    return status;
}

/* ---------------------------------------------------------------------------- isobit bench step */

/* The settings with what a step needs and the user left open. */
static isobit_status complete(isobit_settings **out, const isobit_settings *given) {
    static const char *const defaults[][2] = {{"data", "digits"},
                                              {"net", "dense 128 relu, dense 10 softmax"}};
    isobit_settings *settings;
    ISO_TRY(iso_settings_copy(&settings, given));
    isobit_status status = ISOBIT_OK;
    for (size_t i = 0; i < 2 && status == ISOBIT_OK; i++)
        if (!*isobit_settings_get(settings, defaults[i][0]))
            status = isobit_settings_set(settings, defaults[i][0], defaults[i][1]);
    if (status == ISOBIT_OK)
        *out = settings;
    else
        isobit_settings_free(settings);
    return status;
}

/* A row per way to run steps. Their rounds follow each other: only one can hold the device's state.
 */
static isobit_status add_rows(iso_results *results, iso_training *training,
                              const iso_measure *measure) {
    static const char *const names[] = {"launch by launch", "resident"};
    const size_t first = results->count;
    double *seconds[2] = {NULL, NULL};
    isobit_status status;
    ISO_DO(iso_profile_open(training));
    for (int i = 0; i < (training->resident.list.count ? 2 : 1); i++) {
        iso_result *row;
        ISO_DO(iso_alloc(&seconds[i], measure->rounds, sizeof **seconds));
        ISO_DO(iso_profile_steps(training, i, measure->rounds, seconds[i]));
        ISO_DO(iso_results_row(results, "step", names[i], &row));
        snprintf(row->shape, sizeof row->shape, "batch %zu", training->batch);
        row->unit = "samples/s";
        row->verdict = ISO_EXACT;
        for (size_t j = 0; j < training->full.list.count; j++) {
            row->flops += training->full.list.launches[j].flops;
            row->bytes += training->full.list.launches[j].bytes;
        }
        ISO_DO(iso_result_time(row, seconds[i], measure->rounds, (double)training->batch));
        row->share = row->flops / row->seconds.median / results->peak.flops;
    }
    status = iso_results_rank(results, first, seconds);
done:
    free(seconds[0]);
    free(seconds[1]);
    return status;
}

isobit_status cli_bench_step(iso_results *results, isobit_context *context,
                             const isobit_settings *given, const iso_measure *measure) {
    isobit_settings *settings = NULL;
    isobit_data *data = NULL;
    isobit_model *model = NULL;
    iso_training *training = NULL;
    isobit_status status;
    ISO_DO(complete(&settings, given));
    ISO_DO(isobit_settings_set(settings, "epochs", "1"));
    ISO_DO(isobit_data_load(&data, isobit_settings_get(settings, "data"), settings));
    ISO_DO(isobit_model_new(&model, context, data, settings));
    ISO_DO(iso_training_new(&training, model, data, settings));
    ISO_DO(iso_training_run(training, NULL, NULL)); /* one epoch: order and scalars are there now */
    ISO_DO(add_rows(results, training, measure));
    status = cli_print_profile(training, &results->peak, false);
done:
    iso_training_free(training);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    return status;
}
