/* See service.h. */
#include "api/service.h"

#include "api/access.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/officer.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

void nt_service_keys_derive(nt_service_keys *keys, const uint8_t seed[32]) {
    uint8_t sign_seed[32];
    memcpy(keys->seed, seed, 32);
    crypto_kdf_derive_from_key(sign_seed, 32, 1, "nt-sign ", seed);
    crypto_sign_seed_keypair(keys->sign_public, keys->sign_secret, sign_seed);
    crypto_kdf_derive_from_key(keys->rpc, 32, 2, "nt-rpc  ", seed);
    crypto_kdf_derive_from_key(keys->seal, 32, 3, "nt-seal ", seed);
    sodium_memzero(sign_seed, sizeof sign_seed);
}

static void *worker_start(void *context) {
    nt_service *service = context;
    nt_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return NULL;
    worker->service = service;
    worker->connection = nt_connection_new(service->database, "nithet_service");
    if (worker->connection)
        return worker;
    free(worker);
    return NULL;
}

static void worker_stop(void *arg) {
    nt_worker *worker = arg;
    if (!worker)
        return;
    nt_connection_free(worker->connection);
    free(worker);
}

static void call_begin(void *arg, int64_t deadline_us) {
    nt_worker *worker = arg;
    worker->catalogue = NULL;
    nt_connection_begin_call(worker->connection, deadline_us);
}

static void call_end(nt_call *call) {
    nt_worker *worker = call->worker;
    nt_catalogue_release(worker->service->catalogue, worker->catalogue);
    worker->catalogue = NULL;
    call->sql_us = nt_connection_sql_us(worker->connection);
}

static nt_status load_session(void *arg, nt_arena *arena, int64_t deadline_us, const uint8_t id[NT_SESSION_ID_SIZE],
                              nt_caller *out) {
    nt_worker *worker = arg;
    (void)deadline_us; /* the connection has it since call_begin */
    nt_session s;
    nt_status st =
        nt_store_session_get(worker->connection, arena, nt_bytes_of(id, NT_SESSION_ID_SIZE), nt_clock_wall_us(), &s);
    if (!nt_ok(st))
        return st;
    *out = (nt_caller){
        .officer_id = s.officer.id, .role = s.officer.role, .org_id = s.officer.org_id, .expires_at_us = s.expires_us};
    snprintf(out->login, sizeof out->login, "%s", s.officer.login);
    snprintf(out->org, sizeof out->org, "%s", s.officer.org);
    enum { SEALED = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + NT_SESSION_KEY_SIZE };
    if (s.key_id.size != NT_KEY_ID_SIZE || s.public_key.size != NT_PUBLIC_KEY_SIZE || s.sealed_key.size != SEALED ||
        crypto_secretbox_open_easy(out->session_key, s.sealed_key.data + crypto_secretbox_NONCEBYTES,
                                   SEALED - crypto_secretbox_NONCEBYTES, s.sealed_key.data,
                                   worker->service->keys.seal) != 0)
        return nt_fail(arena, NT_UNAUTHENTICATED, "the session was made by another service: open a new one",
                       "เซสชันนี้เป็นของบริการอื่น ให้เปิดเซสชันใหม่");
    memcpy(out->key_id, s.key_id.data, NT_KEY_ID_SIZE);
    memcpy(out->public_key, s.public_key.data, NT_PUBLIC_KEY_SIZE);
    return st;
}

void nt_service_hooks(nt_service *service, nt_server_hooks *hooks) {
    *hooks = (nt_server_hooks){.context = service,
                               .worker_start = worker_start,
                               .worker_stop = worker_stop,
                               .call_begin = call_begin,
                               .call_end = call_end,
                               .load_session = load_session,
                               .authorize = nt_access_check};
}

int nt_service_open(nt_service *service, char fault[200]) {
    service->methods = nt_handlers_build(fault);
    service->metrics = service->methods ? nt_metrics_new(service->methods) : NULL;
    service->catalogue = nt_catalogue_cache_new();
    service->sessions = nt_session_cache_new();
    return service->metrics && service->catalogue && service->sessions;
}

static void on_connected(void *context, int is) {
    nt_service *service = context;
    atomic_store(&service->database_up, is);
    nt_session_cache_enable(service->sessions, is);
    nt_catalogue_trust(service->catalogue, is);
    nt_log(is ? NT_LOG_INFO : NT_LOG_WARN, is ? "listening for other daemons' news"
                                              : "cannot hear other daemons: sessions are looked up at every call");
}

static void on_session_ended(void *context) {
    nt_session_cache_clear(((nt_service *)context)->sessions);
}

static void on_catalogue_changed(void *context) {
    nt_catalogue_invalidate(((nt_service *)context)->catalogue);
}

int nt_service_listen(nt_service *service) {
    nt_listener_hooks hooks = {service, on_connected, on_session_ended, on_catalogue_changed};
    service->listener = nt_listener_start(service->database, "nithet_service", &hooks);
    return service->listener != NULL;
}

void nt_service_close(nt_service *service) {
    nt_listener_stop(service->listener);
    nt_metrics_free(service->metrics);
    nt_methods_free(service->methods);
    nt_session_cache_free(service->sessions);
    nt_catalogue_cache_free(service->catalogue);
    sodium_memzero(&service->keys, sizeof service->keys);
}

nt_effect nt_effect_of(nt_call *call, const char *chain) {
    const nt_proof_request *r = call->request;
    return (nt_effect){
        .chain = chain,
        .method = call->method->full_name,
        .key = nt_arena_strndup(call->arena, (const char *)r->idempotency_key.data, r->idempotency_key.size),
        .officer_id = call->caller->officer_id,
        .login = call->caller->login,
        .audience = nt_service_of(call)->settings->audience,
        .at_us = call->received_at_us,
        .sent_at_us = nt_proof_signed_at(r), /* what the signature says */
        .key_id = nt_bytes_of(call->caller->key_id, NT_KEY_ID_SIZE),
        .payload = r->payload,
        .signature = (call->method->entry->flags & NT_METHOD_SIGNED) ? r->signature : (nt_bytes){0}};
}

nt_status nt_effect_end(nt_call *call, nt_effect *effect, nt_status st, const char *subject) {
    nt_connection *c = nt_worker_of(call)->connection;
    if (nt_ok(st) && !subject)
        st = nt_fail_memory();
    if (!nt_ok(st)) {
        nt_effect_abandon(c, call->arena);
        return st;
    }
    nt_effect_subject(effect, subject);
    return nt_effect_commit(c, call->arena, effect, call->reply, NULL, 0);
}

int64_t nt_cursor_number(const nt_call *call, int64_t otherwise) {
    char text[24] = "";
    if (call->cursor.size == 0 || call->cursor.size >= sizeof text)
        return otherwise;
    memcpy(text, call->cursor.data, call->cursor.size);
    return strtoll(text, NULL, 10);
}

void nt_continue_after(nt_call *call, int64_t number) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    nt_call_continue(call, nt_bytes_text(text));
}

const char *nt_chain_of(const nt_org *org) {
    const nt_org *province = nt_org_province(org);
    return province ? province->code : org->code;
}

int32_t *nt_org_ids_within(nt_arena *arena, const nt_catalogue *catalogue, const nt_org *root, nt_org_kind kind,
                           size_t *count) {
    int32_t *ids = NT_NEW_ARRAY(arena, int32_t, catalogue->org_count + 1);
    *count = 0;
    for (size_t i = 0; ids && i < catalogue->org_count; i++)
        if ((!kind || catalogue->orgs[i].kind == kind) && nt_org_within(&catalogue->orgs[i], root))
            ids[(*count)++] = catalogue->orgs[i].id;
    return ids;
}

size_t nt_page_size(uint32_t asked) {
    return asked == 0 ? NT_PAGE_DEFAULT : asked > NT_PAGE_MAX ? NT_PAGE_MAX : asked;
}
