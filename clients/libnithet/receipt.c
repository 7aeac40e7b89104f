/* Receipts, and the way of what was submitted. */
#include "submission.h"

#include <stdio.h>
#include <stdlib.h>

nithet_receipt *nithet_receipt_copy(const Nithet__V1__Receipt *r) {
    typedef struct owned_receipt {
        nithet_receipt shown;
        char texts[];
    } owned_receipt;
    const Nithet__V1__SubmissionStatement *st = r->statement;
    if (!st || st->content_digest.len != 32 || r->audit_hash.len != 32 || r->signature.len != 64)
        return NULL;
    const char *in[] = {st->form, st->org, st->period, st->reason, r->officer, r->key_id};
    size_t size = 0;
    for (int i = 0; i < 6; i++)
        size += strlen(in[i]) + 1;
    owned_receipt *o = calloc(1, sizeof *o + size);
    if (!o)
        return NULL;
    char *at = o->texts;
    const char **out[] = {&o->shown.form,   &o->shown.org,     &o->shown.period,
                          &o->shown.reason, &o->shown.officer, &o->shown.key_id};
    for (int i = 0; i < 6; i++) {
        *out[i] = strcpy(at, in[i]);
        at += strlen(in[i]) + 1;
    }
    o->shown.submission_id = r->submission_id;
    o->shown.observations = st->observations;
    o->shown.revision = r->revision;
    o->shown.received_at_us = r->received_at_us;
    o->shown.audit_position = r->audit_position;
    memcpy(o->shown.content_digest, st->content_digest.data, 32);
    memcpy(o->shown.audit_hash, r->audit_hash.data, 32);
    memcpy(o->shown.signature, r->signature.data, 64);
    return &o->shown;
}

void nithet_receipt_free(nithet_receipt *receipt) {
    free(receipt);
}

int nithet_receipt_verify(const nithet_receipt *r, const uint8_t service_key[32]) {
    uint8_t digest[NT_DIGEST_SIZE];
    nt_proof_receipt_fields fields = {.submission_id = r->submission_id,
                                      .form = nt_bytes_text(r->form),
                                      .org = nt_bytes_text(r->org),
                                      .period = nt_bytes_text(r->period),
                                      .reason = nt_bytes_text(r->reason),
                                      .observations = r->observations,
                                      .content_digest = nt_bytes_of(r->content_digest, 32),
                                      .revision = r->revision,
                                      .received_at_us = r->received_at_us,
                                      .officer = nt_bytes_text(r->officer),
                                      .key_id = nt_bytes_text(r->key_id),
                                      .audit_position = r->audit_position,
                                      .audit_hash = nt_bytes_of(r->audit_hash, 32)};
    nt_proof_receipt(&fields, digest);
    return nt_proof_verify(digest, service_key, nt_bytes_of(r->signature, 64));
}

nithet_code nithet_transition(nithet_client *client, uint64_t submission_id, const char *state, const char *comment,
                              nithet_error **error) {
    char name[64];
    snprintf(name, sizeof name, "SUBMISSION_STATE_%.40s", state);
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value_by_name(&nithet__v1__submission_state__descriptor, name);
    if (!value)
        return nithet_fail(error, NITHET_INVALID_ARGUMENT,
                           "\"%.40s\" is no state: ENDORSED, ACCEPTED, PUBLISHED, RETURNED or WITHDRAWN",
                           "\"%.40s\" ไม่ใช่สถานะ ให้ใช้ ENDORSED, ACCEPTED, PUBLISHED, RETURNED หรือ WITHDRAWN", state);
    nt_arena *arena = nt_arena_new(1 << 20);
    if (!arena)
        return nithet_fail_memory(error);
    Nithet__V1__TransitionRequest request = NITHET__V1__TRANSITION_REQUEST__INIT;
    request.submission_id = submission_id;
    request.to = (Nithet__V1__SubmissionState)value->value;
    request.comment = (char *)(uintptr_t)(comment ? comment : "");
    nithet_call_options o = {.flags = NITHET_CALL_SIGNED};
    ProtobufCMessage *message = NULL;
    nithet_code code = nithet_call_message(client, arena, "nithet.v1.SubmissionService/Transition", &request.base, &o,
                                           &nithet__v1__transition_response__descriptor, &message, NULL, error);
    nt_arena_free(arena);
    return code;
}
