#include "cli/images.h"

#include "cli/report.h"

#include <math.h>
#include <stdio.h>

/* How images are drawn: each character stands for `step` pixels across and twice that down, as it
 * is twice as high as wide. */
typedef struct canvas {
    const cli_images *images;
    const float *values; /* the images' own, or those below */
    size_t columns, lines, step;
    double least, most; /* values of the faintest and the strongest shade */
} canvas;

static canvas new_canvas(const cli_images *images) {
    enum { WIDEST = 40 };
    const iso_shape shape = images->shape;
    canvas out = {.images = images,
                  .values = images->values,
                  .step = (shape.width + WIDEST - 1) / WIDEST,
                  .least = INFINITY,
                  .most = -INFINITY};
    out.columns = (shape.width + out.step - 1) / out.step;
    out.lines = (shape.height + 2 * out.step - 1) / (2 * out.step);
    for (size_t i = 0; i < images->count * iso_shape_size(shape); i++) {
        out.least = fmin(out.least, (double)images->values[i]);
        out.most = fmax(out.most, (double)images->values[i]);
    }
    return out;
}

/* The mean over a character's pixels and channels, from 0 to 1. */
static double shade_at(const canvas *on, size_t image, size_t line, size_t column) {
    const iso_shape shape = on->images->shape;
    const float *values = on->values + image * iso_shape_size(shape);
    double sum = 0;
    size_t count = 0;
    for (size_t y = line * 2 * on->step; y < (line + 1) * 2 * on->step && y < shape.height; y++)
        for (size_t x = column * on->step; x < (column + 1) * on->step && x < shape.width; x++)
            for (size_t c = 0; c < shape.channels; c++, count++)
                sum += (double)values[(c * shape.height + y) * shape.width + x];
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

static void print_titles(const canvas *on, size_t first, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *title = on->images->titles[first + i];
        const size_t width = cli_width(title);
        const bool last = i + 1 == count;
        printf("  %s%*s", title, last || width > on->columns ? 0 : (int)(on->columns - width), "");
    }
    putchar('\n');
}

/* Some images side by side, their titles above. */
static void print_row(const canvas *on, size_t first, size_t count) {
    putchar('\n');
    if (on->images->titles && on->values == on->images->values)
        print_titles(on, first, count);
    for (size_t line = 0; line < on->lines; line++) {
        for (size_t i = 0; i < count; i++) {
            fputs("  ", stdout);
            for (size_t column = 0; column < on->columns; column++)
                print_shade(shade_at(on, first + i, line, column));
        }
        putchar('\n');
    }
}

void cli_images_print(const cli_images *images) {
    const canvas on = new_canvas(images);
    const size_t fit = cli_terminal_width() / (on.columns + 2), across = fit ? fit : 1;
    canvas below = on;
    below.values = images->below;
    for (size_t i = 0; i < images->count; i += across) {
        const size_t count = images->count - i < across ? images->count - i : across;
        print_row(&on, i, count);
        if (images->below)
            print_row(&below, i, count);
    }
}
