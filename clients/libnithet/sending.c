/* Sending: in one call or chunk by chunk, and going on after a cut. */
#include "submission.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COMMIT_TIMEOUT_MS = 600000, RESUME_LINE = 256 };

/* How far it came, on disk: `nithet-resume-v1 DIGEST KEY DRAFT`. The key is that of the Submit or the commit, so that
 * what was acknowledged and not heard of is not done again. DRAFT 0 is none. */
typedef struct progress_state {
    const char *path;
    uint8_t digest[NT_DIGEST_SIZE]; /* of statement and figures */
    char key[27];
    uint64_t draft_id;
} progress_state;

static int write_state(const progress_state *p) {
    if (!p->path)
        return 1;
    char hex[2 * NT_DIGEST_SIZE + 1], line[RESUME_LINE], aside[4096];
    nt_hex(p->digest, NT_DIGEST_SIZE, hex);
    int n = snprintf(line, sizeof line, "nithet-resume-v1 %s %s %llu\n", hex, p->key, (unsigned long long)p->draft_id);
    if (snprintf(aside, sizeof aside, "%s.new", p->path) >= (int)sizeof aside)
        return 0;
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int ok = fd >= 0 && write(fd, line, (size_t)n) == n && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok && rename(aside, p->path) == 0;
}

static void read_state(progress_state *p) {
    char line[RESUME_LINE] = "", hex[2 * NT_DIGEST_SIZE + 2] = "", key[28] = "";
    uint8_t digest[NT_DIGEST_SIZE];
    unsigned long long draft = 0;
    FILE *f = p->path ? fopen(p->path, "re") : NULL;
    int good = f && fgets(line, sizeof line, f) &&
               sscanf(line, "nithet-resume-v1 %65s %27s %llu", hex, key, &draft) == 3 &&
               nt_unhex(hex, digest, sizeof digest) && memcmp(digest, p->digest, sizeof digest) == 0 &&
               nt_ulid_valid(nt_bytes_text(key));
    if (f)
        fclose(f);
    if (good) {
        memcpy(p->key, key, sizeof p->key);
        p->draft_id = draft;
    } else {
        nt_ulid_new(p->key);
    }
}

typedef struct sending {
    nithet_client *client;
    nithet_submission *s;
    const nithet_send_options *options;
    nt_arena *arena;       /* for the whole */
    nt_arena *chunk_arena; /* for one chunk */
    nithet_server_info info;
    uint32_t *order;
    size_t chunk_size, chunk_count;
    uint8_t (*digests)[NT_DIGEST_SIZE];
    uint8_t content[NT_DIGEST_SIZE];
    progress_state state;
} sending;

static void report(const sending *k, size_t sent) {
    if (k->options->progress)
        k->options->progress(k->options->context, sent, k->s->count);
}

static size_t chunk_length(const sending *k, size_t chunk) {
    size_t begin = chunk * k->chunk_size;
    return k->s->count - begin < k->chunk_size ? k->s->count - begin : k->chunk_size;
}

/* Order, doubled cells, digests: before anything is sent. */
static nithet_code prepare(sending *k, nithet_error **error) {
    nithet_submission *s = k->s;
    nt_observations all = nithet_submission_all(s);
    nithet_code code = nithet_submission_order(k->arena, s, &k->order, error);
    if (code != NITHET_OK)
        return code;
    size_t most = s->count <= k->info.max_observations_per_submit ? k->info.max_observations_per_submit
                                                                  : k->info.max_observations_per_chunk;
    k->chunk_size = most ? most : 1;
    k->chunk_count = (s->count + k->chunk_size - 1) / k->chunk_size;
    k->digests = nt_arena_alloc(k->arena, k->chunk_count * sizeof *k->digests);
    nt_content_digest *content = nt_content_digest_new(k->arena);
    if (!k->digests || !content)
        return nithet_fail_memory(error);
    for (size_t i = 0; i < k->chunk_count; i++) {
        nt_observations chunk = all;
        chunk.count = chunk_length(k, i);
        nt_observations_digest(&chunk, k->order + i * k->chunk_size, k->digests[i]);
        nt_content_digest_add(content, chunk.count, k->digests[i]);
    }
    nt_content_digest_end(content, k->content);
    /* What the resume file is about: the figures and what is said of them. */
    char *text = nt_arena_printf(k->arena, "%s\n%s\n%s\n%s\n", s->form, s->org, s->period, s->reason);
    uint8_t both[2 * NT_DIGEST_SIZE];
    if (!text)
        return nithet_fail_memory(error);
    nt_proof_digest(nt_bytes_text(text), both);
    memcpy(both + NT_DIGEST_SIZE, k->content, NT_DIGEST_SIZE);
    nt_proof_digest(nt_bytes_of(both, sizeof both), k->state.digest);
    k->state.path = k->options->resume_file;
    read_state(&k->state);
    return NITHET_OK;
}

static nithet_code remember(sending *k, nithet_error **error) {
    if (write_state(&k->state))
        return NITHET_OK;
    return nithet_fail(error, NITHET_FAILED_PRECONDITION,
                       "%s: cannot be written (%s), so nothing was sent: choose another place for it",
                       "%s: เขียนไม่ได้ (%s) จึงยังไม่ได้ส่ง ให้เลือกที่เก็บอื่น", k->state.path, strerror(errno));
}

static nithet_receipt *finish(sending *k, nithet_code code, const Nithet__V1__Receipt *r, nithet_error **error) {
    if (code != NITHET_OK)
        return NULL;
    nithet_receipt *receipt = r ? nithet_receipt_copy(r) : NULL;
    if (!receipt || !nithet_receipt_verify(receipt, k->info.service_key)) {
        nithet_receipt_free(receipt);
        nithet_fail(error, NITHET_DATA_LOSS, "the receipt is not signed by the service", "ใบรับไม่ได้ลงนามโดยบริการ");
        return NULL;
    }
    if (k->state.path)
        unlink(k->state.path);
    report(k, k->s->count);
    return receipt;
}

static nithet_receipt *send_whole(sending *k, nithet_error **error) {
    part p;
    Nithet__V1__SubmissionStatement statement;
    if (!nithet_part_make(k->arena, k->s, NULL, 0, k->s->count, &p)) {
        nithet_fail_memory(error);
        return NULL;
    }
    if (remember(k, error) != NITHET_OK)
        return NULL;
    nithet_statement_fill(k->s, k->content, &statement);
    Nithet__V1__SubmitRequest request = NITHET__V1__SUBMIT_REQUEST__INIT;
    request.statement = &statement;
    request.observations = &p.set;
    nithet_call_options o = {
        .flags = NITHET_CALL_SIGNED, .idempotency_key = k->state.key, .timeout_ms = k->options->timeout_ms};
    ProtobufCMessage *message = NULL;
    nithet_code code = nithet_call_message(k->client, k->arena, "nithet.v1.SubmissionService/Submit", &request.base, &o,
                                           &nithet__v1__submit_response__descriptor, &message, NULL, error);
    const Nithet__V1__SubmitResponse *r = (const void *)message;
    return finish(k, code, r ? r->receipt : NULL, error);
}

/* The chunks that the service has already, as it was left. */
static nithet_code known_chunks(sending *k, uint8_t *known, nithet_error **error) {
    if (!k->state.draft_id)
        return NITHET_OK;
    Nithet__V1__GetDraftRequest request = NITHET__V1__GET_DRAFT_REQUEST__INIT;
    request.draft_id = k->state.draft_id;
    nithet_call_options o = {.flags = NITHET_CALL_READ};
    ProtobufCMessage *message = NULL;
    nithet_error *why = NULL;
    nithet_code code = nithet_call_message(k->client, k->arena, "nithet.v1.SubmissionService/GetDraft", &request.base,
                                           &o, &nithet__v1__get_draft_response__descriptor, &message, NULL, &why);
    if (code == NITHET_NOT_FOUND) { /* committed (then the key knows), or expired: the commit tells */
        nithet_error_free(why);
        return NITHET_NOT_FOUND;
    }
    if (code != NITHET_OK) {
        if (error)
            *error = why;
        else
            nithet_error_free(why);
        return code;
    }
    const Nithet__V1__GetDraftResponse *r = (const void *)message;
    for (size_t i = 0; i < r->n_chunks; i++) {
        const Nithet__V1__DraftChunk *c = r->chunks[i];
        if (c->number < k->chunk_count && c->digest.len == NT_DIGEST_SIZE &&
            memcmp(c->digest.data, k->digests[c->number], NT_DIGEST_SIZE) == 0)
            known[c->number] = 1;
    }
    return NITHET_OK;
}

static nithet_code create_draft(sending *k, nithet_error **error) {
    Nithet__V1__CreateDraftRequest request = NITHET__V1__CREATE_DRAFT_REQUEST__INIT;
    request.form = k->s->form;
    request.org = k->s->org;
    request.period = k->s->period;
    ProtobufCMessage *message = NULL;
    nithet_code code =
        nithet_call_message(k->client, k->arena, "nithet.v1.SubmissionService/CreateDraft", &request.base, NULL,
                            &nithet__v1__create_draft_response__descriptor, &message, NULL, error);
    if (code != NITHET_OK)
        return code;
    k->state.draft_id = ((const Nithet__V1__CreateDraftResponse *)(const void *)message)->draft_id;
    return remember(k, error);
}

/* The service counts figures in the chunk; the caller in the order of adding. */
static nithet_code renumber(sending *k, size_t chunk, nithet_error *why, nithet_error **error) {
    nithet_code code = why->code;
    nt_violations faults;
    nt_violations_init(&faults, k->arena);
    for (size_t i = 0; i < why->violation_count; i++) {
        const nithet_violation *v = &why->violations[i];
        char path[160];
        nithet_path_renumber(v->path, k->order + chunk * k->chunk_size, chunk_length(k, chunk), path, sizeof path);
        nt_violations_copy(&faults, path, v->rule, v->en, v->th, v->warning);
    }
    if (faults.total == 0) {
        if (error)
            *error = why;
        else
            nithet_error_free(why);
        return code;
    }
    faults.total += why->violations_omitted;
    nithet_error_free(why);
    return nithet_fail_status(error, nt_violations_status(&faults));
}

static nithet_code put_chunk(sending *k, size_t chunk, nithet_error **error) {
    part p;
    nt_arena_reset(k->chunk_arena);
    if (!nithet_part_make(k->chunk_arena, k->s, k->order, chunk * k->chunk_size, chunk_length(k, chunk), &p))
        return nithet_fail_memory(error);
    Nithet__V1__PutChunkRequest request = NITHET__V1__PUT_CHUNK_REQUEST__INIT;
    request.draft_id = k->state.draft_id;
    request.number = (uint32_t)chunk;
    request.observations = &p.set;
    request.digest = (ProtobufCBinaryData){NT_DIGEST_SIZE, k->digests[chunk]};
    ProtobufCMessage *message = NULL;
    nithet_error *why = NULL;
    nithet_code code =
        nithet_call_message(k->client, k->chunk_arena, "nithet.v1.SubmissionService/PutChunk", &request.base, NULL,
                            &nithet__v1__put_chunk_response__descriptor, &message, NULL, &why);
    return why ? renumber(k, chunk, why, error) : code;
}

static nithet_receipt *commit(sending *k, nithet_error **error) {
    Nithet__V1__SubmissionStatement statement;
    nithet_statement_fill(k->s, k->content, &statement);
    Nithet__V1__CommitDraftRequest request = NITHET__V1__COMMIT_DRAFT_REQUEST__INIT;
    request.draft_id = k->state.draft_id;
    request.chunks = (uint32_t)k->chunk_count;
    request.statement = &statement;
    nithet_call_options o = {.flags = NITHET_CALL_SIGNED,
                             .idempotency_key = k->state.key,
                             .timeout_ms = k->options->timeout_ms ? k->options->timeout_ms : COMMIT_TIMEOUT_MS};
    ProtobufCMessage *message = NULL;
    nithet_code code =
        nithet_call_message(k->client, k->arena, "nithet.v1.SubmissionService/CommitDraft", &request.base, &o,
                            &nithet__v1__commit_draft_response__descriptor, &message, NULL, error);
    const Nithet__V1__CommitDraftResponse *r = (const void *)message;
    return finish(k, code, r ? r->receipt : NULL, error);
}

static nithet_receipt *send_chunks(sending *k, nithet_error **error) {
    uint8_t *known = NT_NEW_ARRAY(k->arena, uint8_t, k->chunk_count);
    k->chunk_arena = nt_arena_new(NITHET_SEND_ARENA);
    if (!known || !k->chunk_arena) {
        nithet_fail_memory(error);
        return NULL;
    }
    nithet_code code = known_chunks(k, known, error);
    if (code == NITHET_NOT_FOUND) {
        nithet_error *why = NULL;
        nithet_receipt *receipt = commit(k, &why); /* perhaps it was committed, and only the answer was lost */
        if (receipt)
            return receipt;
        code = why ? why->code : NITHET_UNKNOWN;
        if (code != NITHET_NOT_FOUND) {
            if (error)
                *error = why;
            return NULL;
        }
        nithet_error_free(why);
        k->state.draft_id = 0;
        code = NITHET_OK;
    }
    if (code == NITHET_OK && !k->state.draft_id)
        code = create_draft(k, error);
    size_t sent = 0;
    for (size_t i = 0; i < k->chunk_count && code == NITHET_OK; i++) {
        if (!known[i])
            code = put_chunk(k, i, error);
        sent += chunk_length(k, i);
        if (code == NITHET_OK)
            report(k, sent);
    }
    return code == NITHET_OK ? commit(k, error) : NULL;
}

/* Sent again, the very same figures would be refused again. */
static int refused_for_good(nithet_code code) {
    return code == NITHET_INVALID_ARGUMENT || code == NITHET_PERMISSION_DENIED || code == NITHET_FAILED_PRECONDITION ||
           code == NITHET_NOT_FOUND || code == NITHET_OUT_OF_RANGE || code == NITHET_ALREADY_EXISTS;
}

nithet_receipt *nithet_submission_send(nithet_client *client, nithet_submission *s, const nithet_send_options *options,
                                       nithet_error **error) {
    static const nithet_send_options none;
    sending k = {.client = client, .s = s, .options = options ? options : &none};
    if (s->count == 0) {
        nithet_refuse_empty(error);
        return NULL;
    }
    k.arena = nt_arena_new(NITHET_SEND_ARENA);
    nithet_receipt *receipt = NULL;
    nithet_error *why = NULL;
    nithet_code code = k.arena ? nithet_get_server_info(client, &k.info, &why) : nithet_fail_memory(&why);
    if (code == NITHET_OK)
        code = prepare(&k, &why);
    if (code == NITHET_OK)
        receipt = s->count <= k.info.max_observations_per_submit ? send_whole(&k, &why) : send_chunks(&k, &why);
    if (why && k.state.path && refused_for_good(why->code))
        unlink(k.state.path); /* there is nothing to go on with */
    if (why && error)
        *error = why;
    else
        nithet_error_free(why);
    nt_arena_free(k.chunk_arena);
    nt_arena_free(k.arena);
    return receipt;
}
