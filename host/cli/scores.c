#include "cli/scores.h"

#include "base/memory.h"
#include "cli/report.h"
#include "run/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One class's row. Where nothing is divided by, a score is NaN and printed as "-". */
typedef struct class_scores {
    size_t samples, predicted, right;
    double precision, recall, f1;
} class_scores;

static double ratio(size_t part, size_t whole) {
    return whole ? (double)part / (double)whole : (double)NAN;
}

static class_scores score_class(const cli_scores *scores, size_t class) {
    const size_t classes = scores->model->classes;
    class_scores out = {.right = scores->counts[class * classes + class]};
    for (size_t i = 0; i < classes; i++) {
        out.samples += scores->counts[class * classes + i];
        out.predicted += scores->counts[i * classes + class];
    }
    out.precision = ratio(out.right, out.predicted);
    out.recall = ratio(out.right, out.samples);
    out.f1 = ratio(2 * out.right, out.samples + out.predicted);
    return out;
}

/* The mean over the classes that have the score. */
static class_scores mean_scores(const cli_scores *scores) {
    class_scores mean = {0};
    size_t count[3] = {0};
    for (size_t i = 0; i < scores->model->classes; i++) {
        const class_scores one = score_class(scores, i);
        const double values[] = {one.precision, one.recall, one.f1};
        double *sums[] = {&mean.precision, &mean.recall, &mean.f1};
        for (size_t k = 0; k < 3; k++)
            if (isfinite(values[k])) {
                *sums[k] += values[k];
                count[k]++;
            }
        mean.samples += one.samples;
        mean.predicted += one.predicted;
    }
    mean.precision = count[0] ? mean.precision / (double)count[0] : (double)NAN;
    mean.recall = count[1] ? mean.recall / (double)count[1] : (double)NAN;
    mean.f1 = count[2] ? mean.f1 / (double)count[2] : (double)NAN;
    return mean;
}

/* ------------------------------------------------------------------------------ for people -- */

static const char *score_text(double score) { return isfinite(score) ? cli_percent(score) : "-"; }

static void add_row(cli_table *table, const char *name, const class_scores *row) {
    cli_cell(table, "%s", name);
    cli_cell(table, "%s", cli_count(row->samples));
    cli_cell(table, "%s", cli_count(row->predicted));
    cli_cell(table, "%s", score_text(row->precision));
    cli_cell(table, "%s", score_text(row->recall));
    cli_cell(table, "%s", score_text(row->f1));
}

static void print_classes(const cli_scores *scores) {
    cli_table table = {.align = "lrrrrr"};
    static const char *const heads[] = {"class",     "samples", "predicted",
                                        "precision", "recall",  "F1"};
    for (size_t i = 0; i < 6; i++)
        cli_cell(&table, "%s", heads[i]);
    for (size_t i = 0; i < scores->model->classes; i++) {
        const class_scores row = score_class(scores, i);
        add_row(&table, scores->model->class_names[i], &row);
    }
    const class_scores mean = mean_scores(scores);
    add_row(&table, "mean", &mean);
    cli_table_print(&table, 0);
}

static isobit_status print_matrix(const cli_scores *scores) {
    const size_t classes = scores->model->classes;
    char *align;
    ISO_TRY(iso_alloc(&align, classes + 2, 1));
    memset(align, 'r', classes + 1);
    *align = 'l';
    cli_table table = {.align = align};
    puts("\nconfusion: a row for each true class, a column for what the model says");
    cli_cell(&table, "%s", "");
    for (size_t i = 0; i < classes; i++)
        cli_cell(&table, "%s", scores->model->class_names[i]);
    for (size_t truth = 0; truth < classes; truth++) {
        cli_cell(&table, "%s", scores->model->class_names[truth]);
        for (size_t i = 0; i < classes; i++) {
            const size_t count = scores->counts[truth * classes + i];
            cli_cell(&table, "%s", count ? cli_format("%zu", count) : cli_symbol("·", "."));
        }
    }
    cli_table_print(&table, 2);
    free(align);
    return ISOBIT_OK;
}

typedef struct mistake {
    size_t truth, said, count;
} mistake;

static int most_first(const void *a, const void *b) {
    const mistake *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    if (x->truth != y->truth)
        return x->truth < y->truth ? -1 : 1;
    return (x->said > y->said) - (x->said < y->said);
}

/* A matrix of many classes is too wide to read: the most frequent mistakes instead. */
static isobit_status print_mistakes(const cli_scores *scores) {
    enum { SHOWN = 15 };
    const size_t classes = scores->model->classes;
    mistake *mistakes;
    size_t count = 0;
    ISO_TRY(iso_alloc(&mistakes, classes * classes, sizeof *mistakes));
    for (size_t i = 0; i < classes * classes; i++)
        if (i / classes != i % classes && scores->counts[i])
            mistakes[count++] = (mistake){i / classes, i % classes, scores->counts[i]};
    qsort(mistakes, count, sizeof *mistakes, most_first);
    cli_table table = {.align = "llr"};
    printf("\nmost frequent mistakes (--json has the whole matrix)\n");
    cli_cell(&table, "class");
    cli_cell(&table, "taken for");
    cli_cell(&table, "times");
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        cli_cell(&table, "%s", scores->model->class_names[mistakes[i].truth]);
        cli_cell(&table, "%s", scores->model->class_names[mistakes[i].said]);
        cli_cell(&table, "%zu", mistakes[i].count);
    }
    cli_table_print(&table, 2);
    free(mistakes);
    return ISOBIT_OK;
}

isobit_status cli_scores_print(const cli_scores *scores) {
    enum { MOST_COLUMNS = 20 };
    const isobit_metrics *metrics = &scores->metrics;
    cli_table table = {.align = "lr"};
    cli_cell(&table, "loss");
    cli_cell(&table, "%s", cli_loss(metrics->loss));
    if (scores->counts) {
        cli_cell(&table, "accuracy");
        cli_cell(&table, "%s", cli_percent(metrics->accuracy));
    } else {
        cli_cell(&table, "MSE");
        cli_cell(&table, "%s", cli_loss(metrics->mse));
        cli_cell(&table, "MAE");
        cli_cell(&table, "%s", cli_loss(metrics->mae));
        cli_cell(&table, "R2");
        cli_cell(&table, "%.4f", metrics->r2);
    }
    cli_table_print(&table, 0);
    if (!scores->counts)
        return ISOBIT_OK;
    putchar('\n');
    print_classes(scores);
    return scores->model->classes <= MOST_COLUMNS ? print_matrix(scores) : print_mistakes(scores);
}

/* ---------------------------------------------------------------------------- for programs -- */

static void add_classes(iso_json *json, const cli_scores *scores) {
    const size_t classes = scores->model->classes;
    iso_json_open(json, "classes", '[');
    for (size_t i = 0; i < classes; i++) {
        const class_scores row = score_class(scores, i);
        iso_json_open(json, NULL, '{');
        iso_json_string(json, "name", scores->model->class_names[i]);
        iso_json_integer(json, "samples", row.samples);
        iso_json_integer(json, "predicted", row.predicted);
        iso_json_double(json, "precision", row.precision);
        iso_json_double(json, "recall", row.recall);
        iso_json_double(json, "f1", row.f1);
        iso_json_close(json, '}');
    }
    iso_json_close(json, ']');
    iso_json_open(json, "confusion", '[');
    for (size_t truth = 0; truth < classes; truth++) {
        iso_json_open(json, NULL, '[');
        for (size_t i = 0; i < classes; i++)
            iso_json_integer(json, NULL, scores->counts[truth * classes + i]);
        iso_json_close(json, ']');
    }
    iso_json_close(json, ']');
}

isobit_status cli_scores_json(const cli_scores *scores) {
    const isobit_metrics *metrics = &scores->metrics;
    iso_text text = {0};
    iso_json json = {.text = &text};
    char *line;
    iso_json_open(&json, NULL, '{');
    iso_json_integer(&json, "samples", metrics->samples);
    iso_json_double(&json, "loss", metrics->loss);
    if (scores->counts) {
        iso_json_double(&json, "accuracy", metrics->accuracy);
        add_classes(&json, scores);
    } else {
        iso_json_double(&json, "mse", metrics->mse);
        iso_json_double(&json, "mae", metrics->mae);
        iso_json_double(&json, "r2", metrics->r2);
    }
    iso_json_close(&json, '}');
    ISO_TRY(iso_text_take(&text, &line));
    puts(line);
    free(line);
    return ISOBIT_OK;
}
