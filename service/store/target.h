/* Targets: the newest of each, and setting them. */
#ifndef NT_STORE_TARGET_H
#define NT_STORE_TARGET_H

#include "store/connection.h"

typedef struct nt_target {
    int32_t indicator_id;
    int32_t org_id;
    const char *year;
    int has_value; /* 0: there is none any more */
    int64_t value;
    int64_t at_risk;
    unsigned revision;
} nt_target;

/* The newest of each, as of `as_of_us` (INT64_MAX: now), with a value or without. `year` "" for all. In order of
 * indicator, organisation, year. */
nt_status nt_store_targets(nt_connection *c, nt_arena *arena, const int32_t *org_ids, size_t org_count,
                           const char *year, int64_t as_of_us, nt_target **out, size_t *count);
/* Inside an effect. `target->revision` is the new one. ABORTED if somebody else was faster. */
nt_status nt_store_target_add(nt_connection *c, nt_arena *arena, const nt_target *target, int32_t officer_id,
                              int64_t at_us);

#endif
