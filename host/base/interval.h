/* How often: "100 steps", "2 epochs", "0.5 minutes", "auto" or "off". */
#ifndef ISO_BASE_INTERVAL_H
#define ISO_BASE_INTERVAL_H

#include "base/status.h"

typedef enum iso_interval_unit {
    ISO_AUTO,
    ISO_OFF,
    ISO_EVERY_STEPS,
    ISO_EVERY_EPOCHS,
    ISO_EVERY_MINUTES
} iso_interval_unit;

typedef struct iso_interval {
    iso_interval_unit unit;
    double count; /* whole for steps and epochs; 0 for auto and off */
} iso_interval;

/* @param what names the setting in messages */
isobit_status iso_interval_parse(iso_interval *out, const char *what, const char *text);

#endif
