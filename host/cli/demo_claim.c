/* What a demo claims of its figures. */
#include "base/memory.h"
#include "base/text.h"
#include "cli/demo_train.h"
#include "cli/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One claim, cut up: RUN.FIGURE OPERATOR [NUMBER *] (RUN.FIGURE | NUMBER) [+- NUMBER], or
 * RUN.TEXT has WORDS. */
typedef struct claim {
    char *rest; /* what has not been read */
    const cli_demo *demo;
    const demo_result *results;
} claim;

/* The next word, "" at the end. */
static const char *next_word(claim *of) {
    char *word = of->rest + strspn(of->rest, " ");
    const size_t length = strcspn(word, " ");
    of->rest = word + length + (word[length] == ' ');
    word[length] = '\0';
    return word;
}

/* Read the next word if it is this one. */
static bool next_is(claim *of, const char *word) {
    const char *at = of->rest + strspn(of->rest, " ");
    const size_t length = strcspn(at, " ");
    const bool is = strlen(word) == length && !strncmp(at, word, length);
    if (is)
        next_word(of);
    return is;
}

/* The result that "RUN.FIGURE" is about, and the figure. */
static isobit_status find_result(const claim *of, const char *word, const demo_result **result,
                                 const char **figure) {
    const size_t length = strcspn(word, ".");
    for (size_t i = 0; word[length] && i < of->demo->run_count; i++) {
        const char *name = of->demo->runs[i].name;
        if (strlen(name) == length && !strncmp(name, word, length)) {
            *result = &of->results[i];
            *figure = word + length + 1;
            return ISOBIT_OK;
        }
    }
    return iso_fail(ISOBIT_ERROR_FORMAT, "\"%s\" is no RUN.FIGURE of this demo", word);
}

static bool is_number(const char *word, double *out) {
    char *end;
    const double number = strtod(word, &end);
    if (end == word || *end)
        return false;
    *out = number;
    return true;
}

static isobit_status value_of(const claim *of, const char *word, double *out) {
    const demo_result *result;
    const char *figure;
    if (is_number(word, out))
        return ISOBIT_OK;
    ISO_TRY(find_result(of, word, &result, &figure));
    return demo_figure(result, figure, out);
}

static isobit_status compare(const char *comparison, double left, double right, double tolerance,
                             bool *holds) {
    static const char *const comparisons[] = {"<", "<=", "=", ">=", ">", "has", NULL};
    const bool equal = left == right || fabs(left - right) <= tolerance;
    if (!strcmp(comparison, "="))
        *holds = equal;
    else if (!strcmp(comparison, "<"))
        *holds = left < right;
    else if (!strcmp(comparison, "<="))
        *holds = left <= right;
    else if (!strcmp(comparison, ">"))
        *holds = left > right;
    else if (!strcmp(comparison, ">="))
        *holds = left >= right;
    else
        return iso_unknown_in("comparison", comparison, comparisons);
    return ISOBIT_OK;
}

/* What the program said: "RUN.remark has Overfitting". */
static isobit_status check_text(claim *of, const char *left, bool *holds, const char **seen) {
    static const char *const names[] = {"remark", "warnings", "ended", NULL};
    const demo_result *result;
    const char *figure, *text;
    ISO_TRY(find_result(of, left, &result, &figure));
    if (!strcmp(figure, names[0]))
        text = result->remark;
    else if (!strcmp(figure, names[1]))
        text = result->warnings;
    else if (!strcmp(figure, names[2]))
        text = result->ended;
    else
        return iso_unknown_in("text", figure, names);
    const char *wanted = of->rest + strspn(of->rest, " ");
    *holds = !strcmp(wanted, "nothing") ? !text : text && strstr(text, wanted);
    *seen = !text ? "nothing was said" : *holds ? "" : text;
    return ISOBIT_OK;
}

/* RUN.FIGURE's value. */
static const char *seen_text(const char *word, double value) {
    return demo_figure_text(strchr(word, '.') + 1, value);
}

static isobit_status check_figures(claim *of, const char *left, const char *comparison, bool *holds,
                                   const char **seen) {
    double a, b, factor = 1, tolerance = 0;
    const demo_result *result;
    const char *figure;
    ISO_TRY(find_result(of, left, &result, &figure));
    ISO_TRY(demo_figure(result, figure, &a));
    const char *right = next_word(of);
    if (next_is(of, "*")) {
        if (!is_number(right, &factor))
            return iso_fail(ISOBIT_ERROR_FORMAT, "\"%s\" is no number", right);
        right = next_word(of);
    }
    ISO_TRY(value_of(of, right, &b));
    if (next_is(of, "+-") && !is_number(next_word(of), &tolerance))
        return iso_fail(ISOBIT_ERROR_FORMAT, "no number behind +-");
    if (*of->rest)
        return iso_fail(ISOBIT_ERROR_FORMAT, "unexpected \"%s\"", of->rest);
    ISO_TRY(compare(comparison, a, factor * b, tolerance, holds));
    *seen = demo_figure_text(figure, a);
    if (!is_number(right, &b))
        *seen = cli_format("%s, %s", *seen, seen_text(right, b));
    return ISOBIT_OK;
}

static isobit_status check_one(claim *of, bool *holds, const char **seen) {
    const char *left = next_word(of), *comparison = next_word(of);
    return !strcmp(comparison, "has") ? check_text(of, left, holds, seen)
                                      : check_figures(of, left, comparison, holds, seen);
}

isobit_status demo_check(const cli_demo *demo, const demo_result *results, size_t *broken) {
    cli_table table = {.align = "lll"};
    *broken = 0;
    for (size_t i = 0; i < demo->expect.count; i++) {
        const char *text = demo->expect.items[i], *seen = "";
        char *copy;
        bool holds = false;
        ISO_TRY(iso_copy(&copy, text));
        claim of = {.rest = copy, .demo = demo, .results = results};
        isobit_status status = check_one(&of, &holds, &seen);
        seen = cli_format("%s", seen);
        free(copy);
        if (status != ISOBIT_OK) {
            cli_table_free(&table);
            return iso_fail_at(status, "demo %s: expect \"%s\"", demo->name, text);
        }
        cli_cell(&table, "%s", holds ? cli_symbol("✓", "ok") : cli_symbol("✗", "NO"));
        cli_cell(&table, "%s", text);
        cli_cell(&table, "%s", *seen ? cli_format("(%s)", seen) : "");
        *broken += !holds;
    }
    cli_table_print(&table, 2);
    return ISOBIT_OK;
}
