/* See target.h. */
#include "store/target.h"

static const nt_statement NEWEST = {.sql = "SELECT DISTINCT ON (indicator_id, org_id, year) indicator_id, org_id, "
                                           "year, value, at_risk, revision FROM target"
                                           " WHERE org_id = ANY($1::int[]) AND ($2 = '' OR year = $2) AND at_us <= $3"
                                           " ORDER BY indicator_id, org_id, year, revision DESC"};
static const nt_statement ADD = {
    .sql = "INSERT INTO target (indicator_id, org_id, year, revision, value, at_risk, officer_id, at_us)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};

nt_status nt_store_targets(nt_connection *c, nt_arena *arena, const int32_t *org_ids, size_t org_count,
                           const char *year, int64_t as_of_us, nt_target **out, size_t *count) {
    nt_params p = {0};
    nt_param_text(&p, nt_param_ints(arena, org_ids, org_count));
    nt_param_text(&p, year);
    nt_param_int(&p, as_of_us);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &NEWEST, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *out = NT_NEW_ARRAY(arena, nt_target, *count + 1);
    for (size_t i = 0; *out && i < *count; i++)
        (*out)[i] = (nt_target){(int32_t)nt_rows_int(rows, i, 0),
                                (int32_t)nt_rows_int(rows, i, 1),
                                nt_arena_strdup(arena, nt_rows_text(rows, i, 2)),
                                !nt_rows_null(rows, i, 3),
                                nt_rows_int(rows, i, 3),
                                nt_rows_int(rows, i, 4),
                                (unsigned)nt_rows_int(rows, i, 5)};
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_target_add(nt_connection *c, nt_arena *arena, const nt_target *t, int32_t officer_id,
                              int64_t at_us) {
    nt_params p = {0};
    nt_param_int(&p, t->indicator_id);
    nt_param_int(&p, t->org_id);
    nt_param_text(&p, t->year);
    nt_param_int(&p, t->revision);
    nt_param_int_or_null(&p, t->has_value, t->value);
    nt_param_int(&p, t->at_risk);
    nt_param_int(&p, officer_id);
    nt_param_int(&p, at_us);
    nt_status st = nt_connection_query(c, arena, &ADD, &p, NULL);
    return st.code == NT_ALREADY_EXISTS
               ? nt_fail_retry(arena, NT_ABORTED, 50, "the same target was set at the same time: send it again",
                               "มีผู้อื่นตั้งเป้าหมายเดียวกันพร้อมกัน ให้ส่งใหม่")
               : st;
}
