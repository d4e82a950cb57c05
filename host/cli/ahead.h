/* Kernels compiled ahead in several processes at once: PoCL compiles one at a time in each. */
#ifndef ISO_CLI_AHEAD_H
#define ISO_CLI_AHEAD_H

#include "cli/progress.h"
#include "device/wanted.h"

/* The word with which the program starts itself as such a process. */
#define CLI_AHEAD_WORD "--compile"

/* Called by main alone: this process is the program, so that it can be started again. */
void cli_ahead_allow(void);
/* Whether it is, and there is more than one processor to compile on. */
bool cli_ahead_possible(void);

/* Compile what is wanted, for the device of a context, into the caches. What fails is met again
 * where the kernel is built. @param watch shows how far it is; or NULL */
void cli_ahead_compile(iso_wanted *wanted, const isobit_context *context, cli_watch *watch);

/* One of the processes: kernels come on standard input, one at a time, and each is answered with a
 * byte, until there are no more. Returns the exit status. */
int cli_ahead_work(void);

#endif
