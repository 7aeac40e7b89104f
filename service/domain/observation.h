/* A set of figures as it is checked, digested and stored: columns that point into small dictionaries.
 *
 * Borrows everything; lives as long as the request. `notes` is NULL, or has one entry a row, NULL for none. */
#ifndef NT_DOMAIN_OBSERVATION_H
#define NT_DOMAIN_OBSERVATION_H

#include "base/proof.h"
#include "domain/catalogue.h"

/* As in submission.proto. */
typedef enum nt_observation_status {
    NT_NORMAL = 1,
    NT_ESTIMATED = 2,
    NT_PROVISIONAL = 3,
    NT_MISSING = 4,
    NT_SUPPRESSED = 5
} nt_observation_status;

typedef struct nt_observations {
    const char *const *indicators;
    size_t indicator_count;
    const char *const *orgs;
    size_t org_count;
    const char *const *breakdowns;
    size_t breakdown_count;
    size_t count;
    const uint32_t *indicator;
    const uint32_t *org;
    const uint32_t *breakdown;
    const int64_t *value; /* ten-thousandths; 0 where the status has no value */
    const uint8_t *status;
    const char *const *notes;
} nt_observations;

static inline int nt_status_has_value(unsigned status) {
    return status != NT_MISSING && status != NT_SUPPRESSED;
}

/* The rows' numbers in the canonical order: by indicator, org, breakdown, each as bytes. NULL if memory is out.
 * `*sorted` tells whether the rows stood in it already, `*doubled` the first of two rows (in the result) that are about
 * the same cell, or `count`. */
uint32_t *nt_observations_order(nt_arena *arena, const nt_observations *set, int *sorted, size_t *doubled);

/* Of one chunk: BLAKE2b-256 over a line a figure, in canonical order (`order` as above):
 *   indicator TAB org TAB breakdown TAB value in ten-thousandths TAB status number TAB note LF */
void nt_observations_digest(const nt_observations *set, const uint32_t *order, uint8_t digest[NT_DIGEST_SIZE]);

/* Of a submission: BLAKE2b-256 over "nithet-v1-content" and, for each chunk, its count of figures (8 bytes,
 * little-endian) and its digest. A submission that is sent in one call is one chunk. */
typedef struct nt_content_digest nt_content_digest;
nt_content_digest *nt_content_digest_new(nt_arena *arena);
void nt_content_digest_add(nt_content_digest *content, uint64_t count, const uint8_t digest[NT_DIGEST_SIZE]);
void nt_content_digest_end(nt_content_digest *content, uint8_t digest[NT_DIGEST_SIZE]);

#endif
