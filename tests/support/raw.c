/* See raw.h. */
#include "raw.h"

#include "base/clock.h"
#include "base/keyfile.h"
#include "base/wire.h"

#include <nng/protocol/reqrep0/req.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

void raw_open(raw *r, const char *endpoint, const char *key) {
    uint8_t seed[32];
    *r = (raw){0};
    if (sodium_init() < 0 || nng_req0_open(&r->socket) != 0)
        abort();
    nng_socket_set_size(r->socket, NNG_OPT_RECVMAXSZ, 256 << 20);
    nng_socket_set_ms(r->socket, NNG_OPT_SENDTIMEO, 5000);
    if (nng_dial(r->socket, endpoint, NULL, 0) != 0)
        abort();
    if (key) {
        if (nt_keyfile_read(key, NT_KEYFILE_OFFICER, seed) != 0)
            abort();
        crypto_sign_seed_keypair(r->public_key, r->secret_key, seed);
        nt_proof_key_id(r->public_key, r->key_id);
    }
}

void raw_close(raw *r) {
    if (r->message)
        nng_msg_free(r->message);
    nng_close(r->socket);
}

int raw_exchange(raw *r, nt_bytes request, int timeout_ms) {
    nng_msg *msg = NULL;
    if (r->message)
        nng_msg_free(r->message);
    r->message = NULL;
    nng_socket_set_ms(r->socket, NNG_OPT_RECVTIMEO, timeout_ms);
    if (nng_msg_alloc(&msg, 0) != 0 || nng_msg_append(msg, request.data, request.size) != 0)
        abort();
    if (nng_sendmsg(r->socket, msg, 0) != 0) {
        nng_msg_free(msg);
        return 0;
    }
    if (nng_recvmsg(r->socket, &r->message, 0) != 0)
        return 0;
    return nt_reply_parse(nt_bytes_of(nng_msg_body(r->message), nng_msg_len(r->message)), &r->reply);
}

int raw_session(raw *r) {
    uint8_t own_secret[32], own_public[32], digest[32], signature[64];
    randombytes_buf(own_secret, 32);
    crypto_scalarmult_base(own_public, own_secret);
    int64_t now = nt_clock_wall_us();
    nt_proof_open_session(nt_bytes_of(r->key_id, 16), nt_bytes_of(own_public, 32), now, nt_bytes_text("test"), digest);
    nt_proof_sign(digest, r->secret_key, signature);
    nt_buffer payload = {0}, message = {0};
    nt_wire_put_bytes(&payload, 1, nt_bytes_of(r->key_id, 16));
    nt_wire_put_bytes(&payload, 2, nt_bytes_of(own_public, 32));
    nt_wire_put_fixed64(&payload, 3, (uint64_t)now);
    nt_wire_put_bytes(&payload, 4, nt_bytes_text("test"));
    nt_wire_put_bytes(&payload, 5, nt_bytes_of(signature, 64));
    nt_request q = {.fields = {.method = nt_bytes_text("nithet.v1.IdentityService/OpenSession"),
                               .payload = nt_bytes_of(payload.data, payload.size)}};
    nt_request_write(&message, &q);
    int ok = raw_exchange(r, nt_bytes_of(message.data, message.size), 10000) && r->reply.code == NT_OK;
    nt_buffer_free(&payload);
    nt_buffer_free(&message);
    if (!ok)
        return 0;
    nt_bytes id = {0}, server_public = {0};
    int64_t expires = 0;
    nt_wire_reader reader = nt_wire_read(r->reply.payload);
    nt_wire_field f;
    while (nt_wire_next(&reader, &f)) {
        if (f.number == 1)
            id = f.bytes;
        else if (f.number == 2)
            server_public = f.bytes;
        else if (f.number == 3)
            expires = (int64_t)f.value;
    }
    if (id.size != 32 || server_public.size != 32)
        return 0;
    memcpy(r->session_id, id.data, 32);
    nt_proof_session(nt_bytes_of(signature, 64), id, server_public, expires, digest);
    return nt_proof_session_key(own_secret, server_public.data, digest, r->session_key);
}

nt_request raw_request(raw *r, const char *method, nt_bytes payload, const char *key) {
    return (nt_request){.fields = {.method = nt_bytes_text(method),
                                   .payload = payload,
                                   .request_id = nt_bytes_text("raw-1"),
                                   .idempotency_key = key ? nt_bytes_text(key) : (nt_bytes){0},
                                   .session_id = nt_bytes_of(r->session_id, 32),
                                   .audience = nt_bytes_text("test"),
                                   .sent_at_us = nt_clock_wall_us(),
                                   .timeout_ms = 10000}};
}

int raw_send(raw *r, nt_request *q, unsigned flags) {
    uint8_t digest[32], signature[64];
    if (flags & RAW_SIGNED) {
        nt_proof_commitment(&q->fields, digest);
        nt_proof_sign(digest, r->secret_key, signature);
        q->fields.signature = nt_bytes_of(signature, 64);
    }
    nt_proof_request_tag(&q->fields, r->session_key, r->tag);
    if (!q->tag.size)
        q->tag = nt_bytes_of(r->tag, 32);
    nt_buffer message = {0};
    nt_request_write(&message, q);
    int ok = raw_exchange(r, nt_bytes_of(message.data, message.size), 30000);
    nt_buffer_free(&message);
    return ok ? (int)r->reply.code : -1;
}

static const char *copied(nt_bytes b) {
    static char text[1024];
    size_t n = b.size < sizeof text - 1 ? b.size : sizeof text - 1;
    if (n)
        memcpy(text, b.data, n);
    text[n] = '\0';
    return text;
}

const char *raw_rule(const raw *r) {
    nt_wire_reader reader = nt_wire_read(r->reply.details);
    nt_wire_field f, inner;
    while (nt_wire_next(&reader, &f))
        if (f.number == 2 && f.type == NT_WIRE_BYTES) {
            nt_wire_reader violation = nt_wire_read(f.bytes);
            while (nt_wire_next(&violation, &inner))
                if (inner.number == 2)
                    return copied(inner.bytes);
        }
    return "";
}

const char *raw_message(const raw *r) {
    return copied(r->reply.message);
}
