/* See server.h. Checks and handlers are in exchange.c; here are sockets, contexts, queues and threads. */
#include "rpc/server.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "rpc/broken_pipe.h"
#include "rpc/exchange.h"

#include <netdb.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/transport/ws/websocket.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    TLS_LISTENERS_MAX = 32,
    SPARE_SLOTS = 64,
    LINGER_MS = 250,
    INLINE_ARENA = 16 << 20,
    RETRY_MS = 200,
    DRAIN_RETRY_MS = 1000
};

typedef enum slot_state { SLOT_RECEIVING, SLOT_WORKING, SLOT_SENDING } slot_state;

/* A context, and the call that it is busy with. */
typedef struct slot {
    nt_server *server;
    nng_ctx ctx;
    nng_aio *aio;
    slot_state state;
    nng_msg *msg;
    nt_exchange exchange;
    nt_buffer head; /* of the reply; kept for the next */
    struct slot *next;
} slot;

typedef struct pool {
    nt_server *server;
    int writes;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    slot *first, *last;
    unsigned length, most;
    int stopping;
    pthread_t *threads;
    unsigned thread_count;
} pool;

struct nt_server {
    const nt_server_settings *settings;
    nt_exchange_setup setup;
    nng_socket socket;
    int open;
    nng_listener tls_listeners[TLS_LISTENERS_MAX];
    size_t tls_listener_count;
    slot *slots;
    size_t slot_count;
    pool pools[2]; /* reads, writes */
    pthread_key_t inline_arena;
    atomic_int draining;
    atomic_uint connections;
    pthread_mutex_t idle_lock;
    pthread_cond_t idle;
    unsigned busy; /* calls between arrival and sent reply */
};

static void free_arena(void *arena) {
    nt_arena_free(arena);
}

nt_server *nt_server_new(const nt_server_settings *settings, const nt_server_hooks *hooks, const nt_methods *methods,
                         nt_metrics *metrics, nt_session_cache *sessions, const uint8_t service_key[32]) {
    nt_server *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->settings = settings;
    s->setup = (nt_exchange_setup){
        .settings = settings, .hooks = hooks, .methods = methods, .metrics = metrics, .sessions = sessions};
    s->setup.rate = nt_rate_new(settings->calls_per_second);
    if (!s->setup.rate) {
        free(s);
        return NULL;
    }
    nt_session_id_key(service_key, s->setup.session_id_key);
    crypto_kdf_derive_from_key(s->setup.cursor_key, 32, 2, "nt-curs ", service_key);
    pthread_mutex_init(&s->idle_lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->idle, &attr);
    pthread_condattr_destroy(&attr);
    pthread_key_create(&s->inline_arena, free_arena);
    return s;
}

static void busy_begin(nt_server *s) {
    pthread_mutex_lock(&s->idle_lock);
    s->busy++;
    pthread_mutex_unlock(&s->idle_lock);
}

static void busy_end(nt_server *s) {
    pthread_mutex_lock(&s->idle_lock);
    if (--s->busy == 0)
        pthread_cond_broadcast(&s->idle);
    pthread_mutex_unlock(&s->idle_lock);
}

static void receive_next(slot *sl) {
    sl->state = SLOT_RECEIVING;
    nng_ctx_recv(sl->ctx, sl->aio);
}

static void send_reply(slot *sl, nt_status st, const nt_call *call) {
    nt_buffer *head = &sl->head;
    head->size = 0;
    head->failed = 0;
    nt_bytes payload;
    nt_exchange_finish(&sl->exchange, st, call, head, &payload);
    nng_msg *reply = NULL;
    if (head->failed || nng_msg_alloc(&reply, head->size + payload.size) != 0) {
        nng_msg_free(sl->msg);
        sl->msg = NULL;
        busy_end(sl->server);
        receive_next(sl);
        return;
    }
    uint8_t *body = nng_msg_body(reply);
    memcpy(body, head->data, head->size);
    if (payload.size)
        memcpy(body + head->size, payload.data, payload.size);
    if (head->capacity > 64 * 1024)
        nt_buffer_free(head);
    nng_msg_free(sl->msg);
    sl->msg = NULL;
    if (sl->exchange.method && (sl->exchange.method->entry->flags & NT_METHOD_SIGNED))
        nt_fault_point("replying");
    sl->state = SLOT_SENDING;
    nng_aio_set_msg(sl->aio, reply);
    nng_ctx_send(sl->ctx, sl->aio);
}

static int enqueue(pool *p, slot *sl) {
    pthread_mutex_lock(&p->lock);
    int room = p->length < p->most && !p->stopping;
    if (room) {
        sl->next = NULL;
        if (p->last)
            p->last->next = sl;
        else
            p->first = sl;
        p->last = sl;
        p->length++;
        pthread_cond_signal(&p->wake);
    }
    pthread_mutex_unlock(&p->lock);
    if (room)
        nt_metrics_queue(p->server->setup.metrics, p->writes, 1);
    return room;
}

static nt_arena *arena_of_this_thread(nt_server *s) {
    nt_arena *arena = pthread_getspecific(s->inline_arena);
    if (!arena && (arena = nt_arena_new(INLINE_ARENA)))
        pthread_setspecific(s->inline_arena, arena);
    return arena;
}

static void on_message(slot *sl, int64_t arrived_us) {
    nt_server *s = sl->server;
    nt_arena *arena = arena_of_this_thread(s);
    busy_begin(s);
    if (!arena) {
        nng_msg_free(sl->msg);
        busy_end(s);
        receive_next(sl);
        return;
    }
    nt_arena_reset(arena);
    nt_call call;
    nt_status st = nt_exchange_admit(&sl->exchange, arena, &s->setup,
                                     nt_bytes_of(nng_msg_body(sl->msg), nng_msg_len(sl->msg)), arrived_us);
    if (nt_ok(st) && nt_exchange_runs_inline(&sl->exchange)) {
        st = nt_exchange_run(&sl->exchange, arena, NULL, &call);
        send_reply(sl, st, &call);
        return;
    }
    if (nt_ok(st) && atomic_load(&s->draining))
        st = nt_fail_retry(arena, NT_UNAVAILABLE, DRAIN_RETRY_MS,
                           "this daemon is shutting down: ask another, or again soon",
                           "บริการนี้กำลังปิด ให้ใช้เครื่องอื่นหรือลองใหม่ภายหลัง");
    if (nt_ok(st)) {
        sl->state = SLOT_WORKING;
        int writes = (sl->exchange.method->entry->flags & NT_METHOD_WRITES) != 0;
        if (enqueue(&s->pools[writes], sl))
            return; /* from here on it is the worker's */
        st = nt_fail_retry(arena, NT_RESOURCE_EXHAUSTED, RETRY_MS, "the service is busy: ask again in a moment",
                           "บริการมีงานมาก ให้ลองใหม่อีกครั้ง");
    }
    send_reply(sl, st, NULL);
}

static void on_aio(void *arg) {
    slot *sl = arg;
    int rv = nng_aio_result(sl->aio);
    switch (sl->state) {
    case SLOT_RECEIVING:
        if (rv == NNG_ECLOSED || rv == NNG_ECANCELED)
            return;
        if (rv) {
            receive_next(sl);
            return;
        }
        sl->msg = nng_aio_get_msg(sl->aio);
        nng_aio_set_msg(sl->aio, NULL);
        on_message(sl, nt_clock_monotonic_us());
        return;
    case SLOT_SENDING:
        if (rv) /* the peer is gone; what it asked for is done, and its key gives the answer again */
            nng_msg_free(nng_aio_get_msg(sl->aio));
        nng_aio_set_msg(sl->aio, NULL);
        busy_end(sl->server);
        if (rv == NNG_ECLOSED || rv == NNG_ECANCELED)
            return;
        receive_next(sl);
        return;
    case SLOT_WORKING:
    default:
        return;
    }
}

static slot *dequeue(pool *p) {
    pthread_mutex_lock(&p->lock);
    while (!p->first && !p->stopping)
        pthread_cond_wait(&p->wake, &p->lock);
    slot *sl = p->first;
    if (sl) {
        p->first = sl->next;
        if (!p->first)
            p->last = NULL;
        p->length--;
    }
    pthread_mutex_unlock(&p->lock);
    if (sl)
        nt_metrics_queue(p->server->setup.metrics, p->writes, -1);
    return sl;
}

static void *run_worker(void *arg) {
    pool *p = arg;
    const nt_server_hooks *hooks = p->server->setup.hooks;
    void *worker = hooks->worker_start(hooks->context);
    nt_arena *arena = nt_arena_new(p->server->settings->arena_cap);
    slot *sl;
    while ((sl = dequeue(p))) {
        nt_call call;
        nt_status st = arena && worker ? nt_exchange_run(&sl->exchange, arena, worker, &call) : nt_fail_memory();
        send_reply(sl, st, &call);
        if (arena)
            nt_arena_reset(arena);
    }
    nt_arena_free(arena);
    hooks->worker_stop(worker);
    return NULL;
}

static int start_pool(nt_server *s, pool *p, int writes, unsigned threads, unsigned most) {
    *p = (pool){.server = s, .writes = writes, .most = most};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    p->threads = calloc(threads, sizeof *p->threads);
    while (p->threads && p->thread_count < threads &&
           pthread_create(&p->threads[p->thread_count], NULL, run_worker, p) == 0)
        p->thread_count++;
    return p->thread_count == threads;
}

static void stop_pool(pool *p) {
    if (!p->server)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = 1;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->thread_count; i++)
        pthread_join(p->threads[i], NULL);
    free(p->threads);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    p->server = NULL;
}

static void on_pipe(nng_pipe pipe, nng_pipe_ev event, void *arg) {
    nt_server *s = arg;
    if (event == NNG_PIPE_EV_ADD_PRE) {
        if (atomic_fetch_add(&s->connections, 1) >= s->settings->max_connections) {
            static atomic_llong told;
            long long now = nt_clock_monotonic_us();
            long long last = atomic_load(&told);
            if (now - last > 10 * 1000000 && atomic_compare_exchange_strong(&told, &last, now))
                nt_log(NT_LOG_WARN, "a connection was refused: %u are open, which is the most",
                       s->settings->max_connections);
            nng_pipe_close(pipe);
        }
        nt_metrics_connection(s->setup.metrics, 1);
    } else if (event == NNG_PIPE_EV_REM_POST) {
        atomic_fetch_sub(&s->connections, 1);
        nt_metrics_connection(s->setup.metrics, -1);
    }
}

static int make_tls(const nt_tls_files *files, nng_tls_config **out) {
    nng_tls_config *cfg = NULL;
    int rv = nng_tls_config_alloc(&cfg, NNG_TLS_MODE_SERVER);
    if (rv == 0) {
        /* nng wants certificate and key in one file, or as texts. */
        FILE *f;
        char *texts[2] = {NULL, NULL};
        const char *names[2] = {files->certificate, files->key};
        for (int i = 0; i < 2 && rv == 0; i++) {
            size_t n = 0;
            ssize_t got = -1;
            f = names[i] ? fopen(names[i], "r") : NULL;
            if (f) {
                got = getdelim(&texts[i], &n, '\0', f);
                fclose(f);
            }
            if (got <= 0)
                rv = NNG_ENOENT;
        }
        if (rv == 0)
            rv = nng_tls_config_own_cert(cfg, texts[0], texts[1], NULL);
        free(texts[0]);
        free(texts[1]);
    }
    if (rv == 0 && files->client_ca) {
        rv = nng_tls_config_ca_file(cfg, files->client_ca);
        if (rv == 0)
            rv = nng_tls_config_auth_mode(cfg, NNG_TLS_AUTH_MODE_REQUIRED);
    }
    if (rv && cfg)
        nng_tls_config_free(cfg);
    else
        *out = cfg;
    return rv;
}

static int listen_at(nt_server *s, const char *url) {
    nng_listener listener;
    int rv = nng_listener_create(&listener, s->socket, url);
    if (rv)
        return rv;
    if (strncmp(url, "tls+tcp", 7) == 0 || strncmp(url, "wss", 3) == 0) {
        nng_tls_config *cfg = NULL;
        if (!s->settings->tls.certificate)
            return NNG_ENOENT;
        if (s->tls_listener_count < TLS_LISTENERS_MAX)
            s->tls_listeners[s->tls_listener_count++] = listener;
        rv = make_tls(&s->settings->tls, &cfg);
        if (rv == 0) {
            rv = nng_listener_set_ptr(listener, NNG_OPT_TLS_CONFIG, cfg);
            nng_tls_config_free(cfg);
        }
        if (rv)
            return rv;
    }
    if (strncmp(url, "ws", 2) == 0) /* its frames have a limit of their own: 1 MiB unless told */
        nng_listener_set_size(listener, NNG_OPT_WS_RECVMAXFRAME, (size_t)s->settings->max_message_bytes * 2);
    if (strncmp(url, "tcp", 3) == 0 || strncmp(url, "tls", 3) == 0)
        nng_listener_set_bool(listener, NNG_OPT_TCP_KEEPALIVE, true);
    return nng_listener_start(listener, 0);
}

/* nng 1.5.2 prepares the next connection before it comes, with the configuration of that time: one that comes and goes
 * makes room for one with the new. */
static void use_up_the_next(nng_listener listener) {
    char *text = NULL;
    nng_url *url = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all = NULL;
    if (nng_listener_get_string(listener, NNG_OPT_URL, &text) != 0 || nng_url_parse(&url, text) != 0) {
        nng_strfree(text);
        return;
    }
    const char *host = url->u_hostname;
    if (!host || !*host || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "*") == 0)
        host = "127.0.0.1";
    if (getaddrinfo(host, url->u_port, &hints, &all) == 0)
        for (const struct addrinfo *a = all; a; a = a->ai_next) {
            int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
            int there = fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0;
            if (fd >= 0)
                close(fd);
            if (there)
                break;
        }
    if (all)
        freeaddrinfo(all);
    nng_url_free(url);
    nng_strfree(text);
}

int nt_server_reload_tls(nt_server *s, char fault[300]) {
    nng_tls_config *cfg = NULL;
    int rv = s->tls_listener_count ? make_tls(&s->settings->tls, &cfg) : 0;
    for (size_t i = 0; rv == 0 && i < s->tls_listener_count; i++)
        rv = nng_listener_set_ptr(s->tls_listeners[i], NNG_OPT_TLS_CONFIG, cfg);
    for (size_t i = 0; rv == 0 && i < s->tls_listener_count; i++)
        use_up_the_next(s->tls_listeners[i]);
    if (cfg)
        nng_tls_config_free(cfg);
    if (rv)
        snprintf(fault, 300, "%s: %s", s->settings->tls.certificate, nng_strerror(rv));
    return rv == 0;
}

int nt_server_start(nt_server *s, char fault[300]) {
    const nt_server_settings *c = s->settings;
    nt_broken_pipe_is_a_reset();
    int rv = nng_rep0_open(&s->socket);
    if (rv) {
        snprintf(fault, 300, "socket: %s", nng_strerror(rv));
        return 0;
    }
    s->open = 1;
    nng_socket_set_size(s->socket, NNG_OPT_RECVMAXSZ, (size_t)c->max_message_bytes * 2);
    nng_pipe_notify(s->socket, NNG_PIPE_EV_ADD_PRE, on_pipe, s);
    nng_pipe_notify(s->socket, NNG_PIPE_EV_REM_POST, on_pipe, s);
    if (!start_pool(s, &s->pools[0], 0, c->read_workers, c->read_queue) ||
        !start_pool(s, &s->pools[1], 1, c->write_workers, c->write_queue)) {
        snprintf(fault, 300, "cannot start the worker threads");
        return 0;
    }
    /* One context for each call that can be in work or in a queue, and some more that tell the others to wait. */
    s->slot_count = c->read_workers + c->write_workers + c->read_queue + c->write_queue + SPARE_SLOTS;
    s->slots = calloc(s->slot_count, sizeof *s->slots);
    for (size_t i = 0; s->slots && i < s->slot_count; i++) {
        slot *sl = &s->slots[i];
        sl->server = s;
        rv = nng_aio_alloc(&sl->aio, on_aio, sl);
        if (rv == 0)
            rv = nng_ctx_open(&sl->ctx, s->socket);
        if (rv) {
            snprintf(fault, 300, "context: %s", nng_strerror(rv));
            return 0;
        }
    }
    for (const char *const *url = c->urls; *url; url++) {
        rv = listen_at(s, *url);
        if (rv) {
            snprintf(fault, 300, "cannot listen at %.200s: %s", *url, nng_strerror(rv));
            return 0;
        }
    }
    for (size_t i = 0; s->slots && i < s->slot_count; i++)
        receive_next(&s->slots[i]);
    return s->slots != NULL;
}

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

int nt_server_drain(nt_server *s) {
    /* Listeners stay open: closing one closes its connections, and the replies that are still owed with them. */
    atomic_store(&s->draining, 1);
    nt_metrics_serving(s->setup.metrics, 0);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += s->settings->drain_timeout_ms / 1000;
    int rv = 0;
    pthread_mutex_lock(&s->idle_lock);
    while (s->busy && rv == 0)
        rv = pthread_cond_timedwait(&s->idle, &s->idle_lock, &until);
    int done = s->busy == 0;
    pthread_mutex_unlock(&s->idle_lock);
    pause_ms(LINGER_MS); /* nng hands the last reply to the kernel by itself, and does not say when */
    return done;
}

void nt_server_free(nt_server *s) {
    if (!s)
        return;
    stop_pool(&s->pools[0]);
    stop_pool(&s->pools[1]);
    if (s->open)
        nng_close(s->socket);
    for (size_t i = 0; s->slots && i < s->slot_count; i++) {
        if (!s->slots[i].aio)
            continue;
        nng_aio_stop(s->slots[i].aio);
        nng_aio_free(s->slots[i].aio);
        if (s->slots[i].msg)
            nng_msg_free(s->slots[i].msg);
        nt_buffer_free(&s->slots[i].head);
    }
    free(s->slots);
    nt_rate_free(s->setup.rate);
    pthread_cond_destroy(&s->idle);
    pthread_mutex_destroy(&s->idle_lock);
    free(s);
}

void nt_server_end(void) {
    nng_fini();
}
