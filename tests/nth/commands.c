/* Every subcommand on its way, as the program runs it. */
#include "sweep.h"

#include "cli/cli.h"
#include "device/buffer.h"
#include "device/tuning.h"
#include "run/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NET "dense 3 tanh, dense 2 softmax"
#define TRAIN                                                                                      \
    "train|d.csv|--net|" NET "|--batch|4|--scale|standard|--split|60/20/20|--optimizer|adam"

enum { FILES = 6, WORDS = 32, SMALL = 8192 /* so that copying all of it takes no time */ };

typedef struct command {
    const char *words;        /* separated by bars */
    const char *from;         /* what "out" is a copy of at first; NULL: it is not there */
    const char *makes[FILES]; /* what is the same whenever it succeeds, ending with NULL */
    int other_end;            /* an exit status that is no failure either: diverge's 1 */
    size_t memory;            /* KiB of the device's that it may use; 0: all */
    enum {
        AS_IT_IS,
        TUNED,
        EMPTY
    } cache; /* what is kept there: a winner of the tuner's, nothing */
} command;

/* ---------------------------------------------------------------------------- one run of it -- */

/* Standard output goes to a file, and so does standard error, which is read. */
static int captured(char *words, char *message, size_t room) {
    char *argv[WORDS] = {"isobit"};
    int argc = 1;
    for (char *word; argc + 1 < WORDS && (word = strsep(&words, "|"));)
        argv[argc++] = word;
    const int errors = open("stderr", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int output = open("stdout", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int out = dup(1), err = dup(2);
    sweep_must(errors >= 0 && output >= 0 && out >= 0 && err >= 0, "capturing");
    fflush(stdout);
    dup2(output, 1);
    dup2(errors, 2);
    const int result = cli_main(argc, argv);
    fflush(stdout);
    fflush(stderr);
    dup2(out, 1);
    dup2(err, 2);
    const ssize_t got = pread(errors, message, room - 1, 0);
    message[got > 0 ? got : 0] = '\0';
    const int mine[] = {errors, output, out, err};
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++)
        close(mine[i]);
    return result;
}

/* Whether all but the last line are warnings, and that one begins with the program's name. */
static bool is_one_failure(char *message) {
    char *line = message, *end;
    while ((end = strchr(line, '\n')) && end[1]) {
        if (strncmp(line, "isobit: warning: ", 17) != 0)
            return false;
        line = end + 1;
    }
    const bool good = end && !strncmp(line, "isobit: ", 8);
    if (good)
        *end = '\0';
    return good;
}

/* A model or a checkpoint that is there can be read, and lines are whole. */
static void look_at_folder(const char *folder, sweep_outcome *out) {
    char path[300], last = '\n';
    isobit_model *model = NULL;
    iso_checkpoint *checkpoint = NULL;
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    if (!access(path, F_OK) && isobit_model_load(&model, NULL, path))
        snprintf(out->fault, sizeof out->fault, "leaves a bad model: %s", isobit_error());
    isobit_model_free(model);
    snprintf(path, sizeof path, "%s/checkpoint.safetensors", folder);
    if (!access(path, F_OK) && iso_checkpoint_read(&checkpoint, path))
        snprintf(out->fault, sizeof out->fault, "leaves a bad checkpoint: %s", isobit_error());
    iso_checkpoint_free(checkpoint);
    snprintf(path, sizeof path, "%s/metrics.jsonl", folder);
    FILE *file = fopen(path, "r");
    if (file && !fseek(file, -1, SEEK_END) && fread(&last, 1, 1, file) == 1 && last != '\n')
        snprintf(out->fault, sizeof out->fault, "leaves half a line");
    if (file)
        fclose(file);
    sweep_find_rest(folder, out);
}

static void run(const void *what, sweep_outcome *out) {
    const command *wanted = what;
    char words[1024];
    snprintf(words, sizeof words, "%s", wanted->words);
    const int result = captured(words, out->message, sizeof out->message);
    out->done =
        result == CLI_OK || (wanted->other_end && result == wanted->other_end && !*out->message);
    if (!out->done && result != CLI_FAILED)
        snprintf(out->fault, sizeof out->fault, "ends with %d", result);
    else if (!out->done && !is_one_failure(out->message))
        snprintf(out->fault, sizeof out->fault, "does not end with one line");
}

static void look(const void *what, sweep_outcome *out) {
    const command *wanted = what;
    if (out->done)
        sweep_digest_files(wanted->makes, out->digest);
    look_at_folder("out", out);
    sweep_find_rest(".", out);
    sweep_find_rest("cache", out);
}

/* ------------------------------------------------------------------------------ the commands -- */

/* Beside what streams of devices that were given up in earlier runs hold for ever. */
static void limit_memory(size_t kib) {
    char limit[32];
    snprintf(limit, sizeof limit, "%zuKiB", kib + iso_buffers_live() / 1024 + 1);
    if (kib)
        setenv("ISOBIT_DEVICE_MEMORY", limit, 1);
    else
        unsetenv("ISOBIT_DEVICE_MEMORY");
}

static const size_t tuned_shape[3] = {4, 3, 2}; /* of a product of NET with --batch 4 */

/* Not the default of anywhere, so that tuning forgets it. */
static void keep_winner(void) {
    isobit_context *context;
    sweep_must(iso_context_open(&context, NULL, NULL, NULL) == ISOBIT_OK, "a context");
    sweep_must(iso_tuning_put(context, "gemm_nt", tuned_shape, "naive", "") == ISOBIT_OK,
               "a winner");
    isobit_context_free(context);
}

static void make_folder(const void *what) {
    const command *wanted = what;
    limit_memory(wanted->memory);
    if (wanted->from)
        sweep_copy(wanted->from, "out");
    else
        sweep_remove("out");
    for (const char *const *path = wanted->makes; *path; path++)
        if (!strchr(*path, '/'))
            sweep_remove(*path);
    if (wanted->cache == EMPTY)
        sweep_remove("cache");
    if (wanted->cache == TUNED)
        keep_winner();
}

static const struct {
    const char *name;
    command is;
} commands[] = {
    {"train",
     {.words = TRAIN "|--epochs|2|--keep-best|--out|out",
      .makes = {"out/model.safetensors", "out/run.ini"}}},
    {"train launch by launch",
     {.words = TRAIN
      "|--epochs|1|--variant|resident=off|--digests|digests.jsonl|--quiet|--json|--out|out",
      .makes = {"out/model.safetensors", "out/run.ini", "digests.jsonl"},
      .cache = TUNED}},
    {"train --resume",
     {.words = "train|--resume|out|--epochs|3|--quiet",
      .from = "run",
      .makes = {"out/model.safetensors", "out/run.ini"}}},
    {"train run.ini",
     {.words = "train|run/run.ini|--overwrite|--out|out|--quiet",
      .from = "run",
      .makes = {"out/model.safetensors", "out/run.ini"}}},
    {"train --profile",
     {.words = TRAIN "|--epochs|1|--profile|--quiet|--out|out",
      .makes = {"out/model.safetensors"},
      .memory = SMALL}},
    {"train in chunks",
     {.words = "train|spirals samples=4000 test=20|--net|" NET
               "|--batch|100|--epochs|1|--quiet|--out|out",
      .makes = {"out/model.safetensors"},
      .memory = 108}},
    {"train --watch",
     {.words = TRAIN "|--epochs|1|--watch|--out|out", .makes = {"out/model.safetensors"}}},
    {"train by search",
     {.words =
          "train|xor|--net|dense 3 step, dense 1 step|--optimizer|genetic population=4 elite=1|"
          "--epochs|2|--quiet|--out|out",
      .makes = {"out/model.safetensors"}}},
    {"train images",
     {.words = "train|digits samples=20 test=5|--net|conv 2 5x5 relu, maxpool 2, dropout 0.2, "
               "dense 10 softmax|--clip|1|--batch|10|--epochs|1|--quiet|--out|out",
      .makes = {"out/model.safetensors"}}},
    {"train whitened",
     {.words = "train|spirals samples=40|--scale|whiten|--net|" NET
               "|--batch|10|--epochs|1|--quiet|--out|out",
      .makes = {"out/model.safetensors"}}},
    {"train --dry-run", {.words = TRAIN "|--dry-run", .makes = {"stdout"}}},
    {"eval", {.words = "eval|run/model.safetensors|d.csv", .makes = {"stdout"}}},
    {"eval with nothing cached",
     {.words = "eval|run/model.safetensors|d.csv", .makes = {"stdout"}, .cache = EMPTY}},
    {"eval --json", {.words = "eval|run/model.safetensors|d.csv|--json", .makes = {"stdout"}}},
    {"predict", {.words = "predict|run/model.safetensors|x.csv|--out|p.csv", .makes = {"p.csv"}}},
    {"predict --probabilities",
     {.words = "predict|run/model.safetensors|x.csv|--probabilities|--out|p.npy",
      .makes = {"p.npy"}}},
    {"predict an array", {.words = "predict|run/model.safetensors|x.npy", .makes = {"stdout"}}},
    {"predict to standard output",
     {.words = "predict|run/model.safetensors|x.csv", .makes = {"stdout"}}},
    {"show", {.words = "show|run/model.safetensors", .makes = {"stdout"}}},
    {"show --json", {.words = "show|run/model.safetensors|--json", .makes = {"stdout"}}},
    {"data", {.words = "data|d.csv|--split|60/40", .makes = {"stdout"}}},
    {"data --json", {.words = "data|spirals|--json", .makes = {"stdout"}}},
    {"check", {.words = "check|d.csv|--net|" NET "|--batch|4", .makes = {"stdout"}}},
    {"devices", {.words = "devices", .makes = {"stdout"}}},
    {"devices --json", {.words = "devices|--json", .makes = {"stdout"}}},
    {"doctor", {.words = "doctor|--runs|first"}},
    {"doctor --json", {.words = "doctor|--runs|none|--json"}},
    {"diverge", {.words = "diverge|a.jsonl|b.jsonl", .makes = {"stdout"}, .other_end = 1}},
    {"diverge --json",
     {.words = "diverge|a.jsonl|b.jsonl|--json", .makes = {"stdout"}, .other_end = 1}},
    {"bench",
     {.words = "bench|bias_gradient|--shape|8x8|--rounds|2|--json|r.json|--csv|r.csv|--plot|r.svg",
      .memory = SMALL}},
    {"bench --compare",
     {.words = "bench|bias_gradient|--shape|8x8|--rounds|2|--compare|before.json",
      .memory = SMALL}},
    {"bench step",
     {.words = "bench|step|--data|d.csv|--batch|4|--net|" NET "|--rounds|2", .memory = SMALL}},
    {"demo", {.words = "demo", .makes = {"stdout"}}},
    {"demo NAME", {.words = "demo|small.ini"}},
    {"demo --save", {.words = "demo|small.ini|--save|out", .makes = {"out/a.ini", "stdout"}}},
    {"demo of images", {.words = "demo|images.ini|--plot|d.svg", .makes = {"d.svg"}}},
    {"demo --plot", {.words = "demo|small.ini|--plot|d.svg", .makes = {"d.svg"}}},
    {"tune", {.words = "tune|gemm_nt|--shape|4x3x2|--seconds|10", .cache = TUNED}},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const char demo[] = "[demo]\n"
                           "title = Every view\n"
                           "look = At all of it.\n"
                           "found = Nothing new.\n"
                           "show = figures train_loss\n"
                           "    curves train_loss\n"
                           "    regions\n"
                           "    weights 0.weight\n"
                           "    confusion\n"
                           "    remarks\n"
                           "    warnings\n"
                           "expect = a.train_accuracy >= 0\n"
                           "[data points.csv]\n"
                           "rows = 0,0,in\n"
                           "    0,1,out\n"
                           "    1,1,in\n"
                           "[run a]\n"
                           "data = points.csv\n"
                           "net = dense 2 softmax\n"
                           "epochs = 2\n"
                           "0.weight = 1 2 3 4\n"
                           "0.bias = 0 1\n";

static const char images[] = "[demo]\n"
                             "title = Images\n"
                             "look = At them.\n"
                             "show = weights 0.weight 2\n"
                             "    samples 2\n"
                             "    reconstructions 2\n"
                             "    layers variance\n"
                             "expect = a.epochs = 1\n"
                             "[run a]\n"
                             "data = digits samples=20 test=4\n"
                             "target = input\n"
                             "watch = on\n"
                             "net = dense 3 tanh, dense 784 sigmoid\n"
                             "epochs = 1\n";

static void make(const char *line) {
    char words[1024], message[4096];
    snprintf(words, sizeof words, "%s", line);
    sweep_must(captured(words, message, sizeof message) == CLI_OK, message);
}

const sweep_case *sweep_commands(void) {
    static sweep_case cases[COMMANDS + 1];
    sweep_write("x.csv", "a,b\n0,0\n0,1\n");
    sweep_write("small.ini", demo);
    sweep_write("images.ini", images);
    make(TRAIN "|--epochs|2|--out|run|--quiet|--digests|a.jsonl");
    sweep_change("a.jsonl", "b.jsonl", "\"digest\": \"", 'x');
    make("predict|run/model.safetensors|x.csv|--probabilities|--out|x.npy");
    make("bench|bias_gradient|--shape|8x8|--rounds|2|--json|before.json");
    for (size_t i = 0; i < COMMANDS; i++)
        cases[i] = (sweep_case){.name = commands[i].name,
                                .prepare = make_folder,
                                .run = run,
                                .look = look,
                                .what = &commands[i].is};
    return cases;
}
