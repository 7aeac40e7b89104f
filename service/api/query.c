/* QueryService: single figures, and overviews from rollups. */
#include "api/handlers.h"
#include "api/message.h"
#include "api/overview.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/wire.h"
#include "domain/decimal.h"
#include "store/observation.h"

#include "nithet/v1/query.pb-c.h"

#include <stdio.h>

/* The cursor's state is the last row's place, in protobuf's wire format. */
enum {
    PLACE_A = 1,
    PLACE_B = 2,
    PLACE_V = 3,
    PLACE_SUBMISSION = 4,
    PLACE_INDICATOR = 5,
    PLACE_ORG = 6,
    PLACE_BREAKDOWN = 7
};

static void continue_after(nt_call *call, const nt_observation_place *p) {
    nt_buffer state = {0};
    nt_wire_put_bytes(&state, PLACE_A, nt_bytes_text(p->a));
    nt_wire_put_bytes(&state, PLACE_B, nt_bytes_text(p->b));
    nt_wire_put_fixed64(&state, PLACE_V, (uint64_t)p->v);
    nt_wire_put_uint(&state, PLACE_SUBMISSION, (uint64_t)p->submission_id);
    nt_wire_put_uint(&state, PLACE_INDICATOR, (uint64_t)p->indicator_id);
    nt_wire_put_uint(&state, PLACE_ORG, (uint64_t)p->org_id);
    nt_wire_put_uint(&state, PLACE_BREAKDOWN, (uint64_t)p->breakdown_id);
    nt_call_continue(call, nt_bytes_of(state.data, state.size));
    nt_buffer_free(&state);
}

static void read_place(nt_call *call, nt_observation_place *p) {
    *p = (nt_observation_place){.a = "", .b = ""};
    nt_wire_reader reader = nt_wire_read(call->cursor);
    nt_wire_field f;
    while (nt_wire_next(&reader, &f)) {
        if (f.number == PLACE_A)
            p->a = nt_arena_strndup(call->arena, (const char *)f.bytes.data, f.bytes.size);
        else if (f.number == PLACE_B)
            p->b = nt_arena_strndup(call->arena, (const char *)f.bytes.data, f.bytes.size);
        else if (f.number == PLACE_V)
            p->v = (int64_t)f.value;
        else if (f.number == PLACE_SUBMISSION)
            p->submission_id = (int64_t)f.value;
        else if (f.number == PLACE_INDICATOR)
            p->indicator_id = (int32_t)f.value;
        else if (f.number == PLACE_ORG)
            p->org_id = (int32_t)f.value;
        else if (f.number == PLACE_BREAKDOWN)
            p->breakdown_id = (int32_t)f.value;
    }
}

static nt_status read_period(nt_call *call, const char *path, const char *text, int last, const char **day) {
    *day = NULL;
    if (!*text)
        return nt_success();
    nt_period period;
    nt_status st = nt_period_parse(call->arena, path, text, &period);
    if (!nt_ok(st))
        return st;
    char date[NT_DATE_TEXT];
    nt_day_format(last ? period.last : period.first, date);
    *day = nt_arena_strdup(call->arena, date);
    return *day ? st : nt_fail_memory();
}

static nt_status read_indicators(nt_call *call, const Nithet__V1__QueryObservationsRequest *r,
                                 nt_observation_filter *f) {
    const nt_catalogue *k = nt_worker_of(call)->catalogue;
    int32_t *ids = NT_NEW_ARRAY(call->arena, int32_t, r->n_indicators + 1);
    if (!ids)
        return nt_fail_memory();
    char path[48];
    for (size_t i = 0; i < r->n_indicators; i++) {
        const nt_indicator *indicator = nt_catalogue_indicator(k, r->indicators[i]);
        snprintf(path, sizeof path, "indicators[%zu]", i);
        if (!indicator)
            return nt_fail_field(call->arena, path, "UNKNOWN_INDICATOR",
                                 "there is no indicator \"%.40s\": see `nithet catalog indicators`",
                                 "ไม่มีตัวชี้วัด \"%.40s\" ดูได้จาก `nithet catalog indicators`", r->indicators[i]);
        ids[f->indicator_count++] = indicator->id;
    }
    f->indicator_ids = ids;
    return nt_success();
}

static nt_status read_breakdown(nt_call *call, const Nithet__V1__QueryObservationsRequest *r,
                                nt_observation_filter *f) {
    char path[48];
    for (size_t i = 0; i < r->n_disaggregation; i++) {
        nt_breakdown parsed;
        snprintf(path, sizeof path, "disaggregation[%zu]", i);
        nt_status st =
            nt_breakdown_parse(call->arena, nt_worker_of(call)->catalogue, path, r->disaggregation[i], &parsed);
        if (!nt_ok(st))
            return st;
    }
    f->breakdown = (const char *const *)r->disaggregation;
    f->breakdown_count = r->n_disaggregation;
    return nt_success();
}

static nt_status read_filter(nt_call *call, const Nithet__V1__QueryObservationsRequest *r, nt_observation_filter *f) {
    const nt_catalogue *k = nt_worker_of(call)->catalogue;
    const nt_org *root = call->scope, *province = nt_org_province(root);
    size_t count;
    *f = (nt_observation_filter){.revision = r->revision ? (nt_revision_selection)r->revision : NT_LATEST_ACCEPTED,
                                 .sort = r->sort ? (nt_observation_sort)r->sort : NT_SORT_PERIOD,
                                 .descending = r->descending,
                                 .totals_only = r->totals_only,
                                 .as_of_us = r->as_of_us ? r->as_of_us : INT64_MAX,
                                 .limit = nt_page_size(r->page_size) + 1};
    if (r->submission_id) {
        f->submission_id = (int64_t)(r->submission_id & INT64_MAX);
        f->revision = NT_ALL_REVISIONS;
    }
    f->province_ids = nt_org_ids_within(call->arena, k, province ? province : root, NT_ORG_PROVINCE, &count);
    f->province_count = count;
    if (root->kind > NT_ORG_PROVINCE) {
        f->org_ids = nt_org_ids_within(call->arena, k, root, 0, &count);
        f->org_count = count;
    }
    const nt_form *form = *r->form ? nt_catalogue_form(k, r->form) : NULL;
    if (*r->form && !form)
        return nt_fail_field(call->arena, "form", "UNKNOWN_FORM",
                             "there is no form \"%.40s\": see `nithet catalog forms`",
                             "ไม่มีแบบรายงาน \"%.40s\" ดูได้จาก `nithet catalog forms`", r->form);
    f->form_id = form ? form->id : 0;
    nt_status st = read_period(call, "period_from", r->period_from, 0, &f->first_day);
    if (nt_ok(st))
        st = read_period(call, "period_to", r->period_to, 1, &f->last_day);
    if (nt_ok(st) && r->as_of_us < 0)
        st = nt_fail_field(call->arena, "as_of_us", "OUT_OF_RANGE", "it lies before 1970", "อยู่ก่อนปี ค.ศ. 1970");
    if (nt_ok(st))
        st = read_indicators(call, r, f);
    return nt_ok(st) ? read_breakdown(call, r, f) : st;
}

static Nithet__V1__ObservationResult *result_message(nt_call *call, const nt_observation_row *row) {
    const nt_catalogue *k = nt_worker_of(call)->catalogue;
    Nithet__V1__ObservationResult *m = NT_NEW(call->arena, Nithet__V1__ObservationResult);
    Nithet__V1__Observation *o = NT_NEW(call->arena, Nithet__V1__Observation);
    if (!m || !o)
        return NULL;
    nithet__v1__observation_result__init(m);
    nithet__v1__observation__init(o);
    const nt_indicator *indicator = nt_catalogue_indicator_by_id(k, row->indicator_id);
    const nt_org *org = nt_catalogue_org_by_id(k, row->org_id), *province = nt_catalogue_org_by_id(k, row->province_id);
    const nt_form *form = nt_catalogue_form_by_id(k, row->form_id);
    char value[NT_DECIMAL_TEXT] = "";
    if (row->has_value)
        nt_decimal_format(row->value, value);
    o->indicator = nt_text(indicator ? indicator->code : "");
    o->org = nt_text(org ? org->code : "");
    o->disaggregation = nt_text(row->breakdown);
    o->value = nt_arena_strdup(call->arena, value);
    o->status = (Nithet__V1__ObservationStatus)row->status;
    o->note = nt_text(row->note);
    m->observation = o;
    m->period = nt_text(row->period);
    m->form = nt_text(form ? form->code : "");
    m->submission_id = (uint64_t)row->submission_id;
    m->revision = row->revision;
    m->state = (Nithet__V1__SubmissionState)row->state;
    m->submitted_by = nt_text(province ? province->code : "");
    return o->value ? m : NULL;
}

nt_status nt_query_observations(nt_call *call, const void *in) {
    const Nithet__V1__QueryObservationsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_observation_filter filter;
    nt_observation_place place;
    nt_status st = read_filter(call, r, &filter);
    if (!nt_ok(st))
        return st;
    if (call->cursor.size) {
        read_place(call, &place);
        filter.after = &place;
    }
    if (nt_arena_exhausted(call->arena))
        return nt_fail_memory();
    nt_observation_row *rows;
    size_t count;
    st = nt_store_observations_query(w->connection, call->arena, &filter, &rows, &count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__QueryObservationsResponse out = NITHET__V1__QUERY_OBSERVATIONS_RESPONSE__INIT;
    size_t limit = filter.limit - 1, shown = count > limit ? limit : count;
    out.results = NT_NEW_ARRAY(call->arena, Nithet__V1__ObservationResult *, shown + 1);
    for (size_t i = 0; out.results && i < shown; i++)
        out.results[out.n_results++] = result_message(call, &rows[i]);
    if (count > limit)
        continue_after(call, &rows[limit - 1].place);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

nt_status nt_get_overview(nt_call *call, const void *in) {
    const Nithet__V1__GetOverviewRequest *r = in;
    nt_period period;
    nt_status st = nt_period_parse(call->arena, "period", r->period, &period);
    if (!nt_ok(st))
        return st;
    const nt_org *org = call->scope;
    if (org->kind > NT_ORG_PROVINCE)
        return nt_fail_field(call->arena, "org", "WRONG_LEVEL",
                             "an overview is of a province, a region or the country: see QueryObservations for %s",
                             "ภาพรวมมีระดับจังหวัด ภาค หรือประเทศ สำหรับ %s ให้ใช้ QueryObservations", org->code);
    if (r->as_of_us < 0)
        return nt_fail_field(call->arena, "as_of_us", "OUT_OF_RANGE", "it lies before 1970", "อยู่ก่อนปี ค.ศ. 1970");
    return nt_overview_reply(call, org, &period, r->breakdowns, r->as_of_us);
}
