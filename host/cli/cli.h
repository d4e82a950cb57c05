/* The program: one function per subcommand, and what they share. */
#ifndef ISO_CLI_CLI_H
#define ISO_CLI_CLI_H

#include <isobit/isobit.h>

#include <pthread.h>

/* Exit statuses; an interrupted training ends with 128 and the signal's number. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* The whole program: finds the command and runs it. Returns the exit status; --help and --version
 * of a command exit. argv may be changed. */
int cli_main(int argc, char **argv);

/* A command's main. argv[0] is the command's name and may be replaced. */
int cmd_bench(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_data(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_devices(int argc, char **argv);
int cmd_diverge(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_tune(int argc, char **argv);

/* Let PoCL offer the processor both with threads and without, so that each network trains on the
 * faster one (bench/rivals.h); and let it bind each of its threads to a processor, unless fewer are
 * asked for: they sleep between kernels, and where the system wakes two on one processor, a kernel
 * takes twice as long; and let it open without hwloc's asking each processor what the system has
 * told already. What the environment says goes before. To be called before OpenCL is. */
void cli_set_up_pocl(void);

/* Open the device that the settings device, kernels and variant ask for. */
isobit_status cli_open_device(isobit_context **out, const isobit_settings *settings);

/* The same beside other work, for it takes a while (PoCL brings LLVM). Every beginning has its end,
 * before OpenCL is used otherwise and while the settings live.
 * @param check find out, too, whether the device is exact */
typedef struct cli_opening {
    const isobit_settings *settings;
    bool check, under_way;
    pthread_t thread;
    isobit_context *context;
    isobit_status status;
    char why[2048];
} cli_opening;
void cli_open_begin(cli_opening *opening, const isobit_settings *settings, bool check);
isobit_status cli_open_end(cli_opening *opening, isobit_context **out);

/* Print isobit_error() as the one line that a failure is. Returns the exit status. */
int cli_fail(isobit_status status);
/* The same for what the command line itself got wrong. */
int cli_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
