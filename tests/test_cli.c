/* The program as its users meet it: commands, messages, exit statuses, files. */
#include "device.h"
#include "program.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define TRAIN_XOR "train xor --net 'dense 8 tanh, dense 2 softmax' --epochs 3 --batch 2 "

TestSuite(cli, .init = enter_folder, .fini = leave_folder);

/* ---------------------------------------------------------------------------- the command line */

Test(cli, every_command_has_help_and_version) {
    char known[512], words[64], *rest = known;
    size_t count = 0;
    snprintf(known, sizeof known, "%s", strstr(run("no-such-command")->err, "Known: ") + 7);
    for (const char *name; (name = strsep(&rest, ", \n"));) {
        if (!*name)
            continue;
        snprintf(words, sizeof words, "%s --help", name);
        has_text(works(words)->out, "Usage: isobit ");
        snprintf(words, sizeof words, "%s --version", name);
        has_text(works(words)->out, "numerics contract");
        has_text(works("--help")->out, name);
        count++;
    }
    cr_assert(count >= 11, "%zu commands", count);
    has_text(works("help train")->out, "--optimizer=NAME");
    has_text(works("train -h")->out, "--optimizer=NAME");
    has_text(works("--version")->out, isobit_version());
}

Test(cli, the_help_of_train_tells_of_every_setting) {
    const said *help = works("train --help");
    const isobit_setting *setting;
    char option[64];
    for (size_t i = 0; (setting = isobit_setting_at(i)); i++) {
        const bool on = !strcmp(setting->default_value, "on");
        snprintf(option, sizeof option, " --%s%s", on ? "no-" : "", setting->name);
        has_text(help->out, option);
    }
}

Test(cli, early_stopping_says_when_and_which_epoch_was_kept) {
    const char *out = works("train 'line samples=60' --net 'dense 8 tanh, dense 1' --epochs 40 "
                            "--split 70/15/15 --early-stop 2 --keep-best --optimizer 'sgd lr=0.9' "
                            "--out stopped")
                          ->out;
    size_t after = 0, of = 0, best = 0, kept = 0;
    const char *at = strstr(out, "stopped after epoch ");
    cr_assert(at, "%s", out);
    cr_assert_eq(sscanf(at,
                        "stopped after epoch %zu of %zu: no smaller validation loss since epoch "
                        "%zu\nkept the parameters of epoch %zu,",
                        &after, &of, &best, &kept),
                 4, "%s", out);
    cr_assert(of == 40 && best == kept && after == best + 2, "%s", out);
}

Test(cli, a_wrong_name_is_answered_with_the_nearest_right_one) {
    fails("trian", 2, "unknown command \"trian\": did you mean \"train\"? Known: train, eval, ");
    fails("train xor --nte x", 2, "unknown option \"nte\": did you mean \"net\"?");
    fails("eval m d --prat test", 2, "did you mean \"part\"?");
    fails("train xor --net 'dens 2'", 2, "did you mean \"dense\"?");
    fails("train xor --net 'dense 2 sofmax'", 2, "did you mean \"softmax\"?");
    fails("train xor --net 'dense 2 softmax' --optimizer amad", 2, "did you mean \"adam\"?");
    fails("train xro --net 'dense 2 softmax'", 2, "did you mean \"xor\"?");
    cr_assert_not(there("runs"), "nothing is half-written");
}

Test(cli, misuse_is_one_line_and_status_2) {
    fails("train", 2, "train needs data");
    fails("train xor", 2, "net: no network given");
    fails("train xor --net", 2, "--net needs a value: LAYERS");
    fails("train xor --quiet=1", 2, "--quiet takes no value");
    fails("train xor moons --net 'dense 2'", 2, "unexpected \"moons\"");
    fails("train xor --data moons", 2, "data is given twice");
    fails("train xor -x", 2, "unknown option \"-x\"");
    fails("train xor --epochs many", 2, "epochs: \"many\" is not a whole number");
    fails("eval", 2, "eval needs MODEL DATA");
    fails("predict m d --out x.txt", 2, "ends in neither .csv nor .npy");
    fails("data xor --samples x", 2, "samples: \"x\"");
    cr_assert_eq(run("")->status, 2);
}

Test(cli, bad_files_are_named_with_the_place) {
    put_text("ragged.csv", "1,2,0\n3,1\n");
    put_text("bad.ini", "[run]\nnet = dense 2 softmax\nepoch = 3\n");
    put_text("short.safetensors", "\x20");
    put_text("empty.csv", "");
    fails("train none.csv --net 'dense 2'", 1, "none.csv: cannot open");
    fails("train ragged.csv --net 'dense 2'", 1, "ragged.csv: line 2: ");
    fails("train empty.csv --net 'dense 2'", 1, "empty.csv: ");
    fails("train bad.ini", 2,
          "bad.ini: line 3: unknown setting \"epoch\": did you mean \"epochs\"?");
    fails("train none.ini", 1, "none.ini: cannot open");
    fails("show short.safetensors", 1, "short.safetensors: 1 bytes");
    fails("show none.safetensors", 1, "none.safetensors: cannot open");
    cr_assert_not(there("runs"));
}

/* ----------------------------------------------------------------------------------- training */

Test(cli, training_leaves_a_run_folder_and_says_what_to_do_next) {
    const said *result = works(TRAIN_XOR);
    char digest[65];
    has_text(result->out, "  3/3");
    has_text(result->out, "\nparameters sha256 ");
    memcpy(digest, strstr(result->out, "sha256 ") + 7, 64);
    digest[64] = '\0';
    has_text(result->out, "isobit eval runs/xor-1/model.safetensors xor\n");
    cr_assert(there("runs/xor-1/run.ini"));
    cr_assert(there("runs/xor-1/metrics.jsonl"));
    has_text(works("show runs/xor-1/model.safetensors")->out, digest);
    has_text(works("eval runs/xor-1/model.safetensors xor")->out, "confusion");
    works(TRAIN_XOR);
    cr_assert(there("runs/xor-2/model.safetensors"));
}

Test(cli, the_same_settings_from_run_ini_give_the_same_model_file) {
    put_text("d.csv", "x,y,kind\n1,2,ant\n3,5,bee\n2,2,ant\n4,4,bee\n5,1,ant\n1,7,bee\n");
    works("train d.csv --net 'dense 4 gelu, dense 1 sigmoid' --optimizer 'adam lr=0.02' --epochs 4 "
          "--split 70/30 --scale minmax --seed 9 --batch 3 --out a --quiet");
    works("train a/run.ini --out b --quiet");
    cr_assert_eq(system("cmp a/model.safetensors b/model.safetensors"), 0);
    cr_assert_eq(system("mkdir deeper && cd deeper && '" ISOBIT_PROGRAM
                        "' train ../a/run.ini --out c --quiet --epochs 5"),
                 0, "flags win over the file, whose paths hold from anywhere");
    cr_assert_neq(system("cmp -s a/model.safetensors deeper/c/model.safetensors"), 0);
}

Test(cli, quiet_prints_nothing_and_json_only_json) {
    cr_assert_str_empty(works(TRAIN_XOR "--quiet")->out);
    char text[sizeof((said *)0)->out];
    memcpy(text, works(TRAIN_XOR "--json --out j")->out, sizeof text);
    size_t lines = 0;
    for (char *save, *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        json_t *object = json_of(line);
        if (++lines < 4)
            cr_assert_eq((size_t)json_integer_value(json_object_get(object, "epoch")), lines);
        else {
            const double start = json_number_value(json_object_get(object, "startup_seconds"));
            cr_assert_str_eq(json_string_value(json_object_get(object, "model")),
                             "j/model.safetensors");
            cr_assert(start > 0 && start < 600, "the first step came after %g s", start);
        }
        json_decref(object);
    }
    cr_assert_eq(lines, 4);
}

Test(cli, no_epochs_write_the_initial_model) {
    works(TRAIN_XOR "--epochs 0 --out a");
    works(TRAIN_XOR "--epochs 0 --init-from a/model.safetensors --out b");
    char first[65], *out = strstr(run("show a/model.safetensors")->out, "sha256 ");
    memcpy(first, out + 7, 64);
    first[64] = '\0';
    has_text(works("show b/model.safetensors")->out, first);
}

Test(cli, a_run_folder_is_not_overwritten_unasked) {
    works(TRAIN_XOR "--out o --quiet");
    fails(TRAIN_XOR "--out o --quiet", 1, "o: is there and not empty");
    works(TRAIN_XOR "--out o --overwrite --quiet");
}

Test(cli, a_rate_that_diverges_names_the_step_and_leaves_nothing_half_written) {
    fails("train moons --net 'dense 8, dense 2' --optimizer 'sgd lr=1e20' --out o --quiet", 1,
          "diverged");
    cr_assert_not(there("o"));
}

/* Wait until a file has something in it. */
static void await(const char *path) {
    struct stat info = {0};
    const struct timespec pause = {0, 20000000};
    for (int i = 0; i < 3000 && (stat(path, &info) || !info.st_size); i++)
        nanosleep(&pause, NULL);
    cr_assert(info.st_size, "%s has not come", path);
}

/* A training of a million epochs and more, once it has done one. */
static pid_t start_training(const char *data, const char *net) {
    pid_t child = fork();
    if (!child) {
        if (freopen("out", "w", stdout))
            execl(ISOBIT_PROGRAM, "isobit", "train", data, "--net", net, "--epochs", "4000000",
                  "--out", "o", (char *)NULL);
        _exit(99);
    }
    await("o/metrics.jsonl");
    return child;
}

static void interrupt_with(int number, int status) {
    int ended;
    pid_t child = start_training("moons", "dense 8 tanh, dense 2 softmax");
    kill(child, number);
    cr_assert_eq(waitpid(child, &ended, 0), child);
    cr_assert(WIFEXITED(ended));
    cr_assert_eq(WEXITSTATUS(ended), status);
}

Test(cli, an_interrupted_training_saves_its_model_and_says_how_to_go_on) {
    static char out[1 << 20];
    interrupt_with(SIGINT, 130);
    slurp("out", out, sizeof out);
    has_text(out, "Stopped after step");
    has_text(works("show o/model.safetensors")->out, "parameters sha256");
    cr_assert_eq(system("rm -r o"), 0);
    interrupt_with(SIGTERM, 143);
    cr_assert(there("o/model.safetensors"));
}

/* How many threads of a process are bound to a single processor. */
static int bound_threads(pid_t process) {
    char command[128], text[32] = "";
    snprintf(command, sizeof command,
             "grep -h Cpus_allowed_list: /proc/%d/task/*/status | grep -c '\t[0-9]*$' >bound",
             process);
    cr_assert_neq(system(command), -1);
    slurp("bound", text, sizeof text);
    return atoi(text);
}

Test(cli, pocl_has_a_processor_for_each_of_its_threads_unless_told_otherwise) {
    need_pocl();
    const char *const net = "dense 256 relu, dense 10 softmax";
    const int processors = (int)sysconf(_SC_NPROCESSORS_ONLN);
    unsetenv("POCL_MAX_PTHREAD_COUNT");
    unsetenv("POCL_CPU_MAX_CU_COUNT");
    for (int unbound = 0; unbound < 2 && processors > 1; unbound++) {
        if (unbound)
            setenv("POCL_AFFINITY", "0", 1);
        pid_t child = start_training("digits", net);
        const int bound = bound_threads(child);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        cr_assert_eq(bound, unbound ? 0 : processors);
        cr_assert_eq(system("rm -r o"), 0);
    }
}

/* ------------------------------------------------------------------------- eval, predict, data */

/* A model that knows its classes after a few epochs. */
static void train_ants(void) {
    put_text("d.csv",
             "x,y,kind\n-1,-2,ant\n1,2,bee\n-2,-2,ant\n2,1,bee\n-3,-1,ant\n3,1,\"b,ee\"\n");
    works("train d.csv --net 'dense 3 softmax' --optimizer 'sgd lr=0.5' --epochs 200 --out m "
          "--quiet");
}

Test(cli, eval_gives_scores_that_fit_together) {
    train_ants();
    json_t *object = json_of(works("eval m/model.safetensors d.csv --json")->out);
    size_t right = 0, all = 0, row, column;
    json_t *line, *count;
    json_array_foreach(json_object_get(object, "confusion"), row, line) {
        json_array_foreach(line, column, count) {
            all += (size_t)json_integer_value(count);
            right += row == column ? (size_t)json_integer_value(count) : 0;
        }
    }
    cr_assert_eq(all, 6);
    cr_assert_float_eq(json_number_value(json_object_get(object, "accuracy")), (double)right / 6,
                       1e-6);
    json_decref(object);
    put_text("some.csv", "x,y,kind\n1,2,bee\n2,3,bee\n");
    has_text(works("eval m/model.safetensors some.csv")->out, "bee");
    put_text("strange.csv", "x,y,kind\n1,2,cow\n2,3,bee\n");
    fails("eval m/model.safetensors strange.csv", 2, "does not know the class \"cow\"");
    fails("eval m/model.safetensors digits", 2, "784 features");
    fails("eval m/model.safetensors d.csv --part test", 2, "has no test part");
}

Test(cli, predict_writes_classes_and_probabilities) {
    train_ants();
    const said *result = works("predict m/model.safetensors d.csv --label kind --probabilities");
    cr_assert(!strncmp(result->out, "class,p_ant,\"p_b,ee\",p_bee\nant,0.9", 34), "%s",
              result->out);
    fails("predict m/model.safetensors - < /dev/null", 1, "standard input: the file is empty");
    put_text("new.csv", "-2,-2\n2,1\n");
    cr_assert_str_eq(works("predict m/model.safetensors - < new.csv")->out, "class\nant\nbee\n");
    has_text(works("predict m/model.safetensors new.csv --out p.csv")->out,
             "2 predictions in p.csv");
    works("predict m/model.safetensors new.csv --out p.npy");
    char bytes[200] = {0};
    slurp("p.npy", bytes, sizeof bytes);
    cr_assert(!memcmp(bytes, "\x93NUMPY", 6));
    has_text(bytes + 10, "'descr': '<U4', 'fortran_order': False, 'shape': (2,), }");
    fails("predict m/model.safetensors d.csv", 1, "name it with --label");
}

Test(cli, a_regression_has_its_own_scores) {
    works("train line --net 'dense 1' --epochs 30 --split 80/20 --out m --quiet");
    const said *result = works("eval m/model.safetensors line");
    has_text(result->out, "R2");
    put_text("new.csv", "0\n");
    result = works("predict m/model.safetensors new.csv");
    cr_assert(!strncmp(result->out, "y\n", 2));
    cr_assert_float_eq(strtod(result->out + 2, NULL), 1, 0.1);
}

Test(cli, data_shows_parts_classes_and_samples) {
    const said *result = works("data digits");
    has_text(result->out, "28x28 bytes");
    has_text(result->out, "together     5,000    1,000");
    json_t *object = json_of(works("data moons --split 80/20 --json")->out);
    cr_assert_eq(json_integer_value(json_object_get(json_object_get(object, "samples"), "test")),
                 200);
    json_decref(object);
}

/* ------------------------------------------------------------------------------------ memory -- */

Test(cli, a_dry_run_prints_the_memory_and_writes_nothing) {
    const char *const train = "train 'moons samples=3000' --net 'dense 8 tanh, dense 2 softmax' ";
    char command[400];
    snprintf(command, sizeof command, "%s --dry-run", train);
    const said *result = works(command);
    has_text(result->out, "the parameters");
    has_text(result->out, "The data set stays on the device.");
    snprintf(command, sizeof command, "%s --batch 4 --device-memory 75KiB --dry-run", train);
    has_text(works(command)->out, "passes through the device");
    snprintf(command, sizeof command, "%s --batch 300 --device-memory 75KiB --dry-run --json",
             train);
    result = run(command);
    cr_assert_eq(result->status, 1);
    has_text(result->err, "the largest batch that fits is ");
    has_text(result->out, "\"fits\": false");
    cr_assert(!there("runs"));
    snprintf(command, sizeof command, "%s --batch 300 --device-memory 75KiB", train);
    fails(command, 1, "of 300 asked for");
    cr_assert(!there("runs"));
    snprintf(command, sizeof command, "%s --device-memory 20k", train);
    fails(command, 2, "is no size of memory");
}
