/* See link.h. */
#include "link.h"

#include "base/clock.h"

#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/transport/ws/websocket.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    REPLY_MAX = 256 << 20,
    LOST_AFTER_US = 1000 * 1000,
    REDIAL_AFTER_US = 3000 * 1000,
    SLICE_MS = 50,
    RECONNECT_MIN_MS = 50,
    RECONNECT_MAX_MS = 1000
};

/* A context with what it needs to wait; kept for the next call. */
typedef struct line {
    nng_ctx ctx;
    nng_aio *aio;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int done;
    struct line *next;
} line;

struct nithet_link {
    char *url, *ca_file, *client_cert_file;
    nng_socket socket;
    nng_dialer dialer;
    int64_t dialed_us;
    atomic_int pipes;
    atomic_llong down_since_us; /* while pipes is 0 */
    pthread_mutex_t lock;
    line *idle;
};

static void on_done(void *arg) {
    line *l = arg;
    pthread_mutex_lock(&l->lock);
    l->done = 1;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
}

static void on_pipe(nng_pipe pipe, nng_pipe_ev event, void *arg) {
    nithet_link *link = arg;
    (void)pipe;
    if (event == NNG_PIPE_EV_ADD_POST)
        atomic_fetch_add(&link->pipes, 1);
    else if (atomic_fetch_sub(&link->pipes, 1) == 1)
        atomic_store(&link->down_since_us, nt_clock_monotonic_us());
}

static void free_line(line *l) {
    nng_aio_free(l->aio);
    nng_ctx_close(l->ctx);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static void free_link(nithet_link *link) {
    pthread_mutex_destroy(&link->lock);
    free(link->url);
    free(link->ca_file);
    free(link->client_cert_file);
    free(link);
}

static line *take_line(nithet_link *link) {
    pthread_mutex_lock(&link->lock);
    line *l = link->idle;
    if (l)
        link->idle = l->next;
    pthread_mutex_unlock(&link->lock);
    if (l || !(l = calloc(1, sizeof *l)))
        return l;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&l->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (nng_ctx_open(&l->ctx, link->socket) == 0 && nng_aio_alloc(&l->aio, on_done, l) == 0)
        return l;
    free(l);
    return NULL;
}

static void give_line(nithet_link *link, line *l) {
    pthread_mutex_lock(&link->lock);
    l->next = link->idle;
    link->idle = l;
    pthread_mutex_unlock(&link->lock);
}

static int set_tls(nng_dialer dialer, const char *url, const char *ca_file, const char *client_cert_file) {
    nng_tls_config *cfg = NULL;
    nng_url *parts = NULL;
    int rv = nng_tls_config_alloc(&cfg, NNG_TLS_MODE_CLIENT);
    if (rv)
        return rv;
    rv = nng_url_parse(&parts, url);
    if (rv == 0) { /* without it, nng takes any name for the right one */
        rv = nng_tls_config_server_name(cfg, parts->u_hostname);
        nng_url_free(parts);
    }
    if (rv) {
        nng_tls_config_free(cfg);
        return rv;
    }
    rv = ca_file ? nng_tls_config_ca_file(cfg, ca_file) : NNG_ENOENT;
    if (rv == 0)
        rv = nng_tls_config_auth_mode(cfg, NNG_TLS_AUTH_MODE_REQUIRED);
    if (rv == 0 && client_cert_file)
        rv = nng_tls_config_cert_key_file(cfg, client_cert_file, NULL);
    if (rv == 0)
        rv = nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, cfg);
    nng_tls_config_free(cfg);
    return rv;
}

/* A dialer in the place of the one before, if any. */
static int dial(nithet_link *link) {
    int rv = nng_dialer_create(&link->dialer, link->socket, link->url);
    if (rv)
        return rv;
    if (strncmp(link->url, "tls", 3) == 0 || strncmp(link->url, "wss", 3) == 0)
        rv = set_tls(link->dialer, link->url, link->ca_file, link->client_cert_file);
    if (rv == 0 && strncmp(link->url, "ws", 2) == 0)
        nng_dialer_set_size(link->dialer, NNG_OPT_WS_RECVMAXFRAME, REPLY_MAX);
    if (rv)
        return rv;
    nng_dialer_set_ms(link->dialer, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
    nng_dialer_set_ms(link->dialer, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
    return nng_dialer_start(link->dialer, NNG_FLAG_NONBLOCK);
}

/* nng 1.5.2 gives up dialing for good where the service goes away while the two sides greet each other. */
static void dial_anew(nithet_link *link) {
    pthread_mutex_lock(&link->lock);
    int64_t now = nt_clock_monotonic_us();
    if (atomic_load(&link->pipes) <= 0 && now - link->dialed_us > REDIAL_AFTER_US) {
        link->dialed_us = now;
        nng_dialer_close(link->dialer);
        dial(link);
    }
    pthread_mutex_unlock(&link->lock);
}

static char *copy(const char *text) {
    return text ? strdup(text) : NULL;
}

nithet_link *nithet_link_open(const char *url, const char *ca_file, const char *client_cert_file, int *rv) {
    nithet_link *link = calloc(1, sizeof *link);
    *rv = NNG_ENOMEM;
    if (!link)
        return NULL;
    pthread_mutex_init(&link->lock, NULL);
    link->url = strdup(url);
    link->ca_file = copy(ca_file);
    link->client_cert_file = copy(client_cert_file);
    link->dialed_us = nt_clock_monotonic_us();
    atomic_store(&link->down_since_us, link->dialed_us);
    *rv = nng_req0_open(&link->socket);
    if (*rv) {
        free_link(link);
        return NULL;
    }
    nng_socket_set_size(link->socket, NNG_OPT_RECVMAXSZ, REPLY_MAX);
    nng_socket_set_ms(link->socket, NNG_OPT_REQ_RESENDTIME,
                      NNG_DURATION_INFINITE); /* this library re-sends by itself */
    nng_pipe_notify(link->socket, NNG_PIPE_EV_ADD_POST, on_pipe, link);
    nng_pipe_notify(link->socket, NNG_PIPE_EV_REM_POST, on_pipe, link);
    *rv = dial(link);
    if (*rv == 0)
        return link;
    nithet_link_close(link);
    return NULL;
}

void nithet_link_close(nithet_link *link) {
    if (!link)
        return;
    while (link->idle) {
        line *l = link->idle;
        link->idle = l->next;
        free_line(l);
    }
    nng_close(link->socket);
    free_link(link);
}

const char *nithet_link_url(const nithet_link *link) {
    return link->url;
}

/* Until it is done, the time is over, or the connection has been gone for a while. Cancels what is not done. */
static int wait_line(nithet_link *link, line *l, int64_t until_us, int give_up_when_lost) {
    pthread_mutex_lock(&l->lock);
    while (!l->done) {
        int64_t now = nt_clock_monotonic_us();
        int lost = give_up_when_lost && atomic_load(&link->pipes) <= 0 &&
                   now - atomic_load(&link->down_since_us) > LOST_AFTER_US;
        if (now >= until_us || lost)
            break;
        int64_t slice = now + SLICE_MS * 1000 < until_us ? now + SLICE_MS * 1000 : until_us;
        struct timespec ts = {.tv_sec = slice / 1000000, .tv_nsec = slice % 1000000 * 1000};
        pthread_cond_timedwait(&l->wake, &l->lock, &ts);
    }
    int done = l->done;
    pthread_mutex_unlock(&l->lock);
    if (!done)
        nng_aio_cancel(l->aio);
    nng_aio_wait(l->aio);
    return nng_aio_result(l->aio);
}

nithet_link_result nithet_link_exchange(nithet_link *link, nt_bytes request, unsigned connect_ms, int64_t deadline_us,
                                        nng_msg **reply) {
    int64_t connect_until = nt_clock_monotonic_us() + (int64_t)connect_ms * 1000;
    line *l = take_line(link);
    nng_msg *msg = NULL;
    if (!l || nng_msg_alloc(&msg, request.size) != 0) {
        if (l)
            give_line(link, l);
        return NITHET_LINK_NOT_SENT;
    }
    memcpy(nng_msg_body(msg), request.data, request.size);
    l->done = 0;
    nng_aio_set_msg(l->aio, msg);
    nng_ctx_send(l->ctx, l->aio);
    int rv = wait_line(link, l, connect_until < deadline_us ? connect_until : deadline_us, 0);
    if (rv) {
        nng_msg_free(nng_aio_get_msg(l->aio));
        nng_aio_set_msg(l->aio, NULL);
        free_line(l);
        dial_anew(link);
        return nt_clock_monotonic_us() >= deadline_us ? NITHET_LINK_LATE : NITHET_LINK_NOT_SENT;
    }
    l->done = 0;
    nng_ctx_recv(l->ctx, l->aio);
    rv = wait_line(link, l, deadline_us, 1);
    if (rv) {
        free_line(l); /* a late reply must not meet the next call */
        return nt_clock_monotonic_us() >= deadline_us ? NITHET_LINK_LATE : NITHET_LINK_LOST;
    }
    *reply = nng_aio_get_msg(l->aio);
    nng_aio_set_msg(l->aio, NULL);
    give_line(link, l);
    return NITHET_LINK_OK;
}
