/* IdentityService: sessions, officers, keys. */
#include "api/handlers.h"
#include "api/message.h"
#include "api/service.h"
#include "base/clock.h"
#include "store/officer.h"

#include "nithet/v1/identity.pb-c.h"

#include <sodium.h>
#include <stdio.h>

static nt_status check_opening(nt_call *call, const Nithet__V1__OpenSessionRequest *r) {
    const nt_server_settings *s = nt_service_of(call)->settings;
    if (r->key_id.len != NT_KEY_ID_SIZE || r->client_public.len != 32 || r->signature.len != NT_SIGNATURE_SIZE)
        return nt_fail_field(call->arena, "key_id", "BAD_SIZE", "key_id has %d bytes, client_public 32, signature %d",
                             "key_id ยาว %d ไบต์ client_public 32 ไบต์ signature %d ไบต์", NT_KEY_ID_SIZE,
                             NT_SIGNATURE_SIZE);
    if (strcmp(r->audience, s->audience) != 0)
        return nt_fail(call->arena, NT_UNAUTHENTICATED, "the session is for \"%.100s\", and this service is \"%s\"",
                       "เซสชันนี้สำหรับ \"%.100s\" แต่บริการนี้คือ \"%s\"", r->audience, s->audience);
    int64_t skew = (int64_t)s->clock_skew_ms * 1000,
            off = r->sent_at_us < 0 ? INT64_MIN : r->sent_at_us - call->received_at_us;
    if (off > skew || off < -skew)
        return nt_fail(call->arena, NT_UNAUTHENTICATED,
                       "the request was made %lld seconds away from the service's clock, and %lld are allowed: set the "
                       "sender's clock (NTP)",
                       "คำขอมีเวลาต่างจากนาฬิกาของบริการ %lld วินาที (ยอมได้ %lld วินาที) ให้ตั้งนาฬิกาเครื่องผู้ส่ง (NTP)",
                       (long long)(off / 1000000), (long long)(skew / 1000000));
    return nt_success();
}

nt_status nt_open_session(nt_call *call, const void *in) {
    const Nithet__V1__OpenSessionRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_service *service = w->service;
    nt_status st = check_opening(call, r);
    if (!nt_ok(st))
        return st;
    nt_officer officer;
    nt_officer_key key;
    st = nt_store_key_get(w->connection, call->arena, nt_view(r->key_id), &officer, &key);
    if (!nt_ok(st))
        return st;
    uint8_t digest[NT_DIGEST_SIZE];
    nt_proof_open_session(nt_view(r->key_id), nt_view(r->client_public), r->sent_at_us, nt_bytes_text(r->audience),
                          digest);
    if (key.public_key.size != NT_PUBLIC_KEY_SIZE ||
        !nt_proof_verify(digest, key.public_key.data, nt_view(r->signature)))
        return nt_fail(call->arena, NT_UNAUTHENTICATED, "the signature does not fit the key", "ลายมือชื่อดิจิทัลไม่ตรงกับกุญแจ");
    uint8_t id[NT_SESSION_ID_SIZE], session_key[NT_SESSION_KEY_SIZE], own_secret[32], own_public[32], id_key[32];
    nt_session_id_key(service->keys.rpc, id_key);
    nt_session_id_new(id_key, id);
    randombytes_buf(own_secret, sizeof own_secret);
    crypto_scalarmult_base(own_public, own_secret);
    int64_t now = nt_clock_wall_us(), expires = now + (int64_t)service->session_seconds * 1000000;
    nt_proof_session(nt_view(r->signature), nt_bytes_of(id, sizeof id), nt_bytes_of(own_public, 32), expires, digest);
    int agreed = nt_proof_session_key(own_secret, r->client_public.data, digest, session_key);
    sodium_memzero(own_secret, sizeof own_secret);
    if (!agreed)
        return nt_fail_field(call->arena, "client_public", "BAD_KEY", "client_public is no usable X25519 key",
                             "client_public ไม่ใช่กุญแจ X25519 ที่ใช้ได้");
    uint8_t sealed[crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + NT_SESSION_KEY_SIZE];
    randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, session_key, sizeof session_key, sealed,
                          service->keys.seal);
    sodium_memzero(session_key, sizeof session_key);
    st = nt_store_session_add(w->connection, call->arena, nt_bytes_of(id, sizeof id), nt_view(r->key_id),
                              nt_bytes_of(sealed, sizeof sealed), nt_view(r->client_public), now, expires);
    if (!nt_ok(st))
        return st;
    uint8_t signature[NT_SIGNATURE_SIZE];
    nt_proof_sign(digest, service->keys.sign_secret, signature);
    Nithet__V1__OpenSessionResponse out = NITHET__V1__OPEN_SESSION_RESPONSE__INIT;
    out.session_id = nt_data(nt_bytes_of(id, sizeof id));
    out.server_public = nt_data(nt_bytes_of(own_public, sizeof own_public));
    out.expires_at_us = expires;
    out.signature = nt_data(nt_bytes_of(signature, sizeof signature));
    return nt_call_reply(call, &out.base);
}

nt_status nt_close_session(nt_call *call, const void *in) {
    (void)in;
    nt_worker *w = nt_worker_of(call);
    nt_status st = nt_store_session_end(w->connection, call->arena, call->request->session_id, call->received_at_us);
    Nithet__V1__CloseSessionResponse out = NITHET__V1__CLOSE_SESSION_RESPONSE__INIT;
    return nt_ok(st) ? nt_call_reply(call, &out.base) : st;
}

static Nithet__V1__Officer *officer_message(nt_call *call, const nt_officer *officer, const nt_officer_key *keys,
                                            size_t count) {
    Nithet__V1__Officer *m = NT_NEW(call->arena, Nithet__V1__Officer);
    if (!m)
        return NULL;
    nithet__v1__officer__init(m);
    m->login = nt_text(officer->login);
    m->name = nt_text(officer->name);
    m->role = (Nithet__V1__Role)officer->role;
    m->org = nt_text(officer->org);
    m->keys = NT_NEW_ARRAY(call->arena, Nithet__V1__OfficerKey *, count + 1);
    for (size_t i = 0; m->keys && i < count; i++) {
        if (keys[i].officer_id != officer->id)
            continue;
        Nithet__V1__OfficerKey *k = NT_NEW(call->arena, Nithet__V1__OfficerKey);
        char *hex = nt_arena_alloc(call->arena, 2 * NT_KEY_ID_SIZE + 1);
        if (!k || !hex || keys[i].key_id.size != NT_KEY_ID_SIZE)
            return NULL;
        nithet__v1__officer_key__init(k);
        nt_hex(keys[i].key_id.data, NT_KEY_ID_SIZE, hex);
        k->key_id = hex;
        k->registered_at_us = keys[i].registered_us;
        k->revoked_at_us = keys[i].revoked_us;
        m->keys[m->n_keys++] = k;
    }
    return m->keys ? m : NULL;
}

nt_status nt_who_am_i(nt_call *call, const void *in) {
    (void)in;
    nt_worker *w = nt_worker_of(call);
    nt_officer officer;
    nt_officer_key key;
    nt_status st = nt_store_key_find(w->connection, call->arena, nt_bytes_of(call->caller->key_id, NT_KEY_ID_SIZE),
                                     &officer, &key);
    if (!nt_ok(st))
        return st;
    const nt_org *org = nt_catalogue_org_by_id(w->catalogue, officer.org_id);
    Nithet__V1__WhoAmIResponse out = NITHET__V1__WHO_AM_IRESPONSE__INIT;
    out.officer = officer_message(call, &officer, &key, 1);
    out.org_name = nt_message_name(call->arena, org ? org->name : (nt_name){"", ""});
    out.session_expires_at_us = call->caller->expires_at_us;
    return out.officer && out.org_name ? nt_call_reply(call, &out.base) : nt_fail_memory();
}

static nt_status check_registration(nt_call *call, const Nithet__V1__RegisterKeyRequest *r) {
    nt_violations faults;
    nt_violations_init(&faults, call->arena);
    size_t n = strlen(r->login);
    if (n < 1 || n > NT_LOGIN_MAX || strspn(r->login, "abcdefghijklmnopqrstuvwxyz0123456789._-") != n ||
        strchr("._-", r->login[0]))
        nt_violations_add(
            &faults, "login", "BAD_LOGIN",
            "a login has 1 to %d lower-case letters, digits, `.`, `-`, `_`, and begins with a letter or digit",
            "ชื่อผู้ใช้มี 1 ถึง %d อักขระ ใช้ a-z 0-9 . - _ และขึ้นต้นด้วยอักษรหรือตัวเลข", NT_LOGIN_MAX);
    if (!*r->name || strlen(r->name) > 400)
        nt_violations_add(&faults, "name", "REQUIRED", "the officer's name, of at most 400 bytes",
                          "ให้ระบุชื่อเจ้าหน้าที่ ไม่เกิน 400 ไบต์");
    if (r->role == NITHET__V1__ROLE__ROLE_UNSPECIFIED)
        nt_violations_add(&faults, "role", "REQUIRED", "say which role the officer has", "ให้ระบุบทบาทของเจ้าหน้าที่");
    if (r->public_key.len != NT_PUBLIC_KEY_SIZE)
        nt_violations_add(&faults, "public_key", "BAD_SIZE", "an Ed25519 public key has %d bytes",
                          "กุญแจสาธารณะ Ed25519 ยาว %d ไบต์", NT_PUBLIC_KEY_SIZE);
    const nt_org *org = call->scope;
    int provincial =
        r->role == NITHET__V1__ROLE__ROLE_PROVINCE_OFFICER || r->role == NITHET__V1__ROLE__ROLE_PROVINCE_HEAD;
    if (provincial && org->kind != NT_ORG_PROVINCE)
        nt_violations_add(&faults, "org", "NOT_A_PROVINCE", "%s is not a province, and this role is a province's",
                          "%s ไม่ใช่จังหวัด แต่บทบาทนี้เป็นของจังหวัด", org->code);
    return nt_violations_status(&faults);
}

nt_status nt_register_key(nt_call *call, const void *in) {
    const Nithet__V1__RegisterKeyRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    const nt_org *org = call->scope;
    nt_status st = check_registration(call, r);
    if (!nt_ok(st))
        return st;
    nt_effect e = nt_effect_of(call, nt_chain_of(org));
    st = nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || e.replayed) {
        call->reply = e.reply;
        return st;
    }
    nt_officer officer;
    st = nt_store_officer_by_login(w->connection, call->arena, r->login, &officer);
    if (nt_ok(st) && officer.login && (officer.role != (unsigned)r->role || officer.org_id != org->id))
        st = nt_fail_resource(
            call->arena, NT_ALREADY_EXISTS, "officer", r->login,
            "%s is registered already, as %s%.0s of %s: a further key must be for the same role and organisation",
            "%s ลงทะเบียนแล้วเป็น%.0s%s ของ %s กุญแจเพิ่มต้องเป็นบทบาทและหน่วยงานเดิม", r->login,
            nt_role_name((nt_role)officer.role, 0), nt_role_name((nt_role)officer.role, 1), officer.org);
    if (nt_ok(st) && !officer.login) {
        officer = (nt_officer){
            .login = r->login, .name = r->name, .role = (unsigned)r->role, .org_id = org->id, .org = org->code};
        st = nt_store_officer_add(w->connection, call->arena, &officer, call->received_at_us);
    }
    uint8_t key_id[NT_KEY_ID_SIZE];
    nt_proof_key_id(r->public_key.data, key_id);
    nt_officer_key key = {officer.id, nt_bytes_of(key_id, sizeof key_id), nt_view(r->public_key), call->received_at_us,
                          0};
    if (nt_ok(st)) {
        st = nt_store_key_add(w->connection, call->arena, &key);
        if (st.code == NT_ALREADY_EXISTS)
            st = nt_fail(call->arena, NT_ALREADY_EXISTS,
                         "this key is registered already: every officer has a key of their own",
                         "กุญแจนี้ลงทะเบียนแล้ว เจ้าหน้าที่แต่ละคนต้องมีกุญแจของตนเอง");
    }
    Nithet__V1__RegisterKeyResponse out = NITHET__V1__REGISTER_KEY_RESPONSE__INIT;
    if (nt_ok(st))
        out.officer = officer_message(call, &officer, &key, 1);
    if (nt_ok(st))
        st = out.officer ? nt_call_reply(call, &out.base) : nt_fail_memory();
    return nt_effect_end(call, &e, st, nt_arena_printf(call->arena, "officer/%s", r->login));
}

nt_status nt_revoke_key(nt_call *call, const void *in) {
    const Nithet__V1__RevokeKeyRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    uint8_t key_id[NT_KEY_ID_SIZE];
    nt_unhex(r->key_id, key_id, sizeof key_id); /* the access check has seen that it is one */
    if (!*r->reason)
        return nt_fail_field(call->arena, "reason", "REQUIRED", "say why: it is kept on record",
                             "ให้ระบุเหตุผล ซึ่งจะเก็บเป็นหลักฐาน");
    const nt_org *org = call->scope;
    nt_effect e = nt_effect_of(call, org ? nt_chain_of(org) : call->caller->org);
    nt_status st = nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || e.replayed) {
        call->reply = e.reply;
        return st;
    }
    int64_t ended = 0;
    st = nt_store_key_revoke(w->connection, call->arena, nt_bytes_of(key_id, sizeof key_id), r->reason,
                             call->received_at_us, &ended);
    Nithet__V1__RevokeKeyResponse out = NITHET__V1__REVOKE_KEY_RESPONSE__INIT;
    out.sessions_ended = (uint32_t)ended;
    if (nt_ok(st))
        st = nt_call_reply(call, &out.base);
    return nt_effect_end(call, &e, st, nt_arena_printf(call->arena, "key/%s", r->key_id));
}

nt_status nt_list_officers(nt_call *call, const void *in) {
    const Nithet__V1__ListOfficersRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    size_t org_count, count, key_count, limit = nt_page_size(r->page_size);
    int32_t *orgs = nt_org_ids_within(call->arena, w->catalogue, call->scope, 0, &org_count);
    const char *after = nt_arena_strndup(call->arena, (const char *)call->cursor.data, call->cursor.size);
    if (!orgs || !after)
        return nt_fail_memory();
    nt_officer *officers;
    nt_officer_key *keys;
    nt_status st = nt_store_officers_list(w->connection, call->arena, orgs, org_count, after, limit + 1, &officers,
                                          &count, &keys, &key_count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__ListOfficersResponse out = NITHET__V1__LIST_OFFICERS_RESPONSE__INIT;
    size_t shown = count > limit ? limit : count;
    out.officers = NT_NEW_ARRAY(call->arena, Nithet__V1__Officer *, shown + 1);
    for (size_t i = 0; out.officers && i < shown; i++) {
        if (!(out.officers[i] = officer_message(call, &officers[i], keys, key_count)))
            return nt_fail_memory();
        out.n_officers++;
    }
    if (count > limit)
        nt_call_continue(call, nt_bytes_text(officers[limit - 1].login));
    return out.officers ? nt_call_reply(call, &out.base) : nt_fail_memory();
}
