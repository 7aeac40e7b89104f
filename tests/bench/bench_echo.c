/* Unary echo: raw nng REQ/REP, and nithet's DiagnosticService/Echo with session, tags, log and metrics; the same
 * sockets, payload and number of calls in flight. Prints calls a second and their ratio.
 *
 *   bench_echo ENDPOINT KEY [CALLERS] [SECONDS] [BYTES]     tests/bench/run starts the daemon and passes these */
#include "raw.h"

#include "base/clock.h"
#include "base/wire.h"

#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CALLERS_MAX = 256, ECHO_CONTEXTS = 64 };

/* The reference's server: gives back what it got. */
typedef struct echo_slot {
    nng_ctx ctx;
    nng_aio *aio;
    int sending;
} echo_slot;

static void on_echo(void *arg) {
    echo_slot *s = arg;
    if (nng_aio_result(s->aio) != 0)
        return;
    if (s->sending) {
        s->sending = 0;
        nng_ctx_recv(s->ctx, s->aio);
    } else {
        nng_msg *msg = nng_aio_get_msg(s->aio);
        s->sending = 1;
        nng_aio_set_msg(s->aio, msg);
        nng_ctx_send(s->ctx, s->aio);
    }
}

/* A caller: one context, one call in flight, again and again. */
typedef struct caller {
    nng_ctx ctx;
    nng_aio *aio;
    int receiving;
    raw *session; /* NULL: the raw reference */
    nt_buffer fixed;
    nt_bytes payload;
    uint8_t tag[32];
} caller;

static atomic_long calls;
static atomic_int stopping, running;

static void send_next(caller *c) {
    nng_msg *msg = NULL;
    nt_buffer request = {0};
    if (c->session) { /* each request is tagged anew, as a client's would be */
        nt_request q = raw_request(c->session, "nithet.v1.DiagnosticService/Echo", c->payload, NULL);
        nt_proof_request_tag(&q.fields, c->session->session_key, c->tag);
        q.tag = nt_bytes_of(c->tag, 32);
        nt_request_write(&request, &q);
    } else {
        nt_buffer_append(&request, c->fixed.data, c->fixed.size);
    }
    if (nng_msg_alloc(&msg, request.size) != 0)
        abort();
    memcpy(nng_msg_body(msg), request.data, request.size);
    nt_buffer_free(&request);
    c->receiving = 0;
    nng_aio_set_msg(c->aio, msg);
    nng_ctx_send(c->ctx, c->aio);
}

static void on_call(void *arg) {
    caller *c = arg;
    if (nng_aio_result(c->aio) != 0) {
        atomic_fetch_sub(&running, 1);
        return;
    }
    if (!c->receiving) {
        c->receiving = 1;
        nng_ctx_recv(c->ctx, c->aio);
        return;
    }
    nng_msg *msg = nng_aio_get_msg(c->aio);
    if (c->session) {
        nt_reply reply;
        uint8_t tag[32];
        if (!nt_reply_parse(nt_bytes_of(nng_msg_body(msg), nng_msg_len(msg)), &reply) || reply.code != NT_OK)
            abort();
        nt_proof_reply_tag(nt_bytes_of(c->tag, 32), NT_OK, reply.continuation, reply.details, reply.payload,
                           c->session->session_key, tag);
        if (!nt_proof_equal(tag, 32, reply.tag))
            abort();
    }
    nng_msg_free(msg);
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    if (atomic_load_explicit(&stopping, memory_order_relaxed))
        atomic_fetch_sub(&running, 1);
    else
        send_next(c);
}

static double measure(const char *url, raw *session, int callers, int seconds, nt_bytes payload) {
    static caller all[CALLERS_MAX];
    nng_socket socket;
    if (nng_req0_open(&socket) != 0 || nng_dial(socket, url, NULL, 0) != 0)
        abort();
    atomic_store(&calls, 0);
    atomic_store(&stopping, 0);
    atomic_store(&running, callers);
    memset(all, 0, sizeof all);
    for (int i = 0; i < callers; i++) {
        caller *c = &all[i];
        c->session = session;
        c->payload = payload;
        nt_buffer_append(&c->fixed, payload.data, payload.size);
        if (nng_ctx_open(&c->ctx, socket) != 0 || nng_aio_alloc(&c->aio, on_call, c) != 0)
            abort();
    }
    int64_t began = nt_clock_monotonic_us();
    for (int i = 0; i < callers; i++)
        send_next(&all[i]);
    nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
    double rate = (double)atomic_load(&calls) * 1e6 / (double)(nt_clock_monotonic_us() - began);
    atomic_store(&stopping, 1);
    for (int i = 0; i < 500 && atomic_load(&running) > 0; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    nng_close(socket);
    for (int i = 0; i < callers; i++) {
        nng_aio_stop(all[i].aio);
        nng_aio_free(all[i].aio);
        nt_buffer_free(&all[i].fixed);
    }
    return rate;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    int callers = argc > 3 ? atoi(argv[3]) : 16, seconds = argc > 4 ? atoi(argv[4]) : 3,
        bytes = argc > 5 ? atoi(argv[5]) : 100;
    if (callers < 1 || callers > CALLERS_MAX || bytes < 1 || bytes > 100000)
        return 2;
    if (argc > 6) { /* the reference's server, in a process of its own like the daemon */
        nng_socket rep;
        static echo_slot slots[ECHO_CONTEXTS];
        if (nng_rep0_open(&rep) != 0 || nng_listen(rep, argv[1], NULL, 0) != 0)
            return 1;
        for (int i = 0; i < ECHO_CONTEXTS; i++) {
            if (nng_ctx_open(&slots[i].ctx, rep) != 0 || nng_aio_alloc(&slots[i].aio, on_echo, &slots[i]) != 0)
                return 1;
            nng_ctx_recv(slots[i].ctx, slots[i].aio);
        }
        nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
        return 0;
    }
    uint8_t *body = malloc((size_t)bytes);
    memset(body, 'x', (size_t)bytes);
    if (strcmp(argv[2], "-") == 0) {
        /* As many bytes as nithet's whole request has: session, tag, method and so on. */
        size_t whole = (size_t)bytes + 200;
        uint8_t *message = calloc(1, whole);
        printf("%.0f\n", measure(argv[1], NULL, callers, seconds, nt_bytes_of(message, whole)));
        free(message);
    } else {
        raw session;
        raw_open(&session, argv[1], argv[2]);
        if (!raw_session(&session))
            return 1;
        nt_buffer payload = {0};
        nt_wire_put_bytes(&payload, 1, nt_bytes_of(body, (size_t)bytes));
        printf("%.0f\n", measure(argv[1], &session, callers, seconds, nt_bytes_of(payload.data, payload.size)));
        nt_buffer_free(&payload);
        raw_close(&session);
    }
    free(body);
    return 0;
}
