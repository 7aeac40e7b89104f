/* See listener.h. */
#include "store/listener.h"

#include "base/clock.h"
#include "store/connection.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { POLL_MS = 250, RETRY_MS = 500 };

struct nt_listener {
    nt_listener_hooks hooks;
    nt_connection *connection;
    nt_arena *arena;
    pthread_t thread;
    atomic_int stopping;
};

static void listen_until_lost(nt_listener *l) {
    char channel[64];
    int got;
    while (!atomic_load(&l->stopping) &&
           (got = nt_connection_wait_notification(l->connection, POLL_MS, channel)) >= 0) {
        if (got && strcmp(channel, "nithet_session") == 0)
            l->hooks.session_ended(l->hooks.context);
        else if (got && strcmp(channel, "nithet_catalogue") == 0)
            l->hooks.catalogue_changed(l->hooks.context);
    }
}

static void *run(void *arg) {
    nt_listener *l = arg;
    while (!atomic_load(&l->stopping)) {
        nt_arena_reset(l->arena);
        nt_connection_begin_call(l->connection, nt_clock_monotonic_us() + 10 * 1000000);
        nt_status st = nt_connection_execute(l->connection, l->arena, "LISTEN nithet_session; LISTEN nithet_catalogue");
        if (nt_ok(st)) {
            /* What happened while nobody listened is not told again: begin with nothing. */
            l->hooks.session_ended(l->hooks.context);
            l->hooks.catalogue_changed(l->hooks.context);
            l->hooks.connected(l->hooks.context, 1);
            listen_until_lost(l);
            if (!atomic_load(&l->stopping))
                l->hooks.connected(l->hooks.context, 0);
        } else {
            nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL);
        }
    }
    return NULL;
}

nt_listener *nt_listener_start(const char *conninfo, const char *role, const nt_listener_hooks *hooks) {
    nt_listener *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->hooks = *hooks;
    l->connection = nt_connection_new(conninfo, role);
    l->arena = nt_arena_new(1 << 20);
    if (!l->connection || !l->arena || pthread_create(&l->thread, NULL, run, l) != 0) {
        nt_connection_free(l->connection);
        nt_arena_free(l->arena);
        free(l);
        return NULL;
    }
    return l;
}

void nt_listener_stop(nt_listener *l) {
    if (!l)
        return;
    atomic_store(&l->stopping, 1);
    pthread_join(l->thread, NULL);
    nt_connection_free(l->connection);
    nt_arena_free(l->arena);
    free(l);
}
