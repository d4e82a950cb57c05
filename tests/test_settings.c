/* Settings and run files: every value comes back as it was, mistakes are refused with their line.
 */
#include "base/settings.h"
#include "test_data.h"

#include <sys/stat.h>

static isobit_status parse(isobit_settings *settings, const char *text) {
    return iso_settings_parse(settings, "run.ini", text, strlen(text));
}

/* The file's settings, of which one is looked at. */
static void expect(const char *text, const char *name, const char *value) {
    isobit_settings *settings;
    WORKS(isobit_settings_new(&settings));
    WORKS(parse(settings, text));
    cr_assert_str_eq(isobit_settings_get(settings, name), value);
    isobit_settings_free(settings);
}

Test(settings, a_value_of_any_length_and_with_anything_in_it_comes_back_from_a_run_file) {
    char path[600], words[600] = "", blanks[400];
    memset(path, '/', sizeof path);
    path[sizeof path - 1] = '\0';
    memset(blanks, ' ', sizeof blanks);
    blanks[sizeof blanks - 1] = '\0';
    for (int i = 0; i < 40; i++)
        strcat(words, i % 3 ? "dense 12 relu, " : "dropout 0.5,  ");
    const char *const values[] = {"",       " ",
                                  "x.csv",  " x",
                                  "x ",     ";x",
                                  "a ;b",   "a;b",
                                  "#x",     "\\",
                                  "\\x",    "x\\",
                                  "a \\ b", path,
                                  words,    blanks,
                                  "[run]",  "a=b",
                                  "\"q\"",  "a  b",
                                  "=",      "h\xC3\xA9 ;;  ;"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        isobit_settings *settings, *read;
        char *text;
        WORKS(isobit_settings_new(&settings));
        WORKS(isobit_settings_new(&read));
        WORKS(isobit_settings_set(settings, "data", values[i]));
        WORKS(isobit_settings_set(settings, "test", values[i]));
        WORKS(isobit_settings_set(settings, "epochs", "3"));
        WORKS(iso_settings_write(settings, &text));
        WORKS(parse(read, text));
        cr_assert_str_eq(isobit_settings_get(read, "data"), values[i], "%s", text);
        cr_assert_str_eq(isobit_settings_get(read, "test"), values[i], "%s", text);
        cr_assert_str_eq(isobit_settings_get(read, "epochs"), "3", "%s", text);
        free(text);
        isobit_settings_free(settings);
        isobit_settings_free(read);
    }
}

Test(settings, a_run_file_may_break_values_and_hold_remarks) {
    expect("; one\n# two\n[run]\nnet = dense 3, ; three\n\n    dense 2\nepochs=4", "net",
           "dense 3, dense 2");
    expect("checkpoint = 5\n  minutes\n", "checkpoint", "5 minutes");
    expect("\xEF\xBB\xBFlabel = a\r\n\tb\r\nepochs : 7\r\n", "label", "a b");
    expect("data = /a/very\\\n  /long\\\n  \\ path\n", "data", "/a/very/long path");
    expect("label =\n   x\n", "label", "x");
}

Test(settings, a_mistake_in_a_run_file_is_refused_with_its_line_and_changes_nothing) {
    static const struct {
        const char *text, *message;
        isobit_status status;
    } files[] = {
        {"net = dense 2\n[train]\nepochs = 3\n",
         "run.ini: line 3: section [train] is not known; use [run]", ISOBIT_ERROR_FORMAT},
        {"net = dense 2\nepochs\n", "run.ini: line 2: expected name = value", ISOBIT_ERROR_FORMAT},
        {"net = a\nseed = 1\nnet = b\n", "run.ini: line 3: \"net\" is set twice",
         ISOBIT_ERROR_FORMAT},
        {"seed = 1\nepochs = 3\n  x\nclip = 1\n",
         "run.ini: line 2: epochs: \"3 x\" is not a whole number", ISOBIT_ERROR_ARGUMENT},
        {"seed = 1\nclip = -1", "run.ini: line 2: clip: -1 is out of range; at least 0",
         ISOBIT_ERROR_ARGUMENT},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        isobit_settings *settings;
        WORKS(isobit_settings_new(&settings));
        REFUSED(parse(settings, files[i].text), files[i].status, files[i].message);
        for (size_t k = 0; isobit_setting_at(k); k++)
            cr_assert_not(isobit_settings_is_set(settings, isobit_setting_at(k)->name));
        isobit_settings_free(settings);
    }
}

Test(settings, what_is_no_run_file_is_refused_with_its_place, .init = enter_folder,
     .fini = leave_folder) {
    isobit_settings *settings;
    char line[400], *large = malloc(1 << 20);
    cr_assert(large);
    WORKS(isobit_settings_new(&settings));
    memset(line, 'x', sizeof line);
    memcpy(line, "seed=1\nnet=", 11);
    line[sizeof line - 1] = '\0';
    BAD_FORMAT(parse(settings, line),
               "run.ini: line 2: longer than 198 characters; go on in an indented line");
    put_file("nul.ini", "net\0=", 5);
    BAD_FORMAT(isobit_settings_load(settings, "nul.ini"),
               "nul.ini: byte 3: a zero byte; this is no text");
    memset(large, '\n', 1 << 20);
    put_file("large.ini", large, 1 << 20);
    BAD_FORMAT(isobit_settings_load(settings, "large.ini"),
               "large.ini: holds more than the 262144 bytes it may");
    cr_assert_eq(mkdir("folder.ini", 0777), 0);
    REFUSED(isobit_settings_load(settings, "folder.ini"), ISOBIT_ERROR_FILE,
            "folder.ini: is a folder, not a file");
    free(large);
    isobit_settings_free(settings);
}
