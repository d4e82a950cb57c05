/* Loading: sources, settings, test files, splits, and arrays of the caller's. */
#include "base/fault.h"
#include "base/memory.h"
#include "base/settings.h"
#include "data/split.h"
#include "test_data.h"

#include <math.h>
#include <sys/stat.h>

/* Load with settings given as name, value, …, NULL. */
static isobit_status load(isobit_data **out, const char *source, const char *const *pairs) {
    isobit_settings *settings;
    WORKS(isobit_settings_new(&settings));
    for (; *pairs; pairs += 2)
        WORKS(isobit_settings_set(settings, pairs[0], pairs[1]));
    isobit_status status = isobit_data_load(out, source, settings);
    isobit_settings_free(settings);
    return status;
}
#define LOAD(out, source, ...) load(out, source, (const char *const[]){__VA_ARGS__, NULL})

static void expect_parts(const isobit_data *data, size_t train, size_t validation, size_t test) {
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TRAIN), train);
    cr_assert_eq(isobit_data_samples(data, ISOBIT_VALIDATION), validation);
    cr_assert_eq(isobit_data_samples(data, ISOBIT_TEST), test);
    cr_assert_eq(isobit_data_samples(data, ISOBIT_PARTS), 0);
    char *seen = calloc(data->samples, 1);
    cr_assert(seen);
    for (size_t i = 0; i < data->samples; i++)
        cr_assert_eq(seen[data->order[i]]++, 0, "sample %u is in two places", data->order[i]);
    free(seen);
}

/* `samples` rows "i,class", class = i % classes. */
static void put_rows(const char *path, size_t samples, size_t classes) {
    FILE *file = fopen(path, "w");
    cr_assert(file);
    for (size_t i = 0; i < samples; i++)
        fprintf(file, "%zu,%zu\n", i, i % classes);
    fclose(file);
}

Test(data_load, all_data_is_training_data_unless_told_otherwise) {
    isobit_data *data;
    WORKS(isobit_data_load(&data, "spirals", NULL));
    expect_parts(data, 1000, 0, 0);
    for (uint32_t i = 0; i < 1000; i++)
        cr_assert_eq(data->order[i], i);
    cr_assert_eq(isobit_data_features(data), 2);
    cr_assert_eq(isobit_data_classes(data), 2);
    cr_assert_eq(isobit_data_outputs(data), 0);
    isobit_data_free(data);
    isobit_data_free(NULL);
}

Test(data_load, a_wrong_name_answers_with_the_nearest_and_the_list) {
    isobit_data *data;
    BAD_ARGUMENT(
        isobit_data_load(&data, "digist samples=3", NULL),
        "unknown data set \"digist\": did you mean \"digits\"? Known: digits, xor, and, "
        "or, spirals, moons, circles, line, parabola, shapes; or give a file or folder, none of "
        "which has that "
        "name");
    BAD_ARGUMENT(isobit_data_load(&data, "moons noice=3", NULL),
                 "moons: unknown option \"noice\"; known: samples, test, noise, seed");
    REFUSED(isobit_data_load(&data, "no/such.csv", NULL), ISOBIT_ERROR_FILE,
            "no/such.csv: cannot open: No such file or directory");
    BAD_ARGUMENT(LOAD(&data, "moons", "task", "guess"),
                 "task: \"guess\" is neither classify nor regress");
}

Test(data_load, files_are_known_by_suffix_or_else_by_content, .init = enter_folder,
     .fini = leave_folder) {
    isobit_data *data;
    put_text("a.tsv", "1\t2\n");
    put_text("b", "1,2\n");
    put_text("c.csv.gz", "whatever");
    put_text("d", "\x93NUMPY");
    put_text("e", "PK\3\4");
    put_text("digits", "1,2\n");
    put_text("empty.csv", "");
    put_text("empty.npz", "");
    WORKS(isobit_data_load(&data, "a.tsv", NULL));
    cr_assert_str_eq(data->name, "a");
    cr_assert_str_eq(data->source, "a.tsv");
    isobit_data_free(data);
    WORKS(isobit_data_load(&data, "b", NULL));
    isobit_data_free(data);
    BAD_FORMAT(isobit_data_load(&data, "c.csv.gz", NULL),
               "c.csv.gz: only IDX files are read packed; unpack it first (gunzip -k)");
    BAD_FORMAT(
        isobit_data_load(&data, "d", NULL),
        "d: one array has no place for labels; save both with numpy.savez(\"data.npz\", x=…, "
        "y=…)");
    BAD_FORMAT(isobit_data_load(&data, "e", NULL),
               "e: not a zip archive, or cut short: the directory at its end is missing");
    BAD_FORMAT(isobit_data_load(&data, "empty.csv", NULL), "empty.csv: the file is empty");
    BAD_FORMAT(isobit_data_load(&data, "empty.npz", NULL), "empty.npz: the file is empty");
    WORKS(isobit_data_load(&data, "digits samples=10 test=0", NULL)); /* not the file */
    cr_assert_str_eq(data->name, "digits");
    isobit_data_free(data);
    WORKS(isobit_data_load(&data, "./digits", NULL)); /* the file */
    cr_assert_eq(data->samples, 1);
    isobit_data_free(data);
}

Test(data_load, standard_input_is_csv) {
    iso_table table;
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "1,2\n3,x\n", 8), 8);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    BAD_FORMAT(iso_read_table(&table, "-", false, NULL),
               "standard input: line 2, column 2: \"x\" is not a number");
}

Test(data_load, two_parts_are_train_and_test_three_have_validation_between, .init = enter_folder,
     .fini = leave_folder) {
    isobit_data *data, *again;
    put_rows("data.csv", 150, 3);
    WORKS(LOAD(&data, "data.csv", "split", "80/20"));
    expect_parts(data, 120, 0, 30);
    WORKS(LOAD(&again, "data.csv", "split", "0.8/0.2"));
    cr_assert_eq(memcmp(data->order, again->order, 150 * sizeof *data->order), 0);
    isobit_data_free(again);
    WORKS(LOAD(&again, "data.csv", "split", "80/20", "seed", "2"));
    cr_assert_neq(memcmp(data->order, again->order, 150 * sizeof *data->order), 0);
    isobit_data_free(again);
    isobit_data_free(data);
    WORKS(LOAD(&data, "data.csv", "split", "70/15/15"));
    expect_parts(data, 105, 23, 22); /* 105, 127.5 rounded up, 150 */
    isobit_data_free(data);
}

Test(data_load, a_stratified_split_keeps_the_proportion_of_classes, .init = enter_folder,
     .fini = leave_folder) {
    isobit_data *data;
    put_rows("data.csv", 200, 4);
    WORKS(LOAD(&data, "data.csv", "split", "60/20/20", "stratify", "on"));
    expect_parts(data, 120, 40, 40);
    for (size_t part = 0; part < ISOBIT_PARTS; part++) {
        size_t count[4] = {0}, size = isobit_data_samples(data, (isobit_part)part);
        for (size_t i = data->begin[part]; i < data->begin[part + 1]; i++) {
            count[data->labels[data->order[i]]]++;
            cr_assert(i == data->begin[part] || data->order[i] > data->order[i - 1]);
        }
        for (size_t class = 0; class < 4; class ++)
            cr_assert_eq(count[class], size / 4);
    }
    isobit_data_free(data);
}

Test(data_load, splits_that_make_no_sense_are_refused) {
    isobit_data *data;
    BAD_ARGUMENT(LOAD(&data, "moons", "split", "80"),
                 "split: \"80\" has 1 parts; it is written 80/20 (train/test) or 70/15/15 "
                 "(train/validation/test)");
    BAD_ARGUMENT(LOAD(&data, "moons", "split", "1/1/1/1"),
                 "split: \"1/1/1/1\" has 4 parts; it is written 80/20 (train/test) or 70/15/15 "
                 "(train/validation/test)");
    BAD_ARGUMENT(LOAD(&data, "moons", "split", "80/-20"),
                 "split: -20 is out of range 1e-06 to 1e+09");
    BAD_ARGUMENT(LOAD(&data, "moons", "split", "80:20"), "split: \"80:20\" is not a number");
    BAD_ARGUMENT(LOAD(&data, "xor", "split", "99/1"),
                 "split: \"99/1\" of the 4 samples of xor leaves no test sample");
    BAD_ARGUMENT(LOAD(&data, "line", "split", "80/20", "stratify", "on"),
                 "stratify: line has no classes; only they can be stratified");
}

Test(data_load, with_a_test_part_of_its_own_a_split_makes_a_validation_part) {
    isobit_data *data;
    WORKS(LOAD(&data, "digits samples=100 test=10", "split", "90/10"));
    expect_parts(data, 90, 10, 10);
    for (size_t i = 100; i < 110; i++)
        cr_assert_eq(data->order[i], i);
    isobit_data_free(data);
    BAD_ARGUMENT(LOAD(&data, "digits samples=100 test=10", "split", "70/15/15"),
                 "split: digits samples=100 test=10 has a test part of its own, so \"70/15/15\" is "
                 "one part too many; two parts are train/validation here");
}

Test(data_load, a_test_file_is_read_in_the_terms_of_the_training_file, .init = enter_folder,
     .fini = leave_folder) {
    isobit_data *data;
    put_text("train.csv", "1,2,b\n3,4,a\n5,6,c\n");
    put_text("test.csv", "7,8,c\n9,1,b\n");
    WORKS(LOAD(&data, "train.csv", "test", "test.csv"));
    expect_parts(data, 3, 0, 2);
    cr_assert(data->labels[3] == 2 && data->labels[4] == 1 && ((float *)data->x)[6] == 7);
    isobit_data_free(data);
    put_text("test.csv", "7,8,c\n9,1,d\n");
    BAD_FORMAT(
        LOAD(&data, "train.csv", "test", "test.csv"),
        "test.csv: test sample 2 has the class \"d\", which the training data has not: a, b, "
        "c");
    put_text("test.csv", "7,8,9,c\n");
    BAD_FORMAT(LOAD(&data, "train.csv", "test", "test.csv"),
               "test.csv: a sample of the test part is 3x1x1, one of the training part 2x1x1");
    put_text("numbers.csv", "1,0.5\n2,1\n");
    put_text("test.csv", "3,7\n");
    WORKS(LOAD(&data, "numbers.csv", "test", "test.csv")); /* targets there, so targets here */
    cr_assert(data->outputs == 1 && data->targets[2] == 7);
    isobit_data_free(data);
    BAD_ARGUMENT(LOAD(&data, "digits samples=9", "test", "test.csv"),
                 "test: \"test.csv\" is one test part too many: digits samples=9 brings its own");
    BAD_ARGUMENT(
        LOAD(&data, "train.csv", "test", "digits samples=9 test=1"),
        "test: \"digits samples=9 test=1\" has a training and a test part itself; give one "
        "file");
    BAD_FORMAT(LOAD(&data, "digits samples=9 test=0 seed=5", "test", "train.csv"),
               "train.csv: a sample of the test part is 2x1x1, one of the training part 1x28x28");
}

Test(data_load, input_gives_samples_a_shape) {
    isobit_data *data;
    WORKS(LOAD(&data, "digits samples=9", "input", "16x7x7"));
    cr_assert(data->shape.channels == 16 && data->shape.height == 7 && data->shape.width == 7);
    isobit_data_free(data);
    WORKS(LOAD(&data, "digits samples=9", "input", "784"));
    cr_assert(data->shape.channels == 784 && data->shape.height == 1 && data->shape.width == 1);
    isobit_data_free(data);
    BAD_ARGUMENT(LOAD(&data, "digits samples=9", "input", "3x32x32"),
                 "input: \"3x32x32\" is 3072 values, but a sample of digits samples=9 has 784 "
                 "features");
    BAD_ARGUMENT(LOAD(&data, "digits samples=9", "input", "1x2x3x4"),
                 "input: \"1x2x3x4\" has more than three sizes; it is written "
                 "CHANNELSxHEIGHTxWIDTH");
    BAD_ARGUMENT(LOAD(&data, "digits samples=9", "input", "28*28"),
                 "input: \"28*28\" is not a whole number");
    BAD_ARGUMENT(LOAD(&data, "digits samples=9", "input", "x"), "input: \"x\" is no shape");
}

Test(data_load, arrays_of_the_caller_are_copied) {
    float x[] = {1, 2, 3, 4, 5, 6}, y[] = {1, 2, 3};
    int32_t labels[] = {2, 0, 2};
    isobit_data *data;
    WORKS(isobit_data_from_classes(&data, x, 3, 2, labels, 0));
    expect_parts(data, 3, 0, 0);
    cr_assert(data->classes == 3 && data->labels[0] == 2 && data->element == ISO_FLOAT32);
    cr_assert_str_eq(data->class_names[1], "1");
    x[0] = 9;
    cr_assert_eq(((float *)data->x)[0], 1);
    isobit_data_free(data);
    WORKS(isobit_data_from_classes(&data, x, 3, 2, labels, 5));
    cr_assert_eq(isobit_data_classes(data), 5);
    isobit_data_free(data);
    WORKS(isobit_data_from_targets(&data, x, 3, 2, y, 1));
    cr_assert(isobit_data_outputs(data) == 1 && data->targets[2] == 3 && !data->labels);
    isobit_data_free(data);
}

Test(data_load, arrays_that_make_no_sense_are_refused) {
    float x[] = {1, 2, 3, NAN}, y[] = {INFINITY, 0};
    int32_t labels[] = {0, 2}, negative[] = {0, -1}, large[] = {0, INT32_MAX};
    isobit_data *data;
    BAD_ARGUMENT(isobit_data_from_classes(&data, x, 2, 2, labels, 0),
                 "x[1,1] is nan; every value must be finite");
    BAD_ARGUMENT(isobit_data_from_classes(&data, x, 2, 1, labels, 2),
                 "labels[1] is 2, out of range 0 to 1");
    BAD_ARGUMENT(isobit_data_from_classes(&data, x, 2, 1, negative, 0),
                 "labels[1] is -1, out of range 0 to 65535");
    BAD_ARGUMENT(isobit_data_from_classes(&data, x, 2, 1, large, 0),
                 "labels[1] is 2147483647, out of range 0 to 65535");
    BAD_ARGUMENT(isobit_data_from_classes(&data, x, 2, 1, labels, 100000),
                 "classes: 100000; there may be 65536 at most");
    BAD_ARGUMENT(isobit_data_from_classes(&data, x, 0, 1, labels, 0),
                 "x: 0 samples of 1 values: there must be some");
    BAD_ARGUMENT(isobit_data_from_classes(&data, x, SIZE_MAX / 2, 4, labels, 0),
                 "x: 9223372036854775807 samples of 4 values are too many");
    BAD_ARGUMENT(isobit_data_from_targets(&data, x, 2, 1, y, 1),
                 "y[0,0] is inf; every value must be finite");
    BAD_ARGUMENT(isobit_data_from_classes(&data, x, 2, 1, NULL, 0), "labels: there are none");
}

/* What loads a source, with the Nth allocation failing for every N. */
static void fail_each_allocation(const char *source, const char *const *pairs) {
    isobit_data *data = NULL;
    isobit_settings *settings;
    isobit_status status = ISOBIT_ERROR_MEMORY;
    WORKS(isobit_settings_new(&settings));
    for (; *pairs; pairs += 2)
        WORKS(isobit_settings_set(settings, pairs[0], pairs[1]));
    size_t nth = 1;
    for (; status != ISOBIT_OK; nth++) {
        iso_fault_plan(ISO_FAULT_MEMORY, nth, 1);
        status = isobit_data_load(&data, source, settings);
        cr_assert(status == ISOBIT_OK || status == ISOBIT_ERROR_MEMORY,
                  "%s: allocation %zu: %s: %s", source, nth, isobit_status_name(status),
                  isobit_error());
        cr_assert_lt(nth, 1000);
    }
    iso_fault_plan(ISO_FAULT_MEMORY, 0, 1);
    cr_assert_gt(nth, 3);
    isobit_data_free(data);
    isobit_settings_free(settings);
}

Test(data_load, every_allocation_may_fail, .init = enter_folder, .fini = leave_folder) {
    static const char *const none[] = {NULL};
    static const char *const split[] = {"split", "60/40", "stratify", "on", NULL};
    static const char *const test[] = {"test", "test.csv", "input", "1x2x1", NULL};
    put_text("train.csv", "x,\"y\",k\n1,2,b\n3,4,a\n\"5\",6,c\n");
    put_text("test.csv", "7,8,c\n9,1,b\n");
    put_text("numbers.csv", "1,0.5\n2,1\n");
    cr_assert_eq(mkdir("set", 0777), 0);
    put_file("set/train-images-idx3-ubyte", "\0\0\x08\2\0\0\0\1\0\0\0\1\5", 13);
    put_file("set/train-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\1\5", 9);
    fail_each_allocation("set", none);
    fail_each_allocation("moons samples=20 test=5", none);
    fail_each_allocation("line samples=20", none);
    fail_each_allocation("moons samples=20", split);
    fail_each_allocation("train.csv", test);
    fail_each_allocation("numbers.csv", none);
    fail_each_allocation(TEST_FILE("stored.npz"), none);
    fail_each_allocation(TEST_FILE("deflated.npz"), none);
    fail_each_allocation(TEST_FILE("words.npz"), none);
    fail_each_allocation(TEST_FILE("targets.npz"), none);
}
