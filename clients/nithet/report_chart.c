/* Charts as inline SVG: no script, no file beside it, and a title for whoever cannot see them. */
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void html_text(nt_buffer *out, const char *text) {
    for (; *text; text++)
        switch (*text) {
        case '&':
            nt_buffer_text(out, "&amp;");
            break;
        case '<':
            nt_buffer_text(out, "&lt;");
            break;
        case '>':
            nt_buffer_text(out, "&gt;");
            break;
        case '"':
            nt_buffer_text(out, "&quot;");
            break;
        default:
            nt_buffer_byte(out, (uint8_t)*text);
        }
}

enum { WIDTH = 120, HEIGHT = 40, MARGIN = 4, POINTS_MOST = 16 };

typedef struct scale {
    double low, high;
} scale;

static void include(scale *s, double v) {
    if (isnan(s->low) || v < s->low)
        s->low = v;
    if (isnan(s->high) || v > s->high)
        s->high = v;
}

static double y_of(const scale *s, double v) {
    double span = s->high - s->low;
    return span > 0 ? MARGIN + (HEIGHT - 2 * MARGIN) * (s->high - v) / span : HEIGHT / 2.0;
}

/* The history as a line, the target as a dashed one, the last figure with the status's sign. */
void chart_line(nt_buffer *out, const json_t *score, int status, const char *title) {
    const json_t *history = json_object_get(score, "history");
    size_t i, n = json_array_size(history);
    json_t *point;
    scale s = {NAN, NAN};
    double values[POINTS_MOST];
    const char *target_text = json_string_value(json_object_get(score, "target"));
    double target = target_text && *target_text ? strtod(target_text, NULL) : NAN;
    n = n < POINTS_MOST ? n : POINTS_MOST;
    json_array_foreach((json_t *)(uintptr_t)history, i, point) {
        const char *text = json_string_value(json_object_get(point, "value"));
        if (i == n)
            break;
        values[i] = text && *text ? strtod(text, NULL) : NAN;
        if (!isnan(values[i]))
            include(&s, values[i]);
    }
    if (!isnan(target))
        include(&s, target);
    nt_buffer_printf(out, "<svg class=\"line %s\" viewBox=\"0 0 %d %d\" role=\"img\"><title>",
                     REPORT_LIGHTS[status].class_name, WIDTH, HEIGHT);
    html_text(out, title);
    nt_buffer_text(out, "</title>");
    if (!isnan(target))
        nt_buffer_printf(out, "<line class=\"target\" x1=\"0\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", WIDTH,
                         y_of(&s, target), y_of(&s, target));
    int open = 0, last = -1;
    for (i = 0; i < n; i++) {
        double x = n > 1 ? MARGIN + (WIDTH - 2.0 * MARGIN) * (double)i / (double)(n - 1) : WIDTH / 2.0;
        if (isnan(values[i])) { /* a gap stays one */
            if (open)
                nt_buffer_text(out, "\"/>");
            open = 0;
            continue;
        }
        nt_buffer_printf(out, "%s%.1f,%.1f ", open ? "" : "<polyline points=\"", x, y_of(&s, values[i]));
        open = 1;
        last = (int)i;
    }
    if (open)
        nt_buffer_text(out, "\"/>");
    if (last >= 0) {
        double x = n > 1 ? MARGIN + (WIDTH - 2.0 * MARGIN) * last / (double)(n - 1) : WIDTH / 2.0;
        nt_buffer_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.8\"/>", x, y_of(&s, values[last]));
    }
    nt_buffer_text(out, "</svg>");
}

void chart_bar(nt_buffer *out, double percent, const char *title) {
    double width = percent < 0 ? 0 : percent > 100 ? 100 : percent;
    nt_buffer_text(out, "<svg class=\"bar\" viewBox=\"0 0 100 8\" role=\"img\" preserveAspectRatio=\"none\"><title>");
    html_text(out, title);
    nt_buffer_printf(out,
                     "</title><rect class=\"whole\" width=\"100\" height=\"8\"/><rect class=\"part\" width=\"%.1f\" "
                     "height=\"8\"/></svg>",
                     width);
}
