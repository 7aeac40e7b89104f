/* One call, as a handler sees it. Lives from dispatch to reply; everything that the handler makes goes into its arena.
 */
#ifndef NT_RPC_CALL_H
#define NT_RPC_CALL_H

#include "base/proof.h"
#include "base/status.h"
#include "rpc/method.h"

enum { NT_LOGIN_MAX = 64, NT_ORG_CODE_MAX = 32 };

/* Who calls: what OpenSession established. */
typedef struct nt_caller {
    int32_t officer_id;
    unsigned role; /* as Role in identity.proto */
    int32_t org_id;
    char login[NT_LOGIN_MAX + 1];
    char org[NT_ORG_CODE_MAX + 1];
    uint8_t key_id[NT_KEY_ID_SIZE];
    uint8_t public_key[NT_PUBLIC_KEY_SIZE];
    uint8_t session_key[NT_SESSION_KEY_SIZE];
    int64_t expires_at_us;
} nt_caller;

struct nt_call {
    nt_arena *arena;
    const nt_method *method;
    const nt_proof_request *request;
    nt_bytes tag;
    const nt_caller *caller; /* NULL for methods that need no session */
    void *worker;            /* what the worker_start hook gave; NULL for inline methods */
    void *service;           /* what the hooks' context is */
    const void *scope;       /* what the authorize hook found the call to be about */
    int64_t received_at_us;  /* wall clock */
    int64_t deadline_us;     /* monotonic */
    nt_bytes cursor;         /* the state that nt_call_continue kept; empty on the first page */
    nt_bytes reply;          /* the response message, packed */
    nt_bytes next_cursor;
    int64_t sql_us;
};

/* Packs the response message. */
nt_status nt_call_reply(nt_call *call, const ProtobufCMessage *response);

/* There is more: `state` comes back as `cursor` in the next call with the same method, payload and caller. */
void nt_call_continue(nt_call *call, nt_bytes state);

/* DEADLINE_EXCEEDED if the time is over. */
nt_status nt_call_check_deadline(const nt_call *call);

#endif
