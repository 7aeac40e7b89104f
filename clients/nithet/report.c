/* See report.h: what is asked of the service, and what is judged of the answers. */
#include "report.h"

#include "base/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Colours are dark enough for white paper (contrast over 4.5 to 1), and each has a sign of its own. */
const report_light REPORT_LIGHTS[REPORT_STATUSES] = {{"–", "none", "ไม่มีเป้าหมาย", "no target"},
                                                     {"●", "on", "ตามเป้า", "on track"},
                                                     {"▲", "risk", "เสี่ยง", "at risk"},
                                                     {"■", "off", "ไม่ถึงเป้า", "off track"},
                                                     {"○", "nodata", "ไม่มีข้อมูล", "no data"}};

const char *report_text(const json_t *thing, const char *key, int thai) {
    const char *text = json_string_value(json_object_get(json_object_get(thing, key), thai ? "th" : "en"));
    return text ? text : "";
}

static int status_of(const json_t *score) {
    static const char *const names[] = {"UNSPECIFIED", "ON_TRACK", "AT_RISK", "OFF_TRACK", "NO_DATA"};
    const char *status = json_string_value(json_object_get(score, "status"));
    const char *own = status && strncmp(status, "TARGET_STATUS_", 14) == 0 ? status + 14 : "";
    for (int i = 0; i < REPORT_STATUSES; i++)
        if (strcmp(names[i], own) == 0)
            return i;
    return REPORT_NONE;
}

/* 1 and the number, if there is one. */
static int number_of(const json_t *thing, const char *key, double *out) {
    const char *text = json_string_value(json_object_get(thing, key));
    *out = text && *text ? strtod(text, NULL) : 0;
    return text && *text;
}

static report_score judge(const json_t *row, const json_t *score) {
    const char *direction = json_string_value(json_object_get(row, "direction"));
    double value, change, target, distance;
    report_score s = {.row = row, .score = score, .status = status_of(score), .distance = NAN};
    s.direction = direction && strstr(direction, "HIGHER") ? 1 : direction && strstr(direction, "LOWER") ? -1 : 0;
    int has_value = number_of(score, "value", &value);
    if (has_value && s.direction && number_of(score, "change", &change) && fabs(value - change) > 0) {
        s.has_change = change != 0;
        s.change = s.direction * change / fabs(value - change) * 100;
    }
    if (has_value && s.direction && number_of(score, "target", &target) && target != 0 &&
        number_of(score, "distance", &distance))
        s.distance = s.direction * distance / fabs(target) * 100;
    return s;
}

void report_count(const report *r, const char *issue, const char *org, int counts[REPORT_STATUSES]) {
    memset(counts, 0, REPORT_STATUSES * sizeof *counts);
    size_t n = *org ? r->part_count : r->total_count;
    for (size_t i = 0; i < n; i++) {
        const report_score *s = *org ? &r->parts[i] : &r->totals[i];
        if ((!*issue || strcmp(cli_text(r->c, s->row, "issue"), issue) == 0) &&
            (!*org || strcmp(cli_text(r->c, s->score, "org"), org) == 0))
            counts[s->status]++;
    }
}

static int largest_change(const void *a, const void *b) {
    double x = fabs((*(const report_score *const *)a)->change), y = fabs((*(const report_score *const *)b)->change);
    return x > y ? -1 : x < y;
}

static int shortest(const void *a, const void *b) {
    double x = (*(const report_score *const *)a)->distance, y = (*(const report_score *const *)b)->distance;
    return x < y ? -1 : x > y;
}

size_t report_changes(const report *r, int worse, const report_score **out, size_t most) {
    size_t n = 0, all = r->total_count + r->part_count;
    const report_score **found = NT_NEW_ARRAY(r->c->arena, const report_score *, all + 1);
    for (size_t i = 0; found && i < all; i++) {
        const report_score *s = i < r->total_count ? &r->totals[i] : &r->parts[i - r->total_count];
        if (s->has_change && (worse ? s->change < 0 : s->change > 0))
            found[n++] = s;
    }
    if (n)
        qsort(found, n, sizeof *found, largest_change);
    n = n < most ? n : most;
    for (size_t i = 0; i < n; i++)
        out[i] = found[i];
    return n;
}

size_t report_farthest(const report *r, const report_score **out, size_t most) {
    size_t n = 0;
    const report_score **found = NT_NEW_ARRAY(r->c->arena, const report_score *, r->total_count + 1);
    for (size_t i = 0; found && i < r->total_count; i++)
        if (!isnan(r->totals[i].distance) && r->totals[i].distance < 0)
            found[n++] = &r->totals[i];
    if (n)
        qsort(found, n, sizeof *found, shortest);
    n = n < most ? n : most;
    for (size_t i = 0; i < n; i++)
        out[i] = found[i];
    return n;
}

static int gather(report *r, const char *org, const char *period, int64_t as_of_us) {
    cli *c = r->c;
    int status;
    r->scorecard = cli_scorecard(c, org, period, as_of_us, &status);
    if (r->scorecard)
        r->status = cli_call(c, "nithet.v1.MonitoringService/GetStatus",
                             json_pack("{s:s,s:s,s:I}", "org", org, "period", period, "as_of_us", (json_int_t)as_of_us),
                             NITHET_CALL_READ, NULL, &status);
    if (r->status)
        r->concerns = cli_call(c, "nithet.v1.MonitoringService/ListConcerns",
                               json_pack("{s:s,s:s}", "org", org, "period", period), NITHET_CALL_READ, NULL, &status);
    if (!r->concerns)
        return status;
    size_t i, k, units = json_array_size(json_object_get(r->scorecard, "units"));
    json_t *row, *score;
    const json_t *rows = json_object_get(r->scorecard, "rows");
    r->totals = NT_NEW_ARRAY(c->arena, report_score, json_array_size(rows) + 1);
    r->parts = NT_NEW_ARRAY(c->arena, report_score, json_array_size(rows) * units + 1);
    r->made_us = nt_clock_wall_us();
    if (!r->totals || !r->parts)
        return cli_fail(c, NULL);
    json_array_foreach((json_t *)(uintptr_t)rows, i, row) {
        r->totals[r->total_count++] = judge(row, json_object_get(row, "total"));
        json_array_foreach(json_object_get(row, "units"), k, score) r->parts[r->part_count++] = judge(row, score);
    }
    return EXIT_GOOD;
}

static int write_html(const report *r, const char *path) {
    nt_buffer page = {0};
    int ok = report_html(r, &page);
    FILE *f = ok ? fopen(path, "we") : NULL;
    ok = f && fwrite(page.data, 1, page.size, f) == page.size;
    if (f && fclose(f) != 0)
        ok = 0;
    nt_buffer_free(&page);
    if (!ok)
        cli_complain(r->c, "%s: %s", "%s: %s", path, strerror(errno));
    return ok;
}

int command_report(cli *c) {
    const char *period = cli_need(c, "period"), *path = cli_need(c, "out");
    const char *what = c->argument_count ? c->arguments[0] : "";
    int64_t as_of_us = 0;
    if (!period || !path || !cli_moment(c, "as-of", &as_of_us))
        return EXIT_USAGE;
    if ((strcmp(what, "region") != 0 && strcmp(what, "province") != 0 && strcmp(what, "country") != 0) ||
        c->argument_count != 2) {
        cli_complain(c, "report region|province|country ORG --period P -o FILE.html|FILE.xlsx",
                     "report region|province|country หน่วยงาน --period งวด -o FILE.html|FILE.xlsx");
        return EXIT_USAGE;
    }
    report r = {.c = c};
    size_t n = strlen(path);
    int status = gather(&r, c->arguments[1], period, as_of_us);
    if (status == EXIT_GOOD) {
        int xlsx = n > 5 && strcmp(path + n - 5, ".xlsx") == 0;
        status = (xlsx ? report_xlsx(&r, path) : write_html(&r, path)) ? EXIT_GOOD : EXIT_FAILED;
    }
    json_decref(r.scorecard);
    json_decref(r.status);
    json_decref(r.concerns);
    return status;
}
