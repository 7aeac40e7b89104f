/* See validate.h. */
#include "domain/validate.h"

#include "domain/decimal.h"

#include <stdio.h>
#include <string.h>

enum { NOTE_MAX = 2000, PATH = 96 };

/* The cells that a form requires of one organisation, numbered. */
typedef struct required_cell {
    const nt_indicator *indicator;
    const char *breakdown; /* canonical */
} required_cell;

/* Which of them one organisation has brought. */
typedef struct presence {
    const nt_org *org;
    struct presence *next;
    size_t with_value;
    uint8_t bits[];
} presence;

struct nt_checker {
    nt_arena *arena;
    const nt_catalogue *catalogue;
    const nt_subject *subject;
    required_cell *cells;
    size_t cell_count;
    presence **buckets; /* by org */
    size_t bucket_count;
    presence *latest;
    nt_judge *judge;
    size_t chunks;
};

nt_status nt_subject_resolve(nt_arena *arena, const nt_catalogue *catalogue, const char *prefix, const char *form,
                             const char *org, const char *period, nt_subject *out) {
    nt_violations faults;
    nt_violations_init(&faults, arena);
    char path[PATH];
    snprintf(path, sizeof path, "%sform", prefix);
    out->form = nt_catalogue_form(catalogue, form);
    if (!out->form)
        nt_violations_add(&faults, path, "UNKNOWN_FORM", "there is no form \"%.40s\": see `nithet catalog forms`",
                          "ไม่มีแบบรายงาน \"%.40s\" ดูได้จาก `nithet catalog forms`", form);
    snprintf(path, sizeof path, "%sorg", prefix);
    out->org = nt_catalogue_org(catalogue, org);
    if (!out->org)
        nt_violations_add(&faults, path, "UNKNOWN_ORG",
                          "there is no organisation \"%.40s\": provinces are written TH-50; see `nithet org list`",
                          "ไม่มีหน่วยงาน \"%.40s\" รหัสจังหวัดเขียนแบบ TH-50 ดูได้จาก `nithet org list`", org);
    else if (out->org->kind != NT_ORG_PROVINCE)
        nt_violations_add(&faults, path, "NOT_A_PROVINCE", "%s is not a province: provinces submit",
                          "%s ไม่ใช่จังหวัด ผู้ส่งข้อมูลต้องเป็นจังหวัด", org);
    snprintf(path, sizeof path, "%speriod", prefix);
    nt_status st = nt_period_parse(arena, path, period, &out->period);
    if (!nt_ok(st)) {
        if (!st.fault->violations)
            return st;
        nt_violations_add(&faults, path, st.fault->violations->rule, "%.0s%s", "%s%.0s", st.fault->violations->th,
                          st.fault->violations->en);
    } else if (out->form && out->period.kind != out->form->period_kind) {
        nt_violations_add(
            &faults, path, "PERIOD_KIND", "%s is not a period of form %s, which is for a %s: such as %s%.0s",
            "%s ไม่ใช่งวดของแบบรายงาน %s %.0sเขียนแบบ %s ซึ่งเป็น%s", out->period.code, form,
            nt_period_kind_name(out->form->period_kind, 0), nt_period_kind_example(out->form->period_kind),
            nt_period_kind_name(out->form->period_kind, 1));
    }
    return nt_violations_status(&faults);
}

/* Every combination of members of the item's dimensions; the total alone if it has none. */
static size_t combinations(const nt_form_item *item) {
    size_t n = 1;
    for (size_t d = 0; d < item->dimension_count; d++)
        n *= item->dimensions[d]->member_count;
    return n;
}

static const char *combination_text(nt_arena *arena, const nt_form_item *item, size_t number) {
    size_t pick[NT_DIMENSIONS_MAX];
    for (size_t d = item->dimension_count; d-- > 0;) {
        pick[d] = number % item->dimensions[d]->member_count;
        number /= item->dimensions[d]->member_count;
    }
    const char *text = "";
    for (size_t d = 0; d < item->dimension_count && text; d++)
        text = nt_arena_printf(arena, "%s%s%s=%s", text, d ? ";" : "", item->dimensions[d]->code,
                               item->dimensions[d]->members[pick[d]].code);
    return text;
}

nt_checker *nt_checker_new(nt_arena *arena, const nt_catalogue *catalogue, const nt_subject *subject) {
    nt_checker *c = NT_NEW(arena, nt_checker);
    if (!c)
        return NULL;
    c->arena = arena;
    c->catalogue = catalogue;
    c->subject = subject;
    for (size_t i = 0; i < subject->form->item_count; i++)
        if (subject->form->items[i].required)
            c->cell_count += combinations(&subject->form->items[i]);
    c->cells = NT_NEW_ARRAY(arena, required_cell, c->cell_count + 1);
    c->bucket_count = subject->form->level == NT_ORG_PROVINCE ? 1 : 4096;
    c->buckets = NT_NEW_ARRAY(arena, presence *, c->bucket_count);
    if (!c->cells || !c->buckets)
        return NULL;
    size_t at = 0;
    for (size_t i = 0; i < subject->form->item_count; i++) {
        const nt_form_item *item = &subject->form->items[i];
        for (size_t k = 0; item->required && k < combinations(item); k++) {
            c->cells[at].indicator = item->indicator;
            c->cells[at].breakdown = combination_text(arena, item, k);
            if (!c->cells[at++].breakdown)
                return NULL;
        }
    }
    c->judge = nt_judge_new(arena, subject->form, &subject->period);
    return c->judge ? c : NULL;
}

nt_judge *nt_checker_judge(nt_checker *checker) {
    return checker->judge;
}

static presence *presence_of(nt_checker *c, const nt_org *org) {
    if (c->latest && c->latest->org == org)
        return c->latest;
    presence **bucket = &c->buckets[(uint32_t)org->id % c->bucket_count];
    presence *p = *bucket;
    while (p && p->org != org)
        p = p->next;
    if (!p) {
        p = nt_arena_zalloc(c->arena, 1, sizeof *p + (c->cell_count + 7) / 8);
        if (!p)
            return NULL;
        p->org = org;
        p->next = *bucket;
        *bucket = p;
    }
    return c->latest = p;
}

/* What the pair (indicator, breakdown) is to the form. */
enum { PAIR_NOT_IN_FORM = -1, PAIR_ALLOWED = -2 };

static const nt_form_item *item_for(const nt_form *form, const nt_indicator *indicator, const nt_breakdown *b,
                                    int *indicator_known) {
    for (size_t i = 0; i < form->item_count; i++) {
        const nt_form_item *item = &form->items[i];
        if (item->indicator != indicator)
            continue;
        *indicator_known = 1;
        if (b->count == 0)
            return item; /* a total is always welcome */
        size_t d = 0;
        while (d < b->count && d < item->dimension_count && b->dimensions[d] == item->dimensions[d])
            d++;
        if (d == b->count && d == item->dimension_count)
            return item;
    }
    return NULL;
}

static int32_t classify_pair(const nt_checker *c, const nt_indicator *indicator, const nt_breakdown *b,
                             int *indicator_known) {
    if (!item_for(c->subject->form, indicator, b, indicator_known))
        return PAIR_NOT_IN_FORM;
    for (size_t i = 0; i < c->cell_count; i++)
        if (c->cells[i].indicator == indicator && strcmp(c->cells[i].breakdown, b->canonical) == 0)
            return (int32_t)i;
    return PAIR_ALLOWED;
}

typedef struct dictionary_faults {
    const nt_violation **indicator, **org, **breakdown;
} dictionary_faults;

/* Resolves each dictionary entry once; a fault is told at every row that uses it. */
static nt_status resolve_dictionaries(nt_checker *c, nt_arena *arena, const nt_observations *set, nt_checked *out,
                                      dictionary_faults *faults) {
    out->indicators = NT_NEW_ARRAY(arena, const nt_indicator *, set->indicator_count + 1);
    out->orgs = NT_NEW_ARRAY(arena, const nt_org *, set->org_count + 1);
    out->breakdowns = NT_NEW_ARRAY(arena, nt_breakdown, set->breakdown_count + 1);
    faults->breakdown = NT_NEW_ARRAY(arena, const nt_violation *, set->breakdown_count + 1);
    if (!out->indicators || !out->orgs || !out->breakdowns || !faults->breakdown)
        return nt_fail_memory();
    for (size_t i = 0; i < set->indicator_count; i++)
        out->indicators[i] = nt_catalogue_indicator(c->catalogue, set->indicators[i]);
    for (size_t i = 0; i < set->org_count; i++)
        out->orgs[i] = nt_catalogue_org(c->catalogue, set->orgs[i]);
    for (size_t i = 0; i < set->breakdown_count; i++) {
        nt_status st =
            nt_breakdown_parse(arena, c->catalogue, "disaggregation", set->breakdowns[i], &out->breakdowns[i]);
        if (!nt_ok(st)) {
            if (!st.fault->violations)
                return st;
            out->breakdowns[i].canonical = NULL;
            faults->breakdown[i] = st.fault->violations;
        }
    }
    return nt_success();
}

/* Both are written only where there is a fault to tell: of a million right figures it would be half the work. */
static const char *at(char path[PATH], size_t row, const char *field) {
    snprintf(path, PATH, "observations[%zu].%s", row, field);
    return path;
}

static const char *written(int64_t value, char text[NT_DECIMAL_TEXT]) {
    nt_decimal_format(value, text);
    return text;
}

static void check_value(const nt_observations *set, size_t row, const nt_indicator *indicator, nt_violations *faults) {
    char path[PATH], text[NT_DECIMAL_TEXT], limit[NT_DECIMAL_TEXT];
    unsigned status = set->status[row];
    int64_t value = set->value[row];
    const char *note = set->notes ? set->notes[row] : NULL;
    if (!nt_status_has_value(status)) {
        if (value != 0)
            nt_violations_add(faults, at(path, row, "value"), "VALUE_WITHOUT_STATUS",
                              "a figure that is missing or suppressed has no value: leave it empty",
                              "ข้อมูลที่ขาดหายหรือปกปิดต้องไม่มีค่า ให้เว้นว่าง");
        if (status == NT_MISSING && (!note || !*note)) {
            nt_violations_add(faults, at(path, row, "note"), "REASON_REQUIRED",
                              "say in the note why the figure is missing", "ให้ระบุเหตุผลที่ไม่มีข้อมูลในช่องหมายเหตุ");
        }
        return;
    }
    if (value > NT_DECIMAL_MAX || value < -NT_DECIMAL_MAX)
        nt_violations_add(faults, at(path, row, "value"), "OUT_OF_RANGE", "%s has more than 14 digits before the point",
                          "%s มีเลขหน้าจุดทศนิยมเกิน 14 หลัก", written(value, text));
    if (indicator->has_minimum && value < indicator->minimum) {
        nt_violations_add(faults, at(path, row, "value"), "OUT_OF_RANGE", "%s is below %s, the least that %s can be",
                          "%s ต่ำกว่า %s ซึ่งเป็นค่าต่ำสุดของ %s", written(value, text), written(indicator->minimum, limit),
                          indicator->code);
    }
    if (indicator->has_maximum && value > indicator->maximum) {
        nt_violations_add(faults, at(path, row, "value"), "OUT_OF_RANGE", "%s is over %s, the most that %s can be",
                          "%s เกิน %s ซึ่งเป็นค่าสูงสุดของ %s", written(value, text), written(indicator->maximum, limit),
                          indicator->code);
    }
    if (!nt_decimal_fits(value, indicator->decimals))
        nt_violations_add(faults, at(path, row, "value"), "TOO_PRECISE",
                          "%s: %s takes at most %u digits after the point", "%s: %s มีทศนิยมได้ไม่เกิน %u ตำแหน่ง",
                          written(value, text), indicator->code, indicator->decimals);
}

static void check_org(const nt_checker *c, const nt_observations *set, size_t row, const nt_org *org,
                      nt_violations *faults) {
    char path[PATH];
    at(path, row, "org");
    const nt_subject *s = c->subject;
    if (!org)
        nt_violations_add(faults, path, "UNKNOWN_ORG",
                          "there is no organisation \"%.40s\": provinces are written TH-50; see `nithet org list`",
                          "ไม่มีหน่วยงาน \"%.40s\" รหัสจังหวัดเขียนแบบ TH-50 ดูได้จาก `nithet org list`",
                          set->orgs[set->org[row]]);
    else if (!nt_org_within(org, s->org))
        nt_violations_add(faults, path, "FOREIGN_ORG", "%s is not part of %s, which submits",
                          "%s ไม่อยู่ในสังกัด %s ซึ่งเป็นผู้ส่ง", org->code, s->org->code);
    else if (org->kind != s->form->level)
        nt_violations_add(faults, path, "WRONG_LEVEL", "%s is a %s%.0s; form %s asks for figures of a %s%.0s",
                          "%s เป็น%.0s%s แต่แบบรายงาน %s ขอข้อมูลระดับ%.0s%s", org->code, nt_org_kind_name(org->kind, 0),
                          nt_org_kind_name(org->kind, 1), s->form->code, nt_org_kind_name(s->form->level, 0),
                          nt_org_kind_name(s->form->level, 1));
}

static nt_status check_shape(nt_checker *c, const nt_observations *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->indicator[i] >= set->indicator_count || set->org[i] >= set->org_count ||
            set->breakdown[i] >= set->breakdown_count)
            return nt_fail_field(c->arena, "observations", "BAD_INDEX",
                                 "figure %zu points outside of the lists of indicators, orgs or disaggregations",
                                 "ข้อมูลลำดับที่ %zu อ้างถึงรายการที่ไม่มีอยู่ในบัญชีตัวชี้วัด หน่วยงาน หรือมิติ", i);
    return nt_success();
}

/* What each pair of indicator and breakdown is, found out once a chunk. */
typedef struct pair_kinds {
    int32_t *form;  /* PAIR_..., or the required cell's number + 1; 0 is not known yet */
    int32_t *judge; /* the rules' cell + 1; -1: none; 0 is not known yet */
} pair_kinds;

static void show_judge(nt_checker *c, const nt_observations *set, size_t row, const nt_org *org,
                       const nt_indicator *indicator, const char *breakdown, int32_t *kind) {
    if (*kind == 0) {
        int32_t cell = nt_judge_cell(c->judge, indicator, breakdown);
        *kind = cell < 0 ? -1 : cell + 1;
    }
    if (*kind < 0)
        return;
    nt_judge_figure figure = {.has_value = nt_status_has_value(set->status[row]),
                              .noted = set->notes && set->notes[row] && *set->notes[row],
                              .value = set->value[row],
                              .chunk = c->chunks,
                              .row = row};
    nt_judge_take(c->judge, org, *kind - 1, &figure);
}

static void check_row(nt_checker *c, const nt_observations *set, size_t row, const nt_checked *checked,
                      const dictionary_faults *dictionary, pair_kinds pairs, nt_violations *faults) {
    char path[PATH];
    const nt_indicator *indicator = checked->indicators[set->indicator[row]];
    const nt_org *org = checked->orgs[set->org[row]];
    const nt_breakdown *breakdown = &checked->breakdowns[set->breakdown[row]];
    if (!indicator) {
        at(path, row, "indicator");
        nt_violations_add(
            faults, path, "UNKNOWN_INDICATOR", "there is no indicator \"%.40s\": see `nithet catalog indicators`",
            "ไม่มีตัวชี้วัด \"%.40s\" ดูได้จาก `nithet catalog indicators`", set->indicators[set->indicator[row]]);
    }
    if (!org || !nt_org_within(org, c->subject->org) || org->kind != c->subject->form->level)
        check_org(c, set, row, org, faults);
    if (!breakdown->canonical) {
        const nt_violation *v = dictionary->breakdown[set->breakdown[row]];
        at(path, row, "disaggregation");
        nt_violations_copy(faults, path, v->rule, v->en, v->th, v->warning);
    } else if (strcmp(set->breakdowns[set->breakdown[row]], breakdown->canonical) != 0) {
        /* One cell has one name: else the same cell could come twice under two. */
        at(path, row, "disaggregation");
        nt_violations_add(faults, path, "NOT_CANONICAL", "write it as \"%s\": dimensions in order of code, no spaces",
                          "ให้เขียนเป็น \"%s\" เรียงมิติตามรหัสและไม่เว้นวรรค", breakdown->canonical);
    }
    if (set->status[row] < NT_NORMAL || set->status[row] > NT_SUPPRESSED) {
        at(path, row, "status");
        nt_violations_add(faults, path, "UNKNOWN_STATUS",
                          "status %u is none: NORMAL, ESTIMATED, PROVISIONAL, MISSING or SUPPRESSED",
                          "ไม่มีสถานะ %u ให้ใช้ NORMAL, ESTIMATED, PROVISIONAL, MISSING หรือ SUPPRESSED", set->status[row]);
    }
    if (set->notes && set->notes[row] && strlen(set->notes[row]) > NOTE_MAX) {
        at(path, row, "note");
        nt_violations_add(faults, path, "TOO_LONG", "a note has at most %d bytes", "หมายเหตุยาวได้ไม่เกิน %d ไบต์",
                          NOTE_MAX);
    }
    if (indicator)
        check_value(set, row, indicator, faults);
    if (!indicator || !breakdown->canonical)
        return;
    size_t place = (size_t)set->indicator[row] * set->breakdown_count + set->breakdown[row];
    int32_t *pair = &pairs.form[place];
    int org_fits = org && nt_org_within(org, c->subject->org) && org->kind == c->subject->form->level;
    if (org_fits && c->subject->form->rule_count)
        show_judge(c, set, row, org, indicator, breakdown->canonical, &pairs.judge[place]);
    int indicator_known = 1;
    if (*pair == 0 || *pair == PAIR_NOT_IN_FORM) {
        indicator_known = 0;
        int32_t kind = classify_pair(c, indicator, breakdown, &indicator_known);
        *pair = kind >= 0 ? kind + 1 : kind;
    }
    if (*pair == PAIR_NOT_IN_FORM) {
        at(path, row, indicator_known ? "disaggregation" : "indicator");
        if (indicator_known)
            nt_violations_add(faults, path, "NOT_IN_FORM", "form %s does not ask for %s by \"%s\"",
                              "แบบรายงาน %s ไม่ได้ขอ %s จำแนกตาม \"%s\"", c->subject->form->code, indicator->code,
                              breakdown->canonical);
        else
            nt_violations_add(faults, path, "NOT_IN_FORM", "form %s does not ask for %s", "แบบรายงาน %s ไม่ได้ขอตัวชี้วัด %s",
                              c->subject->form->code, indicator->code);
    } else if (*pair > 0 && org_fits) {
        presence *p = presence_of(c, org);
        if (p && nt_status_has_value(set->status[row]))
            p->with_value++;
        if (p)
            p->bits[(*pair - 1) / 8] |= (uint8_t)(1u << ((*pair - 1) % 8));
    }
}

nt_status nt_checker_chunk(nt_checker *c, nt_arena *arena, const nt_observations *set, nt_violations *faults,
                           nt_checked *checked) {
    dictionary_faults dictionary;
    nt_status st = check_shape(c, set);
    if (nt_ok(st))
        st = resolve_dictionaries(c, arena, set, checked, &dictionary);
    if (!nt_ok(st))
        return st;
    size_t pair_count = set->indicator_count * set->breakdown_count + 1;
    pair_kinds pairs = {NT_NEW_ARRAY(arena, int32_t, pair_count), NT_NEW_ARRAY(arena, int32_t, pair_count)};
    if (!pairs.form || !pairs.judge)
        return nt_fail_memory();
    for (size_t row = 0; row < set->count; row++)
        check_row(c, set, row, checked, &dictionary, pairs, faults);
    c->chunks++;
    return nt_arena_exhausted(c->arena) ? nt_fail_memory() : nt_success();
}

static void report_missing(nt_checker *c, const presence *p, const char *org, nt_violations *faults) {
    for (size_t i = 0; i < c->cell_count; i++) {
        if (p && (p->bits[i / 8] >> (i % 8) & 1))
            continue;
        const char *b = c->cells[i].breakdown;
        nt_violations_add(faults, "observations", "REQUIRED_CELL_MISSING",
                          "form %s requires %s%s%s of %s: send it, or send it as MISSING with the reason",
                          "แบบรายงาน %s ต้องมี %s%s%s ของ %s ให้ส่งค่า หรือส่งสถานะ MISSING พร้อมเหตุผล", c->subject->form->code,
                          c->cells[i].indicator->code, *b ? " " : "", b, org);
    }
}

/* How many organisations the form wants figures of. */
static size_t expected_orgs(const nt_checker *c) {
    const nt_subject *s = c->subject;
    size_t n = s->form->level == NT_ORG_PROVINCE;
    for (size_t i = 0; s->form->level != NT_ORG_PROVINCE && i < c->catalogue->org_count; i++)
        n += c->catalogue->orgs[i].kind == s->form->level && nt_org_within(&c->catalogue->orgs[i], s->org);
    return n;
}

nt_status nt_checker_end(nt_checker *c, nt_violations *faults, nt_completeness *completeness) {
    int any = 0;
    size_t with_value = 0, explained = 0;
    for (size_t b = 0; b < c->bucket_count; b++)
        for (const presence *p = c->buckets[b]; p; p = p->next) {
            report_missing(c, p, p->org->code, faults);
            with_value += p->with_value;
            any = 1;
        }
    if (!nt_judge_end(c->judge, c->chunks, faults, &explained))
        return nt_fail_memory();
    if (completeness) {
        size_t required = c->cell_count * expected_orgs(c);
        *completeness = (nt_completeness){
            (int64_t)required, (int64_t)(required > with_value ? required - with_value : 0), (int64_t)explained};
    }
    if (!any && c->subject->form->level == NT_ORG_PROVINCE)
        report_missing(c, NULL, c->subject->org->code, faults);
    return nt_arena_exhausted(c->arena) ? nt_fail_memory() : nt_success();
}
