/* What all handlers share: the service's keys, what it holds in memory, and each worker's own connection. */
#ifndef NT_API_SERVICE_H
#define NT_API_SERVICE_H

#include "rpc/call.h"
#include "rpc/server.h"
#include "store/catalogue.h"
#include "store/effect.h"
#include "store/listener.h"
#include "store/submission.h"

#include <stdatomic.h>

/* Derived from the 32 bytes in the service's key file. */
typedef struct nt_service_keys {
    uint8_t seed[32];
    uint8_t sign_secret[NT_SECRET_KEY_SIZE];
    uint8_t sign_public[NT_PUBLIC_KEY_SIZE];
    uint8_t rpc[32];  /* session ids and cursors */
    uint8_t seal[32]; /* session keys in the database */
} nt_service_keys;

void nt_service_keys_derive(nt_service_keys *keys, const uint8_t seed[32]);

typedef struct nt_service {
    const nt_server_settings *settings;
    const char *database;
    uint32_t session_seconds;
    nt_service_keys keys;
    nt_catalogue_cache *catalogue;
    nt_session_cache *sessions;
    nt_methods *methods;
    nt_metrics *metrics;
    nt_listener *listener;
    atomic_int serving;     /* 0 while it starts or drains */
    atomic_int database_up; /* as the listener sees it */
} nt_service;

enum {
    NT_OBSERVATIONS_PER_SUBMIT = 5000,
    NT_OBSERVATIONS_PER_CHUNK = 50000,
    NT_PAGE_DEFAULT = 200,
    NT_PAGE_MAX = 2000,
    NT_DRAFT_SECONDS = 14 * 86400
};

/* One a worker thread. */
typedef struct nt_worker {
    nt_service *service;
    nt_connection *connection;
    const nt_catalogue *catalogue; /* of the call that runs */
    nt_draft draft;                /* with NT_SCOPE_DRAFT: found by the access check */
    nt_submission submission;      /* with NT_SCOPE_SUBMISSION */
} nt_worker;

static inline nt_worker *nt_worker_of(nt_call *call) {
    return call->worker;
}

static inline nt_service *nt_service_of(nt_call *call) {
    return call->service;
}

/* Makes methods, metrics, caches; 0 and a reason if a method has no handler. */
int nt_service_open(nt_service *service, char fault[200]);
void nt_service_hooks(nt_service *service, nt_server_hooks *hooks);
/* Listens for other daemons' news. */
int nt_service_listen(nt_service *service);
void nt_service_close(nt_service *service);

/* An effect of this call, in `chain`. */
nt_effect nt_effect_of(nt_call *call, const char *chain);
/* The end of an effect whose handler came to `st`: commits it with call->reply if that is OK, else leaves nothing
 * behind. `subject` is what it was on; NULL when the arena is full. */
nt_status nt_effect_end(nt_call *call, nt_effect *effect, nt_status st, const char *subject);
/* Pages that go by a number: where this one begins (`otherwise` for the first), and after which the next does. */
int64_t nt_cursor_number(const nt_call *call, int64_t otherwise);
void nt_continue_after(nt_call *call, int64_t number);
/* Who an organisation's doings are recorded with: its province, or itself above provinces. */
const char *nt_chain_of(const nt_org *org);

/* The ids of `root` and all beneath it, of one kind (0 for any). */
int32_t *nt_org_ids_within(nt_arena *arena, const nt_catalogue *catalogue, const nt_org *root, nt_org_kind kind,
                           size_t *count);
/* A page's size: the default for 0, never over the most. */
size_t nt_page_size(uint32_t asked);

#endif
