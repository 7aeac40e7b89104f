/* See effect.h. */
#include "store/effect.h"

#include "base/clock.h"
#include "base/fault.h"

/* A plan that was made while a table was small reads it from end to end, and is kept: a trigger's took 1.1 ms of each
 * submission after 6,000 of them. All that is written is found by an index. */
static const nt_statement BY_INDEX = {.sql = "SET LOCAL enable_seqscan = off"};
static const nt_statement ENSURE_CHAIN = {
    .sql = "INSERT INTO audit_chain (chain, position, hash) VALUES ($1, 0, decode(repeat('00', 32), 'hex'))"
           " ON CONFLICT DO NOTHING"};
/* The lock comes first: whoever else has this key is either done by then, or will wait. */
static const nt_statement LOCK_CHAIN = {.sql = "SELECT position, hash FROM audit_chain WHERE chain = $1 FOR UPDATE"};
static const nt_statement FIND_KEY = {.sql =
                                          "SELECT method, digest, reply, officer_id FROM idempotency WHERE key = $1"};
static const nt_statement ADD_EVENT = {
    .sql = "INSERT INTO audit_event (chain, position, at_us, officer, method, idempotency_key, subject, payload_digest,"
           " signature, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"};
static const nt_statement MOVE_HEAD = {.sql = "UPDATE audit_chain SET position = $2, hash = $3 WHERE chain = $1"};
static const nt_statement ADD_SIGNED = {
    .sql = "INSERT INTO signed_request (chain, position, audience, sent_at_us, key_id, payload)"
           " VALUES ($1, $2, $3, $4, $5, $6)"};
static const nt_statement ADD_KEY = {
    .sql = "INSERT INTO idempotency (key, officer_id, method, digest, reply, at_us) VALUES ($1, $2, $3, $4, $5, $6)"};

/* What makes two requests the same: the method and the payload. Times and signatures differ between retries. */
static void request_digest(nt_effect *e) {
    nt_proof_request same = {.method = nt_bytes_text(e->method), .payload = e->payload};
    nt_proof_commitment(&same, e->digest);
    nt_proof_digest(e->payload, e->payload_digest);
}

static nt_status judge_key(nt_arena *arena, nt_effect *e, const nt_rows *found) {
    if (nt_rows_count(found) == 0)
        return nt_success();
    nt_bytes digest = nt_rows_bytes(arena, found, 0, 1);
    if (!nt_bytes_equal(digest, nt_bytes_of(e->digest, sizeof e->digest)) || nt_rows_int(found, 0, 3) != e->officer_id)
        return nt_fail(
            arena, NT_ALREADY_EXISTS,
            "the idempotency key %s was used before, for another request (%s): a new request needs a new key",
            "idempotency key %s ถูกใช้กับคำขออื่นแล้ว (%s) คำขอใหม่ต้องใช้ key ใหม่", e->key, nt_rows_text(found, 0, 0));
    e->replayed = 1;
    e->reply = nt_rows_bytes(arena, found, 0, 2);
    return nt_arena_exhausted(arena) ? nt_fail_memory() : nt_success();
}

nt_status nt_effect_begin(nt_connection *c, nt_arena *arena, nt_effect *e) {
    request_digest(e);
    e->replayed = 0;
    nt_params chain = {0}, key = {0};
    nt_param_text(&chain, e->chain);
    nt_param_text(&key, e->key);
    nt_rows *rows[5] = {0};
    const nt_command known[] = {{&NT_BEGIN, NULL}, {&BY_INDEX, NULL}, {&LOCK_CHAIN, &chain}, {&FIND_KEY, &key}};
    const nt_command fresh[] = {{&ENSURE_CHAIN, &chain}, {&LOCK_CHAIN, &chain}, {&FIND_KEY, &key}};
    nt_rows **locked = &rows[2];
    nt_status st = nt_connection_run(c, arena, known, 4, rows);
    if (nt_ok(st) && nt_rows_count(*locked) == 0) {
        memset(rows, 0, sizeof rows);
        locked = &rows[1];
        st = nt_connection_run(c, arena, fresh, 3, rows);
    }
    if (nt_ok(st))
        st = judge_key(arena, e, locked[1]);
    if (!nt_ok(st) || e->replayed) {
        nt_effect_abandon(c, arena);
        return st;
    }
    e->position = nt_rows_int(*locked, 0, 0) + 1;
    nt_bytes hash = nt_rows_bytes(arena, *locked, 0, 1);
    if (hash.size != NT_DIGEST_SIZE)
        return nt_fail_memory();
    memcpy(e->previous_hash, hash.data, NT_DIGEST_SIZE);
    nt_fault_point("begun");
    return st;
}

void nt_effect_subject(nt_effect *e, const char *subject) {
    e->subject = subject;
    nt_proof_audit_fields fields = {.chain = nt_bytes_text(e->chain),
                                    .position = (uint64_t)e->position,
                                    .at_us = e->at_us,
                                    .officer = nt_bytes_text(e->login),
                                    .method = nt_bytes_text(e->method),
                                    .idempotency_key = nt_bytes_text(e->key),
                                    .subject = nt_bytes_text(subject),
                                    .payload_digest = nt_bytes_of(e->payload_digest, NT_DIGEST_SIZE),
                                    .signature = e->signature};
    nt_proof_audit(nt_bytes_of(e->previous_hash, NT_DIGEST_SIZE), &fields, e->hash);
}

/* Nobody knows whether the commit happened. The chain's lock makes this wait until it is decided. */
static nt_status settle_lost_commit(nt_connection *c, nt_arena *arena, nt_effect *e, nt_status lost) {
    nt_effect again = *e;
    nt_connection_begin_call(c, nt_clock_monotonic_us() + 5 * 1000000);
    nt_status st = nt_effect_begin(c, arena, &again);
    nt_effect_abandon(c, arena);
    return nt_ok(st) && again.replayed ? nt_success() : lost;
}

nt_status nt_effect_commit(nt_connection *c, nt_arena *arena, nt_effect *e, nt_bytes reply, const nt_command *last,
                           size_t last_count) {
    nt_params event = {0}, head = {0}, sign = {0}, key = {0};
    nt_param_text(&event, e->chain);
    nt_param_int(&event, e->position);
    nt_param_int(&event, e->at_us);
    nt_param_text(&event, e->login);
    nt_param_text(&event, e->method);
    nt_param_text(&event, e->key);
    nt_param_text(&event, e->subject);
    nt_param_bytes(&event, nt_bytes_of(e->payload_digest, NT_DIGEST_SIZE));
    nt_param_bytes(&event, e->signature);
    nt_param_bytes(&event, nt_bytes_of(e->previous_hash, NT_DIGEST_SIZE));
    nt_param_bytes(&event, nt_bytes_of(e->hash, NT_DIGEST_SIZE));
    nt_param_text(&head, e->chain);
    nt_param_int(&head, e->position);
    nt_param_bytes(&head, nt_bytes_of(e->hash, NT_DIGEST_SIZE));
    nt_param_text(&sign, e->chain);
    nt_param_int(&sign, e->position);
    nt_param_text(&sign, e->audience);
    nt_param_int(&sign, e->sent_at_us);
    nt_param_bytes(&sign, e->key_id);
    nt_param_bytes(&sign, e->payload);
    nt_param_text(&key, e->key);
    nt_param_int(&key, e->officer_id);
    nt_param_text(&key, e->method);
    nt_param_bytes(&key, nt_bytes_of(e->digest, NT_DIGEST_SIZE));
    nt_param_bytes(&key, reply);
    nt_param_int(&key, e->at_us);
    nt_command commands[20];
    size_t n = 0;
    for (; n < last_count; n++)
        commands[n] = last[n];
    commands[n++] = (nt_command){&ADD_EVENT, &event};
    commands[n++] = (nt_command){&MOVE_HEAD, &head};
    if (e->signature.size)
        commands[n++] = (nt_command){&ADD_SIGNED, &sign};
    commands[n++] = (nt_command){&ADD_KEY, &key};
    commands[n++] = (nt_command){&NT_COMMIT, NULL};
    nt_fault_point("committing");
    nt_status st = nt_connection_run(c, arena, commands, n, NULL);
    nt_fault_point("committed");
    if (!nt_ok(st) && nt_connection_lost(c))
        return settle_lost_commit(c, arena, e, st);
    if (!nt_ok(st))
        nt_effect_abandon(c, arena);
    return st;
}

void nt_effect_abandon(nt_connection *c, nt_arena *arena) {
    nt_connection_rollback(c, arena);
}
