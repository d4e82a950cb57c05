/* The tables of operations that bench knows, one per file. */
#ifndef ISO_BENCH_KINDS_H
#define ISO_BENCH_KINDS_H

#include "bench/subject.h"

enum {
    ISO_PRODUCT_KINDS = 3,
    ISO_SAMPLE_KINDS = 6,
    ISO_UPDATE_KINDS = 8,
    ISO_ROW_KINDS = 4,
    ISO_UNIT_KINDS = 3,
    ISO_WINDOW_KINDS = 14
};
extern const iso_subject_kind iso_product_kinds[ISO_PRODUCT_KINDS];
extern const iso_subject_kind iso_sample_kinds[ISO_SAMPLE_KINDS];
extern const iso_subject_kind iso_row_kinds[ISO_ROW_KINDS];
extern const iso_subject_kind iso_update_kinds[ISO_UPDATE_KINDS];
extern const iso_subject_kind iso_unit_kinds[ISO_UNIT_KINDS];
extern const iso_subject_kind iso_window_kinds[ISO_WINDOW_KINDS];

#endif
