/* Single figures, as they were submitted; and the rollups, which overviews are made of. */
#ifndef NT_STORE_OBSERVATION_H
#define NT_STORE_OBSERVATION_H

#include "domain/evaluate.h"
#include "domain/workflow.h"
#include "store/connection.h"

/* As RevisionSelection and ObservationSort in query.proto. */
typedef enum nt_revision_selection {
    NT_LATEST_ACCEPTED = 1,
    NT_LATEST_SUBMITTED = 2,
    NT_ALL_REVISIONS = 3
} nt_revision_selection;
typedef enum nt_observation_sort { NT_SORT_PERIOD = 1, NT_SORT_ORG = 2, NT_SORT_VALUE = 3 } nt_observation_sort;

/* Where a page ended: the last row's place in the order. */
typedef struct nt_observation_place {
    const char *a, *b; /* texts of the sort, by kind of sort */
    int64_t v;
    int64_t submission_id;
    int32_t indicator_id, org_id, breakdown_id;
} nt_observation_place;

typedef struct nt_observation_filter {
    const int32_t *province_ids; /* who submitted */
    size_t province_count;
    const int32_t *org_ids; /* what the figures are about; NULL: all of those provinces */
    size_t org_count;
    int32_t form_id; /* 0 for all */
    const int32_t *indicator_ids;
    size_t indicator_count;           /* 0 for all */
    const char *first_day, *last_day; /* dates, or NULL */
    const char *const *breakdown;     /* `sex=male` */
    size_t breakdown_count;
    int totals_only;
    nt_revision_selection revision;
    int64_t as_of_us;
    int64_t submission_id; /* 0 for all */
    nt_observation_sort sort;
    int descending;
    const nt_observation_place *after; /* NULL for the first page */
    size_t limit;
} nt_observation_filter;

typedef struct nt_observation_row {
    int64_t submission_id;
    const char *period;
    int32_t form_id;
    int32_t province_id;
    unsigned revision;
    nt_state state;
    int32_t indicator_id;
    int32_t org_id;
    const char *breakdown;
    int has_value;
    int64_t value;
    unsigned status;
    const char *note;
    nt_observation_place place;
} nt_observation_row;

nt_status nt_store_observations_query(nt_connection *c, nt_arena *arena, const nt_observation_filter *filter,
                                      nt_observation_row **rows, size_t *count);

/* What was accepted of some provinces and periods, as evaluate.h wants it. */
typedef struct nt_fact_filter {
    const int32_t *province_ids;
    size_t province_count;
    const nt_period *periods; /* becomes nt_facts.periods */
    size_t period_count;
    const int32_t *indicator_ids;
    size_t indicator_count; /* 0 for all */
    int64_t as_of_us;       /* 0: now, from the rollups; else what was accepted then, computed from the observations */
} nt_fact_filter;
/* All but `catalogue` is filled in. */
nt_status nt_store_facts(nt_connection *c, nt_arena *arena, const nt_fact_filter *filter, nt_facts *out);

typedef struct nt_state_count {
    int32_t org_id; /* the province */
    int32_t form_id;
    nt_state state; /* of the newest revision that is not withdrawn */
} nt_state_count;

/* Of the provinces, for one period: how far each submission is. `as_of_us` 0: now. */
nt_status nt_store_states(nt_connection *c, nt_arena *arena, const int32_t *province_ids, size_t province_count,
                          const char *period, int64_t as_of_us, nt_state_count **states, size_t *state_count);

/* Waits inside the database: to try deadlines. */
nt_status nt_store_wait(nt_connection *c, nt_arena *arena, unsigned ms);

#endif
