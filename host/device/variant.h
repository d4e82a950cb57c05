/* A kernel file's variant: what its //@ lines say (kernels/README.md), and the knobs it gets on a
 * device. */
#ifndef ISO_DEVICE_VARIANT_H
#define ISO_DEVICE_VARIANT_H

#include "base/embedded.h"
#include "base/status.h"

#include <stdint.h>

enum { ISO_KNOBS = 12, ISO_KNOB_VALUES = 16, ISO_DEFAULTS = 8 };

/* A number in the source that a tuner may choose. */
typedef struct iso_knob {
    char *name;
    long values[ISO_KNOB_VALUES]; /* the first is the fallback */
    size_t count;
} iso_knob;

/* One way to compute one operation. Owned by its registry; strings live as long as that. */
typedef struct iso_variant {
    char *file; /* its name, for messages */
    char *text;
    const iso_embedded *embedded; /* the file, or NULL: it is the user's */
    char *op, *name;
    iso_knob knobs[ISO_KNOBS];
    size_t knob_count;
    char *width;     /* of the vectors it uses, an expression: 1, 4 or 16; NULL: scalars alone */
    char *registers; /* of a work-item at most, an expression, where the compiler can be told; 0
                        or NULL: as many as it likes */
    char *local[2], *tile[2]; /* expressions of knobs: rows then columns, which are
                                dimensions 1 and 0, or columns alone */
    unsigned dims;
    struct iso_class_default { /* a class may have several */
        char *device_class;    /* "cpu" or "gpu" */
        char *knobs;           /* as "ROWS=8 COLUMNS=32" */
        char *condition; /* an expression: for the launches where it is not 0; NULL: for all */
    } defaults[ISO_DEFAULTS];
    size_t default_count;
    char *require; /* an expression that is not 0 where the knobs fit together and the device, or
                      NULL */
    bool inexact;  /* its bits differ from the contract's */
} iso_variant;

/* Parse one file's header; `file` and `text` are copied. A fault is said with file and line. Its
 * defaults are not checked. */
isobit_status iso_variant_parse(iso_variant *out, const char *file, const char *text);
void iso_variant_free(iso_variant *variant);

/* Knob values, in the order of the variant's knobs. */
typedef struct iso_choice {
    long knobs[ISO_KNOBS];
} iso_choice;

/* What of a device decides which knobs it gets. */
typedef struct iso_target {
    const char *device_class; /* "cpu", "gpu" or "rasteriser": which defaults are for it */
    uint32_t compute_units;
    uint64_t local_memory; /* in bytes, what a work-group can have of it */
    bool matrix_units;     /* its compiler takes PTX with mma.sync for TF32 and bfloat16 */
} iso_target;

/* How large a launch is: its outputs along dimensions 0 and 1, and the terms of each one's sum (0
 * where nobody asks). */
typedef struct iso_extent {
    size_t columns, rows, terms;
} iso_extent;

/* The knobs for a device; `overrides` ("ROWS=4 …", may be NULL) win. Of its class's lines the first
 * is taken whose condition holds, else the last. Lines that do not meet `require` on this device
 * together with the overrides are passed over, and where none does, the first values of the knobs
 * are taken, which must.
 * @param extent NULL: not known; the first line */
isobit_status iso_variant_choose(const iso_variant *variant, const iso_target *target,
                                 const char *overrides, const iso_extent *extent, iso_choice *out);
/* Whether any of its defaults is for a class of device. */
bool iso_variant_has_default(const iso_variant *variant, const char *device_class);
/* Whether the knobs of every default fit together, and its expressions are understood: said when a
 * file is registered, not when a default is used. */
isobit_status iso_variant_check(const iso_variant *variant);
/* Work-items of a work-group along dimensions 0 and 1, each at least 1. */
isobit_status iso_variant_local(const iso_variant *variant, const iso_choice *choice,
                                size_t local[2]);
/* How many work-groups a launch of this size has, likewise; of no outputs none. */
isobit_status iso_variant_groups(const iso_variant *variant, const iso_choice *choice,
                                 const iso_extent *extent, size_t groups[2]);
/* Evaluate one of the variant's expressions of knobs. */
isobit_status iso_variant_evaluate(const iso_variant *variant, const iso_choice *choice,
                                   const char *expression, long *out);

/* Integer arithmetic with names: + - * / % comparisons && || ! and parentheses.
 * @param value_of finds a name's value; false: unknown. */
isobit_status iso_expression(const char *text,
                             bool (*value_of)(void *user, const char *name, long *out), void *user,
                             long *out);

#endif
