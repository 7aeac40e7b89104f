/* One request and its reply, without the socket: every check in its order, the handler, the reply's bytes. */
#ifndef NT_RPC_EXCHANGE_H
#define NT_RPC_EXCHANGE_H

#include "rpc/envelope.h"
#include "rpc/rate.h"
#include "rpc/server.h"

/* What all exchanges of a server share. Borrows. */
typedef struct nt_exchange_setup {
    const nt_server_settings *settings;
    const nt_server_hooks *hooks;
    const nt_methods *methods;
    nt_metrics *metrics;
    nt_session_cache *sessions;
    nt_rate *rate;
    uint8_t session_id_key[32];
    uint8_t cursor_key[32];
} nt_exchange_setup;

typedef struct nt_exchange {
    const nt_exchange_setup *setup;
    nt_bytes message; /* stays alive until the reply is made */
    nt_request request;
    const nt_method *method; /* NULL until known */
    int64_t arrived_us;      /* monotonic */
    int64_t received_at_us;  /* wall */
    int64_t deadline_us;     /* monotonic */
    nt_caller caller;
    int has_caller; /* the session is known; its tag is checked in run */
    int verified;   /* the tag was right: replies carry a tag */
    int64_t sql_us;
} nt_exchange;

/* Envelope, method, audience, clock, that the session id is one of ours. No payload is touched. */
nt_status nt_exchange_admit(nt_exchange *x, nt_arena *arena, const nt_exchange_setup *setup, nt_bytes message,
                            int64_t arrived_us);
/* May it run where it arrived? */
int nt_exchange_runs_inline(const nt_exchange *x);
/* The rest: session, tag, signature, payload, access, handler. `worker` may be NULL if it runs inline. */
nt_status nt_exchange_run(nt_exchange *x, nt_arena *arena, void *worker, nt_call *call);
/* Writes the reply (the payload excepted, which follows it directly), counts it and logs it. `call` may be NULL. */
void nt_exchange_finish(nt_exchange *x, nt_status st, const nt_call *call, nt_buffer *head, nt_bytes *payload);

#endif
