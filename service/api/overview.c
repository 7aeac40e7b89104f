/* See overview.h.
 *
 * What a unit's figure is, is told by domain/evaluate. */
#include "api/overview.h"

#include "api/figures.h"
#include "api/message.h"

#include "nithet/v1/query.pb-c.h"

typedef struct overview {
    nt_call *call;
    const nt_catalogue *catalogue;
    const nt_period *period;
    nt_facts facts;
    const nt_org **provinces;
    size_t province_count;
    const nt_org **columns;
    size_t column_count;
} overview;

static nt_status add_row(overview *o, const nt_org *org, const nt_indicator *indicator, const char *breakdown,
                         Nithet__V1__GetOverviewResponse *out) {
    nt_arena *arena = o->call->arena;
    Nithet__V1__OverviewRow *row = NT_NEW(arena, Nithet__V1__OverviewRow);
    Nithet__V1__OverviewCell **cells = NT_NEW_ARRAY(arena, Nithet__V1__OverviewCell *, o->column_count + 1);
    if (!row || !cells)
        return nt_fail_memory();
    nithet__v1__overview_row__init(row);
    nt_answer total = nt_evaluate(&o->facts, indicator, breakdown, org, o->period);
    nt_name name = nt_breakdown_title(arena, o->catalogue, breakdown);
    row->indicator = nt_text(indicator->code);
    row->name = nt_message_name(arena, indicator->name);
    row->unit = nt_message_name(arena, indicator->unit);
    row->disaggregation = nt_text(breakdown);
    row->disaggregation_name = nt_message_name(arena, name);
    row->aggregation = (Nithet__V1__Aggregation)indicator->aggregation;
    row->issue = nt_text(indicator->issue);
    row->total = nt_figure_text(arena, total);
    row->reported = (uint32_t)total.reported;
    row->expected = (uint32_t)o->province_count;
    row->cells = cells;
    for (size_t c = 0; c < o->column_count; c++) {
        Nithet__V1__OverviewCell *cell = NT_NEW(arena, Nithet__V1__OverviewCell);
        if (!cell)
            return nt_fail_memory();
        nithet__v1__overview_cell__init(cell);
        cell->column = (uint32_t)c;
        cell->value = nt_figure_text(arena, nt_evaluate(&o->facts, indicator, breakdown, o->columns[c], o->period));
        cells[row->n_cells++] = cell;
    }
    out->rows[out->n_rows++] = row;
    return nt_arena_exhausted(arena) ? nt_fail_memory() : nt_success();
}

static nt_status add_indicator(overview *o, const nt_org *org, const nt_indicator *indicator, int breakdowns,
                               Nithet__V1__GetOverviewResponse *out) {
    if (!nt_facts_have(&o->facts, indicator))
        return nt_success();
    size_t count;
    const char **texts = nt_breakdowns_of(o->call->arena, &o->facts, indicator, &count);
    nt_status st = texts ? nt_success() : nt_fail_memory();
    for (size_t i = 0; nt_ok(st) && i < (breakdowns ? count : 1); i++)
        st = add_row(o, org, indicator, texts[i], out);
    return st;
}

static nt_status add_columns(overview *o, const nt_state_count *states, size_t count,
                             Nithet__V1__GetOverviewResponse *out) {
    nt_arena *arena = o->call->arena;
    out->columns = NT_NEW_ARRAY(arena, Nithet__V1__OverviewColumn *, o->column_count + 1);
    for (size_t c = 0; out->columns && c < o->column_count; c++) {
        Nithet__V1__OverviewColumn *m = NT_NEW(arena, Nithet__V1__OverviewColumn);
        if (!m)
            return nt_fail_memory();
        nithet__v1__overview_column__init(m);
        m->org = nt_text(o->columns[c]->code);
        m->name = nt_message_name(arena, o->columns[c]->name);
        for (size_t i = 0; i < count; i++) {
            const nt_org *province = nt_catalogue_org_by_id(o->catalogue, states[i].org_id);
            if (!province || !nt_org_within(province, o->columns[c]))
                continue;
            m->submitted += states[i].state == NT_STATE_SUBMITTED;
            m->endorsed += states[i].state == NT_STATE_ENDORSED;
            m->accepted += states[i].state == NT_STATE_ACCEPTED || states[i].state == NT_STATE_PUBLISHED;
            m->returned += states[i].state == NT_STATE_RETURNED;
        }
        out->columns[out->n_columns++] = m;
    }
    return out->columns ? nt_success() : nt_fail_memory();
}

nt_status nt_overview_reply(nt_call *call, const nt_org *org, const nt_period *period, int breakdowns,
                            int64_t as_of_us) {
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    overview o = {.call = call, .catalogue = w->catalogue, .period = period};
    o.provinces = nt_provinces_within(arena, w->catalogue, org, &o.province_count);
    o.columns = nt_units_below(arena, w->catalogue, org, &o.column_count);
    int32_t *ids = NT_NEW_ARRAY(arena, int32_t, o.province_count + 1);
    if (!o.provinces || !o.columns || !ids)
        return nt_fail_memory();
    for (size_t i = 0; i < o.province_count; i++)
        ids[i] = o.provinces[i]->id;
    nt_state_count *states;
    size_t state_count;
    nt_status st = nt_figures_load(call, org, period, 1, NULL, 0, as_of_us, &o.facts);
    if (nt_ok(st))
        st =
            nt_store_states(w->connection, arena, ids, o.province_count, period->code, as_of_us, &states, &state_count);
    if (!nt_ok(st))
        return st;
    char th[160], en[160];
    nt_period_name(period, 1, th, sizeof th);
    nt_period_name(period, 0, en, sizeof en);
    Nithet__V1__GetOverviewResponse out = NITHET__V1__GET_OVERVIEW_RESPONSE__INIT;
    out.org = nt_text(org->code);
    out.kind = (Nithet__V1__OrgKind)org->kind;
    out.name = nt_message_name(arena, org->name);
    out.period = nt_text(period->code);
    out.period_name = nt_message_name(arena, (nt_name){th, en});
    out.rows = NT_NEW_ARRAY(arena, Nithet__V1__OverviewRow *, o.catalogue->indicator_count + o.facts.count + 1);
    if (nt_arena_exhausted(arena))
        return nt_fail_memory();
    st = add_columns(&o, states, state_count, &out);
    if (nt_ok(st))
        st = nt_message_issues(arena, o.catalogue, &out.issues, &out.n_issues);
    for (size_t k = 0; k < o.catalogue->issue_count; k++)
        for (size_t i = 0; i < o.catalogue->indicator_count && nt_ok(st); i++)
            if (strcmp(o.catalogue->indicators[i].issue, o.catalogue->issues[k].code) == 0)
                st = add_indicator(&o, org, &o.catalogue->indicators[i], breakdowns, &out);
    return nt_ok(st) ? nt_call_reply(call, &out.base) : st;
}
