/* CSV as cells: commas, quotes and line ends; nothing about what the cells mean. */
#ifndef ISO_DATA_CSV_CELLS_H
#define ISO_DATA_CSV_CELLS_H

#include "base/text.h"

typedef struct iso_csv_cursor {
    const char *at, *end; /* the rest */
    const char *path;     /* what messages begin with */
    size_t line;          /* of `at`, from 1 */
    char comma;           /* what separates cells */
} iso_csv_cursor;

/* What separates cells: of ',', ';' and tab the most frequent one outside quotes in the first
 * line that is not blank; ';' before ',' when there are as many (decimal commas then show up as
 * text that is no number, at their place). */
char iso_csv_comma(const char *bytes, size_t length);

/* Skip blank lines. False: nothing but blank lines was left. */
bool iso_csv_next_row(iso_csv_cursor *cursor);

/* Append the cell at the cursor, unquoted, without the blanks around it, and a NUL to `text`; move
 * behind the separator or line end after it. *last: it was the last of its row. */
isobit_status iso_csv_cell(iso_csv_cursor *cursor, size_t column, iso_text *text, bool *last);

/* Move over the separator or line end at the cursor, false when there is none; *last as above. */
bool iso_csv_cell_end(iso_csv_cursor *cursor, bool *last);

static inline void iso_csv_skip_blanks(iso_csv_cursor *cursor) {
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t') &&
           *cursor->at != cursor->comma)
        cursor->at++;
}

#endif
