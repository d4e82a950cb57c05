/* The beginning of a run: from nothing, or from its checkpoint. */
#include "cli/job.h"

#include "cli/memory_report.h"

isobit_status cli_job_resume(cli_job *job, const char *folder) {
    ISO_TRY(iso_resume_read(&job->resume, folder, job->settings));
    job->settings = job->resume.settings;
    job->resumed = folder;
    return ISOBIT_OK;
}

isobit_status cli_job_begin(cli_job *job) {
    const isobit_settings *settings = job->settings;
    iso_checkpoint *from = job->resume.checkpoint;
    iso_estimate estimate;
    ISO_TRY(iso_model_describe(&job->model, job->context, job->data, settings));
    if (from)
        ISO_TRY(iso_resume_check(from, job->model, job->data, &job->hash, settings));
    ISO_TRY(iso_training_estimate(&estimate, job->model, job->data, settings));
    if (job->dry) {
        if (!job->json)
            cli_job_announce(job);
        return cli_print_estimate(job->context, &estimate, job->json);
    }
    ISO_TRY(iso_estimate_check(&estimate, job->context)); /* before parameters are drawn */
    ISO_TRY(from ? iso_model_allocate(job->model) : iso_model_begin(job->model, settings));
    ISO_TRY(iso_training_new(&job->training, job->model, job->data, settings));
    return from ? iso_training_restore(job->training, from) : ISOBIT_OK;
}

/* The epochs that are done, as if they had just been told. */
static isobit_status replay(cli_job *job, const iso_checkpoint *from) {
    for (size_t i = 0; i < from->epochs; i++)
        ISO_TRY(iso_history_add(&job->history, from->past[i].metrics));
    job->last = job->training->progress;
    return ISOBIT_OK;
}

isobit_status cli_job_open_folder(cli_job *job) {
    const iso_checkpoint *from = job->resume.checkpoint;
    const isobit_settings *settings = job->settings;
    if (!job->resumed)
        ISO_TRY(iso_run_folder_open(&job->folder, job->data, settings));
    else
        ISO_TRY(iso_run_folder_resume(&job->folder, job->resumed, job->data, settings,
                                      from ? from->changed : NULL, from ? from->past : NULL,
                                      from ? from->epochs : 0));
    if (from)
        ISO_TRY(replay(job, from));
    return iso_training_checkpoint(job->training, settings, iso_run_folder_checkpoint(job->folder),
                                   from, &job->hash);
}
