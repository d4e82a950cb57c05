/* Files inside the program (host/packaging/embed.cmake). */
#ifndef ISO_BASE_EMBEDDED_H
#define ISO_BASE_EMBEDDED_H

/* One of them; a table of them ends with a NULL name. */
typedef struct iso_embedded {
    const char *name, *text;
    const char *sha256; /* of the text, in hex */
} iso_embedded;

#endif
