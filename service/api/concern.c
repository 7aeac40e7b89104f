/* MonitoringService.ListConcerns: what is odd, the weightiest first. The rules are those of monitoring.proto; what a
 * concern weighs is the project's own judgement, and is shown. */
#include "api/figures.h"
#include "api/handlers.h"
#include "api/message.h"
#include "domain/decimal.h"
#include "domain/expression.h"
#include "domain/observation.h"
#include "store/progress.h"

#include "nithet/v1/monitoring.pb-c.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONCERNS_MOST = 5000, HISTORY_LEAST = 4, HEAPING_LEAST = 20 };
#define SMALL (20 * NT_DECIMAL_ONE) /* below this a jump means nothing */
#define OUTLIER_SCORE (35 * NT_DECIMAL_ONE / 10)

typedef Nithet__V1__Concern concern;
typedef Nithet__V1__ConcernKind concern_kind;
#define KIND(name) NITHET__V1__CONCERN_KIND__CONCERN_KIND_##name

typedef struct search {
    nt_call *call;
    const nt_catalogue *catalogue;
    nt_period period;
    nt_period history[NT_HISTORY_PERIODS + 1]; /* [0] is the period */
    size_t history_count;
    nt_facts facts;
    const nt_progress *progress;
    size_t progress_count;
    concern **found;
    size_t count;
} search;

static concern *add(search *s, concern_kind kind, const nt_org *org, unsigned weight, const char *en, const char *th,
                    ...) __attribute__((format(printf, 5, 7), format(printf, 6, 7)));

static concern *add(search *s, concern_kind kind, const nt_org *org, unsigned weight, const char *en, const char *th,
                    ...) {
    char text[2][600];
    concern *m = s->count < CONCERNS_MOST ? NT_NEW(s->call->arena, concern) : NULL;
    if (!m)
        return NULL;
    nithet__v1__concern__init(m);
    for (int thai = 0; thai < 2; thai++) {
        va_list args;
        va_start(args, th);
        vsnprintf(text[thai], sizeof text[0], thai ? th : en, args);
        va_end(args);
        nt_utf8_repair(text[thai]);
    }
    m->kind = kind;
    m->org = nt_text(org->code);
    m->weight = weight < 1 ? 1 : weight > 100 ? 100 : weight;
    m->message = nt_message_name(
        s->call->arena, (nt_name){nt_arena_strdup(s->call->arena, text[1]), nt_arena_strdup(s->call->arena, text[0])});
    s->found[s->count++] = m;
    return m;
}

static const char *text_of(search *s, int64_t value) {
    const char *text = nt_decimal_text(s->call->arena, 1, value);
    return text ? text : "";
}

/* The same figure of an earlier period. */
static int earlier(const search *s, const nt_fact *now, size_t back, int64_t *value) {
    for (uint32_t p = 0; p < s->facts.period_count; p++) {
        size_t count;
        if (strcmp(s->facts.periods[p].code, s->history[back].code) != 0)
            continue;
        const nt_fact *run = nt_facts_run(&s->facts, now->indicator_id, now->org_id, p, &count);
        for (size_t i = 0; i < count; i++)
            if (run[i].form_id == now->form_id && run[i].has_value && strcmp(run[i].breakdown, now->breakdown) == 0) {
                *value = run[i].value;
                return 1;
            }
    }
    return 0;
}

static void name_figure(concern *m, const nt_fact *f, const nt_indicator *indicator) {
    if (!m)
        return;
    m->indicator = nt_text(indicator->code);
    m->disaggregation = nt_text(f->breakdown);
    m->submission_id = (uint64_t)f->submission_id;
}

static int64_t positive(int64_t v) {
    return v < 0 ? -v : v;
}

static void look_at_figure(search *s, const nt_fact *f, const nt_org *org, const nt_indicator *indicator) {
    int64_t past[NT_HISTORY_PERIODS], before = 0, score = 0;
    size_t n = 0;
    int has_before = earlier(s, f, 1, &before);
    for (size_t back = s->history_count - 1; back >= 1; back--)
        n += (size_t)earlier(s, f, back, &past[n]);
    const char *breakdown_en = nt_breakdown_title(s->call->arena, s->catalogue, f->breakdown).en;
    const char *breakdown_th = nt_breakdown_title(s->call->arena, s->catalogue, f->breakdown).th;
    int64_t larger = positive(f->value) > positive(before) ? positive(f->value) : positive(before);
    if (has_before && before != 0 && larger >= SMALL) {
        int64_t change =
            nt_decimal_round((int64_t)((nt_int128)(f->value - before) * 100 * NT_DECIMAL_ONE / positive(before)), 1);
        if (positive(change) > 50 * NT_DECIMAL_ONE)
            name_figure(add(s, KIND(JUMP), org, 30 + (unsigned)(positive(change) / NT_DECIMAL_ONE / 10),
                            "%s%.0s, %s%.0s: %s in %s, %s before: a change of %s percent",
                            "%.0s%s, %.0s%s: %s งวด %s จากเดิม %s เปลี่ยนร้อยละ %s", indicator->name.en, indicator->name.th,
                            breakdown_en, breakdown_th, text_of(s, f->value), s->period.code, text_of(s, before),
                            text_of(s, change)),
                        f, indicator);
    }
    nt_value z = n >= HISTORY_LEAST ? nt_history_statistic(NT_WHEN_MODIFIED_ZSCORE, past, n, 1, f->value)
                                    : nt_value_absent(NT_ABSENT_MISSING);
    if (!z.absence && nt_rational_round(z.number, 1, &score) && positive(score) > OUTLIER_SCORE)
        name_figure(add(s, KIND(OUTLIER), org, 50 + (unsigned)(positive(score) / NT_DECIMAL_ONE),
                        "%s%.0s, %s%.0s: %s is far from the %zu periods before (modified z-score %s)",
                        "%.0s%s, %.0s%s: %s ต่างจาก %zu งวดก่อนมาก (modified z-score %s)", indicator->name.en,
                        indicator->name.th, breakdown_en, breakdown_th, text_of(s, f->value), n, text_of(s, score)),
                    f, indicator);
}

static void compare_forms(search *s, const nt_fact *f, const nt_org *org, const nt_indicator *indicator) {
    for (const nt_fact *other = f + 1;
         other < s->facts.all + s->facts.count && other->indicator_id == f->indicator_id &&
         other->org_id == f->org_id && other->period == f->period;
         other++) {
        const nt_form *a = nt_catalogue_form_by_id(s->catalogue, f->form_id),
                      *b = nt_catalogue_form_by_id(s->catalogue, other->form_id);
        if (other->form_id != f->form_id && strcmp(other->breakdown, f->breakdown) == 0 && other->has_value &&
            f->has_value && other->value != f->value && a && b)
            name_figure(add(s, KIND(INCONSISTENT), org, 70, "%s%.0s: form %s says %s, form %s says %s",
                            "%.0s%s: แบบ %s รายงาน %s แต่แบบ %s รายงาน %s", indicator->name.en, indicator->name.th,
                            a->code, text_of(s, f->value), b->code, text_of(s, other->value)),
                        f, indicator);
    }
}

static int is_now(const search *s, const nt_fact *f) {
    return strcmp(s->facts.periods[f->period].code, s->period.code) == 0;
}

static void look_at_figures(search *s) {
    for (size_t i = 0; i < s->facts.count; i++) {
        const nt_fact *f = &s->facts.all[i];
        const nt_org *org = nt_catalogue_org_by_id(s->catalogue, f->org_id);
        const nt_indicator *indicator = nt_catalogue_indicator_by_id(s->catalogue, f->indicator_id);
        if (!is_now(s, f) || !org || !indicator)
            continue;
        if (f->has_value)
            look_at_figure(s, f, org, indicator);
        compare_forms(s, f, org, indicator);
    }
}

/* Do figures end in 0 or 5 more often than by chance (a fifth)? */
static void look_at_digits(search *s, const nt_org *org) {
    size_t round = 0, n = 0;
    for (size_t i = 0; i < s->facts.count; i++) {
        const nt_fact *f = &s->facts.all[i];
        int64_t whole = positive(f->value) / NT_DECIMAL_ONE;
        if (f->org_id != org->id || !is_now(s, f) || !f->has_value || whole < 10 || f->value % NT_DECIMAL_ONE)
            continue;
        n++;
        round += whole % 5 == 0;
    }
    if (n >= HEAPING_LEAST && round * 2 > n)
        add(s, KIND(HEAPING), org, (unsigned)(round * 60 / n),
            "%zu of %zu figures end in 0 or 5: are they counted, or guessed?",
            "%zu จาก %zu ตัวเลขลงท้ายด้วย 0 หรือ 5 นับจริงหรือประมาณ", round, n);
}

static const nt_progress *progress_of(const search *s, int32_t form_id, int32_t org_id) {
    for (size_t i = 0; i < s->progress_count; i++)
        if (s->progress[i].form_id == form_id && s->progress[i].org_id == org_id)
            return &s->progress[i];
    return NULL;
}

static void name_form(concern *m, const nt_form *form, const nt_progress *p) {
    if (!m)
        return;
    m->form = nt_text(form->code);
    m->submission_id = p ? (uint64_t)p->submission_id : 0;
}

static void look_at_forms(search *s, const nt_org *org, nt_day today) {
    for (size_t i = 0; i < s->catalogue->form_count; i++) {
        const nt_form *form = &s->catalogue->forms[i];
        if (form->period_kind != s->period.kind)
            continue;
        const nt_progress *p = progress_of(s, form->id, org->id);
        nt_day due = s->period.last + (nt_day)form->due_days;
        if (!p) {
            if (today > due)
                name_form(add(s, KIND(NOT_RECEIVED), org,
                              60 + (unsigned)((today - due) / 7 < 30 ? (today - due) / 7 : 30),
                              "form %s was due %d days ago, and has not come", "แบบ %s เกินกำหนดส่ง %d วันแล้ว ยังไม่ได้รับ",
                              form->code, (int)(today - due)),
                          form, NULL);
            continue;
        }
        if (p->late)
            name_form(add(s, KIND(LATE), org, 20, "form %s came after its due day", "แบบ %s ส่งหลังกำหนด", form->code),
                      form, p);
        if (p->accepted_earlier)
            name_form(add(s, KIND(CHANGED), org, 35, "form %s was corrected after it was accepted (revision %u)",
                          "แบบ %s ถูกแก้ไขหลังรับข้อมูลแล้ว (ฉบับที่ %u)", form->code, p->revision),
                      form, p);
        if (p->warnings)
            name_form(add(s, KIND(EXPLAINED), org, 10 + (unsigned)(p->warnings < 20 ? p->warnings : 20),
                          "form %s: %lld rules did not hold; the notes say why",
                          "แบบ %s: ไม่ผ่านกฎ %lld ข้อ มีเหตุผลในหมายเหตุ", form->code, (long long)p->warnings),
                      form, p);
        if (p->missing_cells)
            name_form(add(s, KIND(MISSING), org,
                          10 + (unsigned)(p->required_cells ? p->missing_cells * 60 / p->required_cells : 0),
                          "form %s: %lld of %lld required cells have no value", "แบบ %s: ขาด %lld จาก %lld ช่องที่ต้องมี",
                          form->code, (long long)p->missing_cells, (long long)p->required_cells),
                      form, p);
    }
}

static int weightiest_first(const void *a, const void *b) {
    const concern *x = *(const concern *const *)a, *y = *(const concern *const *)b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    int way = strcmp(x->org, y->org);
    if (!way)
        way = (int)x->kind - (int)y->kind;
    return way                                  ? way
           : strcmp(x->indicator, y->indicator) ? strcmp(x->indicator, y->indicator)
                                                : strcmp(x->disaggregation, y->disaggregation);
}

static int provinces_first(const void *a, const void *b) {
    const Nithet__V1__ProvinceConcern *x = *(const Nithet__V1__ProvinceConcern *const *)a,
                                      *y = *(const Nithet__V1__ProvinceConcern *const *)b;
    return x->weight != y->weight ? (x->weight > y->weight ? -1 : 1) : strcmp(x->org, y->org);
}

static nt_status reply(search *s, const nt_org **provinces, size_t province_count) {
    nt_arena *arena = s->call->arena;
    Nithet__V1__ListConcernsResponse out = NITHET__V1__LIST_CONCERNS_RESPONSE__INIT;
    qsort(s->found, s->count, sizeof *s->found, weightiest_first);
    out.concerns = s->found;
    out.n_concerns = s->count;
    out.provinces = NT_NEW_ARRAY(arena, Nithet__V1__ProvinceConcern *, province_count + 1);
    for (size_t i = 0; out.provinces && i < province_count; i++) {
        Nithet__V1__ProvinceConcern *m = NT_NEW(arena, Nithet__V1__ProvinceConcern);
        if (!m)
            return nt_fail_memory();
        nithet__v1__province_concern__init(m);
        m->org = nt_text(provinces[i]->code);
        m->name = nt_message_name(arena, provinces[i]->name);
        for (size_t k = 0; k < s->count; k++)
            if (strcmp(s->found[k]->org, m->org) == 0) {
                m->concerns++;
                m->weight += s->found[k]->weight;
            }
        out.provinces[out.n_provinces++] = m;
    }
    if (nt_arena_exhausted(arena))
        return nt_fail_memory();
    qsort(out.provinces, out.n_provinces, sizeof *out.provinces, provinces_first);
    return nt_call_reply(s->call, &out.base);
}

nt_status nt_list_concerns(nt_call *call, const void *in) {
    const Nithet__V1__ListConcernsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    const nt_org *unit = call->scope;
    search s = {.call = call, .catalogue = w->catalogue};
    nt_status st = nt_figures_check_unit(call, unit);
    if (nt_ok(st))
        st = nt_period_parse(arena, "period", r->period, &s.period);
    if (!nt_ok(st))
        return st;
    s.history[s.history_count++] = s.period;
    while (s.history_count <= NT_HISTORY_PERIODS &&
           nt_period_previous(&s.history[s.history_count - 1], &s.history[s.history_count]))
        s.history_count++;
    size_t province_count;
    const nt_org **provinces = nt_provinces_within(arena, w->catalogue, unit, &province_count);
    int32_t *ids = nt_org_ids(arena, provinces, province_count);
    s.found = NT_NEW_ARRAY(arena, concern *, CONCERNS_MOST + 1);
    if (!ids || !s.found)
        return nt_fail_memory();
    nt_progress *progress;
    st = nt_figures_load(call, unit, s.history, s.history_count, NULL, 0, 0, &s.facts);
    if (nt_ok(st))
        st = nt_store_progress(w->connection, arena, s.period.code, ids, province_count, INT64_MAX, &progress,
                               &s.progress_count);
    if (!nt_ok(st))
        return st;
    s.progress = progress;
    look_at_figures(&s);
    for (size_t i = 0; i < province_count; i++) {
        look_at_digits(&s, provinces[i]);
        look_at_forms(&s, provinces[i], nt_day_in_thailand(call->received_at_us));
    }
    return reply(&s, provinces, province_count);
}
