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

/* Compile what a training on this context is going to need (run/ahead.h) and is not kept yet.
 * Settings that cannot be trained, as all that fails, are met again where the training begins.
 * @param watch shows how far it is; or NULL */
void cli_ahead_of_training(isobit_context *context, const isobit_data *data,
                           const isobit_settings *settings, cli_watch *watch);

/* One of the processes: kernels come on standard input, one at a time, and each is answered with a
 * byte, until there are no more. Returns the exit status. */
int cli_ahead_work(void);

#endif
