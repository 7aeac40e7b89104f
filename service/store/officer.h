/* Officers, their keys, their sessions. */
#ifndef NT_STORE_OFFICER_H
#define NT_STORE_OFFICER_H

#include "base/proof.h"
#include "store/connection.h"

typedef struct nt_officer {
    int32_t id;
    const char *login;
    const char *name;
    unsigned role;
    int32_t org_id;
    const char *org;
} nt_officer;

typedef struct nt_officer_key {
    int32_t officer_id;
    nt_bytes key_id;
    nt_bytes public_key;
    int64_t registered_us;
    int64_t revoked_us; /* 0: not */
} nt_officer_key;

typedef struct nt_session {
    nt_officer officer;
    nt_bytes key_id;
    nt_bytes public_key;
    nt_bytes sealed_key;
    int64_t expires_us;
} nt_session;

/* `officer->login` is NULL if there is none. */
nt_status nt_store_officer_by_login(nt_connection *c, nt_arena *arena, const char *login, nt_officer *officer);
/* UNAUTHENTICATED if it is unknown or revoked. */
nt_status nt_store_key_get(nt_connection *c, nt_arena *arena, nt_bytes key_id, nt_officer *officer,
                           nt_officer_key *key);
/* As above, of revoked keys too; `officer->login` is NULL if there is none. */
nt_status nt_store_key_find(nt_connection *c, nt_arena *arena, nt_bytes key_id, nt_officer *officer,
                            nt_officer_key *key);
nt_status nt_store_officer_add(nt_connection *c, nt_arena *arena, nt_officer *officer, int64_t at_us);
/* ALREADY_EXISTS if somebody has this key. */
nt_status nt_store_key_add(nt_connection *c, nt_arena *arena, const nt_officer_key *key);
/* Revokes it, and ends its sessions. */
nt_status nt_store_key_revoke(nt_connection *c, nt_arena *arena, nt_bytes key_id, const char *reason, int64_t at_us,
                              int64_t *sessions_ended);
/* In order of login, after `after`; keys of all of them, in order of officer. */
nt_status nt_store_officers_list(nt_connection *c, nt_arena *arena, const int32_t *org_ids, size_t org_count,
                                 const char *after, size_t limit, nt_officer **officers, size_t *count,
                                 nt_officer_key **keys, size_t *key_count);

/* UNAUTHENTICATED if client_public was used before. Drops sessions that ended over a day ago. */
nt_status nt_store_session_add(nt_connection *c, nt_arena *arena, nt_bytes id, nt_bytes key_id, nt_bytes sealed_key,
                               nt_bytes client_public, int64_t opened_us, int64_t expires_us);
/* UNAUTHENTICATED if there is none, it has ended, or its key was revoked. */
nt_status nt_store_session_get(nt_connection *c, nt_arena *arena, nt_bytes id, int64_t now_us, nt_session *out);
nt_status nt_store_session_end(nt_connection *c, nt_arena *arena, nt_bytes id, int64_t at_us);

#endif
