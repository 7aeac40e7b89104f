/* See overview.h.
 *
 * Rollups hold one figure a province, indicator and breakdown. A province's total is what it reported as such; if it
 * reported only a breakdown, and the indicator may be added up, it is the sum over the breakdown with the fewest
 * dimensions. The units above are made of their provinces by the indicator's rule (domain/aggregate). */
#include "api/overview.h"

#include "api/message.h"
#include "domain/aggregate.h"
#include "domain/decimal.h"
#include "store/observation.h"

#include "nithet/v1/query.pb-c.h"

#include <stdlib.h>

typedef struct overview {
    nt_call *call;
    const nt_catalogue *catalogue;
    const nt_rollup *rollups; /* in order of indicator, breakdown, org */
    size_t rollup_count;
    const nt_org **provinces;
    size_t province_count;
    const nt_org **columns;
    size_t column_count;
    nt_part *parts; /* room for all provinces */
} overview;

/* The run of one indicator's rollups. */
static void run_of(const overview *o, int32_t indicator_id, size_t *begin, size_t *end) {
    size_t low = 0, high = o->rollup_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (o->rollups[middle].indicator_id < indicator_id)
            low = middle + 1;
        else
            high = middle;
    }
    *begin = low;
    while (low < o->rollup_count && o->rollups[low].indicator_id == indicator_id)
        low++;
    *end = low;
}

/* The dimensions of a breakdown: how many, and a comparison of which. */
static size_t dimension_count(const char *breakdown) {
    size_t n = 0;
    for (; *breakdown; breakdown++)
        n += *breakdown == '=';
    return n;
}

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

static nt_total reported(const overview *o, int32_t indicator_id, const char *breakdown, int32_t org_id) {
    size_t begin, end;
    run_of(o, indicator_id, &begin, &end);
    for (size_t i = begin; i < end; i++)
        if (o->rollups[i].org_id == org_id && strcmp(o->rollups[i].breakdown, breakdown) == 0)
            return (nt_total){1, o->rollups[i].value, 1}; /* of several forms, the first */
    return (nt_total){0};
}

static nt_total province_total(const overview *o, const nt_indicator *indicator, int32_t org_id) {
    nt_total total = reported(o, indicator->id, "", org_id);
    if (total.has_value || indicator->aggregation != NT_SUM)
        return total;
    size_t begin, end;
    run_of(o, indicator->id, &begin, &end);
    const char *chosen = NULL;
    for (size_t i = begin; i < end; i++) {
        const char *b = o->rollups[i].breakdown;
        if (o->rollups[i].org_id != org_id)
            continue;
        if (!chosen || dimension_count(b) < dimension_count(chosen) ||
            (dimension_count(b) == dimension_count(chosen) && compare_dimensions(b, chosen) < 0))
            chosen = b;
    }
    int64_t sum = 0;
    int32_t form = 0;
    for (size_t i = begin; chosen && i < end; i++) {
        const nt_rollup *r = &o->rollups[i];
        if (r->org_id != org_id || compare_dimensions(r->breakdown, chosen) != 0 || (form && r->form_id != form))
            continue;
        form = r->form_id;
        if (__builtin_add_overflow(sum, r->value, &sum))
            return (nt_total){0};
    }
    return chosen ? (nt_total){1, sum, 1} : (nt_total){0};
}

static nt_total province_figure(const overview *o, const nt_indicator *indicator, const char *breakdown,
                                int32_t org_id) {
    return *breakdown ? reported(o, indicator->id, breakdown, org_id) : province_total(o, indicator, org_id);
}

static nt_total unit_figure(const overview *o, const nt_indicator *indicator, const char *breakdown,
                            const nt_org *unit) {
    if (indicator->aggregation == NT_RATIO_OF_SUMS) {
        const nt_indicator *above = nt_catalogue_indicator(o->catalogue, indicator->numerator);
        const nt_indicator *below = nt_catalogue_indicator(o->catalogue, indicator->weight);
        if (!above || !below || above->aggregation == NT_RATIO_OF_SUMS || below->aggregation == NT_RATIO_OF_SUMS)
            return (nt_total){0};
        /* Only provinces that reported both: else the sums would be of different places. */
        nt_total n = {0}, d = {0};
        for (size_t i = 0; i < o->province_count; i++) {
            if (!nt_org_within(o->provinces[i], unit))
                continue;
            nt_total x = province_figure(o, above, breakdown, o->provinces[i]->id);
            nt_total y = province_figure(o, below, breakdown, o->provinces[i]->id);
            if (!x.has_value || !y.has_value || __builtin_add_overflow(n.value, x.value, &n.value) ||
                __builtin_add_overflow(d.value, y.value, &d.value))
                continue;
            n.has_value = d.has_value = 1;
            n.parts++;
            d.parts++;
        }
        return nt_aggregate_ratio(n, d,
                                  strchr(indicator->unit.en, '%') || strstr(indicator->unit.en, "percent") ? 100 : 1,
                                  indicator->decimals);
    }
    const nt_indicator *weight = indicator->weight ? nt_catalogue_indicator(o->catalogue, indicator->weight) : NULL;
    size_t n = 0;
    for (size_t i = 0; i < o->province_count; i++) {
        if (!nt_org_within(o->provinces[i], unit))
            continue;
        nt_total x = province_figure(o, indicator, breakdown, o->provinces[i]->id);
        if (!x.has_value)
            continue;
        nt_total w = weight ? province_figure(o, weight, breakdown, o->provinces[i]->id) : (nt_total){0};
        if (weight && !w.has_value)
            w = province_total(o, weight, o->provinces[i]->id);
        o->parts[n++] = (nt_part){x.value, w.value, w.has_value};
    }
    if (n == 1 && unit->kind == NT_ORG_PROVINCE) /* its own figure needs no rule */
        return (nt_total){1, o->parts[0].value, 1};
    nt_total total = nt_aggregate(indicator->aggregation, o->parts, n);
    if (total.has_value)
        total.value =
            nt_decimal_round(total.value, indicator->aggregation == NT_WEIGHTED_AVERAGE ? indicator->decimals : 4);
    return total;
}

static char *figure_text(nt_arena *arena, nt_total total) {
    char text[NT_DECIMAL_TEXT] = "";
    if (total.has_value)
        nt_decimal_format(total.value, text);
    return nt_arena_strdup(arena, text);
}

static nt_status add_row(overview *o, const nt_org *org, const nt_indicator *indicator, const char *breakdown,
                         Nithet__V1__GetOverviewResponse *out) {
    nt_arena *arena = o->call->arena;
    Nithet__V1__OverviewRow *row = NT_NEW(arena, Nithet__V1__OverviewRow);
    Nithet__V1__OverviewCell **cells = NT_NEW_ARRAY(arena, Nithet__V1__OverviewCell *, o->column_count + 1);
    if (!row || !cells)
        return nt_fail_memory();
    nithet__v1__overview_row__init(row);
    nt_total total = unit_figure(o, indicator, breakdown, org);
    nt_breakdown parsed;
    nt_name name = {"รวม", "total"};
    if (*breakdown && nt_ok(nt_breakdown_parse(arena, o->catalogue, "", breakdown, &parsed)))
        name = (nt_name){nt_breakdown_name(arena, &parsed, 1), nt_breakdown_name(arena, &parsed, 0)};
    row->indicator = nt_text(indicator->code);
    row->name = nt_message_name(arena, indicator->name);
    row->unit = nt_message_name(arena, indicator->unit);
    row->disaggregation = nt_text(breakdown);
    row->disaggregation_name = nt_message_name(arena, name);
    row->aggregation = (Nithet__V1__Aggregation)indicator->aggregation;
    row->issue = nt_text(indicator->issue);
    row->total = figure_text(arena, total);
    row->reported = (uint32_t)total.parts;
    row->expected = (uint32_t)o->province_count;
    row->cells = cells;
    for (size_t c = 0; c < o->column_count; c++) {
        Nithet__V1__OverviewCell *cell = NT_NEW(arena, Nithet__V1__OverviewCell);
        if (!cell)
            return nt_fail_memory();
        nithet__v1__overview_cell__init(cell);
        cell->column = (uint32_t)c;
        cell->value = figure_text(arena, unit_figure(o, indicator, breakdown, o->columns[c]));
        cells[row->n_cells++] = cell;
    }
    out->rows[out->n_rows++] = row;
    return nt_arena_exhausted(arena) ? nt_fail_memory() : nt_success();
}

static int has_figures(const overview *o, const nt_indicator *indicator) {
    size_t begin, end;
    if (indicator->aggregation == NT_RATIO_OF_SUMS) {
        const nt_indicator *above = nt_catalogue_indicator(o->catalogue, indicator->numerator);
        return above && above->aggregation != NT_RATIO_OF_SUMS && has_figures(o, above);
    }
    run_of(o, indicator->id, &begin, &end);
    return begin < end;
}

static nt_status add_indicator(overview *o, const nt_org *org, const nt_indicator *indicator, int breakdowns,
                               Nithet__V1__GetOverviewResponse *out) {
    if (!has_figures(o, indicator))
        return nt_success();
    nt_status st = add_row(o, org, indicator, "", out);
    size_t begin, end;
    run_of(o, indicator->id, &begin, &end);
    const char *latest = "";
    for (size_t i = begin; breakdowns && i < end && nt_ok(st); i++)
        if (strcmp(o->rollups[i].breakdown, latest) != 0) {
            latest = o->rollups[i].breakdown;
            st = add_row(o, org, indicator, latest, out);
        }
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

/* REO2 before REO10. */
static int by_place(const void *a, const void *b) {
    const nt_org *x = *(const nt_org *const *)a, *y = *(const nt_org *const *)b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return strverscmp(x->code, y->code);
}

/* The units directly below; of a province, itself. */
static nt_status find_units(overview *o, const nt_org *org) {
    const nt_catalogue *k = o->catalogue;
    nt_arena *arena = o->call->arena;
    o->provinces = NT_NEW_ARRAY(arena, const nt_org *, k->org_count + 1);
    o->columns = NT_NEW_ARRAY(arena, const nt_org *, k->org_count + 1);
    if (!o->provinces || !o->columns)
        return nt_fail_memory();
    for (size_t i = 0; i < k->org_count; i++) {
        const nt_org *x = &k->orgs[i];
        if (x->kind == NT_ORG_PROVINCE && nt_org_within(x, org))
            o->provinces[o->province_count++] = x;
        if (x->kind <= NT_ORG_PROVINCE && (x->parent == org || (x == org && org->kind == NT_ORG_PROVINCE)))
            o->columns[o->column_count++] = x;
    }
    qsort(o->columns, o->column_count, sizeof *o->columns, by_place);
    o->parts = NT_NEW_ARRAY(arena, nt_part, o->province_count + 1);
    return o->parts ? nt_success() : nt_fail_memory();
}

nt_status nt_overview_reply(nt_call *call, const nt_org *org, const nt_period *period, int breakdowns,
                            int64_t as_of_us) {
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    overview o = {.call = call, .catalogue = w->catalogue};
    nt_status st = find_units(&o, org);
    int32_t *ids = NT_NEW_ARRAY(arena, int32_t, o.province_count + 1);
    if (!nt_ok(st) || !ids)
        return nt_fail_memory();
    for (size_t i = 0; i < o.province_count; i++)
        ids[i] = o.provinces[i]->id;
    nt_rollup *rollups;
    nt_state_count *states;
    size_t state_count;
    st = nt_store_rollups(w->connection, arena, ids, o.province_count, period->code, as_of_us, &rollups,
                          &o.rollup_count, &states, &state_count);
    if (!nt_ok(st))
        return st;
    o.rollups = rollups;
    char th[160], en[160];
    nt_period_name(period, 1, th, sizeof th);
    nt_period_name(period, 0, en, sizeof en);
    Nithet__V1__GetOverviewResponse out = NITHET__V1__GET_OVERVIEW_RESPONSE__INIT;
    out.org = nt_text(org->code);
    out.kind = (Nithet__V1__OrgKind)org->kind;
    out.name = nt_message_name(arena, org->name);
    out.period = nt_text(period->code);
    out.period_name = nt_message_name(arena, (nt_name){th, en});
    out.rows = NT_NEW_ARRAY(arena, Nithet__V1__OverviewRow *, o.catalogue->indicator_count + o.rollup_count + 1);
    out.issues = NT_NEW_ARRAY(arena, Nithet__V1__StrategicIssue *, o.catalogue->issue_count + 1);
    if (nt_arena_exhausted(arena))
        return nt_fail_memory();
    st = add_columns(&o, states, state_count, &out);
    for (size_t s = 0; s < o.catalogue->issue_count && nt_ok(st); s++) {
        const nt_issue *issue = &o.catalogue->issues[s];
        Nithet__V1__StrategicIssue *m = NT_NEW(arena, Nithet__V1__StrategicIssue);
        if (!m)
            return nt_fail_memory();
        nithet__v1__strategic_issue__init(m);
        m->code = nt_text(issue->code);
        m->name = nt_message_name(arena, issue->name);
        out.issues[out.n_issues++] = m;
        for (size_t i = 0; i < o.catalogue->indicator_count && nt_ok(st); i++)
            if (strcmp(o.catalogue->indicators[i].issue, issue->code) == 0)
                st = add_indicator(&o, org, &o.catalogue->indicators[i], breakdowns, &out);
    }
    return nt_ok(st) ? nt_call_reply(call, &out.base) : st;
}
