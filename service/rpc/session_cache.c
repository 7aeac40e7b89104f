/* See session_cache.h. */
#include "rpc/session_cache.h"

#include "base/clock.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <uthash.h>

enum { MOST = 16384 };

typedef struct entry {
    uint8_t id[NT_SESSION_ID_SIZE];
    nt_caller caller;
    UT_hash_handle hh;
} entry;

struct nt_session_cache {
    pthread_rwlock_t lock;
    entry *entries;
    uint64_t generation;
    int on;
};

nt_session_cache *nt_session_cache_new(void) {
    nt_session_cache *cache = calloc(1, sizeof *cache);
    if (cache)
        pthread_rwlock_init(&cache->lock, NULL);
    return cache;
}

static void drop_all(nt_session_cache *cache) {
    entry *it, *next;
    HASH_ITER(hh, cache->entries, it, next) {
        HASH_DEL(cache->entries, it);
        sodium_memzero(it, sizeof *it);
        free(it);
    }
    cache->generation++;
}

void nt_session_cache_free(nt_session_cache *cache) {
    if (!cache)
        return;
    drop_all(cache);
    pthread_rwlock_destroy(&cache->lock);
    free(cache);
}

int nt_session_cache_get(nt_session_cache *cache, const uint8_t id[NT_SESSION_ID_SIZE], nt_caller *out) {
    entry *it = NULL;
    pthread_rwlock_rdlock(&cache->lock);
    if (cache->on)
        HASH_FIND(hh, cache->entries, id, NT_SESSION_ID_SIZE, it);
    int found = it && it->caller.expires_at_us > nt_clock_wall_us();
    if (found)
        *out = it->caller;
    pthread_rwlock_unlock(&cache->lock);
    return found;
}

uint64_t nt_session_cache_generation(nt_session_cache *cache) {
    pthread_rwlock_rdlock(&cache->lock);
    uint64_t generation = cache->generation;
    pthread_rwlock_unlock(&cache->lock);
    return generation;
}

void nt_session_cache_put(nt_session_cache *cache, uint64_t generation, const uint8_t id[NT_SESSION_ID_SIZE],
                          const nt_caller *caller) {
    pthread_rwlock_wrlock(&cache->lock);
    if (cache->on && cache->generation == generation) {
        entry *it = NULL;
        if (HASH_COUNT(cache->entries) >= MOST)
            drop_all(cache);
        HASH_FIND(hh, cache->entries, id, NT_SESSION_ID_SIZE, it);
        if (!it && (it = calloc(1, sizeof *it))) {
            memcpy(it->id, id, NT_SESSION_ID_SIZE);
            HASH_ADD(hh, cache->entries, id, NT_SESSION_ID_SIZE, it);
        }
        if (it)
            it->caller = *caller;
    }
    pthread_rwlock_unlock(&cache->lock);
}

void nt_session_cache_clear(nt_session_cache *cache) {
    pthread_rwlock_wrlock(&cache->lock);
    drop_all(cache);
    pthread_rwlock_unlock(&cache->lock);
}

void nt_session_cache_enable(nt_session_cache *cache, int on) {
    pthread_rwlock_wrlock(&cache->lock);
    cache->on = on;
    drop_all(cache);
    pthread_rwlock_unlock(&cache->lock);
}
