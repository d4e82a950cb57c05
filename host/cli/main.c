/* The program; what it does is in commands.c, which tests run too. */
#include "cli/ahead.h"

#include <string.h>

int main(int argc, char **argv) {
    cli_set_up_pocl();
    if (argc == 2 && !strcmp(argv[1], CLI_AHEAD_WORD))
        return cli_ahead_work();
    cli_ahead_allow();
    return cli_main(argc, argv);
}
