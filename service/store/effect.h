/* The transaction of a call that changes something: exactly once, and on record.
 *
 * Begin locks the audit chain, and finds out whether the key was used before. Then the caller makes its changes. Commit
 * writes the audit event, what was signed, the key with the reply, and commits: all of it in one transaction. If the
 * answer to the commit is lost, the key is looked up, and tells. */
#ifndef NT_STORE_EFFECT_H
#define NT_STORE_EFFECT_H

#include "base/proof.h"
#include "store/connection.h"

typedef struct nt_effect {
    /* Filled in by the caller before begin; borrowed. */
    const char *chain; /* `TH-50`: whose chain it goes into */
    const char *method;
    const char *key; /* 26 characters */
    int32_t officer_id;
    const char *login;
    const char *audience;
    int64_t at_us;
    int64_t sent_at_us;
    nt_bytes key_id;
    nt_bytes payload;
    nt_bytes signature; /* empty where the method is not signed */
    /* Filled in by begin. */
    int replayed; /* the key was used before, by the same request: `reply` is what it got; there is no transaction */
    nt_bytes reply;
    uint8_t digest[NT_DIGEST_SIZE];
    uint8_t payload_digest[NT_DIGEST_SIZE];
    uint8_t previous_hash[NT_DIGEST_SIZE];
    int64_t position;
    uint8_t hash[NT_DIGEST_SIZE]; /* by nt_effect_subject */
    const char *subject;
} nt_effect;

/* ALREADY_EXISTS if the key was used for another request. */
nt_status nt_effect_begin(nt_connection *c, nt_arena *arena, nt_effect *e);
/* What the effect is on, such as `submission/42`; makes the audit event's hash. */
void nt_effect_subject(nt_effect *e, const char *subject);
/* After nt_effect_subject. `last` are commands that go in the same round trip, before the rest (at most 12). */
nt_status nt_effect_commit(nt_connection *c, nt_arena *arena, nt_effect *e, nt_bytes reply, const nt_command *last,
                           size_t last_count);
/* Leaves nothing behind. Harmless after a commit or a replay. */
void nt_effect_abandon(nt_connection *c, nt_arena *arena);

#endif
