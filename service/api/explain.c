/* AnalysisService: where a figure comes from, what changed between two moments, and whether what is kept is right. */
#include "api/figures.h"
#include "api/handlers.h"
#include "api/message.h"
#include "domain/decimal.h"
#include "store/lineage.h"

#include "nithet/v1/analysis.pb-c.h"

enum { SOURCES_MOST = 256, CHANGES_MOST = 20000, DIFFERENCES_MOST = 1000 };

/* A ratio's formula with one unit's figures put in. */
typedef struct shown {
    const nt_facts *facts;
    const nt_org *unit;
    const nt_period *period;
    const char *breakdown;
} shown;

static nt_value figure_of(void *context, size_t number, const nt_reference *r) {
    const shown *s = context;
    (void)number;
    nt_answer a = nt_evaluate(s->facts, r->indicator, *r->breakdown ? r->breakdown : s->breakdown, s->unit, s->period);
    return a.absence ? nt_value_absent(a.absence) : nt_value_of(a.value);
}

static char *show(nt_arena *arena, const nt_indicator *v, shown *s) {
    if (!nt_indicator_derived(v) || !v->above || !v->below)
        return nt_text("");
    return nt_arena_printf(arena, "(%s) / (%s) * %s", nt_expression_show(arena, v->above, figure_of, s),
                           nt_expression_show(arena, v->below, figure_of, s),
                           nt_decimal_text(arena, 1, nt_indicator_factor(v)));
}

static nt_name absence_name(nt_absence absence) {
    return (nt_name){nt_absence_name(absence, 1), nt_absence_name(absence, 0)};
}

static void add_parts(nt_call *call, const nt_facts *facts, const nt_indicator *v, shown *s,
                      Nithet__V1__ExplainResponse *out) {
    nt_arena *arena = call->arena;
    size_t count;
    const nt_org **provinces = nt_provinces_within(arena, facts->catalogue, s->unit, &count);
    out->parts = NT_NEW_ARRAY(arena, Nithet__V1__ExplainPart *, count + 1);
    for (size_t i = 0; provinces && out->parts && i < count; i++) {
        Nithet__V1__ExplainPart *m = NT_NEW(arena, Nithet__V1__ExplainPart);
        if (!m)
            return;
        nithet__v1__explain_part__init(m);
        shown one = {facts, provinces[i], s->period, s->breakdown};
        nt_answer a = nt_evaluate(facts, v, s->breakdown, provinces[i], s->period);
        m->org = nt_text(provinces[i]->code);
        m->name = nt_message_name(arena, provinces[i]->name);
        m->value = nt_figure_text(arena, a);
        m->shown = show(arena, v, &one);
        m->missing = a.absence ? nt_message_name(arena, absence_name(a.absence)) : NULL;
        out->parts[out->n_parts++] = m;
    }
}

static char *hex_text(nt_arena *arena, nt_bytes bytes) {
    char *text = nt_arena_alloc(arena, bytes.size * 2 + 1);
    if (text)
        nt_hex(bytes.data, bytes.size, text);
    return text;
}

static nt_status add_sources(nt_call *call, const nt_facts *facts, const nt_indicator *v, const nt_org *unit,
                             Nithet__V1__ExplainResponse *out) {
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    const nt_indicator *sources[SOURCES_MOST];
    size_t source_count = nt_indicator_sources(facts->catalogue, v, sources, SOURCES_MOST), n = 0, count;
    int64_t *ids = NT_NEW_ARRAY(arena, int64_t, facts->count + 1);
    for (size_t i = 0; ids && i < source_count; i++) {
        size_t begin, end;
        nt_facts_of(facts, sources[i]->id, &begin, &end);
        for (size_t k = begin; k < end; k++) {
            const nt_org *org = nt_catalogue_org_by_id(facts->catalogue, facts->all[k].org_id);
            size_t known = 0;
            while (known < n && ids[known] != facts->all[k].submission_id)
                known++;
            if (org && nt_org_within(org, unit) && known == n)
                ids[n++] = facts->all[k].submission_id;
        }
    }
    nt_lineage *all;
    nt_status st = ids ? nt_store_lineage(w->connection, arena, ids, n, &all, &count) : nt_fail_memory();
    if (!nt_ok(st))
        return st;
    out->sources = NT_NEW_ARRAY(arena, Nithet__V1__ExplainSource *, count + 1);
    for (size_t i = 0; out->sources && i < count; i++) {
        const nt_form *form = nt_catalogue_form_by_id(w->catalogue, all[i].form_id);
        const nt_org *org = nt_catalogue_org_by_id(w->catalogue, all[i].org_id);
        Nithet__V1__ExplainSource *m = NT_NEW(arena, Nithet__V1__ExplainSource);
        if (!m)
            return nt_fail_memory();
        nithet__v1__explain_source__init(m);
        m->submission_id = (uint64_t)all[i].submission_id;
        m->form = nt_text(form ? form->code : "");
        m->org = nt_text(org ? org->code : "");
        m->period = nt_text(all[i].period);
        m->revision = all[i].revision;
        m->reason = nt_text(all[i].reason);
        m->officer = nt_text(all[i].officer);
        m->key_id = hex_text(arena, all[i].key_id);
        m->received_at_us = all[i].received_us;
        m->endorsed_by = nt_text(all[i].endorsed_by);
        m->endorsed_at_us = all[i].endorsed_us;
        m->accepted_by = nt_text(all[i].accepted_by);
        m->accepted_at_us = all[i].accepted_us;
        m->audit_position = (uint64_t)all[i].position;
        out->sources[out->n_sources++] = m;
    }
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_explain(nt_call *call, const void *in) {
    const Nithet__V1__ExplainRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    const nt_org *unit = call->scope;
    const nt_indicator *indicator;
    nt_period period;
    nt_breakdown breakdown;
    nt_facts facts;
    nt_status st = nt_figures_check_unit(call, unit);
    if (nt_ok(st))
        st = nt_figures_indicator(call, "indicator", r->indicator, &indicator);
    if (nt_ok(st))
        st = nt_period_parse(arena, "period", r->period, &period);
    if (nt_ok(st))
        st = nt_breakdown_parse(arena, w->catalogue, "disaggregation", r->disaggregation, &breakdown);
    if (nt_ok(st))
        st = nt_figures_load(call, unit, &period, 1, &indicator, 1, r->as_of_us > 0 ? r->as_of_us : 0, &facts);
    if (!nt_ok(st))
        return st;
    const nt_indicator *v = nt_indicator_on(indicator, period.last);
    shown s = {&facts, unit, &period, breakdown.canonical};
    nt_answer a = nt_evaluate(&facts, indicator, breakdown.canonical, unit, &period);
    char th[160], en[160];
    nt_period_name(&period, 1, th, sizeof th);
    nt_period_name(&period, 0, en, sizeof en);
    Nithet__V1__ExplainResponse out = NITHET__V1__EXPLAIN_RESPONSE__INIT;
    out.indicator = nt_text(v->code);
    out.name = nt_message_name(arena, v->name);
    out.unit = nt_message_name(arena, v->unit);
    out.version = v->version;
    out.org = nt_text(unit->code);
    out.org_name = nt_message_name(arena, unit->name);
    out.period = period.code;
    out.period_name = nt_message_name(arena, (nt_name){th, en});
    out.disaggregation = nt_text(breakdown.canonical);
    out.aggregation = (Nithet__V1__Aggregation)v->aggregation;
    out.value = nt_figure_text(arena, a);
    out.missing = a.absence ? nt_message_name(arena, absence_name(a.absence)) : NULL;
    if (nt_indicator_derived(v))
        out.formula = nt_arena_printf(arena, "(%s) / (%s) * %s", v->numerator, v->weight,
                                      nt_decimal_text(arena, 1, nt_indicator_factor(v)));
    out.shown = show(arena, v, &s);
    out.reported = (uint32_t)a.reported;
    out.expected = (uint32_t)a.expected;
    add_parts(call, &facts, indicator, &s, &out);
    st = add_sources(call, &facts, v, unit, &out);
    return nt_ok(st) ? nt_call_reply(call, &out.base) : st;
}

/* What changed. */

static int same_fact(const nt_fact *a, const nt_fact *b) {
    return a->has_value == b->has_value && a->value == b->value && a->status == b->status;
}

/* The order of facts. */
static int compare_facts(const nt_fact *a, const nt_fact *b) {
    if (a->indicator_id != b->indicator_id)
        return a->indicator_id < b->indicator_id ? -1 : 1;
    if (a->org_id != b->org_id)
        return a->org_id < b->org_id ? -1 : 1;
    if (a->period != b->period)
        return a->period < b->period ? -1 : 1;
    if (a->form_id != b->form_id)
        return a->form_id < b->form_id ? -1 : 1;
    return strcmp(a->breakdown, b->breakdown);
}

static nt_status add_change(nt_call *call, const nt_fact *before, const nt_fact *after,
                            Nithet__V1__ListChangesResponse *out) {
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    const nt_fact *any = after ? after : before;
    const nt_indicator *indicator = nt_catalogue_indicator_by_id(w->catalogue, any->indicator_id);
    const nt_org *org = nt_catalogue_org_by_id(w->catalogue, any->org_id);
    Nithet__V1__FigureChange *m = NT_NEW(arena, Nithet__V1__FigureChange);
    if (!m)
        return nt_fail_memory();
    if (out->n_changes == CHANGES_MOST)
        return nt_fail(arena, NT_RESOURCE_EXHAUSTED, "over %d figures changed: ask for one province at a time",
                       "มีข้อมูลเปลี่ยนเกิน %d ช่อง ให้ถามทีละจังหวัด", CHANGES_MOST);
    nithet__v1__figure_change__init(m);
    m->indicator = nt_text(indicator ? indicator->code : "");
    m->name = indicator ? nt_message_name(arena, indicator->name) : NULL;
    m->disaggregation = nt_text(any->breakdown);
    m->org = nt_text(org ? org->code : "");
    m->before = nt_decimal_text(arena, before && before->has_value, before ? before->value : 0);
    m->after = nt_decimal_text(arena, after && after->has_value, after ? after->value : 0);
    m->submission_id = (uint64_t)any->submission_id;
    out->changes[out->n_changes++] = m;
    return nt_success();
}

/* Revision and reason of the submissions that they come from. */
static nt_status add_reasons(nt_call *call, Nithet__V1__ListChangesResponse *out) {
    nt_arena *arena = call->arena;
    int64_t *ids = NT_NEW_ARRAY(arena, int64_t, out->n_changes + 1);
    size_t n = 0, count;
    for (size_t i = 0; ids && i < out->n_changes; i++) {
        size_t known = 0;
        while (known < n && ids[known] != (int64_t)out->changes[i]->submission_id)
            known++;
        if (known == n)
            ids[n++] = (int64_t)out->changes[i]->submission_id;
    }
    nt_lineage *all;
    nt_status st =
        ids ? nt_store_lineage(nt_worker_of(call)->connection, arena, ids, n, &all, &count) : nt_fail_memory();
    for (size_t i = 0; nt_ok(st) && i < out->n_changes; i++)
        for (size_t k = 0; k < count; k++)
            if (all[k].submission_id == (int64_t)out->changes[i]->submission_id) {
                out->changes[i]->revision = all[k].revision;
                out->changes[i]->reason = nt_text(all[k].reason);
            }
    return st;
}

nt_status nt_list_changes(nt_call *call, const void *in) {
    const Nithet__V1__ListChangesRequest *r = in;
    const nt_org *unit = call->scope;
    nt_period period;
    nt_facts before, after;
    nt_status st = nt_figures_check_unit(call, unit);
    if (nt_ok(st))
        st = nt_period_parse(call->arena, "period", r->period, &period);
    if (nt_ok(st) && (r->since_us <= 0 || (r->until_us && r->until_us < r->since_us)))
        st = nt_fail_field(call->arena, "since_us", "OUT_OF_RANGE", "say since when; not after until_us",
                           "ให้ระบุว่าตั้งแต่เมื่อใด และไม่หลัง until_us");
    if (nt_ok(st))
        st = nt_figures_load(call, unit, &period, 1, NULL, 0, r->since_us, &before);
    if (nt_ok(st))
        st = nt_figures_load(call, unit, &period, 1, NULL, 0, r->until_us > 0 ? r->until_us : 0, &after);
    if (!nt_ok(st))
        return st;
    Nithet__V1__ListChangesResponse out = NITHET__V1__LIST_CHANGES_RESPONSE__INIT;
    out.changes = NT_NEW_ARRAY(call->arena, Nithet__V1__FigureChange *, before.count + after.count + 1);
    if (!out.changes)
        return nt_fail_memory();
    for (size_t a = 0, b = 0; nt_ok(st) && (a < before.count || b < after.count);) {
        int way = a == before.count ? 1 : b == after.count ? -1 : compare_facts(&before.all[a], &after.all[b]);
        if (way < 0)
            st = add_change(call, &before.all[a++], NULL, &out);
        else if (way > 0)
            st = add_change(call, NULL, &after.all[b++], &out);
        else {
            if (!same_fact(&before.all[a], &after.all[b]))
                st = add_change(call, &before.all[a], &after.all[b], &out);
            a++;
            b++;
        }
    }
    if (nt_ok(st))
        st = add_reasons(call, &out);
    return nt_ok(st) ? nt_call_reply(call, &out.base) : st;
}

nt_status nt_check_rollups(nt_call *call, const void *in) {
    const Nithet__V1__CheckRollupsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    nt_period period = {.code = ""};
    size_t province_count, count;
    nt_status st = *r->period ? nt_period_parse(arena, "period", r->period, &period) : nt_success();
    int32_t *provinces = nt_org_ids_within(arena, w->catalogue, call->scope, NT_ORG_PROVINCE, &province_count);
    if (nt_ok(st) && !provinces)
        st = nt_fail_memory();
    nt_rollup_difference *all;
    int64_t compared;
    if (nt_ok(st))
        st = nt_store_rollup_check(w->connection, arena, provinces, province_count, period.code, DIFFERENCES_MOST, &all,
                                   &count, &compared);
    if (!nt_ok(st))
        return st;
    Nithet__V1__CheckRollupsResponse out = NITHET__V1__CHECK_ROLLUPS_RESPONSE__INIT;
    out.compared = (uint64_t)compared;
    out.differences = NT_NEW_ARRAY(arena, Nithet__V1__RollupDifference *, count + 1);
    for (size_t i = 0; out.differences && i < count; i++) {
        const nt_org *org = nt_catalogue_org_by_id(w->catalogue, all[i].org_id);
        const nt_form *form = nt_catalogue_form_by_id(w->catalogue, all[i].form_id);
        const nt_indicator *indicator = nt_catalogue_indicator_by_id(w->catalogue, all[i].indicator_id);
        Nithet__V1__RollupDifference *m = NT_NEW(arena, Nithet__V1__RollupDifference);
        if (!m)
            return nt_fail_memory();
        nithet__v1__rollup_difference__init(m);
        m->org = nt_text(org ? org->code : "");
        m->period = nt_text(all[i].period);
        m->form = nt_text(form ? form->code : "");
        m->indicator = nt_text(indicator ? indicator->code : "");
        m->disaggregation = nt_text(all[i].breakdown);
        m->kept = nt_text(all[i].kept);
        m->made = nt_text(all[i].made);
        out.differences[out.n_differences++] = m;
    }
    return nt_arena_exhausted(arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}
