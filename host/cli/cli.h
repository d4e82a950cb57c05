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

/* Let PoCL bind each of its threads to a processor, unless the environment says otherwise or asks
 * for fewer threads: they sleep between kernels, and where the system wakes two on one processor, a
 * kernel takes twice as long. To be called before OpenCL is. */
void cli_place_threads(void);

/* OpenCL's drivers being loaded, which takes a while (PoCL brings LLVM), beside other work. Wait in
 * every case, before OpenCL is used otherwise. */
typedef struct cli_loading {
    bool under_way;
    pthread_t thread;
} cli_loading;
cli_loading cli_load_opencl(void);
void cli_load_wait(cli_loading *loading);

/* Open the device that the settings device, kernels and variant ask for. */
isobit_status cli_open_device(isobit_context **out, const isobit_settings *settings);

/* Print isobit_error() as the one line that a failure is. Returns the exit status. */
int cli_fail(isobit_status status);
/* The same for what the command line itself got wrong. */
int cli_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
