/* CSV: what is read, and where what is refused is said to be. */
#include "data/number.h"
#include "test_data.h"

#include <locale.h>
#include <math.h>
#include <time.h>

static isobit_status parse(iso_table *out, const char *text, const char *label, iso_task task) {
    iso_wish wish = {"data.csv", true, label, task};
    return iso_parse_csv(out, text, strlen(text), &wish);
}

static isobit_status parse_plain(iso_table *out, const char *text) {
    return parse(out, text, "", ISO_TASK_AUTO);
}

/* Features and labels as one text, "1 2 -> a; 3 4 -> b". */
static void expect(iso_table *table, const char *expected) {
    char text[1024];
    size_t used = 0, features = iso_shape_size(table->shape);
    for (size_t i = 0; i < table->samples; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, i ? "; " : "");
        for (size_t f = 0; f < features; f++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%g ",
                                     (double)((float *)table->x)[i * features + f]);
        if (table->labels)
            used += (size_t)snprintf(text + used, sizeof text - used, "-> %s",
                                     table->label_names[table->labels[i]]);
        else if (table->targets)
            used += (size_t)snprintf(text + used, sizeof text - used, "= %g",
                                     (double)table->targets[i]);
    }
    cr_assert_str_eq(text, expected);
    iso_table_free(table);
}

Test(data_csv, the_last_column_is_the_label_and_words_are_classes_in_order) {
    iso_table table;
    WORKS(parse_plain(&table, "1,2,pear\n3,4,apple\n5,6,pear\n"));
    cr_assert_eq(table.label_name_count, 2);
    cr_assert_str_eq(table.label_names[0], "apple");
    expect(&table, "1 2 -> pear; 3 4 -> apple; 5 6 -> pear");
}

Test(data_csv, whole_numbers_are_classes_by_value_and_others_are_targets) {
    iso_table table;
    WORKS(parse_plain(&table, "1,10\n2,9\n3,-1\n4,+9\n"));
    cr_assert_str_eq(table.label_names[0], "-1");
    cr_assert_str_eq(table.label_names[1], "9");
    expect(&table, "1 -> 10; 2 -> 9; 3 -> -1; 4 -> 9");
    WORKS(parse_plain(&table, "1,10\n2,9.5\n"));
    cr_assert_eq(table.outputs, 1);
    expect(&table, "1 = 10; 2 = 9.5");
}

Test(data_csv, the_task_overrules_what_labels_look_like) {
    iso_table table;
    WORKS(parse(&table, "1,10\n2,9\n", "", ISO_TASK_REGRESS));
    expect(&table, "1 = 10; 2 = 9");
    WORKS(parse(&table, "1,10.0\n2,9e0\n", "", ISO_TASK_CLASSIFY));
    expect(&table, "1 -> 10; 2 -> 9");
    WORKS(parse(&table, "1,12\n2,0A\n", "", ISO_TASK_CLASSIFY));
    expect(&table, "1 -> 12; 2 -> 0A");
    BAD_FORMAT(parse(&table, "1,10.5\n2,9\n", "", ISO_TASK_CLASSIFY),
               "data.csv: sample 1: the label 10.5 is not a whole number, so it is no class; use "
               "the setting task=regress");
    BAD_FORMAT(
        parse(&table, "1,1\n2,cat\n", "", ISO_TASK_REGRESS),
        "data.csv: line 2, column 2: \"cat\" is not a number like the labels before; if they "
        "are names of classes, say so with the setting task=classify");
    BAD_FORMAT(parse(&table, "1,dog\n2,cat\n", "", ISO_TASK_REGRESS),
               "data.csv: line 1, column 2: \"dog\" is not a number");
}

Test(data_csv, a_header_is_seen_by_words_above_numbers) {
    iso_table table;
    WORKS(parse_plain(&table, "width,height,kind\n1,2,a\n3,4,b\n"));
    expect(&table, "1 2 -> a; 3 4 -> b");
    WORKS(parse_plain(&table, "0,1,kind\n1,2,3\n"));
    expect(&table, "1 2 -> 3");
    WORKS(parse_plain(&table, "1,2,a\n3,4,b\n")); /* words above words are data */
    expect(&table, "1 2 -> a; 3 4 -> b");
}

Test(data_csv, the_label_column_is_chosen_by_name_or_number) {
    iso_table table;
    WORKS(parse(&table, "kind,width,height\na,1,2\nb,3,4\n", "kind", ISO_TASK_AUTO));
    expect(&table, "1 2 -> a; 3 4 -> b");
    WORKS(parse(&table, "1,a,2\n3,b,4\n", "2", ISO_TASK_AUTO));
    expect(&table, "1 2 -> a; 3 4 -> b");
    WORKS(parse(&table, "0,1,kind\n1,2,a\n", "kind", ISO_TASK_AUTO)); /* a name makes a header */
    expect(&table, "1 2 -> a");
    BAD_ARGUMENT(parse(&table, "a,b\n1,2\n", "c", ISO_TASK_AUTO),
                 "data.csv: line 1: there is no column \"c\" to take the label from; the last one "
                 "is \"b\"");
    BAD_ARGUMENT(parse(&table, "1,2\n", "3", ISO_TASK_AUTO),
                 "data.csv: label column 3 is not among the 2 columns (counted from 1)");
    BAD_ARGUMENT(parse(&table, "1,2\n", "0", ISO_TASK_AUTO),
                 "data.csv: label column 0 is not among the 2 columns (counted from 1)");
}

/* The rows are what Python's csv module reads from the same text. */
Test(data_csv, quotes_separators_line_ends_and_marks_are_understood) {
    iso_table table;
    WORKS(parse_plain(&table, "1,\"a,b\"\n2,\"say \"\"hi\"\"\"\n3,\"two\nlines\"\n"));
    expect(&table, "1 -> a,b; 2 -> say \"hi\"; 3 -> two\nlines");
    WORKS(parse_plain(&table, "\xEF\xBB\xBFx,y\r\n\"1.5\",a\r\n2,b\r\n\r\n"));
    expect(&table, "1.5 -> a; 2 -> b");
    WORKS(parse_plain(&table, "1;2;a\n3;4;b"));
    expect(&table, "1 2 -> a; 3 4 -> b");
    WORKS(parse_plain(&table, "1\t2\ta b\n3\t4\tb"));
    expect(&table, "1 2 -> a b; 3 4 -> b");
    WORKS(parse_plain(&table, " 1 ,\t2 , a b \r3,4,b"));
    expect(&table, "1 2 -> a b; 3 4 -> b");
}

Test(data_csv, predicting_takes_every_column_or_leaves_the_named_one_out) {
    iso_table table;
    const char *text = "a,b,kind\n1,2,3\n";
    iso_wish wish = {"data.csv", false, "", ISO_TASK_AUTO};
    WORKS(iso_parse_csv(&table, text, strlen(text), &wish));
    expect(&table, "1 2 3 ");
    wish.label = "kind";
    WORKS(iso_parse_csv(&table, text, strlen(text), &wish));
    expect(&table, "1 2 ");
}

Test(data_csv, bad_rows_are_refused_with_their_place) {
    iso_table table;
    BAD_FORMAT(parse_plain(&table, "1,2,a\n\n3,b\n"),
               "data.csv: line 3: 2 values; expected 3 as on line 1");
    BAD_FORMAT(parse_plain(&table, "x,y\n1,a\n3,b,4\n"),
               "data.csv: line 3: 3 values; expected 2 as on line 1");
    BAD_FORMAT(parse_plain(&table, "x,width,k\n1,2,a\n3,4x,b\n"),
               "data.csv: line 3, column 2 (width): \"4x\" is not a number");
    BAD_FORMAT(parse_plain(&table, "1,\"two\nlines\"\n,b\n"),
               "data.csv: line 3, column 1: \"\" is not a number");
}

Test(data_csv, values_that_are_not_finite_are_refused) {
    iso_table table;
    BAD_FORMAT(parse_plain(&table, "1,1,a\n1,nan,a\n"),
               "data.csv: line 2, column 2: \"nan\" is not a number");
    BAD_FORMAT(parse_plain(&table, "1,1,a\n1,-inf,a\n"),
               "data.csv: line 2, column 2: \"-inf\" is not a number");
    BAD_FORMAT(parse_plain(&table, "1,1,a\n1,1e39,a\n"),
               "data.csv: line 2, column 2: \"1e39\" is too large for a float32");
    BAD_FORMAT(parse_plain(&table, "1,1,a\n1,\"-1e999\",a\n"),
               "data.csv: line 2, column 2: \"-1e999\" is too large for a float32");
    BAD_FORMAT(parse_plain(&table, "1,1e39\n"),
               "data.csv: line 1, column 2: \"1e39\" is too large for a float32");
    BAD_FORMAT(parse_plain(&table, "1,0x10,a\n1,1,a\n"), /* no header: a number gone wrong */
               "data.csv: line 1, column 2: \"0x10\" is not a number");
    BAD_FORMAT(parse_plain(&table, "1,NaN,a\n1,1,a\n"),
               "data.csv: line 1, column 2: \"NaN\" is not a number");
}

Test(data_csv, labels_are_checked) {
    iso_table table;
    BAD_FORMAT(parse_plain(&table, "1,5\n2,5\n3,S\n"),
               "data.csv: line 3, column 2: \"S\" is not a number like the labels before; if they "
               "are names of classes, say so with the setting task=classify");
    BAD_FORMAT(parse_plain(&table, "1,a\n2,\n"),
               "data.csv: line 2, column 2: \"\" is no label; it must not be empty");
    BAD_FORMAT(parse_plain(&table, "1\n2\n"),
               "data.csv: line 1: one column only, which is the label; features are missing");
}

Test(data_csv, files_without_samples_and_other_files_are_refused) {
    iso_table table;
    iso_wish wish = {"data.csv", true, "", ISO_TASK_AUTO};
    BAD_FORMAT(parse_plain(&table, ""), "data.csv: the file is empty");
    BAD_FORMAT(parse_plain(&table, "\n \r\n"), "data.csv: the file is empty");
    BAD_FORMAT(parse_plain(&table, "a,b,c\n"), "data.csv: there are no samples in it");
    BAD_FORMAT(iso_parse_csv(&table, "1,2\n\0", 5, &wish),
               "data.csv: byte 4: a zero byte; this is not CSV text (UTF-8 is expected)");
    BAD_FORMAT(parse_plain(&table, "1,a\n2,\"b\n3,c\n"),
               "data.csv: line 2, column 2: a quote is opened and never closed");
    BAD_FORMAT(parse_plain(&table, "1,a\n2,\"b\"c\n"),
               "data.csv: line 2, column 2: text after the closing quote; a quote inside a quoted "
               "cell is written twice");
}

Test(data_csv, numbers_are_those_of_strtod_whatever_the_locale) {
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1",
                                        "+1.5",
                                        ".5",
                                        "5.",
                                        "1e5",
                                        "1E-5",
                                        "123456789012345678901234567890",
                                        "0.1",
                                        "3.4028234663852886e38",
                                        "1e-400",
                                        "4.9e-324",
                                        "9007199254740993",
                                        "1e22",
                                        "1e23",
                                        "0.30000000000000004",
                                        "00012.500",
                                        "1.7976931348623157e308",
                                        "-2.2250738585072014e-308",
                                        "0.000000000000000000000000000000000000000000001",
                                        "8.5899345920000001e9",
                                        "1e-22"};
    setlocale(LC_ALL, "C");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double value, expected = strtod(texts[i], NULL);
        cr_assert(iso_is_number(texts[i], &value), "%s", texts[i]);
        cr_assert_eq(memcmp(&value, &expected, sizeof value), 0, "%s: %a, expected %a", texts[i],
                     value, expected);
    }
    static const char *const others[] = {"",    "-",   ".",   "e5",  "1e",  "1e+",  "1 2",
                                         "nan", "inf", "0x1", "1,5", "--1", "1.2.3"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        double value;
        cr_assert_not(iso_is_number(others[i], &value), "%s", others[i]);
    }
    double value;
    if (setlocale(LC_ALL, "de_DE.UTF-8")) /* where it is installed */
        cr_assert(iso_is_number("0.30000000000000004", &value) && value == 0.30000000000000004);
}

Test(data_csv, whole_numbers_of_64_bits_are_exact) {
    int64_t value;
    cr_assert(iso_is_integer("9223372036854775807", &value) && value == INT64_MAX);
    cr_assert(iso_is_integer("-9223372036854775808", &value) && value == INT64_MIN);
    cr_assert_not(iso_is_integer("9223372036854775808", &value));
    cr_assert_not(iso_is_integer("-9223372036854775809", &value));
    cr_assert_not(iso_is_integer("1.0", &value));
    cr_assert_not(iso_is_integer("-", &value));
}

Test(data_csv, more_classes_than_make_sense_are_taken_for_targets_by_mistake) {
    char *text = malloc(70000 * 16), *at = text;
    iso_table table;
    cr_assert(text);
    for (int i = 0; i < 70000; i++)
        at += sprintf(at, "1,%d\n", i);
    BAD_FORMAT(parse_plain(&table, text),
               "data.csv: more than 65536 different labels; if they are targets, say so with the "
               "setting task=regress");
    WORKS(parse(&table, text, "", ISO_TASK_REGRESS));
    cr_assert_eq(table.samples, 70000);
    iso_table_free(&table);
    free(text);
}
