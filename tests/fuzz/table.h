/* What holds of a table that a reader has made. */
#ifndef ISO_FUZZ_TABLE_H
#define ISO_FUZZ_TABLE_H

#include "data/reader.h"
#include "fuzz.h"

#include <math.h>

/* The wish that a byte of the input stands for. */
static inline iso_wish fuzz_wish(uint8_t choice) {
    static const char *const labels[] = {"", "", "1", "kind"};
    return (iso_wish){.path = "in",
                      .with_label = choice & 1,
                      .label = labels[choice >> 1 & 3],
                      .task = (iso_task)((choice >> 3 & 3) % 3)};
}

static inline void fuzz_check_answers(const iso_table *table, bool with_label) {
    HOLDS((table->labels != NULL) + (table->targets != NULL) == with_label);
    for (size_t i = 0; table->labels && i < table->samples; i++)
        HOLDS(table->labels[i] >= 0 && (size_t)table->labels[i] < table->label_name_count);
    for (size_t i = 0; i < table->label_name_count; i++)
        for (size_t j = 0; j<i; j += i> 64 ? 17 : 1)
            HOLDS(strcmp(table->label_names[i], table->label_names[j]) != 0);
    HOLDS(!table->targets || table->outputs > 0);
    for (size_t i = 0; table->targets && i < table->samples * table->outputs; i++)
        HOLDS(isfinite(table->targets[i]));
}

static inline void fuzz_check_table(const iso_table *table, bool with_label) {
    const size_t features = iso_shape_size(table->shape);
    HOLDS(table->samples > 0 && features > 0 && table->x);
    for (size_t i = 0; table->element == ISO_FLOAT32 && i < table->samples * features; i++)
        HOLDS(isfinite(((const float *)table->x)[i]));
    fuzz_check_answers(table, with_label);
}

#endif
