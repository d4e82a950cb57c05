/* Whether a device computes what the numerics contract says: known answers, and small trainings
 * whose parameters have recorded digests. */
#ifndef ISO_RUN_DOCTOR_H
#define ISO_RUN_DOCTOR_H

#include "device/context.h"

#include <stdint.h>

/* A device's class (numerics contract, "Devices"). */
typedef enum iso_exactness {
    ISO_UNCHECKED,
    ISO_EXACT,        /* all answers right */
    ISO_EXACT_NORMAL, /* wrong only where a number below 2^-126 has a part */
    ISO_NOT_EXACT
} iso_exactness;
/* "exact", "exact-normal", "not exact". */
const char *iso_exactness_name(iso_exactness exactness);

#define ISO_FAR UINT64_MAX

/* How one operation did. */
typedef struct iso_finding {
    const char *operation;             /* "exp"; static storage */
    const char *form;                  /* "vector", "scalar" or ""; static storage */
    size_t tried, wrong, wrong_normal; /* the last: without a subnormal number */
    unsigned arity;
    float inputs[3];        /* of the worst: a wrong answer without subnormals before one with */
    uint32_t got, expected; /* bits */
    bool integer;           /* those bits are no float */
    uint64_t ulp;           /* their distance; ISO_FAR: only one is a NaN */
} iso_finding;

enum { ISO_FINDINGS = 64 };

/* What the known-answer kernels say. */
typedef struct iso_diagnosis {
    iso_exactness exactness;
    iso_finding findings[ISO_FINDINGS]; /* of every operation, right or wrong */
    size_t count;
    double seconds; /* building, or loading, and running them */
} iso_diagnosis;

/* Run the known-answer kernels. */
isobit_status iso_diagnose(iso_diagnosis *out, isobit_context *context);
/* Their launches, on a context that only counts. */
isobit_status iso_diagnosis_plan(isobit_context *context);
/* A wrong finding in words: "fma (vector): 3 of 1024 wrong, worst 1 ULP: fma(0x1p-64, …) gives …,
 * not …". The caller frees it. */
isobit_status iso_finding_text(char **out, const iso_finding *finding);

/* The class of a context's device, found out once (a few milliseconds when the programs are
 * cached). *difference: what is wrong, in words, or NULL (borrowed from the context). */
isobit_status iso_device_check(isobit_context *context, iso_exactness *exactness,
                               const char **difference);

struct isobit_model;
/* Before training: refuse a device that is not exact unless the setting "inexact" is on; then note
 * it in the model as "device_check". */
isobit_status iso_device_admit(struct isobit_model *model, const isobit_settings *settings);

/* ------------------------------------------------------------------- trainings with digests -- */

/* A small training whose parameters are known. */
typedef struct iso_sample_run {
    const char *name, *what; /* what it covers */
    const char *data;
    const char *settings[16]; /* name, value, …, NULL */
    bool tiny;                /* small enough for a simulator */
} iso_sample_run;

/* All of them; NULL beyond the end. The first is doctor's. */
const iso_sample_run *iso_sample_run_at(size_t index);
/* The recorded digest of a run of that name, or NULL. */
const char *iso_sample_run_digest(const char *name);
/* Train on a device. @param out hexadecimal SHA-256 of the parameters, 65 characters */
isobit_status iso_sample_run_train(const iso_sample_run *run, isobit_context *context,
                                   char out[65]);

/* What is known about a driver by its platform, device and version texts; NULL: nothing. */
const char *iso_driver_remark(const isobit_device *device);

#endif
