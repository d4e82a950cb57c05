/* A roofline plot as SVG: how fast each operation ran, under what the device allows. */
#include "base/file.h"
#include "base/text.h"
#include "bench/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 860, HEIGHT = 540, LEFT = 70, RIGHT = 200, TOP = 40, BOTTOM = 60 };

/* Both axes are logarithmic, from one power of ten to another. */
typedef struct axes {
    double low[2], high[2];
} axes;

static double x_of(const axes *a, double value) {
    return LEFT + (log10(value) - a->low[0]) / (a->high[0] - a->low[0]) * (WIDTH - LEFT - RIGHT);
}
static double y_of(const axes *a, double value) {
    return HEIGHT - BOTTOM -
           (log10(value) - a->low[1]) / (a->high[1] - a->low[1]) * (HEIGHT - TOP - BOTTOM);
}

/* Operations per byte and GFLOP/s. What only moves memory counts one operation per float moved. */
static bool point_of(const iso_result *row, double *intensity, double *rate) {
    const double flops = row->flops > 0 ? row->flops : row->bytes / 4;
    if (!row->rounds || !(row->bytes > 0) || !(row->seconds.median > 0))
        return false;
    *intensity = flops / row->bytes;
    *rate = 1e-9 * flops / row->seconds.median;
    return true;
}

static axes find_axes(const iso_results *results) {
    const double peak = 1e-9 * results->peak.flops;
    axes a = {{-1, floor(log10(peak)) - 1}, {1, ceil(log10(peak))}};
    for (size_t i = 0; i < results->count; i++) {
        double x, y;
        if (!point_of(&results->rows[i], &x, &y))
            continue;
        a.low[0] = fmin(a.low[0], floor(log10(x)));
        a.high[0] = fmax(a.high[0], ceil(log10(x)));
        a.low[1] = fmin(a.low[1], floor(log10(y)));
        a.high[1] = fmax(a.high[1], ceil(log10(y)));
    }
    return a;
}

static void add_escaped(iso_text *text, const char *value) {
    for (; *value; value++)
        switch (*value) {
        case '<':
            iso_text_add(text, "&lt;");
            break;
        case '>':
            iso_text_add(text, "&gt;");
            break;
        case '&':
            iso_text_add(text, "&amp;");
            break;
        default:
            iso_text_add(text, "%c", *value);
        }
}

static void add_grid(iso_text *text, const axes *a) {
    for (int e = (int)a->low[0]; e <= (int)a->high[0]; e++) {
        const double x = x_of(a, pow(10, e));
        iso_text_add(text, "<path class='grid' d='M%.1f %d V%d'/>\n", x, TOP, HEIGHT - BOTTOM);
        iso_text_add(text, "<text x='%.1f' y='%d' text-anchor='middle'>%g</text>\n", x,
                     HEIGHT - BOTTOM + 18, pow(10, e));
    }
    for (int e = (int)a->low[1]; e <= (int)a->high[1]; e++) {
        const double y = y_of(a, pow(10, e));
        iso_text_add(text, "<path class='grid' d='M%d %.1f H%d'/>\n", LEFT, y, WIDTH - RIGHT);
        iso_text_add(text, "<text x='%d' y='%.1f' text-anchor='end'>%g</text>\n", LEFT - 6, y + 4,
                     pow(10, e));
    }
    iso_text_add(text, "<text x='%d' y='%d' text-anchor='middle'>operations per byte</text>\n",
                 (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18);
    iso_text_add(text,
                 "<text transform='translate(18 %d) rotate(-90)' text-anchor='middle'>GFLOP/s"
                 "</text>\n",
                 (TOP + HEIGHT - BOTTOM) / 2);
}

/* min(peak, bandwidth * intensity): a slope, then a ceiling. */
static void add_roof(iso_text *text, const iso_results *results, const axes *a) {
    const double peak = 1e-9 * results->peak.flops, copy = 1e-9 * results->peak.copy;
    const double left = fmax(pow(10, a->low[0]), pow(10, a->low[1]) / copy);
    const double ridge = fmin(fmax(peak / copy, left), pow(10, a->high[0]));
    iso_text_add(text, "<path class='roof' d='M%.1f %.1f L%.1f %.1f H%d'/>\n", x_of(a, left),
                 y_of(a, copy * left), x_of(a, ridge), y_of(a, fmin(peak, copy * ridge)),
                 WIDTH - RIGHT);
    iso_text_add(text, "<text x='%d' y='%.1f'>%.0f GFLOP/s</text>\n", WIDTH - RIGHT + 6,
                 y_of(a, peak) + 4, peak);
    iso_text_add(text, "<text x='%.1f' y='%.1f'>copy %.1f GB/s</text>\n", x_of(a, left) + 6,
                 y_of(a, copy * left) + 16, copy);
}

static void add_point(iso_text *text, const axes *a, const iso_result *row) {
    double x, y;
    if (!point_of(row, &x, &y))
        return;
    iso_text_add(text, "<circle class='%s' cx='%.1f' cy='%.1f' r='%s'><title>",
                 row->yardstick ? "other"
                 : row->best    ? "best"
                                : "ours",
                 x_of(a, x), y_of(a, y), row->best ? "5" : "3.5");
    add_escaped(text, row->op);
    iso_text_add(text, " %s ", row->shape);
    add_escaped(text, row->name);
    iso_text_add(text, ": %.4g %s</title></circle>\n", row->rate.median, row->unit);
    if (!row->best)
        return;
    iso_text_add(text, "<text class='label' x='%.1f' y='%.1f'>", x_of(a, x) + 8, y_of(a, y) + 3);
    add_escaped(text, row->op);
    iso_text_add(text, " %s</text>\n", row->shape);
}

isobit_status iso_results_save_plot(const iso_results *results, const char *path) {
    iso_text text = {0};
    char *svg;
    const axes a = find_axes(results);
    iso_text_add(&text,
                 "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
                 "viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>\n"
                 "<style>.grid{stroke:#ddd;fill:none}.roof{stroke:#333;stroke-width:2;fill:none}"
                 ".ours{fill:#1f77b4}.best{fill:#d62728}.other{fill:#999}"
                 ".label{font-size:10px;fill:#333}</style>\n"
                 "<rect width='100%%' height='100%%' fill='white'/>\n<text x='%d' y='24'>",
                 WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT);
    add_escaped(&text, results->device);
    iso_text_add(&text, "</text>\n");
    add_grid(&text, &a);
    add_roof(&text, results, &a);
    for (size_t i = 0; i < results->count; i++)
        add_point(&text, &a, &results->rows[i]);
    iso_text_add(&text, "</svg>\n");
    ISO_TRY(iso_text_take(&text, &svg));
    isobit_status status = iso_file_write(path, svg, strlen(svg));
    free(svg);
    return status;
}
