/* The page: one A4 page for the director, annexes behind it. Bilingual throughout; Thai first. Prints as it is shown; needs no
 * script, no font and no file beside it. */
#include "report.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Thai text breaks between words where the browser knows them (lang="th"), and is never justified: that would tear it. */
static const char STYLE[] =
    "@page{size:A4;margin:11mm}*{box-sizing:border-box}"
    "body{font:9pt/1.38 \"Sarabun\",\"TH Sarabun New\",\"Noto Sans Thai\",\"Loma\",\"Garuda\",Tahoma,sans-serif;color:#1a1a1a;"
    "background:#fff;margin:0 auto;max-width:188mm;text-align:left;line-break:auto;word-break:normal;overflow-wrap:break-word}"
    "h1{font-size:15pt;margin:0}h2{font-size:10.5pt;margin:7pt 0 2pt;border-bottom:1pt solid #1f3864;color:#1f3864}"
    "h2 span,h1 span,.en{color:#4a4a4a;font-weight:normal;font-size:.85em}header p{margin:1pt 0}"
    "table{border-collapse:collapse;width:100%;font-size:8.4pt}caption{text-align:left;font-weight:bold;padding:1pt 0}"
    "th,td{border-bottom:.4pt solid #8a8a8a;padding:1.2pt 3pt;text-align:left;vertical-align:top}"
    "th{background:#e8edf6}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "thead{display:table-header-group}tr{break-inside:avoid}"
    ".on{color:#0b6b2e}.risk{color:#8a5a00}.off{color:#b00020}.nodata,.none{color:#555}"
    ".sign{font-weight:bold;white-space:nowrap}.cols{display:grid;grid-template-columns:1fr 1fr;gap:0 8mm}"
    "ol.q{margin:0;padding-left:15pt;columns:2;column-gap:8mm;font-size:8.4pt}ol.q li{margin:0 0 3pt;break-inside:avoid}"
    "ol.q strong{display:block}ul{margin:1pt 0;padding-left:12pt;font-size:8.4pt}li{margin:0 0 1.5pt}"
    ".annex{break-before:page}footer{font-size:7.2pt;color:#4a4a4a;margin-top:5pt}"
    "svg.bar{width:22mm;height:2.6mm;vertical-align:middle}.bar .whole{fill:#d5d9e2}.bar .part{fill:#1f3864}"
    "svg.line{width:25mm;height:8mm;display:block}.line polyline{fill:none;stroke:currentColor;stroke-width:1.6}"
    ".line circle{fill:currentColor}.line .target{stroke:#1a1a1a;stroke-width:1;stroke-dasharray:4 3}"
    "td.multi{min-width:26mm}@media screen{body{padding:8mm}}";

typedef struct page {
    const report *r;
    nt_buffer *out;
} page;

static void raw(page *p, const char *html) {
    nt_buffer_text(p->out, html);
}

static void text(page *p, const char *words) {
    html_text(p->out, words);
}

static void put(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Formatted, then escaped: nothing that came from a name is ever markup. */
static void put(page *p, const char *format, ...) {
    char words[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    nt_utf8_repair(words);
    text(p, words);
}

static void heading(page *p, const char *th, const char *en) {
    raw(p, "<h2>");
    text(p, th);
    raw(p, " <span lang=\"en\">");
    text(p, en);
    raw(p, "</span></h2>");
}

static void english(page *p, const char *words) {
    raw(p, " <span class=\"en\" lang=\"en\">");
    text(p, words);
    raw(p, "</span>");
}

static const char *field(const page *p, const json_t *thing, const char *key) {
    const char *words = json_string_value(json_object_get(thing, key));
    (void)p;
    return words ? words : "";
}

/* 1,234.5 */
static const char *figure(const page *p, const char *decimal) {
    cli people = *p->r->c;
    people.output = OUTPUT_TABLE;
    return cli_figure(&people, decimal);
}

static void light(page *p, int status) {
    const report_light *l = &REPORT_LIGHTS[status];
    raw(p, "<span class=\"sign ");
    text(p, l->class_name);
    raw(p, "\">");
    text(p, l->sign);
    raw(p, " ");
    text(p, l->th);
    raw(p, "</span>");
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
    heading(p, "สัญญาณตามประเด็นยุทธศาสตร์", "Strategic issues at a glance");
    raw(p, "<table><caption class=\"en\">ตัวชี้วัดที่มีเป้าหมาย <span lang=\"en\">indicators that have a target</span></caption><thead><tr>"
           "<th scope=\"col\">ประเด็น <span class=\"en\" lang=\"en\">issue</span></th><th scope=\"col\">สถานะ <span class=\"en\" "
           "lang=\"en\">status</span></th>");
    for (int s = REPORT_ON_TRACK; s <= REPORT_NO_DATA; s++) {
        raw(p, "<th scope=\"col\" class=\"n\">");
        text(p, REPORT_LIGHTS[s].sign);
        raw(p, " ");
        text(p, REPORT_LIGHTS[s].th);
        raw(p, "<br>");
        english(p, REPORT_LIGHTS[s].en);
        raw(p, "</th>");
    }
    raw(p, "</tr></thead><tbody>");
    json_array_foreach(json_object_get(p->r->scorecard, "issues"), i, issue) {
        int counts[REPORT_STATUSES];
        report_count(p->r, field(p, issue, "code"), "", counts);
        raw(p, "<tr><th scope=\"row\">");
        put(p, "%s %s", field(p, issue, "code"), report_text(issue, "name", 1));
        raw(p, "</th><td>");
        light(p, worst(counts));
        raw(p, "</td>");
        for (int s = REPORT_ON_TRACK; s <= REPORT_NO_DATA; s++) {
            raw(p, "<td class=\"n\">");
            put(p, "%d", counts[s]);
            raw(p, "</td>");
        }
        raw(p, "</tr>");
    }
    raw(p, "</tbody></table>");
}

static double share(int64_t of, int64_t all) {
    return all > 0 ? (double)of * 100 / (double)all : 0;
}

static void completeness(page *p) {
    size_t i;
    json_t *unit;
    heading(p, "ความครบถ้วนของข้อมูล", "Completeness");
    raw(p, "<table><thead><tr><th scope=\"col\">จังหวัด <span class=\"en\" lang=\"en\">province</span></th><th scope=\"col\">ส่งแล้ว <span "
           "class=\"en\" lang=\"en\">received</span></th><th scope=\"col\" class=\"n\">ทันเวลา <span class=\"en\" lang=\"en\">on "
           "time</span></th><th scope=\"col\" class=\"n\">รับแล้ว <span class=\"en\" lang=\"en\">accepted</span></th><th scope=\"col\" "
           "class=\"n\">คุณภาพ <span class=\"en\" lang=\"en\">quality</span></th></tr></thead><tbody>");
    json_array_foreach(json_object_get(p->r->status, "units"), i, unit) {
        const json_t *n = json_object_get(unit, "count");
        if (strcmp(field(p, unit, "kind"), "ORG_KIND_PROVINCE") != 0)
            continue;
        long long received = (long long)cli_number(n, "received"), expected = (long long)cli_number(n, "expected");
        char title[120];
        snprintf(title, sizeof title, "%lld/%lld", received, expected);
        raw(p, "<tr><th scope=\"row\">");
        text(p, report_text(unit, "name", 1));
        raw(p, "</th><td>");
        chart_bar(p->out, share(received, expected), title);
        put(p, " %s", title);
        raw(p, "</td><td class=\"n\">");
        put(p, "%lld", (long long)cli_number(n, "on_time"));
        raw(p, "</td><td class=\"n\">");
        put(p, "%lld", (long long)cli_number(n, "accepted"));
        raw(p, "</td><td class=\"n\">");
        text(p, field(p, json_object_get(unit, "quality"), "score"));
        raw(p, "</td></tr>");
    }
    raw(p, "</tbody></table>");
}

static const char *org_name(const page *p, const char *code, int thai) {
    size_t i;
    json_t *unit;
    if (strcmp(code, field(p, p->r->scorecard, "org")) == 0)
        return report_text(p->r->scorecard, "name", thai);
    json_array_foreach(json_object_get(p->r->scorecard, "units"), i, unit) if (strcmp(field(p, unit, "org"), code) == 0)
        return report_text(unit, "name", thai);
    return code;
}

static const char *before_text(const page *p, const report_score *s) {
    const json_t *history = json_object_get(s->score, "history");
    size_t n = json_array_size(history);
    return n > 1 ? figure(p, field(p, json_array_get(history, n - 2), "value")) : "";
}

static void change_items(page *p, const report_score **list, size_t n) {
    raw(p, "<ul>");
    for (size_t i = 0; i < n; i++) {
        const report_score *s = list[i];
        raw(p, "<li>");
        put(p, "%s: %s จาก %s เป็น %s (%+.1f%%)", org_name(p, field(p, s->score, "org"), 1), report_text(s->row, "name", 1),
            before_text(p, s), figure(p, field(p, s->score, "value")), s->change * s->direction);
        raw(p, "</li>");
    }
    if (n == 0)
        raw(p, "<li>ไม่พบ <span class=\"en\" lang=\"en\">none</span></li>");
    raw(p, "</ul>");
}

/* What is still to be done about the data: sent back and not answered, then the weightiest concerns. */
static void recommendations(page *p, size_t most) {
    size_t i, k, n = 0;
    json_t *unit, *form, *concern;
    raw(p, "<ul>");
    json_array_foreach(json_object_get(p->r->status, "units"), i, unit)
        json_array_foreach(json_object_get(unit, "forms"), k, form) {
        if (strcmp(field(p, form, "state"), "SUBMISSION_STATE_RETURNED") != 0 || n >= most)
            continue;
        raw(p, "<li>");
        put(p, "%s: แบบ %s ถูกส่งคืนและยังไม่ส่งใหม่ (รายงานเลขที่ %lld)", report_text(unit, "name", 1), field(p, form, "form"),
            (long long)cli_number(form, "submission_id"));
        raw(p, "</li>");
        n++;
    }
    json_array_foreach(json_object_get(p->r->concerns, "concerns"), i, concern) {
        if (n++ >= most)
            break;
        raw(p, "<li>");
        put(p, "%s: %s", org_name(p, field(p, concern, "org"), 1), report_text(concern, "message", 1));
        raw(p, "</li>");
    }
    if (n == 0)
        raw(p, "<li>ไม่มี <span class=\"en\" lang=\"en\">none</span></li>");
    raw(p, "</ul>");
}

static void question(page *p, const char *th, const char *en) {
    raw(p, "<li><strong>");
    text(p, th);
    english(p, en);
    raw(p, "</strong>");
}

static void end_question(page *p) {
    raw(p, "</li>");
}

/* The issue, or province, with the most that is off track (then at risk); -1 if there is none. */
static int most_off(const int counts[][REPORT_STATUSES], size_t n) {
    int best = -1, best_weight = 0;
    for (size_t i = 0; i < n; i++) {
        int weight = counts[i][REPORT_OFF_TRACK] * 100 + counts[i][REPORT_AT_RISK];
        if (weight > best_weight) {
            best = (int)i;
            best_weight = weight;
        }
    }
    return best;
}

enum { LISTS_MOST = 128 };

static void ask_targets(page *p) {
    int n[REPORT_STATUSES];
    report_count(p->r, "", "", n);
    int judged = n[REPORT_ON_TRACK] + n[REPORT_AT_RISK] + n[REPORT_OFF_TRACK] + n[REPORT_NO_DATA];
    question(p, "ถึงเป้าหมายเพียงใด", "Do we reach our targets?");
    if (judged == 0)
        put(p, "ยังไม่ได้ตั้งเป้าหมายของปีนี้ (nithet target apply)");
    else
        put(p, "%d จาก %d ตัวชี้วัดเป็นไปตามเป้า เสี่ยง %d ไม่ถึงเป้า %d ไม่มีข้อมูล %d", n[REPORT_ON_TRACK], judged, n[REPORT_AT_RISK],
            n[REPORT_OFF_TRACK], n[REPORT_NO_DATA]);
    end_question(p);
}

static void ask_worst(page *p, const char *list, const char *name_of, const char *th, const char *en) {
    int counts[LISTS_MOST][REPORT_STATUSES];
    const json_t *things = json_object_get(p->r->scorecard, list);
    size_t n = json_array_size(things);
    int issues = strcmp(list, "issues") == 0;
    n = n < LISTS_MOST ? n : LISTS_MOST;
    for (size_t i = 0; i < n; i++) {
        const char *code = field(p, json_array_get(things, i), name_of);
        report_count(p->r, issues ? code : "", issues ? "" : code, counts[i]);
    }
    int which = most_off(counts, n);
    question(p, th, en);
    if (which < 0)
        put(p, "ไม่มีที่ต่ำกว่าเป้าหมาย");
    else
        put(p, "%s: ไม่ถึงเป้า %d เสี่ยง %d", report_text(json_array_get(things, (size_t)which), "name", 1),
            counts[which][REPORT_OFF_TRACK], counts[which][REPORT_AT_RISK]);
    end_question(p);
}

static void ask_change(page *p, int worse, const char *th, const char *en) {
    const report_score *s;
    question(p, th, en);
    if (report_changes(p->r, worse, &s, 1))
        put(p, "%s ของ%s: จาก %s เป็น %s", report_text(s->row, "name", 1), org_name(p, field(p, s->score, "org"), 1),
            before_text(p, s), figure(p, field(p, s->score, "value")));
    else
        put(p, "ไม่มีข้อมูลงวดก่อนให้เทียบ หรือไม่เปลี่ยน");
    end_question(p);
}

static void ask_rank(page *p) {
    const report_score *best = NULL, *last = NULL;
    question(p, "อยู่อันดับใดของประเทศ", "Where do we stand in the country?");
    for (size_t i = 0; i < p->r->total_count; i++) {
        const report_score *s = &p->r->totals[i];
        int64_t place = cli_number(s->score, "rank_in_country");
        if (!place || cli_number(s->score, "of_country") < 2)
            continue;
        if (!best || place < cli_number(best->score, "rank_in_country"))
            best = s;
        if (!last || place > cli_number(last->score, "rank_in_country"))
            last = s;
    }
    if (!best)
        put(p, "ยังเทียบไม่ได้: ไม่มีข้อมูลของภาคอื่น");
    else
        put(p, "ดีที่สุด: %s อันดับ %lld จาก %lld; ต่ำที่สุด: %s อันดับ %lld จาก %lld", report_text(best->row, "name", 1),
            (long long)cli_number(best->score, "rank_in_country"), (long long)cli_number(best->score, "of_country"),
            report_text(last->row, "name", 1), (long long)cli_number(last->score, "rank_in_country"),
            (long long)cli_number(last->score, "of_country"));
    end_question(p);
}

static void ask_data(page *p) {
    const json_t *total = json_object_get(p->r->status, "total");
    size_t i, n = 0;
    json_t *unit;
    double sum = 0;
    question(p, "ข้อมูลมาครบและทันหรือไม่", "Is the data complete and on time?");
    put(p, "รับแล้ว %lld จาก %lld รายงาน ทันเวลา %lld ล่าช้า %lld รอส่งใหม่ %lld", (long long)cli_number(total, "received"),
        (long long)cli_number(total, "expected"), (long long)cli_number(total, "on_time"), (long long)cli_number(total, "late"),
        (long long)cli_number(total, "returned"));
    end_question(p);
    question(p, "เชื่อถือข้อมูลได้เพียงใด", "How far can it be believed?");
    json_array_foreach(json_object_get(p->r->status, "units"), i, unit) {
        const char *score = field(p, json_object_get(unit, "quality"), "score");
        if (strcmp(field(p, unit, "kind"), "ORG_KIND_PROVINCE") == 0 && *score) {
            sum += strtod(score, NULL);
            n++;
        }
    }
    put(p, "คะแนนคุณภาพเฉลี่ย %.1f จาก 100 มีข้อที่ควรสอบถาม %zu ข้อ", n ? sum / (double)n : 0,
        json_array_size(json_object_get(p->r->concerns, "concerns")));
    end_question(p);
}

static void ask_far(page *p) {
    const report_score *s;
    question(p, "ห่างเป้าหมายที่สุดคืออะไร", "What is farthest from its target?");
    if (report_farthest(p->r, &s, 1))
        put(p, "%s: %s เป้าหมาย %s (ห่าง %.1f%%)", report_text(s->row, "name", 1), figure(p, field(p, s->score, "value")),
            figure(p, field(p, s->score, "target")), -s->distance);
    else
        put(p, "ไม่มีที่ต่ำกว่าเป้าหมาย");
    end_question(p);
}

static void ask_next(page *p) {
    const json_t *first = json_array_get(json_object_get(p->r->concerns, "provinces"), 0);
    question(p, "ควรโทรหาจังหวัดใดก่อน", "Whom to call first?");
    if (cli_number(first, "concerns"))
        put(p, "%s: %lld เรื่อง", report_text(first, "name", 1), (long long)cli_number(first, "concerns"));
    else
        put(p, "ไม่มีเรื่องค้าง");
    end_question(p);
}

static void questions(page *p) {
    heading(p, "สิบคำถามของผู้บริหาร", "Ten questions");
    raw(p, "<ol class=\"q\">");
    ask_targets(p);
    ask_worst(p, "issues", "code", "ประเด็นยุทธศาสตร์ใดน่าห่วงที่สุด", "Which issue is worst?");
    ask_far(p);
    ask_change(p, 0, "อะไรดีขึ้นมากที่สุด", "What improved most?");
    ask_change(p, 1, "อะไรแย่ลงมากที่สุด", "What got worse?");
    ask_worst(p, "units", "org", "หน่วยใดต้องการความช่วยเหลือ", "Who needs help?");
    ask_rank(p);
    ask_data(p);
    ask_next(p);
    raw(p, "</ol>");
}

/* Annexes. */

static void score_cells(page *p, const report_score *s) {
    raw(p, "<td class=\"n\">");
    text(p, figure(p, field(p, s->score, "value")));
    raw(p, "</td><td class=\"n\">");
    text(p, figure(p, field(p, s->score, "target")));
    raw(p, "</td><td>");
    light(p, s->status);
    raw(p, "</td><td class=\"n\">");
    text(p, figure(p, field(p, s->score, "change")));
    raw(p, "</td><td class=\"n\">");
    if (cli_number(s->score, "rank_in_country"))
        put(p, "%lld/%lld", (long long)cli_number(s->score, "rank_in_country"), (long long)cli_number(s->score, "of_country"));
    raw(p, "</td>");
}

static void annex_indicators(page *p) {
    raw(p, "<section class=\"annex\">");
    heading(p, "ภาคผนวก ก ตัวชี้วัดทั้งหมด", "Annex A: all indicators");
    raw(p, "<table><thead><tr><th scope=\"col\">ตัวชี้วัด <span class=\"en\" lang=\"en\">indicator</span></th><th scope=\"col\">หน่วย <span "
           "class=\"en\" lang=\"en\">unit</span></th><th scope=\"col\" class=\"n\">ค่า <span class=\"en\" lang=\"en\">value</span></th><th "
           "scope=\"col\" class=\"n\">เป้าหมาย <span class=\"en\" lang=\"en\">target</span></th><th scope=\"col\">สถานะ <span class=\"en\" "
           "lang=\"en\">status</span></th><th scope=\"col\" class=\"n\">จากงวดก่อน <span class=\"en\" lang=\"en\">change</span></th><th "
           "scope=\"col\" class=\"n\">อันดับ <span class=\"en\" lang=\"en\">rank</span></th></tr></thead><tbody>");
    for (size_t i = 0; i < p->r->total_count; i++) {
        const report_score *s = &p->r->totals[i];
        raw(p, "<tr><th scope=\"row\">");
        text(p, report_text(s->row, "name", 1));
        english(p, report_text(s->row, "name", 0));
        raw(p, "</th><td>");
        text(p, report_text(s->row, "unit", 1));
        raw(p, "</td>");
        score_cells(p, s);
        raw(p, "</tr>");
    }
    raw(p, "</tbody></table></section>");
}

enum { MULTIPLES_COLUMNS = 6 };

/* A chart a unit and indicator: the last periods, with the target as a dashed line. */
static void annex_multiples(page *p) {
    const json_t *units = json_object_get(p->r->scorecard, "units");
    size_t unit_count = json_array_size(units);
    if (unit_count == 0)
        return;
    for (size_t begin = 0; begin < unit_count; begin += MULTIPLES_COLUMNS) {
        size_t end = begin + MULTIPLES_COLUMNS < unit_count ? begin + MULTIPLES_COLUMNS : unit_count;
        raw(p, "<section class=\"annex\">");
        heading(p, "ภาคผนวก ข แนวโน้มรายหน่วย เส้นประคือเป้าหมาย", "Annex B: each unit's way; the dashed line is the target");
        raw(p, "<table><thead><tr><th scope=\"col\">ตัวชี้วัด <span class=\"en\" lang=\"en\">indicator</span></th>");
        for (size_t u = begin; u < end; u++) {
            raw(p, "<th scope=\"col\">");
            text(p, report_text(json_array_get(units, u), "name", 1));
            raw(p, "</th>");
        }
        raw(p, "</tr></thead><tbody>");
        for (size_t i = 0; i < p->r->total_count; i++) {
            raw(p, "<tr><th scope=\"row\">");
            text(p, report_text(p->r->totals[i].row, "name", 1));
            raw(p, "</th>");
            for (size_t u = begin; u < end; u++) {
                const report_score *s = &p->r->parts[i * unit_count + u];
                char title[300];
                snprintf(title, sizeof title, "%s, %s: %s %s", report_text(json_array_get(units, u), "name", 1),
                         report_text(s->row, "name", 1), field(p, s->score, "value"), REPORT_LIGHTS[s->status].th);
                nt_utf8_repair(title);
                raw(p, "<td class=\"multi\">");
                chart_line(p->out, s->score, s->status, title);
                raw(p, "<span class=\"sign ");
                text(p, REPORT_LIGHTS[s->status].class_name);
                raw(p, "\">");
                put(p, "%s %s", REPORT_LIGHTS[s->status].sign, figure(p, field(p, s->score, "value")));
                raw(p, "</span></td>");
            }
            raw(p, "</tr>");
        }
        raw(p, "</tbody></table></section>");
    }
}

static void annex_concerns(page *p) {
    size_t i;
    json_t *concern;
    raw(p, "<section class=\"annex\">");
    heading(p, "ภาคผนวก ค ข้อมูลที่ควรสอบถาม", "Annex C: what to ask about");
    raw(p, "<table><thead><tr><th scope=\"col\" class=\"n\">น้ำหนัก <span class=\"en\" lang=\"en\">weight</span></th><th scope=\"col\">จังหวัด "
           "<span class=\"en\" lang=\"en\">province</span></th><th scope=\"col\">เรื่อง <span class=\"en\" lang=\"en\">what</span></th><th "
           "scope=\"col\">รายละเอียด <span class=\"en\" lang=\"en\">detail</span></th></tr></thead><tbody>");
    json_array_foreach(json_object_get(p->r->concerns, "concerns"), i, concern) {
        cli thai = *p->r->c;
        thai.thai = 1;
        raw(p, "<tr><td class=\"n\">");
        put(p, "%lld", (long long)cli_number(concern, "weight"));
        raw(p, "</td><td>");
        text(p, org_name(p, field(p, concern, "org"), 1));
        raw(p, "</td><td>");
        text(p, cli_concern_kind(&thai, field(p, concern, "kind")));
        raw(p, "</td><td>");
        text(p, report_text(concern, "message", 1));
        english(p, report_text(concern, "message", 0));
        raw(p, "</td></tr>");
    }
    raw(p, "</tbody></table></section>");
}

static void head(page *p) {
    const json_t *s = p->r->scorecard;
    cli thai = *p->r->c;
    thai.thai = 1;
    raw(p, "<!DOCTYPE html><html lang=\"th\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>");
    put(p, "%s %s", report_text(s, "name", 1), report_text(s, "period_name", 1));
    raw(p, "</title><style>");
    raw(p, STYLE);
    raw(p, "</style></head><body><main><header><h1>");
    text(p, report_text(s, "name", 1));
    raw(p, " <span lang=\"en\">");
    text(p, report_text(s, "name", 0));
    raw(p, "</span></h1><p><strong>");
    text(p, report_text(s, "period_name", 1));
    raw(p, "</strong>");
    english(p, report_text(s, "period_name", 0));
    put(p, " · จัดทำเมื่อ %s", cli_time(&thai, p->r->made_us));
    raw(p, "</p></header>");
}

int report_html(const report *r, nt_buffer *out) {
    page p = {r, out};
    const report_score *worse[5];
    head(&p);
    issues_table(&p);
    questions(&p);
    raw(&p, "<div class=\"cols\"><div>");
    completeness(&p);
    raw(&p, "</div><div>");
    heading(&p, "สิ่งที่แย่ลง", "What got worse");
    change_items(&p, worse, report_changes(r, 1, worse, 5));
    heading(&p, "ข้อเสนอแนะที่ยังเปิดอยู่", "Open recommendations");
    recommendations(&p, 5);
    raw(&p, "</div></div><footer>● ตามเป้า on track · ▲ เสี่ยง at risk · ■ ไม่ถึงเป้า off track · ○ ไม่มีข้อมูล no data · – ไม่มีเป้าหมาย no target. "
            "ตัวเลขทุกตัวสอบที่มาได้ด้วย <code>nithet explain</code></footer>");
    annex_indicators(&p);
    annex_multiples(&p);
    annex_concerns(&p);
    raw(&p, "</main></body></html>\n");
    return !out->failed;
}
