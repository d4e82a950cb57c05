/* What buffers are for: named in messages, and summed up where they are only counted. */
#ifndef ISO_DEVICE_LEDGER_H
#define ISO_DEVICE_LEDGER_H

#include <stddef.h>

#define ISO_FOR_PARAMETERS "the parameters"
#define ISO_FOR_GRADIENTS "the gradients"
#define ISO_FOR_OPTIMIZER "the optimizer's memory"
#define ISO_FOR_ACTIVATIONS "the activations of a batch"
#define ISO_FOR_DATA "the data set"

/* The buffers that were asked for while a context had a ledger, in the order of their first ones.
 * Start from {0}. */
enum { ISO_LEDGER_ROWS = 16 };
typedef struct iso_ledger {
    struct iso_ledger_row {
        const char *what;
        size_t bytes;
    } rows[ISO_LEDGER_ROWS];
    size_t count;
    size_t bytes;   /* of all rows; SIZE_MAX: more than that */
    size_t largest; /* bytes of the largest single buffer */
} iso_ledger;

/* A buffer more; `what` must live as long as the ledger. */
void iso_ledger_add(iso_ledger *ledger, const char *what, size_t bytes);
/* A buffer over memory that is there already: it takes none. */
void iso_ledger_add_shared(iso_ledger *ledger, size_t bytes);
/* Bytes for one purpose; 0 when there were none. */
size_t iso_ledger_of(const iso_ledger *ledger, const char *what);

#endif
