/* How the built-in digits are written: strokes on a square of 100 by 100, y downwards. */
#ifndef ISO_DATA_GLYPHS_H
#define ISO_DATA_GLYPHS_H

#include <stdbool.h>
#include <stddef.h>

enum { ISO_STROKE_POINTS = 12, ISO_GLYPH_STROKES = 3, ISO_GLYPH_STYLES = 3 };

/* A line through points: straight pieces, or a curve (Catmull-Rom; closed when it ends where it
 * began). */
typedef struct iso_stroke {
    size_t points; /* 0: no stroke */
    bool curved;
    unsigned char at[ISO_STROKE_POINTS][2];
} iso_stroke;

typedef iso_stroke iso_glyph[ISO_GLYPH_STROKES];

extern const iso_glyph iso_glyphs[10][ISO_GLYPH_STYLES];

#endif
