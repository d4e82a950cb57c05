/* Command lines: options made from the table of settings, and a command's own flags. */
#ifndef ISO_CLI_OPTIONS_H
#define ISO_CLI_OPTIONS_H

#include "cli/cli.h"

enum { CLI_FLAGS = 8, CLI_WORDS = 4 };

/* An option that is no setting. */
typedef struct cli_flag {
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *help;
} cli_flag;

/* What a command takes. */
typedef struct cli_syntax {
    const char *command;         /* "train" */
    const char *arguments;       /* "DATA" */
    const char *help;            /* a paragraph before the options, and after a \v one behind */
    const char *const *settings; /* which ones are options, ending with NULL; NULL: all */
    const cli_flag *flags;       /* ending with a NULL name */
    size_t least, most;          /* how many words */
} cli_syntax;

typedef struct cli_arguments {
    isobit_settings *settings; /* as the options set them */
    const char
        *flags[CLI_FLAGS]; /* in the order of the syntax; NULL: not given, "" without value */
    const char *words[CLI_WORDS];
    size_t word_count;
} cli_arguments;

/* Read a command line. Returns -1 to go on (then free with cli_arguments_free), or the exit status
 * with the message printed. --help and --version end the program. */
int cli_parse(const cli_syntax *syntax, int argc, char **argv, cli_arguments *out);
void cli_arguments_free(cli_arguments *arguments);

#endif
