/* The server: nng REP contexts on one side, handlers on the other.
 *
 * A message arrives at a context (no thread a connection). The envelope, the method, the session's tag and the deadline
 * are checked where it arrives; then it runs there (methods that cannot wait) or is queued for the pool of readers or
 * of writers. A full queue is answered at once, with RESOURCE_EXHAUSTED and when to try again. */
#ifndef NT_RPC_SERVER_H
#define NT_RPC_SERVER_H

#include "rpc/call.h"
#include "rpc/metrics.h"
#include "rpc/session_cache.h"

typedef struct nt_tls_files {
    const char *certificate; /* PEM; NULL: no TLS */
    const char *key;
    const char *client_ca; /* NULL: client certificates are not asked for */
} nt_tls_files;

typedef struct nt_server_settings {
    const char *audience;
    const char *const *urls; /* ends with NULL */
    nt_tls_files tls;
    unsigned read_workers, write_workers;
    unsigned read_queue, write_queue;
    unsigned max_connections;
    unsigned calls_per_second; /* by key; 0: no limit */
    uint32_t max_message_bytes;
    uint32_t default_timeout_ms;
    uint32_t max_timeout_ms;
    uint32_t clock_skew_ms;
    unsigned drain_timeout_ms;
    size_t arena_cap; /* bytes a request may use */
} nt_server_settings;

/* What the layers above give. All are called on worker threads. */
typedef struct nt_server_hooks {
    void *context; /* becomes nt_call.service */
    void *(*worker_start)(void *context);
    void (*worker_stop)(void *worker);
    /* Around each call that runs on a worker: before the session is looked up, and after the handler. */
    void (*call_begin)(void *worker, int64_t deadline_us);
    void (*call_end)(nt_call *call);
    /* UNAUTHENTICATED if there is no such session. */
    nt_status (*load_session)(void *worker, nt_arena *arena, int64_t deadline_us, const uint8_t id[NT_SESSION_ID_SIZE],
                              nt_caller *out);
    /* May this caller do this? After the message was unpacked, before the handler. */
    nt_status (*authorize)(nt_call *call, const void *message);
} nt_server_hooks;

typedef struct nt_server nt_server;

/* Borrows all; `service_key` (32 bytes, secret) makes session ids and cursors. */
nt_server *nt_server_new(const nt_server_settings *settings, const nt_server_hooks *hooks, const nt_methods *methods,
                         nt_metrics *metrics, nt_session_cache *sessions, const uint8_t service_key[32]);
/* Listens. On failure returns 0 and says in `fault` (300 bytes) which address and why. */
int nt_server_start(nt_server *server, char fault[300]);
/* Reads the certificate, its key and the clients' CA again: for connections that are made from now on; those that are
 * open, and their calls, go on. All or none: on failure returns 0, says why in `fault` (300 bytes), and the old ones
 * stay. */
int nt_server_reload_tls(nt_server *server, char fault[300]);
/* No new work is begun, all that was begun is finished and answered; then everything is closed. 1 if all was answered
 * within the time. */
int nt_server_drain(nt_server *server);
void nt_server_free(nt_server *server);
/* Once, after the last server of the process: ends nng's own threads. */
void nt_server_end(void);

/* Session ids carry a MAC, so that invented ones are refused without asking the database. */
void nt_session_id_key(const uint8_t service_key[32], uint8_t key[32]);
void nt_session_id_new(const uint8_t key[32], uint8_t id[NT_SESSION_ID_SIZE]);
int nt_session_id_genuine(const uint8_t key[32], nt_bytes id);

#endif
