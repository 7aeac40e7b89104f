/* See evaluate.h. */
#include "domain/evaluate.h"

#include "domain/decimal.h"
#include "domain/observation.h"

#include <stdlib.h>
#include <string.h>

enum { DERIVED_DEPTH = 10, SPLIT_MOST = 12, REFERENCES_MOST = 2000 };

/* One province's figure, before anything is brought together over provinces. */
typedef struct part_figure {
    nt_absence absence;
    int64_t value;
    unsigned status;
} part_figure;

static const part_figure NOTHING = {NT_ABSENT_MISSING, 0, NT_MISSING};

static unsigned weaker(unsigned a, unsigned b) {
    return a > b ? a : b;
}

/* The first that is not before these. */
static size_t first_of(const nt_facts *f, int32_t indicator_id, int32_t org_id, uint32_t period) {
    size_t low = 0, high = f->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const nt_fact *x = &f->all[middle];
        int before = x->indicator_id != indicator_id ? x->indicator_id < indicator_id
                     : x->org_id != org_id           ? x->org_id < org_id
                                                     : x->period < period;
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const nt_fact *nt_facts_run(const nt_facts *f, int32_t indicator_id, int32_t org_id, uint32_t period, size_t *count) {
    size_t begin = first_of(f, indicator_id, org_id, period), end = begin;
    while (end < f->count && f->all[end].indicator_id == indicator_id && f->all[end].org_id == org_id &&
           f->all[end].period == period)
        end++;
    *count = end - begin;
    return f->all + begin;
}

void nt_facts_of(const nt_facts *f, int32_t indicator_id, size_t *begin, size_t *end) {
    *begin = first_of(f, indicator_id, INT32_MIN, 0);
    *end = indicator_id < INT32_MAX ? first_of(f, indicator_id + 1, INT32_MIN, 0) : f->count;
}

static int period_number(const nt_facts *f, const nt_period *p, uint32_t *number) {
    for (size_t i = 0; i < f->period_count; i++)
        if (strcmp(f->periods[i].code, p->code) == 0) {
            *number = (uint32_t)i;
            return 1;
        }
    return 0;
}

static size_t dimension_count(const char *breakdown) {
    size_t n = 0;
    for (; *breakdown; breakdown++)
        n += *breakdown == '=';
    return n;
}

/* Which dimensions: an order of their names, whatever the members. */
static int compare_dimensions(const char *a, const char *b) {
    while (*a && *b) {
        size_t x = strcspn(a, "="), y = strcspn(b, "=");
        int way = strncmp(a, b, x < y ? x : y);
        if (way || x != y)
            return way ? way : x < y ? -1 : 1;
        a += strcspn(a, ";");
        b += strcspn(b, ";");
        a += *a == ';';
        b += *b == ';';
    }
    return *a ? 1 : *b ? -1 : 0;
}

/* Has `inner` all the pairs of `outer`? */
static int refines(const char *inner, const char *outer) {
    while (*outer) {
        size_t n = strcspn(outer, ";");
        const char *at = inner;
        int found = 0;
        while (*at && !found) {
            size_t m = strcspn(at, ";");
            found = m == n && strncmp(at, outer, n) == 0;
            at += m + (at[m] == ';');
        }
        if (!found)
            return 0;
        outer += n + (outer[n] == ';');
    }
    return 1;
}

static part_figure of_fact(const nt_fact *x) {
    return x->has_value ? (part_figure){NT_THERE, x->value, x->status} : (part_figure){NT_ABSENT_MISSING, 0, x->status};
}

/* The whole of the reported breakdown with the fewest further dimensions. */
static part_figure over_dimensions(const nt_facts *f, const nt_indicator *v, const nt_fact *run, size_t count,
                                   const char *breakdown) {
    const char *chosen = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *b = run[i].breakdown;
        if (refines(b, breakdown) &&
            (!chosen || dimension_count(b) < dimension_count(chosen) ||
             (dimension_count(b) == dimension_count(chosen) && compare_dimensions(b, chosen) < 0)))
            chosen = b;
    }
    if (!chosen || v->over_dimensions == NT_AGGREGATION_NONE)
        return NOTHING;
    nt_part *parts = NT_NEW_ARRAY(f->arena, nt_part, count);
    size_t n = 0;
    unsigned status = NT_NORMAL;
    int32_t form = 0;
    for (size_t i = 0; parts && i < count; i++) {
        if (!refines(run[i].breakdown, breakdown) || compare_dimensions(run[i].breakdown, chosen) != 0 ||
            (form && run[i].form_id != form))
            continue;
        form = run[i].form_id;
        if (!run[i].has_value)
            return (part_figure){NT_ABSENT_MISSING, 0, run[i].status};
        status = weaker(status, run[i].status);
        parts[n++] = (nt_part){.value = run[i].value};
    }
    nt_total total = parts ? nt_aggregate(v->over_dimensions, parts, n) : (nt_total){0};
    return total.has_value ? (part_figure){NT_THERE, total.value, status} : NOTHING;
}

/* Of the period itself. `known` tells whether anything was reported. */
static part_figure direct(const nt_facts *f, const nt_indicator *v, const char *breakdown, int32_t org_id,
                          const nt_period *period, int *known) {
    uint32_t number;
    size_t count;
    *known = 0;
    if (!period_number(f, period, &number))
        return NOTHING;
    const nt_fact *run = nt_facts_run(f, v->id, org_id, number, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(run[i].breakdown, breakdown) == 0) {
            *known = 1;
            return of_fact(&run[i]); /* of several forms, the first */
        }
    if (count == 0)
        return NOTHING;
    part_figure x = over_dimensions(f, v, run, count, breakdown);
    *known = x.absence == NT_THERE;
    return x;
}

static part_figure of_parts(const nt_facts *f, const nt_indicator *v, const char *breakdown, int32_t org_id,
                            const nt_period *split, size_t count) {
    nt_part parts[SPLIT_MOST];
    size_t n = 0;
    unsigned status = NT_NORMAL;
    for (size_t i = 0; i < count; i++) {
        int known;
        part_figure x = direct(f, v, breakdown, org_id, &split[i], &known);
        if (x.absence)
            continue;
        status = v->over_periods == NT_LAST ? x.status : weaker(status, x.status);
        parts[n++] = (nt_part){.value = x.value};
    }
    if (n && v->over_periods == NT_LAST)
        return (part_figure){NT_THERE, parts[n - 1].value, status};
    if (n && v->over_periods == NT_FIRST)
        return (part_figure){NT_THERE, parts[0].value, status};
    nt_total total = n == count ? nt_aggregate(v->over_periods, parts, n) : (nt_total){0};
    return total.has_value ? (part_figure){NT_THERE, total.value, status} : NOTHING;
}

/* Of an indicator that is submitted. */
static part_figure submitted(const nt_facts *f, const nt_indicator *v, const char *breakdown, int32_t org_id,
                             const nt_period *period) {
    static const nt_period_kind kinds[] = {NT_PERIOD_SEMESTER, NT_PERIOD_INSPECTION_ROUND, NT_PERIOD_FISCAL_QUARTER,
                                           NT_PERIOD_MONTH};
    int known;
    part_figure x = direct(f, v, breakdown, org_id, period, &known);
    if (known || v->over_periods == NT_AGGREGATION_NONE)
        return x;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0] && x.absence; k++) {
        nt_period split[SPLIT_MOST];
        size_t count = nt_period_split(period, kinds[k], split);
        if (count)
            x = of_parts(f, v, breakdown, org_id, split, count);
    }
    return x;
}

const nt_org **nt_provinces_within(nt_arena *arena, const nt_catalogue *k, const nt_org *unit, size_t *count) {
    const nt_org **out = NT_NEW_ARRAY(arena, const nt_org *, k->office_count + 1);
    *count = 0;
    for (size_t i = 0; out && i < k->office_count; i++)
        if (k->offices[i]->kind == NT_ORG_PROVINCE && nt_org_within(k->offices[i], unit))
            out[(*count)++] = k->offices[i];
    return out;
}

typedef struct scope {
    const nt_facts *facts;
    const nt_period *period;
    const nt_org **provinces;
    size_t count;
    int depth;
} scope;

static nt_answer evaluate(const scope *s, const nt_indicator *indicator, const char *breakdown);

static nt_answer absent(const scope *s, nt_absence why) {
    return (nt_answer){.absence = why, .status = NT_MISSING, .expected = s->count};
}

/* One province alone. */
static nt_answer at_province(const scope *s, const nt_indicator *indicator, const char *breakdown, size_t i) {
    scope one = {s->facts, s->period, &s->provinces[i], 1, s->depth};
    return evaluate(&one, indicator, breakdown);
}

static nt_answer plain(const scope *s, const nt_indicator *v, const char *breakdown) {
    const nt_facts *f = s->facts;
    nt_part *parts = NT_NEW_ARRAY(f->arena, nt_part, s->count + 1);
    const nt_indicator *weight =
        v->weight && v->aggregation == NT_WEIGHTED_AVERAGE ? nt_catalogue_indicator(f->catalogue, v->weight) : NULL;
    size_t n = 0;
    unsigned status = NT_NORMAL;
    for (size_t i = 0; parts && i < s->count; i++) {
        part_figure x = submitted(f, v, breakdown, s->provinces[i]->id, s->period);
        if (x.absence) {
            if (s->count == 1)
                return (nt_answer){.absence = x.absence, .status = x.status, .expected = 1};
            continue;
        }
        nt_part part = {.value = x.value};
        if (weight) {
            part_figure w = submitted(f, weight, breakdown, s->provinces[i]->id, s->period);
            if (w.absence && *breakdown)
                w = submitted(f, weight, "", s->provinces[i]->id, s->period);
            part.weight = w.value;
            part.has_weight = w.absence == NT_THERE;
        }
        status = weaker(status, x.status);
        parts[n++] = part;
    }
    if (s->count == 1 && n == 1) /* its own figure needs no rule */
        return (nt_answer){NT_THERE, parts[0].value, status, 1, 1};
    nt_total total = parts && n ? nt_aggregate(v->aggregation, parts, n) : (nt_total){0};
    if (!total.has_value)
        return (nt_answer){.absence = NT_ABSENT_MISSING, .status = NT_MISSING, .reported = n, .expected = s->count};
    int divided = v->aggregation == NT_WEIGHTED_AVERAGE || v->aggregation == NT_MEDIAN;
    return (nt_answer){NT_THERE, nt_decimal_round(total.value, divided ? v->decimals : 4), status, n, s->count};
}

/* The figures that a ratio's two expressions read, over the provinces that count. */
typedef struct ratio_figures {
    const scope *scope;
    const char *breakdown;
    nt_missing_policy policy;
    unsigned status;
} ratio_figures;

/* A figure asked for by `level=x` reads its parts by the same, where the formula names no breakdown of its own. */
static const char *breakdown_for(const ratio_figures *r, const nt_reference *reference) {
    return *reference->breakdown ? reference->breakdown : r->breakdown;
}

static nt_value ratio_figure(void *context, size_t number, const nt_reference *reference) {
    (void)number;
    ratio_figures *r = context;
    nt_answer a = evaluate(r->scope, reference->indicator, breakdown_for(r, reference));
    if (a.absence == NT_ABSENT_MISSING && r->policy == NT_MISSING_IS_ZERO)
        return nt_value_of(0);
    if (a.absence)
        return nt_value_absent(a.absence);
    r->status = weaker(r->status, a.status);
    return nt_value_of(a.value);
}

static int has_all(const scope *s, const nt_expression *e, const ratio_figures *r, size_t i) {
    size_t count;
    const nt_reference *references = nt_expression_references(e, &count);
    for (size_t k = 0; k < count; k++)
        if (at_province(s, references[k].indicator, breakdown_for(r, &references[k]), i).absence)
            return 0;
    return 1;
}

static nt_answer ratio(const scope *s, const nt_indicator *v, const char *breakdown) {
    nt_arena *arena = s->facts->arena;
    if (!v->above || !v->below || s->depth > DERIVED_DEPTH)
        return absent(s, NT_ABSENT_MISSING);
    scope counted = {s->facts, s->period, NT_NEW_ARRAY(arena, const nt_org *, s->count + 1), 0, s->depth + 1};
    scope inner = {s->facts, s->period, s->provinces, s->count, s->depth + 1};
    ratio_figures figures = {&counted, breakdown, v->missing_policy, NT_NORMAL};
    size_t complete = 0;
    for (size_t i = 0; counted.provinces && i < s->count; i++) {
        int all = has_all(&inner, v->above, &figures, i) && has_all(&inner, v->below, &figures, i);
        complete += (size_t)all;
        if (all || v->missing_policy == NT_MISSING_IS_ZERO)
            counted.provinces[counted.count++] = s->provinces[i];
    }
    if (counted.count == 0 || (v->missing_policy == NT_MISSING_SPOILS && complete < s->count))
        return absent(s, NT_ABSENT_MISSING);
    nt_value above = nt_expression_evaluate(v->above, ratio_figure, &figures);
    nt_value below = nt_expression_evaluate(v->below, ratio_figure, &figures);
    if (above.absence || below.absence)
        return absent(s, above.absence ? above.absence : below.absence);
    if (below.number.n == 0)
        return absent(s, NT_ABSENT_DIVISION);
    nt_rational q;
    nt_answer a = {NT_THERE, 0, figures.status, complete, s->count};
    if (!nt_rational_divide(above.number, below.number, &q) ||
        !nt_rational_multiply(q, nt_rational_of(nt_indicator_factor(v)), &q) ||
        !nt_rational_round(q, v->decimals, &a.value))
        return absent(s, NT_ABSENT_RANGE);
    return a;
}

static nt_answer evaluate(const scope *s, const nt_indicator *indicator, const char *breakdown) {
    const nt_indicator *v = nt_indicator_on(indicator, s->period->last);
    return nt_indicator_derived(v) ? ratio(s, v, breakdown) : plain(s, v, breakdown);
}

nt_answer nt_evaluate(const nt_facts *facts, const nt_indicator *indicator, const char *breakdown, const nt_org *unit,
                      const nt_period *period) {
    scope s = {.facts = facts, .period = period};
    s.provinces = nt_provinces_within(facts->arena, facts->catalogue, unit, &s.count);
    return s.provinces ? evaluate(&s, indicator, breakdown) : absent(&s, NT_ABSENT_MISSING);
}

static void add_source(const nt_indicator *i, const nt_indicator **out, size_t most, size_t *count, int depth) {
    for (size_t k = 0; k < *count; k++)
        if (out[k] == i)
            return;
    if (*count == most || depth > DERIVED_DEPTH)
        return;
    out[(*count)++] = i;
    const nt_expression *parts[] = {i->above, i->below};
    for (int p = 0; p < 2 && nt_indicator_derived(i); p++) {
        size_t n = 0;
        const nt_reference *r = parts[p] ? nt_expression_references(parts[p], &n) : NULL;
        for (size_t k = 0; k < n; k++)
            add_source(r[k].indicator, out, most, count, depth + 1);
    }
}

size_t nt_indicator_sources(const nt_catalogue *catalogue, const nt_indicator *indicator, const nt_indicator **out,
                            size_t most) {
    size_t count = 0;
    add_source(indicator, out, most, &count, 0);
    for (size_t i = 0, n = count; i < n; i++)
        if (out[i]->aggregation == NT_WEIGHTED_AVERAGE && out[i]->weight) {
            const nt_indicator *w = nt_catalogue_indicator(catalogue, out[i]->weight);
            if (w)
                add_source(w, out, most, &count, 0);
        }
    return count;
}

int nt_facts_have(const nt_facts *f, const nt_indicator *indicator) {
    const nt_indicator *sources[64];
    size_t begin, end;
    if (!nt_indicator_derived(indicator)) {
        nt_facts_of(f, indicator->id, &begin, &end);
        return begin < end;
    }
    size_t n = nt_indicator_sources(f->catalogue, indicator, sources, 64);
    for (size_t i = 0; i < n; i++)
        if (!nt_indicator_derived(sources[i]) && nt_facts_have(f, sources[i]))
            return 1;
    return 0;
}

static int by_time(const void *a, const void *b) {
    return nt_period_compare(a, b);
}

nt_period *nt_periods_needed(nt_arena *arena, const nt_period *asked, size_t asked_count, size_t *count) {
    static const nt_period_kind kinds[] = {NT_PERIOD_SEMESTER, NT_PERIOD_INSPECTION_ROUND, NT_PERIOD_FISCAL_QUARTER,
                                           NT_PERIOD_MONTH};
    nt_period *all = NT_NEW_ARRAY(arena, nt_period, asked_count * 20 + 1);
    size_t n = 0, kept = 0;
    *count = 0;
    for (size_t i = 0; all && i < asked_count; i++) {
        all[n++] = asked[i];
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
            n += nt_period_split(&asked[i], kinds[k], all + n);
    }
    if (!all)
        return NULL;
    qsort(all, n, sizeof *all, by_time);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || strcmp(all[kept - 1].code, all[i].code) != 0)
            all[kept++] = all[i];
    *count = kept;
    return all;
}
