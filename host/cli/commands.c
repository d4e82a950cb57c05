/* isobit COMMAND …: finds the command and runs it. */
#include "cli/cli.h"
#include "cli/report.h"

#include "base/text.h"
#include "device/context.h"

#include <argp.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"train", cmd_train, "train a network on a data set, or as a run.ini says"},
    {"eval", cmd_eval, "score a model: loss, accuracy, precision and recall, confusions"},
    {"predict", cmd_predict, "apply a model to new samples"},
    {"show", cmd_show, "what is in a model file: layers, settings, digest"},
    {"data", cmd_data, "look at a data set: shape, classes, ranges, samples"},
    {"demo", cmd_demo, "small networks that show what can be learnt, and how"},
    {"check", cmd_check, "compare a network's gradients with finite differences"},
    {"devices", cmd_devices, "list the OpenCL devices, and say which one would be chosen"},
    {"doctor", cmd_doctor, "whether each device computes the contract's bits"},
    {"diverge", cmd_diverge, "where two runs of the same training begin to differ"},
    {"bench", cmd_bench, "verify kernel variants, then time and rank them"},
    {"tune", cmd_tune, "find and keep the fastest kernels for this device"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

int cli_fail(isobit_status status) {
    fflush(stdout);
    fprintf(stderr, "isobit: %s\n", isobit_error());
    return status == ISOBIT_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED;
}

int cli_misuse(const char *format, ...) {
    va_list arguments;
    fflush(stdout);
    fputs("isobit: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return CLI_USAGE;
}

isobit_status cli_open_device(isobit_context **out, const isobit_settings *settings) {
    return isobit_context_open(out, settings);
}

static const char *name_at(size_t index) { return index < COMMANDS ? commands[index].name : NULL; }

static void print_version(FILE *stream, struct argp_state *state) {
    (void)state;
    fprintf(stream, "isobit %s (numerics contract %d)\n", isobit_version(), ISOBIT_CONTRACT);
}

static void print_help(void) {
    puts("Usage: isobit COMMAND …\n"
         "\n"
         "Train neural networks on any OpenCL device, with the same bits on every device.\n"
         "\n"
         "Commands:");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-9s %s\n", commands[i].name, commands[i].help);
    puts("\n"
         "isobit COMMAND --help tells more about one. Begin with:\n"
         "\n"
         "  isobit demo\n"
         "  isobit data digits\n"
         "  isobit train digits --net \"dense 128 relu, dense 10 softmax\"\n"
         "\n"
         "Environment:\n"
         "  ISOBIT_DEVICE         the device to use: cpu, gpu, an index or part of a name\n"
         "  ISOBIT_DEVICE_MEMORY  use no more of its memory, as 512MiB\n"
         "  ISOBIT_WATCHDOG       how long a kernel may take, in seconds [600]; 0: for ever\n"
         "  NO_COLOR              no colours on the terminal\n"
         "  POCL_AFFINITY         0: PoCL's threads are not bound to processors\n"
         "  POCL_DEVICES          what PoCL offers [pthread basic: with threads, and without]\n"
         "\n"
         "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted (Ctrl-C), 143 ended\n"
         "(SIGTERM); a failure is one line on standard error.");
}

static int run(int argc, char **argv) {
    const char *word = argc > 1 ? argv[1] : "--help";
    if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
        print_version(stdout, NULL);
        return CLI_OK;
    }
    if (!strcmp(word, "help") && argc > 2) { /* isobit help train: isobit train --help */
        static char help[] = "--help";
        word = argv[2];
        argv[2] = help;
    } else if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "-?") ||
               !strcmp(word, "help")) {
        print_help();
        return argc > 1 ? CLI_OK : CLI_USAGE;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, word))
            return commands[i].run(argc - 1, argv + 1);
    return cli_fail(iso_unknown_name("command", word, name_at));
}

int cli_main(int argc, char **argv) {
    setlocale(LC_CTYPE, ""); /* numbers stay as in the C locale */
    argp_program_version_hook = print_version;
    argp_err_exit_status = CLI_USAGE;
    int status = run(argc, argv);
    if (fflush(stdout) || ferror(stdout))
        fputs("isobit: cannot write to standard output\n", stderr);
    else if (cli_table_lost() && !status)
        fputs("isobit: out of memory: not everything was printed\n", stderr);
    else
        return status;
    return status ? status : CLI_FAILED;
}
