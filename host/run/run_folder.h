/* The run folder: model.safetensors, run.ini, metrics.jsonl, checkpoint.safetensors. */
#ifndef ISO_RUN_RUN_FOLDER_H
#define ISO_RUN_RUN_FOLDER_H

#include "run/model.h"

typedef struct iso_run_folder iso_run_folder;

/* Make the folder of the setting "out", or runs/<data's name>-<the next number>. An existing one
 * that is not empty is ISOBIT_ERROR_EXISTS unless "overwrite" is on; then the old run's files go.
 * A new folder is private to the user (mode 0700). One process at a time has it: another is told so
 * (ISOBIT_ERROR_EXISTS). Writes run.ini: complete (defaults too, files by absolute path), so that
 * training from it gives the same model. */
isobit_status iso_run_folder_open(iso_run_folder **out, const isobit_data *data,
                                  const isobit_settings *settings);
/* The settings as run.ini holds them: defaults set too (a later isobit may have others), files by
 * absolute path. The caller frees them. */
isobit_status iso_run_settings(isobit_settings **out, const isobit_data *data,
                               const isobit_settings *settings);
/* Go on in a folder that iso_run_folder_open made, perhaps in another process: writes run.ini for
 * these settings, and metrics.jsonl as it was after so many epochs.
 * @param changed how settings were changed on the way, or NULL
 * @param past what was told at the end of each epoch */
isobit_status iso_run_folder_resume(iso_run_folder **out, const char *path, const isobit_data *data,
                                    const isobit_settings *settings, const char *changed,
                                    const isobit_progress *past, size_t epochs);
const char *iso_run_folder_path(const iso_run_folder *folder);
/* Append one epoch's object to metrics.jsonl. */
isobit_status iso_run_folder_metrics(iso_run_folder *folder, const isobit_progress *progress);
/* The same object as one line of text without a newline (the caller frees it). Accuracies are left
 * out for a regression, validation when there is none; a test part that is not there is null. */
isobit_status iso_metrics_line(char **out, const isobit_progress *progress, bool classify);
/* Write model.safetensors. */
isobit_status iso_run_folder_model(iso_run_folder *folder, const isobit_model *model);
/* Where that is (borrowed). */
const char *iso_run_folder_model_path(const iso_run_folder *folder);
/* Where its checkpoint is, or will be (borrowed). */
const char *iso_run_folder_checkpoint(const iso_run_folder *folder);
void iso_run_folder_close(iso_run_folder *folder);
/* Close, and take away what this run wrote: it failed before there was anything to keep. A resumed
 * run's folder stays as it is. */
void iso_run_folder_discard(iso_run_folder *folder);

#endif
