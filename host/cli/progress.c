#include "cli/progress.h"

#include "cli/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

cli_watch cli_watch_new(bool classify) {
    const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    const bool live = isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
    return (cli_watch){
        .live = live, .colour = live && !(no_colour && *no_colour), .classify = classify};
}

/* ------------------------------------------------------------------------------ the epochs -- */

static const struct shown {
    isobit_part part;
    const char *name;
} shown[] = {{ISOBIT_TRAIN, "training"}, {ISOBIT_VALIDATION, "validation"}, {ISOBIT_TEST, "test"}};
enum { SHOWN = sizeof shown / sizeof *shown };

static int digits_of(size_t number) { return (int)strlen(cli_format("%zu", number)); }

static void print_heading(const cli_watch *watch, const isobit_progress *progress) {
    const int epoch = digits_of(progress->epochs) * 2 + 1;
    const int first = epoch > 5 ? epoch : 5;
    printf("%*s", first, "");
    for (size_t i = 0; i < SHOWN; i++)
        if (progress->metrics[shown[i].part].samples)
            printf("   %*s", watch->classify ? 20 : 10, shown[i].name);
    printf("\n%*s", first, "epoch");
    for (size_t i = 0; i < SHOWN; i++)
        if (progress->metrics[shown[i].part].samples)
            printf("   %10s%s", "loss", watch->classify ? "  accuracy" : "");
    printf("   %11s %8s\n", "samples/s", "time");
}

static void print_epoch(const cli_watch *watch, const isobit_progress *progress) {
    const int digits = digits_of(progress->epochs), first = 2 * digits + 1;
    printf("%*s%*zu/%zu", first > 5 ? 0 : 5 - first, "", digits, progress->epoch, progress->epochs);
    for (size_t i = 0; i < SHOWN; i++) {
        const isobit_metrics *metrics = &progress->metrics[shown[i].part];
        if (!metrics->samples)
            continue;
        printf("   %10s", cli_loss(metrics->loss));
        if (watch->classify)
            printf("  %8s", cli_percent(metrics->accuracy));
    }
    printf("   %11s %8s\n", cli_count((uint64_t)progress->samples_per_second),
           cli_clock(progress->seconds));
}

/* On a terminal a long training leaves some twenty lines; the bar tells of the others. */
static bool worth_a_line(const cli_watch *watch, const isobit_progress *progress) {
    const size_t every = progress->epochs / 20;
    return !watch->live || progress->epochs <= 40 || progress->epoch == 1 ||
           progress->epoch == progress->epochs || progress->epoch % every == 0;
}

/* --------------------------------------------------------------------------------- the bar -- */

static void draw_bar(const cli_watch *watch, double fraction, size_t width) {
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const bool blocks = cli_utf8();
    const size_t parts = blocks ? 8 : 1, done = (size_t)(fraction * (double)(width * parts));
    size_t used = done / parts;
    printf("%s", watch->colour ? "\033[36m" : "");
    for (size_t i = 0; i < used && i < width; i++)
        fputs(blocks ? "█" : "#", stdout);
    if (blocks && used < width && done % 8) {
        fputs(eighths[done % 8], stdout);
        used++;
    }
    printf("%s", watch->colour ? "\033[0;2m" : "");
    for (size_t i = used; i < width; i++)
        fputs(blocks ? "░" : ".", stdout);
    printf("%s", watch->colour ? "\033[0m" : "");
}

/* What is told behind the bar, most important first; what does not fit is left out. */
static size_t describe(const cli_watch *watch, const isobit_progress *progress, double fraction,
                       const char *parts[6]) {
    size_t count = 0;
    parts[count++] = cli_format("epoch %zu/%zu", progress->epoch, progress->epochs);
    parts[count++] = cli_format("loss %s", cli_loss(progress->metrics[ISOBIT_TRAIN].loss));
    if (watch->classify)
        parts[count++] = cli_percent(progress->metrics[ISOBIT_TRAIN].accuracy);
    parts[count++] =
        fraction > 0
            ? cli_format("%s left", cli_clock(progress->seconds * (1 - fraction) / fraction))
            : "";
    parts[count++] = cli_format("batch %zu/%zu", progress->epoch_step, progress->steps_per_epoch);
    parts[count++] = cli_format("%s/s", cli_count((uint64_t)progress->samples_per_second));
    return count;
}

static void show_bar(cli_watch *watch, const isobit_progress *progress) {
    enum { LEAST_BAR = 8, MOST_BAR = 24 };
    const double total = (double)progress->epochs * (double)progress->steps_per_epoch;
    const double fraction = total > 0 ? (double)progress->step / total : 1;
    const size_t room = cli_terminal_width() - 1;
    const char *parts[6];
    size_t count = describe(watch, progress, fraction < 1 ? fraction : 1, parts), kept = 0;
    size_t used = 1 + LEAST_BAR;
    for (; kept < count && used + 2 + strlen(parts[kept]) <= room; kept++)
        used += 2 + strlen(parts[kept]);
    size_t bar = LEAST_BAR + (room > used ? room - used : 0);
    fputs("\r ", stdout);
    if (room > LEAST_BAR)
        draw_bar(watch, fraction < 1 ? fraction : 1, bar < MOST_BAR ? bar : MOST_BAR);
    for (size_t i = 0; i < kept; i++)
        printf("  %s", parts[i]);
    fputs("\033[K", stdout);
    watch->bar_shown = true;
}

void cli_watch_end(cli_watch *watch) {
    if (watch->bar_shown)
        fputs("\r\033[K", stdout);
    watch->bar_shown = false;
    fflush(stdout);
}

void cli_watch_wait(cli_watch *watch, const char *what) {
    if (!watch->live)
        return;
    printf("\r%s%s%s", watch->colour ? "\033[2m" : "", what, watch->colour ? "\033[0m" : "");
    fflush(stdout);
    watch->bar_shown = true;
}

void cli_watch_show(cli_watch *watch, const isobit_progress *progress) {
    if (progress->epoch_done && worth_a_line(watch, progress)) {
        cli_watch_end(watch);
        if (!watch->headed)
            print_heading(watch, progress);
        watch->headed = true;
        print_epoch(watch, progress);
    }
    if (watch->live)
        show_bar(watch, progress);
    fflush(stdout);
}

static const char *small(double value) { return cli_format("%.3g", value); }

void cli_watch_layers(cli_watch *watch, const isobit_progress *progress,
                      const iso_network *network) {
    static const char *const heads[] = {"layer",         "",         "mean", "variance",
                                        "gradient mean", "variance", "norm", ""};
    cli_table table = {.align = "rlrrrrrl"};
    if (!progress->epoch_done || !progress->layers || !worth_a_line(watch, progress))
        return;
    cli_watch_end(watch);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        cli_cell(&table, "%s", heads[i]);
    for (size_t i = 0; i < progress->layer_count; i++) {
        const isobit_layer_state *state = &progress->layers[i];
        const double values[] = {state->mean, state->variance, state->gradient_mean,
                                 state->gradient_variance, state->gradient_norm};
        cli_cell(&table, "%zu", state->layer);
        cli_cell(&table, "%s", network->layers[state->layer - 1].text);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            cli_cell(&table, "%s", small(values[k]));
        cli_cell(&table, "%s",
                 state->dead ? cli_format("%zu of %zu dead", state->dead, state->units)
                 : state->saturated
                     ? cli_format("%zu of %zu saturated", state->saturated, state->units)
                     : "");
    }
    cli_table_print(&table, 6);
}
