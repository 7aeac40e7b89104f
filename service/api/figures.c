/* See figures.h. */
#include "api/figures.h"

#include "api/message.h"
#include "domain/decimal.h"

#include <stdlib.h>

enum { SOURCES_MOST = 256 };

int32_t *nt_org_ids(nt_arena *arena, const nt_org *const *orgs, size_t count) {
    int32_t *ids = orgs ? NT_NEW_ARRAY(arena, int32_t, count + 1) : NULL;
    for (size_t i = 0; ids && i < count; i++)
        ids[i] = orgs[i]->id;
    return ids;
}

nt_status nt_figures_load(nt_call *call, const nt_org *unit, const nt_period *periods, size_t period_count,
                          const nt_indicator *const *indicators, size_t indicator_count, int64_t as_of_us,
                          nt_facts *out) {
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    size_t province_count, source_count = 0;
    const nt_org **provinces = nt_provinces_within(arena, w->catalogue, unit, &province_count);
    const nt_indicator **sources = NT_NEW_ARRAY(arena, const nt_indicator *, SOURCES_MOST);
    int32_t *ids = nt_org_ids(arena, provinces, province_count),
            *indicator_ids = NT_NEW_ARRAY(arena, int32_t, SOURCES_MOST);
    if (!sources || !ids || !indicator_ids)
        return nt_fail_memory();
    for (size_t i = 0; i < indicator_count && source_count < SOURCES_MOST; i++) {
        size_t n = nt_indicator_sources(w->catalogue, indicators[i], sources, SOURCES_MOST - source_count);
        for (size_t k = 0; k < n; k++)
            indicator_ids[source_count++] = sources[k]->id;
    }
    nt_fact_filter filter = {.province_ids = ids,
                             .province_count = province_count,
                             .indicator_ids = indicator_ids,
                             .indicator_count = source_count,
                             .as_of_us = as_of_us};
    filter.periods = nt_periods_needed(arena, periods, period_count, &filter.period_count);
    if (!filter.periods)
        return nt_fail_memory();
    nt_status st = nt_store_facts(w->connection, arena, &filter, out);
    out->catalogue = w->catalogue;
    return st;
}

char *nt_decimal_text(nt_arena *arena, int has, int64_t value) {
    char text[NT_DECIMAL_TEXT] = "";
    if (has)
        nt_decimal_format(value, text);
    return nt_arena_strdup(arena, text);
}

char *nt_figure_text(nt_arena *arena, nt_answer answer) {
    return nt_decimal_text(arena, !answer.absence, answer.value);
}

int nt_org_by_place(const void *a, const void *b) {
    const nt_org *x = *(const nt_org *const *)a, *y = *(const nt_org *const *)b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return strverscmp(x->code, y->code);
}

const nt_org **nt_units_below(nt_arena *arena, const nt_catalogue *k, const nt_org *unit, size_t *count) {
    const nt_org **out = NT_NEW_ARRAY(arena, const nt_org *, k->office_count + 1);
    *count = 0;
    for (size_t i = 0; out && i < k->office_count; i++)
        if (k->offices[i]->parent == unit || (k->offices[i] == unit && unit->kind == NT_ORG_PROVINCE))
            out[(*count)++] = k->offices[i];
    if (out)
        qsort(out, *count, sizeof *out, nt_org_by_place);
    return out;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **nt_breakdowns_of(nt_arena *arena, const nt_facts *facts, const nt_indicator *indicator, size_t *count) {
    size_t begin, end, kept = 1;
    nt_facts_of(facts, indicator->id, &begin, &end);
    const char **texts = NT_NEW_ARRAY(arena, const char *, end - begin + 2);
    *count = 0;
    if (!texts)
        return NULL;
    texts[0] = "";
    for (size_t i = begin; i < end; i++)
        texts[1 + i - begin] = facts->all[i].breakdown;
    qsort(texts, end - begin + 1, sizeof *texts, by_text);
    for (size_t i = 1; i < end - begin + 1; i++)
        if (strcmp(texts[i], texts[kept - 1]) != 0)
            texts[kept++] = texts[i];
    *count = kept;
    return texts;
}

nt_name nt_breakdown_title(nt_arena *arena, const nt_catalogue *catalogue, const char *breakdown) {
    nt_breakdown parsed;
    if (*breakdown && nt_ok(nt_breakdown_parse(arena, catalogue, "", breakdown, &parsed)))
        return (nt_name){nt_breakdown_name(arena, &parsed, 1), nt_breakdown_name(arena, &parsed, 0)};
    return (nt_name){"รวม", "total"};
}

nt_status nt_figures_check_unit(nt_call *call, const nt_org *unit) {
    if (unit->kind <= NT_ORG_PROVINCE)
        return nt_success();
    return nt_fail_field(call->arena, "org", "WRONG_LEVEL",
                         "these figures are of a province, a region or the country: see QueryObservations for %s",
                         "ข้อมูลนี้มีระดับจังหวัด ภาค หรือประเทศ สำหรับ %s ให้ใช้ QueryObservations", unit->code);
}

nt_status nt_figures_indicator(nt_call *call, const char *path, const char *code, const nt_indicator **out) {
    *out = nt_catalogue_indicator(nt_worker_of(call)->catalogue, code);
    if (*out)
        return nt_success();
    return nt_fail_field(call->arena, path, "UNKNOWN_INDICATOR",
                         "there is no indicator \"%.40s\": see `nithet catalog indicators`",
                         "ไม่มีตัวชี้วัด \"%.40s\" ดูได้จาก `nithet catalog indicators`", code);
}
