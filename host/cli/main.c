/* The program; what it does is in commands.c, which tests run too. */
#include "cli/cli.h"

int main(int argc, char **argv) {
    cli_place_threads();
    return cli_main(argc, argv);
}
