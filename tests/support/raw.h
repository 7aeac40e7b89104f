/* The protocol by hand: for what libnithet would never send. */
#ifndef TESTS_RAW_H
#define TESTS_RAW_H

#include "base/bytes.h"
#include "rpc/envelope.h"

#include <nng/nng.h>

typedef struct raw {
    nng_socket socket;
    uint8_t public_key[32], secret_key[64], key_id[16];
    uint8_t session_id[32], session_key[32];
    nng_msg *message; /* of the reply at hand */
    nt_reply reply;
    uint8_t tag[32]; /* of the request sent last */
} raw;

/* Aborts if there is no connection. `key` may be NULL. */
void raw_open(raw *r, const char *endpoint, const char *key);
void raw_close(raw *r);
/* 1 if a reply came within `timeout_ms`; then r->reply is set. */
int raw_exchange(raw *r, nt_bytes request, int timeout_ms);
/* Opens a session with the key. 1 if it was given. */
int raw_session(raw *r);
/* A request with everything right; the caller spoils it before raw_send. */
nt_request raw_request(raw *r, const char *method, nt_bytes payload, const char *key);
enum { RAW_SIGNED = 1 };
/* Tags it (and signs it), and sends it; the reply's code, or -1 without one. */
int raw_send(raw *r, nt_request *request, unsigned flags);
/* The rule of the reply's first violation, or "". */
const char *raw_rule(const raw *r);
/* The reply's message (English). */
const char *raw_message(const raw *r);

#endif
