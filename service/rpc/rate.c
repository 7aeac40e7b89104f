/* See rate.h. */
#include "rpc/rate.h"

#include <pthread.h>
#include <stdlib.h>

/* A key's bucket is found by its id, which is a hash already; a key that shares its place with others pushes out the
 * one that called least lately, and begins with a full bucket. */
enum { SETS = 1024, WAYS = 4 };

typedef struct bucket {
    uint8_t key_id[NT_KEY_ID_SIZE];
    int64_t tokens_us; /* a call costs 1000000 / per_second of these, and a microsecond gives one */
    int64_t latest_us;
} bucket;

struct nt_rate {
    pthread_mutex_t lock;
    unsigned per_second;
    bucket buckets[SETS][WAYS];
};

nt_rate *nt_rate_new(unsigned per_second) {
    nt_rate *rate = calloc(1, per_second ? sizeof *rate : offsetof(nt_rate, buckets));
    if (rate) {
        pthread_mutex_init(&rate->lock, NULL);
        rate->per_second = per_second;
    }
    return rate;
}

void nt_rate_free(nt_rate *rate) {
    if (!rate)
        return;
    pthread_mutex_destroy(&rate->lock);
    free(rate);
}

static bucket *find(nt_rate *rate, const uint8_t key_id[NT_KEY_ID_SIZE], int64_t now_us) {
    bucket *set = rate->buckets[(key_id[0] | (unsigned)key_id[1] << 8) % SETS], *oldest = set;
    for (int i = 0; i < WAYS; i++) {
        if (memcmp(set[i].key_id, key_id, NT_KEY_ID_SIZE) == 0)
            return &set[i];
        if (set[i].latest_us < oldest->latest_us)
            oldest = &set[i];
    }
    memcpy(oldest->key_id, key_id, NT_KEY_ID_SIZE);
    oldest->tokens_us = 1000000;
    oldest->latest_us = now_us;
    return oldest;
}

unsigned nt_rate_take(nt_rate *rate, const uint8_t key_id[NT_KEY_ID_SIZE], int64_t now_us) {
    if (rate->per_second == 0)
        return 0;
    int64_t cost = 1000000 / rate->per_second;
    pthread_mutex_lock(&rate->lock);
    bucket *b = find(rate, key_id, now_us);
    b->tokens_us += now_us - b->latest_us;
    b->latest_us = now_us;
    if (b->tokens_us > 1000000)
        b->tokens_us = 1000000;
    int64_t lacking = cost - b->tokens_us;
    if (lacking <= 0)
        b->tokens_us -= cost;
    pthread_mutex_unlock(&rate->lock);
    return lacking <= 0 ? 0 : (unsigned)(lacking / 1000) + 1;
}
