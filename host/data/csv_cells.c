#include "data/csv_cells.h"

#include <string.h>

static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

char iso_csv_comma(const char *bytes, size_t length) {
    static const char commas[] = {'\t', ';', ','};
    size_t count[sizeof commas] = {0}, best = 2;
    bool quoted = false, blank = true;
    for (size_t i = 0; i < length; i++) {
        quoted ^= bytes[i] == '"';
        if (!quoted && is_line_end(bytes[i])) {
            if (!blank)
                break;
            continue;
        }
        blank = blank && bytes[i] == ' ';
        for (size_t k = 0; k < sizeof commas && !quoted; k++)
            count[k] += bytes[i] == commas[k];
    }
    for (size_t k = sizeof commas; k-- > 0;)
        best = count[k] && count[k] >= count[best] ? k : best;
    return commas[best];
}

/* Move over one line end: \n, \r\n or a lone \r. */
static void skip_line_end(iso_csv_cursor *cursor) {
    if (*cursor->at == '\r' && cursor->at + 1 < cursor->end && cursor->at[1] == '\n')
        cursor->at++;
    cursor->at++;
    cursor->line++;
}

bool iso_csv_cell_end(iso_csv_cursor *cursor, bool *last) {
    *last = cursor->at == cursor->end || is_line_end(*cursor->at);
    if (cursor->at == cursor->end)
        return true;
    if (*last)
        skip_line_end(cursor);
    else if (*cursor->at == cursor->comma)
        cursor->at++;
    else
        return false;
    return true;
}

bool iso_csv_next_row(iso_csv_cursor *cursor) {
    for (;;) {
        iso_csv_cursor ahead = *cursor;
        iso_csv_skip_blanks(&ahead);
        if (ahead.at == ahead.end)
            return false;
        if (!is_line_end(*ahead.at))
            return true;
        skip_line_end(&ahead);
        *cursor = ahead;
    }
}

/* The cursor is behind an opening quote: append up to the closing one. */
static isobit_status append_quoted(iso_csv_cursor *cursor, size_t column, iso_text *text) {
    size_t first = cursor->line;
    for (;;) {
        const char *from = cursor->at;
        const char *quote = memchr(from, '"', (size_t)(cursor->end - from));
        if (!quote)
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "%s: line %zu, column %zu: a quote is opened and never closed",
                            cursor->path, first, column);
        for (const char *c = from; c < quote; c++)
            cursor->line += *c == '\n' || (*c == '\r' && c[1] != '\n');
        cursor->at = quote + 1;
        bool doubled = cursor->at < cursor->end && *cursor->at == '"';
        iso_text_append(text, from, (size_t)(quote - from) + doubled);
        if (!doubled)
            return text->status;
        cursor->at++;
    }
}

isobit_status iso_csv_cell(iso_csv_cursor *cursor, size_t column, iso_text *text, bool *last) {
    iso_csv_skip_blanks(cursor);
    size_t line = cursor->line;
    if (cursor->at < cursor->end && *cursor->at == '"') {
        cursor->at++;
        ISO_TRY(append_quoted(cursor, column, text));
        iso_csv_skip_blanks(cursor);
    } else {
        const char *from = cursor->at;
        while (cursor->at < cursor->end && *cursor->at != cursor->comma &&
               !is_line_end(*cursor->at))
            cursor->at++;
        const char *to = cursor->at;
        while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
            to--;
        iso_text_append(text, from, (size_t)(to - from));
    }
    iso_text_append(text, "", 1);
    if (text->status != ISOBIT_OK)
        return text->status;
    if (!iso_csv_cell_end(cursor, last))
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: line %zu, column %zu: text after the closing quote; a quote inside a "
                        "quoted cell is written twice",
                        cursor->path, line, column);
    return ISOBIT_OK;
}
