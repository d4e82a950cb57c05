#include "cli/samples.h"

#include "base/memory.h"
#include "cli/report.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

double cli_value(const isobit_data *data, size_t sample, size_t feature) {
    const size_t at = sample * iso_data_features(data) + feature;
    return data->element == ISO_UINT8 ? (double)((const uint8_t *)data->x)[at]
                                      : (double)((const float *)data->x)[at];
}

/* The training part's samples to show: round after round, the next one of every class. */
static size_t choose(const isobit_data *data, size_t *chosen, size_t count) {
    const size_t samples = isobit_data_samples(data, ISOBIT_TRAIN);
    size_t found = 0, *seen;
    if (iso_alloc(&seen, data->classes ? data->classes : 1, sizeof *seen) != ISOBIT_OK)
        return 0;
    for (size_t round = 0; found < count && round < samples; round++) {
        memset(seen, 0, (data->classes ? data->classes : 1) * sizeof *seen);
        for (size_t i = 0; found < count && i < samples; i++) {
            const size_t sample = data->order[i];
            const size_t class = data->classes ? (size_t)data->labels[sample] : 0;
            if (seen[class]++ == round)
                chosen[found++] = sample;
        }
    }
    free(seen);
    return found;
}

static const char *answer_text(const isobit_data *data, size_t sample) {
    const char *out = "";
    if (data->classes)
        return data->class_names[data->labels[sample]];
    for (size_t i = 0; i < data->outputs && i < 6; i++)
        out = cli_format("%s%s%.5g", out, i ? ", " : "",
                         (double)data->targets[sample * data->outputs + i]);
    return data->outputs > 6 ? cli_format("%s, …", out) : out;
}

/* --------------------------------------------------------------------------------- numbers -- */

static void print_numbers(const isobit_data *data, const size_t *chosen, size_t count) {
    enum { MOST = 8 };
    const size_t features = iso_data_features(data);
    const size_t shown = features < MOST ? features : MOST;
    cli_table table = {.align = &"rrrrrrrrll"[MOST - shown]};
    for (size_t i = 0; i < count; i++) {
        for (size_t f = 0; f < shown; f++)
            cli_cell(&table, "%.5g", cli_value(data, chosen[i], f));
        cli_cell(&table, "%s%s", features > shown ? cli_symbol("… ", "... ") : "",
                 cli_symbol("→", "->"));
        cli_cell(&table, "%s", answer_text(data, chosen[i]));
    }
    cli_table_print(&table, 2);
}

/* ---------------------------------------------------------------------------------- images -- */

/* How images are drawn: each character stands for `step` pixels across and twice that down, as it
 * is twice as high as wide. */
typedef struct canvas {
    const isobit_data *data;
    size_t columns, lines, step;
    double least, most; /* values of the faintest and the strongest shade */
} canvas;

static canvas new_canvas(const isobit_data *data, const size_t *chosen, size_t count) {
    enum { WIDEST = 40 };
    const iso_shape shape = data->shape;
    canvas out = {.data = data,
                  .step = (shape.width + WIDEST - 1) / WIDEST,
                  .least = INFINITY,
                  .most = -INFINITY};
    out.columns = (shape.width + out.step - 1) / out.step;
    out.lines = (shape.height + 2 * out.step - 1) / (2 * out.step);
    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; f < iso_data_features(data); f++) {
            const double value = cli_value(data, chosen[i], f);
            out.least = fmin(out.least, value);
            out.most = fmax(out.most, value);
        }
    return out;
}

/* The mean over a character's pixels and channels, from 0 to 1. */
static double shade_at(const canvas *on, size_t sample, size_t line, size_t column) {
    const iso_shape shape = on->data->shape;
    double sum = 0;
    size_t count = 0;
    for (size_t y = line * 2 * on->step; y < (line + 1) * 2 * on->step && y < shape.height; y++)
        for (size_t x = column * on->step; x < (column + 1) * on->step && x < shape.width; x++)
            for (size_t c = 0; c < shape.channels; c++, count++)
                sum += cli_value(on->data, sample, (c * shape.height + y) * shape.width + x);
    const double mean = count ? sum / (double)count : 0;
    const double shade = on->most > on->least ? (mean - on->least) / (on->most - on->least) : 0;
    return fmin(fmax(shade, 0), 1);
}

static void print_shade(double shade) {
    static const char *const blocks[] = {" ", "░", "▒", "▓", "█"};
    static const char ascii[] = " .:-=+*#%@";
    if (cli_utf8())
        fputs(blocks[(size_t)(shade * 4.999)], stdout);
    else
        putchar(ascii[(size_t)(shade * 9.999)]);
}

/* Some images side by side, their answers above. */
static void print_row(const canvas *on, const size_t *chosen, size_t count) {
    putchar('\n');
    for (size_t i = 0; i < count; i++) {
        const char *answer = answer_text(on->data, chosen[i]);
        const size_t width = cli_width(answer);
        const bool last = i + 1 == count;
        printf("  %s%*s", answer, last || width > on->columns ? 0 : (int)(on->columns - width), "");
    }
    putchar('\n');
    for (size_t line = 0; line < on->lines; line++) {
        for (size_t i = 0; i < count; i++) {
            fputs("  ", stdout);
            for (size_t column = 0; column < on->columns; column++)
                print_shade(shade_at(on, chosen[i], line, column));
        }
        putchar('\n');
    }
}

/* How many images fit beside each other. */
static size_t images_across(const canvas *on) {
    struct winsize size;
    const size_t width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
    const size_t fit = width / (on->columns + 2);
    return fit ? fit : 1;
}

static void print_images(const isobit_data *data, const size_t *chosen, size_t count) {
    const canvas on = new_canvas(data, chosen, count);
    const size_t across = images_across(&on);
    for (size_t i = 0; i < count; i += across)
        print_row(&on, chosen + i, count - i < across ? count - i : across);
}

isobit_status cli_samples_print(const isobit_data *data, size_t count) {
    size_t *chosen;
    ISO_TRY(iso_alloc(&chosen, count, sizeof *chosen));
    count = choose(data, chosen, count);
    if (data->shape.width > 1) {
        print_images(data, chosen, count);
    } else {
        puts("\nsamples");
        print_numbers(data, chosen, count);
    }
    free(chosen);
    return ISOBIT_OK;
}

/* Rows of inputs, each with what came out below it, in the inputs' shades. */
static void print_image_pairs(const isobit_data *in, const isobit_data *out, const size_t *chosen) {
    const canvas above = new_canvas(in, chosen, in->samples);
    canvas below = above;
    const size_t across = images_across(&above);
    below.data = out;
    for (size_t i = 0; i < in->samples; i += across) {
        const size_t count = in->samples - i < across ? in->samples - i : across;
        print_row(&above, chosen + i, count);
        print_row(&below, chosen + i, count);
    }
}

isobit_status cli_reconstructions_print(iso_shape shape, const float *inputs, const float *outputs,
                                        size_t count) {
    const isobit_data in = {.samples = count,
                            .shape = shape,
                            .element = ISO_FLOAT32,
                            .x = (void *)(uintptr_t)inputs,
                            .targets = (float *)(uintptr_t)outputs,
                            .outputs = shape.width > 1 ? 0 : iso_shape_size(shape)};
    isobit_data out = in;
    size_t *chosen;
    out.x = in.targets;
    ISO_TRY(iso_alloc(&chosen, count, sizeof *chosen));
    for (size_t i = 0; i < count; i++)
        chosen[i] = i;
    puts("\nscaled inputs, and what the network makes of them");
    if (shape.width > 1)
        print_image_pairs(&in, &out, chosen);
    else
        print_numbers(&in, chosen, count);
    free(chosen);
    return ISOBIT_OK;
}
