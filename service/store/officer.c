/* See officer.h. */
#include "store/officer.h"

static const nt_statement BY_LOGIN = {
    .sql = "SELECT o.id, o.login, o.name, o.role, o.org_id, u.code FROM officer o JOIN org_unit u ON u.id = o.org_id"
           " WHERE o.login = $1"};
static const nt_statement BY_KEY = {
    .sql = "SELECT o.id, o.login, o.name, o.role, o.org_id, u.code, k.key_id, k.public_key, k.registered_us,"
           " coalesce(k.revoked_us, 0) FROM officer_key k JOIN officer o ON o.id = k.officer_id"
           " JOIN org_unit u ON u.id = o.org_id WHERE k.key_id = $1"};
static const nt_statement ADD_OFFICER = {
    .sql = "INSERT INTO officer (login, name, role, org_id, created_us) VALUES ($1, $2, $3, $4, $5) RETURNING id"};
static const nt_statement ADD_KEY = {
    .sql = "INSERT INTO officer_key (key_id, officer_id, public_key, registered_us) VALUES ($1, $2, $3, $4)"};
static const nt_statement REVOKE_KEY = {
    .sql = "UPDATE officer_key SET revoked_us = $2, revoked_reason = $3 WHERE key_id = $1 AND revoked_us IS NULL"};
static const nt_statement END_SESSIONS_OF_KEY = {
    .sql = "WITH ended AS (UPDATE session SET ended_us = $2 WHERE key_id = $1 AND ended_us IS NULL AND expires_us > $2"
           " RETURNING 1) SELECT count(*) FROM ended"};
static const nt_statement LIST = {
    .sql = "SELECT o.id, o.login, o.name, o.role, o.org_id, u.code FROM officer o JOIN org_unit u ON u.id = o.org_id"
           " WHERE o.org_id = ANY($1::int[]) AND o.login > $2 ORDER BY o.login LIMIT $3"};
static const nt_statement KEYS_OF = {
    .sql = "SELECT officer_id, key_id, public_key, registered_us, coalesce(revoked_us, 0) FROM officer_key"
           " WHERE officer_id = ANY($1::int[]) ORDER BY officer_id, registered_us"};
static const nt_statement ADD_SESSION = {
    .sql = "INSERT INTO session (id, key_id, sealed_key, client_public, opened_us, expires_us)"
           " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING 1"};
static const nt_statement DROP_OLD_SESSIONS = {
    .sql =
        "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_us < $1 ORDER BY expires_us LIMIT 20)"};
static const nt_statement GET_SESSION = {
    .sql = "SELECT o.id, o.login, o.name, o.role, o.org_id, u.code, s.key_id, k.public_key, s.sealed_key, s.expires_us"
           " FROM session s JOIN officer_key k ON k.key_id = s.key_id JOIN officer o ON o.id = k.officer_id"
           " JOIN org_unit u ON u.id = o.org_id"
           " WHERE s.id = $1 AND s.ended_us IS NULL AND s.expires_us > $2 AND k.revoked_us IS NULL"};
static const nt_statement END_SESSION = {.sql = "UPDATE session SET ended_us = $2 WHERE id = $1 AND ended_us IS NULL"};

static nt_officer read_officer(nt_arena *arena, const nt_rows *rows, size_t row) {
    return (nt_officer){.id = (int32_t)nt_rows_int(rows, row, 0),
                        .login = nt_arena_strdup(arena, nt_rows_text(rows, row, 1)),
                        .name = nt_arena_strdup(arena, nt_rows_text(rows, row, 2)),
                        .role = (unsigned)nt_rows_int(rows, row, 3),
                        .org_id = (int32_t)nt_rows_int(rows, row, 4),
                        .org = nt_arena_strdup(arena, nt_rows_text(rows, row, 5))};
}

static nt_status done(nt_arena *arena, nt_status st) {
    return nt_ok(st) && nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_officer_by_login(nt_connection *c, nt_arena *arena, const char *login, nt_officer *officer) {
    nt_params p = {0};
    nt_param_text(&p, login);
    nt_rows *rows = NULL;
    *officer = (nt_officer){0};
    nt_status st = nt_connection_query(c, arena, &BY_LOGIN, &p, &rows);
    if (nt_ok(st) && nt_rows_count(rows))
        *officer = read_officer(arena, rows, 0);
    return done(arena, st);
}

nt_status nt_store_key_find(nt_connection *c, nt_arena *arena, nt_bytes key_id, nt_officer *officer,
                            nt_officer_key *key) {
    nt_params p = {0};
    nt_param_bytes(&p, key_id);
    nt_rows *rows = NULL;
    *officer = (nt_officer){0};
    *key = (nt_officer_key){0};
    nt_status st = nt_connection_query(c, arena, &BY_KEY, &p, &rows);
    if (!nt_ok(st) || !nt_rows_count(rows))
        return st;
    *officer = read_officer(arena, rows, 0);
    *key = (nt_officer_key){.officer_id = officer->id,
                            .key_id = nt_rows_bytes(arena, rows, 0, 6),
                            .public_key = nt_rows_bytes(arena, rows, 0, 7),
                            .registered_us = nt_rows_int(rows, 0, 8),
                            .revoked_us = nt_rows_int(rows, 0, 9)};
    return done(arena, st);
}

nt_status nt_store_key_get(nt_connection *c, nt_arena *arena, nt_bytes key_id, nt_officer *officer,
                           nt_officer_key *key) {
    nt_status st = nt_store_key_find(c, arena, key_id, officer, key);
    if (nt_ok(st) && (!officer->login || key->revoked_us))
        return nt_fail(arena, NT_UNAUTHENTICATED,
                       "this key is not registered, or was revoked: ask the service's administrator to register yours",
                       "กุญแจนี้ยังไม่ได้ลงทะเบียนหรือถูกเพิกถอนแล้ว ให้ติดต่อผู้ดูแลระบบเพื่อลงทะเบียน");
    return st;
}

nt_status nt_store_officer_add(nt_connection *c, nt_arena *arena, nt_officer *officer, int64_t at_us) {
    nt_params p = {0};
    nt_param_text(&p, officer->login);
    nt_param_text(&p, officer->name);
    nt_param_int(&p, officer->role);
    nt_param_int(&p, officer->org_id);
    nt_param_int(&p, at_us);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &ADD_OFFICER, &p, &rows);
    if (nt_ok(st))
        officer->id = (int32_t)nt_rows_int(rows, 0, 0);
    return st;
}

nt_status nt_store_key_add(nt_connection *c, nt_arena *arena, const nt_officer_key *key) {
    nt_params p = {0};
    nt_param_bytes(&p, key->key_id);
    nt_param_int(&p, key->officer_id);
    nt_param_bytes(&p, key->public_key);
    nt_param_int(&p, key->registered_us);
    return nt_connection_query(c, arena, &ADD_KEY, &p, NULL);
}

nt_status nt_store_key_revoke(nt_connection *c, nt_arena *arena, nt_bytes key_id, const char *reason, int64_t at_us,
                              int64_t *sessions_ended) {
    nt_params revoke = {0}, end = {0};
    nt_param_bytes(&revoke, key_id);
    nt_param_int(&revoke, at_us);
    nt_param_text(&revoke, reason);
    nt_param_bytes(&end, key_id);
    nt_param_int(&end, at_us);
    nt_rows *rows[2] = {0};
    nt_command commands[] = {{&REVOKE_KEY, &revoke}, {&END_SESSIONS_OF_KEY, &end}};
    nt_status st = nt_connection_run(c, arena, commands, 2, rows);
    if (nt_ok(st))
        *sessions_ended = nt_rows_int(rows[1], 0, 0);
    return st;
}

nt_status nt_store_officers_list(nt_connection *c, nt_arena *arena, const int32_t *org_ids, size_t org_count,
                                 const char *after, size_t limit, nt_officer **officers, size_t *count,
                                 nt_officer_key **keys, size_t *key_count) {
    nt_params p = {0};
    nt_param_text(&p, nt_param_ints(arena, org_ids, org_count));
    nt_param_text(&p, after);
    nt_param_int(&p, (int64_t)limit);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &LIST, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *officers = NT_NEW_ARRAY(arena, nt_officer, *count + 1);
    int32_t *ids = NT_NEW_ARRAY(arena, int32_t, *count + 1);
    if (!*officers || !ids)
        return nt_fail_memory();
    for (size_t i = 0; i < *count; i++) {
        (*officers)[i] = read_officer(arena, rows, i);
        ids[i] = (*officers)[i].id;
    }
    nt_params of = {0};
    nt_param_text(&of, nt_param_ints(arena, ids, *count));
    st = nt_connection_query(c, arena, &KEYS_OF, &of, &rows);
    if (!nt_ok(st))
        return st;
    *key_count = nt_rows_count(rows);
    *keys = NT_NEW_ARRAY(arena, nt_officer_key, *key_count + 1);
    for (size_t i = 0; *keys && i < *key_count; i++)
        (*keys)[i] = (nt_officer_key){.officer_id = (int32_t)nt_rows_int(rows, i, 0),
                                      .key_id = nt_rows_bytes(arena, rows, i, 1),
                                      .public_key = nt_rows_bytes(arena, rows, i, 2),
                                      .registered_us = nt_rows_int(rows, i, 3),
                                      .revoked_us = nt_rows_int(rows, i, 4)};
    return done(arena, st);
}

nt_status nt_store_session_add(nt_connection *c, nt_arena *arena, nt_bytes id, nt_bytes key_id, nt_bytes sealed_key,
                               nt_bytes client_public, int64_t opened_us, int64_t expires_us) {
    nt_params add = {0}, old = {0};
    nt_param_bytes(&add, id);
    nt_param_bytes(&add, key_id);
    nt_param_bytes(&add, sealed_key);
    nt_param_bytes(&add, client_public);
    nt_param_int(&add, opened_us);
    nt_param_int(&add, expires_us);
    nt_param_int(&old, opened_us - INT64_C(86400) * 1000000);
    nt_rows *rows[2] = {0};
    nt_command commands[] = {{&ADD_SESSION, &add}, {&DROP_OLD_SESSIONS, &old}};
    nt_status st = nt_connection_run(c, arena, commands, 2, rows);
    if (nt_ok(st) && nt_rows_count(rows[0]) == 0)
        return nt_fail(arena, NT_UNAUTHENTICATED,
                       "this opening of a session was used before: make a new one, with a new client_public",
                       "คำขอเปิดเซสชันนี้ถูกใช้แล้ว ให้สร้างใหม่ด้วย client_public ใหม่");
    return st;
}

nt_status nt_store_session_get(nt_connection *c, nt_arena *arena, nt_bytes id, int64_t now_us, nt_session *out) {
    nt_params p = {0};
    nt_param_bytes(&p, id);
    nt_param_int(&p, now_us);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &GET_SESSION, &p, &rows);
    if (!nt_ok(st))
        return st;
    if (nt_rows_count(rows) == 0)
        return nt_fail(arena, NT_UNAUTHENTICATED, "the session is unknown, has ended or was revoked: open a new one",
                       "ไม่พบเซสชัน หรือเซสชันสิ้นสุดหรือถูกเพิกถอนแล้ว ให้เปิดเซสชันใหม่");
    *out = (nt_session){.officer = read_officer(arena, rows, 0),
                        .key_id = nt_rows_bytes(arena, rows, 0, 6),
                        .public_key = nt_rows_bytes(arena, rows, 0, 7),
                        .sealed_key = nt_rows_bytes(arena, rows, 0, 8),
                        .expires_us = nt_rows_int(rows, 0, 9)};
    return done(arena, st);
}

nt_status nt_store_session_end(nt_connection *c, nt_arena *arena, nt_bytes id, int64_t at_us) {
    nt_params p = {0};
    nt_param_bytes(&p, id);
    nt_param_int(&p, at_us);
    return nt_connection_query(c, arena, &END_SESSION, &p, NULL);
}
