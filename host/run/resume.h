/* Going on with a training from its checkpoint. */
#ifndef ISO_RUN_RESUME_H
#define ISO_RUN_RESUME_H

#include "run/checkpoint.h"
#include "run/train.h"

/* What a run folder offers to go on with. */
typedef struct iso_resume {
    isobit_settings *settings;  /* the caller's, then run.ini's, then the checkpoint's */
    iso_checkpoint *checkpoint; /* NULL: the run was ended before it had one; begin it again */
} iso_resume;

/* Read a run folder. @param asked the settings that the user gives now */
isobit_status iso_resume_read(iso_resume *out, const char *folder, const isobit_settings *asked);
void iso_resume_free(iso_resume *resume);

/* Whether the training may go on as settings and data are now. Refuses other ones, naming them,
 * unless "resume-anyway" is on; `epochs` alone may always be another, but no fewer than are done.
 * Where the result is no longer what a run of these settings alone would give, that is written
 * down in checkpoint->changed and in the model's notes ("changed").
 * @param hash of the data */
isobit_status iso_resume_check(iso_checkpoint *checkpoint, isobit_model *model,
                               const isobit_data *data, iso_data_hash *hash,
                               const isobit_settings *settings);

/* Whether nothing is left to do under these settings. */
bool iso_checkpoint_done(const iso_checkpoint *checkpoint, const isobit_settings *settings);

#endif
