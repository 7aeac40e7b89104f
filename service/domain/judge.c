/* See judge.h. */
#include "domain/judge.h"

#include <stdio.h>
#include <string.h>

enum { BUCKETS = 4096, PATH = 96 };

/* A cell of the form that rules read, whatever the period. */
typedef struct rule_cell {
    const nt_indicator *indicator;
    const char *breakdown;
    int looks_back;
} rule_cell;

typedef struct past {
    uint32_t known; /* a bit a period */
    int64_t values[NT_HISTORY_PERIODS];
} past;

typedef struct of_org {
    const nt_org *org;
    struct of_org *next;
    int reported;
    past *past; /* a cell each; NULL until there is one */
    nt_judge_figure figures[];
} of_org;

struct nt_judge {
    nt_arena *arena;
    const nt_form *form;
    const nt_period *period;
    rule_cell *cells;
    size_t cell_count;
    int32_t **of_rule; /* of each rule, of each of its references: the cell */
    size_t look_back;  /* periods */
    size_t year_before;
    of_org **buckets;
    of_org *latest;
    of_org **order; /* in order of coming */
    size_t org_count, org_capacity;
};

static int32_t cell_number(nt_judge *j, const nt_reference *r) {
    for (size_t i = 0; i < j->cell_count; i++)
        if (j->cells[i].indicator == r->indicator && strcmp(j->cells[i].breakdown, r->breakdown) == 0)
            return (int32_t)i;
    j->cells[j->cell_count] = (rule_cell){r->indicator, r->breakdown, 0};
    return (int32_t)j->cell_count++;
}

/* How many periods back the same one of a year before lies. */
static size_t periods_in_a_year(const nt_period *p) {
    nt_period at = *p, year;
    if (!nt_period_year_before(p, &year))
        return 0;
    for (size_t i = 1; i <= NT_HISTORY_PERIODS && nt_period_previous(&at, &at); i++)
        if (nt_period_compare(&at, &year) == 0)
            return i;
    return 0;
}

static size_t look_back_of(const nt_judge *j, nt_when when) {
    return when == NT_WHEN_NOW           ? 0
           : when == NT_WHEN_PREVIOUS    ? 1
           : when == NT_WHEN_YEAR_BEFORE ? j->year_before
                                         : NT_HISTORY_PERIODS;
}

nt_judge *nt_judge_new(nt_arena *arena, const nt_form *form, const nt_period *period) {
    nt_judge *j = NT_NEW(arena, nt_judge);
    if (!j)
        return NULL;
    *j = (nt_judge){.arena = arena, .form = form, .period = period, .year_before = periods_in_a_year(period)};
    size_t most = 0;
    for (size_t i = 0; i < form->rule_count; i++) {
        size_t count = 0;
        if (form->rules[i].expression)
            nt_expression_references(form->rules[i].expression, &count);
        most += count;
    }
    j->cells = NT_NEW_ARRAY(arena, rule_cell, most + 1);
    j->of_rule = NT_NEW_ARRAY(arena, int32_t *, form->rule_count + 1);
    j->buckets = form->rule_count ? NT_NEW_ARRAY(arena, of_org *, BUCKETS) : NULL;
    if (!j->cells || !j->of_rule || (form->rule_count && !j->buckets))
        return NULL;
    for (size_t i = 0; i < form->rule_count; i++) {
        size_t count = 0;
        if (!form->rules[i].expression)
            continue;
        const nt_reference *r = nt_expression_references(form->rules[i].expression, &count);
        j->of_rule[i] = NT_NEW_ARRAY(arena, int32_t, count + 1);
        for (size_t k = 0; j->of_rule[i] && k < count; k++) {
            j->of_rule[i][k] = cell_number(j, &r[k]);
            size_t back = look_back_of(j, r[k].when);
            j->cells[j->of_rule[i][k]].looks_back |= back > 0;
            j->look_back = back > j->look_back ? back : j->look_back;
        }
        if (!j->of_rule[i])
            return NULL;
    }
    return j;
}

int32_t nt_judge_cell(const nt_judge *j, const nt_indicator *indicator, const char *breakdown) {
    for (size_t i = 0; i < j->cell_count; i++)
        if (j->cells[i].indicator == indicator && strcmp(j->cells[i].breakdown, breakdown) == 0)
            return (int32_t)i;
    return -1;
}

static of_org *find_org(nt_judge *j, const nt_org *org) {
    if (j->latest && j->latest->org == org)
        return j->latest;
    of_org **bucket = &j->buckets[(uint32_t)org->id % BUCKETS], *o = *bucket;
    while (o && o->org != org)
        o = o->next;
    if (!o) {
        o = nt_arena_zalloc(j->arena, 1, sizeof *o + j->cell_count * sizeof o->figures[0]);
        if (!o)
            return NULL;
        if (j->org_count == j->org_capacity) {
            size_t capacity = j->org_capacity ? j->org_capacity * 2 : 16;
            of_org **grown = NT_NEW_ARRAY(j->arena, of_org *, capacity);
            if (!grown)
                return NULL;
            if (j->org_count)
                memcpy(grown, j->order, j->org_count * sizeof *grown);
            j->order = grown;
            j->org_capacity = capacity;
        }
        o->org = org;
        o->next = *bucket;
        *bucket = o;
        j->order[j->org_count++] = o;
    }
    return j->latest = o;
}

int nt_judge_take(nt_judge *j, const nt_org *org, int32_t cell, const nt_judge_figure *figure) {
    of_org *o = find_org(j, org);
    if (!o)
        return 0;
    o->reported = 1;
    o->figures[cell] = *figure;
    return 1;
}

size_t nt_judge_history(const nt_judge *j, nt_period *periods) {
    nt_period at = *j->period;
    size_t n = 0;
    while (n < j->look_back && nt_period_previous(&at, &at))
        periods[n++] = at;
    return n;
}

size_t nt_judge_history_indicators(const nt_judge *j, int32_t *ids, size_t most) {
    size_t n = 0;
    for (size_t i = 0; i < j->cell_count; i++) {
        size_t k = 0;
        while (k < n && ids[k] != j->cells[i].indicator->id)
            k++;
        if (j->cells[i].looks_back && k == n && n < most)
            ids[n++] = j->cells[i].indicator->id;
    }
    return n;
}

int nt_judge_remember(nt_judge *j, const nt_org *org, const nt_indicator *indicator, const char *breakdown,
                      size_t period, int64_t value) {
    int32_t cell = nt_judge_cell(j, indicator, breakdown);
    if (cell < 0 || period >= NT_HISTORY_PERIODS)
        return 1;
    of_org *o = find_org(j, org);
    if (o && !o->past)
        o->past = NT_NEW_ARRAY(j->arena, past, j->cell_count);
    if (!o || !o->past)
        return 0;
    o->past[cell].known |= 1u << period;
    o->past[cell].values[period] = value;
    return 1;
}

/* One rule of one organisation. */
typedef struct case_at_hand {
    const nt_judge *judge;
    const of_org *org;
    const int32_t *cells;
} case_at_hand;

static nt_value earlier(const past *p, size_t back) {
    return p && back && p->known >> (back - 1) & 1 ? nt_value_of(p->values[back - 1])
                                                   : nt_value_absent(NT_ABSENT_MISSING);
}

static nt_value figure_of(void *context, size_t number, const nt_reference *r) {
    const case_at_hand *k = context;
    int32_t cell = k->cells[number];
    const nt_judge_figure *now = &k->org->figures[cell];
    const past *p = k->org->past ? &k->org->past[cell] : NULL;
    if (r->when == NT_WHEN_NOW)
        return now->has_value ? nt_value_of(now->value) : nt_value_absent(NT_ABSENT_MISSING);
    if (r->when == NT_WHEN_PREVIOUS)
        return earlier(p, 1);
    if (r->when == NT_WHEN_YEAR_BEFORE)
        return earlier(p, k->judge->year_before);
    int64_t values[NT_HISTORY_PERIODS];
    size_t n = 0;
    for (size_t i = NT_HISTORY_PERIODS; p && i-- > 0;)
        if (p->known >> i & 1)
            values[n++] = p->values[i];
    return nt_history_statistic(r->when, values, n, now->has_value, now->value);
}

static void report(const of_org *o, const nt_form_rule *rule, case_at_hand *k, size_t chunks, nt_violations *faults) {
    size_t count, kept = faults->kept;
    char path[PATH] = "observations";
    const nt_reference *r = nt_expression_references(rule->expression, &count);
    for (size_t i = 0; i < count && chunks == 1; i++)
        if (r[i].when == NT_WHEN_NOW && o->figures[k->cells[i]].has_value) {
            snprintf(path, sizeof path, "observations[%zu].value", o->figures[k->cells[i]].row);
            break;
        }
    const char *shown = nt_expression_show(faults->arena, rule->expression, figure_of, k);
    if (rule->severity == NT_WARNING)
        nt_violations_add(faults, path, rule->code,
                          "%s: %s%.0s (%s: %.300s); correct it, or say why in the note of one of these figures",
                          "%s: %.0s%s (%s: %.300s) ให้แก้ไข หรือระบุเหตุผลในหมายเหตุของข้อมูลเหล่านี้", o->org->code,
                          rule->name.en, rule->name.th, rule->text, shown);
    else
        nt_violations_add(faults, path, rule->code, "%s: %s%.0s (%s: %.300s)", "%s: %.0s%s (%s: %.300s)", o->org->code,
                          rule->name.en, rule->name.th, rule->text, shown);
    if (faults->kept > kept)
        faults->last->warning = rule->severity == NT_WARNING;
}

static void judge_org(const nt_judge *j, const of_org *o, size_t chunks, nt_violations *faults, size_t *explained) {
    for (size_t i = 0; i < j->form->rule_count; i++) {
        const nt_form_rule *rule = &j->form->rules[i];
        if (!rule->expression)
            continue;
        case_at_hand k = {j, o, j->of_rule[i]};
        nt_value holds = nt_expression_evaluate(rule->expression, figure_of, &k);
        if (holds.absence || holds.number.n)
            continue;
        size_t count, noted = 0;
        nt_expression_references(rule->expression, &count);
        for (size_t r = 0; r < count; r++)
            noted += o->figures[k.cells[r]].noted != 0;
        if (rule->severity == NT_WARNING && noted)
            ++*explained;
        else
            report(o, rule, &k, chunks, faults);
    }
}

int nt_judge_end(nt_judge *j, size_t chunks, nt_violations *faults, size_t *explained) {
    for (size_t i = 0; i < j->org_count; i++)
        if (j->order[i]->reported)
            judge_org(j, j->order[i], chunks, faults, explained);
    return !nt_arena_exhausted(j->arena);
}
