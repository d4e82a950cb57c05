/* What isobit doctor found out about a device, and how that is printed. */
#ifndef ISO_CLI_DOCTOR_REPORT_H
#define ISO_CLI_DOCTOR_REPORT_H

#include "run/doctor.h"

/* One sample training on one device. */
typedef struct doctor_run {
    const iso_sample_run *run;
    const char *how;      /* what is special about it, or "" */
    const char *expected; /* the recorded digest; NULL: none is recorded */
    char digest[65];
    bool right;
} doctor_run;

typedef struct doctor_device {
    const isobit_device *known;
    const char *remark; /* about its driver, or NULL */
    bool skipped;       /* not asked for */
    char *failure;      /* why the check ended early, or NULL */
    iso_diagnosis diagnosis;
    doctor_run *runs;
    size_t run_count;
} doctor_device;

/* Its class; ISO_UNCHECKED when it could not be checked. */
iso_exactness doctor_class(const doctor_device *device);

void doctor_print(const doctor_device *device, size_t index);
isobit_status doctor_print_json(const doctor_device *devices, size_t count);
void doctor_device_free(doctor_device *device);

#endif
