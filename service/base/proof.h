/* What exactly is tagged and signed. The service and every client must agree on this to the byte.
 *
 * A transcript is a run of fields; each is its length as 8 bytes, little-endian, and then its bytes. A number is a
 * field of 8 bytes, little-endian. The first field names what the transcript is for, so that one kind of proof is never
 * good for another.
 *
 * Primitives (libsodium): BLAKE2b (crypto_generichash), Ed25519 (crypto_sign), X25519 (crypto_scalarmult). */
#ifndef NT_BASE_PROOF_H
#define NT_BASE_PROOF_H

#include "base/arena.h"
#include "base/bytes.h"

enum {
    NT_PUBLIC_KEY_SIZE = 32,
    NT_SECRET_KEY_SIZE = 64, /* Ed25519 seed and public key, as libsodium holds it */
    NT_SIGNATURE_SIZE = 64,
    NT_TAG_SIZE = 32,
    NT_DIGEST_SIZE = 32,
    NT_KEY_ID_SIZE = 16,
    NT_SESSION_KEY_SIZE = 32,
    NT_SESSION_ID_SIZE = 32 /* 16 random bytes and the service's tag over them */
};

/* BLAKE2b-128 of the public key. */
void nt_proof_key_id(const uint8_t public_key[NT_PUBLIC_KEY_SIZE], uint8_t key_id[NT_KEY_ID_SIZE]);

/* BLAKE2b-256. */
void nt_proof_digest(nt_bytes data, uint8_t digest[NT_DIGEST_SIZE]);

/* The parts of a request that its tag covers: all but the tag itself, the metadata and the trace context. */
typedef struct nt_proof_request {
    nt_bytes method;
    nt_bytes payload;
    nt_bytes request_id;
    nt_bytes idempotency_key;
    nt_bytes session_id;
    nt_bytes audience;
    nt_bytes signature;
    nt_bytes continuation;
    int64_t sent_at_us;
    int64_t signed_at_us; /* 0: as sent_at_us */
    uint32_t timeout_ms;
} nt_proof_request;

static inline int64_t nt_proof_signed_at(const nt_proof_request *request) {
    return request->signed_at_us ? request->signed_at_us : request->sent_at_us;
}

/* "nithet-v1-request", session_id, audience, method, sent_at_us, timeout_ms, idempotency_key, request_id, signature,
 * continuation, payload; keyed BLAKE2b-256 by the session's key. */
void nt_proof_request_tag(const nt_proof_request *request, const uint8_t key[NT_SESSION_KEY_SIZE],
                          uint8_t tag[NT_TAG_SIZE]);

/* "nithet-v1-reply", the request's tag, code, continuation, details, payload; keyed likewise. */
void nt_proof_reply_tag(nt_bytes request_tag, uint32_t code, nt_bytes continuation, nt_bytes details, nt_bytes payload,
                        const uint8_t key[NT_SESSION_KEY_SIZE], uint8_t tag[NT_TAG_SIZE]);

/* The officer's own signature: "nithet-v1-commitment", audience, method, signed_at_us (else sent_at_us),
 * idempotency_key, BLAKE2b-256 of the payload. What is signed are the 32 bytes of the transcript's BLAKE2b-256. */
void nt_proof_commitment(const nt_proof_request *request, uint8_t digest[NT_DIGEST_SIZE]);
/* The same, where the payload's digest is known and the payload is not at hand. */
void nt_proof_commitment_of(const nt_proof_request *request, const uint8_t payload_digest[NT_DIGEST_SIZE],
                            uint8_t digest[NT_DIGEST_SIZE]);

/* "nithet-v1-open-session", key_id, client_public, sent_at_us, audience. Signed by the officer. */
void nt_proof_open_session(nt_bytes key_id, nt_bytes client_public, int64_t sent_at_us, nt_bytes audience,
                           uint8_t digest[NT_DIGEST_SIZE]);
/* "nithet-v1-session", the officer's signature, session_id, server_public, expires_at_us. Signed by the service. */
void nt_proof_session(nt_bytes officer_signature, nt_bytes session_id, nt_bytes server_public, int64_t expires_at_us,
                      uint8_t digest[NT_DIGEST_SIZE]);
/* BLAKE2b-256, keyed by the X25519 shared secret, over "nithet-v1-session-key" and the session's digest. 0 for a public
 * key that gives no secret. */
int nt_proof_session_key(const uint8_t own_secret[32], const uint8_t other_public[32],
                         const uint8_t session_digest[NT_DIGEST_SIZE], uint8_t key[NT_SESSION_KEY_SIZE]);

/* What a receipt promises; signed by the service. "nithet-v1-receipt", then the fields in this order. */
typedef struct nt_proof_receipt_fields {
    uint64_t submission_id;
    nt_bytes form;
    nt_bytes org;
    nt_bytes period;
    nt_bytes reason;
    uint64_t observations;
    nt_bytes content_digest;
    uint32_t revision;
    int64_t received_at_us;
    nt_bytes officer;
    nt_bytes key_id;
    uint64_t audit_position;
    nt_bytes audit_hash;
} nt_proof_receipt_fields;
void nt_proof_receipt(const nt_proof_receipt_fields *fields, uint8_t digest[NT_DIGEST_SIZE]);

/* What an audit event says; its hash is this transcript's BLAKE2b-256: "nithet-v1-audit", previous hash, then the
 * fields in this order. The first event of a chain has 32 zero bytes as the previous hash. */
typedef struct nt_proof_audit_fields {
    nt_bytes chain; /* the province's code */
    uint64_t position;
    int64_t at_us;
    nt_bytes officer;
    nt_bytes method;
    nt_bytes idempotency_key;
    nt_bytes subject; /* such as `submission/42` */
    nt_bytes payload_digest;
    nt_bytes signature;
} nt_proof_audit_fields;
void nt_proof_audit(nt_bytes previous_hash, const nt_proof_audit_fields *fields, uint8_t hash[NT_DIGEST_SIZE]);

/* An anchor of all chains: "nithet-v1-anchor", number, at_us, then of each chain in order of code: chain, position,
 * hash. */
typedef struct nt_proof_anchor nt_proof_anchor;
nt_proof_anchor *nt_proof_anchor_new(nt_arena *arena, uint64_t number, int64_t at_us);
void nt_proof_anchor_add(nt_proof_anchor *anchor, nt_bytes chain, uint64_t position, nt_bytes hash);
void nt_proof_anchor_end(nt_proof_anchor *anchor, uint8_t digest[NT_DIGEST_SIZE]);

void nt_proof_sign(const uint8_t digest[NT_DIGEST_SIZE], const uint8_t secret_key[NT_SECRET_KEY_SIZE],
                   uint8_t signature[NT_SIGNATURE_SIZE]);
/* 1 if `signature` is 64 bytes and right. */
int nt_proof_verify(const uint8_t digest[NT_DIGEST_SIZE], const uint8_t public_key[NT_PUBLIC_KEY_SIZE],
                    nt_bytes signature);
/* In constant time. */
int nt_proof_equal(const uint8_t *expected, size_t size, nt_bytes got);

#endif
