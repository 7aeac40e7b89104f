/* The audit chains, read; and their anchors. Events are written by effect.c. */
#ifndef NT_STORE_AUDIT_H
#define NT_STORE_AUDIT_H

#include "base/proof.h"
#include "store/connection.h"

typedef struct nt_audit_event {
    nt_proof_audit_fields fields;
    nt_bytes previous_hash, hash;
    const char *audience; /* "" where the method was not signed, and so on */
    int64_t sent_at_us;
    nt_bytes key_id, public_key;
} nt_audit_event;

typedef struct nt_audit_head {
    const char *chain;
    int64_t position;
    nt_bytes hash;
} nt_audit_head;

typedef struct nt_audit_anchor {
    int64_t number;
    int64_t at_us;
    nt_bytes signature;
    const nt_audit_head *heads;
    size_t head_count;
} nt_audit_anchor;

typedef struct nt_signed_request {
    const char *method, *audience, *idempotency_key;
    int64_t sent_at_us;
    nt_bytes payload, signature, key_id, public_key;
} nt_signed_request;

nt_status nt_store_audit_heads(nt_connection *c, nt_arena *arena, const char *const *chains, size_t chain_count,
                               nt_audit_head **heads, size_t *count);
nt_status nt_store_audit_events(nt_connection *c, nt_arena *arena, const char *chain, int64_t after, size_t limit,
                                nt_audit_event **events, size_t *count);
/* `method` is NULL if there is none. */
nt_status nt_store_signed_request(nt_connection *c, nt_arena *arena, const char *chain, int64_t position,
                                  nt_signed_request *out);
/* Newest first, numbers below `before`. */
nt_status nt_store_anchors(nt_connection *c, nt_arena *arena, int64_t before, size_t limit, nt_audit_anchor **anchors,
                           size_t *count);
/* Makes an anchor, if something has changed since the last one and that is over `every_us` old. `*made` tells. */
nt_status nt_store_anchor_make(nt_connection *c, nt_arena *arena, int64_t now_us, int64_t every_us,
                               const uint8_t secret_key[NT_SECRET_KEY_SIZE], int *made);

#endif
