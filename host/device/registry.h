/* The kernel files: what they register about themselves in their //@ lines (kernels/README.md). */
#ifndef ISO_DEVICE_REGISTRY_H
#define ISO_DEVICE_REGISTRY_H

#include "base/embedded.h"
#include "base/status.h"

#include <stdint.h>

/* The kernel files inside the library. */
extern const iso_embedded iso_embedded_files[];

/* One of them, or NULL. */
const iso_embedded *iso_embedded_file(const char *name);

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

typedef struct iso_registry {
    iso_variant *variants;
    size_t count;
} iso_registry;

/* Knob values, in the order of the variant's knobs. */
typedef struct iso_choice {
    long knobs[ISO_KNOBS];
} iso_choice;

/* Register the embedded files and then those of `folder` (may be NULL). */
isobit_status iso_registry_open(iso_registry *out, const char *folder);
void iso_registry_close(iso_registry *registry);

/* A variant by name, or for NULL the one that has a default for the class of device, or else the
 * first of the op. Unknown names fail with the known ones. */
isobit_status iso_registry_find(const iso_registry *registry, const char *op, const char *name,
                                const char *device_class, const iso_variant **out);
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
/* Evaluate one of the variant's expressions. */
isobit_status iso_variant_evaluate(const iso_variant *variant, const iso_choice *choice,
                                   const char *expression, long *out);

/* Parse one file's header; `file` and `text` are copied. For the registry and for fuzzing. */
isobit_status iso_variant_parse(iso_variant *out, const char *file, const char *text);
void iso_variant_free(iso_variant *variant);

/* Integer arithmetic with names: + - * / % comparisons && || ! and parentheses.
 * @param value_of finds a name's value; false: unknown. */
isobit_status iso_expression(const char *text,
                             bool (*value_of)(void *user, const char *name, long *out), void *user,
                             long *out);

#endif
