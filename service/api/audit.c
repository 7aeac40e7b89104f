/* AuditService: the chains, for whoever wants to check them; and the anchors. */
#include "store/audit.h"
#include "api/handlers.h"
#include "api/message.h"
#include "api/service.h"

#include "nithet/v1/audit.pb-c.h"

#include <stdio.h>
#include <stdlib.h>

static Nithet__V1__AuditChain *chain_message(nt_arena *arena, const nt_audit_head *head) {
    Nithet__V1__AuditChain *m = NT_NEW(arena, Nithet__V1__AuditChain);
    if (m) {
        nithet__v1__audit_chain__init(m);
        m->org = nt_text(head->chain);
        m->position = (uint64_t)head->position;
        m->hash = nt_data(head->hash);
    }
    return m;
}

nt_status nt_list_audit_chains(nt_call *call, const void *in) {
    (void)in;
    nt_worker *w = nt_worker_of(call);
    const char **chains = NT_NEW_ARRAY(call->arena, const char *, w->catalogue->org_count + 1);
    size_t n = 0, count;
    for (size_t i = 0; chains && i < w->catalogue->org_count; i++)
        if (w->catalogue->orgs[i].kind <= NT_ORG_PROVINCE && nt_org_within(&w->catalogue->orgs[i], call->scope))
            chains[n++] = w->catalogue->orgs[i].code;
    if (!chains)
        return nt_fail_memory();
    nt_audit_head *heads;
    nt_status st = nt_store_audit_heads(w->connection, call->arena, chains, n, &heads, &count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__ListAuditChainsResponse out = NITHET__V1__LIST_AUDIT_CHAINS_RESPONSE__INIT;
    out.chains = NT_NEW_ARRAY(call->arena, Nithet__V1__AuditChain *, count + 1);
    for (size_t i = 0; out.chains && i < count; i++)
        out.chains[out.n_chains++] = chain_message(call->arena, &heads[i]);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

static char *text_of(nt_arena *arena, nt_bytes bytes) {
    return nt_arena_strndup(arena, (const char *)bytes.data, bytes.size);
}

static Nithet__V1__AuditEvent *event_message(nt_arena *arena, const nt_audit_event *e) {
    Nithet__V1__AuditEvent *m = NT_NEW(arena, Nithet__V1__AuditEvent);
    if (!m)
        return NULL;
    nithet__v1__audit_event__init(m);
    m->org = text_of(arena, e->fields.chain);
    m->position = e->fields.position;
    m->at_us = e->fields.at_us;
    m->officer = text_of(arena, e->fields.officer);
    m->method = text_of(arena, e->fields.method);
    m->idempotency_key = text_of(arena, e->fields.idempotency_key);
    m->subject = text_of(arena, e->fields.subject);
    m->payload_digest = nt_data(e->fields.payload_digest);
    m->signature = nt_data(e->fields.signature);
    m->previous_hash = nt_data(e->previous_hash);
    m->hash = nt_data(e->hash);
    m->audience = nt_text(e->audience);
    m->sent_at_us = e->sent_at_us;
    m->key_id = nt_data(e->key_id);
    m->public_key = nt_data(e->public_key);
    return m;
}

nt_status nt_list_audit_events(nt_call *call, const void *in) {
    const Nithet__V1__ListAuditEventsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    const nt_org *org = call->scope;
    size_t limit = nt_page_size(r->page_size), count;
    nt_audit_event *events;
    nt_status st = nt_store_audit_events(w->connection, call->arena, org->code, nt_cursor_number(call, 0), limit + 1,
                                         &events, &count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__ListAuditEventsResponse out = NITHET__V1__LIST_AUDIT_EVENTS_RESPONSE__INIT;
    size_t shown = count > limit ? limit : count;
    out.events = NT_NEW_ARRAY(call->arena, Nithet__V1__AuditEvent *, shown + 1);
    for (size_t i = 0; out.events && i < shown; i++)
        out.events[out.n_events++] = event_message(call->arena, &events[i]);
    if (count > limit)
        nt_continue_after(call, (int64_t)events[limit - 1].fields.position);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

nt_status nt_list_audit_anchors(nt_call *call, const void *in) {
    const Nithet__V1__ListAuditAnchorsRequest *r = in;
    size_t limit = nt_page_size(r->page_size), count;
    nt_audit_anchor *anchors;
    nt_status st = nt_store_anchors(nt_worker_of(call)->connection, call->arena, nt_cursor_number(call, INT64_MAX),
                                    limit + 1, &anchors, &count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__ListAuditAnchorsResponse out = NITHET__V1__LIST_AUDIT_ANCHORS_RESPONSE__INIT;
    size_t shown = count > limit ? limit : count;
    out.anchors = NT_NEW_ARRAY(call->arena, Nithet__V1__AuditAnchor *, shown + 1);
    for (size_t i = 0; out.anchors && i < shown; i++) {
        Nithet__V1__AuditAnchor *m = NT_NEW(call->arena, Nithet__V1__AuditAnchor);
        if (!m)
            return nt_fail_memory();
        nithet__v1__audit_anchor__init(m);
        m->number = (uint64_t)anchors[i].number;
        m->at_us = anchors[i].at_us;
        m->signature = nt_data(anchors[i].signature);
        m->heads = NT_NEW_ARRAY(call->arena, Nithet__V1__AuditChain *, anchors[i].head_count + 1);
        for (size_t k = 0; m->heads && k < anchors[i].head_count; k++)
            m->heads[m->n_heads++] = chain_message(call->arena, &anchors[i].heads[k]);
        out.anchors[out.n_anchors++] = m;
    }
    if (count > limit)
        nt_continue_after(call, anchors[limit - 1].number);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

nt_status nt_get_signed_request(nt_call *call, const void *in) {
    const Nithet__V1__GetSignedRequestRequest *r = in;
    const nt_org *org = call->scope;
    nt_signed_request signed_request;
    nt_status st = nt_store_signed_request(nt_worker_of(call)->connection, call->arena, org->code,
                                           (int64_t)(r->position & INT64_MAX), &signed_request);
    if (!nt_ok(st))
        return st;
    if (!signed_request.method)
        return nt_fail_resource(call->arena, NT_NOT_FOUND, "audit_event", org->code,
                                "event %llu of %s carries no signature, or is not there",
                                "เหตุการณ์ที่ %llu ของ %s ไม่มีลายมือชื่อ หรือไม่มีอยู่", (unsigned long long)r->position, org->code);
    Nithet__V1__GetSignedRequestResponse out = NITHET__V1__GET_SIGNED_REQUEST_RESPONSE__INIT;
    out.method = nt_text(signed_request.method);
    out.payload = nt_data(signed_request.payload);
    out.audience = nt_text(signed_request.audience);
    out.sent_at_us = signed_request.sent_at_us;
    out.idempotency_key = nt_text(signed_request.idempotency_key);
    out.signature = nt_data(signed_request.signature);
    out.key_id = nt_data(signed_request.key_id);
    out.public_key = nt_data(signed_request.public_key);
    return nt_call_reply(call, &out.base);
}
