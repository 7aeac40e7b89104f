/* See audit.h. */
#include "store/audit.h"

static const nt_statement HEADS = {
    .sql = "SELECT chain, position, hash FROM audit_chain WHERE chain = ANY($1::text[]) ORDER BY chain"};
static const nt_statement EVENTS = {
    .sql =
        "SELECT e.position, e.at_us, e.officer, e.method, e.idempotency_key, e.subject, e.payload_digest, e.signature,"
        " e.previous_hash, e.hash, coalesce(r.audience, ''), coalesce(r.sent_at_us, 0), r.key_id, k.public_key"
        " FROM audit_event e LEFT JOIN signed_request r ON r.chain = e.chain AND r.position = e.position"
        " LEFT JOIN officer_key k ON k.key_id = r.key_id"
        " WHERE e.chain = $1 AND e.position > $2 ORDER BY e.position LIMIT $3"};
static const nt_statement SIGNED = {
    .sql =
        "SELECT e.method, r.audience, e.idempotency_key, r.sent_at_us, r.payload, e.signature, r.key_id, k.public_key"
        " FROM signed_request r JOIN audit_event e ON e.chain = r.chain AND e.position = r.position"
        " JOIN officer_key k ON k.key_id = r.key_id WHERE r.chain = $1 AND r.position = $2"};
static const nt_statement ANCHORS = {
    .sql = "SELECT number, at_us, signature FROM audit_anchor WHERE number < $1 ORDER BY number DESC LIMIT $2"};
static const nt_statement ANCHOR_HEADS = {
    .sql = "SELECT number, chain, position, hash FROM audit_anchor_head WHERE number BETWEEN $1 AND $2"
           " ORDER BY number DESC, chain"};
/* Any number will do: "anchor" in ASCII. */
static const nt_statement LOCK_ANCHORS = {.sql = "SELECT pg_advisory_xact_lock(106915476402034)"};
static const nt_statement LATEST_ANCHOR = {
    .sql = "SELECT coalesce(max(number), 0), coalesce(max(at_us), 0), NOT EXISTS (SELECT chain, position FROM "
           "audit_chain EXCEPT"
           "   SELECT chain, position FROM audit_anchor_head WHERE number = (SELECT max(number) FROM audit_anchor))"
           " FROM audit_anchor"};
static const nt_statement ALL_HEADS = {.sql = "SELECT chain, position, hash FROM audit_chain ORDER BY chain"};
static const nt_statement ADD_ANCHOR = {.sql =
                                            "INSERT INTO audit_anchor (number, at_us, signature) VALUES ($1, $2, $3)"};
static const nt_statement ADD_HEAD = {
    .sql = "INSERT INTO audit_anchor_head (number, chain, position, hash) VALUES ($1, $2, $3, $4)"};

static const char *text(nt_arena *arena, const nt_rows *rows, size_t row, int column) {
    const char *copy = nt_arena_strdup(arena, nt_rows_text(rows, row, column));
    return copy ? copy : "";
}

static nt_bytes view(nt_arena *arena, const nt_rows *rows, size_t row, int column) {
    return nt_bytes_text(text(arena, rows, row, column));
}

static nt_status done(nt_arena *arena, nt_status st) {
    return nt_ok(st) && nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

static nt_audit_head *read_heads(nt_arena *arena, const nt_rows *rows, int column, size_t count) {
    nt_audit_head *heads = NT_NEW_ARRAY(arena, nt_audit_head, count + 1);
    for (size_t i = 0; heads && i < count; i++)
        heads[i] = (nt_audit_head){text(arena, rows, i, column), nt_rows_int(rows, i, column + 1),
                                   nt_rows_bytes(arena, rows, i, column + 2)};
    return heads;
}

nt_status nt_store_audit_heads(nt_connection *c, nt_arena *arena, const char *const *chains, size_t chain_count,
                               nt_audit_head **heads, size_t *count) {
    nt_params p = {0};
    nt_param_text(&p, nt_param_texts(arena, chains, chain_count));
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &HEADS, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *heads = read_heads(arena, rows, 0, *count);
    return done(arena, st);
}

nt_status nt_store_audit_events(nt_connection *c, nt_arena *arena, const char *chain, int64_t after, size_t limit,
                                nt_audit_event **events, size_t *count) {
    nt_params p = {0};
    nt_param_text(&p, chain);
    nt_param_int(&p, after);
    nt_param_int(&p, (int64_t)limit);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &EVENTS, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *events = NT_NEW_ARRAY(arena, nt_audit_event, *count + 1);
    for (size_t i = 0; *events && i < *count; i++)
        (*events)[i] = (nt_audit_event){
            .fields = {.chain = nt_bytes_text(chain),
                       .position = (uint64_t)nt_rows_int(rows, i, 0),
                       .at_us = nt_rows_int(rows, i, 1),
                       .officer = view(arena, rows, i, 2),
                       .method = view(arena, rows, i, 3),
                       .idempotency_key = view(arena, rows, i, 4),
                       .subject = view(arena, rows, i, 5),
                       .payload_digest = nt_rows_bytes(arena, rows, i, 6),
                       .signature = nt_rows_bytes(arena, rows, i, 7)},
            .previous_hash = nt_rows_bytes(arena, rows, i, 8),
            .hash = nt_rows_bytes(arena, rows, i, 9),
            .audience = text(arena, rows, i, 10),
            .sent_at_us = nt_rows_int(rows, i, 11),
            .key_id = nt_rows_bytes(arena, rows, i, 12),
            .public_key = nt_rows_bytes(arena, rows, i, 13),
        };
    return done(arena, st);
}

nt_status nt_store_signed_request(nt_connection *c, nt_arena *arena, const char *chain, int64_t position,
                                  nt_signed_request *out) {
    nt_params p = {0};
    nt_param_text(&p, chain);
    nt_param_int(&p, position);
    nt_rows *rows = NULL;
    *out = (nt_signed_request){0};
    nt_status st = nt_connection_query(c, arena, &SIGNED, &p, &rows);
    if (nt_ok(st) && nt_rows_count(rows))
        *out = (nt_signed_request){.method = text(arena, rows, 0, 0),
                                   .audience = text(arena, rows, 0, 1),
                                   .idempotency_key = text(arena, rows, 0, 2),
                                   .sent_at_us = nt_rows_int(rows, 0, 3),
                                   .payload = nt_rows_bytes(arena, rows, 0, 4),
                                   .signature = nt_rows_bytes(arena, rows, 0, 5),
                                   .key_id = nt_rows_bytes(arena, rows, 0, 6),
                                   .public_key = nt_rows_bytes(arena, rows, 0, 7)};
    return done(arena, st);
}

nt_status nt_store_anchors(nt_connection *c, nt_arena *arena, int64_t before, size_t limit, nt_audit_anchor **anchors,
                           size_t *count) {
    nt_params p = {0};
    nt_param_int(&p, before);
    nt_param_int(&p, (int64_t)limit);
    nt_rows *rows = NULL, *heads = NULL;
    nt_status st = nt_connection_query(c, arena, &ANCHORS, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *anchors = NT_NEW_ARRAY(arena, nt_audit_anchor, *count + 1);
    if (!*anchors || *count == 0)
        return *anchors ? st : nt_fail_memory();
    nt_params range = {0};
    nt_param_int(&range, nt_rows_int(rows, *count - 1, 0));
    nt_param_int(&range, nt_rows_int(rows, 0, 0));
    st = nt_connection_query(c, arena, &ANCHOR_HEADS, &range, &heads);
    if (!nt_ok(st))
        return st;
    size_t head_count = nt_rows_count(heads), at = 0;
    const nt_audit_head *all = read_heads(arena, heads, 1, head_count);
    for (size_t i = 0; all && i < *count; i++) {
        nt_audit_anchor *a = &(*anchors)[i];
        *a = (nt_audit_anchor){nt_rows_int(rows, i, 0), nt_rows_int(rows, i, 1), nt_rows_bytes(arena, rows, i, 2),
                               &all[at], 0};
        for (; at < head_count && nt_rows_int(heads, at, 0) == a->number; at++)
            a->head_count++;
    }
    return done(arena, st);
}

static nt_status write_anchor(nt_connection *c, nt_arena *arena, int64_t number, int64_t now_us,
                              const nt_audit_head *heads, size_t count, const uint8_t secret_key[NT_SECRET_KEY_SIZE]) {
    uint8_t digest[NT_DIGEST_SIZE], signature[NT_SIGNATURE_SIZE];
    nt_proof_anchor *proof = nt_proof_anchor_new(arena, (uint64_t)number, now_us);
    if (!proof)
        return nt_fail_memory();
    for (size_t i = 0; i < count; i++)
        nt_proof_anchor_add(proof, nt_bytes_text(heads[i].chain), (uint64_t)heads[i].position, heads[i].hash);
    nt_proof_anchor_end(proof, digest);
    nt_proof_sign(digest, secret_key, signature);
    nt_params p = {0};
    nt_param_int(&p, number);
    nt_param_int(&p, now_us);
    nt_param_bytes(&p, nt_bytes_of(signature, sizeof signature));
    nt_status st = nt_connection_query(c, arena, &ADD_ANCHOR, &p, NULL);
    for (size_t i = 0; i < count && nt_ok(st); i++) {
        nt_params head = {0};
        nt_param_int(&head, number);
        nt_param_text(&head, heads[i].chain);
        nt_param_int(&head, heads[i].position);
        nt_param_bytes(&head, heads[i].hash);
        st = nt_connection_query(c, arena, &ADD_HEAD, &head, NULL);
    }
    return st;
}

nt_status nt_store_anchor_make(nt_connection *c, nt_arena *arena, int64_t now_us, int64_t every_us,
                               const uint8_t secret_key[NT_SECRET_KEY_SIZE], int *made) {
    nt_rows *rows[4] = {0};
    nt_command commands[] = {{&NT_BEGIN, NULL}, {&LOCK_ANCHORS, NULL}, {&LATEST_ANCHOR, NULL}, {&ALL_HEADS, NULL}};
    *made = 0;
    nt_status st = nt_connection_run(c, arena, commands, 4, rows);
    if (!nt_ok(st))
        return st;
    int unchanged = nt_rows_bool(rows[2], 0, 2), fresh = nt_rows_int(rows[2], 0, 1) > now_us - every_us;
    size_t count = nt_rows_count(rows[3]);
    if (!unchanged && !fresh && count) {
        const nt_audit_head *heads = read_heads(arena, rows[3], 0, count);
        st = heads ? write_anchor(c, arena, nt_rows_int(rows[2], 0, 0) + 1, now_us, heads, count, secret_key)
                   : nt_fail_memory();
        if (nt_ok(st))
            st = nt_connection_query(c, arena, &NT_COMMIT, NULL, NULL);
        *made = nt_ok(st);
    }
    nt_connection_rollback(c, arena);
    return st;
}
