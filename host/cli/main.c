/* The program; what it does is in commands.c, which tests run too. */
#include "cli/cli.h"

int main(int argc, char **argv) {
    cli_set_up_pocl();
    return cli_main(argc, argv);
}
