/* Order and digests of figures. See observation.h. */
#include "domain/observation.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nt_content_digest {
    _Alignas(64) crypto_generichash_state state;
};

static int compare_entries(const void *a, const void *b, void *codes) {
    const char *const *all = codes;
    return strcmp(all[*(const uint32_t *)a], all[*(const uint32_t *)b]);
}

/* rank[i]: where dictionary entry i stands among them all; equal codes have equal ranks. */
static uint32_t *rank_codes(nt_arena *arena, const char *const *codes, size_t count) {
    uint32_t *order = NT_NEW_ARRAY(arena, uint32_t, count + 1), *rank = NT_NEW_ARRAY(arena, uint32_t, count + 1);
    if (!order || !rank)
        return NULL;
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, count, sizeof *order, compare_entries, (void *)codes);
    for (size_t i = 0, place = 0; i < count; i++) {
        if (i && strcmp(codes[order[i - 1]], codes[order[i]]) != 0)
            place = i;
        rank[order[i]] = (uint32_t)place;
    }
    return rank;
}

typedef struct sort_keys {
    const nt_observations *set;
    const uint32_t *indicator, *org, *breakdown;
} sort_keys;

static int compare_cells(const sort_keys *k, uint32_t a, uint32_t b) {
    const nt_observations *s = k->set;
    uint32_t x = k->indicator[s->indicator[a]], y = k->indicator[s->indicator[b]];
    if (x == y) {
        x = k->org[s->org[a]];
        y = k->org[s->org[b]];
    }
    if (x == y) {
        x = k->breakdown[s->breakdown[a]];
        y = k->breakdown[s->breakdown[b]];
    }
    return x < y ? -1 : x > y;
}

static int compare_rows(const void *a, const void *b, void *keys) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = compare_cells(keys, x, y);
    return order ? order : (x < y ? -1 : x > y); /* of doubled cells the first row stays first */
}

uint32_t *nt_observations_order(nt_arena *arena, const nt_observations *set, int *sorted, size_t *doubled) {
    sort_keys keys = {.set = set,
                      .indicator = rank_codes(arena, set->indicators, set->indicator_count),
                      .org = rank_codes(arena, set->orgs, set->org_count),
                      .breakdown = rank_codes(arena, set->breakdowns, set->breakdown_count)};
    uint32_t *order = NT_NEW_ARRAY(arena, uint32_t, set->count + 1);
    if (!order || !keys.indicator || !keys.org || !keys.breakdown)
        return NULL;
    *sorted = 1;
    for (size_t i = 0; i < set->count; i++) {
        order[i] = (uint32_t)i;
        if (i && compare_cells(&keys, (uint32_t)i - 1, (uint32_t)i) > 0)
            *sorted = 0;
    }
    if (!*sorted)
        qsort_r(order, set->count, sizeof *order, compare_rows, &keys);
    *doubled = set->count;
    for (size_t i = 1; i < set->count && *doubled == set->count; i++)
        if (compare_cells(&keys, order[i - 1], order[i]) == 0)
            *doubled = i - 1;
    return order;
}

static size_t append_number(char *at, int64_t value) {
    char digits[24];
    size_t n = 0, length = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        at[length++] = '-';
    while (n)
        at[length++] = digits[--n];
    return length;
}

void nt_observations_digest(const nt_observations *set, const uint32_t *order, uint8_t digest[NT_DIGEST_SIZE]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, NT_DIGEST_SIZE);
    enum { ROOM = 8192, NUMBERS = 64 };
    char line[ROOM];
    size_t n = 0;
    for (size_t i = 0; i < set->count; i++) {
        uint32_t row = order[i];
        const char *parts[] = {set->indicators[set->indicator[row]], set->orgs[set->org[row]],
                               set->breakdowns[set->breakdown[row]]};
        for (int p = 0; p < 3; p++) {
            size_t length = strlen(parts[p]);
            if (n + length + NUMBERS > ROOM) {
                crypto_generichash_update(&state, (const uint8_t *)line, n);
                n = 0;
            }
            if (length + NUMBERS > ROOM) {
                crypto_generichash_update(&state, (const uint8_t *)parts[p], length);
            } else {
                memcpy(line + n, parts[p], length);
                n += length;
            }
            line[n++] = '\t';
        }
        n += append_number(line + n, set->value[row]);
        line[n++] = '\t';
        n += append_number(line + n, set->status[row]);
        line[n++] = '\t';
        const char *note = set->notes ? set->notes[row] : NULL;
        if (note && *note) {
            crypto_generichash_update(&state, (const uint8_t *)line, n);
            crypto_generichash_update(&state, (const uint8_t *)note, strlen(note));
            n = 0;
        }
        line[n++] = '\n';
    }
    crypto_generichash_update(&state, (const uint8_t *)line, n);
    crypto_generichash_final(&state, digest, NT_DIGEST_SIZE);
}

nt_content_digest *nt_content_digest_new(nt_arena *arena) {
    static const char domain[] = "nithet-v1-content";
    /* The state wants 64-byte alignment, the arena gives 16. */
    uint8_t *raw = nt_arena_alloc(arena, sizeof(nt_content_digest) + 64);
    if (!raw)
        return NULL;
    nt_content_digest *content = (nt_content_digest *)(((uintptr_t)raw + 63) & ~(uintptr_t)63);
    crypto_generichash_init(&content->state, NULL, 0, NT_DIGEST_SIZE);
    crypto_generichash_update(&content->state, (const uint8_t *)domain, sizeof domain - 1);
    return content;
}

void nt_content_digest_add(nt_content_digest *content, uint64_t count, const uint8_t digest[NT_DIGEST_SIZE]) {
    uint8_t raw[8];
    for (int i = 0; i < 8; i++)
        raw[i] = (uint8_t)(count >> (8 * i));
    crypto_generichash_update(&content->state, raw, sizeof raw);
    crypto_generichash_update(&content->state, digest, NT_DIGEST_SIZE);
}

void nt_content_digest_end(nt_content_digest *content, uint8_t digest[NT_DIGEST_SIZE]) {
    crypto_generichash_final(&content->state, digest, NT_DIGEST_SIZE);
}
