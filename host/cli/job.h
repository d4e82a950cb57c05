/* One `isobit train`: what it holds, and the end's report. */
#ifndef ISO_CLI_JOB_H
#define ISO_CLI_JOB_H

#include "cli/options.h"
#include "cli/progress.h"
#include "run/remark.h"
#include "run/resume.h"
#include "run/run_folder.h"
#include "run/train.h"

typedef struct cli_job {
    const isobit_settings *settings;
    bool quiet, json, profile;
    bool dry;            /* say what memory it would take, and train nothing */
    const char *resumed; /* the run folder to go on in, as the user gave it; NULL: a new run */
    iso_resume resume;   /* what is in it */
    isobit_data *data;
    iso_data_hash hash; /* of the data */
    isobit_context *context;
    isobit_model *model;
    iso_training *training;
    iso_run_folder *folder;
    iso_history history;
    cli_watch watch;
    isobit_progress last;         /* what training told last */
    isobit_status metrics_status; /* of writing metrics.jsonl, */
    char metrics_error[512];      /* and what it said */
    isobit_status status;         /* of the training */
    double startup;               /* from the program's start to the first step; < 0: unknown */
    int signal;                   /* that interrupted it; 0: none */
} cli_job;

/* Go on with the run in a folder: take its settings, with the job's own before them. */
isobit_status cli_job_resume(cli_job *job, const char *folder);
/* Make model and training from data and context, where the run begins or stood; a dry run prints
 * its memory and makes neither. */
isobit_status cli_job_begin(cli_job *job);
/* Make the run folder, or open the old one, and keep the checkpoint there. */
isobit_status cli_job_open_folder(cli_job *job);

/* Print what is about to be trained. */
void cli_job_announce(const cli_job *job);
/* Evaluate the final model on every part and print the end's report, as text or JSON. */
isobit_status cli_job_report(cli_job *job);
/* Print what an interrupted training leaves, and how to go on. */
void cli_job_report_interrupted(const cli_job *job);

#endif
