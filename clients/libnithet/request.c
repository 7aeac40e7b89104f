/* A signed submission that can wait, in memory and in a file.
 *
 * The file: a line `nithet-request-v1`, 32 bytes of BLAKE2b-256 over the rest, and the rest in protobuf's wire format.
 */
#include "submission.h"

#include "base/clock.h"
#include "base/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char MAGIC[] = "nithet-request-v1\n";
static const char METHOD[] = "nithet.v1.SubmissionService/Submit";
enum { MAGIC_SIZE = sizeof MAGIC - 1, FIGURES_MOST = 5000, FILE_MOST = 64 << 20 };
enum {
    FIELD_PAYLOAD = 1,
    FIELD_KEY = 2,
    FIELD_SIGNED_AT = 3,
    FIELD_AUDIENCE = 4,
    FIELD_SIGNATURE = 5,
    FIELD_LABEL = 6
};

struct nithet_request {
    nt_arena *arena;
    nt_bytes payload;
    char key[27];
    int64_t signed_at_us;
    const char *audience;
    const char *label;
    uint8_t signature[NT_SIGNATURE_SIZE];
    const Nithet__V1__SubmissionStatement *statement;
};

void nithet_request_free(nithet_request *r) {
    if (!r)
        return;
    nt_arena_free(r->arena);
    free(r);
}

static nithet_request *new_request(void) {
    nithet_request *r = calloc(1, sizeof *r);
    if (r && !(r->arena = nt_arena_new(NITHET_SEND_ARENA))) {
        free(r);
        r = NULL;
    }
    return r;
}

/* What the payload says of itself. */
static nithet_code read_statement(nithet_request *r, nithet_error **error) {
    ProtobufCMessage *message = NULL;
    nt_status st = nt_payload_unpack(r->arena, &nithet__v1__submit_request__descriptor, r->payload, &message);
    if (!nt_ok(st))
        return nithet_fail_status(error, st);
    r->statement = ((const Nithet__V1__SubmitRequest *)(const void *)message)->statement;
    return r->statement && r->statement->content_digest.len == NT_DIGEST_SIZE
               ? NITHET_OK
               : nithet_fail(error, NITHET_DATA_LOSS, "the request has no statement", "คำขอไม่มี statement");
}

static nithet_code build(nithet_request *r, nithet_client *client, nithet_submission *s, nithet_error **error) {
    part p;
    uint32_t *order;
    uint8_t digest[NT_DIGEST_SIZE], content[NT_DIGEST_SIZE];
    Nithet__V1__SubmissionStatement statement;
    nithet_code code = nithet_submission_order(r->arena, s, &order, error);
    if (code != NITHET_OK)
        return code;
    nt_observations all = nithet_submission_all(s);
    nt_content_digest *whole = nt_content_digest_new(r->arena);
    if (!whole || !nithet_part_make(r->arena, s, NULL, 0, s->count, &p))
        return nithet_fail_memory(error);
    nt_observations_digest(&all, order, digest);
    nt_content_digest_add(whole, s->count, digest);
    nt_content_digest_end(whole, content);
    nithet_statement_fill(s, content, &statement);
    Nithet__V1__SubmitRequest request = NITHET__V1__SUBMIT_REQUEST__INIT;
    request.statement = &statement;
    request.observations = &p.set;
    nt_status st = nt_payload_pack(r->arena, &request.base, &r->payload);
    if (!nt_ok(st))
        return nithet_fail_status(error, st);
    nt_ulid_new(r->key);
    r->signed_at_us = nt_clock_wall_us();
    nt_proof_request proof = {.method = nt_bytes_text(METHOD),
                              .payload = r->payload,
                              .idempotency_key = nt_bytes_text(r->key),
                              .audience = nt_bytes_text(r->audience),
                              .signed_at_us = r->signed_at_us};
    code = nithet_client_sign(client, &proof, r->signature, error);
    return code == NITHET_OK ? read_statement(r, error) : code;
}

nithet_request *nithet_submission_sign(nithet_client *client, nithet_submission *s, const char *audience,
                                       const char *label, nithet_error **error) {
    if (s->count == 0) {
        nithet_refuse_empty(error);
        return NULL;
    }
    if (s->count > FIGURES_MOST) {
        nithet_fail(error, NITHET_FAILED_PRECONDITION,
                    "%zu figures cannot wait in one request, %d is the most: send them while the service is there",
                    "%zu รายการเก็บรอส่งในคำขอเดียวไม่ได้ (ไม่เกิน %d) ให้ส่งเมื่อติดต่อบริการได้", s->count, FIGURES_MOST);
        return NULL;
    }
    nithet_request *r = new_request();
    if (!r) {
        nithet_fail_memory(error);
        return NULL;
    }
    r->audience = nt_arena_strdup(r->arena, audience);
    r->label = nt_arena_strdup(r->arena, label ? label : "");
    if (!r->audience || !r->label || build(r, client, s, error) != NITHET_OK) {
        nithet_request_free(r);
        return NULL;
    }
    return r;
}

/* On the disk, name and all, when it returns. */
static int write_whole(const char *path, const nt_buffer *b) {
    char aside[4096], folder[4096];
    if (snprintf(aside, sizeof aside, "%s.new", path) >= (int)sizeof aside)
        return 0;
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int ok = fd >= 0;
    for (size_t at = 0; ok && at < b->size;) {
        ssize_t n = write(fd, b->data + at, b->size - at);
        ok = n > 0;
        at += ok ? (size_t)n : 0;
    }
    ok = ok && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    ok = ok && rename(aside, path) == 0;
    snprintf(folder, sizeof folder, "%s", path);
    int dir = ok ? open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    ok = dir >= 0 && fsync(dir) == 0;
    if (dir >= 0)
        close(dir);
    return ok;
}

nithet_code nithet_request_save(const nithet_request *r, const char *path, nithet_error **error) {
    nt_buffer rest = {0}, all = {0};
    uint8_t digest[NT_DIGEST_SIZE];
    nt_wire_put_bytes(&rest, FIELD_PAYLOAD, r->payload);
    nt_wire_put_bytes(&rest, FIELD_KEY, nt_bytes_text(r->key));
    nt_wire_put_fixed64(&rest, FIELD_SIGNED_AT, (uint64_t)r->signed_at_us);
    nt_wire_put_bytes(&rest, FIELD_AUDIENCE, nt_bytes_text(r->audience));
    nt_wire_put_bytes(&rest, FIELD_SIGNATURE, nt_bytes_of(r->signature, sizeof r->signature));
    nt_wire_put_bytes(&rest, FIELD_LABEL, nt_bytes_text(r->label));
    nt_proof_digest(nt_bytes_of(rest.data, rest.size), digest);
    nt_buffer_append(&all, MAGIC, MAGIC_SIZE);
    nt_buffer_append(&all, digest, sizeof digest);
    nt_buffer_append(&all, rest.data, rest.size);
    nithet_code code = NITHET_OK;
    if (rest.failed || all.failed)
        code = nithet_fail_memory(error);
    else if (!write_whole(path, &all))
        code = nithet_fail(error, NITHET_FAILED_PRECONDITION, "%s: cannot be written: %s", "%s: เขียนไม่ได้: %s", path,
                           strerror(errno));
    nt_buffer_free(&rest);
    nt_buffer_free(&all);
    return code;
}

static int parse(nithet_request *r, nt_bytes all) {
    uint8_t digest[NT_DIGEST_SIZE];
    size_t head = MAGIC_SIZE + NT_DIGEST_SIZE;
    if (all.size < head || memcmp(all.data, MAGIC, MAGIC_SIZE) != 0)
        return 0;
    nt_bytes rest = nt_bytes_of(all.data + head, all.size - head);
    nt_proof_digest(rest, digest);
    if (memcmp(digest, all.data + MAGIC_SIZE, sizeof digest) != 0)
        return 0;
    nt_wire_reader reader = nt_wire_read(rest);
    nt_wire_field f;
    int signature = 0;
    while (nt_wire_next(&reader, &f)) {
        if (f.number == FIELD_PAYLOAD)
            r->payload = f.bytes;
        else if (f.number == FIELD_KEY && f.bytes.size == 26)
            memcpy(r->key, f.bytes.data, 26);
        else if (f.number == FIELD_SIGNED_AT)
            r->signed_at_us = (int64_t)f.value;
        else if (f.number == FIELD_AUDIENCE)
            r->audience = nt_arena_strndup(r->arena, (const char *)f.bytes.data, f.bytes.size);
        else if (f.number == FIELD_LABEL)
            r->label = nt_arena_strndup(r->arena, (const char *)f.bytes.data, f.bytes.size);
        else if (f.number == FIELD_SIGNATURE && f.bytes.size == NT_SIGNATURE_SIZE) {
            memcpy(r->signature, f.bytes.data, NT_SIGNATURE_SIZE);
            signature = 1;
        }
    }
    return !reader.broken && signature && r->payload.size && r->audience && nt_ulid_valid(nt_bytes_text(r->key));
}

nithet_request *nithet_request_load(const char *path, nithet_error **error) {
    nithet_request *r = new_request();
    FILE *f = fopen(path, "re");
    uint8_t *all = NULL;
    long size = -1;
    if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 && size <= FILE_MOST && fseek(f, 0, SEEK_SET) == 0)
        all = r ? nt_arena_alloc(r->arena, (size_t)size + 1) : NULL;
    int ok = all && fread(all, 1, (size_t)size, f) == (size_t)size;
    if (f)
        fclose(f);
    nithet_code code = NITHET_OK;
    if (!r)
        code = nithet_fail_memory(error);
    else if (!f)
        code = nithet_fail(error, NITHET_NOT_FOUND, "%s: %s", "%s: %s", path, strerror(errno));
    else if (!ok || !parse(r, nt_bytes_of(all, (size_t)size)))
        code = nithet_fail(error, NITHET_DATA_LOSS, "%s: is no request that was kept, or was changed since",
                           "%s: ไม่ใช่คำขอที่เก็บไว้ หรือถูกแก้ไข", path);
    else
        code = read_statement(r, error);
    if (code == NITHET_OK && !r->label)
        r->label = "";
    if (code == NITHET_OK)
        return r;
    nithet_request_free(r);
    return NULL;
}

void nithet_request_about(const nithet_request *r, nithet_request_info *info) {
    *info = (nithet_request_info){r->statement->form,
                                  r->statement->org,
                                  r->statement->period,
                                  r->statement->reason,
                                  r->statement->observations,
                                  r->signed_at_us,
                                  r->key,
                                  r->label,
                                  {0}};
    memcpy(info->content_digest, r->statement->content_digest.data, NT_DIGEST_SIZE);
}

nithet_receipt *nithet_request_send(nithet_client *client, const nithet_request *r, nithet_error **error) {
    nithet_server_info info;
    nithet_code code = nithet_get_server_info(client, &info, error);
    if (code != NITHET_OK)
        return NULL;
    if (strcmp(info.audience, r->audience) != 0) {
        nithet_fail(error, NITHET_FAILED_PRECONDITION, "the request was signed for \"%s\", and this service is \"%s\"",
                    "คำขอลงนามถึง \"%s\" แต่บริการนี้คือ \"%s\"", r->audience, info.audience);
        return NULL;
    }
    nithet_call_options o = {.flags = NITHET_CALL_SIGNED,
                             .idempotency_key = r->key,
                             .signature = r->signature,
                             .signed_at_us = r->signed_at_us};
    nithet_reply reply = {0};
    code = nithet_call(client, METHOD, r->payload.data, r->payload.size, &o, &reply, error);
    if (code != NITHET_OK)
        return NULL;
    nt_arena *arena = nt_arena_new(16 << 20);
    ProtobufCMessage *message = NULL;
    nithet_receipt *receipt = NULL;
    if (arena && nt_ok(nt_payload_unpack(arena, &nithet__v1__submit_response__descriptor,
                                         nt_bytes_of(reply.payload, reply.payload_size), &message)))
        receipt = nithet_receipt_copy(((const Nithet__V1__SubmitResponse *)(const void *)message)->receipt);
    if (!receipt || !nithet_receipt_verify(receipt, info.service_key)) {
        nithet_receipt_free(receipt);
        receipt = NULL;
        nithet_fail(error, NITHET_DATA_LOSS, "the receipt is not signed by the service", "ใบรับไม่ได้ลงนามโดยบริการ");
    }
    nt_arena_free(arena);
    nithet_reply_clear(&reply);
    return receipt;
}
