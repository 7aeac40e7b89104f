/* AnalysisService.GetScorecard: figures against targets, with trend and rank. */
#include "api/access.h"
#include "api/figures.h"
#include "api/handlers.h"
#include "api/message.h"
#include "domain/target.h"
#include "store/target.h"

#include "nithet/v1/analysis.pb-c.h"

#include <stdlib.h>

enum { HISTORY_DEFAULT = 5, HISTORY_MOST = 12 };

typedef struct scorecard {
    nt_call *call;
    const nt_catalogue *catalogue;
    const nt_org *country;
    nt_period period;
    nt_period history[HISTORY_MOST]; /* oldest first; the last is `period` */
    size_t history_count;
    nt_period year_before;
    int has_year_before;
    nt_facts own;   /* of the unit, all those periods */
    nt_facts peers; /* of the country, the period alone: for ranks */
    const nt_target *targets;
    size_t target_count;
    char year[NT_PERIOD_CODE];
    struct peers *peers_of; /* of the indicator at hand: regions, provinces */
} scorecard;

/* The figures of all units of one kind in the country. */
typedef struct peers {
    const nt_indicator *indicator;
    size_t count;
    const nt_org **orgs;
    int64_t *values;
} peers;

static const nt_target *own_target(const scorecard *s, const nt_indicator *indicator, const nt_org *org) {
    for (size_t i = 0; i < s->target_count; i++)
        if (s->targets[i].indicator_id == indicator->id && s->targets[i].org_id == org->id && s->targets[i].has_value)
            return &s->targets[i];
    return NULL;
}

/* The unit's, or for what holds of the parts as of the whole, that of the unit above. */
static const nt_target *target_for(const scorecard *s, const nt_indicator *indicator, const nt_org *org,
                                   const nt_org **whose) {
    for (*whose = org; *whose; *whose = (*whose)->parent) {
        const nt_target *t = own_target(s, indicator, *whose);
        if (t || !nt_target_inherits(indicator))
            return t;
    }
    return NULL;
}

static nt_answer answer(const scorecard *s, const nt_indicator *indicator, const nt_org *org, const nt_period *period) {
    return nt_evaluate(&s->own, indicator, "", org, period);
}

/* A sum of three provinces is not compared with one of four: what is missing would look like a fall. */
static int comparable(const nt_indicator *indicator, nt_answer a, nt_answer b) {
    return !a.absence && !b.absence && (nt_target_inherits(indicator) || a.reported == b.reported);
}

static char *difference(const scorecard *s, const nt_indicator *indicator, nt_answer a, nt_answer b) {
    return nt_decimal_text(s->call->arena, comparable(indicator, a, b), a.value - b.value);
}

static void fill_history(const scorecard *s, const nt_indicator *indicator, const nt_org *org, nt_answer now,
                         Nithet__V1__Score *m) {
    nt_arena *arena = s->call->arena;
    int at[HISTORY_MOST];
    int64_t values[HISTORY_MOST], slope = 0;
    size_t n = 0;
    nt_answer before = {.absence = NT_ABSENT_MISSING};
    m->history = NT_NEW_ARRAY(arena, Nithet__V1__PeriodValue *, s->history_count);
    for (size_t i = 0; m->history && i < s->history_count; i++) {
        Nithet__V1__PeriodValue *v = NT_NEW(arena, Nithet__V1__PeriodValue);
        nt_answer a = i + 1 == s->history_count ? now : answer(s, indicator, org, &s->history[i]);
        if (!v)
            return;
        nithet__v1__period_value__init(v);
        v->period = nt_text(s->history[i].code);
        v->value = nt_figure_text(arena, a);
        m->history[m->n_history++] = v;
        if (i + 2 == s->history_count)
            before = a;
        if (comparable(indicator, now, a)) {
            at[n] = (int)i;
            values[n++] = a.value;
        }
    }
    int has_slope = nt_trend_slope(at, values, n, &slope);
    m->slope = nt_decimal_text(arena, has_slope, slope);
    m->change = difference(s, indicator, now, before);
    m->year_change =
        s->has_year_before ? difference(s, indicator, now, answer(s, indicator, org, &s->year_before)) : nt_text("");
}

static const peers *peers_of(const scorecard *s, const nt_indicator *indicator, nt_org_kind kind) {
    const nt_catalogue *k = s->catalogue;
    peers *p = &s->peers_of[kind];
    if (p->indicator == indicator)
        return p;
    p->indicator = indicator;
    p->count = 0;
    for (size_t i = 0; i < k->office_count; i++) {
        if (k->offices[i]->kind != kind)
            continue;
        nt_answer a = nt_evaluate(&s->peers, indicator, "", k->offices[i], &s->period);
        p->orgs[p->count] = k->offices[i];
        p->values[p->count] = a.value;
        p->count += a.absence == NT_THERE;
    }
    return p;
}

/* Among the units of the same kind that have a figure. */
static void rank(const scorecard *s, const nt_indicator *indicator, const nt_org *org, const nt_org *within,
                 nt_answer mine, uint32_t *place, uint32_t *of) {
    const nt_catalogue *k = s->catalogue;
    int64_t *values = NT_NEW_ARRAY(s->call->arena, int64_t, k->office_count + 1);
    size_t n = 0;
    if (mine.absence || indicator->direction == NT_NEUTRAL || !within || within == org || org->kind > NT_ORG_PROVINCE)
        return;
    const peers *all = peers_of(s, indicator, org->kind);
    for (size_t i = 0; values && i < all->count; i++)
        if (nt_org_within(all->orgs[i], within))
            values[n++] = all->values[i];
    if (values) {
        *place = nt_rank_of(indicator->direction, values, n, mine.value);
        *of = (uint32_t)n;
    }
}

static Nithet__V1__Score *score(const scorecard *s, const nt_indicator *indicator, const nt_org *org) {
    nt_arena *arena = s->call->arena;
    Nithet__V1__Score *m = NT_NEW(arena, Nithet__V1__Score);
    if (!m)
        return NULL;
    nithet__v1__score__init(m);
    nt_answer a = answer(s, indicator, org, &s->period);
    const nt_org *whose;
    const nt_target *t = target_for(s, indicator, org, &whose);
    m->org = nt_text(org->code);
    m->value = nt_figure_text(arena, a);
    m->reported = (uint32_t)a.reported;
    m->expected = (uint32_t)a.expected;
    if (t) {
        nt_rational percent;
        int64_t rounded = 0;
        int has =
            !a.absence && t->value && nt_rational_divide(nt_rational_of(a.value), nt_rational_of(t->value), &percent) &&
            nt_rational_multiply(percent, (nt_rational){100, 1}, &percent) && nt_rational_round(percent, 2, &rounded);
        m->target = nt_decimal_text(arena, 1, t->value);
        m->status =
            (Nithet__V1__TargetStatus)nt_target_judge(indicator->direction, !a.absence, a.value, t->value, t->at_risk);
        m->distance = nt_decimal_text(arena, !a.absence, a.value - t->value);
        m->percent_of_target = nt_decimal_text(arena, has, rounded);
        m->target_of = nt_text(whose->code);
    }
    fill_history(s, indicator, org, a, m);
    const nt_org *region = org->kind == NT_ORG_PROVINCE ? org->parent : NULL;
    rank(s, indicator, org, region && region->kind == NT_ORG_REGION ? region : NULL, a, &m->rank_in_region,
         &m->of_region);
    rank(s, indicator, org, s->country, a, &m->rank_in_country, &m->of_country);
    return m;
}

static nt_status add_row(const scorecard *s, const nt_org *unit, const nt_org **units, size_t unit_count,
                         const nt_indicator *indicator, Nithet__V1__GetScorecardResponse *out) {
    nt_arena *arena = s->call->arena;
    const nt_org *whose;
    int any = nt_facts_have(&s->own, indicator) || target_for(s, indicator, unit, &whose);
    for (size_t i = 0; !any && i < unit_count; i++)
        any = target_for(s, indicator, units[i], &whose) != NULL;
    if (!any)
        return nt_success();
    Nithet__V1__ScorecardRow *row = NT_NEW(arena, Nithet__V1__ScorecardRow);
    Nithet__V1__Score **scores = NT_NEW_ARRAY(arena, Nithet__V1__Score *, unit_count + 1);
    if (!row || !scores)
        return nt_fail_memory();
    nithet__v1__scorecard_row__init(row);
    row->indicator = nt_text(indicator->code);
    row->name = nt_message_name(arena, indicator->name);
    row->unit = nt_message_name(arena, indicator->unit);
    row->issue = nt_text(indicator->issue);
    row->direction = (Nithet__V1__Direction)indicator->direction;
    row->total = score(s, indicator, unit);
    row->units = scores;
    for (size_t i = 0; i < unit_count; i++)
        scores[row->n_units++] = score(s, indicator, units[i]);
    out->rows[out->n_rows++] = row;
    return nt_arena_exhausted(arena) ? nt_fail_memory() : nt_call_check_deadline(s->call);
}

static nt_status load(scorecard *s, const nt_org *unit, int64_t as_of_us) {
    nt_worker *w = nt_worker_of(s->call);
    nt_arena *arena = s->call->arena;
    nt_period periods[HISTORY_MOST + 1];
    size_t count = s->history_count;
    memcpy(periods, s->history, count * sizeof *periods);
    if (s->has_year_before)
        periods[count++] = s->year_before;
    nt_status st = nt_figures_load(s->call, unit, periods, count, NULL, 0, as_of_us, &s->own);
    if (!nt_ok(st))
        return st;
    /* Ranks tell where one stands, not what others have: so all of the country may be looked at here. */
    nt_connection_scope(w->connection, nt_scope_units(arena, w->catalogue, s->country));
    st = nt_figures_load(s->call, s->country, &s->period, 1, NULL, 0, as_of_us, &s->peers);
    nt_connection_scope(w->connection, nt_scope_units(arena, w->catalogue, unit));
    int32_t *ids = nt_org_ids(arena, w->catalogue->offices, w->catalogue->office_count);
    nt_target *targets;
    if (nt_ok(st))
        st = ids ? nt_store_targets(w->connection, arena, ids, w->catalogue->office_count, s->year,
                                    as_of_us ? as_of_us : INT64_MAX, &targets, &s->target_count)
                 : nt_fail_memory();
    if (nt_ok(st))
        s->targets = targets;
    s->peers_of = NT_NEW_ARRAY(arena, peers, NT_ORG_PROVINCE + 1);
    for (int kind = 0; s->peers_of && kind <= NT_ORG_PROVINCE; kind++) {
        s->peers_of[kind].orgs = NT_NEW_ARRAY(arena, const nt_org *, w->catalogue->office_count + 1);
        s->peers_of[kind].values = NT_NEW_ARRAY(arena, int64_t, w->catalogue->office_count + 1);
    }
    return nt_ok(st) && nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

static void find_history(scorecard *s, uint32_t asked) {
    size_t most = asked == 0 ? HISTORY_DEFAULT : asked < 2 ? 2 : asked > HISTORY_MOST ? HISTORY_MOST : asked;
    nt_period at = s->period, back[HISTORY_MOST];
    back[s->history_count++] = at;
    while (s->history_count < most && nt_period_previous(&at, &at))
        back[s->history_count++] = at;
    for (size_t i = 0; i < s->history_count; i++)
        s->history[i] = back[s->history_count - 1 - i];
    s->has_year_before = nt_period_year_before(&s->period, &s->year_before);
}

nt_status nt_get_scorecard(nt_call *call, const void *in) {
    const Nithet__V1__GetScorecardRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    const nt_org *unit = call->scope;
    scorecard s = {.call = call, .catalogue = w->catalogue, .country = unit};
    while (s.country->parent)
        s.country = s.country->parent;
    nt_status st = nt_figures_check_unit(call, unit);
    if (nt_ok(st))
        st = nt_period_parse(arena, "period", r->period, &s.period);
    if (!nt_ok(st))
        return st;
    find_history(&s, r->history);
    nt_target_year(&s.period, s.year);
    st = load(&s, unit, r->as_of_us > 0 ? r->as_of_us : 0);
    if (!nt_ok(st))
        return st;
    size_t unit_count;
    const nt_org **units = nt_units_below(arena, w->catalogue, unit, &unit_count);
    if (unit->kind == NT_ORG_PROVINCE)
        unit_count = 0; /* it is the total itself */
    char th[160], en[160];
    nt_period_name(&s.period, 1, th, sizeof th);
    nt_period_name(&s.period, 0, en, sizeof en);
    Nithet__V1__GetScorecardResponse out = NITHET__V1__GET_SCORECARD_RESPONSE__INIT;
    out.org = nt_text(unit->code);
    out.name = nt_message_name(arena, unit->name);
    out.kind = (Nithet__V1__OrgKind)unit->kind;
    out.period = s.period.code;
    out.period_name = nt_message_name(arena, (nt_name){th, en});
    out.units = NT_NEW_ARRAY(arena, Nithet__V1__ScorecardUnit *, unit_count + 1);
    out.rows = NT_NEW_ARRAY(arena, Nithet__V1__ScorecardRow *, w->catalogue->indicator_count + 1);
    if (!units || nt_arena_exhausted(arena))
        return nt_fail_memory();
    for (size_t i = 0; i < unit_count; i++) {
        Nithet__V1__ScorecardUnit *m = NT_NEW(arena, Nithet__V1__ScorecardUnit);
        if (!m)
            return nt_fail_memory();
        nithet__v1__scorecard_unit__init(m);
        m->org = nt_text(units[i]->code);
        m->name = nt_message_name(arena, units[i]->name);
        out.units[out.n_units++] = m;
    }
    st = nt_message_issues(arena, w->catalogue, &out.issues, &out.n_issues);
    for (size_t k = 0; k < w->catalogue->issue_count; k++)
        for (size_t i = 0; nt_ok(st) && i < w->catalogue->indicator_count; i++)
            if (strcmp(w->catalogue->indicators[i].issue, w->catalogue->issues[k].code) == 0)
                st = add_row(&s, unit, units, unit_count, &w->catalogue->indicators[i], &out);
    return nt_ok(st) ? nt_call_reply(call, &out.base) : st;
}
