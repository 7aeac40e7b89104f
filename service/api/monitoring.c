/* MonitoringService: completeness, timeliness, quality. */
#include "api/figures.h"
#include "api/handlers.h"
#include "api/message.h"
#include "api/service.h"
#include "domain/evaluate.h"
#include "domain/quality.h"
#include "store/progress.h"

#include "nithet/v1/monitoring.pb-c.h"

#include <stdlib.h>

/* What is asked for, and what is known of it. */
typedef struct inquiry {
    nt_call *call;
    const nt_catalogue *catalogue;
    const nt_org *root;
    nt_period period;
    const nt_form **forms;
    size_t form_count;
    const nt_org **provinces;
    size_t province_count;
    const nt_progress *progress; /* in order of form and province */
    size_t progress_count;
} inquiry;

static const nt_progress *progress_of(const inquiry *q, int32_t form_id, int32_t org_id) {
    size_t low = 0, high = q->progress_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const nt_progress *p = &q->progress[middle];
        if (p->form_id < form_id || (p->form_id == form_id && p->org_id < org_id))
            low = middle + 1;
        else
            high = middle;
    }
    const nt_progress *p = low < q->progress_count ? &q->progress[low] : NULL;
    return p && p->form_id == form_id && p->org_id == org_id ? p : NULL;
}

static nt_status_count count_one(const nt_progress *p) {
    if (!p)
        return (nt_status_count){.expected = 1};
    return (nt_status_count){.expected = 1,
                             .received = 1,
                             .on_time = !p->late,
                             .late = p->late != 0,
                             .returned = p->state == NT_STATE_RETURNED,
                             .accepted = p->state == NT_STATE_ACCEPTED || p->state == NT_STATE_PUBLISHED,
                             .required_cells = p->required_cells,
                             .missing_cells = p->missing_cells,
                             .warned = p->warnings > 0,
                             .corrected = p->revision > 1 || p->sent_back};
}

/* Over the provinces in a unit; of one form, or with NULL of all. */
static nt_status_count count_over(const inquiry *q, const nt_form *form, const nt_org *unit) {
    nt_status_count n = {0};
    for (size_t i = 0; i < q->province_count; i++)
        for (size_t f = 0; f < q->form_count && nt_org_within(q->provinces[i], unit); f++) {
            if (form && q->forms[f] != form)
                continue;
            nt_status_count one = count_one(progress_of(q, q->forms[f]->id, q->provinces[i]->id));
            nt_status_count_add(&n, &one);
        }
    return n;
}

static Nithet__V1__StatusCount *count_message(nt_arena *arena, const nt_status_count *n) {
    Nithet__V1__StatusCount *m = NT_NEW(arena, Nithet__V1__StatusCount);
    if (!m)
        return NULL;
    nithet__v1__status_count__init(m);
    m->expected = n->expected;
    m->received = n->received;
    m->on_time = n->on_time;
    m->late = n->late;
    m->returned = n->returned;
    m->accepted = n->accepted;
    m->required_cells = (uint64_t)n->required_cells;
    m->missing_cells = (uint64_t)n->missing_cells;
    return m;
}

static Nithet__V1__QualityScore *quality_message(nt_arena *arena, const nt_status_count *n) {
    Nithet__V1__QualityScore *m = NT_NEW(arena, Nithet__V1__QualityScore);
    nt_quality q = nt_quality_of(n);
    if (!m)
        return NULL;
    nithet__v1__quality_score__init(m);
    m->score = nt_decimal_text(arena, q.has_score, q.score);
    char **const parts[NT_QUALITY_PARTS] = {&m->completeness, &m->timeliness, &m->cells, &m->plausibility,
                                            &m->stability};
    for (int i = 0; i < NT_QUALITY_PARTS; i++)
        *parts[i] = nt_decimal_text(arena, q.has_part[i], q.part[i]);
    return m;
}

static void add_forms(const inquiry *q, Nithet__V1__GetStatusResponse *out) {
    nt_arena *arena = q->call->arena;
    out->forms = NT_NEW_ARRAY(arena, Nithet__V1__FormStatus *, q->form_count + 1);
    for (size_t f = 0; out->forms && f < q->form_count; f++) {
        Nithet__V1__FormStatus *m = NT_NEW(arena, Nithet__V1__FormStatus);
        if (!m)
            return;
        nithet__v1__form_status__init(m);
        nt_status_count n = count_over(q, q->forms[f], q->root);
        char due[NT_DATE_TEXT];
        nt_day_format(q->period.last + (nt_day)q->forms[f]->due_days, due);
        m->form = nt_text(q->forms[f]->code);
        m->name = nt_message_name(arena, q->forms[f]->name);
        m->count = count_message(arena, &n);
        m->due = nt_message_date(arena, nt_arena_strdup(arena, due));
        out->forms[out->n_forms++] = m;
    }
}

static void add_province_forms(const inquiry *q, const nt_org *province, Nithet__V1__UnitStatus *m) {
    nt_arena *arena = q->call->arena;
    m->forms = NT_NEW_ARRAY(arena, Nithet__V1__ProvinceForm *, q->form_count + 1);
    for (size_t f = 0; m->forms && f < q->form_count; f++) {
        Nithet__V1__ProvinceForm *pf = NT_NEW(arena, Nithet__V1__ProvinceForm);
        const nt_progress *p = progress_of(q, q->forms[f]->id, province->id);
        if (!pf)
            return;
        nithet__v1__province_form__init(pf);
        pf->form = nt_text(q->forms[f]->code);
        if (p) {
            pf->state = (Nithet__V1__SubmissionState)p->state;
            pf->late = p->late;
            pf->submission_id = (uint64_t)p->submission_id;
            pf->revision = p->revision;
            pf->missing_cells = (uint64_t)p->missing_cells;
        }
        m->forms[m->n_forms++] = pf;
    }
}

static void add_unit(const inquiry *q, const nt_org *unit, Nithet__V1__GetStatusResponse *out) {
    nt_arena *arena = q->call->arena;
    Nithet__V1__UnitStatus *m = NT_NEW(arena, Nithet__V1__UnitStatus);
    if (!m)
        return;
    nithet__v1__unit_status__init(m);
    nt_status_count n = count_over(q, NULL, unit);
    m->org = nt_text(unit->code);
    m->kind = (Nithet__V1__OrgKind)unit->kind;
    m->name = nt_message_name(arena, unit->name);
    m->parent = nt_text(unit->parent ? unit->parent->code : "");
    m->count = count_message(arena, &n);
    m->quality = quality_message(arena, &n);
    if (unit->kind == NT_ORG_PROVINCE)
        add_province_forms(q, unit, m);
    out->units[out->n_units++] = m;
}

/* The forms of this kind of period, or the one that is asked for. */
static nt_status find_forms(inquiry *q, const char *code) {
    const nt_catalogue *k = q->catalogue;
    const nt_form *one = *code ? nt_catalogue_form(k, code) : NULL;
    if (*code && !one)
        return nt_fail_field(q->call->arena, "form", "UNKNOWN_FORM",
                             "there is no form \"%.40s\": see `nithet catalog forms`",
                             "ไม่มีแบบรายงาน \"%.40s\" ดูได้จาก `nithet catalog forms`", code);
    q->forms = NT_NEW_ARRAY(q->call->arena, const nt_form *, k->form_count + 1);
    for (size_t i = 0; q->forms && i < k->form_count; i++)
        if (k->forms[i].period_kind == q->period.kind && (!one || one == &k->forms[i]))
            q->forms[q->form_count++] = &k->forms[i];
    return q->forms ? nt_success() : nt_fail_memory();
}

nt_status nt_get_status(nt_call *call, const void *in) {
    const Nithet__V1__GetStatusRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    const nt_org *root = call->scope;
    inquiry q = {.call = call, .catalogue = w->catalogue, .root = root};
    nt_status st = nt_period_parse(arena, "period", r->period, &q.period);
    if (nt_ok(st))
        st = find_forms(&q, r->form);
    if (!nt_ok(st))
        return st;
    q.provinces = nt_provinces_within(arena, w->catalogue, root, &q.province_count);
    int32_t *ids = nt_org_ids(arena, q.provinces, q.province_count);
    if (!ids)
        return nt_fail_memory();
    nt_progress *progress;
    st = nt_store_progress(w->connection, arena, q.period.code, ids, q.province_count,
                           r->as_of_us > 0 ? r->as_of_us : INT64_MAX, &progress, &q.progress_count);
    if (!nt_ok(st))
        return st;
    q.progress = progress;
    char th[160], en[160];
    nt_period_name(&q.period, 1, th, sizeof th);
    nt_period_name(&q.period, 0, en, sizeof en);
    Nithet__V1__GetStatusResponse out = NITHET__V1__GET_STATUS_RESPONSE__INIT;
    uint32_t weights[NT_QUALITY_PARTS];
    for (int i = 0; i < NT_QUALITY_PARTS; i++)
        weights[i] = NT_QUALITY_WEIGHTS[i];
    out.period = q.period.code;
    out.period_name = nt_message_name(arena, (nt_name){th, en});
    out.weights = weights;
    out.n_weights = NT_QUALITY_PARTS;
    add_forms(&q, &out);
    const nt_catalogue *k = w->catalogue;
    out.units = NT_NEW_ARRAY(arena, Nithet__V1__UnitStatus *, k->office_count + 1);
    for (nt_org_kind kind = NT_ORG_REGION; out.units && kind <= NT_ORG_PROVINCE; kind++)
        for (size_t i = 0; i < k->office_count; i++)
            if (k->offices[i]->kind == kind && nt_org_within(k->offices[i], root))
                add_unit(&q, k->offices[i], &out);
    nt_status_count total = count_over(&q, NULL, root);
    out.total = count_message(arena, &total);
    return nt_arena_exhausted(arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}
