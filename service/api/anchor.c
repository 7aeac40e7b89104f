/* See anchor.h. */
#include "api/anchor.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/audit.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct nt_anchorer {
    const nt_service *service;
    int64_t every_us;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int stopping;
};

static void anchor_once(nt_anchorer *a, nt_connection *c, nt_arena *arena) {
    int made = 0;
    nt_arena_reset(arena);
    nt_connection_begin_call(c, nt_clock_monotonic_us() + 30 * 1000000);
    nt_status st = nt_store_anchor_make(c, arena, nt_clock_wall_us(), a->every_us, a->service->keys.sign_secret, &made);
    if (made)
        nt_log(NT_LOG_INFO, "the audit chains were anchored");
    else if (!nt_ok(st))
        nt_log(NT_LOG_WARN, "the audit chains could not be anchored: %s", st.fault ? st.fault->en : "");
}

static void *run(void *arg) {
    nt_anchorer *a = arg;
    nt_connection *c = nt_connection_new(a->service->database, "nithet_service");
    nt_arena *arena = nt_arena_new(32 << 20);
    /* More often than asked, because several daemons take turns. */
    int64_t pause_us = a->every_us / 4 < 60 * 1000000 ? a->every_us / 4 : 60 * 1000000;
    pthread_mutex_lock(&a->lock);
    while (c && arena && !a->stopping) {
        pthread_mutex_unlock(&a->lock);
        anchor_once(a, c, arena);
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        int64_t ns = until.tv_nsec + pause_us % 1000000 * 1000;
        until.tv_sec += pause_us / 1000000 + ns / 1000000000;
        until.tv_nsec = ns % 1000000000;
        pthread_mutex_lock(&a->lock);
        if (!a->stopping)
            pthread_cond_timedwait(&a->wake, &a->lock, &until);
    }
    pthread_mutex_unlock(&a->lock);
    nt_connection_free(c);
    nt_arena_free(arena);
    return NULL;
}

nt_anchorer *nt_anchorer_start(const nt_service *service, unsigned every_seconds) {
    nt_anchorer *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->service = service;
    a->every_us = (int64_t)every_seconds * 1000000;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->wake, NULL);
    if (pthread_create(&a->thread, NULL, run, a) == 0)
        return a;
    free(a);
    return NULL;
}

void nt_anchorer_stop(nt_anchorer *a) {
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->stopping = 1;
    pthread_cond_signal(&a->wake);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->wake);
    free(a);
}
