/* Transcripts for tags and signatures. See proof.h for what each holds. */
#include "base/proof.h"

#include <sodium.h>

typedef struct transcript {
    crypto_generichash_state state;
} transcript;

static void begin(transcript *t, const uint8_t *key, size_t key_size) {
    crypto_generichash_init(&t->state, key, key_size, NT_DIGEST_SIZE);
}

static void add(transcript *t, nt_bytes field) {
    uint8_t raw[8];
    for (int i = 0; i < 8; i++)
        raw[i] = (uint8_t)((uint64_t)field.size >> (8 * i));
    crypto_generichash_update(&t->state, raw, 8);
    if (field.size)
        crypto_generichash_update(&t->state, field.data, field.size);
}

static void add_number(transcript *t, uint64_t value) {
    uint8_t raw[8];
    for (int i = 0; i < 8; i++)
        raw[i] = (uint8_t)(value >> (8 * i));
    add(t, nt_bytes_of(raw, 8));
}

static void end(transcript *t, uint8_t out[NT_DIGEST_SIZE]) {
    crypto_generichash_final(&t->state, out, NT_DIGEST_SIZE);
}

void nt_proof_key_id(const uint8_t public_key[NT_PUBLIC_KEY_SIZE], uint8_t key_id[NT_KEY_ID_SIZE]) {
    crypto_generichash(key_id, NT_KEY_ID_SIZE, public_key, NT_PUBLIC_KEY_SIZE, NULL, 0);
}

void nt_proof_digest(nt_bytes data, uint8_t digest[NT_DIGEST_SIZE]) {
    crypto_generichash(digest, NT_DIGEST_SIZE, data.data, data.size, NULL, 0);
}

void nt_proof_request_tag(const nt_proof_request *r, const uint8_t key[NT_SESSION_KEY_SIZE], uint8_t tag[NT_TAG_SIZE]) {
    transcript t;
    begin(&t, key, NT_SESSION_KEY_SIZE);
    add(&t, nt_bytes_text("nithet-v1-request"));
    add(&t, r->session_id);
    add(&t, r->audience);
    add(&t, r->method);
    add_number(&t, (uint64_t)r->sent_at_us);
    add_number(&t, r->timeout_ms);
    add(&t, r->idempotency_key);
    add(&t, r->request_id);
    add(&t, r->signature);
    add(&t, r->continuation);
    add(&t, r->payload);
    end(&t, tag);
}

void nt_proof_reply_tag(nt_bytes request_tag, uint32_t code, nt_bytes continuation, nt_bytes details, nt_bytes payload,
                        const uint8_t key[NT_SESSION_KEY_SIZE], uint8_t tag[NT_TAG_SIZE]) {
    transcript t;
    begin(&t, key, NT_SESSION_KEY_SIZE);
    add(&t, nt_bytes_text("nithet-v1-reply"));
    add(&t, request_tag);
    add_number(&t, code);
    add(&t, continuation);
    add(&t, details);
    add(&t, payload);
    end(&t, tag);
}

void nt_proof_commitment_of(const nt_proof_request *r, const uint8_t payload_digest[NT_DIGEST_SIZE],
                            uint8_t digest[NT_DIGEST_SIZE]) {
    transcript t;
    begin(&t, NULL, 0);
    add(&t, nt_bytes_text("nithet-v1-commitment"));
    add(&t, r->audience);
    add(&t, r->method);
    add_number(&t, (uint64_t)nt_proof_signed_at(r));
    add(&t, r->idempotency_key);
    add(&t, nt_bytes_of(payload_digest, NT_DIGEST_SIZE));
    end(&t, digest);
}

void nt_proof_commitment(const nt_proof_request *r, uint8_t digest[NT_DIGEST_SIZE]) {
    uint8_t payload_digest[NT_DIGEST_SIZE];
    nt_proof_digest(r->payload, payload_digest);
    nt_proof_commitment_of(r, payload_digest, digest);
}

void nt_proof_open_session(nt_bytes key_id, nt_bytes client_public, int64_t sent_at_us, nt_bytes audience,
                           uint8_t digest[NT_DIGEST_SIZE]) {
    transcript t;
    begin(&t, NULL, 0);
    add(&t, nt_bytes_text("nithet-v1-open-session"));
    add(&t, key_id);
    add(&t, client_public);
    add_number(&t, (uint64_t)sent_at_us);
    add(&t, audience);
    end(&t, digest);
}

void nt_proof_session(nt_bytes officer_signature, nt_bytes session_id, nt_bytes server_public, int64_t expires_at_us,
                      uint8_t digest[NT_DIGEST_SIZE]) {
    transcript t;
    begin(&t, NULL, 0);
    add(&t, nt_bytes_text("nithet-v1-session"));
    add(&t, officer_signature);
    add(&t, session_id);
    add(&t, server_public);
    add_number(&t, (uint64_t)expires_at_us);
    end(&t, digest);
}

int nt_proof_session_key(const uint8_t own_secret[32], const uint8_t other_public[32],
                         const uint8_t session_digest[NT_DIGEST_SIZE], uint8_t key[NT_SESSION_KEY_SIZE]) {
    uint8_t shared[crypto_scalarmult_BYTES];
    if (crypto_scalarmult(shared, own_secret, other_public) != 0)
        return 0;
    transcript t;
    begin(&t, shared, sizeof shared);
    add(&t, nt_bytes_text("nithet-v1-session-key"));
    add(&t, nt_bytes_of(session_digest, NT_DIGEST_SIZE));
    end(&t, key);
    sodium_memzero(shared, sizeof shared);
    return 1;
}

void nt_proof_receipt(const nt_proof_receipt_fields *f, uint8_t digest[NT_DIGEST_SIZE]) {
    transcript t;
    begin(&t, NULL, 0);
    add(&t, nt_bytes_text("nithet-v1-receipt"));
    add_number(&t, f->submission_id);
    add(&t, f->form);
    add(&t, f->org);
    add(&t, f->period);
    add(&t, f->reason);
    add_number(&t, f->observations);
    add(&t, f->content_digest);
    add_number(&t, f->revision);
    add_number(&t, (uint64_t)f->received_at_us);
    add(&t, f->officer);
    add(&t, f->key_id);
    add_number(&t, f->audit_position);
    add(&t, f->audit_hash);
    end(&t, digest);
}

void nt_proof_audit(nt_bytes previous_hash, const nt_proof_audit_fields *f, uint8_t hash[NT_DIGEST_SIZE]) {
    transcript t;
    begin(&t, NULL, 0);
    add(&t, nt_bytes_text("nithet-v1-audit"));
    add(&t, previous_hash);
    add(&t, f->chain);
    add_number(&t, f->position);
    add_number(&t, (uint64_t)f->at_us);
    add(&t, f->officer);
    add(&t, f->method);
    add(&t, f->idempotency_key);
    add(&t, f->subject);
    add(&t, f->payload_digest);
    add(&t, f->signature);
    end(&t, hash);
}

struct nt_proof_anchor {
    _Alignas(64) transcript t;
};

nt_proof_anchor *nt_proof_anchor_new(nt_arena *arena, uint64_t number, int64_t at_us) {
    uint8_t *raw = nt_arena_alloc(arena, sizeof(nt_proof_anchor) + 64);
    if (!raw)
        return NULL;
    /* The state wants 64-byte alignment, the arena gives 16. */
    nt_proof_anchor *anchor = (nt_proof_anchor *)(void *)(raw + (64 - (uintptr_t)raw % 64));
    begin(&anchor->t, NULL, 0);
    add(&anchor->t, nt_bytes_text("nithet-v1-anchor"));
    add_number(&anchor->t, number);
    add_number(&anchor->t, (uint64_t)at_us);
    return anchor;
}

void nt_proof_anchor_add(nt_proof_anchor *anchor, nt_bytes chain, uint64_t position, nt_bytes hash) {
    add(&anchor->t, chain);
    add_number(&anchor->t, position);
    add(&anchor->t, hash);
}

void nt_proof_anchor_end(nt_proof_anchor *anchor, uint8_t digest[NT_DIGEST_SIZE]) {
    end(&anchor->t, digest);
}

void nt_proof_sign(const uint8_t digest[NT_DIGEST_SIZE], const uint8_t secret_key[NT_SECRET_KEY_SIZE],
                   uint8_t signature[NT_SIGNATURE_SIZE]) {
    crypto_sign_detached(signature, NULL, digest, NT_DIGEST_SIZE, secret_key);
}

int nt_proof_verify(const uint8_t digest[NT_DIGEST_SIZE], const uint8_t public_key[NT_PUBLIC_KEY_SIZE],
                    nt_bytes signature) {
    return signature.size == NT_SIGNATURE_SIZE &&
           crypto_sign_verify_detached(signature.data, digest, NT_DIGEST_SIZE, public_key) == 0;
}

int nt_proof_equal(const uint8_t *expected, size_t size, nt_bytes got) {
    return got.size == size && sodium_memcmp(expected, got.data, size) == 0;
}
