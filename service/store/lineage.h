/* Where figures come from: the way of single submissions, and rollups made again. */
#ifndef NT_STORE_LINEAGE_H
#define NT_STORE_LINEAGE_H

#include "store/connection.h"

typedef struct nt_lineage {
    int64_t submission_id;
    int32_t form_id;
    int32_t org_id;
    const char *period;
    unsigned revision;
    const char *reason;
    const char *officer;
    nt_bytes key_id;
    int64_t received_us;
    const char *endorsed_by, *accepted_by; /* "" where not, by that moment */
    int64_t endorsed_us, accepted_us;
    int64_t position; /* in the audit chain */
} nt_lineage;

/* In order of organisation, form, period. */
nt_status nt_store_lineage(nt_connection *c, nt_arena *arena, const int64_t *submission_ids, size_t id_count,
                           nt_lineage **out, size_t *count);

typedef struct nt_rollup_difference {
    int32_t org_id, form_id, indicator_id;
    const char *period, *breakdown;
    const char *kept, *made; /* "-": no such row; else value, status, parts, missing */
} nt_rollup_difference;

/* Of these provinces and one period ("": all), at most `most` differences. `*compared` counts rows. */
nt_status nt_store_rollup_check(nt_connection *c, nt_arena *arena, const int32_t *province_ids, size_t province_count,
                                const char *period, size_t most, nt_rollup_difference **out, size_t *count,
                                int64_t *compared);

#endif
