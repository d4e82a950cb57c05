/* The settings: one table, read by the command line, run files, the API and the model file. */
#ifndef ISO_BASE_SETTINGS_H
#define ISO_BASE_SETTINGS_H

#include "base/status.h"

/* Whether a setting decides what comes out (and so belongs to run.ini and to a resumed run). */
bool iso_setting_is_result(const isobit_setting *setting);
/* The table row, or NULL. */
const isobit_setting *iso_setting_find(const char *name);

/* Values already checked for their form, so that no reader needs an error path. */
size_t iso_settings_size(const isobit_settings *settings, const char *name);
double iso_settings_double(const isobit_settings *settings, const char *name);
bool iso_settings_on(const isobit_settings *settings, const char *name);

isobit_status iso_settings_copy(isobit_settings **out, const isobit_settings *settings);
void iso_settings_swap(isobit_settings *a, isobit_settings *b);

/* A run file's text, which ends in a NUL; what is set already stays. On failure `settings` is
 * unchanged. @param name for messages */
isobit_status iso_settings_parse(isobit_settings *settings, const char *name, const char *text,
                                 size_t length);
/* The set values that decide the result, as the text of a run file. */
isobit_status iso_settings_write(const isobit_settings *settings, char **out);

#endif
