/* PublicationService: what was frozen, and how it would be now. */
#include "store/publication.h"
#include "api/figures.h"
#include "api/handlers.h"
#include "api/message.h"
#include "domain/decimal.h"
#include "domain/observation.h"

#include "nithet/v1/publication.pb-c.h"

enum { NOTE_MOST = 2000, FIGURES_MOST = 200000 };

/* All figures of a unit and of those below, in order of indicator, unit, breakdown. */
static nt_status collect(nt_call *call, const nt_org *unit, const nt_period *period, nt_published_figure **out,
                         size_t *count) {
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    nt_facts facts;
    size_t unit_count, room = 0;
    nt_status st = nt_figures_load(call, unit, period, 1, NULL, 0, 0, &facts);
    const nt_org **units = nt_units_below(arena, w->catalogue, unit, &unit_count);
    if (nt_ok(st) && !units)
        st = nt_fail_memory();
    if (!nt_ok(st))
        return st;
    if (unit->kind != NT_ORG_PROVINCE) { /* itself first */
        memmove(units + 1, units, unit_count++ * sizeof *units);
        units[0] = unit;
    }
    *count = 0;
    *out = NULL;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < w->catalogue->indicator_count; i++) {
            const nt_indicator *indicator = &w->catalogue->indicators[i];
            size_t breakdowns;
            if (!nt_facts_have(&facts, indicator))
                continue;
            const char **texts = nt_breakdowns_of(arena, &facts, indicator, &breakdowns);
            if (!texts)
                return nt_fail_memory();
            if (pass == 0) {
                room += unit_count * breakdowns;
                continue;
            }
            for (size_t u = 0; u < unit_count; u++)
                for (size_t b = 0; b < breakdowns; b++) {
                    nt_answer a = nt_evaluate(&facts, indicator, texts[b], units[u], period);
                    (*out)[(*count)++] = (nt_published_figure){indicator->code,      units[u]->code,          texts[b],
                                                               !a.absence,           a.absence ? 0 : a.value, a.status,
                                                               (uint32_t)a.reported, (uint32_t)a.expected};
                }
        }
        if (pass == 0 && (room > FIGURES_MOST || !(*out = NT_NEW_ARRAY(arena, nt_published_figure, room + 1))))
            return nt_fail_memory();
    }
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

static nt_status digest(const nt_publication *p, const char *org, const nt_published_figure *f, size_t count,
                        uint8_t out[NT_DIGEST_SIZE]) {
    nt_buffer b = {0};
    nt_buffer_printf(&b, "nithet-v1-publication\n%s\n%s\n%s\n%s\n", p->name, org, p->period, p->note);
    for (size_t i = 0; i < count; i++) {
        char value[NT_DECIMAL_TEXT] = "";
        if (f[i].has_value)
            nt_decimal_format(f[i].value, value);
        nt_buffer_printf(&b, "%s\t%s\t%s\t%s\t%u\t%u\t%u\n", f[i].indicator, f[i].org, f[i].breakdown, value,
                         f[i].status, f[i].reported, f[i].expected);
    }
    nt_proof_digest(nt_bytes_of(b.data, b.size), out);
    nt_status st = b.failed ? nt_fail_memory() : nt_success();
    nt_buffer_free(&b);
    return st;
}

static Nithet__V1__Publication *publication_message(nt_call *call, const nt_publication *p) {
    const nt_org *org = nt_catalogue_org_by_id(nt_worker_of(call)->catalogue, p->org_id);
    Nithet__V1__Publication *m = NT_NEW(call->arena, Nithet__V1__Publication);
    if (!m)
        return NULL;
    nithet__v1__publication__init(m);
    m->name = nt_text(p->name);
    m->org = nt_text(org ? org->code : "");
    m->period = nt_text(p->period);
    m->note = nt_text(p->note);
    m->figures = (uint64_t)p->figures;
    m->digest = nt_data(p->digest);
    m->signature = nt_data(p->signature);
    m->published_at_us = p->at_us;
    m->officer = nt_text(p->officer);
    m->audit_position = (uint64_t)p->position;
    return m;
}

static nt_status freeze(nt_call *call, const Nithet__V1__PublishRequest *r, const nt_period *period, nt_effect *e,
                        Nithet__V1__PublishResponse *out) {
    nt_worker *w = nt_worker_of(call);
    nt_arena *arena = call->arena;
    const nt_org *unit = call->scope;
    nt_published_figure *figures;
    size_t count;
    uint8_t *hash = nt_arena_alloc(arena, NT_DIGEST_SIZE), *signature = nt_arena_alloc(arena, NT_SIGNATURE_SIZE);
    nt_status st = hash && signature ? collect(call, unit, period, &figures, &count) : nt_fail_memory();
    if (nt_ok(st) && count == 0)
        st = nt_fail(arena, NT_FAILED_PRECONDITION, "nothing of %s was accepted for %s yet",
                     "ยังไม่มีข้อมูลที่รับแล้วของ %s งวด %s", unit->code, period->code);
    nt_publication p = {.name = r->name,
                        .org_id = unit->id,
                        .period = period->code,
                        .note = r->note,
                        .figures = nt_ok(st) ? (int64_t)count : 0,
                        .at_us = call->received_at_us,
                        .officer_id = call->caller->officer_id,
                        .officer = call->caller->login,
                        .position = e->position};
    if (nt_ok(st))
        st = digest(&p, unit->code, figures, count, hash);
    if (!nt_ok(st))
        return st;
    nt_proof_sign(hash, nt_service_of(call)->keys.sign_secret, signature);
    p.digest = nt_bytes_of(hash, NT_DIGEST_SIZE);
    p.signature = nt_bytes_of(signature, NT_SIGNATURE_SIZE);
    st = nt_store_publication_add(w->connection, arena, &p, figures, count);
    out->publication = nt_ok(st) ? publication_message(call, &p) : NULL;
    return st;
}

nt_status nt_publish(nt_call *call, const void *in) {
    const Nithet__V1__PublishRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    const nt_org *unit = call->scope;
    nt_period period;
    nt_status st = nt_figures_check_unit(call, unit);
    if (nt_ok(st))
        st = nt_period_parse(call->arena, "period", r->period, &period);
    if (nt_ok(st) && (!nt_simple_code_valid(r->name) || strlen(r->name) > 64 || strchr("_.-", r->name[0])))
        st = nt_fail_field(call->arena, "name", "BAD_CODE", "a name has letters, digits, `_`, `-`, `.`, at most 64",
                           "ชื่อใช้อักษรอังกฤษ ตัวเลข _ - . ไม่เกิน 64 ตัว");
    if (nt_ok(st) && (strlen(r->note) > NOTE_MOST || strchr(r->note, '\n')))
        st = nt_fail_field(call->arena, "note", "TOO_LONG", "a note is one line of at most %d bytes",
                           "หมายเหตุเป็นบรรทัดเดียว ยาวไม่เกิน %d ไบต์", NOTE_MOST);
    if (!nt_ok(st))
        return st;
    nt_effect e = nt_effect_of(call, nt_chain_of(unit));
    st = nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || e.replayed) {
        call->reply = e.reply;
        return st;
    }
    Nithet__V1__PublishResponse out = NITHET__V1__PUBLISH_RESPONSE__INIT;
    st = freeze(call, r, &period, &e, &out);
    if (nt_ok(st))
        st = nt_call_reply(call, &out.base);
    return nt_effect_end(call, &e, st, nt_arena_printf(call->arena, "publication/%s", r->name));
}

nt_status nt_list_publications(nt_call *call, const void *in) {
    const Nithet__V1__ListPublicationsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    size_t org_count, count, limit = nt_page_size(r->page_size);
    int32_t *orgs = nt_org_ids_within(call->arena, w->catalogue, call->scope, 0, &org_count);
    nt_publication *all;
    nt_status st = orgs ? nt_store_publications(w->connection, call->arena, orgs, org_count,
                                                nt_cursor_number(call, INT64_MAX), limit + 1, &all, &count)
                        : nt_fail_memory();
    if (!nt_ok(st))
        return st;
    Nithet__V1__ListPublicationsResponse out = NITHET__V1__LIST_PUBLICATIONS_RESPONSE__INIT;
    out.publications = NT_NEW_ARRAY(call->arena, Nithet__V1__Publication *, limit + 1);
    for (size_t i = 0; out.publications && i < count && i < limit; i++)
        out.publications[out.n_publications++] = publication_message(call, &all[i]);
    if (count > limit)
        nt_continue_after(call, all[limit - 1].id);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

static Nithet__V1__PublishedFigure *figure_message(nt_arena *arena, const nt_published_figure *f) {
    Nithet__V1__PublishedFigure *m = NT_NEW(arena, Nithet__V1__PublishedFigure);
    if (!m)
        return NULL;
    nithet__v1__published_figure__init(m);
    m->indicator = nt_text(f->indicator);
    m->org = nt_text(f->org);
    m->disaggregation = nt_text(f->breakdown);
    m->value = nt_decimal_text(arena, f->has_value, f->value);
    m->status = (Nithet__V1__ObservationStatus)f->status;
    m->reported = f->reported;
    m->expected = f->expected;
    return m;
}

static const nt_published_figure *find(const nt_published_figure *all, size_t count, const nt_published_figure *like,
                                       size_t *hint) {
    for (size_t n = 0; n < count; n++) { /* both are in the same order: the next one, mostly */
        const nt_published_figure *f = &all[(*hint + n) % count];
        if (strcmp(f->indicator, like->indicator) == 0 && strcmp(f->org, like->org) == 0 &&
            strcmp(f->breakdown, like->breakdown) == 0) {
            *hint = (*hint + n + 1) % count;
            return f;
        }
    }
    return NULL;
}

static int add_erratum(nt_call *call, const nt_published_figure *was, const nt_published_figure *is,
                       Nithet__V1__GetPublicationResponse *out) {
    const nt_published_figure *any = was ? was : is;
    const nt_indicator *indicator = nt_catalogue_indicator(nt_worker_of(call)->catalogue, any->indicator);
    Nithet__V1__Erratum *m = NT_NEW(call->arena, Nithet__V1__Erratum);
    if (!m)
        return 0;
    nithet__v1__erratum__init(m);
    m->indicator = nt_text(any->indicator);
    m->name = indicator ? nt_message_name(call->arena, indicator->name) : NULL;
    m->org = nt_text(any->org);
    m->disaggregation = nt_text(any->breakdown);
    m->published = nt_decimal_text(call->arena, was && was->has_value, was ? was->value : 0);
    m->now = nt_decimal_text(call->arena, is && is->has_value, is ? is->value : 0);
    out->errata[out->n_errata++] = m;
    return 1;
}

/* What the published figures would be now. */
static nt_status add_errata(nt_call *call, const nt_publication *p, const nt_org *unit, const nt_published_figure *then,
                            size_t then_count, Nithet__V1__GetPublicationResponse *out) {
    nt_period period;
    nt_published_figure *now;
    size_t count, hint = 0;
    nt_status st = nt_period_parse(call->arena, "period", p->period, &period);
    if (nt_ok(st))
        st = collect(call, unit, &period, &now, &count);
    if (!nt_ok(st))
        return st;
    out->errata = NT_NEW_ARRAY(call->arena, Nithet__V1__Erratum *, then_count + count + 1);
    if (!out->errata)
        return nt_fail_memory();
    for (size_t i = 0; i < then_count; i++) {
        const nt_published_figure *is = find(now, count, &then[i], &hint);
        if (is ? is->has_value != then[i].has_value || is->value != then[i].value : then[i].has_value)
            add_erratum(call, &then[i], is, out);
    }
    hint = 0;
    for (size_t i = 0; i < count; i++)
        if (now[i].has_value && !find(then, then_count, &now[i], &hint))
            add_erratum(call, NULL, &now[i], out);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : st;
}

nt_status nt_get_publication(nt_call *call, const void *in) {
    const Nithet__V1__GetPublicationRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_publication p;
    nt_status st = nt_store_publication_get(w->connection, call->arena, r->name, &p);
    if (!nt_ok(st))
        return st;
    const nt_org *unit = p.name ? nt_catalogue_org_by_id(w->catalogue, p.org_id) : NULL;
    if (!unit || !nt_org_within(unit, call->scope))
        return nt_fail_resource(call->arena, NT_NOT_FOUND, "publication", r->name,
                                "%s published nothing under \"%.64s\"", "%s ไม่มีข้อมูลเผยแพร่ชื่อ \"%.64s\"",
                                ((const nt_org *)call->scope)->code, r->name);
    nt_published_figure *figures;
    size_t count;
    st = nt_store_publication_figures(w->connection, call->arena, p.id, &figures, &count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__GetPublicationResponse out = NITHET__V1__GET_PUBLICATION_RESPONSE__INIT;
    out.publication = publication_message(call, &p);
    out.figures = NT_NEW_ARRAY(call->arena, Nithet__V1__PublishedFigure *, count + 1);
    for (size_t i = 0; out.figures && i < count; i++)
        out.figures[out.n_figures++] = figure_message(call->arena, &figures[i]);
    st = nt_arena_exhausted(call->arena) ? nt_fail_memory() : add_errata(call, &p, unit, figures, count, &out);
    return nt_ok(st) ? nt_call_reply(call, &out.base) : st;
}
