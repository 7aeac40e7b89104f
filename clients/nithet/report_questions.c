/* Ten questions of a director, answered in a sentence each, Thai and English. */
#include "report_page.h"

#include <stdlib.h>
#include <string.h>

enum { LISTS_MOST = 128 };

static void answer_targets(page *p, int thai) {
    int n[REPORT_STATUSES];
    report_count(p->r, "", "", n);
    int judged = n[REPORT_ON_TRACK] + n[REPORT_AT_RISK] + n[REPORT_OFF_TRACK] + n[REPORT_NO_DATA];
    if (judged == 0)
        page_text(p, thai ? "ยังไม่ได้ตั้งเป้าหมายของปีนี้ (nithet target apply)"
                          : "No targets are set for this year (nithet target apply)");
    else
        page_put(p,
                 thai ? "%d จาก %d ตัวชี้วัดเป็นไปตามเป้า เสี่ยง %d ไม่ถึงเป้า %d ไม่มีข้อมูล %d"
                      : "%d of %d indicators are on track, %d at risk, %d off track, %d without data",
                 n[REPORT_ON_TRACK], judged, n[REPORT_AT_RISK], n[REPORT_OFF_TRACK], n[REPORT_NO_DATA]);
}

/* Of issues, or of units: the one with the most that is off track, then at risk. */
static void answer_worst(page *p, const char *list, const char *name_of, int thai) {
    const json_t *things = json_object_get(p->r->scorecard, list);
    size_t n = json_array_size(things);
    int issues = strcmp(list, "issues") == 0, worst[REPORT_STATUSES] = {0}, counts[REPORT_STATUSES], best_weight = 0;
    const json_t *which = NULL;
    for (size_t i = 0; i < n && i < LISTS_MOST; i++) {
        const json_t *thing = json_array_get(things, i);
        const char *code = page_field(p, thing, name_of);
        report_count(p->r, issues ? code : "", issues ? "" : code, counts);
        int weight = counts[REPORT_OFF_TRACK] * 100 + counts[REPORT_AT_RISK];
        if (weight > best_weight) {
            which = thing;
            best_weight = weight;
            memcpy(worst, counts, sizeof worst);
        }
    }
    if (!which)
        page_text(p, thai ? "ไม่มีที่ต่ำกว่าเป้าหมาย" : "Nothing is short of its target");
    else
        page_put(p, thai ? "%s: ไม่ถึงเป้า %d เสี่ยง %d" : "%s: %d off track, %d at risk", report_text(which, "name", thai),
                 worst[REPORT_OFF_TRACK], worst[REPORT_AT_RISK]);
}

static void answer_issue(page *p, int thai) {
    answer_worst(p, "issues", "code", thai);
}

static void answer_unit(page *p, int thai) {
    answer_worst(p, "units", "org", thai);
}

static void answer_far(page *p, int thai) {
    const report_score *s;
    if (report_farthest(p->r, &s, 1))
        page_put(p, thai ? "%s: %s เป้าหมาย %s (ห่าง %.1f%%)" : "%s: %s, target %s (%.1f%% away)",
                 report_text(s->row, "name", thai), page_figure(p, page_field(p, s->score, "value")),
                 page_figure(p, page_field(p, s->score, "target")), -s->distance);
    else
        page_text(p, thai ? "ไม่มีที่ต่ำกว่าเป้าหมาย" : "Nothing is short of its target");
}

static void answer_change(page *p, int worse, int thai) {
    const report_score *s;
    if (report_changes(p->r, worse, &s, 1))
        page_put(p, thai ? "%s ของ%s: จาก %s เป็น %s" : "%s of %s: from %s to %s", report_text(s->row, "name", thai),
                 page_org(p, page_field(p, s->score, "org"), thai), page_before(p, s),
                 page_figure(p, page_field(p, s->score, "value")));
    else
        page_text(p, thai ? "ไม่มี หรือไม่มีงวดก่อนให้เทียบ" : "Nothing, or there is no period before to compare with");
}

static void answer_better(page *p, int thai) {
    answer_change(p, 0, thai);
}

static void answer_worse(page *p, int thai) {
    answer_change(p, 1, thai);
}

static void answer_rank(page *p, int thai) {
    const report_score *best = NULL, *last = NULL;
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
    if (!best) {
        page_text(p, thai ? "ยังเทียบไม่ได้: ไม่มีข้อมูลของหน่วยอื่น" : "Not to be told yet: others have no figures");
        return;
    }
    page_put(p,
             thai ? "ดีที่สุด: %s อันดับ %lld จาก %lld; ต่ำที่สุด: %s อันดับ %lld จาก %lld"
                  : "Best: %s, %lld of %lld; lowest: %s, %lld of %lld",
             report_text(best->row, "name", thai), (long long)cli_number(best->score, "rank_in_country"),
             (long long)cli_number(best->score, "of_country"), report_text(last->row, "name", thai),
             (long long)cli_number(last->score, "rank_in_country"), (long long)cli_number(last->score, "of_country"));
}

static void answer_complete(page *p, int thai) {
    const json_t *total = json_object_get(p->r->status, "total");
    page_put(p,
             thai ? "รับแล้ว %lld จาก %lld รายงาน ทันเวลา %lld ล่าช้า %lld รอส่งใหม่ %lld"
                  : "%lld of %lld reports received, %lld on time, %lld late, %lld sent back",
             (long long)cli_number(total, "received"), (long long)cli_number(total, "expected"),
             (long long)cli_number(total, "on_time"), (long long)cli_number(total, "late"),
             (long long)cli_number(total, "returned"));
}

static void answer_quality(page *p, int thai) {
    size_t i, n = 0;
    json_t *unit;
    double sum = 0;
    json_array_foreach(json_object_get(p->r->status, "units"), i, unit) {
        const char *score = page_field(p, json_object_get(unit, "quality"), "score");
        if (strcmp(page_field(p, unit, "kind"), "ORG_KIND_PROVINCE") == 0 && *score) {
            sum += strtod(score, NULL);
            n++;
        }
    }
    page_put(p,
             thai ? "คะแนนคุณภาพเฉลี่ย %.1f จาก 100 มีข้อที่ควรสอบถาม %zu ข้อ"
                  : "Mean quality score %.1f of 100; %zu things to ask about",
             n ? sum / (double)n : 0, json_array_size(json_object_get(p->r->concerns, "concerns")));
}

static void answer_call(page *p, int thai) {
    const json_t *first = json_array_get(json_object_get(p->r->concerns, "provinces"), 0);
    if (cli_number(first, "concerns"))
        page_put(p, thai ? "%s: %lld เรื่อง" : "%s: %lld concerns", report_text(first, "name", thai),
                 (long long)cli_number(first, "concerns"));
    else
        page_text(p, thai ? "ไม่มีเรื่องค้าง" : "Nobody");
}

static const struct {
    const char *th, *en;
    void (*answer)(page *p, int thai);
} QUESTIONS[] = {
    {"ถึงเป้าหมายเพียงใด", "Do we reach our targets?", answer_targets},
    {"ประเด็นยุทธศาสตร์ใดน่าห่วงที่สุด", "Which issue is worst?", answer_issue},
    {"ห่างเป้าหมายที่สุดคืออะไร", "What is farthest from its target?", answer_far},
    {"อะไรดีขึ้นมากที่สุด", "What improved most?", answer_better},
    {"อะไรแย่ลงมากที่สุด", "What got worse most?", answer_worse},
    {"หน่วยใดต้องการความช่วยเหลือ", "Who needs help?", answer_unit},
    {"อยู่อันดับใดของประเทศ", "Where do we stand in the country?", answer_rank},
    {"ข้อมูลมาครบและทันหรือไม่", "Is the data complete and on time?", answer_complete},
    {"เชื่อถือข้อมูลได้เพียงใด", "How far can it be believed?", answer_quality},
    {"ควรโทรหาจังหวัดใดก่อน", "Whom to call first?", answer_call},
};

void report_questions(page *p) {
    page_heading(p, "สิบคำถามของผู้บริหาร", "Ten questions");
    page_raw(p, "<ol class=\"q\">");
    for (size_t i = 0; i < sizeof QUESTIONS / sizeof QUESTIONS[0]; i++) {
        page_raw(p, "<li><strong>");
        page_text(p, QUESTIONS[i].th);
        page_english(p, QUESTIONS[i].en);
        page_raw(p, "</strong>");
        QUESTIONS[i].answer(p, 1);
        page_raw(p, "<br><span class=\"en\" lang=\"en\">");
        QUESTIONS[i].answer(p, 0);
        page_raw(p, "</span></li>");
    }
    page_raw(p, "</ol>");
}
