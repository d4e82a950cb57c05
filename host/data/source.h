/* Sources as users name them: built-in sets, files and folders. Private to host/data. */
#ifndef ISO_DATA_SOURCE_H
#define ISO_DATA_SOURCE_H

#include "data/reader.h"

/* What the settings "label" and "task" ask of a reader. Borrows `path` and the settings. */
isobit_status iso_wish_from(iso_wish *out, const char *path, bool with_label,
                            const isobit_settings *settings);

/* The built-in set, file or folder that wish->path names; a built-in's name goes before a file's
 * (write ./digits for a file). The caller frees the tables. */
isobit_status iso_read_source(iso_tables *out, const iso_wish *wish);

/* Make a data set of a table (emptied on success): the first `train_samples` are the training
 * part, the rest the test part. Copies the names. */
isobit_status iso_data_from_table(isobit_data **out, iso_table *table, size_t train_samples,
                                  const char *name, const char *source);

/* A short name for run folders: the file's or folder's without suffix, or the built-in's. The
 * caller frees it. */
isobit_status iso_source_name(char **out, const char *source);

#endif
