#include "device/ledger.h"

#include <stdint.h>
#include <string.h>

static size_t add(size_t a, size_t b) { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }

/* The row of a purpose, or a fresh one; the last takes what is too much for the table. */
static struct iso_ledger_row *row_of(iso_ledger *ledger, const char *what) {
    for (size_t i = 0; i < ledger->count; i++)
        if (!strcmp(ledger->rows[i].what, what))
            return &ledger->rows[i];
    if (ledger->count == ISO_LEDGER_ROWS)
        return &ledger->rows[ISO_LEDGER_ROWS - 1];
    ledger->rows[ledger->count].what = what;
    return &ledger->rows[ledger->count++];
}

void iso_ledger_add_shared(iso_ledger *ledger, size_t bytes) {
    ledger->largest = bytes > ledger->largest ? bytes : ledger->largest;
}

void iso_ledger_add(iso_ledger *ledger, const char *what, size_t bytes) {
    struct iso_ledger_row *row = row_of(ledger, what);
    row->bytes = add(row->bytes, bytes);
    ledger->bytes = add(ledger->bytes, bytes);
    iso_ledger_add_shared(ledger, bytes);
}

size_t iso_ledger_of(const iso_ledger *ledger, const char *what) {
    for (size_t i = 0; i < ledger->count; i++)
        if (!strcmp(ledger->rows[i].what, what))
            return ledger->rows[i].bytes;
    return 0;
}
