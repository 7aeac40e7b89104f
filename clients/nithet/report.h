/* The director's page: what the service says of a unit and a period, gathered, judged, and written as HTML or XLSX. */
#ifndef NITHET_CLI_REPORT_H
#define NITHET_CLI_REPORT_H

#include "cli.h"

#include "base/bytes.h"

/* One indicator of one unit. */
typedef struct report_score {
    const json_t *row;   /* ScorecardRow */
    const json_t *score; /* Score */
    int direction;       /* 1 higher is better, -1 lower, 0 neither */
    int status;          /* as TargetStatus */
    int has_change;
    double change;   /* in percent of the figure before; above 0 is better, whatever the direction */
    double distance; /* from the target in percent of it; below 0 is short of it; NAN where there is none */
} report_score;

typedef struct report {
    cli *c;
    json_t *scorecard, *status, *concerns;
    report_score *totals; /* of the unit itself */
    size_t total_count;
    report_score *parts; /* of the units below */
    size_t part_count;
    int64_t made_us;
} report;

/* TargetStatus by number, and its signs: not by colour alone. */
enum { REPORT_NONE, REPORT_ON_TRACK, REPORT_AT_RISK, REPORT_OFF_TRACK, REPORT_NO_DATA, REPORT_STATUSES };
typedef struct report_light {
    const char *sign, *class_name, *th, *en;
} report_light;
extern const report_light REPORT_LIGHTS[REPORT_STATUSES];

/* How many totals (or parts, of one unit) of an issue ("": all) have each status. */
void report_count(const report *r, const char *issue, const char *org, int counts[REPORT_STATUSES]);
/* The better or worse changes, the largest first: pointers into totals and parts. */
size_t report_changes(const report *r, int worse, const report_score **out, size_t most);
size_t report_farthest(const report *r, const report_score **out, size_t most);
/* Of {th, en}: one language's text. */
const char *report_text(const json_t *thing, const char *key, int thai);

/* The whole page. 0 when memory is out. */
int report_html(const report *r, nt_buffer *out);
/* 0 after an error was printed. */
int report_xlsx(const report *r, const char *path);

/* Charts, as inline SVG. */
void chart_line(nt_buffer *out, const json_t *score, int status, const char *title);
void chart_bar(nt_buffer *out, double percent, const char *title);
void html_text(nt_buffer *out, const char *text);

#endif
