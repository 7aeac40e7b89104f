/* The page: one A4 page for the director, annexes behind it. Bilingual throughout; Thai first. Prints as it is shown;
 * needs no script, no font and no file beside it. */
#include "report_page.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Thai text breaks between words where the browser knows them (lang="th"), and is never justified: that would tear it.
 */
static const char STYLE[] =
    "@page{size:A4;margin:9mm 11mm}*{box-sizing:border-box}"
    "body{font:8.8pt/1.27 \"Sarabun\",\"TH Sarabun New\",\"Noto Sans "
    "Thai\",\"Loma\",\"Garuda\",Tahoma,sans-serif;color:#1a1a1a;"
    "background:#fff;margin:0 "
    "auto;max-width:188mm;text-align:left;line-break:auto;word-break:normal;overflow-wrap:break-word}"
    "h1{font-size:15pt;margin:0}h2{font-size:10.5pt;margin:5pt 0 1.5pt;border-bottom:1pt solid #1f3864;color:#1f3864}"
    "h2 span,h1 span,.en{color:#4a4a4a;font-weight:normal;font-size:.85em}header p{margin:1pt 0}"
    "table{border-collapse:collapse;width:100%;font-size:8.4pt}caption{text-align:left;font-weight:bold;padding:1pt 0}"
    "th,td{border-bottom:.4pt solid #8a8a8a;padding:1.2pt 3pt;text-align:left;vertical-align:top}"
    "th{background:#e8edf6}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "thead{display:table-header-group}tr{break-inside:avoid}"
    ".on{color:#0b6b2e}.risk{color:#8a5a00}.off{color:#b00020}.nodata,.none{color:#555}"
    ".sign{font-weight:bold;white-space:nowrap}th.light{white-space:nowrap;width:17mm}.cols{display:grid;grid-template-"
    "columns:1fr 1fr;gap:0 8mm}"
    "ol.q{margin:0;padding-left:15pt;columns:2;column-gap:8mm;font-size:8.4pt}ol.q li{margin:0 0 "
    "3pt;break-inside:avoid}"
    "ol.q strong{display:block}ul{margin:1pt 0;padding-left:12pt;font-size:8.4pt}li{margin:0 0 1.5pt}"
    ".annex{break-before:page}footer{font-size:7.2pt;color:#4a4a4a;margin-top:5pt}"
    "td.bar{white-space:nowrap}svg.bar{width:20mm;height:2.6mm;vertical-align:middle}.bar .whole{fill:#d5d9e2}.bar "
    ".part{fill:#1f3864}"
    "svg.line{width:25mm;height:8mm;display:block}.line polyline{fill:none;stroke:currentColor;stroke-width:1.6}"
    ".line circle{fill:currentColor}.line .target{stroke:#1a1a1a;stroke-width:1;stroke-dasharray:4 3}"
    "td.multi{min-width:26mm}@media screen{body{padding:8mm}}";

void page_raw(page *p, const char *html) {
    nt_buffer_text(p->out, html);
}

void page_text(page *p, const char *words) {
    html_text(p->out, words);
}

/* Formatted, then escaped: nothing that came from a name is ever markup. */
void page_put(page *p, const char *format, ...) {
    char words[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    nt_utf8_repair(words);
    page_text(p, words);
}

void page_heading(page *p, const char *th, const char *en) {
    page_raw(p, "<h2>");
    page_text(p, th);
    page_raw(p, " <span lang=\"en\">");
    page_text(p, en);
    page_raw(p, "</span></h2>");
}

void page_english(page *p, const char *words) {
    page_raw(p, " <span class=\"en\" lang=\"en\">");
    page_text(p, words);
    page_raw(p, "</span>");
}

const char *page_field(const page *p, const json_t *thing, const char *key) {
    const char *words = json_string_value(json_object_get(thing, key));
    (void)p;
    return words ? words : "";
}

/* 1,234.5 */
const char *page_figure(const page *p, const char *decimal) {
    cli people = *p->r->c;
    people.output = OUTPUT_TABLE;
    return cli_figure(&people, decimal);
}

static void light(page *p, int status) {
    const report_light *l = &REPORT_LIGHTS[status];
    page_raw(p, "<span class=\"sign ");
    page_text(p, l->class_name);
    page_raw(p, "\">");
    page_text(p, l->sign);
    page_raw(p, " ");
    page_text(p, l->th);
    page_raw(p, "</span>");
}

/* The worst that any of them is; with no target anywhere: none. */
static int worst(const int counts[REPORT_STATUSES]) {
    return counts[REPORT_OFF_TRACK]  ? REPORT_OFF_TRACK
           : counts[REPORT_AT_RISK]  ? REPORT_AT_RISK
           : counts[REPORT_ON_TRACK] ? REPORT_ON_TRACK
           : counts[REPORT_NO_DATA]  ? REPORT_NO_DATA
                                     : REPORT_NONE;
}

static void issues_table(page *p) {
    size_t i;
    json_t *issue;
    page_heading(p, "สัญญาณตามประเด็นยุทธศาสตร์", "Strategic issues at a glance");
    page_raw(p, "<table><caption class=\"en\">ตัวชี้วัดที่มีเป้าหมาย <span lang=\"en\">indicators that have a "
                "target</span></caption><thead><tr>"
                "<th scope=\"col\">ประเด็น <span class=\"en\" lang=\"en\">issue</span></th><th scope=\"col\">สถานะ "
                "<span class=\"en\" "
                "lang=\"en\">status</span></th>");
    for (int s = REPORT_ON_TRACK; s <= REPORT_NO_DATA; s++) {
        page_raw(p, "<th scope=\"col\" class=\"n light\">");
        page_text(p, REPORT_LIGHTS[s].sign);
        page_raw(p, " ");
        page_text(p, REPORT_LIGHTS[s].th);
        page_raw(p, "<br>");
        page_english(p, REPORT_LIGHTS[s].en);
        page_raw(p, "</th>");
    }
    page_raw(p, "</tr></thead><tbody>");
    json_array_foreach(json_object_get(p->r->scorecard, "issues"), i, issue) {
        int counts[REPORT_STATUSES];
        report_count(p->r, page_field(p, issue, "code"), "", counts);
        page_raw(p, "<tr><th scope=\"row\">");
        page_put(p, "%s %s", page_field(p, issue, "code"), report_text(issue, "name", 1));
        page_raw(p, "</th><td>");
        light(p, worst(counts));
        page_raw(p, "</td>");
        for (int s = REPORT_ON_TRACK; s <= REPORT_NO_DATA; s++) {
            page_raw(p, "<td class=\"n\">");
            page_put(p, "%d", counts[s]);
            page_raw(p, "</td>");
        }
        page_raw(p, "</tr>");
    }
    page_raw(p, "</tbody></table>");
}

static double share(int64_t of, int64_t all) {
    return all > 0 ? (double)of * 100 / (double)all : 0;
}

enum { UNITS_MOST = 8 };

/* The units to show: provinces, or (of the country) regions; of many, those that sent least. How many there are in all
 * goes to *all. */
static size_t units_to_show(const page *p, const json_t *out[UNITS_MOST], size_t *all) {
    const char *kind = strcmp(page_field(p, p->r->scorecard, "kind"), "ORG_KIND_COUNTRY") == 0 ? "ORG_KIND_REGION"
                                                                                               : "ORG_KIND_PROVINCE";
    double shares[UNITS_MOST];
    size_t i, n = 0;
    json_t *unit;
    *all = 0;
    json_array_foreach(json_object_get(p->r->status, "units"), i, unit) *all +=
        strcmp(page_field(p, unit, "kind"), kind) == 0;
    json_array_foreach(json_object_get(p->r->status, "units"), i, unit) {
        const json_t *count = json_object_get(unit, "count");
        double own = share(cli_number(count, "received"), cli_number(count, "expected"));
        if (strcmp(page_field(p, unit, "kind"), kind) != 0)
            continue;
        size_t at = n;
        while (*all > UNITS_MOST && at > 0 && shares[at - 1] > own)
            at--;
        if (at >= UNITS_MOST)
            continue;
        n += n < UNITS_MOST;
        for (size_t k = n - 1; k > at; k--) {
            out[k] = out[k - 1];
            shares[k] = shares[k - 1];
        }
        out[at] = unit;
        shares[at] = own;
    }
    return n;
}

static size_t completeness(page *p) {
    const json_t *units[UNITS_MOST];
    size_t all, shown = units_to_show(p, units, &all);
    page_heading(p, "ความครบถ้วนของข้อมูล", "Completeness");
    page_raw(p, "<table>");
    if (shown < all)
        page_raw(p, "<caption class=\"en\">เฉพาะที่ส่งน้อยที่สุด <span lang=\"en\">those that sent least</span></caption>");
    page_raw(
        p,
        "<thead><tr><th scope=\"col\">หน่วยงาน <span class=\"en\" lang=\"en\">office</span></th><th "
        "scope=\"col\">ส่งแล้ว <span class=\"en\" lang=\"en\">received</span></th><th scope=\"col\" class=\"n\">ทันเวลา "
        "<span class=\"en\" lang=\"en\">on time</span></th><th scope=\"col\" class=\"n\">รับแล้ว <span class=\"en\" "
        "lang=\"en\">accepted</span></th><th scope=\"col\" class=\"n\">คุณภาพ <span class=\"en\" "
        "lang=\"en\">quality</span></th></tr></thead><tbody>");
    for (size_t i = 0; i < shown; i++) {
        const json_t *n = json_object_get(units[i], "count");
        long long received = (long long)cli_number(n, "received"), expected = (long long)cli_number(n, "expected");
        char title[120];
        snprintf(title, sizeof title, "%lld/%lld", received, expected);
        page_raw(p, "<tr><th scope=\"row\">");
        page_text(p, report_text(units[i], "name", 1));
        page_raw(p, "</th><td class=\"bar\">");
        chart_bar(p->out, share(received, expected), title);
        page_put(p, " %s", title);
        page_raw(p, "</td><td class=\"n\">");
        page_put(p, "%lld", (long long)cli_number(n, "on_time"));
        page_raw(p, "</td><td class=\"n\">");
        page_put(p, "%lld", (long long)cli_number(n, "accepted"));
        page_raw(p, "</td><td class=\"n\">");
        page_text(p, page_field(p, json_object_get(units[i], "quality"), "score"));
        page_raw(p, "</td></tr>");
    }
    page_raw(p, "</tbody></table>");
    return shown;
}

const char *page_org(const page *p, const char *code, int thai) {
    size_t i;
    json_t *unit;
    if (strcmp(code, page_field(p, p->r->scorecard, "org")) == 0)
        return report_text(p->r->scorecard, "name", thai);
    json_array_foreach(json_object_get(p->r->status, "units"), i,
                       unit) if (strcmp(page_field(p, unit, "org"), code) == 0) return report_text(unit, "name", thai);
    return code;
}

const char *page_before(const page *p, const report_score *s) {
    const json_t *history = json_object_get(s->score, "history");
    size_t n = json_array_size(history);
    return n > 1 ? page_figure(p, page_field(p, json_array_get(history, n - 2), "value")) : "";
}

static void change_words(page *p, const report_score *s, int thai) {
    page_put(p, thai ? "%s: %s จาก %s เป็น %s (%+.1f%%)" : "%s: %s from %s to %s (%+.1f%%)",
             page_org(p, page_field(p, s->score, "org"), thai), report_text(s->row, "name", thai), page_before(p, s),
             page_figure(p, page_field(p, s->score, "value")), s->change * s->direction);
}

static void begin_english(page *p) {
    page_raw(p, " <span class=\"en\" lang=\"en\">");
}

static void change_items(page *p, const report_score **list, size_t n) {
    page_raw(p, "<ul>");
    for (size_t i = 0; i < n; i++) {
        page_raw(p, "<li>");
        change_words(p, list[i], 1);
        begin_english(p);
        change_words(p, list[i], 0);
        page_raw(p, "</span></li>");
    }
    if (n == 0)
        page_raw(p, "<li>ไม่พบ <span class=\"en\" lang=\"en\">none</span></li>");
    page_raw(p, "</ul>");
}

static void returned_words(page *p, const json_t *unit, const json_t *form, int thai) {
    page_put(p,
             thai ? "%s: แบบ %s ถูกส่งคืนและยังไม่ส่งใหม่ (รายงานเลขที่ %lld)"
                  : "%s: form %s was sent back and has not come again (submission %lld)",
             report_text(unit, "name", thai), page_field(p, form, "form"),
             (long long)cli_number(form, "submission_id"));
}

/* What is still to be done about the data: sent back and not answered, then the weightiest concerns. */
static void recommendations(page *p, size_t most) {
    size_t i, k, n = 0;
    json_t *unit, *form, *concern;
    page_raw(p, "<ul>");
    json_array_foreach(json_object_get(p->r->status, "units"), i, unit)
        json_array_foreach(json_object_get(unit, "forms"), k, form) {
        if (strcmp(page_field(p, form, "state"), "SUBMISSION_STATE_RETURNED") != 0 || n >= most)
            continue;
        page_raw(p, "<li>");
        returned_words(p, unit, form, 1);
        begin_english(p);
        returned_words(p, unit, form, 0);
        page_raw(p, "</span></li>");
        n++;
    }
    json_array_foreach(json_object_get(p->r->concerns, "concerns"), i, concern) {
        if (n++ >= most)
            break;
        page_raw(p, "<li>");
        page_put(p, "%s: %s", page_org(p, page_field(p, concern, "org"), 1), report_text(concern, "message", 1));
        begin_english(p);
        page_put(p, "%s: %s", page_org(p, page_field(p, concern, "org"), 0), report_text(concern, "message", 0));
        page_raw(p, "</span></li>");
    }
    if (n == 0)
        page_raw(p, "<li>ไม่มี <span class=\"en\" lang=\"en\">none</span></li>");
    page_raw(p, "</ul>");
}

/* Annexes. */

static void score_cells(page *p, const report_score *s) {
    page_raw(p, "<td class=\"n\">");
    page_text(p, page_figure(p, page_field(p, s->score, "value")));
    page_raw(p, "</td><td class=\"n\">");
    page_text(p, page_figure(p, page_field(p, s->score, "target")));
    page_raw(p, "</td><td>");
    light(p, s->status);
    page_raw(p, "</td><td class=\"n\">");
    page_text(p, page_figure(p, page_field(p, s->score, "change")));
    page_raw(p, "</td><td class=\"n\">");
    if (cli_number(s->score, "rank_in_country"))
        page_put(p, "%lld/%lld", (long long)cli_number(s->score, "rank_in_country"),
                 (long long)cli_number(s->score, "of_country"));
    page_raw(p, "</td>");
}

static void annex_indicators(page *p) {
    page_raw(p, "<section class=\"annex\">");
    page_heading(p, "ภาคผนวก ก ตัวชี้วัดทั้งหมด", "Annex A: all indicators");
    page_raw(p, "<table><thead><tr><th scope=\"col\">ตัวชี้วัด <span class=\"en\" lang=\"en\">indicator</span></th><th "
                "scope=\"col\">หน่วย <span "
                "class=\"en\" lang=\"en\">unit</span></th><th scope=\"col\" class=\"n\">ค่า <span class=\"en\" "
                "lang=\"en\">value</span></th><th "
                "scope=\"col\" class=\"n\">เป้าหมาย <span class=\"en\" lang=\"en\">target</span></th><th "
                "scope=\"col\">สถานะ <span class=\"en\" "
                "lang=\"en\">status</span></th><th scope=\"col\" class=\"n\">จากงวดก่อน <span class=\"en\" "
                "lang=\"en\">change</span></th><th "
                "scope=\"col\" class=\"n\">อันดับ <span class=\"en\" lang=\"en\">rank</span></th></tr></thead><tbody>");
    for (size_t i = 0; i < p->r->total_count; i++) {
        const report_score *s = &p->r->totals[i];
        page_raw(p, "<tr><th scope=\"row\">");
        page_text(p, report_text(s->row, "name", 1));
        page_english(p, report_text(s->row, "name", 0));
        page_raw(p, "</th><td>");
        page_text(p, report_text(s->row, "unit", 1));
        page_raw(p, "</td>");
        score_cells(p, s);
        page_raw(p, "</tr>");
    }
    page_raw(p, "</tbody></table></section>");
}

enum { MULTIPLES_COLUMNS = 6, FRONT_ROWS = 3 };

static void multiple(page *p, const json_t *unit, const report_score *s) {
    char title[300];
    snprintf(title, sizeof title, "%s, %s: %s %s", report_text(unit, "name", 1), report_text(s->row, "name", 1),
             page_field(p, s->score, "value"), REPORT_LIGHTS[s->status].th);
    nt_utf8_repair(title);
    page_raw(p, "<td class=\"multi\">");
    chart_line(p->out, s->score, s->status, title);
    page_raw(p, "<span class=\"sign ");
    page_text(p, REPORT_LIGHTS[s->status].class_name);
    page_raw(p, "\">");
    page_put(p, "%s %s", REPORT_LIGHTS[s->status].sign, page_figure(p, page_field(p, s->score, "value")));
    page_raw(p, "</span></td>");
}

/* A chart a unit and indicator: the last periods, with the target as a dashed line. */
static void multiples(page *p, const size_t *rows, size_t row_count, size_t begin, size_t end) {
    const json_t *units = json_object_get(p->r->scorecard, "units");
    size_t unit_count = json_array_size(units);
    page_raw(p, "<table><thead><tr><th scope=\"col\">ตัวชี้วัด <span class=\"en\" lang=\"en\">indicator</span></th>");
    for (size_t u = begin; u < end; u++) {
        page_raw(p, "<th scope=\"col\">");
        page_text(p, report_text(json_array_get(units, u), "name", 1));
        page_raw(p, "</th>");
    }
    page_raw(p, "</tr></thead><tbody>");
    for (size_t i = 0; i < row_count; i++) {
        page_raw(p, "<tr><th scope=\"row\">");
        page_text(p, report_text(p->r->totals[rows[i]].row, "name", 1));
        page_english(p, report_text(p->r->totals[rows[i]].row, "name", 0));
        page_raw(p, "</th>");
        for (size_t u = begin; u < end; u++)
            multiple(p, json_array_get(units, u), &p->r->parts[rows[i] * unit_count + u]);
        page_raw(p, "</tr>");
    }
    page_raw(p, "</tbody></table>");
}

static int has_figures(const page *p, size_t row) {
    size_t unit_count = json_array_size(json_object_get(p->r->scorecard, "units"));
    for (size_t u = 0; u < unit_count; u++)
        if (*page_field(p, p->r->parts[row * unit_count + u].score, "value"))
            return 1;
    return *page_field(p, p->r->totals[row].score, "value") != 0;
}

/* On the first page: what has a target, the worst first; at most so many. */
static void front_multiples(page *p, size_t most) {
    static const int order[] = {REPORT_OFF_TRACK, REPORT_AT_RISK, REPORT_NO_DATA, REPORT_ON_TRACK};
    size_t rows[FRONT_ROWS], n = 0, unit_count = json_array_size(json_object_get(p->r->scorecard, "units"));
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++)
        for (size_t i = 0; i < p->r->total_count && n < most; i++)
            if (p->r->totals[i].status == order[k])
                rows[n++] = i;
    if (n == 0 || unit_count == 0)
        return;
    page_heading(p, "รายหน่วยเทียบเป้าหมาย เส้นประคือเป้าหมาย", "Unit by unit; the dashed line is the target");
    multiples(p, rows, n, 0, unit_count < MULTIPLES_COLUMNS ? unit_count : MULTIPLES_COLUMNS);
}

static void annex_multiples(page *p) {
    size_t unit_count = json_array_size(json_object_get(p->r->scorecard, "units")), n = 0;
    size_t *rows = NT_NEW_ARRAY(p->r->c->arena, size_t, p->r->total_count + 1);
    for (size_t i = 0; rows && i < p->r->total_count; i++)
        if (has_figures(p, i))
            rows[n++] = i;
    for (size_t begin = 0; n && begin < unit_count; begin += MULTIPLES_COLUMNS) {
        size_t end = begin + MULTIPLES_COLUMNS < unit_count ? begin + MULTIPLES_COLUMNS : unit_count;
        page_raw(p, "<section class=\"annex\">");
        page_heading(p, "ภาคผนวก ข แนวโน้มรายหน่วย เส้นประคือเป้าหมาย",
                     "Annex B: each unit's way; the dashed line is the target");
        multiples(p, rows, n, begin, end);
        page_raw(p, "</section>");
    }
}

static void annex_concerns(page *p) {
    size_t i;
    json_t *concern;
    page_raw(p, "<section class=\"annex\">");
    page_heading(p, "ภาคผนวก ค ข้อมูลที่ควรสอบถาม", "Annex C: what to ask about");
    page_raw(p, "<table><thead><tr><th scope=\"col\" class=\"n\">น้ำหนัก <span class=\"en\" "
                "lang=\"en\">weight</span></th><th scope=\"col\">จังหวัด "
                "<span class=\"en\" lang=\"en\">province</span></th><th scope=\"col\">เรื่อง <span class=\"en\" "
                "lang=\"en\">what</span></th><th "
                "scope=\"col\">รายละเอียด <span class=\"en\" lang=\"en\">detail</span></th></tr></thead><tbody>");
    json_array_foreach(json_object_get(p->r->concerns, "concerns"), i, concern) {
        cli thai = *p->r->c;
        thai.thai = 1;
        page_raw(p, "<tr><td class=\"n\">");
        page_put(p, "%lld", (long long)cli_number(concern, "weight"));
        page_raw(p, "</td><td>");
        page_text(p, page_org(p, page_field(p, concern, "org"), 1));
        page_raw(p, "</td><td>");
        page_text(p, cli_concern_kind(&thai, page_field(p, concern, "kind")));
        page_raw(p, "</td><td>");
        page_text(p, report_text(concern, "message", 1));
        page_english(p, report_text(concern, "message", 0));
        page_raw(p, "</td></tr>");
    }
    page_raw(p, "</tbody></table></section>");
}

static void head(page *p) {
    const json_t *s = p->r->scorecard;
    cli thai = *p->r->c;
    thai.thai = 1;
    page_raw(p, "<!DOCTYPE html><html lang=\"th\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                "content=\"width=device-width\"><title>");
    page_put(p, "%s %s", report_text(s, "name", 1), report_text(s, "period_name", 1));
    page_raw(p, "</title><style>");
    page_raw(p, STYLE);
    page_raw(p, "</style></head><body><main><header><h1>");
    page_text(p, report_text(s, "name", 1));
    page_raw(p, " <span lang=\"en\">");
    page_text(p, report_text(s, "name", 0));
    page_raw(p, "</span></h1><p><strong>");
    page_text(p, report_text(s, "period_name", 1));
    page_raw(p, "</strong>");
    page_english(p, report_text(s, "period_name", 0));
    page_put(p, " · จัดทำเมื่อ %s", cli_time(&thai, p->r->made_us));
    page_raw(p, "</p></header>");
}

int report_html(const report *r, nt_buffer *out) {
    page p = {r, out};
    const report_score *worse[3];
    head(&p);
    issues_table(&p);
    report_questions(&p);
    page_raw(&p, "<div class=\"cols\"><div>");
    size_t shown = completeness(&p);
    page_heading(&p, "สิ่งที่แย่ลง", "What got worse");
    change_items(&p, worse, report_changes(r, 1, worse, 3));
    page_raw(&p, "</div><div>");
    page_heading(&p, "ข้อเสนอแนะที่ยังเปิดอยู่", "Open recommendations");
    recommendations(&p, 4);
    page_raw(&p, "</div></div>");
    /* Room is what the table of completeness leaves. */
    front_multiples(&p, shown <= 4 ? FRONT_ROWS : shown <= 6 ? FRONT_ROWS - 1 : FRONT_ROWS - 2);
    page_raw(&p, "<footer>● ตามเป้า on track · ▲ เสี่ยง at risk · ■ ไม่ถึงเป้า off track · ○ ไม่มีข้อมูล no data · – ไม่มีเป้าหมาย "
                 "no target. "
                 "ตัวเลขทุกตัวสอบที่มาได้ด้วย <code>nithet explain</code></footer>");
    annex_indicators(&p);
    annex_multiples(&p);
    annex_concerns(&p);
    page_raw(&p, "</main></body></html>\n");
    return !out->failed;
}
